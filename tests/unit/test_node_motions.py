"""FBX, glTF and VRMA: a motion of joints with frames of their own comes back as it was."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ani3d_runtime.body.joint_names import MIXAMO, VRM
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import MotionOptions, read_motion
from ani3d_runtime.errors import Ani3dError

SKELETON = load_builtin_body().skeleton
NAMES = SKELETON.joint_names
PARENTS = SKELETON.parents.tolist()
# Ticks of FBX in a second.
TICKS = 46_186_158_000
FPS = 30
# Takes but the first move so many joints.
FEW = 6


@pytest.fixture(scope="module")
def walk() -> Motion:
    return read_motion("cmu_01_01", SKELETON, MotionOptions(fps=FPS)).slice(10, 34)


def positions(motion: Motion) -> np.ndarray:
    return SKELETON.global_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)[..., 3]


def frames_of_joints() -> np.ndarray:
    """[J, 3, 3] a frame for every joint that has nothing to do with where its bone points."""
    return Rotation.random(len(NAMES), random_state=3).as_matrix()


def local_pose(motion: Motion, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """[T, J, 3, 3] local rotations, [T, J, 3] translations and [J, 3, 3] rest rotations, metres and Y up."""
    posed = SKELETON.global_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)
    turns = posed[..., :3] @ frames
    local, rest, arms = turns.copy(), frames.copy(), np.repeat(posed[:, :1, :, 3], len(NAMES), axis=1)
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            local[:, joint] = np.swapaxes(turns[:, parent], 1, 2) @ turns[:, joint]
            rest[joint] = frames[parent].T @ frames[joint]
            bone = SKELETON.zero_joints_m[joint] - SKELETON.zero_joints_m[parent]
            arms[:, joint] = frames[parent].T @ bone
    return local, arms, rest


def names_of(table: dict[str, str], prefix: str = "") -> list[str]:
    theirs = {ours: name for name, ours in table.items()}
    return [prefix + theirs.get(ours, f"Extra{joint}") for joint, ours in enumerate(NAMES)]


def write_fbx(
    path: Path,
    motion: Motion,
    *,
    z_up: bool = False,
    takes: int = 1,
    armature: bool = False,
    bound: bool = False,
    bare: bool = False,
) -> Path:
    """An FBX 7.4 as text, in centimetres, whose joints' frames are in their PreRotation, as Mixamo's.

    Bound, they are in their rotation, as Blender's, and a bind pose says where the skeleton was built. Bare, they are
    so too, and nothing says it, as Blender exports an armature without a mesh.
    """
    local, arms, rest = local_pose(motion, frames_of_joints())
    world = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]) if z_up and not armature else np.eye(3)
    local[:, 0], arms[:, 0], rest[0] = world @ local[:, 0], arms[:, 0] @ world.T, world @ rest[0]
    times = ",".join(str(round(frame * TICKS / FPS)) for frame in range(motion.frame_count))
    objects, links = [], []

    def linked(child: int, parent: int, name: str | None = None) -> None:
        links.append(f'C: "OP",{child},{parent}, "{name}"' if name else f'C: "OO",{child},{parent}')

    if armature:
        # Blender's: its world is Z up, and an object between it and the bones turns them.
        objects.append(model(50, "Armature", "Null", np.zeros(3), np.array([90.0, 0, 0]), np.zeros(3)))
        linked(50, 0)
    for joint, name in enumerate(names_of(MIXAMO, "mixamorig:")):
        before = Rotation.identity() if bound or bare else Rotation.from_matrix(rest[joint])
        turned = (before.inv() * Rotation.from_matrix(local[:, joint])).as_euler("xyz", degrees=True)
        centimetres = arms[:, joint] * 100
        objects.append(
            model(100 + joint, name, "LimbNode", centimetres[0], turned[0], before.as_euler("xyz", degrees=True))
        )
        parent = PARENTS[joint]
        linked(100 + joint, 100 + parent if parent >= 0 else 50 if armature else 0)
        for take in range(takes if joint < FEW else 1):
            for kind, values in (("R", turned), ("T", centimetres)):
                node = 10_000 * (take + 1) + 10 * joint + (kind == "T") * 5
                objects.append(f'AnimationCurveNode: {node}, "AnimCurveNode::{kind}", "" {{ Properties70: {{ }} }}')
                linked(node, 2000 + take)
                linked(node, 100 + joint, "Lcl Rotation" if kind == "R" else "Lcl Translation")
                for axis in range(3):
                    objects.append(curve(node + 1 + axis, times, values[:, axis]))
                    linked(node + 1 + axis, node, f"d|{'XYZ'[axis]}")
    if bound:
        objects.append(bind_pose(world @ frames_of_joints(), SKELETON.zero_joints_m @ world.T * 100))
    for take in range(takes):
        objects.append(f'AnimationStack: {1000 + take}, "AnimStack::take {take}", "" {{ Properties70: {{')
        end = round((motion.frame_count - 1) * TICKS / FPS)
        objects.append('P: "LocalStart", "KTime", "Time", "",0')
        objects.append(f'P: "LocalStop", "KTime", "Time", "",{end}\n}} }}')
        objects.append(f'AnimationLayer: {2000 + take}, "AnimLayer::Base", "" {{ }}')
        linked(2000 + take, 1000 + take)
    up = [2, 1, 1, -1] if z_up else [1, 1, 2, 1]
    axes = zip(("UpAxis", "UpAxisSign", "FrontAxis", "FrontAxisSign"), up, strict=True)
    settings = [f'P: "{name}", "int", "Integer", "",{value}' for name, value in axes]
    settings += ['P: "CoordAxis", "int", "Integer", "",0', 'P: "CoordAxisSign", "int", "Integer", "",1']
    settings += ['P: "UnitScaleFactor", "double", "Number", "",1', 'P: "TimeMode", "enum", "", "",6']
    body = [
        "; FBX 7.4.0 project file",
        "FBXHeaderExtension: { FBXHeaderVersion: 1003\nFBXVersion: 7400\n}",
        "GlobalSettings: { Version: 1000\nProperties70: {",
        *settings,
        "} }",
        "Objects: {",
        *objects,
        "}",
        "Connections: {",
        *links,
        "}",
    ]
    path.write_text("\n".join(body) + "\n")
    return path


def model(number: int, name: str, kind: str, move: np.ndarray, turn: np.ndarray, before: np.ndarray) -> str:
    def property_of(label: str, kind: str, values: np.ndarray) -> str:
        return f'P: "{label}", "{kind}", "", "A",' + ",".join(f"{value:.9f}" for value in values)

    lines = [
        f'Model: {number}, "Model::{name}", "{kind}" {{ Version: 232\nProperties70: {{',
        property_of("PreRotation", "Vector3D", before),
        'P: "RotationActive", "bool", "", "",1',
        property_of("Lcl Translation", "Lcl Translation", move),
        property_of("Lcl Rotation", "Lcl Rotation", turn),
        "} }",
    ]
    return "\n".join(lines)


def bind_pose(turns: np.ndarray, places: np.ndarray) -> str:
    lines = ['Pose: 77, "Pose::bind", "BindPose" { Type: "BindPose"\nVersion: 100', f"NbPoseNodes: {len(turns)}"]
    for joint, (turn, place) in enumerate(zip(turns, places, strict=True)):
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = turn, place
        # Columns first.
        values = ",".join(f"{value:.9f}" for value in matrix.T.ravel())
        lines.append(f"PoseNode: {{ Node: {100 + joint}\nMatrix: *16 {{ a: {values}\n}} }}")
    return "\n".join([*lines, "}"])


def curve(number: int, times: str, values: np.ndarray) -> str:
    count = len(values)
    keys = ",".join(f"{value:.9f}" for value in values)
    return (
        f'AnimationCurve: {number}, "AnimCurve::", "" {{ Default: 0\nKeyVer: 4008\n'
        f"KeyTime: *{count} {{ a: {times}\n}}\nKeyValueFloat: *{count} {{ a: {keys}\n}}\n"
        f"KeyAttrFlags: *1 {{ a: 4\n}}\nKeyAttrDataFloat: *4 {{ a: 0,0,0,0\n}}\n"
        f"KeyAttrRefCount: *1 {{ a: {count}\n}} }}"
    )


def write_glb(
    path: Path,
    motion: Motion,
    *,
    vrma: bool = False,
    spline: bool = False,
    animations: int = 1,
    second: float = 1.0,
) -> Path:
    """A .glb by hand. A VRMA has numbers for names, and says which node is which human bone."""
    local, arms, rest = local_pose(motion, frames_of_joints())
    parts: list[bytes] = []
    views: list[dict[str, Any]] = []
    accessors: list[dict[str, Any]] = []

    def accessor(values: np.ndarray) -> int:
        data = values.astype("<f4").tobytes()
        kind = "SCALAR" if values.ndim == 1 else f"VEC{values.shape[1]}"
        views.append({"buffer": 0, "byteOffset": sum(map(len, parts)), "byteLength": len(data)})
        accessors.append({"bufferView": len(views) - 1, "componentType": 5126, "count": len(values), "type": kind})
        parts.append(data)
        return len(accessors) - 1

    times = accessor(np.arange(motion.frame_count) / FPS * second)
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []

    def keyed(node: int, path: str, values: np.ndarray) -> None:
        if spline:
            # Tangents of nothing: at the keys themselves a spline is the keys.
            still = np.zeros_like(values)
            values = np.stack([still, values, still], axis=1).reshape(-1, values.shape[1])
        interpolation = "CUBICSPLINE" if spline else "LINEAR"
        samplers.append({"input": times, "output": accessor(values), "interpolation": interpolation})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": node, "path": path}})

    nodes: list[dict[str, Any]] = []
    for joint, name in enumerate(names_of(VRM if vrma else MIXAMO)):
        children = [child for child, parent in enumerate(PARENTS) if parent == joint]
        nodes.append(
            {
                "name": f"n{joint}" if vrma else name,
                "rotation": Rotation.from_matrix(rest[joint]).as_quat().tolist(),
                "translation": arms[0, joint].tolist(),
                **({"children": children} if children else {}),
            }
        )
        keyed(joint, "rotation", Rotation.from_matrix(local[:, joint]).as_quat())
    keyed(0, "translation", arms[:, 0])
    content: dict[str, Any] = {"asset": {"version": "2.0"}, "nodes": nodes, "scenes": [{"nodes": [0]}]}
    if vrma:
        bones = {name: {"node": j} for j, name in enumerate(names_of(VRM)) if not name.startswith("Extra")}
        content["extensions"] = {"VRMC_vrm_animation": {"specVersion": "1.0", "humanoid": {"humanBones": bones}}}
    animation = {"samplers": samplers, "channels": channels}
    few = {"samplers": samplers, "channels": [each for each in channels if each["target"]["node"] < FEW]}
    content["animations"] = [
        {"name": f"take {number}", **(few if number else animation)} for number in range(animations)
    ]
    binary = b"".join(parts)
    content |= {"buffers": [{"byteLength": len(binary)}], "bufferViews": views, "accessors": accessors}
    text = json.dumps(content).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)
    return path


def off_mm(found: Motion, expected: Motion) -> float:
    """The largest error of any joint but the fingertips, which no capture has."""
    assert found.frame_count == expected.frame_count
    assert found.fps == FPS
    return float(np.linalg.norm(positions(found) - positions(expected), axis=2)[:, :22].max()) * 1e3


@pytest.mark.parametrize(
    "layout",
    [{}, {"z_up": True}, {"z_up": True, "armature": True}, {"bound": True}, {"bound": True, "z_up": True}],
    ids=["y up", "z up", "object", "bound", "bound, z up"],
)
def test_fbx_lands_on_the_same_body(tmp_path, walk, layout):
    pytest.importorskip("ufbx")
    assert off_mm(read_motion(write_fbx(tmp_path / "a.fbx", walk, **layout), SKELETON), walk) < 3


def test_an_fbx_that_says_nothing_of_how_it_was_built_lands_near(tmp_path, walk):
    """Where limbs point, hinges, the clip's mean and what hips and shoulders tell stand in for a bind pose."""
    pytest.importorskip("ufbx")
    assert off_mm(read_motion(write_fbx(tmp_path / "a.fbx", walk, bare=True), SKELETON), walk) < 60


@pytest.mark.parametrize("layout", [{}, {"vrma": True}, {"spline": True}], ids=["Mixamo", "VRMA", "spline"])
def test_gltf_lands_on_the_same_body(tmp_path, walk, layout):
    path = write_glb(tmp_path / ("a.vrma" if "vrma" in layout else "a.glb"), walk, **layout)
    assert off_mm(read_motion(path, SKELETON), walk) < 3


def test_several_takes_are_a_doubt(tmp_path, walk):
    pytest.importorskip("ufbx")
    for path in (write_fbx(tmp_path / "a.fbx", walk, takes=2), write_glb(tmp_path / "a.glb", walk, animations=2)):
        said: list[object] = []
        assert off_mm(read_motion(path, SKELETON, say=said.append), walk) < 3
        doubts = [doubt.code for doubt in said if isinstance(doubt, Ani3dError)]
        assert doubts == ["motion-takes"], path.suffix
        said.clear()
        other = read_motion(path, SKELETON, MotionOptions(take="take 1"), say=said.append)
        assert all(isinstance(each, str) for each in said)
        assert off_mm(other, walk) > 50
        assert off_mm(read_motion(path, SKELETON, MotionOptions(take="take 0")), walk) < 3
        with pytest.raises(Ani3dError) as caught:
            read_motion(path, SKELETON, MotionOptions(take="take 9"))
        assert caught.value.code == "motion-unknown-take"


@pytest.mark.parametrize("second", [1000.0, FPS, 0.001], ids=["milliseconds", "frames", "kiloseconds"])
def test_times_that_are_no_seconds_are_not_taken_in_silence(tmp_path, walk, second):
    path = write_glb(tmp_path / "a.glb", walk, second=second)
    said: list[object] = []
    if second == 1000:
        assert refusal(path) == "motion-key-times"
        return
    read_motion(path, SKELETON, say=said.append)
    assert "motion-key-times" in [doubt.code for doubt in said if isinstance(doubt, Ani3dError)]


def refusal(path: Path) -> str:
    with pytest.raises(Ani3dError) as caught:
        read_motion(path, SKELETON)
    return caught.value.code


def test_what_is_no_animation_is_refused(tmp_path, walk):
    pytest.importorskip("ufbx")
    whole = write_fbx(tmp_path / "a.fbx", walk).read_bytes()
    (tmp_path / "a.fbx").write_bytes(whole[: len(whole) // 2])
    assert refusal(tmp_path / "a.fbx") == "fbx-unreadable"
    (tmp_path / "a.fbx").write_bytes(b"Kaydara FBX Binary  \0" + bytes(2000))
    assert refusal(tmp_path / "a.fbx") == "fbx-unreadable"
    (tmp_path / "a.fbx").write_bytes(b"HIERARCHY\n")
    assert refusal(tmp_path / "a.fbx") == "import-wrong-suffix"
    glb = write_glb(tmp_path / "a.glb", walk)
    assert refusal(write_glb(tmp_path / "b.glb", walk, animations=0)) == "motion-no-animation"
    data = glb.read_bytes()
    for cut in (3, 11, 19, 200, len(data) - 1):
        glb.write_bytes(data[:cut])
        assert refusal(glb) in ("gltf-truncated", "gltf-damaged", "import-unknown-format")
    glb.write_bytes(data.replace(b'"count": 24', b'"count": 24000000', 1)[: len(data)])
    assert refusal(glb) in ("gltf-truncated", "gltf-damaged")


@pytest.mark.parametrize(("axis", "degrees"), [("x", 90), ("x", -90), ("z", 90), ("z", -90)])
def test_a_turned_armature_changes_nothing(tmp_path, walk, axis, degrees):
    """Its zero pose stands in axes that no option names, and is what the motion is compared with all the same."""
    data = write_glb(tmp_path / "walk.glb", walk).read_bytes()
    length = struct.unpack("<I", data[12:16])[0]
    tree = json.loads(data[20 : 20 + length])
    below = {child for node in tree["nodes"] for child in node.get("children", [])}
    tops = [index for index in range(len(tree["nodes"])) if index not in below]
    turn = Rotation.from_euler(axis, degrees, degrees=True).as_quat().tolist()
    tree["nodes"].append({"name": "Armature", "rotation": turn, "children": tops})
    if "scenes" in tree:
        tree["scenes"][0]["nodes"] = [len(tree["nodes"]) - 1]
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + length :]
    head = struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A)
    (tmp_path / "turned.glb").write_bytes(head + text + rest)
    assert off_mm(read_motion(tmp_path / "turned.glb", SKELETON), walk) < 5
