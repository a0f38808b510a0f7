"""Subjects: the performances that the benchmark is about."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.codec.peers.contender import Contender
from benchmarks.codec.peers.roster import chief_contenders, contenders
from benchmarks.codec.sequences import BenchmarkSequence, dancer

# About 50,000 Gaussians with the hair that moves by itself and 44,000 without it; four times as many.
DETAIL, LARGE_DETAIL = 44_000, 176_000


@dataclass(frozen=True)
class Subject:
    """One sequence and who takes part.

    Attributes:
        name: as ``--subjects`` takes it.
        detail: about how many Gaussians, without the hair.
        has_free_hair: whether the hair that moves by itself is there.
        contenders: makes the codecs.
    """

    name: str
    detail: str | int
    has_free_hair: bool
    contenders: Callable[[], Sequence[Contender]]

    def sequence(self, frame_count: int) -> BenchmarkSequence:
        """The frames; those of the last detail asked for are kept."""
        whole = _performance(self.detail, frame_count)
        return whole if self.has_free_hair else whole.without_free_hair()


SKIRT = Subject("skirt", DETAIL, False, contenders)
HAIR = Subject("hair", DETAIL, True, chief_contenders)
LARGE = Subject("large", LARGE_DETAIL, False, chief_contenders)
LARGE_HAIR = Subject("large-hair", LARGE_DETAIL, True, chief_contenders)
# What `ani3d bake` makes where nothing is asked for.
BUILT_IN = Subject("built-in", "medium", True, chief_contenders)

SUBJECTS = (SKIRT, HAIR, LARGE, LARGE_HAIR)
USUAL = (SKIRT, HAIR, LARGE)


@functools.lru_cache(maxsize=1)
def _performance(detail: str | int, frame_count: int) -> BenchmarkSequence:
    return dancer(detail, frame_count)
