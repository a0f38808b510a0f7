"""SplatFile: what a file of Gaussians holds, whichever format it has; and the checks that all formats share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.errors import SplatFileError
from ani3d_runtime.geometry.frames import Axes
from ani3d_runtime.splats import SplatCloud

# What a reader may take for a small file that expands far, and how far a large one may expand. Real clouds that are
# packed shrink at most some twenty times.
_FREE_BYTES = 64 << 20
_MOST_EXPANSION = 256
# Below a micrometre scales no longer differ on screen, above this no renderer can draw them.
MIN_SCALE, MAX_SCALE = 1e-6, float(np.exp(80.0))
_MAX_COORDINATE = 1e9


@dataclass(frozen=True)
class SplatFile:
    """What a file of Gaussians holds.

    Attributes:
        cloud: in the file's own axes, order and unit of length.
        axes: how its axes lie, where its format says so; None where the user knows.
        part_labels: [N] what the file says each Gaussian belongs to, as numbers that nobody checked; None where it
            does not say.
        notes: what was decided on the user's behalf, a sentence each.
    """

    cloud: SplatCloud
    axes: Axes | None = None
    part_labels: Float32Array | None = None
    notes: tuple[str, ...] = ()


def file_bytes(path: Path, what: str, least: int) -> bytes:
    """The whole of a file that has at least so many bytes.

    Args:
        path: the file.
        what: it should be, for the refusal.
        least: bytes of its header.

    Raises:
        SplatFileError: ``splat-file-missing``, ``splat-file-truncated``.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise SplatFileError(
            "splat-file-missing",
            path,
            found=exc.strerror or str(exc),
            expected=what,
            fix="Check the path and its permissions.",
        ) from None
    if len(data) < least:
        raise truncated(path, f"{len(data)} bytes", f"{what}, whose header alone has {least}")
    return data


def checked_cloud(
    path: Path,
    means: NDArray[np.generic],
    quats_wxyz: NDArray[np.generic],
    scales: NDArray[np.generic],
    opacities: NDArray[np.generic],
    sh: NDArray[np.generic],
) -> SplatCloud:
    """A cloud of what a file holds; scales and opacities are linear here, whatever they were in the file.

    Raises:
        InputError: ``splat-file-range``, ``splats-*``.
    """
    for name, values, limit in (("coordinate", means, _MAX_COORDINATE), ("scale", scales, MAX_SCALE)):
        largest = float(np.abs(values).max(initial=0.0))
        if largest > limit:
            raise SplatFileError(
                "splat-file-range",
                path,
                found=f"a {name} of {largest:.3g}",
                expected=f"{name}s below {limit:.3g}",
                fix="The file is damaged, or stray Gaussians must be removed in a splat editor first.",
            )
    # Packed rotations can come out as nothing at all, which stands for no turn in every viewer.
    lengths = np.linalg.norm(quats_wxyz.astype(np.float64), axis=1)[:, None]
    turns = np.where(lengths > 1e-6, quats_wxyz / np.where(lengths > 1e-6, lengths, 1), [1.0, 0.0, 0.0, 0.0])
    return SplatCloud.checked(
        means,
        turns,
        np.maximum(scales, MIN_SCALE),
        np.clip(opacities, 0, 1),
        sh,
        name=str(path),
        error=SplatFileError,
    )


def sigmoid(logits: Float32Array) -> Float32Array:
    """Opacities 0..1 of logits; infinite ones are 0 and 1."""
    # tanh does not overflow, 1 / (1 + exp(-x)) does.
    return (0.5 * (1 + np.tanh(0.5 * logits))).astype(np.float32)


def refuse_expansion(path: Path, packed_bytes: int, unpacked_bytes: int, what: str) -> None:
    """Refuse a file that says it holds far more than one of its size does, before memory is taken for it.

    Raises:
        SplatFileError: ``splat-file-expands``.
    """
    limit = max(_FREE_BYTES, _MOST_EXPANSION * packed_bytes)
    if unpacked_bytes > limit:
        raise SplatFileError(
            "splat-file-expands",
            path,
            found=f"{packed_bytes} bytes that say they hold {unpacked_bytes} bytes of {what}",
            expected=f"at most {limit} bytes",
            fix="Write the file again with another tool; this one is damaged or made to fill memory.",
        )


def truncated(path: Path, found: str, expected: str) -> SplatFileError:
    """``splat-file-truncated``."""
    return SplatFileError(
        "splat-file-truncated", path, found=found, expected=expected, fix="Copy or export the file again."
    )


def damaged(path: Path, found: str, expected: str) -> SplatFileError:
    """``splat-file-damaged``."""
    return SplatFileError(
        "splat-file-damaged", path, found=found, expected=expected, fix="Write the file again with another tool."
    )


def wrong_magic(path: Path, found: bytes, expected: str) -> SplatFileError:
    """``splat-file-magic``."""
    return SplatFileError(
        "splat-file-magic",
        path,
        found=f"a file that begins with {found[:8]!r}",
        expected=expected,
        fix="Name the file by what it is, or export it again.",
    )


def unknown_version(path: Path, found: str, expected: str) -> SplatFileError:
    """``splat-file-version``."""
    return SplatFileError(
        "splat-file-version",
        path,
        found=found,
        expected=expected,
        fix="Export it in an older version, or as .ply.",
    )


def refuse_empty(path: Path, count: int) -> None:
    """Refuse a file without Gaussians.

    Raises:
        SplatFileError: ``splat-file-empty``.
    """
    if count == 0:
        raise SplatFileError(
            "splat-file-empty",
            path,
            found="no Gaussians",
            expected="at least one",
            fix="Check that the file was exported completely.",
        )
