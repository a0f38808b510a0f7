"""Resident memory that playing a package adds: ``python -m benchmarks.codec.reader_memory WARM_UP PACKAGE``.

A process of its own plays the first package, so that all code is compiled and all libraries are loaded, and prints the
peak that the second adds in bytes: decoded avatar, posed Gaussians and everything else.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import ClipPlayer
from benchmarks.resident import forget_peak, resident_bytes


def play(path: Path) -> None:
    """Go through the first clip as a player does."""
    with Package.open(path) as package:
        player = ClipPlayer(package, package.clip_names[0])
        for index in range(player.frame_count):
            player.pose(player.frame(index))


def main() -> None:
    """Print bytes."""
    warm_up, path = Path(sys.argv[1]), Path(sys.argv[2])
    play(warm_up)
    gc.collect()
    forget_peak()
    before = resident_bytes()
    play(path)
    print(resident_bytes("VmHWM") - before)


if __name__ == "__main__":
    main()
