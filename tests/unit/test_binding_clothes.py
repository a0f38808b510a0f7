"""Binding clothes: what hangs beside an arm is not the arm's, and a skirt follows no single leg."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from ani3d_runtime.bake.binding.rest_pose import RestPose
from ani3d_runtime.bake.binding.surface import BodySurface
from ani3d_runtime.bake.binding.weights import bind_to_surface
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector
from ani3d_runtime.splats import SplatCloud

BODY = load_builtin_body()
NAMES = BODY.joint_names
ARMS = [joint for joint, name in enumerate(NAMES) if name.endswith(("shoulder", "elbow", "wrist", "hand"))]
LEGS = [joint for joint, name in enumerate(NAMES) if name.endswith(("hip", "knee", "ankle"))]
SKIN, CLOTH = (1.2, 0.5, 0.2), (-1.5, -1.5, 0.8)


def standing(arms_deg: float, legs_deg: float) -> tuple[BodySurface, np.ndarray, np.ndarray]:
    """The surface, 12,000 points on it, and the joint that carries each foremost."""
    vectors = np.zeros((len(NAMES), 3))
    for side, sign in (("left", 1), ("right", -1)):
        vectors[NAMES.index(f"{side}_shoulder"), 2] = -sign * np.deg2rad(arms_deg)
        vectors[NAMES.index(f"{side}_hip"), 2] = sign * np.deg2rad(legs_deg) / 2
    rotations = quaternion_from_rotation_vector(vectors).astype(np.float32)
    shaped, _, posed = RestPose("test", rotations, np.zeros(3, np.float32)).apply(BODY)
    corners = posed[shaped.faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    rng = np.random.default_rng(0)
    face = rng.choice(len(area), 12_000, p=area / area.sum())
    inside = rng.dirichlet((1, 1, 1), len(face))
    points = np.einsum("nk,nkd->nd", inside, corners[face])
    joints = np.einsum("nk,nkj->nj", inside, shaped.skin_weights[shaped.faces[face]]).argmax(axis=1)
    return BodySurface.of(shaped, posed), points, joints


def bound_weights(surface: BodySurface, points: np.ndarray, tones: np.ndarray) -> np.ndarray:
    """[N, J]."""
    count = len(points)
    quats = np.tile([1.0, 0, 0, 0], (count, 1))
    cloud = SplatCloud.checked(
        points, quats, np.full((count, 3), 0.005), np.full(count, 0.9), tones.reshape(count, 1, 3)
    )
    bound = bind_to_surface(cloud, surface, NAMES)
    weights = np.zeros((count, len(NAMES)))
    np.add.at(weights, (np.arange(count)[:, None], bound.joints), bound.weights)
    return weights


def cone(top_m: float, hem_m: float, radii_m: tuple[float, float], middle_m: float, count: int = 6000) -> np.ndarray:
    rng = np.random.default_rng(2)
    share, angle = rng.uniform(0, 1, count), rng.uniform(0, 2 * np.pi, count)
    radius = radii_m[0] + share * (radii_m[1] - radii_m[0])
    height = top_m + share * (hem_m - top_m)
    return np.stack([radius * np.sin(angle), height, middle_m + radius * np.cos(angle)], axis=1)


def test_a_skirt_that_passes_through_hanging_hands_is_told_by_its_colour():
    surface, points, joints = standing(85, 0)
    hands = points[np.isin(joints, [NAMES.index("left_hand"), NAMES.index("right_hand")])]
    reach = float(np.abs(hands[:, 0]).mean())
    skirt = cone(-0.1, -0.5, (0.2, 2 * reach - 0.2), float(hands[:, 2].mean()))
    near = cKDTree(points[np.isin(joints, ARMS)]).query(skirt)[0] < 0.03
    assert near.sum() > 100, "the skirt has to touch the hands for this test to say something"
    both = np.concatenate([points, skirt])
    is_skin = np.arange(len(both)) < len(points)
    weights = bound_weights(surface, both, np.where(is_skin[:, None], SKIN, CLOTH).astype(np.float32))
    on_arms = weights[:, ARMS].sum(axis=1)
    assert (on_arms[len(points) :][near] > 0.5).mean() < 0.1
    assert (on_arms[len(points) :] > 0.5).mean() < 0.02
    assert (on_arms[: len(points)][np.isin(joints, ARMS)] > 0.5).mean() > 0.95


def test_a_skirt_over_legs_apart_hangs_from_the_pelvis_and_legs_stay_legs():
    surface, points, joints = standing(52, 30)
    skirt = cone(-0.05, -0.5, (0.24, 0.45), 0.0)
    weights = bound_weights(surface, np.concatenate([points, skirt]), np.zeros((len(points) + len(skirt), 3)))
    loose = cKDTree(points).query(skirt)[0] > 0.05
    assert loose.mean() > 0.5
    assert np.quantile(weights[len(points) :][loose][:, LEGS].sum(axis=1), 0.95) < 0.45
    bare = np.isin(joints, LEGS)
    alone = bound_weights(surface, points, np.zeros((len(points), 3)))
    np.testing.assert_allclose(
        weights[: len(points)][bare][:, LEGS].sum(axis=1).mean(), alone[bare][:, LEGS].sum(axis=1).mean(), atol=0.02
    )


def test_wide_trousers_that_meet_between_the_legs_are_no_skirt():
    surface, points, joints = standing(52, 0)
    shins = {side: points[joints == NAMES.index(f"{side}_knee")] for side in ("left", "right")}
    tubes = []
    for side, sign in (("left", 1), ("right", -1)):
        middle = shins[side].mean(axis=0)
        tube = cone(-0.35, -0.75, (abs(middle[0]) + 0.01, abs(middle[0]) + 0.01), float(middle[2]), 3000)
        tube[:, 0] += middle[0]
        tubes.append(tube[sign * tube[:, 0] > -0.01])
    trousers = np.concatenate(tubes)
    weights = bound_weights(surface, np.concatenate([points, trousers]), np.zeros((len(points) + len(trousers), 3)))
    assert weights[len(points) :][:, NAMES.index("pelvis")].mean() < 0.1
