"""What serving costs: CPU per frame, latency, memory per stream, beside bare grpc.aio and bare sockets.

    python -m benchmarks.serving [--only CHAPTER ...] [--frames 12000] [--runs 3] [--watchers N ...] [--json]
    python -m benchmarks.serving --soak MINUTES [--json]

Chapters: small (light frames of 2 KB to 1, 16, 64, 256 and 1,000 watchers, as fast as possible and 60 times a second),
large (full frames of 400 KB), live (poses in, frames out), memory (of a stream). Every server is a process of its own;
all watchers are in one client process of asyncio, which is what limits the most of them. CPU is the server process's
user and system time. Ours puts frames that are ready into one response, and credits come back on the same stream. The
client process keeps its freed memory, as our server does; bare servers are left as anybody would write them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

import grpc
from rich.console import Console
from rich.table import Table

from ani3d_runtime.server.allocator import keep_freed_memory
from benchmarks.playback import processor
from benchmarks.serving.fan_out import WATCHERS, large_frames, small_frames
from benchmarks.serving.live import live_sessions
from benchmarks.serving.memory import stream_memory
from benchmarks.serving.soak import SoakSample, soak

_FAN_OUT = ("server", "pace", "watchers", "frames/s", "server CPU µs/frame", "interval p99 ms")
_HEADINGS = {
    "small": ("light frames of 2 KB", _FAN_OUT),
    "large": ("full frames of 400 KB", _FAN_OUT),
    "live": (
        "live sessions at 60 Hz, pose in to frame out",
        ("sessions", "subscribers", "poses/s", "server CPU µs/frame", "p50 ms", "p99 ms"),
    ),
    "memory": ("resident memory of a stream", ("server", "streams", "streams per connection", "KB per stream")),
}
PIPED_WIDTH = 120


def main() -> None:
    """Parse, run, print."""
    options = _parser().parse_args()
    keep_freed_memory()
    if options.soak:
        _soak(options.soak, options.json)
        return
    chapters: dict[str, Callable[[Path], Sequence[Any]]] = {
        "small": lambda folder: small_frames(folder, options.frames, options.runs, tuple(options.watchers)),
        "large": lambda folder: large_frames(folder, options.frames, options.runs),
        "live": lambda folder: live_sessions(folder, options.runs),
        "memory": stream_memory,
    }
    found: dict[str, list[dict[str, Any]]] = {}
    for name, chapter in chapters.items():
        if options.only and name not in options.only:
            continue
        with tempfile.TemporaryDirectory() as folder:
            rows = chapter(Path(folder))
        found[name] = [asdict(row) for row in rows]
        if not options.json:
            _print(*_HEADINGS[name], rows)
    if options.json:
        print(json.dumps({"benchmark": "serving", "machine": _machine(), "chapters": found}))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="CHAPTER", choices=tuple(_HEADINGS), help="some of the chapters")
    parser.add_argument("--frames", type=int, default=12_000, help="frames per run, over all watchers")
    parser.add_argument("--watchers", type=int, nargs="+", default=WATCHERS, help="how many, for small frames")
    parser.add_argument("--runs", type=int, default=3, help="of which medians are taken")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="changing load for so long; is memory flat?")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    return parser


def _soak(minutes: float, as_json: bool) -> None:
    def say(sample: SoakSample) -> None:
        print(
            f"{sample.at_s:6.0f} s  {sample.resident_mb:6.1f} MB  {sample.open_files} files  {sample.threads} threads  "
            f"{sample.cpu_share:.0%} CPU  {sample.acts:,} acts, {sample.refused:,} refused",
            file=sys.stderr,
            flush=True,
        )

    with tempfile.TemporaryDirectory() as folder:
        verdict = soak(Path(folder), minutes, say)
    if as_json:
        print(json.dumps({"benchmark": "soak", "machine": _machine(), **asdict(verdict)}))
    else:
        print(
            f"{'flat' if verdict.is_flat else 'NOT flat'}: {verdict.first_mb:.1f} MB at half time, "
            f"{verdict.last_mb:.1f} MB after {verdict.minutes:g} minutes, {verdict.mb_per_hour:+.1f} MB an hour"
        )
    if not verdict.is_flat:
        raise SystemExit(1)


def _machine() -> dict[str, object]:
    return {
        "CPU": processor(),
        "cores": os.cpu_count(),
        "Python": platform.python_version(),
        "grpcio": grpc.__version__,
    }


def _print(title: str, headings: tuple[str, ...], rows: Sequence[Any]) -> None:
    machine = ", ".join(f"{key} {value}" for key, value in _machine().items())
    table = Table(title=title, caption=machine, box=None)
    for heading in headings:
        table.add_column(heading, justify="left" if heading in ("server", "pace") else "right")
    for row in rows:
        table.add_row(*map(_shown, astuple(row)))
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table)


def _shown(value: str | float | None) -> str:
    return "" if value is None else str(value) if isinstance(value, str | int) else f"{value:,.2f}"


if __name__ == "__main__":
    main()
