"""However a file is damaged, importing it either works or ends in a coded error; nothing else ever escapes."""

from __future__ import annotations

import contextlib
import io
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ani3d_runtime.bake.binding.rest_pose import RestPose
from ani3d_runtime.bake.importers.avatar import read_avatar
from ani3d_runtime.bake.importers.residual import read_residual
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.body.smpl import load_body
from ani3d_runtime.errors import Ani3dError

BODY = load_builtin_body()
SKELETON = BODY.skeleton


def ply(kind: str) -> bytes:
    names = ["x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", "opacity", "scale_0", "scale_1", "scale_2"]
    names += ["rot_0", "rot_1", "rot_2", "rot_3", "part"]
    values = np.random.default_rng(0).uniform(0.1, 1, (5, len(names))).astype(">f4" if "big" in kind else "<f4")
    values[:, 7:10] -= 5  # logarithms
    values[:, -1] = 1
    head = [
        "ply",
        f"format {kind} 1.0",
        "element vertex 5",
        *(f"property float {name}" for name in names),
        "end_header",
    ]
    body = (
        values.tobytes() if kind != "ascii" else "\n".join(" ".join(f"{v:.4f}" for v in row) for row in values).encode()
    )
    return "\n".join(head).encode() + b"\n" + body


def npz(save: Callable[..., None], **arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    save(buffer, **arrays)
    return buffer.getvalue()


OTHERS = Path(__file__).parents[1] / "others"
OF_OTHERS = (
    "splat-transform-3.spz",
    "splat-transform.compressed.ply",
    "splat-transform.sog",
    "splat-transform.glb",
    "gaussian-splats-3d-1.ksplat",
)
BVH = b"""HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT LeftUpLeg
  {
    OFFSET 1 -1 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 -4 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.0333
0 9 0 1 2 3 4 5 6
0 9 1 2 3 4 5 6 7
"""
MOTION = {"poses": np.zeros((3, 24, 3), np.float32), "trans": np.zeros((3, 3)), "fps": np.array(30)}
MODEL = {
    "v_template": np.zeros((6, 3), np.float32),
    "f": np.array([[0, 1, 2]]),
    "weights": np.full((6, 24), 1 / 24),
    "shapedirs": np.zeros((6, 3, 2)),
    "posedirs": np.zeros((6, 3, 207), np.float32),
    "J_regressor": np.full((24, 6), 1 / 6),
    "kintree_table": np.stack([np.arange(-1, 23), np.arange(24)]),
}
CASES: dict[str, tuple[str, bytes, Callable[[Path], object]]] = {
    "ply": ("a.ply", ply("binary_little_endian"), read_avatar),
    "ply big-endian": ("a.ply", ply("binary_big_endian"), read_avatar),
    "ply ascii": ("a.ply", ply("ascii"), read_avatar),
    "ply parts": ("a.ply", ply("ascii"), read_avatar),
    "bvh": ("a.bvh", BVH, lambda path: read_motion(path, SKELETON)),
    "motion": ("a.npz", npz(np.savez, **MOTION), lambda path: read_motion(path, SKELETON)),
    "motion packed": ("a.npz", npz(np.savez_compressed, **MOTION), lambda path: read_motion(path, SKELETON)),
    "rest pose": ("a.npz", npz(np.savez, poses=np.zeros(72)), lambda path: RestPose.named(str(path), BODY)),
    "residual": ("a.npz", npz(np.savez, dpos_m=np.zeros((4, 5, 3))), lambda path: read_residual(path, 4, 5)),
    "motion pickle": ("a.pkl", pickle.dumps(MOTION), lambda path: read_motion(path, SKELETON)),
    **{name: (name, (OTHERS / name).read_bytes(), read_avatar) for name in OF_OTHERS},
    "splat": ("a.splat", bytes(range(64)), read_avatar),
    "body": ("a.npz", npz(np.savez, **MODEL), load_body),
    "body pickle": ("a.pkl", pickle.dumps(MODEL), load_body),
    "body old pickle": ("a.pkl", pickle.dumps(MODEL, protocol=0), load_body),
}


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_refused_or_harmless(tmp_path, case, data):
    name, content, read = CASES[case]
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        what = data.draw(st.sampled_from(["set", "cut", "insert", "repeat"]))
        if what == "set":
            damaged[at] = data.draw(st.integers(0, 255))
        elif what == "insert":
            damaged[at:at] = data.draw(st.sampled_from([b"9", b"-", b"nan ", b"\n", b" list ", b"\x00" * 8, b"}"]))
        elif what == "repeat":
            damaged[at:at] = damaged[at : at + 40]
        elif at > 0:
            del damaged[at:]
    path = tmp_path / name
    path.write_bytes(damaged)
    with contextlib.suppress(Ani3dError):
        read(path)


@pytest.mark.parametrize("case", [case for case in CASES if case != "bvh"])
def test_undamaged_they_read(tmp_path, case):
    name, content, read = CASES[case]
    (tmp_path / name).write_bytes(content)
    read(tmp_path / name)
