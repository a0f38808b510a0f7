"""From a bare cloud of Gaussians to an avatar: fitted to a body, bound to its joints, parts labelled."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.avatar import Avatar, Binding, Part
from ani3d_runtime.bake.binding.doubts import doubts
from ani3d_runtime.bake.binding.fit import fit_to_body
from ani3d_runtime.bake.binding.parts import checked_parts, guess_parts, hair_off_the_arms
from ani3d_runtime.bake.binding.rest_pose import RestPose
from ani3d_runtime.bake.binding.surface import BodySurface
from ani3d_runtime.bake.binding.weights import bind_to_surface
from ani3d_runtime.body.model import BodyModel
from ani3d_runtime.body.readers.notes import Say, silent
from ani3d_runtime.splats import SplatCloud


def bind_to_body(
    cloud: SplatCloud,
    body: BodyModel,
    *,
    rest_pose: RestPose | None = None,
    fit: Literal["auto", "none"] = "auto",
    parts: NDArray[np.generic] | None = None,
    name: str = "avatar",
    say: Say = silent,
) -> Avatar:
    """Bind a captured cloud to a body.

    Nothing is resampled and the order is kept: the avatar's rest pose is the capture's, and its skeleton says so.

    Args:
        cloud: in our axes; any unit of length where ``fit`` is ``auto``, metres where it is ``none``.
        body: whose joints will move it.
        rest_pose: the pose of the capture; the T-pose by default.
        fit: ``auto`` scales and moves the cloud to the body, ``none`` leaves it.
        parts: [N] labels of :class:`Part`; None to have them guessed.
        name: of the avatar.
        say: takes one sentence for each decision made on the user's behalf.

    Raises:
        InputError: ``fit-flat-cloud``, ``parts-*``, ``betas-*``.
    """
    rest_pose = rest_pose or RestPose.t(body)
    labels = None if parts is None else checked_parts(parts, cloud.count, f"{name}: parts")
    shaped, skeleton, posed_vertices = rest_pose.apply(body)
    surface = BodySurface.of(shaped, posed_vertices)
    for doubt in doubts(cloud, body, rest_pose) if fit == "auto" else ():
        say(f"{name}: {doubt}")
    cloud, report = fit_to_body(cloud, surface, fit)
    for note in report.notes():
        say(f"{name}: {note} ({rest_pose.name})")
    bound = bind_to_surface(cloud, surface)
    if labels is None:
        labels = guess_parts(cloud, bound, surface, skeleton.joint_names)
        counts = ", ".join(f"{int((labels == part).sum())} {part.name.lower()}" for part in Part)
        say(f"{name}: parts guessed: {counts}")
    bound = hair_off_the_arms(bound, labels, skeleton.joint_names)
    binding = Binding.checked(bound.joints, bound.weights, labels, joint_count=skeleton.joint_count)
    return Avatar(name, cloud, skeleton, binding.snapped())
