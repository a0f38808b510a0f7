"""Playing a clip over a wide network: frames a second, frames dropped and their age, by round trip.

    python -m benchmarks.wide_network [--seconds 8] [--json]

A server and a client of this machine, and a proxy between them that delays both directions; jitter is up to 25 ms each
way. Four credits, as clients had before they followed the way, stand beside the window of today in the same run. Ages
are those on arrival, by one clock; half a round trip of them is the way itself.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_runtime.client import Client, PlayOptions
from ani3d_runtime.server import serving
from ani3d_runtime.testing.packages import write_synthetic_package
from benchmarks.rasteriser import processor
from tests.delaying_proxy import DelayingProxy

_ROUND_TRIPS_S = (0.0, 0.05, 0.1, 0.2, 0.3)
_HZ = 60.0


@dataclass(frozen=True)
class Row:
    """One playback."""

    round_trip_ms: float
    pacing: str
    credits: str
    frames_per_s: float
    dropped_per_s: float
    first_ms: float
    age_p50_ms: float
    age_p99_ms: float


def play(server: str, round_trip_s: float, pacing: str, credits: int | None, seconds: float) -> Row:
    """One playback through the proxy."""
    jitter_s = 0.025 if round_trip_s else 0.0
    with DelayingProxy(server, round_trip_s / 2, jitter_s=jitter_s) as proxy, Client(proxy.address) as client:
        client.manifest("ada")
        client.manifest("ada")
        options = PlayOptions(pacing=pacing, loop=True, frame_rate_hz=_HZ, credits=credits, with_detail=False)  # type: ignore[arg-type]
        asked_s = time.monotonic()
        with client.play("ada", "walk", options) as playback:
            frames = iter(playback)
            next(frames)
            first_s = time.monotonic()
            count = 1
            while time.monotonic() - first_s < seconds:
                next(frames)
                count += 1
            dropped = playback.watch.dropped_count
            ages_ms = 1000 * np.array(playback.watch.latencies_s)
    return Row(
        1000 * round_trip_s,
        pacing,
        "window" if credits is None else str(credits),
        count / seconds,
        dropped / seconds,
        1000 * (first_s - asked_s),
        float(np.percentile(ages_ms, 50)),
        float(np.percentile(ages_ms, 99)),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        write_synthetic_package(Path(folder) / "ada.a3d")
        with serving(Path(folder)) as server:
            for round_trip_s in _ROUND_TRIPS_S:
                for pacing in ("real-time", "every-frame"):
                    for credits in (4, None):
                        rows.append(play(server.address, round_trip_s, pacing, credits, arguments.seconds))
    if arguments.json:
        print(json.dumps({"load": os.getloadavg(), "rows": [asdict(row) for row in rows]}, indent=2))
        return
    table = Table(title=f"60 frames a second; {processor()}, load {os.getloadavg()[0]:.1f}")
    for name in Row.__dataclass_fields__:
        table.add_column(name.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(*(value if isinstance(value, str) else f"{value:.0f}" for value in asdict(row).values()))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
