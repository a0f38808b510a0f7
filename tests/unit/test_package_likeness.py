"""Which Gaussian of an avatar a packed one was, where the package keeps no order."""

from __future__ import annotations

import numpy as np
import pytest

from ani3d_runtime.codec.sections.splats import CanonicalSteps
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector
from ani3d_runtime.package.likeness import matched
from ani3d_runtime.splats import SplatCloud

STEPS = [CanonicalSteps(position_error_m=5e-5)]
COUNT = 400


def cloud() -> SplatCloud:
    """Gaussians at some distance from each other, and forty pairs that differ by less than a step, but for a turn."""
    generator = np.random.default_rng(5)
    means = generator.uniform(-1, 1, (COUNT, 3))
    scales = generator.uniform(0.01, 0.02, (COUNT, 3))
    turns = generator.uniform(-1, 1, (COUNT, 3))
    opacities = generator.uniform(0.5, 1, COUNT)
    means[40:80] = means[:40] + 2e-5
    scales[40:80], opacities[40:80] = scales[:40], opacities[:40]
    turns[40:80] = turns[:40] + 0.5
    return SplatCloud.checked(
        means, quaternion_from_rotation_vector(turns), scales, opacities, generator.uniform(-1, 1, (COUNT, 1, 3))
    )


def coded(splats: SplatCloud, permutation: np.ndarray) -> SplatCloud:
    """In another order, and off by as much as coding allows."""
    generator = np.random.default_rng(6)
    moved = splats.means_m[permutation] + generator.uniform(-2.5e-5, 2.5e-5, (COUNT, 3))
    fields = (splats.quats_wxyz, splats.scales_m, splats.opacities, splats.sh)
    return SplatCloud.checked(moved, *(field[permutation] for field in fields))


@pytest.mark.parametrize("seed", range(4))
def test_neighbours_that_coding_cannot_tell_apart_are_told_by_their_turns(seed: int) -> None:
    splats, permutation = cloud(), np.random.default_rng(seed).permutation(COUNT)
    found = matched(splats, coded(splats, permutation), STEPS)
    assert found is not None
    np.testing.assert_array_equal(found, permutation)


def test_every_gaussian_is_found_once_where_two_are_alike() -> None:
    splats = cloud()
    splats.quats_wxyz[40:80] = splats.quats_wxyz[:40]
    found = matched(splats, coded(splats, np.arange(COUNT)), STEPS)
    assert found is not None
    np.testing.assert_array_equal(np.sort(found), np.arange(COUNT))


@pytest.mark.parametrize("seed", range(4))
def test_strands_are_matched_within_what_coding_loses(seed: int) -> None:
    """Gaussians of hair lie within a step of several others: who is nearest is often another one."""
    generator = np.random.default_rng(seed)
    error_m, log_step = STEPS[0].position_error_m, STEPS[0].log_scale
    step_m = 2 / np.sqrt(3) * error_m
    means = generator.uniform(0, 5 * error_m, (COUNT, 3))
    logs = generator.uniform(-4, -4 + 2 * log_step, (COUNT, 3))
    turns, opacities, sh = np.tile([1.0, 0, 0, 0], (COUNT, 1)), np.full(COUNT, 0.8), np.zeros((COUNT, 1, 3))
    order = generator.permutation(COUNT)
    rounded_m, rounded = np.round(means[order] / step_m) * step_m, np.round(logs[order] / log_step) * log_step
    ours = SplatCloud.checked(means, turns, np.exp(logs), opacities, sh)
    packed = SplatCloud.checked(rounded_m, turns, np.exp(rounded), opacities, sh)
    found = matched(ours, packed, STEPS)
    assert found is not None
    assert sorted(found) == list(range(COUNT))
    assert np.linalg.norm(ours.means_m[found] - packed.means_m, axis=1).max() <= error_m + 2e-6
    assert np.abs(np.log(ours.scales_m[found] / packed.scales_m)).max() <= log_step / 2 + 1e-4
