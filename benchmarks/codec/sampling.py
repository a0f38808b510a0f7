"""Which frames are measured: all codecs are compared on the same ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FRAMES_PER_GROUP = 30
MEASURED_GROUPS = 3
FRAMES_MEASURED_PER_GROUP = 5


@dataclass(frozen=True)
class Sampling:
    """Frames of a sequence.

    Attributes:
        groups: first, middle and last run of 30 frames; codecs too slow for the whole sequence encode these.
        frames: increasing, in these groups: where positions are compared.
        pictures: some of ``frames``: where renders are compared.
    """

    groups: tuple[range, ...]
    frames: tuple[int, ...]
    pictures: tuple[int, ...]

    @classmethod
    def of(cls, frame_count: int) -> Sampling:
        """For a sequence of ``frame_count`` frames."""
        starts = range(0, frame_count, FRAMES_PER_GROUP)
        chosen = sorted({starts[0], starts[len(starts) // 2], starts[-1]})[:MEASURED_GROUPS]
        groups = tuple(range(start, min(start + FRAMES_PER_GROUP, frame_count)) for start in chosen)
        members = [
            [group[i] for i in np.unique(np.linspace(0, len(group) - 1, FRAMES_MEASURED_PER_GROUP).astype(int))]
            for group in groups
        ]
        pictures = sorted({frame for own in members for frame in (own[len(own) // 2], own[-1])})
        return cls(groups, tuple(frame for own in members for frame in own), tuple(pictures))
