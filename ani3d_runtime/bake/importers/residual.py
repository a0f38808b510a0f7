"""A residual layer from a file: what a user's own simulation or fit computed.

An .npz with ``dpos_m`` [T, N, 3] and optionally ``drot_rad``, ``dlogscale`` and ``dcolour`` of the same shape, in
rest-pose space. A file written by ``numpy.savez`` is mapped and read a few frames at a time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.channel import Channel
from ani3d_runtime.errors import ResidualError
from ani3d_runtime.npz import NpzArchive
from ani3d_runtime.residual import ResidualLayer

_CHANNELS = tuple(channel.field for channel in Channel)
_FRAMES_AT_ONCE = 32


def read_residual(
    path: Path | str,
    frame_count: int,
    gaussian_count: int,
    *,
    avatar: str = "the avatar",
    motion: str = "the motion",
) -> ResidualLayer:
    """Read a residual layer for a known avatar and motion.

    Args:
        path: the .npz file.
        frame_count: T of the motion.
        gaussian_count: N of the avatar.
        avatar, motion: what they are called in an error.

    Raises:
        ResidualError: ``residual-missing-file``, ``-not-npz``, ``-missing-array``, ``-pickled``, ``-truncated``,
            ``-wrong-shape``, ``-not-numeric``, ``-not-finite``.
    """
    archive = NpzArchive(path, error=ResidualError, code_prefix="residual")
    names = [name for name in _CHANNELS if name in archive or name == _CHANNELS[0]]
    for name in names:
        _check_shape(archive, name, frame_count, gaussian_count, avatar, motion)
    arrays = {name: archive.mapped(name) for name in names}
    moving = np.zeros(gaussian_count, dtype=bool)
    for name, array in arrays.items():
        moving |= _moving_gaussians(array, f"{archive.path}: {name}")
    indices = np.flatnonzero(moving).astype(np.int32)

    def picked(name: str) -> Float32Array | None:
        if name not in arrays:
            return None
        result = np.empty((frame_count, len(indices), 3), dtype=np.float32)
        for start in range(0, frame_count, _FRAMES_AT_ONCE):
            result[start : start + _FRAMES_AT_ONCE] = arrays[name][start : start + _FRAMES_AT_ONCE, indices]
        return result

    position = picked("dpos_m")
    assert position is not None  # its shape was checked above
    return ResidualLayer(gaussian_count, indices, position, picked("drot_rad"), picked("dlogscale"), picked("dcolour"))


def _check_shape(
    archive: NpzArchive, name: str, frame_count: int, gaussian_count: int, avatar: str, motion: str
) -> None:
    shape = archive.shape(name)
    if shape != (frame_count, gaussian_count, 3):
        raise ResidualError(
            "residual-wrong-shape",
            f"{archive.path}: {name}",
            found=f"shape {shape}",
            expected=f"shape ({frame_count}, {gaussian_count}, 3): {frame_count} frames of {motion} and "
            f"{gaussian_count} Gaussians of {avatar}",
            fix="Compute the residual for this avatar and this motion, one row per frame and Gaussian.",
        )


def _moving_gaussians(array: NDArray[Any], subject: str) -> NDArray[np.bool_]:
    """[N] which Gaussians ever differ from zero; refuses what is not a finite number on the way."""
    if array.dtype.kind not in "iuf":
        raise ResidualError(
            "residual-not-numeric",
            subject,
            found=f"values of type {array.dtype}",
            expected="float16, float32 or float64",
            fix="Save it as a plain float array.",
        )
    moving = np.zeros(array.shape[1], dtype=bool)
    for start in range(0, len(array), _FRAMES_AT_ONCE):
        with np.errstate(over="ignore"):
            frames = np.asarray(array[start : start + _FRAMES_AT_ONCE], dtype=np.float32)
        finite = np.isfinite(frames)
        if not finite.all():
            frame, gaussian, _ = (int(i) for i in np.argwhere(~finite)[0])
            raise ResidualError(
                "residual-not-finite",
                subject,
                found=f"NaN or infinity, first in frame {start + frame} at Gaussian {gaussian}",
                expected="finite numbers",
                fix="Repair these entries before baking.",
            )
        moving |= (frames != 0).any(axis=(0, 2))
    return moving
