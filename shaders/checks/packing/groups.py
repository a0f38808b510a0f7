"""Detail of one channel over one group of frames, as whole coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.channel import Channel
from ani3d_runtime.codec.primitives.cursor import Cursor
from ani3d_runtime.codec.primitives.integers import decode_integers, row_lengths
from ani3d_runtime.package.reader import Package
from shaders.checks.packing.bits import Words, words_of

_HEAD = 4
_LARGEST = (127, 32767)
_TYPES = (np.int8, np.int16, np.int32)


@dataclass(frozen=True)
class Spectra:
    """One channel of a group.

    Attributes:
        frame_count: F.
        steps: [K].
        tracks: [A] in order of falling bandwidth.
        bandwidths: [A].
        step_of: [A] place in ``steps``.
        rows: [3 F] arrays: row 3 f + axis holds coefficient f of those that have one.
    """

    frame_count: int
    steps: NDArray[np.float32]
    tracks: NDArray[np.integer]
    bandwidths: NDArray[np.integer]
    step_of: NDArray[np.integer]
    rows: Sequence[NDArray[np.integer]]


def read_spectra(package: Package, clip: str, group: int, channel: Channel, numbers: NDArray[np.int64]) -> Spectra:
    """What a section of detail holds; nothing where there is none.

    Args:
        package: an open package.
        clip: by name.
        group: by number.
        channel: which.
        numbers: [S'] of each track of the clip in the numbering of the package.
    """
    number = package.clip_names.index(clip)
    _, frames = package.clip(clip).group_frames(group)
    nothing = np.zeros(0, np.int64)
    if package.find_section(channel.section, number, group) is None:
        return Spectra(frames, np.zeros(0, np.float32), nothing, nothing, nothing, [nothing] * (3 * frames))
    cursor = Cursor(package.read_section(channel.section, number, group), channel.section)
    cursor.u8()
    steps = cursor.floats(cursor.u8())
    bandwidths = decode_integers(cursor, row_lengths(1, len(numbers)))
    coded = np.flatnonzero(bandwidths)
    step_of = decode_integers(cursor, row_lengths(1, len(coded)))
    order = np.argsort(-bandwidths[coded].astype(np.int64), kind="stable")
    sorted_bandwidths = bandwidths[coded[order]].astype(np.int64)
    lengths = np.repeat([int((sorted_bandwidths > f).sum()) for f in range(frames)], 3).astype(np.int32)
    flat = decode_integers(cursor, lengths)
    rows = np.split(flat, np.cumsum(lengths)[:-1])
    return Spectra(frames, steps, numbers[coded[order]], sorted_bandwidths, step_of[order], rows)


def packed_group(spectra: Spectra, track_count: int) -> Words:
    """The buffer ``Group``: a column for each of the T tracks, those without coefficients last, in order."""
    rest = np.setdiff1d(np.arange(track_count), spectra.tracks)
    columns = np.concatenate([spectra.tracks, rest]).astype(np.uint32)
    columns[: len(spectra.tracks)] |= spectra.step_of.astype(np.uint32) << 26
    head = np.array([spectra.frame_count, track_count, len(spectra.steps), 0], np.uint32)
    places: list[int] = []
    rows: list[Words] = []
    place = _HEAD + len(spectra.steps) + 2 * spectra.frame_count + track_count
    for f in range(spectra.frame_count):
        axes = spectra.rows[3 * f : 3 * f + 3]
        largest = max((int(np.abs(axis).max(initial=0)) for axis in axes), default=0)
        width = sum(largest > limit for limit in _LARGEST)
        places += [len(axes[0]), place | width << 30]
        for axis in axes:
            whole = np.zeros(-(-len(axis) << width >> 2) * (4 >> width), _TYPES[width])
            whole[: len(axis)] = axis
            rows.append(whole.view(np.uint32))
            place += len(rows[-1])
    return np.concatenate([head, words_of(spectra.steps), np.array(places, np.uint32), columns, *rows])


def cosines(frame_count: int, frame: int) -> NDArray[np.float32]:
    """[F] C_f(t)."""
    f = np.arange(frame_count)
    return (np.sqrt(np.where(f == 0, 1, 2) / frame_count) * np.cos(np.pi * f * (frame + 0.5) / frame_count)).astype(
        np.float32
    )
