"""The pose of a group of frames: root translation and joint rotations, as finely as the bounds of the residual ask.

At bounds of half a millimetre and more, translations come in steps of 0.1 mm and rotations, as rotation vectors, in
steps of 0.25 mrad; below, in steps as much smaller as the bound is, down to a tenth. Rotation vectors are continuous
over the frames of a group (an angle may pass pi). Each of the 3 + 3 J rows is coded as it is, as first or as second
differences in time, whichever is smallest. spec/SPEC.md, chapter "pose", holds the layout.
"""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.codec.primitives.continuity import continuous
from ani3d_runtime.codec.primitives.cursor import Cursor, corrupt, packed_floats
from ani3d_runtime.codec.primitives.integers import decode_integers, encode_integers, row_lengths
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector, rotation_vector_from_quaternion
from ani3d_runtime.spec.format import POSE_LAYOUT, POSE_MAX_ORDER, POSE_MAX_STEPS, POSE_STEP_BELOW

_TRANSLATION_STEP_M = 1e-4
_ROTATION_STEP_RAD = 2.5e-4
# Steps shrink with bounds below this one, down to a tenth.
_COARSE_BOUND_M = 5e-4
_FINEST_SHARE = 0.1
_MAX_TRANSLATION_M = 1e4


def encode_pose_group(
    root_translation_m: Float32Array,
    joint_rotations_wxyz: Float32Array,
    *,
    bound_m: float = _COARSE_BOUND_M,
    codec_id: str = "rans",
) -> bytes:
    """Section ``pose`` of F frames.

    Args:
        root_translation_m: [F, 3] metres.
        joint_rotations_wxyz: [F, J, 4] unit.
        bound_m: on the positions of Gaussians, the tightest of all parts.
        codec_id: entropy codec of the streams.

    Raises:
        MotionError: ``motion-too-far`` for a root more than 10 km from the origin.
    """
    frames = len(root_translation_m)
    if np.abs(root_translation_m).max() > _MAX_TRANSLATION_M:
        raise MotionError(
            "motion-too-far",
            "root translation",
            found=f"{float(np.abs(root_translation_m).max()):.3g} m from the origin",
            expected=f"at most {_MAX_TRANSLATION_M:.0f} m",
            fix="Move the motion to the origin, and check that it is in metres.",
        )
    vectors = continuous(rotation_vector_from_quaternion(joint_rotations_wxyz))
    share = min(max(bound_m / _COARSE_BOUND_M, _FINEST_SHARE), 1.0)
    sizes = np.array([share * _TRANSLATION_STEP_M, share * _ROTATION_STEP_RAD], dtype=np.float32)
    translation_step, rotation_step = sizes.astype(np.float64)
    steps = np.concatenate(
        [
            np.rint(root_translation_m.astype(np.float64) / translation_step),
            np.rint(vectors.reshape(frames, -1) / rotation_step),
        ],
        axis=1,
    ).T.astype(np.int64)
    candidates = [steps]
    for _ in range(POSE_MAX_ORDER):
        candidates.append(np.diff(candidates[-1], axis=1, prepend=0))
    costs = np.stack([np.log2(1 + np.abs(rows)).sum(axis=1) for rows in candidates])
    orders = costs.argmin(axis=0)
    chosen = np.stack(candidates)[orders, np.arange(len(steps))]
    # The first column holds whole values and would widen the symbols of all that follow.
    return (
        bytes([POSE_LAYOUT])
        + packed_floats(sizes)
        + encode_integers(orders, row_lengths(1, len(orders)), codec_id)
        + encode_integers(chosen[:, 0], row_lengths(1, len(orders)), codec_id)
        + encode_integers(chosen[:, 1:], row_lengths(len(orders), frames - 1), codec_id)
    )


def decode_pose_group(
    section: bytes | memoryview, frame_count: int, joint_count: int
) -> tuple[Float32Array, Float32Array]:
    """([F, 3] root translation in metres, [F, J, 4] unit local rotations wxyz).

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt`` or ``pose-invalid``.
    """
    rows = 3 + 3 * joint_count
    cursor = Cursor(section, "pose")
    cursor.expect_version(POSE_LAYOUT)
    sizes = cursor.floats(2).astype(np.float64)
    orders = decode_integers(cursor, row_lengths(1, rows))
    first = decode_integers(cursor, row_lengths(1, rows))
    others = decode_integers(cursor, row_lengths(rows, frame_count - 1)).reshape(rows, frame_count - 1)
    cursor.expect_end()
    if orders.min() < 0 or orders.max() > POSE_MAX_ORDER or (sizes <= 0).any() or (sizes >= POSE_STEP_BELOW).any():
        raise corrupt(
            "pose-invalid",
            "pose",
            found="an unknown order of differences or step",
            expected=f"0..{POSE_MAX_ORDER}, 0..1",
        )
    steps = np.concatenate([first[:, None], others], axis=1).astype(np.int64)
    for order in range(1, POSE_MAX_ORDER + 1):
        affected = orders >= order
        steps[affected] = np.cumsum(steps[affected], axis=1)
    if np.abs(steps).max() > POSE_MAX_STEPS:
        raise corrupt("pose-invalid", "pose", found="a value out of range", expected=f"at most {POSE_MAX_STEPS} steps")
    translation = (steps[:3].T * sizes[0]).astype(np.float32)
    vectors = (steps[3:].T * sizes[1]).reshape(frame_count, joint_count, 3)
    return translation, quaternion_from_rotation_vector(vectors).astype(np.float32)
