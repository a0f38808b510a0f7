"""A small file of every format that is imported, by name: what tests and ``benchmarks/fuzz_imports.py`` damage."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import MotionOptions, read_motion
from ani3d_runtime.formats.compressed_ply import compressed_ply_bytes
from ani3d_runtime.formats.gaussian_ply import gaussian_ply_bytes
from ani3d_runtime.formats.gltf_splats import gltf_bytes
from ani3d_runtime.formats.sog import sog_bytes
from ani3d_runtime.formats.splat import splat_bytes
from ani3d_runtime.formats.spz import spz_bytes
from ani3d_runtime.splats import SplatCloud
from tests.binary_fbx import binary_fbx
from tests.unit.test_node_motions import write_fbx, write_glb
from tests.unit.test_pickle_motion import written

OTHERS = Path(__file__).parent / "others"
FRAMES = 3
BVH = b"""HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
%s}
MOTION
Frames: 3
Frame Time: 0.0333
"""


@dataclass(frozen=True)
class ImportFile:
    """One small file.

    Attributes:
        suffix: its name's end.
        kind: what it becomes.
        make: makes its bytes.
    """

    suffix: str
    kind: Literal["avatar", "motion"]
    make: Callable[[], bytes]


def cloud(degree: int = 2) -> SplatCloud:
    """Nine Gaussians of degree 0 to 2."""
    arrays = np.load(OTHERS / "cloud.npz")
    whole = SplatCloud.checked(*(arrays[name] for name in ("means", "quats", "scales", "opacities", "sh")))
    return whole.take(np.arange(9)).with_sh(whole.sh[:9, : (degree + 1) ** 2])


def ply(kind: str, extra: tuple[str, ...] = ()) -> bytes:
    """A PLY of five Gaussians of degree 0, in one of the three ways to write numbers."""
    names = ["x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", "opacity", "scale_0", "scale_1", "scale_2"]
    names += ["rot_0", "rot_1", "rot_2", "rot_3", *extra]
    values = np.random.default_rng(0).uniform(0.1, 1, (5, len(names))).astype(">f4" if "big" in kind else "<f4")
    values[:, 7:10] -= 5  # logarithms
    values[:, 14:] = 1
    head = ["ply", f"format {kind} 1.0", "element vertex 5", *(f"property float {name}" for name in names)]
    rows = "\n".join(" ".join(f"{value:.4f}" for value in row) for row in values).encode()
    body = rows if kind == "ascii" else values.tobytes()
    return "\n".join([*head, "end_header", ""]).encode() + body


def old_spz(version: int) -> bytes:
    """An SPZ of version 1 (half floats) or 2 (fixed point), degree 0."""
    few = cloud(0)
    fixed = b"".join(round(v * 4096).to_bytes(3, "little", signed=True) for v in few.means_m.ravel().tolist())
    positions = few.means_m.astype("<f2").tobytes() if version == 1 else fixed
    head = struct.pack("<4sIIBBBB", b"NGSP", version, few.count, 0, 12, 0, 0)
    return gzip.compress(head + positions + bytes([128]) * (10 * few.count), mtime=0)


@cache
def walk() -> Motion:
    """Some frames of the built-in walk."""
    body = load_builtin_body()
    return read_motion("cmu_01_01", body.skeleton, MotionOptions(fps=30)).slice(10, 10 + FRAMES)


def bvh() -> bytes:
    """A BVH of joints that are enough for a person."""
    chains = (
        ("Spine Neck Head", "0 0.3 0"),
        *((f"{side}UpLeg {side}Leg {side}Foot", f"{x} -0.4 0") for side, x in (("Left", 0.05), ("Right", -0.05))),
    )
    arms = {side: f"{side}Arm {side}ForeArm {side}Hand" for side in ("Left", "Right")}
    numbers = 6

    def chain(names: list[str], offset: str, under: str = "") -> str:
        nonlocal numbers
        numbers += 3
        rest = chain(names[1:], offset, under) if len(names) > 1 else "End Site { OFFSET 0 0.1 0 }\n"
        if names[0] == "Spine":
            rest += "".join(chain(arms[side].split(), f"{x} 0 0") for side, x in (("Left", 0.25), ("Right", -0.25)))
        return f"JOINT {names[0]} {{ OFFSET {offset}\nCHANNELS 3 Zrotation Xrotation Yrotation\n{rest}}}\n"

    text = "".join(chain(names.split(), offset) for names, offset in chains)
    rows = [" ".join(["0", "0.8", "0", *(f"{(frame + k) % 5}" for k in range(numbers - 3))]) for frame in range(FRAMES)]
    return BVH % text.encode() + "\n".join(rows).encode() + b"\n"


def npz(save: Callable[..., None], **arrays: Any) -> bytes:
    """An .npz, packed or not."""
    buffer = io.BytesIO()
    save(buffer, **arrays)
    return buffer.getvalue()


def _smpl() -> dict[str, Any]:
    return {"poses": np.zeros((FRAMES, 24, 3), np.float32), "trans": np.zeros((FRAMES, 3)), "fps": np.array(30)}


def _codec() -> dict[str, Any]:
    return {
        "codecVersion": np.int32(2),
        "smplVersion": np.int32(0),
        "gender": np.int32(0),
        "shapeParameters": np.zeros(10, np.float32),
        "frameCount": np.int32(FRAMES),
        "frameRate": np.float32(30),
        "bodyTranslation": np.zeros((FRAMES, 3), np.float32),
        "bodyPose": np.zeros((FRAMES, 24, 3), np.float32),
    }


def _in_folder(make: Callable[[Path], Path]) -> Callable[[], bytes]:
    def made() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            return make(Path(folder)).read_bytes()

    return made


def _of_tool(tool: str) -> Callable[[], bytes]:
    return _in_folder(lambda folder: written(folder, tool))


def _other(name: str) -> Callable[[], bytes]:
    return (OTHERS / name).read_bytes


FILES: dict[str, ImportFile] = {
    "ply": ImportFile(".ply", "avatar", lambda: gaussian_ply_bytes(cloud())),
    "ply, big-endian": ImportFile(".ply", "avatar", lambda: ply("binary_big_endian")),
    "ply, ascii": ImportFile(".ply", "avatar", lambda: ply("ascii", ("part",))),
    "compressed ply": ImportFile(".ply", "avatar", lambda: compressed_ply_bytes(cloud())),
    "spz 1": ImportFile(".spz", "avatar", lambda: old_spz(1)),
    "spz 2": ImportFile(".spz", "avatar", lambda: old_spz(2)),
    "spz 3": ImportFile(".spz", "avatar", lambda: spz_bytes(cloud())),
    "spz 4": ImportFile(".spz", "avatar", lambda: spz_bytes(cloud(), version=4)),
    "sog": ImportFile(".sog", "avatar", lambda: sog_bytes(cloud())),
    "splat": ImportFile(".splat", "avatar", lambda: splat_bytes(cloud(0))),
    "ksplat 0": ImportFile(".ksplat", "avatar", _other("gaussian-splats-3d-0.ksplat")),
    "ksplat 1": ImportFile(".ksplat", "avatar", _other("gaussian-splats-3d-1.ksplat")),
    "ksplat 2": ImportFile(".ksplat", "avatar", _other("gaussian-splats-3d-2.ksplat")),
    "gltf splats": ImportFile(".glb", "avatar", lambda: gltf_bytes(cloud())),
    "bvh": ImportFile(".bvh", "motion", bvh),
    "npz": ImportFile(".npz", "motion", lambda: npz(np.savez, **_smpl())),
    "npz, packed": ImportFile(".npz", "motion", lambda: npz(np.savez_compressed, **_smpl())),
    "smplcodec": ImportFile(".smpl", "motion", lambda: npz(np.savez_compressed, **_codec())),
    "pickle": ImportFile(".pkl", "motion", lambda: pickle.dumps(_smpl())),
    "pickle, protocol 0": ImportFile(".pkl", "motion", lambda: pickle.dumps(_smpl(), protocol=0)),
    "joblib": ImportFile(".pkl", "motion", _of_tool("WHAM")),
    "joblib, packed": ImportFile(".pkl", "motion", _of_tool("WHAM packed")),
    "torch": ImportFile(".pt", "motion", _of_tool("GVHMR")),
    "npy": ImportFile(".npy", "motion", _of_tool("TRAM")),
    "aist": ImportFile(".pkl", "motion", _of_tool("AIST++")),
    "fbx, binary": ImportFile(".fbx", "motion", _in_folder(lambda at: _binary(write_fbx(at / "a.fbx", walk())))),
    "fbx, bound": ImportFile(
        ".fbx", "motion", _in_folder(lambda at: _binary(write_fbx(at / "a.fbx", walk(), bound=True, takes=2)))
    ),
    "fbx, ascii": ImportFile(".fbx", "motion", _in_folder(lambda at: write_fbx(at / "a.fbx", walk()))),
    "gltf motion": ImportFile(".glb", "motion", _in_folder(lambda at: write_glb(at / "a.glb", walk()))),
    "gltf spline": ImportFile(".glb", "motion", _in_folder(lambda at: write_glb(at / "a.glb", walk(), spline=True))),
    "vrma": ImportFile(".vrma", "motion", _in_folder(lambda at: write_glb(at / "a.vrma", walk(), vrma=True))),
}


def _binary(path: Path) -> Path:
    path.write_bytes(binary_fbx(path.read_text()))
    return path
