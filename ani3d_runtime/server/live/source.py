"""The skeleton that a publisher describes, and what turns its poses into the avatar's."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.retarget_live import LiveRetargeter, SourceSkeleton
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.frames import PoseAxes
from ani3d_runtime.rpc.v1 import live_pb2
from ani3d_runtime.server.stream.message_size import MOST_CURVES

LONGEST_CURVE_NAME = 64
_AXES: dict[int, PoseAxes] = {
    live_pb2.SOURCE_AXES_YUP: "yup",
    live_pb2.SOURCE_AXES_ZUP: "zup",
    live_pb2.SOURCE_AXES_RDF: "rdf",
    live_pb2.SOURCE_AXES_UNITY: "unity",
    live_pb2.SOURCE_AXES_UNREAL: "unreal",
}


def source_of(message: live_pb2.SourceSkeleton) -> SourceSkeleton:
    """The source skeleton that a publisher describes.

    Raises:
        MotionError: ``source-invalid``.
    """
    count = len(message.joint_names)
    return SourceSkeleton(
        joint_names=tuple(message.joint_names),
        parents=np.array(message.parents, dtype=np.int32) if message.parents else None,
        offsets=_floats(message.offsets, (count, 3), "offsets"),
        rest_rotations_wxyz=_floats(message.rest_rotations, (count, 4), "rest rotations"),
        axes=_AXES.get(message.axes),
        mapping=dict(message.mapping),
        curve_names=_checked_curves(tuple(message.curve_names)),
    )


def _checked_curves(names: tuple[str, ...]) -> tuple[str, ...]:
    is_right = len(names) <= MOST_CURVES and len(set(names)) == len(names)
    if not is_right or not all(0 < len(name) <= LONGEST_CURVE_NAME for name in names):
        raise MotionError(
            "source-invalid",
            "source skeleton: curve names",
            found=f"{len(names)} names, {len(set(names))} of them different, the longest of "
            f"{max(map(len, names))} characters",
            expected=f"at most {MOST_CURVES} different names of 1 to {LONGEST_CURVE_NAME} characters",
            fix="Send fewer curves, or shorter names.",
        )
    return names


def _floats(data: bytes, shape: tuple[int, int], name: str) -> Float32Array | None:
    if not data:
        return None
    if len(data) != 4 * shape[0] * shape[1]:
        raise MotionError(
            "source-invalid",
            f"source skeleton: {name}",
            found=f"{len(data)} bytes",
            expected=f"{4 * shape[0] * shape[1]}, float32 of shape {list(shape)}",
            fix="Send one row per joint name, little-endian.",
        )
    return np.frombuffer(data, dtype="<f4").reshape(shape).astype(np.float32)


def retargeter_of(source: SourceSkeleton, skeleton: Skeleton, *, lock_feet: bool) -> LiveRetargeter:
    """A retargeter whose kernels are compiled or loaded, for poses on the event loop.

    Raises:
        MotionError: as :class:`LiveRetargeter`.
    """
    retargeter = LiveRetargeter(source, skeleton, lock_feet=lock_feet)
    rest = np.zeros((retargeter.joint_count, 4), dtype=np.float32)
    rest[:, 0] = 1
    retargeter.pose(rest, np.zeros(3, dtype=np.float32), 1.0)
    retargeter.reset()
    return retargeter
