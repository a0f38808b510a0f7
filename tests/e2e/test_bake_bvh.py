"""A foreign PLY baked with a CMU-named BVH: in the package, limbs point where the capture's pointed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from ani3d_runtime.package.reader import Package

# CMU's skeleton as its converted files have it: legs splayed at rest, joints without length, its own unit.
RIG: list[tuple[str, str | None, tuple[float, float, float]]] = [
    ("Hips", None, (0, 0, 0)),
    ("LHipJoint", "Hips", (0, 0, 0)),
    ("LeftUpLeg", "LHipJoint", (1.36, -1.79, 0.84)),
    ("LeftLeg", "LeftUpLeg", (2.45, -6.73, 0)),
    ("LeftFoot", "LeftLeg", (2.56, -7.04, 0)),
    ("LeftToeBase", "LeftFoot", (0.19, -0.53, 2.14)),
    ("RHipJoint", "Hips", (0, 0, 0)),
    ("RightUpLeg", "RHipJoint", (-1.31, -1.79, 0.84)),
    ("RightLeg", "RightUpLeg", (-2.4, -6.6, 0)),
    ("RightFoot", "RightLeg", (-2.6, -7.1, 0)),
    ("RightToeBase", "RightFoot", (-0.2, -0.54, 2.2)),
    ("LowerBack", "Hips", (0, 0, 0)),
    ("Spine", "LowerBack", (0.02, 2.04, -0.2)),
    ("Spine1", "Spine", (0, 2.05, -0.04)),
    ("Neck", "Spine1", (0, 0, 0)),
    ("Neck1", "Neck", (-0.06, 1.63, 0.24)),
    ("Head", "Neck1", (0.02, 1.62, -0.2)),
    ("LeftShoulder", "Spine1", (0, 0, 0)),
    ("LeftArm", "LeftShoulder", (3.36, 1.2, -0.31)),
    ("LeftForeArm", "LeftArm", (4.98, 0, 0)),
    ("LeftHand", "LeftForeArm", (3.4, 0, 0)),
    ("RightShoulder", "Spine1", (0, 0, 0)),
    ("RightArm", "RightShoulder", (-3.14, 1.3, -0.26)),
    ("RightForeArm", "RightArm", (-5.0, 0, 0)),
    ("RightHand", "RightForeArm", (-3.4, 0, 0)),
]
LIMBS = {
    f"{side.lower()}_{ours}": (f"{side}{start}", f"{side}{end}", f"{side.lower()}_{next_ours}")
    for side in ("Left", "Right")
    for ours, start, end, next_ours in (
        ("hip", "UpLeg", "Leg", "knee"),
        ("knee", "Leg", "Foot", "ankle"),
        ("shoulder", "Arm", "ForeArm", "elbow"),
        ("elbow", "ForeArm", "Hand", "wrist"),
    )
}


def write_capture(path: Path, frames: int) -> dict[str, np.ndarray]:
    """A smooth random motion of the rig; returns the world positions [T, 3] of its joints, found with scipy."""
    random = np.random.default_rng(11)
    angles = np.cumsum(random.normal(0, 1.5, (frames, len(RIG), 3)), axis=0) + random.normal(0, 12, (len(RIG), 3))
    root = np.array([0, 17.0, 0]) + np.cumsum(random.normal(0, 0.1, (frames, 3)), axis=0)
    local = [Rotation.from_euler("ZYX", angles[:, joint], degrees=True) for joint in range(len(RIG))]
    turned: dict[str, Rotation] = {}
    places: dict[str, np.ndarray] = {}
    for joint, (name, parent, offset) in enumerate(RIG):
        turned[name] = local[joint] if parent is None else turned[parent] * local[joint]
        places[name] = root if parent is None else places[parent] + turned[parent].apply(offset)
    lines = ["HIERARCHY"]

    def write(name: str, parent: str | None, offset: tuple[float, float, float]) -> None:
        position = "" if parent else "Xposition Yposition Zposition "
        lines.append(f"{'JOINT' if parent else 'ROOT'} {name}\n{{\nOFFSET {offset[0]} {offset[1]} {offset[2]}")
        lines.append(f"CHANNELS {3 if parent else 6} {position}Zrotation Yrotation Xrotation")
        children = [entry for entry in RIG if entry[1] == name]
        for child in children:
            write(*child)
        lines.append("}" if children else "End Site\n{\nOFFSET 0 1 0\n}\n}")

    write(*RIG[0])
    table = np.concatenate([root, angles.reshape(frames, -1)], axis=1)
    lines += ["MOTION", f"Frames: {frames}", "Frame Time: 0.0083333"]
    lines += [" ".join(f"{value:.6f}" for value in row) for row in table]
    path.write_text("\n".join(lines))
    return places


def test_limbs_point_where_the_captures_do(foreign_capture, ani3d: Callable, tmp_path: Path) -> None:
    places = write_capture(tmp_path / "07_04.bvh", frames=24)
    outcome = ani3d(
        *("bake", foreign_capture.path, "--motion", tmp_path / "07_04.bvh", "--rest-pose", "a"),
        *("-o", tmp_path / "out.a3d"),
    )
    assert outcome.code == 0, outcome.stderr
    with Package.open(tmp_path / "out.a3d") as package:
        assert list(package.clip_names) == ["07_04"]
        motion, skeleton = package.clip("07_04").motion(), package.avatar().skeleton
    assert motion.fps == 120
    posed = skeleton.global_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)[..., 3]
    for ours, (start, end, next_ours) in LIMBS.items():
        expected = places[end] - places[start]
        found = posed[:, skeleton.joint_names.index(next_ours)] - posed[:, skeleton.joint_names.index(ours)]
        cosine = (expected * found).sum(axis=1) / np.linalg.norm(expected, axis=1) / np.linalg.norm(found, axis=1)
        # Ankles keep the source's distance from the hips, scaled: legs of other proportions turn a little for it.
        most_deg = 2.5 if next_ours.endswith(("knee", "ankle")) else 0.5
        assert np.rad2deg(np.arccos(np.clip(cosine.min(), -1, 1))) < most_deg, ours
    # The path is the capture's, scaled by the legs.
    source_hips = (places["LeftUpLeg"] + places["RightUpLeg"]) / 2
    hips = posed[:, [skeleton.joint_names.index(f"{side}_hip") for side in ("left", "right")]].mean(axis=1)
    steps, source_steps = np.diff(hips, axis=0), np.diff(source_hips, axis=0)
    scale = (steps * source_steps).sum() / (source_steps**2).sum()
    assert 0.03 < scale < 0.08
    np.testing.assert_allclose(steps, source_steps * scale, atol=2e-3)
