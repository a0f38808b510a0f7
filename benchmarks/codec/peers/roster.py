"""Who takes part."""

from __future__ import annotations

from ani3d_runtime.codec.encoder.bounds import QUALITIES
from benchmarks.codec.peers.ani3d import Ani3d
from benchmarks.codec.peers.contender import Contender
from benchmarks.codec.peers.fourdgs import Fourdgs
from benchmarks.codec.peers.ply import RawPly, ZstdPly
from benchmarks.codec.peers.sog import Sog
from benchmarks.codec.peers.splats4d import SplatFolder, Splats4d
from benchmarks.codec.peers.spz import Spz

OUR_BOUNDS_M = (0.5e-3, 1e-3, 2e-3, 4e-3, 8e-3)


def contenders() -> list[Contender]:
    """All of them, ours first, then from the smallest files to the largest."""
    return [
        *(Ani3d.of_quality(quality) for quality in QUALITIES),
        *(Ani3d.within(bound) for bound in OUR_BOUNDS_M),
        *_splats4d(),
        Fourdgs("coarse"),
        Fourdgs("default"),
        Sog(),
        Spz(4),
        Spz(3),
        ZstdPly(9),
        RawPly(),
    ]


def chief_contenders() -> list[Contender]:
    """Without those that only say on a second sequence what they said on the first, and the slowest."""
    return [
        *(Ani3d.of_quality(quality) for quality in QUALITIES if quality != "archive"),
        Ani3d.within(0.5e-3),
        *_splats4d(),
        Spz(4),
        ZstdPly(9),
        RawPly(),
    ]


def _splats4d() -> list[Contender]:
    frames = SplatFolder()
    return [
        Splats4d("loose: 2 mm, 3 steps, 5 %", frames, "--rot-steps", "3", "--scale-pct", "5", "--color-levels", "6"),
        Splats4d("default: 2 mm", frames),
        Splats4d("1 mm", frames, "--pos-mm", "1"),
    ]
