"""Motions in the pickles of capture tools: read as the tools mean them, and nothing in them is executed."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.body.readers.pickle_motion import read_pickle_motion
from ani3d_runtime.errors import Ani3dError

SKELETON = load_builtin_body().skeleton
FRAMES = 12
RNG = np.random.default_rng(5)
POSES = RNG.normal(0, 0.2, (FRAMES, 24, 3))
PATH = RNG.normal(0, 1, (FRAMES, 3))
BETAS = RNG.normal(0, 1, 10)
MATRICES = Rotation.from_rotvec(POSES.reshape(-1, 3)).as_matrix().reshape(FRAMES, 24, 3, 3)
OTHER = POSES * 0.5


def wham() -> dict[int, dict[str, Any]]:
    """Two subjects; the second one is seen for longer."""
    short = {"pose": OTHER[:4].reshape(4, 72), "pose_world": OTHER[:4].reshape(4, 72), "trans_world": PATH[:4]}
    whole = {
        "pose": OTHER.reshape(FRAMES, 72),
        "trans": PATH * 0,
        "pose_world": POSES.reshape(FRAMES, 72).astype(np.float32),
        "trans_world": PATH,
        "betas": np.tile(BETAS, (FRAMES, 1)),
        "verts": np.zeros((FRAMES, 60, 3), np.float32),
        "frame_ids": np.arange(FRAMES),
    }
    return {0: short, 3: whole}


def prompthmr() -> dict[str, Any]:
    whole = np.concatenate([POSES[:, :22], np.zeros((FRAMES, 33, 3))], axis=1).reshape(FRAMES, 165)
    person = {"pose": whole, "trans": PATH, "shape": np.tile(BETAS, (FRAMES, 1))}
    return {
        "camera": {"img_focal": 900.0},
        "people": {1: {"smplx_world": person, "smplx_cam": {**person, "pose": whole / 2}}},
    }


def humans4d() -> dict[str, Any]:
    """A map of pictures, two people in each, their places in the lists not the same in all."""

    def person(poses: np.ndarray) -> dict[str, np.ndarray]:
        matrices = Rotation.from_rotvec(poses).as_matrix()
        return {"global_orient": matrices[:1], "body_pose": matrices[1:], "betas": BETAS}

    frames: dict[str, Any] = {}
    for frame in range(FRAMES):
        people, ids = [person(POSES[frame]), person(OTHER[frame])], [7, 9]
        if frame % 2:
            people, ids = people[::-1], ids[::-1]
        # The second person is left out once, so that the first is seen longer.
        keep = [place for place, number in enumerate(ids) if not (frame == 3 and number == 9)]
        frames[f"img/{frame:06d}.jpg"] = {
            "smpl": [people[place] for place in keep],
            "tid": [ids[place] for place in keep],
            "time": frame,
        }
    return frames


def written(folder: Path, tool: str) -> Path:
    """A file as a tool writes it, by the library that the tool uses."""
    path = folder / f"{tool}.pkl"
    if tool == "WHAM":
        pytest.importorskip("joblib").dump(wham(), path)
    elif tool == "WHAM packed":
        pytest.importorskip("joblib").dump(wham(), path, compress=3)
    elif tool == "PromptHMR":
        pytest.importorskip("joblib").dump(prompthmr(), path)
    elif tool == "4D-Humans":
        pytest.importorskip("joblib").dump(humans4d(), path)
    elif tool == "GVHMR":
        torch = pytest.importorskip("torch")
        path = path.with_suffix(".pt")
        world = {
            "global_orient": torch.tensor(POSES[:, 0], dtype=torch.float32),
            "body_pose": torch.tensor(POSES[:, 1:22].reshape(FRAMES, 63).T.copy(), dtype=torch.float32).T,
            "transl": torch.tensor(PATH),
            "betas": torch.tensor(np.tile(BETAS, (FRAMES, 1))),
        }
        camera = {**world, "global_orient": torch.zeros(FRAMES, 3)}
        torch.save({"smpl_params_incam": camera, "smpl_params_global": world, "K_fullimg": torch.eye(3)}, path)
    elif tool == "TRAM":
        path = path.with_suffix(".npy")
        np.save(path, {"pred_rotmat": MATRICES, "pred_trans": PATH[:, None], "pred_shape": np.tile(BETAS, (FRAMES, 1))})
    elif tool == "AIST++":
        scaling = np.array([93.5])
        whole = {"smpl_poses": POSES.reshape(FRAMES, 72), "smpl_trans": PATH * scaling, "smpl_scaling": scaling}
        path.write_bytes(pickle.dumps({**whole, "smpl_loss": 0.1}))
    else:
        path.write_bytes(pickle.dumps({"poses": POSES, "trans": PATH, "fps": 25.0}, protocol=2))
    return path


TOOLS = ["WHAM", "WHAM packed", "PromptHMR", "4D-Humans", "GVHMR", "TRAM", "AIST++", "own"]


@pytest.mark.parametrize("tool", TOOLS)
def test_what_tools_write_is_read(tmp_path, tool):
    said: list[object] = []
    found = read_pickle_motion(written(tmp_path, tool), said.append)
    body = 22 if tool in ("PromptHMR", "GVHMR") else 24
    np.testing.assert_allclose(found.poses[:, :body], POSES[:, :body], atol=1e-6)
    if tool == "4D-Humans":
        assert found.trans is None
    else:
        np.testing.assert_allclose(found.trans, PATH, atol=1e-6)
    if tool not in ("4D-Humans", "AIST++", "own"):
        np.testing.assert_allclose(found.betas, BETAS, atol=1e-6)
    assert found.fps == {"AIST++": 60.0, "own": 25.0}.get(tool)
    assert [doubt.code for doubt in said if isinstance(doubt, Ani3dError)] == (
        ["motion-people"] if tool.startswith("WHAM") else []
    )


def test_a_tools_file_moves_the_body(tmp_path):
    motion = read_motion(written(tmp_path, "own"), SKELETON)
    assert (motion.frame_count, motion.fps) == (FRAMES, 25.0)


class Exploit:
    """What runs when a careless reader unpickles it."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("wrapping", ["pickle", "joblib", "torch", "npy"])
def test_nothing_in_a_pickle_is_executed(tmp_path, wrapping):
    mark, path = tmp_path / "executed", tmp_path / "a.pkl"
    content = {"poses": POSES, "more": Exploit(mark)}
    if wrapping == "pickle":
        path.write_bytes(pickle.dumps(content))
    elif wrapping == "joblib":
        pytest.importorskip("joblib").dump(content, path)
    elif wrapping == "torch":
        pytest.importorskip("torch").save(content, path)
    else:
        path = tmp_path / "a.npy"
        np.save(path, content)
    with pytest.raises(Ani3dError) as caught:
        read_pickle_motion(path, print)
    assert caught.value.code == "motion-unsafe-pickle"
    assert "mkdir" in caught.value.found
    assert not mark.exists()


def test_bombs_and_damage_are_refused(tmp_path):
    path = tmp_path / "a.pkl"
    # Lists of lists of lists: a kilobyte that stands for 10^30 entries.
    nested: Any = [1.0]
    for _ in range(100):
        nested = [nested, nested]
    whole = pickle.dumps({"poses": POSES, "trans": PATH, "fps": 30})
    for content in (
        pickle.dumps({"poses": nested}),
        b"\x80\x04\x8e" + (2**40).to_bytes(8, "little"),
        b"\x78\x9c" + bytes(20),
        b"PK\x03\x04" + bytes(40),
        whole[:100],
        b"",
    ):
        path.write_bytes(content)
        with pytest.raises(Ani3dError) as caught:
            read_pickle_motion(path, print)
        assert caught.value.code in ("motion-unreadable", "motion-missing-array")
