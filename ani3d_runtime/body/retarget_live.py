"""LiveRetargeter: one pose of a source in, one pose of the body out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array
from ani3d_runtime.body.mapping import checked_mapping, guess_mapping
from ani3d_runtime.body.pose import Pose
from ani3d_runtime.body.retarget import Capture, Reference, RetargetPlan, reference_in
from ani3d_runtime.body.retarget_feet import FootLock
from ani3d_runtime.body.retarget_kernels import UNIT_TOLERANCE, pose_fault
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.frames import PoseAxes, PoseBasis, points_from_axes, rotation_from_axes
from ani3d_runtime.geometry.quaternion import multiply

MAX_SOURCE_JOINTS = 512
# Floats are a few millimetres apart there.
FARTHEST_M = 5e4


@dataclass(frozen=True)
class SourceSkeleton:
    """The skeleton that a source's poses belong to.

    Without offsets the poses are the body's own: joints are taken over by name, relative to its zero pose.

    Attributes:
        joint_names: K names, parents before children; empty for the body's own joints.
        parents: [K] -1 for the root, which is joint 0.
        offsets: [K, 3] from the parent, in the parent's frame and any unit, or None.
        rest_rotations_wxyz: [K, 4] local rotations of a pose that stands upright; None for the identity.
        axes: that everything is given in; None to find them by the legs.
        mapping: source joint to body joint; empty to recognise the names.
        curve_names: of values that come with each pose and move no joint: blend shapes of a face.
    """

    joint_names: tuple[str, ...] = ()
    parents: Int32Array | None = None
    offsets: Float32Array | None = None
    rest_rotations_wxyz: Float32Array | None = None
    axes: PoseAxes | None = None
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    curve_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class MappingReport:
    """Which joint of the source moves which of the body.

    Attributes:
        naming: what the naming is called, "mapped" where a mapping was given.
        matched: source joint to body joint.
        missing: joints of the body that nothing moves; they follow their parents.
        unused: joints of the source that move nothing.
        scale: metres of the body per unit of the source.
    """

    naming: str
    matched: Mapping[str, str]
    missing: tuple[str, ...]
    unused: tuple[str, ...]
    scale: float


class LiveRetargeter:
    """Takes poses of a source to poses of a body, as :mod:`ani3d_runtime.body.retarget` does whole motions.

    Args:
        source: the skeleton of the poses.
        skeleton: the body's.
        lock_feet: keep a foot that stands where it stands.

    Attributes:
        report: what is matched and what is not.

    Raises:
        MotionError: ``source-invalid``, ``retarget-unknown-joints``, ``mapping-*``.
    """

    def __init__(self, source: SourceSkeleton, skeleton: Skeleton, *, lock_feet: bool = False) -> None:
        _check(source, skeleton)
        names = source.joint_names or skeleton.joint_names
        self.joint_count = len(names)
        self._feet = FootLock(skeleton) if lock_feet else None
        self._rotations = np.zeros((self.joint_count, 4))
        self._root = np.zeros(3)
        if source.offsets is None:
            self._retarget = _TakenOver(source, names, skeleton)
        else:
            self._retarget = _Retargeted(source, source.offsets, skeleton)
        self.report = self._retarget.report

    def pose(self, rotations_wxyz: Float32Array, root_position: Float32Array, dt_s: float) -> Pose:
        """The body's pose.

        Args:
            rotations_wxyz: [K, 4] local, of the source.
            root_position: [3] of the source's root joint.
            dt_s: seconds since the pose before.

        Raises:
            MotionError: ``pose-wrong-length``, ``pose-not-finite``, ``pose-not-unit``, ``pose-too-far``.
        """
        if rotations_wxyz.shape != self._rotations.shape:
            raise _refused(
                "pose-wrong-length", f"{len(rotations_wxyz)} joints", f"{self.joint_count}, as the source has"
            )
        # Read-only views of a message become arrays that the kernels were compiled for.
        self._rotations[:] = rotations_wxyz
        self._root[:] = root_position
        fault = pose_fault(self._rotations, self._root)
        if fault == 1:
            raise _refused("pose-not-finite", "NaN or infinite values", "finite rotations and positions")
        if fault == 2:
            raise _refused("pose-not-unit", "a quaternion of another length", f"unit length within {UNIT_TOLERANCE}")
        local, root = self._retarget.step(self._rotations, self._root)
        if not float(np.abs(root).max()) < FARTHEST_M:
            raise _refused(
                "pose-too-far", f"a root {float(np.abs(root).max()):.3g} m away", f"at most {FARTHEST_M:g} m"
            )
        if self._feet is not None:
            self._feet.hold(local, root, dt_s)
        return Pose(root, local)

    def reset(self) -> None:
        """The motion does not go on from the pose before."""
        if self._feet is not None:
            self._feet.release()


class _Retargeted:
    """A source with bones of its own."""

    def __init__(self, source: SourceSkeleton, offsets: Float32Array, skeleton: Skeleton) -> None:
        names = source.joint_names
        assert source.parents is not None
        rest = np.zeros((len(names), 4))
        rest[:, 0] = 1
        if source.rest_rotations_wxyz is not None:
            rest[:] = source.rest_rotations_wxyz
        if source.mapping:
            matched, naming = checked_mapping(source.mapping, names, skeleton.joint_names, "mapping"), "mapped"
        else:
            matched, naming = guess_mapping(names, "source skeleton")
        parents = np.ascontiguousarray(source.parents, dtype=np.int32)
        axes = source.axes or _standing("yup", parents, offsets, rest, matched).axes
        reference = _standing(axes, parents, offsets, rest, matched)
        if reference.axes != "yup":
            raise _refused_skeleton(f"a rest pose that lies on its side in axes {axes}", "one that stands upright")
        self._basis = PoseBasis.of(axes)
        joint_of = {name: index for index, name in matched.items()}
        turned = self._basis.points(offsets.astype(np.float64))
        self._plan = RetargetPlan.of(parents, turned, joint_of, reference, skeleton)
        ours = set(skeleton.joint_names)
        used = {names[index]: name for index, name in matched.items() if name in ours}
        self.report = _report(naming, used, names, skeleton, self._plan.scale)

    def step(self, rotations: Float64Array, root: Float64Array) -> tuple[Float32Array, Float32Array]:
        local, moved = self._plan.retarget(self._basis.rotations(rotations)[None], self._basis.points(root)[None])
        return local[0], moved[0]


class _TakenOver:
    """A source whose poses are the body's own."""

    def __init__(self, source: SourceSkeleton, names: tuple[str, ...], skeleton: Skeleton) -> None:
        axes = source.axes or "yup"
        if axes not in ("yup", "zup"):
            raise _refused_skeleton(f"axes {axes} without offsets", "yup or zup, or the offsets of the joints")
        self._axes = axes
        self._turn = rotation_from_axes(axes)
        self._zero_root = skeleton.zero_joints_m[0].astype(np.float64)
        index = {name: k for k, name in enumerate(names)}
        if skeleton.joint_names[0] not in index:
            raise _refused_skeleton(
                f"joints {', '.join(name[:64] for name in names[:6])} …", f"a joint {skeleton.joint_names[0]}"
            )
        shared = [(j, index[name]) for j, name in enumerate(skeleton.joint_names) if name in index]
        self._ours, self._theirs = (np.array(column) for column in zip(*shared, strict=True))
        self._count = skeleton.joint_count
        used = {name: name for name in skeleton.joint_names if name in index}
        self.report = _report("body", used, names, skeleton, 1.0)

    def step(self, rotations: Float64Array, root: Float64Array) -> tuple[Float32Array, Float32Array]:
        local = np.zeros((self._count, 4), dtype=np.float32)
        local[:, 0] = 1
        local[self._ours] = rotations[self._theirs]
        local[0] = multiply(self._turn, local[0])
        # The root is added to its zero position before the world is turned, and after.
        moved = points_from_axes(root + self._zero_root, self._axes) - self._zero_root
        return local, moved.astype(np.float32)


def _standing(
    axes: PoseAxes, parents: Int32Array, offsets: Float32Array, rest: Float64Array, matched: dict[int, str]
) -> Reference:
    """The rest pose, brought from ``axes`` to ours, as the reference."""
    basis = PoseBasis.of(axes)
    rotations, places = basis.rotations(rest)[None], basis.points(offsets.astype(np.float64))
    capture = Capture(parents, places, rotations, np.zeros((1, 3)), 1.0, matched)
    turned, positions = capture.forward()
    reference = reference_in(turned[0], positions[0], capture.joint_of, "its rest pose")
    if reference is None:
        raise _refused_skeleton("a rest pose that does not stand upright", "legs down, arms anywhere")
    return reference


def _report(
    naming: str, used: dict[str, str], names: tuple[str, ...], skeleton: Skeleton, scale: float
) -> MappingReport:
    moved = set(used.values())
    missing = tuple(name for name in skeleton.joint_names if name not in moved)
    return MappingReport(naming, used, missing, tuple(name for name in names if name not in used), scale)


def _check(source: SourceSkeleton, skeleton: Skeleton) -> None:
    names, parents = source.joint_names, source.parents
    count = len(names)
    if count > MAX_SOURCE_JOINTS or len(set(names)) != count:
        raise _refused_skeleton(f"{count} joints, {len(set(names))} names", f"at most {MAX_SOURCE_JOINTS}, unique")
    if source.axes is not None and source.axes not in get_args(PoseAxes):
        raise _refused_skeleton(f"axes {source.axes!r}", " or ".join(get_args(PoseAxes)))
    if source.offsets is None:
        return
    tree = (
        count > 0
        and parents is not None
        and parents.shape == (count,)
        and parents[0] == -1
        and bool((parents[1:] >= 0).all())
        and bool((parents[1:] < np.arange(1, count)).all())
    )
    if not tree:
        raise _refused_skeleton(f"{count} joints, parents that are no tree", "root first, parents before children")
    if source.offsets.shape != (count, 3) or not np.isfinite(source.offsets).all():
        raise _refused_skeleton(f"offsets of shape {source.offsets.shape}", f"[{count}, 3] finite numbers")
    rest = source.rest_rotations_wxyz
    if rest is not None and (rest.shape != (count, 4) or pose_fault(rest.astype(np.float64), np.zeros(3)) != 0):
        raise _refused_skeleton(f"rest rotations of shape {rest.shape}", f"[{count}, 4] unit quaternions")


def _refused(code: str, found: str, expected: str) -> MotionError:
    return MotionError(code, "pose", found=found, expected=expected, fix="Correct the source; the next pose may pass.")


def _refused_skeleton(found: str, expected: str) -> MotionError:
    return MotionError(
        "source-invalid", "source skeleton", found=found, expected=expected, fix="Describe the source's rest pose."
    )
