"""Guessing what each Gaussian belongs to: skin, face, hair, garment or accessory.

Three things tell: the joint it hangs on, how far it stands off the body, and whether its colour is this person's skin,
which is learnt from the face. Shoes count as accessories: they are stiff.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.binding.surface import BodySurface
from ani3d_runtime.bake.binding.weights import SurfaceBinding
from ani3d_runtime.errors import InputError
from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.npz import NpzArchive
from ani3d_runtime.splats import SplatCloud

_HEAD = ("head", "jaw", "left_eye_smplhf", "right_eye_smplhf")
_FEET = ("left_ankle", "right_ankle", "left_foot", "right_foot")
# In CIELAB: how far a colour may be from the learnt one. Lightness is weighted down, since shade changes it most.
_SKIN_TOLERANCE = 16.0
_LIGHTNESS_WEIGHT = 0.35
_OFF_SKIN_M = 0.025
_OFF_SCALP_M = 0.03
_FACE_FORWARD = 0.25
_MODE_ROUNDS = 3


def guess_parts(
    cloud: SplatCloud, bound: SurfaceBinding, surface: BodySurface, joint_names: tuple[str, ...]
) -> UInt8Array:
    """[N] labels, values of :class:`Part`."""
    head = _share(bound, joint_names, _HEAD) > 0.6
    feet = _share(bound, joint_names, _FEET) > 0.6
    forward = surface.normals[bound.anchors][:, 2]
    height = surface.zero_points_m[bound.anchors][:, 1]
    close = bound.distances_m < _OFF_SKIN_M
    lab = _lab(np.clip(0.5 + SH_C0 * cloud.sh[:, 0], 0, 1))
    skin_like = _skin_likeness(lab, head & close & (forward > 0.5), height)
    face = head & (forward > _FACE_FORWARD) & (bound.distances_m < _OFF_SCALP_M)
    parts = np.full(cloud.count, int(Part.GARMENT), dtype=np.uint8)
    parts[close & skin_like] = Part.SKIN
    parts[feet & ~skin_like] = Part.ACCESSORY
    parts[head] = np.where(skin_like[head] & close[head], Part.SKIN, Part.HAIR)
    # Eyes, brows and lips are not skin-coloured, but lie within the face.
    parts[face & (_around(skin_like, bound) > 0.35)] = Part.FACE
    return _mode_filtered(parts, bound)


def read_parts(path: Path | str, gaussian_count: int) -> UInt8Array:
    """Labels from an .npz file with ``parts`` [N], values of :class:`Part`.

    Raises:
        InputError: ``parts-*``.
    """
    archive = NpzArchive(path, error=InputError, code_prefix="parts")
    labels: NDArray[np.generic] = archive.array("parts")
    return checked_parts(labels, gaussian_count, str(path))


def checked_parts(labels: NDArray[np.generic], gaussian_count: int, subject: str) -> UInt8Array:
    """Labels as uint8, refusing another count and numbers that are no part.

    Raises:
        InputError: ``parts-wrong-shape`` or ``parts-unknown``.
    """
    if labels.shape != (gaussian_count,) or labels.dtype.kind not in "iuf":
        raise InputError(
            "parts-wrong-shape",
            subject,
            found=f"shape {labels.shape} of {labels.dtype}",
            expected=f"({gaussian_count},) whole numbers, one for each Gaussian",
            fix="Save parts in the order of the PLY.",
        )
    known = np.isin(labels, [int(part) for part in Part])
    if not known.all():
        raise InputError(
            "parts-unknown",
            subject,
            found=f"the label {labels[~known][0]}",
            expected=", ".join(f"{int(part)} {part.name.lower()}" for part in Part),
            fix="Use these numbers.",
        )
    return labels.astype(np.uint8)


def _share(bound: SurfaceBinding, joint_names: tuple[str, ...], wanted: Iterable[str]) -> Float32Array:
    """[N] weight that hangs on any of the wanted joints."""
    indices = [joint_names.index(name) for name in wanted if name in joint_names]
    return np.where(np.isin(bound.joints, indices), bound.weights, 0).sum(axis=1)


def _lab(colours: Float32Array) -> Float32Array:
    """[N, 3] sRGB 0..1 to CIELAB (D65), lightness scaled down."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / np.array([0.9505, 1.0, 1.089])
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    lightness = (116 * root[:, 1] - 16) * _LIGHTNESS_WEIGHT
    return np.stack([lightness, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], axis=1).astype(
        np.float32
    )


def _skin_likeness(lab: Float32Array, facial: NDArray[np.bool_], height: Float32Array) -> NDArray[np.bool_]:
    """[N] whether a colour is the skin's, judged by the middle of the face."""
    if facial.sum() < 20:
        return np.zeros(len(lab), dtype=bool)
    low, high = np.quantile(height[facial], [0.1, 0.65])
    # Below the fringe and above the chin: cheeks and nose are most of what is there.
    cheeks = facial & (height > low) & (height < high)
    tone = np.median(lab[cheeks], axis=0)
    return np.linalg.norm(lab - tone, axis=1) < _SKIN_TOLERANCE


def _around(flags: NDArray[np.bool_], bound: SurfaceBinding) -> Float32Array:
    """[N] share of neighbours, two rings wide, that carry a flag."""
    ring = flags[bound.neighbours].mean(axis=1)
    return ring[bound.neighbours].mean(axis=1)


def _mode_filtered(parts: UInt8Array, bound: SurfaceBinding) -> UInt8Array:
    """Each label replaced by the most frequent one among its neighbours and itself: no confetti."""
    for _ in range(_MODE_ROUNDS):
        votes = np.stack(
            [(parts[bound.neighbours] == part).sum(axis=1) + 1.5 * (parts == part) for part in Part], axis=1
        )
        parts = votes.argmax(axis=1).astype(np.uint8)
    return parts
