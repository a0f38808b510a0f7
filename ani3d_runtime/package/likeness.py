"""Likeness: is an avatar the one that a package holds, as far as coding lets that be seen?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array
from ani3d_runtime.avatar import WEIGHT_UNITS, Avatar, Binding
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.codec.encoder.neighbour_tree import NeighbourTree
from ani3d_runtime.codec.sections.splats import CanonicalSteps
from ani3d_runtime.spec.format import SPLATS_OPACITY_UNITS
from ani3d_runtime.splats import SplatCloud

# Float arithmetic may differ between the machine that baked and this one.
_ROUNDING = 1e-4
_ROUNDING_M = 2e-6
_TURN_OF_ONE_STEP_RAD = 2.5
_WEIGHT_ROUNDING = 2.5 / WEIGHT_UNITS


def difference(avatar: Avatar, packed: Avatar, steps: Sequence[CanonicalSteps]) -> str | None:
    """The first difference of two avatars as text, or None if coding alone explains all of them.

    Args:
        avatar: before coding, in storage order.
        packed: what the package holds.
        steps: how finely each level of it was coded.
    """
    if avatar.count != packed.count:
        return f"{avatar.count} Gaussians instead of {packed.count}"
    if avatar.splats.sh_degree != packed.splats.sh_degree:
        return f"harmonics of degree {avatar.splats.sh_degree} instead of {packed.splats.sh_degree}"
    return (
        _of_skeletons(avatar.skeleton, packed.skeleton)
        or _of_splats(avatar, packed, steps)
        or _of_bindings(avatar.binding, packed.binding)
    )


def matched(splats: SplatCloud, packed: SplatCloud, steps: Sequence[CanonicalSteps]) -> Int32Array | None:
    """[N] which Gaussian each packed one was before coding, by position, scales and opacity; None where two are one.

    Args:
        splats: before coding, in any order.
        packed: what a package holds.
        steps: how finely each level of it was coded.
    """
    step_m = max(max(step.position_error_m for step in steps), _ROUNDING_M)
    step = max(max(step.log_scale for step in steps), _ROUNDING)

    def features(cloud: SplatCloud) -> Float32Array:
        columns = (
            cloud.means_m / step_m,
            np.log(cloud.scales_m) / step,
            cloud.opacities[:, None] * SPLATS_OPACITY_UNITS,
        )
        return np.concatenate(columns, axis=1).astype(np.float32)

    nearest = NeighbourTree(features(splats)).nearest(features(packed), 1)[0][:, 0]
    return nearest if len(np.unique(nearest)) == splats.count else None


def _of_skeletons(skeleton: Skeleton, packed: Skeleton) -> str | None:
    if skeleton.joint_names != packed.joint_names or not np.array_equal(skeleton.parents, packed.parents):
        return "another skeleton"
    apart = max(
        float(np.abs(skeleton.zero_joints_m - packed.zero_joints_m).max()),
        float(np.abs(skeleton.rest_translation_m - packed.rest_translation_m).max()),
    )
    if apart > _ROUNDING:
        return f"joints up to {apart * 1e3:.2f} mm apart"
    turned = _angles(skeleton.rest_rotations_wxyz, packed.rest_rotations_wxyz).max()
    return f"a rest pose turned by {turned:.3f} rad" if turned > 1e-3 else None


def _of_splats(avatar: Avatar, packed: Avatar, steps: Sequence[CanonicalSteps]) -> str | None:
    ours, theirs = avatar.splats, packed.splats
    apart = np.linalg.norm(ours.means_m.astype(np.float64) - theirs.means_m, axis=1)
    allowed_m = max(step.position_error_m for step in steps) + _ROUNDING_M
    if apart.max() > allowed_m:
        return (
            f"positions up to {apart.max() * 1e3:.3g} mm apart, {int((apart > allowed_m).sum())} of them more than the "
            f"{allowed_m * 1e3:.3g} mm that coding loses"
        )
    found = {
        "scales": (np.abs(np.log(ours.scales_m / theirs.scales_m)), [step.log_scale / 2 for step in steps]),
        "rotations": (
            _angles(ours.quats_wxyz, theirs.quats_wxyz),
            [_TURN_OF_ONE_STEP_RAD / step.rotation_steps for step in steps],
        ),
        "opacities": (np.abs(ours.opacities - theirs.opacities), [0.5 / 255]),
        "colours": (np.abs(ours.sh[:, :1] - theirs.sh[:, :1]), [2 * step.colour for step in steps]),
        "harmonics": (np.abs(ours.sh[:, 1:] - theirs.sh[:, 1:]), [step.harmonics / 2 for step in steps]),
    }
    for what, (errors, allowed) in found.items():
        if errors.max(initial=0) > max(allowed) + _ROUNDING:
            return f"{what} up to {float(errors.max()):.3g} apart, more than the {max(allowed):.3g} that coding loses"
    return None


def _of_bindings(binding: Binding, packed: Binding) -> str | None:
    others = int((binding.parts != packed.parts).sum())
    if others:
        return f"{others} Gaussians of another part"
    apart = np.abs(_weights_at(binding, binding) - _weights_at(packed, binding)).max()
    return f"skin weights up to {apart:.3g} apart" if apart > _WEIGHT_ROUNDING else None


def _weights_at(binding: Binding, joints_of: Binding) -> Float64Array:
    """[N, 4] what a binding gives to the joints that another one names."""
    same = joints_of.joints[:, :, None] == binding.joints[:, None, :]
    return np.where(same, binding.weights[:, None, :].astype(np.float64), 0).sum(axis=2)


def _angles(quats_wxyz: Float32Array, others_wxyz: Float32Array) -> Float64Array:
    """[n] between unit quaternions, radians."""
    ours, theirs = quats_wxyz.astype(np.float64), others_wxyz.astype(np.float64)
    chords = np.minimum(np.linalg.norm(ours - theirs, axis=-1), np.linalg.norm(ours + theirs, axis=-1))
    return 4 * np.arcsin(np.minimum(chords / 2, 1))
