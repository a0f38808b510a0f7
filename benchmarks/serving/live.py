"""Live sessions: poses come in 60 times a second, frames go out; how late they are, and what they cost the server."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.client import AsyncClient, PublishOptions
from ani3d_runtime.testing.packages import write_body_package
from benchmarks.serving.servers import PACED_HZ, cpu_s, server_process

# Sessions, and subscribers of each; none means that the publisher is answered.
SHAPES = ((1, 0), (16, 0), (1, 64))
_CREDITS = 64
_SECONDS = 4.0
_AVATAR = "dancer"


@dataclass(frozen=True)
class LiveFigures:
    """One measurement: medians over the runs.

    Attributes:
        poses_per_s: that became frames.
        server_cpu_us: per frame sent, to publishers and subscribers.
        p50_ms, p99_ms: pose in to frame out, at the publisher or at all subscribers.
    """

    sessions: int
    subscribers: int
    poses_per_s: float
    server_cpu_us: float
    p50_ms: float
    p99_ms: float


def live_sessions(folder: Path, runs: int) -> list[LiveFigures]:
    """All shapes; latency is from before a pose is sent to after its frame is decoded, in one client process."""
    write_body_package(folder / f"{_AVATAR}.a3d")
    motion = read_motion("cmu_01_01", load_builtin_body().skeleton)
    rows: list[LiveFigures] = []
    with server_process("ours", folder) as (process, port):
        for shape in SHAPES:
            found = [asyncio.run(_measured(process, port, motion, *shape)) for _ in range(runs)]
            names = [field.name for field in fields(LiveFigures)]
            rows.append(LiveFigures(*(statistics.median(getattr(row, name) for row in found) for name in names)))
    return rows


async def _measured(process: psutil.Process, port: int, motion: Motion, sessions: int, subscribers: int) -> LiveFigures:
    poses = int(PACED_HZ * _SECONDS)
    async with AsyncClient(f"127.0.0.1:{port}") as client:
        await perform(client, motion, 30, 1)
        before, started = cpu_s(process), time.perf_counter()
        found = await asyncio.gather(*(perform(client, motion, poses, subscribers) for _ in range(sessions)))
        seconds, spent_s = time.perf_counter() - started, cpu_s(process) - before
    latencies_ms = np.concatenate(found) * 1e3
    frames = len(latencies_ms)
    p50, p99 = np.percentile(latencies_ms, [50, 99])
    poses_per_s = frames / max(subscribers, 1) / seconds
    return LiveFigures(sessions, subscribers, poses_per_s, spent_s / frames * 1e6, float(p50), float(p99))


async def perform(
    client: AsyncClient, motion: Motion, poses: int, subscribers: int, avatar: str = _AVATAR
) -> list[float]:
    """One session at 60 Hz; the latencies of all frames that came, seconds."""
    ticket = await client.live.create(avatar)
    options = PublishOptions(answers=None if subscribers else "light", credits=_CREDITS)
    publisher = await client.live.publish(ticket, options=options)
    streams = [await client.live.subscribe(ticket.session_id, credits=_CREDITS) for _ in range(subscribers)]
    sent_s: dict[bytes, float] = {}
    latencies: list[float] = []

    async def listen(stream: Any) -> None:
        count = 0
        async for frame in stream:
            latencies.append(time.perf_counter() - sent_s[frame.root_translation_m.tobytes()])
            count += 1
            if count == poses:
                return

    listeners = [asyncio.create_task(listen(stream)) for stream in streams or [publisher]]
    due_s = time.perf_counter()
    for number in range(poses):
        # Every root is another one, so that a frame tells its pose.
        root = motion.root_translation_m[number % motion.frame_count] + np.float32(number) * np.float32(1e-3)
        sent_s[root.tobytes()] = time.perf_counter()
        await publisher.send(motion.joint_rotations_wxyz[number % motion.frame_count], root)
        due_s += 1 / PACED_HZ
        await asyncio.sleep(due_s - time.perf_counter())
    _, late = await asyncio.wait(listeners, timeout=1.0)
    for listener in late:  # frames were dropped
        listener.cancel()
    for stream in (*streams, publisher):
        await stream.close()
    await client.live.end(ticket)
    return latencies
