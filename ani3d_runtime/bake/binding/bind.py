"""From a bare cloud of Gaussians to an avatar: fitted to a body, bound to its joints, parts labelled."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.avatar import Avatar, Binding, Part
from ani3d_runtime.bake.binding.activated import refuse_activated
from ani3d_runtime.bake.binding.find import Laid, laid_on_body
from ani3d_runtime.bake.binding.leftovers import Leftovers
from ani3d_runtime.bake.binding.parts import checked_parts, guess_parts, hair_off_the_arms
from ani3d_runtime.bake.binding.rest_pose import RestPose
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
    axes: str = "",
    laid: Laid | None = None,
    drop_floor: bool = False,
    drop_strays: bool = False,
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
        fit: ``auto`` turns, scales and moves the cloud to the body, ``none`` leaves it.
        axes: that the cloud was read in where nobody named them, so that others are tried; empty where somebody did.
        laid: the cloud as :func:`~ani3d_runtime.bake.binding.find.laid_on_body` laid it, by a caller who looks at that,
            too; None to lay it here.
        drop_floor, drop_strays: leave out what lies around the person.
        parts: [N] labels of :class:`Part`; None to have them guessed.
        name: of the avatar.
        say: takes one sentence for each decision made on the user's behalf.

    Raises:
        InputError: ``fit-flat-cloud``, ``parts-*``, ``betas-*``.
    """
    rest_pose = rest_pose or RestPose.t(body)
    labels = None if parts is None else checked_parts(parts, cloud.count, f"{name}: parts")
    refuse_activated(cloud, name)
    laid = laid or laid_on_body(cloud, body, rest_pose, fit=fit, axes=axes, name=name)
    for remark in laid.remarks:
        say(remark)
    leftovers = Leftovers.of(laid.cloud, laid.surface)
    for remark in leftovers.remarks(name, drops_floor=drop_floor, drops_strays=drop_strays):
        say(remark)
    dropped = (leftovers.floor & drop_floor) | (leftovers.strays & drop_strays)
    cloud, surface = laid.cloud, laid.surface
    if dropped.any():
        cloud = cloud.take(np.flatnonzero(~dropped).astype(np.int32))
        labels = None if labels is None else labels[~dropped]
    for note in laid.report.notes():
        say(f"{name}: {note} ({laid.pose.name})")
    _, skeleton, _ = laid.pose.apply(body)
    bound = bind_to_surface(cloud, surface, skeleton.joint_names)
    if labels is None:
        labels = guess_parts(cloud, bound, surface, skeleton.joint_names)
        counts = ", ".join(f"{int((labels == part).sum())} {part.name.lower()}" for part in Part)
        say(f"{name}: parts guessed: {counts}")
    bound = hair_off_the_arms(bound, labels, skeleton.joint_names)
    binding = Binding.checked(bound.joints, bound.weights, labels, joint_count=skeleton.joint_count)
    return Avatar(name, cloud, skeleton, binding.snapped())
