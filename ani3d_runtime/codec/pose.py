"""The pose of a group of frames: root translation to 0.05 mm per axis, joint rotations to 0.22 mrad.

Rotations are rotation vectors in steps of 0.25 mrad, continuous over the frames of a group (an angle may pass pi).
Each of the 3 + 3 J rows is coded as it is, as first or as second differences in time, whichever is smallest.
docs/SPEC.md, chapter "Section pose", holds the layout.
"""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.codec.continuity import continuous
from ani3d_runtime.codec.cursor import Cursor, corrupt
from ani3d_runtime.codec.integers import decode_integers, encode_integers, row_lengths
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector, rotation_vector_from_quaternion

TRANSLATION_STEP_M = 1e-4
ROTATION_STEP_RAD = 2.5e-4
_LAYOUT = 1
_MAX_ORDER = 2
_MAX_TRANSLATION_M = 1e4


def encode_pose_group(
    root_translation_m: Float32Array, joint_rotations_wxyz: Float32Array, *, codec_id: str = "rans"
) -> bytes:
    """Section ``pose`` of F frames.

    Args:
        root_translation_m: [F, 3] metres.
        joint_rotations_wxyz: [F, J, 4] unit.
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
    steps = np.concatenate(
        [
            np.rint(root_translation_m.astype(np.float64) / TRANSLATION_STEP_M),
            np.rint(vectors.reshape(frames, -1) / ROTATION_STEP_RAD),
        ],
        axis=1,
    ).T.astype(np.int64)
    candidates = [steps]
    for _ in range(_MAX_ORDER):
        candidates.append(np.diff(candidates[-1], axis=1, prepend=0))
    costs = np.stack([np.log2(1 + np.abs(rows)).sum(axis=1) for rows in candidates])
    orders = costs.argmin(axis=0)
    chosen = np.stack(candidates)[orders, np.arange(len(steps))]
    # The first column holds whole values and would widen the symbols of all that follow.
    return (
        bytes([_LAYOUT])
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
    cursor.expect_version(_LAYOUT)
    orders = decode_integers(cursor, row_lengths(1, rows))
    first = decode_integers(cursor, row_lengths(1, rows))
    others = decode_integers(cursor, row_lengths(rows, frame_count - 1)).reshape(rows, frame_count - 1)
    cursor.expect_end()
    if orders.min() < 0 or orders.max() > _MAX_ORDER:
        raise corrupt("pose-invalid", "pose", found="an unknown difference order", expected=f"0..{_MAX_ORDER}")
    steps = np.concatenate([first[:, None], others], axis=1).astype(np.int64)
    for order in range(1, _MAX_ORDER + 1):
        affected = orders >= order
        steps[affected] = np.cumsum(steps[affected], axis=1)
    if np.abs(steps).max() > _MAX_TRANSLATION_M / TRANSLATION_STEP_M + 1:
        raise corrupt("pose-invalid", "pose", found="a value out of range", expected="at most 10 km and 25 krad")
    translation = (steps[:3].T * TRANSLATION_STEP_M).astype(np.float32)
    vectors = (steps[3:].T * ROTATION_STEP_RAD).reshape(frame_count, joint_count, 3)
    return translation, quaternion_from_rotation_vector(vectors).astype(np.float32)
