"""A user's own SMPL-layout file: the same vertices as the smplx package, and no code run from a pickle."""

from __future__ import annotations

import os
import pickle
import subprocess
from pathlib import Path

import numpy as np
import pytest
import smplx
import torch
from scipy import sparse
from smplx.utils import Struct

from ani3d_runtime.body.joint_names import SMPLX_JOINT_NAMES
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.smpl import load_body
from ani3d_runtime.errors import BodyModelError
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector

FIVE_MICROMETRES = 5e-6


def smpl_arrays() -> dict[str, np.ndarray]:
    """The built-in body in SMPL's layout."""
    body = load_builtin_body()
    parents = body.parents.astype(np.uint32)
    return {
        "v_template": body.template_m,
        "f": body.faces.astype(np.uint32),
        "weights": body.skin_weights,
        "shapedirs": body.shape_directions,
        "posedirs": body.pose_directions,
        "J_regressor": body.joint_regressor,
        "kintree_table": np.stack([parents, np.arange(24, dtype=np.uint32)]),
    }


SMALL = 343


def small_arrays() -> dict[str, np.ndarray]:
    """Every fortieth vertex of it, for tests of the file and not of the body."""
    arrays = smpl_arrays()
    for name in ("v_template", "weights", "shapedirs", "posedirs"):
        arrays[name] = arrays[name][::40]
    faces = np.random.default_rng(0).integers(0, SMALL, (500, 3)).astype(np.uint32)
    return {**arrays, "J_regressor": np.ascontiguousarray(arrays["J_regressor"][:, ::40]), "f": faces}


def smplx_arrays() -> dict[str, np.ndarray]:
    """The built-in body with jaw, eyes and fingers, in SMPL-X's layout."""
    base, rng = smpl_arrays(), np.random.default_rng(4)
    names = load_builtin_body().joint_names
    vertices = len(base["v_template"])
    weights = np.zeros((vertices, 55), np.float32)
    regressor = np.zeros((55, vertices), np.float32)
    parents = np.zeros(55, np.int64)
    for joint, name in enumerate(SMPLX_JOINT_NAMES):
        if name in names[:22]:
            ours = names.index(name)
            weights[:, joint], regressor[joint] = base["weights"][:, ours], base["J_regressor"][ours]
            parents[joint] = base["kintree_table"][0, ours].astype(np.int32)
            continue
        side = name.split("_")[0]
        anchor = "head" if joint < 25 else f"{side}_wrist"
        first = joint < 25 or name.endswith("1")
        parents[joint] = SMPLX_JOINT_NAMES.index(anchor) if first else joint - 1
        regressor[joint] = base["J_regressor"][names.index("head" if joint < 25 else f"{side}_hand")]
        if joint >= 25:
            weights[:, joint] = base["weights"][:, names.index(f"{side}_hand")] / 15
    parents[0] = 2**32 - 1
    return {
        **base,
        "weights": weights,
        "J_regressor": regressor,
        "shapedirs": np.concatenate([base["shapedirs"], rng.normal(size=(vertices, 3, 10)) * 0.01], axis=2),
        "posedirs": rng.normal(size=(vertices, 3, 486)).astype(np.float32) * 1e-3,
        "kintree_table": np.stack([parents, np.arange(55)]).astype(np.uint32),
        "lmk_faces_idx": np.zeros(51, np.int64),
        "lmk_bary_coords": np.full((51, 3), 1 / 3),
        **{f"hands_components{side}": np.eye(45) for side in "lr"},
        **{f"hands_mean{side}": np.zeros(45) for side in "lr"},
    }


def test_smpl_agrees_with_smplx(tmp_path):
    arrays = smpl_arrays()
    np.savez(tmp_path / "model.npz", **arrays)
    ours = load_body(tmp_path / "model.npz")
    theirs = smplx.SMPL(model_path="", data_struct=Struct(**arrays), batch_size=3)
    rng = np.random.default_rng(0)
    poses, betas = rng.normal(scale=0.5, size=(3, 24, 3)), rng.normal(size=10)
    trans = rng.normal(size=(3, 3)).astype(np.float32)
    with torch.no_grad():
        expected = theirs(
            betas=torch.tensor(betas, dtype=torch.float32).expand(3, 10),
            global_orient=torch.tensor(poses[:, 0], dtype=torch.float32),
            body_pose=torch.tensor(poses[:, 1:].reshape(3, -1), dtype=torch.float32),
            transl=torch.tensor(trans),
        ).vertices.numpy()
    rotations = quaternion_from_rotation_vector(poses).astype(np.float32)
    found = ours.shaped(betas).pose_vertices(rotations, trans)
    assert np.linalg.norm(found - expected, axis=2).max() < FIVE_MICROMETRES


def test_smplx_agrees_with_smplx(tmp_path):
    arrays = smplx_arrays()
    np.savez(tmp_path / "model.npz", **arrays, part2num=np.array({"head": 1}, dtype=object))
    ours = load_body(tmp_path / "model.npz")
    assert ours.joint_names == SMPLX_JOINT_NAMES
    assert ours.shape_count == 10
    theirs = smplx.SMPLX(
        model_path=str(tmp_path / "model.npz"), use_pca=False, flat_hand_mean=True, use_face_contour=False
    )
    rng = np.random.default_rng(1)
    poses, betas = rng.normal(scale=0.4, size=(1, 55, 3)), rng.normal(size=10)

    def tensor(values: np.ndarray) -> torch.Tensor:
        return torch.tensor(values.reshape(1, -1), dtype=torch.float32)

    with torch.no_grad():
        expected = theirs(
            betas=tensor(betas),
            global_orient=tensor(poses[:, 0]),
            body_pose=tensor(poses[:, 1:22]),
            jaw_pose=tensor(poses[:, 22]),
            leye_pose=tensor(poses[:, 23]),
            reye_pose=tensor(poses[:, 24]),
            left_hand_pose=tensor(poses[:, 25:40]),
            right_hand_pose=tensor(poses[:, 40:]),
        ).vertices.numpy()
    rotations = quaternion_from_rotation_vector(poses).astype(np.float32)
    found = ours.shaped(betas).pose_vertices(rotations, np.zeros((1, 3), np.float32))
    assert np.linalg.norm(found - expected, axis=2).max() < FIVE_MICROMETRES


@pytest.mark.parametrize("protocol", [0, 2, 5])
@pytest.mark.parametrize("matrix", [np.asarray, sparse.csc_matrix, sparse.csr_matrix, sparse.coo_matrix])
def test_pickles_hold_the_same_body(tmp_path, protocol, matrix):
    arrays = small_arrays()
    entries = {
        **arrays,
        "J_regressor": matrix(arrays["J_regressor"]),
        "bs_type": "lrotmin",
        "extra": {"a": [1.5, None]},
    }
    with (tmp_path / "model.pkl").open("wb") as stream:
        pickle.dump(entries, stream, protocol=protocol)
    body = load_body(tmp_path / "model.pkl")
    np.testing.assert_array_equal(body.template_m, arrays["v_template"])
    np.testing.assert_allclose(body.joint_regressor, arrays["J_regressor"])
    np.testing.assert_array_equal(body.parents, load_builtin_body().parents)


def chumpy_pickle(entries: dict[str, object], protocol: int) -> bytes:
    """A pickle as chumpy's classes would write it, in a process that has a module of that name."""
    script = """
import pickle, sys, types
import numpy as np
package, module = types.ModuleType("chumpy"), types.ModuleType("chumpy.ch")
class Ch:
    def __init__(self, x): self.x, self._dirty_vars = x, {"x"} and None
class Select:
    def __init__(self, a, idxs, shape): self.a, self.idxs, self.preferred_shape = a, idxs, shape
for kind in (Ch, Select):
    kind.__module__ = "chumpy.ch"
    setattr(module, kind.__name__, kind)
sys.modules.update({"chumpy": package, "chumpy.ch": module})
entries = pickle.load(sys.stdin.buffer)
for name in ("v_template", "weights", "posedirs"):
    entries[name] = Ch(entries[name])
shapes = entries["shapedirs"]
entries["shapedirs"] = Select(Ch(shapes), np.arange(shapes.size), shapes.shape)
sys.stdout.buffer.write(pickle.dumps(entries, protocol=int(sys.argv[1])))
"""
    run = subprocess.run(
        [os.sys.executable, "-c", script, str(protocol)], input=pickle.dumps(entries), capture_output=True, check=True
    )
    return run.stdout


@pytest.mark.parametrize("protocol", [0, 2])
def test_chumpy_arrays_are_read_without_chumpy(tmp_path, protocol):
    arrays = small_arrays()
    (tmp_path / "model.pkl").write_bytes(chumpy_pickle(arrays, protocol))
    body = load_body(tmp_path / "model.pkl")
    np.testing.assert_array_equal(body.template_m, arrays["v_template"])
    np.testing.assert_array_equal(body.shape_directions, arrays["shapedirs"])


class Bomb:
    """Runs a command when it is unpickled by the usual means."""

    def __init__(self, function, *arguments) -> None:
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "bomb",
    [
        lambda path: Bomb(os.system, f"touch {path}"),
        lambda path: Bomb(eval, f"open({str(path)!r}, 'w')"),
        lambda path: Bomb(getattr, np.ndarray, "tofile"),
        lambda path: Bomb(np.memmap, str(path), "u1", "w+", 0, (8,)),
    ],
    ids=["os", "eval", "getattr", "memmap"],
)
def test_a_malicious_pickle_is_refused_before_it_runs(tmp_path, bomb):
    trace = tmp_path / "trace"
    (tmp_path / "model.pkl").write_bytes(pickle.dumps({**small_arrays(), "v_template": bomb(trace)}))
    with pytest.raises(BodyModelError) as caught:
        load_body(tmp_path / "model.pkl")
    assert caught.value.code == "body-unsafe-pickle"
    assert not trace.exists()


def test_a_pickle_cannot_claim_memory(tmp_path):
    """``ndarray((10**15,))`` is a call that a pickle could ask for."""
    code = b"cnumpy\nndarray\n((I1000000000000000\nttR."
    (tmp_path / "model.pkl").write_bytes(code)
    with pytest.raises(BodyModelError) as caught:
        load_body(tmp_path / "model.pkl")
    assert caught.value.code == "body-unreadable"


def refused(path: Path) -> str:
    with pytest.raises(BodyModelError) as caught:
        load_body(path)
    return caught.value.code


@pytest.mark.parametrize("content", [b"", b"frog", pickle.dumps([1, 2]), pickle.dumps(small_arrays())[:-100]])
def test_damaged_pickles(tmp_path, content):
    (tmp_path / "model.pkl").write_bytes(content)
    assert refused(tmp_path / "model.pkl") == "body-unreadable"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"posedirs": None}, "body-missing-array"),
        ({"weights": np.ones((SMALL, 30)) / 30}, "body-joint-count"),
        ({"weights": np.ones((SMALL, 24))}, "body-model-invalid"),
        ({"v_template": np.full((SMALL, 3), np.nan)}, "body-not-finite"),
        ({"J_regressor": np.zeros((24, 5))}, "body-wrong-shape"),
        ({"posedirs": np.zeros((SMALL, 3, 9))}, "body-model-invalid"),
        ({"f": np.array([[0, 1, 99999]])}, "body-model-invalid"),
        ({"kintree_table": np.zeros((2, 20), int)}, "body-model-invalid"),
        ({"kintree_table": np.full((2, 24), 23)}, "body-model-invalid"),
        ({"v_template": np.array([None, 1])}, "body-pickled"),
    ],
)
def test_refusals(tmp_path, changes, code):
    arrays = {name: value for name, value in {**small_arrays(), **changes}.items() if value is not None}
    np.savez(tmp_path / "model.npz", **arrays)
    assert refused(tmp_path / "model.npz") == code


def test_missing_file_and_format(tmp_path):
    assert refused(tmp_path / "none.npz") == "body-missing-file"
    (tmp_path / "model.obj").write_text("v 0 0 0")
    assert refused(tmp_path / "model.obj") == "body-unknown-format"
