"""The build of a captured person: joints end where theirs are, and what was found is said."""

from __future__ import annotations

import numpy as np
import pytest

from ani3d_runtime.bake.binding.bind import bind_to_body
from ani3d_runtime.bake.binding.rest_pose import RestPose
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.splats import SplatCloud

BODY = load_builtin_body()


def person(betas: tuple[float, ...]) -> tuple[SplatCloud, np.ndarray]:
    """A cloud three units to the metre of somebody in an A-pose, and their joints in the zero pose, metres."""
    pose = RestPose.a(BODY)
    shaped, _, posed = RestPose("theirs", pose.rotations_wxyz, pose.translation_m, np.float32(betas)).apply(BODY)
    corners = posed[shaped.faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    rng = np.random.default_rng(0)
    face = rng.choice(len(area), 8000, p=area / area.sum())
    means = 3 * np.einsum("nk,nkd->nd", rng.dirichlet((1, 1, 1), 8000), corners[face])
    means += rng.normal(size=means.shape) * 0.01
    quats = np.tile([1.0, 0, 0, 0], (8000, 1))
    cloud = SplatCloud.checked(means, quats, np.full((8000, 3), 0.015), np.full(8000, 0.9), np.zeros((8000, 1, 3)))
    joints = shaped.skeleton.zero_joints_m.astype(np.float64)
    return cloud, (joints - joints[0]) / np.ptp(shaped.vertices_m[:, 1])


@pytest.mark.parametrize(
    ("betas", "said"), [((0.0, 2.5), "arms 4 % longer"), ((0.0, -2.5), "arms 4 % shorter"), ((-2.0, 1.5), "longer")]
)
def test_joints_are_where_the_persons_are(betas, said):
    cloud, theirs = person(betas)
    notes: list[str] = []
    avatar = bind_to_body(cloud, BODY, rest_pose=RestPose.a(BODY), say=lambda remark: notes.append(str(remark)))
    assert said in " ".join(notes)
    joints = avatar.skeleton.zero_joints_m.astype(np.float64)
    # In heights of the person: 0.016 are 27 mm, where the mean body is 49 mm off.
    height = np.ptp(avatar.splats.means_m[:, 1])
    off = np.linalg.norm((joints - joints[0]) / height - theirs, axis=1)
    mean = BODY.skeleton.zero_joints_m.astype(np.float64)
    plain = np.linalg.norm((mean - mean[0]) / np.ptp(BODY.template_m[:, 1]) - theirs, axis=1)
    assert off.max() < 0.016
    assert off.max() < 0.6 * plain.max()


def test_the_body_itself_stays_as_it_is():
    cloud, _ = person((0.0,))
    notes: list[str] = []
    avatar = bind_to_body(cloud, BODY, rest_pose=RestPose.a(BODY), say=lambda remark: notes.append(str(remark)))
    assert "built otherwise" not in " ".join(notes)
    np.testing.assert_allclose(avatar.skeleton.zero_joints_m, BODY.skeleton.zero_joints_m, atol=1e-6)
