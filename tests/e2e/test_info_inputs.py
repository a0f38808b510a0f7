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


def write_person(path: Path, *, turned_deg: float = 0.0) -> Path:
    """A 3DGS PLY of the body, Y down as captures are, turned about its height."""
    vertices = load_builtin_body().template_m[::8] @ Rotation.from_euler("y", turned_deg, degrees=True).as_matrix().T
    names = ["x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", "opacity", *(f"scale_{k}" for k in range(3))]
    names += [f"rot_{k}" for k in range(4)]
    rows = np.zeros((len(vertices), len(names)), np.float32)
    rows[:, :3] = vertices * (1, -1, -1)
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
