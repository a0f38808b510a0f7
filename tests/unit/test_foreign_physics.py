"""Cloth and hair of an avatar whose cut nobody knows, beside the simulation that knows it."""

from __future__ import annotations

import numpy as np
import pytest

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.characters import build_character
from ani3d_runtime.bake.characters.character import Character
from ani3d_runtime.bake.simulate.foreign import simulate_foreign
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.residual import ResidualLayer

# Enough Gaussians for cloth to be grown from.
DETAIL = 8_000


@pytest.fixture(scope="module")
def dancer() -> Character:
    return build_character("dancer", detail=DETAIL)


def _moved(layer: ResidualLayer) -> Float32Array:
    """[T, N, 3] m."""
    moved = np.zeros((len(layer.dpos_m), layer.gaussian_count, 3), dtype=np.float32)
    moved[:, layer.indices] = layer.dpos_m
    return moved


def _grown(dancer: Character, motion: Motion) -> Float32Array:
    return _moved(simulate_foreign(dancer.avatar, load_builtin_body().shaped(dancer.betas), motion))


def test_a_ponytail_swings_as_the_one_that_was_cut_does(dancer: Character) -> None:
    """Its tip hangs far below the head; it was once taken for a part of it and fixed."""
    motion = read_motion("dance", dancer.avatar.skeleton).slice(106, 136)
    truth, found = _moved(dancer.simulate(motion)), _grown(dancer, motion)
    hair = (dancer.avatar.binding.parts == Part.HAIR) & (np.abs(truth).max(axis=(0, 2)) > 0)
    rigid_m = np.linalg.norm(truth[:, hair], axis=2).mean()
    error_m = np.linalg.norm((truth - found)[:, hair], axis=2).mean()
    assert error_m < 0.75 * rigid_m


def test_hands_that_swing_past_a_skirt_leave_it_down(dancer: Character) -> None:
    """They once carried its hem up to the chest, by half a metre on average."""
    motion = read_motion("run", dancer.avatar.skeleton).slice(0, 40)
    moved = _grown(dancer, motion)
    garment = dancer.avatar.binding.parts == Part.GARMENT
    low = garment & (dancer.avatar.splats.means_m[:, 1] < np.quantile(dancer.avatar.splats.means_m[garment, 1], 0.5))
    assert np.linalg.norm(moved[:, low], axis=2).mean() < 0.25
