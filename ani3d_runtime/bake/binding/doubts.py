"""Doubts: would the cloud fit much better in another pose or other axes than the user named?

Both are easily mistaken, and nothing fails when they are: the avatar only moves wrongly. So the usual alternatives are
tried coarsely, and one that fits far better is said.
"""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.bake.binding.fit import misfit_m, solid_sample
from ani3d_runtime.bake.binding.rest_pose import RestPose
from ani3d_runtime.bake.binding.surface import BodySurface
from ani3d_runtime.body.model import BodyModel
from ani3d_runtime.splats import SplatCloud

# An alternative is only named where it leaves less than this share of the misfit.
_CLEARLY_BETTER = 0.82
# Signs of x, y and z after a half turn, and what it means.
_HALF_TURNS = {
    (1, -1, -1): "upside down: give other axes (rdf for 3DGS captures, yup for glTF)",
    (-1, 1, -1): "facing backwards: turn it about its height by half a turn",
}


def doubts(cloud: SplatCloud, body: BodyModel, rest_pose: RestPose) -> list[str]:
    """Sentences about what would fit clearly better than what was asked for; usually none.

    Args:
        cloud: in our axes, any unit.
        body: that it is bound to.
        rest_pose: the pose the user named.
    """
    sample = solid_sample(cloud)
    asked = _misfit(sample, body, rest_pose)
    notes: list[str] = []
    for other in (RestPose.t(body), RestPose.a(body)):
        found = asked if other.name == rest_pose.name else _misfit(sample, body, other)
        if found < _CLEARLY_BETTER * asked:
            notes.append(f"it seems to stand in {other.name}: {_compared(found, asked)}")
    for signs, meaning in _HALF_TURNS.items():
        found = _misfit(sample * np.array(signs), body, rest_pose)
        if found < _CLEARLY_BETTER * asked:
            notes.append(f"it seems to be {meaning}: {_compared(found, asked)}")
    return notes


def _misfit(sample: Float64Array, body: BodyModel, rest_pose: RestPose) -> float:
    shaped, _, vertices = rest_pose.apply(body)
    return misfit_m(sample, BodySurface.of(shaped, vertices))


def _compared(found_m: float, asked_m: float) -> str:
    return f"{found_m * 1e3:.0f} mm from the body instead of {asked_m * 1e3:.0f} mm"
