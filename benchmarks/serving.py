"""Light frames per second and server CPU per frame, against a bare grpc.aio server that sends constant bytes.

    python -m benchmarks.serving [--json] [--frames 12000] [--runs 3] [--live]

Both servers run as processes of their own and send frames of about 2 KB as fast as credits allow, or 60 times a second
in the paced rows. Ours puts frames that are ready into one response. CPU is the server process's user and system time.

With --live: poses of 24 joints come in 60 times a second to 1 and 16 sessions, and to one that 64 watch; the latency is
from before a pose is sent to after its frame is decoded, in one client process of asyncio.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.client import AsyncClient, PlayOptions, PublishOptions
from ani3d_runtime.client.watching import credit
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.rpc.v1.playback_pb2 import PlayResponse
from ani3d_runtime.server import ServerOptions, run_until_signalled
from ani3d_runtime.server.app import run_on_fast_loop
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion
from ani3d_runtime.testing.packages import write_body_package

WATCHERS = (1, 16, 64)
LIVE = ((1, 0), (16, 0), (1, 64))  # sessions, subscribers of each; none means that the publisher is answered
JOINTS = 120  # 16 bytes each: a payload of 1,952 bytes
CREDITS = 64
PACED_HZ = 60.0
PACED_SECONDS = 4.0
HEADINGS = ("server", "watchers", "frames/s", "server CPU µs/frame", "interval p99 ms")
LIVE_HEADINGS = ("sessions", "subscribers", "poses/s", "server CPU µs/frame", "p50 ms", "p99 ms")
BARE = "/bare.Bare/Send"
BARE_PACED = "/bare.Bare/SendPaced"
PLAY = "/ani3d_runtime.rpc.v1.PlaybackService/Play"


@dataclass(frozen=True)
class Row:
    """One measurement: medians over the runs."""

    server: str
    watchers: int
    frames_per_s: float
    server_cpu_us_per_frame: float
    interval_ms_p99: float | None = None


async def bare_server() -> None:
    """What gRPC itself costs."""
    payload = bytes(1984)

    async def send(requests: AsyncIterator[bytes], context: Any) -> None:
        del requests
        while True:
            await context.write(payload)

    async def send_paced(requests: AsyncIterator[bytes], context: Any) -> None:
        del requests
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            await context.write(payload)
            due_s += 1 / PACED_HZ
            await asyncio.sleep(due_s - loop.time())

    server = grpc.aio.server()
    handlers = {"Send": send, "SendPaced": send_paced}
    methods = {name: grpc.stream_stream_rpc_method_handler(handler) for name, handler in handlers.items()}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bare.Bare", methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()


def our_server(folder: Path) -> None:
    """What users run."""
    run_until_signalled(folder, ServerOptions(port=0), lambda server: print(server.port, flush=True))


async def watch(channel: grpc.aio.Channel, method: str, frames: int, options: PlayOptions) -> list[float]:
    """Read ``frames`` frames; the times at which they came."""
    call = channel.stream_stream(method)()
    await call.write(options.start_request("bench", "walk").SerializeToString())
    arrivals: list[float] = []
    unpaid = 0
    while len(arrivals) < frames:
        response = await call.read()
        if response is grpc.aio.EOF:
            raise RuntimeError(f"the server hung up: {await call.details()}")
        count = len(PlayResponse.FromString(response).frames) if method == PLAY else 1
        arrivals += [time.perf_counter()] * count
        unpaid += count
        if unpaid >= CREDITS // 2 and method == PLAY:
            await call.write(credit(unpaid).SerializeToString())
            unpaid = 0
    call.cancel()
    return arrivals


async def measure(
    process: psutil.Process, port: int, method: str, watchers: int, frames: int, options: PlayOptions
) -> Row:
    """One run: ``watchers`` streams on one channel read ``frames`` frames in all."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        await watch(channel, method, 50, options)
        before, started = process.cpu_times(), time.perf_counter()
        each = max(frames // watchers, 2)
        arrivals = await asyncio.gather(*(watch(channel, method, each, options) for _ in range(watchers)))
        seconds = time.perf_counter() - started
        after = process.cpu_times()
    cpu_s = after.user + after.system - before.user - before.system
    gaps = sorted(b - a for times in arrivals for a, b in pairwise(times[2:]))
    p99 = gaps[int(0.99 * (len(gaps) - 1))] * 1000 if gaps else None
    name = "ani3d" if method == PLAY else "bare grpc.aio"
    if options.pacing == "real-time":
        name += " paced"
    total = sum(len(times) for times in arrivals)
    return Row(name, watchers, total / seconds, cpu_s / total * 1e6, p99)


@dataclass(frozen=True)
class LiveRow:
    """One measurement of live sessions: medians over the runs.

    Attributes:
        poses_per_s: that became frames.
        server_cpu_us_per_frame: per frame sent, to publishers and subscribers.
        latency_ms_p50, latency_ms_p99: pose in to frame out, at the publisher or at all subscribers.
    """

    sessions: int
    subscribers: int
    poses_per_s: float
    server_cpu_us_per_frame: float
    latency_ms_p50: float
    latency_ms_p99: float


async def perform(client: AsyncClient, motion: Motion, poses: int, subscribers: int) -> tuple[int, list[float]]:
    """One session at 60 Hz; frames received, and their latencies."""
    ticket = await client.live.create("dancer")
    options = PublishOptions(answers=None if subscribers else "light", credits=CREDITS)
    publisher = await client.live.publish(ticket, options=options)
    streams = [await client.live.subscribe(ticket.session_id, credits=CREDITS) for _ in range(subscribers)]
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
    return len(latencies), latencies


async def measure_live(
    process: psutil.Process, port: int, motion: Motion, sessions: int, subscribers: int, poses: int
) -> LiveRow:
    """One run."""
    async with AsyncClient(f"127.0.0.1:{port}") as client:
        await perform(client, motion, 30, 1)
        before, started = process.cpu_times(), time.perf_counter()
        found = await asyncio.gather(*(perform(client, motion, poses, subscribers) for _ in range(sessions)))
        seconds = time.perf_counter() - started
        after = process.cpu_times()
    cpu_s = after.user + after.system - before.user - before.system
    latencies_ms = np.concatenate([latencies for _, latencies in found]) * 1e3
    frames = sum(count for count, _ in found)
    p50, p99 = np.percentile(latencies_ms, [50, 99])
    poses_per_s = frames / max(subscribers, 1) / seconds
    return LiveRow(sessions, subscribers, poses_per_s, cpu_s / frames * 1e6, float(p50), float(p99))


def run_live(runs: int) -> list[LiveRow]:
    """All live rows, the server started and stopped."""
    rows: list[LiveRow] = []
    with tempfile.TemporaryDirectory() as folder:
        write_body_package(Path(folder) / "dancer.a3d")
        motion = read_motion("cmu_01_01", load_builtin_body().skeleton)
        with server_process("ours", folder) as (process, port):
            for sessions, subscribers in LIVE:
                poses = int(PACED_HZ * PACED_SECONDS)
                found = [
                    asyncio.run(measure_live(process, port, motion, sessions, subscribers, poses)) for _ in range(runs)
                ]
                middle = {
                    field: statistics.median(getattr(row, field) for row in found)
                    for field in LiveRow.__dataclass_fields__
                }
                rows.append(LiveRow(**middle))
    return rows


@contextmanager
def server_process(role: str, folder: str) -> Iterator[tuple[psutil.Process, int]]:
    """A server in a process of its own, and its port."""
    command = [sys.executable, "-m", "benchmarks.serving", "--role", role, "--folder", folder]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        port = int(server.stdout.readline())
        yield psutil.Process(server.pid), port
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()


def median(rows: list[Row]) -> Row:
    """The median of every figure."""
    gaps = [row.interval_ms_p99 for row in rows if row.interval_ms_p99 is not None]
    return Row(
        rows[0].server,
        rows[0].watchers,
        statistics.median(row.frames_per_s for row in rows),
        statistics.median(row.server_cpu_us_per_frame for row in rows),
        statistics.median(gaps) if gaps and rows[0].server.endswith("paced") else None,
    )


def run(frames: int, runs: int) -> list[Row]:
    """Everything, servers started and stopped."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        avatar = synthetic_avatar(200, joint_count=JOINTS)
        motion = synthetic_motion(avatar.skeleton, 300, name="walk")
        write_package(Path(folder) / "bench.a3d", avatar, [ClipSource("walk", motion)])
        for role, method, paced_method in (("bare", BARE, BARE_PACED), ("ours", PLAY, PLAY)):
            with server_process(role, folder) as (process, port):
                fast = PlayOptions(pacing="every-frame", loop=True, credits=CREDITS)
                paced = PlayOptions(loop=True, credits=CREDITS, frame_rate_hz=PACED_HZ)
                for watchers in WATCHERS:
                    paced_frames = int(PACED_HZ * PACED_SECONDS) * watchers
                    for name, options, count in ((method, fast, frames), (paced_method, paced, paced_frames)):
                        found = [
                            asyncio.run(measure(process, port, name, watchers, count, options)) for _ in range(runs)
                        ]
                        rows.append(median(found))
    return rows


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=12_000, help="frames per run, over all watchers")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--live", action="store_true", help="live sessions instead of clips")
    parser.add_argument("--role", choices=("bare", "ours"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.role == "bare":
        run_on_fast_loop(bare_server())
        return
    if arguments.role == "ours":
        our_server(arguments.folder)
        return
    rows = run_live(arguments.runs) if arguments.live else run(arguments.frames, arguments.runs)
    machine = f"{os.cpu_count()} x {platform.processor() or platform.machine()}, Python {platform.python_version()}"
    if arguments.json:
        print(json.dumps({"machine": machine, "grpcio": grpc.__version__, "rows": [asdict(row) for row in rows]}))
        return
    what = "live sessions at 60 Hz" if arguments.live else "serving 2 KB light frames"
    table = Table(title=f"{what}; {machine}, grpcio {grpc.__version__}", box=None)
    headings = LIVE_HEADINGS if arguments.live else HEADINGS
    for column in headings:
        table.add_column(column, justify="left" if column == "server" else "right")
    for row in rows:
        table.add_row(*(_shown(value) for value in astuple(row)))
    Console().print(table)


def _shown(value: str | float | None) -> str:
    return "" if value is None else str(value) if isinstance(value, str | int) else f"{value:,.1f}"


if __name__ == "__main__":
    main()
