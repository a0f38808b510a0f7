"""Files that are cut short, lie about their sizes, or are others than their names say: refused with a code, in little
memory. ``benchmarks/fuzz_imports.py`` tries millions more.
"""

from __future__ import annotations

import io
import json
import pickle
import random
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.formats.importer import AvatarImporter
from ani3d_runtime.formats.registry import importer_for
from tests.damage import boundaries, damaged
from tests.import_files import BVH, FILES, ply

SKELETON = load_builtin_body().skeleton
# FBX is read by a process of its own, which takes as long as a hundred others.
FORKED = [name for name in FILES if name.startswith("fbx")]
NEEDS = {"spz 4": "zstandard", "joblib": "joblib", "joblib, packed": "joblib", "torch": "torch"}
# What a file may take beside what a hundred copies of it would.
MEMORY_BYTES = 48 << 20


def read(path: Path, kind: str) -> object:
    if kind == "motion":
        return read_motion(path, SKELETON)
    importer = importer_for(path, "avatar")
    assert isinstance(importer, AvatarImporter)
    return importer.read(path)


def outcome(path: Path, kind: str) -> str:
    """``read``, or the code of the refusal; whatever else is raised escapes."""
    try:
        read(path, kind)
    except Ani3dError as error:
        return error.code
    return "read"


def content_of(name: str) -> bytes:
    pytest.importorskip(NEEDS.get(name, "numpy"))
    return FILES[name].make()


@pytest.mark.parametrize("name", [name for name in FILES if name not in FORKED])
def test_cut_at_every_boundary_and_changed(tmp_path, name):
    content, kind = content_of(name), FILES[name].kind
    path = tmp_path / f"a{FILES[name].suffix}"
    path.write_bytes(content)
    assert outcome(path, kind) == "read"
    found: list[str] = []
    for end in boundaries(content):
        path.write_bytes(content[:end])
        found.append(outcome(path, kind))
    # A .splat is rows alone, and what ends a text or a GLB may be missing.
    assert found.count("read") <= (len(found) if name in ("splat", "bvh") else 3), found
    dice = random.Random(name)
    for _ in range(40):
        path.write_bytes(damaged(content, dice))
        outcome(path, kind)


@pytest.mark.parametrize("name", FORKED)
def test_a_damaged_fbx_is_refused(tmp_path, name):
    pytest.importorskip("ufbx")
    content, dice = FILES[name].make(), random.Random(name)
    path = tmp_path / "a.fbx"
    places = boundaries(content, most=4)
    tried = [content[: places[len(places) // 2]]]
    if name == "fbx, binary":
        tried.append(damaged(content, dice))
    for bad in tried:
        path.write_bytes(bad)
        assert outcome(path, "motion") in ("read", "fbx-unreadable", "motion-too-large", "motion-no-skeleton")


def test_every_format_under_every_other_name(tmp_path):
    """Wrong bytes under a right suffix, and the other way round."""
    suffixes = sorted({file.suffix for file in FILES.values()} - {".fbx"})
    strange: dict[str, set[str]] = {}
    for name, file in FILES.items():
        content = content_of(name) if NEEDS.get(name, "numpy") in ("numpy", "zstandard") else b"?" * 500
        for suffix in (suffix for suffix in suffixes if suffix != file.suffix):
            path = tmp_path / f"a{suffix}"
            path.write_bytes(content)
            for kind in ("avatar", "motion"):
                strange.setdefault(outcome(path, kind), set()).add(f"{name} as {suffix} for {kind}")
    # Arrays of the SMPL family are read under each other's names, as glTF is under VRM's.
    read_as = {each.rsplit(" as ", 1)[0] for each in strange.pop("read", set())}
    assert read_as <= {"npz", "npz, packed", "smplcodec", "pickle", "pickle, protocol 0", "aist", "npy",
                       "gltf motion", "gltf spline", "vrma"}  # fmt: skip
    assert "import-wrong-suffix" in strange


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


def picture_bomb() -> bytes:
    """A SOG of nine Gaussians whose pictures have sixteen million pixels."""
    bomb = io.BytesIO()
    Image.new("RGBA", (4096, 4096)).save(bomb, "PNG", compress_level=1)
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(FILES["sog"].make())) as archive, zipfile.ZipFile(buffer, "w") as changed:
        for name in archive.namelist():
            changed.writestr(name, archive.read(name) if name.endswith(".json") else bomb.getvalue())
    return buffer.getvalue()


def glb_of(**content: object) -> bytes:
    text = json.dumps({"asset": {"version": "2.0"}, **content}).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<4sIII4s", b"glTF", 2, 20 + len(text), len(text), b"JSON") + text


def huge_array() -> bytes:
    """An .npy that says it has a terabyte."""
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 24, 3)}\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header


# An .npy whose header is an expression that Python cannot take apart.
SIGNS = b"\x93NUMPY\x01\0\x29\x23" + b"-" * 9001
BOMBS: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "a count of 5,000 digits": (".ply", "avatar", lambda: ply("ascii").replace(b"vertex 5", b"vertex " + b"9" * 5000)),
    "a number of a megabyte": (".ply", "avatar", lambda: ply("ascii").replace(b"0.", b"0" * (1 << 20) + b".", 1)),
    "a million rows in five": (".ply", "avatar", lambda: ply("ascii").replace(b"vertex 5", b"vertex 1000000")),
    "pictures": (".sog", "avatar", picture_bomb),
    "an array's header": (".npz", "motion", lambda: zipped(poses__npy=huge_array())),
    "an operator of 9,000 signs": (".npz", "motion", lambda: zipped(poses__npy=SIGNS)),
    "an array alone": (".npy", "motion", huge_array),
    "a packed pickle": (".pkl", "motion", lambda: zlib.compress(bytes(80 << 20), 1)),
    "torch's zip": (".pt", "motion", lambda: zipped(**{"a/data__pkl": pickle.dumps({}), "a/data/0": bytes(80 << 20)})),
    "joints without end": (".bvh", "motion", lambda: BVH % (b"JOINT a { OFFSET 0 1 0 CHANNELS 0 " * 20_000)),
    "frames without end": (".bvh", "motion", lambda: FILES["bvh"].make().replace(b"Frames: 3", b"Frames: 2000000000")),
    "nodes in nodes": (".glb", "motion", lambda: glb_of(nodes=[{"children": [k + 1]} for k in range(5_000)] + [{}])),
    "lists in lists": (".gltf", "motion", lambda: b"[" * 2_000_000),
    "an accessor of four billion": (".glb", "avatar", lambda: glb_of(
        accessors=[{"componentType": 5126, "type": "VEC3", "count": 4_000_000_000, "bufferView": 0}],
        bufferViews=[{"buffer": 0, "byteLength": 4, "byteStride": 4}],
        buffers=[{"byteLength": 4}],
        meshes=[{"primitives": [{"attributes": {"POSITION": 0}, "extensions": {"KHR_gaussian_splatting": {}}}]}],
        nodes=[{"mesh": 0}],
    )),
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_small_file_takes_little_memory(tmp_path, bomb):
    suffix, kind, make = BOMBS[bomb]
    content = make()
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        found = outcome(path, kind)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found != "read"
    assert peak < MEMORY_BYTES + 100 * len(content), f"{found}, {peak >> 20} MB for {len(content)} bytes"


def test_a_bomb_in_a_spz_ends_early(tmp_path):
    """What follows the Gaussians is read no farther than extensions reach."""
    head = struct.pack("<4sIIBBBB", b"NGSP", 3, 9, 0, 12, 0, 0)
    path = tmp_path / "a.spz"
    path.write_bytes(zlib.compress(head + bytes(9 * 20 + (40 << 20)), 1, 31))
    tracemalloc.start()
    outcome(path, "avatar")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 << 20


@pytest.mark.parametrize("child", [True, False, 1.0, "1", None])
def test_a_child_of_a_node_is_a_whole_number(tmp_path, child):
    path = tmp_path / "a.glb"
    path.write_bytes(glb_of(nodes=[{"children": [child]}, {}]))
    with pytest.raises(Ani3dError) as caught:
        read_motion(path, SKELETON)
    assert repr(child) in caught.value.found
