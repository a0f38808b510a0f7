"""Playing a clip over a wide network: frames a second, frames dropped and their age, by round trip and by rate.

    python -m benchmarks.wide_network [--seconds 8] [--slow PACKAGE.a3d] [--json]

A server and a client of this machine, and a proxy between them that delays both directions; jitter is up to 25 ms each
way. Four credits, as clients had before they followed the way, stand beside the window of today in the same run. Ages
are those on arrival, by one clock; half a round trip of them is the way itself. With --slow, the proxy carries 1, 2
and 5 Mbit/s over 50 ms instead, and streams that follow the link stand beside streams that do not.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_runtime.client import Client, PlayOptions
from ani3d_runtime.package.reader import Package
from ani3d_runtime.server import serving
from ani3d_runtime.testing.packages import write_synthetic_package
from benchmarks.rasteriser import processor
from tests.delaying_proxy import DelayingProxy

_ROUND_TRIPS_S = (0.0, 0.05, 0.1, 0.2, 0.3)
_HZ = 60.0
# From then on a stream has found what its link carries.
_SETTLED_S = 10.0


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


@dataclass(frozen=True)
class SlowRow:
    """One playback over a slow link, from its first frame on and from its tenth second on."""

    megabits_per_s: float
    asked_for: str
    adaptive: bool
    frames_per_s: float
    thinned_per_s: float
    dropped_per_s: float
    age_p50_ms: float
    age_p99_ms: float
    settled_frames_per_s: float
    settled_age_p50_ms: float
    settled_age_p99_ms: float
    kilobytes_per_s: float
    rendition: str


def play_slowly(
    address: str, avatar: str, package: Package, megabits_per_s: float, asked: str, adaptive: bool, seconds: float
) -> SlowRow:
    """One playback of the package's first clip through a slow link; ``asked`` names mode, pacing and detail."""
    options = PlayOptions(
        mode="full" if asked == "full" else "light",
        pacing="every-frame" if asked == "every frame" else "real-time",
        loop=True,
        frame_rate_hz=_HZ,
        with_detail=asked == "detail, package held",
        package=package if asked.endswith("package held") else None,
        adaptive=adaptive,
    )
    ages: list[tuple[float, float]] = []
    proxy = DelayingProxy(address, 0.025, jitter_s=0.025, bytes_per_s=megabits_per_s * 125_000)
    with proxy, Client(proxy.address) as client:
        client.list_avatars()
        begun_s = time.monotonic()
        with client.play(avatar, package.clip_names[0], options) as playback:
            watch = playback.watch
            for _ in playback:
                now_s = time.monotonic() - begun_s
                ages.append((now_s, 1000 * watch.latencies_s[-1]))
                if now_s > seconds:
                    break
    elapsed_s = ages[-1][0]
    settled = [age_ms for time_s, age_ms in ages if time_s > _SETTLED_S] or [math.nan]
    every = [age_ms for _, age_ms in ages]
    return SlowRow(
        megabits_per_s=megabits_per_s,
        asked_for=asked,
        adaptive=adaptive,
        frames_per_s=len(ages) / elapsed_s,
        thinned_per_s=watch.thinned_count / elapsed_s,
        dropped_per_s=watch.dropped_count / elapsed_s,
        age_p50_ms=float(np.percentile(every, 50)),
        age_p99_ms=float(np.percentile(every, 99)),
        settled_frames_per_s=len(settled) / (elapsed_s - _SETTLED_S),
        settled_age_p50_ms=float(np.percentile(settled, 50)),
        settled_age_p99_ms=float(np.percentile(settled, 99)),
        kilobytes_per_s=watch.received_bytes / elapsed_s / 1000,
        rendition="" if watch.rendition is None else watch.rendition.words(),
    )


def slow_rows(path: Path, seconds: float) -> list[SlowRow]:
    """Playbacks of one package over slow links."""
    with tempfile.TemporaryDirectory() as folder, Package.open(path) as package:
        shutil.copy(path, folder)
        with serving(Path(folder)) as server:
            with Client(server.address) as near:  # kernels are compiled, and frames are coded
                for held in (package, None):
                    warm = PlayOptions(pacing="every-frame", package=held, with_detail=False)
                    list(near.play(path.stem, package.clip_names[0], warm))
            return [
                play_slowly(server.address, path.stem, package, rate, asked, adaptive, seconds)
                for asked in ("detail, package held", "floats", "full", "every frame")
                for rate in (1.0, 2.0, 5.0)
                for adaptive in ((False,) if asked == "every frame" else (False, True))
            ]


def show(rows: Sequence[Row] | Sequence[SlowRow], title: str, *, as_json: bool) -> None:
    """Print a table, or JSON."""
    if as_json:
        print(json.dumps({"load": os.getloadavg(), "rows": [asdict(row) for row in rows]}, indent=2))
        return
    table = Table(title=f"{title}; {processor()}, load {os.getloadavg()[0]:.1f}")
    for name in asdict(rows[0]):
        table.add_column(name.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(*(f"{value:.0f}" if isinstance(value, float) else str(value) for value in asdict(row).values()))
    Console(width=180).print(table)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--slow", type=Path, help="package to play over slow links")
    arguments = parser.parse_args()
    if arguments.slow is not None:
        title = f"{arguments.slow.name} over slow links"
        show(slow_rows(arguments.slow, max(arguments.seconds, 2 * _SETTLED_S)), title, as_json=arguments.json)
        return
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        write_synthetic_package(Path(folder) / "ada.a3d")
        with serving(Path(folder)) as server:
            for round_trip_s in _ROUND_TRIPS_S:
                for pacing in ("real-time", "every-frame"):
                    for credits in (4, None):
                        rows.append(play(server.address, round_trip_s, pacing, credits, arguments.seconds))
    show(rows, "60 frames a second", as_json=arguments.json)


if __name__ == "__main__":
    main()
