"""Likeness: is an avatar the one that a package holds, as far as coding lets that be seen?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

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
# Strands of hair have a few dozen within a step of each other.
_CANDIDATES, _LONGEST_CHAIN = 24, 200
# More Gaussians than that cannot be told apart by chance: it is another avatar.
_MOST_UNCLEAR = 1000


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
    """[N] which Gaussian each packed one was before coding, by position, scales, opacity and rotation; None if unclear.

    Args:
        splats: before coding, in any order.
        packed: what a package holds.
        steps: how finely each level of it was coded.
    """
    step_m = max(max(step.position_error_m for step in steps), _ROUNDING_M)
    step = max(max(step.log_scale for step in steps), _ROUNDING)
    turn_rad = max(_TURN_OF_ONE_STEP_RAD / step.rotation_steps for step in steps)

    def features(cloud: SplatCloud) -> Float32Array:
        columns = (
            cloud.means_m / step_m,
            np.log(cloud.scales_m) / step,
            cloud.opacities[:, None] * SPLATS_OPACITY_UNITS,
        )
        return np.concatenate(columns, axis=1).astype(np.float32)

    ours, theirs = features(splats), features(packed)
    tree = NeighbourTree(ours)
    nearest = tree.nearest(theirs, 1)[0][:, 0]
    # Two that lie within a step of each other may have one nearest, or each the other's.
    claims = np.bincount(nearest, minlength=splats.count)
    turned = _angles(splats.quats_wxyz[nearest], packed.quats_wxyz) > turn_rad + _ROUNDING
    unclear = np.flatnonzero((claims[nearest] > 1) | turned)
    if len(unclear) > _MOST_UNCLEAR:
        return None
    free = np.concatenate([np.unique(nearest[unclear]), np.flatnonzero(claims == 0)])
    apart = ((theirs[unclear, None] - ours[free]) ** 2).sum(axis=2, dtype=np.float64)
    turns = _angles(packed.quats_wxyz[unclear, None], splats.quats_wxyz[free]) / turn_rad
    nearest[unclear] = free[_one_to_one(apart + turns**2)]

    # Half a step of three scales and of opacity.
    most_apart = 0.5 + _ROUNDING * np.array([1 / step, 1 / step, 1 / step, SPLATS_OPACITY_UNITS])

    def may_be(rows: Int32Array, columns: Int32Array) -> NDArray[np.bool_]:
        angles = _angles(splats.quats_wxyz[columns], packed.quats_wxyz[rows])
        apart = np.abs(theirs[rows] - ours[columns])
        is_near = np.linalg.norm(apart[:, :3], axis=1) <= 1 + _ROUNDING_M / step_m
        return is_near & (apart[:, 3:] <= most_apart).all(axis=1) & (angles <= turn_rad + _ROUNDING)

    def candidates(row: int) -> Int32Array:
        columns = tree.nearest(theirs[row : row + 1], min(_CANDIDATES, splats.count))[0][0]
        return columns[may_be(np.full(len(columns), row, dtype=np.int32), columns)]

    rows = np.arange(splats.count, dtype=np.int32)
    _exchange(nearest, np.flatnonzero(~may_be(rows, nearest)), candidates)
    return nearest


def _exchange(columns: Int32Array, wrong: NDArray[np.intp], candidates: Callable[[int], Int32Array]) -> None:
    """Give rows whose column cannot be theirs another one, along chains of rows that can have each other's.

    Args:
        columns: [N] of each row, each once; changed in place.
        wrong: rows that cannot have what they have.
        candidates: columns that a row can have, the likeliest first.
    """
    owners = np.argsort(columns)

    def take(row: int, asked: set[int]) -> bool:
        for column in map(int, candidates(row)):
            if column in asked or len(asked) >= _LONGEST_CHAIN:
                continue
            asked.add(column)
            if owners[column] < 0 or take(int(owners[column]), asked):
                owners[column], columns[row] = row, column
                return True
        return False

    for row in map(int, wrong):
        had = columns[row]
        owners[had] = -1
        if not take(row, set()):
            owners[had] = row


def _one_to_one(costs: Float64Array) -> Int32Array:
    """[K] a column for each row of costs [K, K], each once: the cheapest first, then swaps while one saves anything."""
    count = len(costs)
    columns = np.full(count, -1, dtype=np.int32)
    is_taken = np.zeros(count, dtype=bool)
    for place in np.argsort(costs, axis=None, kind="stable"):
        row, column = divmod(int(place), count)
        if columns[row] < 0 and not is_taken[column]:
            columns[row], is_taken[column] = column, True
    rows = np.arange(count)
    for _ in range(count):
        own = costs[rows, columns]
        crossed = costs[:, columns]
        saved = own[:, None] + own[None, :] - crossed - crossed.T
        first, second = divmod(int(saved.argmax()), count)
        if saved[first, second] <= 1e-9:
            break
        columns[[first, second]] = columns[[second, first]]
    return columns


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
