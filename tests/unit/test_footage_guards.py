"""What is said of a video that a prior was not made for, and a person who is put back before the place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ani3d_runtime.bake.footage.backdrop import backdrop_of, doubts_about
from ani3d_runtime.bake.footage.composite import checked_subject, on_white, set_back
from ani3d_runtime.bake.footage.footage import Footage, write_footage
from ani3d_runtime.errors import InputError
from tests.stand_in_prior import StandInPrior

T, H, W = 4, 40, 48
RANDOM = np.random.default_rng(1)
OPEN = StandInPrior().description
CLOSED = replace(OPEN, made_for="renders of puppets")


def person(index: int) -> tuple[slice, slice]:
    """Where the person stands in a frame; the feet are on its lower border."""
    return slice(10, H), slice(10 + index, 26 + index)


def filmed(place: np.ndarray, colour: int = 120) -> tuple[Footage, Footage]:
    """A person before a place, and the mask of the person."""
    frames = np.broadcast_to(place, (T, H, W, 3)).astype(np.uint8).copy()
    mask = np.zeros((T, H, W, 3), np.uint8)
    for index in range(T):
        frames[index][person(index)] = colour
        mask[index][person(index)] = 255
    return Footage(frames, 30.0), Footage(mask, 30.0)


ROOM = RANDOM.integers(0, 255, (H, W, 3))


@pytest.mark.parametrize(
    ("place", "code"),
    [(np.full(3, 255), None), (np.full(3, 250), None), (np.array([0, 160, 60]), "footage-backdrop-colour")],
)
def test_a_plain_backdrop_is_told_from_a_room(place: np.ndarray, code: str | None) -> None:
    footage, _ = filmed(place)
    noisy = Footage((footage.frames + RANDOM.integers(-4, 5, footage.frames.shape)).clip(0, 255).astype(np.uint8), 30)
    codes = [doubt.code for doubt in doubts_about(noisy, np.zeros((1, H, W), np.float32), OPEN, has_subject=False)]
    assert codes == ([] if code is None else [code])


def test_a_room_is_refused_where_the_prior_would_wipe_it_away_and_doubted_elsewhere() -> None:
    footage, _ = filmed(ROOM)
    free = np.zeros((1, H, W), np.float32)
    assert not backdrop_of(footage).is_plain
    assert [doubt.code for doubt in doubts_about(footage, free, OPEN, has_subject=False)] == ["footage-backdrop"]
    with pytest.raises(InputError) as refused:
        doubts_about(footage, free, CLOSED, has_subject=False)
    assert refused.value.code == "footage-backdrop"
    assert [doubt.code for doubt in doubts_about(footage, free, CLOSED, has_subject=True)] == ["prior-out-of-place"]


def test_a_mask_that_lets_nothing_change_is_doubted() -> None:
    footage, _ = filmed(np.full(3, 255))
    mask = np.ones((1, H, W), np.float32)
    assert [doubt.code for doubt in doubts_about(footage, mask, OPEN, has_subject=False)] == ["mask-covers-all"]


def test_the_place_stays_bit_for_bit_and_shows_where_cloth_has_gone() -> None:
    footage, mask = filmed(ROOM)
    subject = checked_subject(mask, footage, "mask")
    cut_out = on_white(footage, subject)
    assert (cut_out.frames[subject == 0] == 255).all()
    np.testing.assert_array_equal(cut_out.frames[subject == 1], footage.frames[subject == 1])
    restored = cut_out.frames.copy()
    for index in range(T):
        rows, columns = person(index)
        restored[index][rows, columns.start : columns.start + 3] = 255  # cloth that has gone
        restored[index][20:24, columns.stop : columns.stop + 4] = 40  # and swings over the place
    back = set_back(restored, cut_out, footage, subject)
    for index in range(T):
        rows, columns = person(index)
        place = np.ones((H, W), bool)
        place[rows, columns.start : columns.stop + 4] = False
        np.testing.assert_array_equal(back[index][place], footage.frames[index][place])
        np.testing.assert_allclose(back[index][30, columns.start + 5], 120, atol=1)
        np.testing.assert_allclose(back[index][22, columns.stop + 1], 40, atol=1)
    # In the last frame the person has left these columns, so the first frame's place is known there.
    np.testing.assert_allclose(back[0][30, 10:13], ROOM[30, 10:13], atol=1)


def test_white_cloth_is_not_taken_for_the_place() -> None:
    footage, mask = filmed(ROOM, colour=255)
    subject = checked_subject(mask, footage, "mask")
    cut_out = on_white(footage, subject)
    back = set_back(cut_out.frames, cut_out, footage, subject)
    np.testing.assert_array_equal(back, footage.frames)


@pytest.mark.parametrize("value", [0, 255])
def test_a_mask_of_nobody_or_of_everything_is_refused(value: int) -> None:
    footage, _ = filmed(ROOM)
    with pytest.raises(InputError) as refused:
        checked_subject(Footage(np.full((1, H, W, 3), value, np.uint8), None), footage, "mask")
    assert refused.value.code == "subject-empty"


def test_the_command_refuses_a_room_and_takes_it_with_a_mask_of_the_person(ani3d: Callable, tmp_path: Path) -> None:
    footage, mask = filmed(ROOM)
    write_footage(tmp_path / "in.npz", footage.frames, 30.0)
    write_footage(tmp_path / "person.npz", mask.frames, 30.0)
    command = ("restore", tmp_path / "in.npz", "-o", tmp_path / "out.npz", "--device", "cpu", "--dry-run")
    refused = ani3d(*command)
    assert (refused.code, refused.error_code) == (1, "footage-backdrop")
    taken = ani3d(*command, "--subject", tmp_path / "person.npz")
    assert taken.code == 3, taken.stderr
    assert [warning["code"] for warning in taken.json["warnings"]] == ["prior-out-of-place"]
    Image.new("L", (W, H + 2)).save(tmp_path / "other.png")
    assert ani3d(*command, "--subject", tmp_path / "other.png").error_code == "subject-wrong-size"
