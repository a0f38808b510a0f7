"""Shape coefficients of a rest pose: whose body are they of?

Betas belong to the model that they were fitted with. SMPL's on the built-in body make another person, often a much
smaller one, and nothing in a file says whose they are. So they are used where the cloud lies nearer with them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ani3d_runtime.bake.binding.fit import fit_to_body
from ani3d_runtime.bake.binding.rest_pose import RestPose
from ani3d_runtime.bake.binding.surface import BodySurface
from ani3d_runtime.body.model import BodyModel
from ani3d_runtime.body.readers.notes import Remark
from ani3d_runtime.splats import SplatCloud

# Betas of this body bring the cloud clearly nearer; those of another are no better than none.
_CLEARLY_NEARER = 0.9
_BUILTIN = "builtin"


def with_fitting_betas(cloud: SplatCloud, body: BodyModel, pose: RestPose, name: str) -> tuple[RestPose, Remark | None]:
    """The rest pose, its betas left out where they are of another body than the built-in one; and what to say of it.

    Args:
        cloud: in our axes, any unit of length.
        body: whose joints will move it.
        pose: that the user gives.
        name: of the avatar.

    Raises:
        InputError: ``fit-flat-cloud``. BodyModelError: ``body-too-many-betas``.
    """
    if body.name != _BUILTIN or pose.betas is None or not np.any(pose.betas):
        return pose, None
    plain = replace(pose, betas=None)
    off_m = {with_betas: _off_m(cloud, body, one) for with_betas, one in ((True, pose), (False, plain))}
    if off_m[True] < _CLEARLY_NEARER * off_m[False]:
        return pose, f"{name}: betas of {pose.name} are used: {off_m[True] * 1e3:.0f} mm from the body with them"
    return plain, (
        f"{name}: betas of {pose.name} are left out: they are of another body than the built-in one "
        f"({off_m[True] * 1e3:.0f} mm from the body with them, {off_m[False] * 1e3:.0f} mm without); "
        "--body SMPL_NEUTRAL.npz takes them"
    )


def _off_m(cloud: SplatCloud, body: BodyModel, pose: RestPose) -> float:
    shaped, _, posed = pose.apply(body)
    return fit_to_body(cloud, BodySurface.of(shaped, posed))[1].median_distance_m
