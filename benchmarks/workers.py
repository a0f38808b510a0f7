"""Frames per second of one and two workers, and what the live bus adds to a live frame's way.

    python -m benchmarks.workers [--json] [--frames 200000] [--runs 3] [--nats]

Clips: 64 streams on 16 connections read 2 KB light frames as fast as they come, in one client process that counts bytes
and looks at nothing; where the machine has two cores, client and workers share them, and the cores that the server got
are shown. Live: poses come in 60 times a second to a session that has a subscriber at its own process and one at
another; the figures are how much later the second sees each frame. Through the hub of the supervisor, and with --nats
between two servers that meet on a nats-server, which must be installed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import grpc
import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from ani3d_runtime.client import AsyncClient, PlayOptions
from ani3d_runtime.client.aio.live import AsyncLiveSubscription
from ani3d_runtime.client.protocol.watching import credit
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.rpc.methods import PLAY
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion
from ani3d_runtime.testing.packages import write_body_package

STREAMS, CONNECTIONS, CREDITS = 64, 16, 256
JOINTS = 120  # 16 bytes each: a payload of 1,952 bytes
HZ, SECONDS = 60.0, 4.0


@dataclass(frozen=True)
class Throughput:
    """Medians over the runs."""

    workers: int
    frames_per_s: float
    server_cpu_us_per_frame: float
    server_cores: float


@dataclass(frozen=True)
class BusLatency:
    """How much later another process's subscriber sees a frame: over all poses of all runs."""

    bus: str
    p50_ms: float
    p99_ms: float
    frames: int


@contextmanager
def serving(folder: Path, *arguments: object) -> Generator[tuple[subprocess.Popen[str], str, list[int]], None, None]:
    """``ani3d serve``, its address and where its metrics are."""
    command = [sys.executable, "-m", "ani3d_runtime.cli", "--json", "serve", str(folder), "--port", "0"]
    command += ["--metrics-port", str(_free_ports()), *map(str, arguments)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        ready = json.loads(server.stdout.readline())
        yield server, ready["address"], ready["metrics_ports"]
    finally:
        server.terminate()
        server.wait(30)
        server.stdout.close()


def throughput(folder: Path, workers: int, frames: int, runs: int) -> Throughput:
    """The service started, measured and stopped."""
    rows: list[tuple[float, float, float]] = []
    with serving(folder, "--workers", workers) as (server, address, _):
        processes = [psutil.Process(server.pid), *psutil.Process(server.pid).children()]
        asyncio.run(_watch_all(address, frames // 4))
        for _ in range(runs):
            before_s, started_s = _cpu_s(processes), time.perf_counter()
            received = asyncio.run(_watch_all(address, frames))
            seconds, cpu_s = time.perf_counter() - started_s, _cpu_s(processes) - before_s
            rows.append((received / seconds, cpu_s / received * 1e6, cpu_s / seconds))
    return Throughput(workers, *map(statistics.median, zip(*rows, strict=True)))


async def _watch_all(address: str, frames: int) -> int:
    options = (("grpc.use_local_subchannel_pool", 1),)
    channels = [grpc.aio.insecure_channel(address, options=options) for _ in range(CONNECTIONS)]
    try:
        each = -(-frames // STREAMS)
        counts = await asyncio.gather(*(_watch(channels[n % CONNECTIONS], each) for n in range(STREAMS)))
        return sum(counts)
    finally:
        for channel in channels:
            await channel.close()


async def _watch(channel: grpc.aio.Channel, frames: int) -> int:
    """Read at least so many frames; responses are bytes, and frames are of one size."""
    call = channel.stream_stream(PLAY.path)()
    options = PlayOptions(pacing="every-frame", loop=True, credits=CREDITS)
    await call.write(options.start_request("bench", "walk").SerializeToString())
    count = 0
    while count < frames:
        response = await call.read()
        if not isinstance(response, bytes):
            raise RuntimeError(f"the server hung up: {await call.details()}")
        received = len(response) // (16 * JOINTS)
        count += received
        if received:
            await call.write(credit(received).SerializeToString())
    call.cancel()
    return count


async def bus_latency(owner: str, far: list[str], owner_metrics: list[int], runs: int) -> list[float]:
    """Seconds by which each frame comes later through another process.

    Args:
        owner: address of the server that is to have the session.
        far: addresses to subscribe at until one of them is answered by another process.
        owner_metrics: where the workers at ``owner`` say what they have; empty where ``far`` is another server.
        runs: of four seconds each.
    """
    async with AsyncClient(owner) as client:
        ticket = await client.live.create("dancer")
        publisher = await client.live.publish(ticket)
        near = await client.live.subscribe(ticket.session_id, credits=64)
        clients = [AsyncClient(address) for address in far]
        streams: list[AsyncLiveSubscription] = []
        for one in clients:
            before = _streams_of_owner(owner_metrics)
            streams.append(await one.live.subscribe(ticket.session_id, credits=64))
            if not owner_metrics or _streams_of_owner(owner_metrics) == before:
                break
        poses = int(HZ * SECONDS) * runs
        arrivals: tuple[dict[float, float], dict[float, float]] = ({}, {})

        async def listen(source: AsyncLiveSubscription, seen: dict[float, float]) -> None:
            async for frame in source:
                seen[float(frame.root_translation_m[0])] = time.perf_counter()  # type: ignore[union-attr]
                if len(seen) == poses:
                    return

        listeners = [asyncio.create_task(listen(*pair)) for pair in zip((near, streams[-1]), arrivals, strict=True)]
        standing = np.tile(np.array([1, 0, 0, 0], dtype=np.float32), (24, 1))
        due_s = time.perf_counter()
        for number in range(poses):
            await publisher.send(standing, np.array([number, 0, 0], dtype=np.float32))
            due_s += 1 / HZ
            await asyncio.sleep(due_s - time.perf_counter())
        _, late = await asyncio.wait(listeners, timeout=1.0)
        for listener in late:
            listener.cancel()
        later = [arrivals[1][place] - at for place, at in arrivals[0].items() if place in arrivals[1]]
        await client.live.end(ticket)
        for one in clients:
            await one.close()
    return later


def _streams_of_owner(metrics_ports: list[int]) -> int:
    """Live streams of the worker that has the session."""
    for port in metrics_ports:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        if re.search(r"^ani3d_live_sessions [1-9]", text, re.MULTILINE):
            found = re.search(r'^ani3d_streams{kind="live"} (\d+)', text, re.MULTILINE)
            return int(found[1]) if found else 0
    return 0


def through_the_hub(folder: Path, runs: int) -> list[float]:
    """Between two workers."""
    with serving(folder, "--workers", 2) as (_, address, metrics_ports):
        return asyncio.run(bus_latency(address, [address] * 20, metrics_ports, runs))


def through_nats(folder: Path, runs: int) -> list[float]:
    """Between two servers."""
    port = _free_ports()
    command = ["nats-server", "-a", "127.0.0.1", "-p", str(port)]
    bus = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1.0)
        at = ("--bus", f"nats://127.0.0.1:{port}")
        with serving(folder, *at) as (_, owner, _), serving(folder, *at) as (_, far, _):
            return asyncio.run(bus_latency(owner, [far], [], runs))
    finally:
        bus.terminate()
        bus.wait(10)


def _free_ports() -> int:
    """A free port with, most probably, another one after it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _cpu_s(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=200_000, help="frames per run, over all streams")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--nats", action="store_true", help="the bus of several machines, too")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        avatar = synthetic_avatar(200, joint_count=JOINTS)
        write_package(
            folder / "bench.a3d", avatar, [ClipSource("walk", synthetic_motion(avatar.skeleton, 300, name="walk"))]
        )
        write_body_package(folder / "dancer.a3d")
        rates = [throughput(folder, workers, arguments.frames, arguments.runs) for workers in (1, 2)]
        found = {"hub": through_the_hub(folder, arguments.runs)}
        if arguments.nats:
            found["NATS"] = through_nats(folder, arguments.runs)
    delays: list[BusLatency] = []
    for bus, later in found.items():
        p50_ms, p99_ms = np.percentile(np.array(later) * 1e3, [50, 99])
        delays.append(BusLatency(bus, float(p50_ms), float(p99_ms), len(later)))
    machine = f"{os.cpu_count()} x {platform.processor() or platform.machine()}, Python {platform.python_version()}"
    if arguments.json:
        rows = {"throughput": [asdict(row) for row in rates], "bus": [asdict(row) for row in delays]}
        print(json.dumps({"machine": machine, "grpcio": grpc.__version__, **rows}))
        return
    table = Table(title=f"workers; {machine}, grpcio {grpc.__version__}", box=None)
    for column in ("workers", "frames/s", "ratio", "server CPU µs/frame", "server cores"):
        table.add_column(column, justify="right")
    for row in rates:
        ratio = row.frames_per_s / rates[0].frames_per_s
        table.add_row(
            str(row.workers),
            f"{row.frames_per_s:,.0f}",
            f"{ratio:.2f}",
            f"{row.server_cpu_us_per_frame:.1f}",
            f"{row.server_cores:.2f}",
        )
    Console().print(table)
    table = Table(title="a frame comes later through the live bus by", box=None)
    for column in ("bus", "p50 ms", "p99 ms", "frames"):
        table.add_column(column, justify="right")
    for row in delays:
        table.add_row(row.bus, f"{row.p50_ms:.2f}", f"{row.p99_ms:.2f}", str(row.frames))
    Console().print(table)


if __name__ == "__main__":
    main()
