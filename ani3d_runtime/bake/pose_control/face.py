"""The face of a skeleton: where nose, eyes, ears and the 68 landmarks lie about a head joint.

Offsets are of the built-in body in its zero pose, from the head joint, in metres: x to its left, y up, z forward.
Another body's are scaled by its distance from head to neck.
"""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float64Array

HEAD_TO_NECK_M = 0.108
# Nose, right eye, left eye, right ear, left ear: points 0 and 14 to 17 of a COCO body with a neck.
LANDMARKS_M: Float64Array = np.array(
    [
        (0.0, 0.002, 0.120),
        (-0.030, 0.0375, 0.092),
        (0.030, 0.0375, 0.092),
        (-0.074, 0.019, 0.002),
        (0.074, 0.019, 0.002),
    ]
)
# Which way each of the five looks, and how far from it a camera may be and still see it, as a cosine. A detector leaves
# out what it cannot see: nose and eyes from behind, the far eye and ear in profile.
LOOKS: Float64Array = np.array(
    [(0.0, 0.0, 1.0), (-0.29, 0.0, 0.957), (0.29, 0.0, 0.957), (-1.0, 0.0, 0.0), (1.0, 0.0, 0.0)]
)
LEAST_COSINES: Float64Array = np.array([-0.15, 0.05, 0.05, -0.2, -0.2])
# Points of the 68 that go with the jaw: the contour but its ends, and the lower lip.
JAW = (*range(2, 15), 55, 56, 57, 58, 59, 65, 66, 67)
_EYE_HALF_M = (0.0145, 0.005)


def face_points_m() -> Float64Array:
    """[68, 3] landmarks in iBUG's order, from the person's right to their left: contour, brows, nose, eyes, lips."""
    turn = np.linspace(-np.pi / 2, np.pi / 2, 17)
    contour = np.stack([0.073 * np.sin(turn), 0.012 - 0.085 * np.cos(turn), 0.020 + 0.063 * np.cos(turn)], axis=1)
    along = np.linspace(-1, 1, 5)
    brow = np.stack([0.0335 + 0.0215 * along, 0.060 - 0.006 * along**2, 0.094 - 0.012 * np.maximum(along, 0)], axis=1)
    bridge = np.stack([np.zeros(4), np.linspace(0.036, 0.004, 4), np.linspace(0.100, 0.122, 4)], axis=1)
    wings = np.stack([0.016 * along, -0.010 - 0.004 * (1 - along**2), 0.104 + 0.006 * (1 - along**2)], axis=1)
    eye = _ring(np.array([np.pi, 2 * np.pi / 3, np.pi / 3, 0, -np.pi / 3, -2 * np.pi / 3]), *_EYE_HALF_M)
    outer = _ring(np.pi - np.arange(12) * np.pi / 6, 0.023, 0.009)
    inner = _ring(np.pi - np.arange(8) * np.pi / 4, 0.018, 0.003)
    mouth = np.array([0.0, -0.031, 0.100])
    return np.concatenate(
        [
            contour,
            (brow * (-1, 1, 1))[::-1],
            brow,
            bridge,
            wings,
            eye + LANDMARKS_M[1],
            eye + LANDMARKS_M[2],
            outer + mouth,
            inner + mouth,
        ]
    )


def _ring(angles: Float64Array, half_width_m: float, half_height_m: float) -> Float64Array:
    """Points about an ellipse that bends back at its ends, as eyes and lips do about a head."""
    x = half_width_m * np.cos(angles)
    return np.stack([x, half_height_m * np.sin(angles), -6.0 * x**2], axis=1)
