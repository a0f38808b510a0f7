"""Clips to many watchers: frames per second and the server's CPU per frame, beside bare grpc.aio and bare sockets."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil

from ani3d_runtime.client import PlayOptions
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion
from benchmarks.serving.servers import (
    BARE,
    BARE_LARGE,
    BARE_PACED,
    LARGE_FRAMES,
    NAMES,
    PACED_HZ,
    Role,
    cpu_s,
    server_process,
)
from benchmarks.serving.watching import AVATAR, CLIP, connections, watch_bare, watch_play, watch_socket

WATCHERS = (1, 16, 64, 256, 1000)
# A client process in Python reads about 20,000 frames a second: more watchers cannot be paced at 60 Hz from one.
MOST_PACED = 256
PACED_S = 4.0
LARGE_WATCHERS = (1, 16)
_CREDITS = 64
_LARGE_CREDITS = 8
_JOINTS = 120  # 16 bytes each: a payload of 1,952 bytes
_LARGE_GAUSSIANS = 14_300  # 28 bytes each: a payload of 400 KB


@dataclass(frozen=True)
class FanOut:
    """One measurement: medians over the runs.

    Attributes:
        server: which. pace: as fast as possible, or frames a second that are asked for.
        server_cpu_us: microseconds of user and system time per frame.
        interval_p99_ms: between frames at a watcher, where they are paced.
    """

    server: str
    pace: str
    watchers: int
    frames_per_s: float
    server_cpu_us: float
    interval_p99_ms: float | None


def small_frames(folder: Path, frames: int, runs: int, watchers: tuple[int, ...] = WATCHERS) -> list[FanOut]:
    """Light frames of 2 KB, as fast as credits allow and 60 times a second."""
    _write_clip(folder, 200, _JOINTS)
    fast = PlayOptions(pacing="every-frame", loop=True, credits=_CREDITS)
    paced = PlayOptions(loop=True, credits=_CREDITS, frame_rate_hz=PACED_HZ)
    rows: list[FanOut] = []
    for role in NAMES:
        with server_process(role, folder) as (process, port):
            for count in watchers:
                watch = _watcher(role, port, fast, BARE, "small")
                rows.append(_median([_run(process, watch, count, frames) for _ in range(runs)], role, "fastest"))
                if count <= MOST_PACED:
                    watch = _watcher(role, port, paced, BARE_PACED, "paced")
                    total = int(PACED_HZ * PACED_S) * count
                    found = [_run(process, watch, count, total) for _ in range(runs)]
                    rows.append(_median(found, role, f"{PACED_HZ:.0f}/s"))
    return rows


def large_frames(folder: Path, frames: int, runs: int) -> list[FanOut]:
    """Full frames of 400 KB, as fast as credits allow."""
    _write_clip(folder, _LARGE_GAUSSIANS, 24)
    options = PlayOptions(mode="full", pacing="every-frame", loop=True, credits=_LARGE_CREDITS)
    rows: list[FanOut] = []
    for role in NAMES:
        with server_process(role, folder) as (process, port):
            for count in LARGE_WATCHERS:
                watch = _watcher(role, port, options, BARE_LARGE, "large")
                found = [_run(process, watch, count, frames) for _ in range(runs)]
                rows.append(_median(found, role, "fastest"))
    return rows


_Watch = Callable[[int, int], Awaitable[list[list[float]]]]
# Watchers, frames a second, CPU seconds a frame, p99 interval in seconds.
_Found = tuple[int, float, float, float]


def _write_clip(folder: Path, gaussians: int, joints: int) -> None:
    avatar = synthetic_avatar(gaussians, joint_count=joints)
    motion = synthetic_motion(avatar.skeleton, LARGE_FRAMES, name=CLIP)
    write_package(folder / f"{AVATAR}.a3d", avatar, [ClipSource(CLIP, motion)])


def _watcher(role: Role, port: int, options: PlayOptions, method: str, order: str) -> _Watch:
    async def watch(watchers: int, frames_each: int) -> list[list[float]]:
        if role == "tcp":
            return await asyncio.gather(*(watch_socket(port, order, frames_each) for _ in range(watchers)))
        async with connections(port, watchers) as channels:
            chosen = [channels[number % len(channels)] for number in range(watchers)]
            if role == "ours":
                return await asyncio.gather(*(watch_play(channel, frames_each, options) for channel in chosen))
            return await asyncio.gather(*(watch_bare(channel, method, frames_each) for channel in chosen))

    return watch


def _run(process: psutil.Process, watch: _Watch, watchers: int, frames: int) -> _Found:
    each = max(frames // watchers, 3)

    async def measured() -> _Found:
        await watch(1, 50)
        before, started = cpu_s(process), time.perf_counter()
        arrivals = await watch(watchers, each)
        seconds, spent_s = time.perf_counter() - started, cpu_s(process) - before
        total = sum(map(len, arrivals))
        gaps = sorted(b - a for times in arrivals for a, b in pairwise(times[2:]))
        p99_s = gaps[int(0.99 * (len(gaps) - 1))] if gaps else 0.0
        return watchers, total / seconds, spent_s / total, p99_s

    return asyncio.run(measured())


def _median(found: list[_Found], role: Role, pace: str) -> FanOut:
    frames_per_s, spent_s, p99_s = (statistics.median(run[index] for run in found) for index in (1, 2, 3))
    interval_ms = None if pace == "fastest" else p99_s * 1e3
    return FanOut(NAMES[role], pace, found[0][0], frames_per_s, spent_s * 1e6, interval_ms)
