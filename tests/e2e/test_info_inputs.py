"""``ani3d info`` of what is baked from: it says what was understood, doubts aloud, and paints a picture to look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from ani3d_runtime.body.model import load_builtin_body


def write_motion(path: Path) -> Path:
    frames = 8
    poses = np.zeros((frames, 24, 3))
    trans = np.stack([np.zeros(frames), np.full(frames, 1.05), 0.1 * np.arange(frames)], axis=1)
    np.savez(path, poses=poses, trans=trans, fps=30.0)
    return path


def write_bvh(path: Path) -> Path:
    """A still body of names that are known, in centimetres."""
    bones = {"Hips": (None, (0, 95, 0)), "Spine": ("Hips", (0, 40, 0)), "Head": ("Spine", (0, 25, 0))}
    for side, sign in (("Left", 1), ("Right", -1)):
        bones |= {
            f"{side}Arm": ("Spine", (18 * sign, 10, 0)),
            f"{side}ForeArm": (f"{side}Arm", (27 * sign, 0, 0)),
            f"{side}UpLeg": ("Hips", (9 * sign, 0, 0)),
            f"{side}Leg": (f"{side}UpLeg", (0, -42, 0)),
            f"{side}Foot": (f"{side}Leg", (0, -42, 0)),
        }

    def text(name: str) -> str:
        parent, offset = bones[name]
        children = "".join(text(child) for child in bones if bones[child][0] == name) or "End Site {OFFSET 0 5 0}\n"
        place = "6 Xposition Yposition Zposition" if parent is None else "3"
        head = f"{'ROOT' if parent is None else 'JOINT'} {name} {{ OFFSET {offset[0]} {offset[1]} {offset[2]}\n"
        return f"{head}CHANNELS {place} Zrotation Xrotation Yrotation\n{children}}}\n"

    row = " ".join(["0 95 0", *["0 0 0"] * len(bones)])
    path.write_text(f"HIERARCHY\n{text('Hips')}MOTION\nFrames: 2\nFrame Time: 0.033333\n{row}\n{row}\n")
    return path


def write_person(path: Path, *, turned_deg: float = 0.0, axes: str = "rdf", arms_down_deg: float = 0.0) -> Path:
    """A 3DGS PLY of the body, turned about its height."""
    body = load_builtin_body()
    pose = np.tile(np.array([1, 0, 0, 0], np.float32), (body.joint_count, 1))
    half = np.deg2rad(arms_down_deg) / 2
    for side, sign in (("left", -1), ("right", 1)):
        pose[body.joint_names.index(f"{side}_shoulder")] = (np.cos(half), 0, 0, sign * np.sin(half))
    posed = body.shaped(None).pose_vertices(pose[None], np.zeros((1, 3), np.float32))[0]
    vertices = posed[::8] @ Rotation.from_euler("y", turned_deg, degrees=True).as_matrix().T
    names = ["x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", "opacity", *(f"scale_{k}" for k in range(3))]
    names += [f"rot_{k}" for k in range(4)]
    rows = np.zeros((len(vertices), len(names)), np.float32)
    x, y, z = vertices.T
    rows[:, :3] = np.stack({"rdf": (x, -y, -z), "yup": (x, y, z), "zup": (x, -z, y)}[axes], axis=1)
    rows[:, 6], rows[:, 7:10], rows[:, 10] = 4.0, np.log(0.012), 1.0
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(rows)}\n"
    head += "".join(f"property float {name}\n" for name in names)
    path.write_bytes(head.encode() + b"end_header\n" + rows.tobytes())
    return path


def test_a_motion_is_understood_and_painted(ani3d: Callable, tmp_path: Path) -> None:
    outcome = ani3d("info", write_motion(tmp_path / "walk.npz"), "--picture", tmp_path / "look.png")
    assert outcome.code == 0, outcome.stderr
    found = outcome.json
    assert (found["kind"], found["frames"], found["fps"]) == ("motion", 8, 30)
    assert found["travel_m"] == pytest.approx([0, 0, 0.7], abs=1e-3)
    assert found["upright_cosine"] > 0.9
    assert any("yup axes" in note for note in found["notes"])
    with Image.open(tmp_path / "look.png") as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    assert pixels.shape[1] > 6 * 200
    # Bones are drawn red over the body in every column.
    red = (pixels[..., 0] > 150) & (pixels[..., 1] < 110) & (pixels[..., 2] < 110)
    assert all(column.any() for column in np.array_split(red, 6, axis=1))


def test_a_doubt_is_a_warning_and_exit_code_3(ani3d: Callable, tmp_path: Path) -> None:
    outcome = ani3d("info", write_motion(tmp_path / "walk.npz"), "--motion-axes", "zup")
    assert outcome.code == 3
    [warning] = outcome.json["warnings"]
    assert warning["code"] == "motion-lies"
    assert "--motion-axes yup" in warning["fix"]
    assert f"warning: [{warning['code']}]" in outcome.stderr


def test_an_avatar_is_understood_and_turned(ani3d: Callable, tmp_path: Path) -> None:
    person = write_person(tmp_path / "me.ply", turned_deg=60)
    outcome = ani3d("info", person, "--picture", tmp_path / "look.png")
    assert outcome.code == 0, outcome.stderr
    found = outcome.json
    assert (found["kind"], found["axes"], found["sh_degree"]) == ("avatar", "rdf", 0)
    assert 1.4 < found["height_m"] < 2
    assert max(found["limbs_off_mm"].values()) < 40
    assert any("turned by -60°" in note for note in found["notes"])
    assert (tmp_path / "look.png").exists()


@pytest.mark.parametrize("axes", ["yup", "zup"])
def test_the_axes_shown_are_those_that_were_found(ani3d: Callable, tmp_path: Path, axes: str) -> None:
    outcome = ani3d("info", write_person(tmp_path / "me.ply", axes=axes))
    assert any(f"axes taken as {axes}" in note for note in outcome.json["notes"])
    assert outcome.json["axes"] == axes


@pytest.mark.parametrize(("arms_down_deg", "option"), [(52, "a"), (20, "auto")])
def test_another_pose_is_doubted_with_what_says_it(
    ani3d: Callable, tmp_path: Path, arms_down_deg: float, option: str
) -> None:
    outcome = ani3d("info", write_person(tmp_path / "me.ply", arms_down_deg=arms_down_deg))
    [warning] = outcome.json["warnings"]
    assert warning["code"] == "fit-other-pose"
    assert f"--rest-pose {option} " in warning["fix"]
    assert "ani3d info" not in warning["fix"]


def test_a_bake_without_a_motion_names_those_that_are_there(ani3d: Callable, tmp_path: Path) -> None:
    outcome = ani3d("bake", "dancer", "-o", tmp_path / "me.a3d")
    assert (outcome.code, outcome.error_code) == (2, "bake-no-motion")
    assert "walk" in outcome.stderr


@pytest.mark.parametrize("option", ["--start-frame", "--reference-frame"])
def test_a_frame_that_there_is_not_is_a_wrong_command_line(ani3d: Callable, tmp_path: Path, option: str) -> None:
    walk = write_bvh(tmp_path / "walk.bvh")
    outcome = ani3d("bake", "dancer", "--motion", walk, option, 400, "-o", tmp_path / "me.a3d", "--dry-run")
    assert (outcome.code, outcome.error_code) == (2, "motion-option")
    assert option in outcome.stderr


def test_a_json_of_something_else_is_no_avatar(ani3d: Callable, tmp_path: Path) -> None:
    mapping = tmp_path / "names.json"
    mapping.write_text('{"Hips": "pelvis"}')
    outcome = ani3d("info", mapping)
    assert outcome.code == 1
    assert "--joint-mapping" in outcome.stderr


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("walk.npz", "--rest-pose", "a"), "info-idle-option"),
        (("me.ply", "--motion-axes", "zup"), "info-idle-option"),
        (("walk.npz", "--picture", "look.jpg"), "picture-suffix"),
        (("me.ply", "--rest-pose", "apose"), "rest-pose-unknown"),
    ],
)
def test_misuse_is_refused(ani3d: Callable, tmp_path: Path, options: tuple[str, ...], code: str) -> None:
    write_motion(tmp_path / "walk.npz")
    write_person(tmp_path / "me.ply")
    outcome = ani3d("info", tmp_path / options[0], *options[1:])
    assert (outcome.error_code, outcome.code) == (code, 2)
