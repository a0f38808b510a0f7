"""Who takes part."""

from __future__ import annotations

from benchmarks.codec.peers.ani3d import Ani3d
from benchmarks.codec.peers.contender import Contender
from benchmarks.codec.peers.fourdgs import Fourdgs
from benchmarks.codec.peers.ply import RawPly, ZstdPly
from benchmarks.codec.peers.sog import Sog
from benchmarks.codec.peers.splats4d import Splats4d
from benchmarks.codec.peers.spz import Spz

OUR_BOUNDS_M = (0.25e-3, 0.5e-3, 1e-3, 2e-3, 4e-3, 8e-3)


def contenders() -> list[Contender]:
    """All of them, ours first, then from the smallest files to the largest."""
    return [
        *(Ani3d(bound) for bound in OUR_BOUNDS_M),
        Splats4d("loose: 2 mm, 3 steps, 5 %", "--rot-steps", "3", "--scale-pct", "5", "--color-levels", "6"),
        Splats4d("default: 2 mm"),
        Splats4d("1 mm", "--pos-mm", "1"),
        Fourdgs("coarse"),
        Fourdgs("default"),
        Sog(),
        Spz(4),
        Spz(3),
        ZstdPly(9),
        RawPly(),
    ]
