"""Discs follow the surface that they lie on: a flat cloth that is drawn out, sheared and folded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ani3d_runtime.avatar import Avatar, Binding, Part
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.surface_shape.layer import following_surface
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.splats import SplatCloud

SIDE, SPACING_M, FRAMES = 24, 0.01, 8
SKELETON = Skeleton.in_zero_pose(("root",), np.array([-1], dtype=np.int32), np.zeros((1, 3), dtype=np.float32))
MOTION = Motion(
    "still", 30.0, ("root",), np.zeros((FRAMES, 3), dtype=np.float32), np.tile([[[1.0, 0, 0, 0]]], (FRAMES, 1, 1))
)


def cloth(part: Part = Part.GARMENT) -> Avatar:
    """Discs in the plane z = 0."""
    x, y = np.meshgrid(*[np.arange(SIDE) * SPACING_M] * 2)
    count = x.size
    splats = SplatCloud(
        means_m=np.stack([x, y, 0 * x], axis=2).reshape(-1, 3).astype(np.float32),
        quats_wxyz=np.tile(np.array([1, 0, 0, 0], dtype=np.float32), (count, 1)),
        scales_m=np.tile(np.array([0.006, 0.005, 0.001], dtype=np.float32), (count, 1)),
        opacities=np.ones(count, dtype=np.float32),
        sh=np.zeros((count, 1, 3), dtype=np.float32),
    )
    weights = np.zeros((count, 4), dtype=np.float32)
    weights[:, 0] = 1
    joints = np.zeros((count, 4), dtype=np.uint8)
    return Avatar("cloth", splats, SKELETON, Binding(joints, weights, np.full(count, part, dtype=np.uint8)))


def moved(avatar: Avatar, go: Callable[[np.ndarray], np.ndarray]) -> ResidualLayer:
    """A layer that holds the cloth where ``go`` puts it."""
    rest = avatar.splats.means_m.astype(np.float64)
    dpos = np.repeat((go(rest) - rest)[None], FRAMES, axis=0).astype(np.float32)
    return ResidualLayer(avatar.count, np.arange(avatar.count, dtype=np.int32), dpos, np.zeros_like(dpos))


def covariances(avatar: Avatar, layer: ResidualLayer) -> np.ndarray:
    """[N, 3, 3] as a player shows them in the middle of the motion."""
    cloud = MotionPoser(avatar, MOTION, layer).pose(MOTION.duration_s / 2).cloud
    axes = Rotation.from_quat(cloud.quats_wxyz, scalar_first=True).as_matrix()
    return np.einsum("nab,nb,ncb->nac", axes, cloud.scales_m.astype(np.float64) ** 2, axes)


@pytest.mark.parametrize(
    "matrix",
    [
        pytest.param(np.diag([2.0, 2.0, 1.0]), id="in all directions"),
        pytest.param(np.diag([2.9, 0.8, 1.0]), id="along one"),
        pytest.param(np.array([[1.0, 0, 0], [0, 1, 0], [1.2, 0, 1]]), id="out of its plane"),
    ],
)
def test_discs_become_what_the_cloth_makes_of_them(matrix: np.ndarray) -> None:
    """The cloth's deformation F is known, so each disc is to be F S F^T, but it never gets thinner or narrower."""
    avatar = cloth()

    def drawn(rest: np.ndarray) -> np.ndarray:
        return rest @ matrix.T

    layer = moved(avatar, drawn)
    after = following_surface(avatar, MOTION, layer)
    assert after.dlogscale is not None
    found = covariances(avatar, after)
    plane = matrix[:, :2]
    wanted = np.einsum("ab,bc,dc->ad", plane, np.diag([0.006**2, 0.005**2]), plane)
    normal = np.cross(plane[:, 0], plane[:, 1])
    normal /= np.linalg.norm(normal)
    across = np.sqrt(np.einsum("a,nab,b->n", normal, found, normal))
    assert across.max() < 0.0012, "no disc stands up from the cloth"
    longest = np.linalg.eigh(wanted)[1][:, 2]
    along = np.sqrt(np.einsum("a,nab,b->n", longest, found, longest))
    np.testing.assert_allclose(along, np.sqrt(longest @ wanted @ longest), rtol=0.15)
    before = covariances(avatar, layer)
    assert np.sqrt(np.einsum("a,nab,b->n", longest, before, longest)).max() < 0.75 * along.min(), "as it was before"


def test_what_is_right_is_left_alone() -> None:
    avatar = cloth()
    layer = moved(avatar, lambda rest: rest @ np.diag([1.2, 1.1, 1.0]))
    assert following_surface(avatar, MOTION, layer) is layer
    hair = cloth(Part.HAIR)
    strands = moved(hair, lambda rest: rest @ np.diag([2.0, 2.0, 1.0]))
    assert following_surface(hair, MOTION, strands) is strands, "strands are no surface"


def test_cloth_that_parts_at_a_cut_is_not_drawn_over_it() -> None:
    avatar = cloth()
    half = SIDE * SPACING_M / 2
    layer = moved(avatar, lambda rest: rest + np.where(rest[:, :1] > half, [[0.3, 0.0, 0.0]], 0.0))
    after = following_surface(avatar, MOTION, layer)
    widest = np.sqrt(np.linalg.eigvalsh(covariances(avatar, after))[:, 2])
    assert widest.max() < 1.3 * 0.006


def test_only_frames_that_need_it_change() -> None:
    avatar = cloth()
    still = moved(avatar, lambda rest: rest).dpos_m
    drawn = moved(avatar, lambda rest: rest @ np.diag([2.0, 2.0, 1.0])).dpos_m
    long = Motion(
        "still", 30.0, ("root",), np.zeros((60, 3), dtype=np.float32), np.tile([[[1.0, 0, 0, 0]]], (60, 1, 1))
    )
    dpos = np.concatenate([still[:1].repeat(30, axis=0), drawn[:1].repeat(30, axis=0)])
    layer = ResidualLayer(avatar.count, np.arange(avatar.count, dtype=np.int32), dpos, np.zeros_like(dpos))
    after = following_surface(avatar, long, layer)
    assert after.dlogscale is not None
    assert np.abs(after.dlogscale[:20]).max() == 0
    assert np.abs(np.diff(after.dlogscale, axis=0)).max() < 0.25, "no disc jumps"
    np.testing.assert_array_equal(after.dpos_m, layer.dpos_m)
