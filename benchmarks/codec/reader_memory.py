"""Memory that a reader takes, in a process of its own: ``python -m benchmarks.codec.reader_memory WARM_UP PACKAGE``.

The first package is played so that all code is compiled and all libraries are loaded; what the second adds to the
resident memory counts. Linux.
"""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path

from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import ClipPlayer

KIBIBYTE = 1024


def resident_bytes(field: str) -> int:
    """``VmRSS``, resident now, or ``VmHWM``, the most since :func:`forget_peak`."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * KIBIBYTE
    raise OSError(f"/proc/self/status has no {field}")


def forget_peak() -> None:
    """Begin a new peak."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def play(path: Path) -> ClipPlayer:
    """Go through the whole clip as a player does."""
    player = ClipPlayer(Package.open(path), "clip")
    for index in range(player.frame_count):
        player.pose(player.frame(index))
    return player


def main() -> None:
    """Print bytes as JSON."""
    warm_up, path = Path(sys.argv[1]), Path(sys.argv[2])
    player = play(warm_up)
    del player
    gc.collect()
    before = resident_bytes("VmRSS")
    package = Package.open(path)
    opened = resident_bytes("VmRSS") - before
    package.avatar()
    _ = package.deformation
    loaded = resident_bytes("VmRSS") - before
    package.close()
    del package
    gc.collect()
    forget_peak()
    before = resident_bytes("VmRSS")
    player = play(path)
    playing = resident_bytes("VmHWM") - before
    print(json.dumps({"opened": opened, "loaded": loaded, "playing": playing, "frames": player.frame_count}))


if __name__ == "__main__":
    main()
