"""Light frames per second and server CPU per frame, against a bare grpc.aio server that sends constant bytes.

    python -m benchmarks.serving [--json] [--frames 12000] [--runs 3]

Both servers run as processes of their own and send frames of about 2 KB as fast as credits allow, or 60 times a second
in the paced rows. CPU is the server process's user and system time.
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
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import grpc
import psutil
from rich.console import Console
from rich.table import Table

from ani3d_runtime.client import PlayOptions
from ani3d_runtime.client.watching import credit
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.server import ServerOptions, run_until_signalled
from ani3d_runtime.server.app import run_on_fast_loop
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion

WATCHERS = (1, 16, 64)
JOINTS = 120  # 16 bytes each: a payload of 1,952 bytes
CREDITS = 64
PACED_HZ = 60.0
PACED_SECONDS = 4.0
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
    """Read ``frames`` responses; the times at which they came."""
    call = channel.stream_stream(method)()
    await call.write(options.start_request("bench", "walk").SerializeToString())
    batch = credit(CREDITS // 2).SerializeToString()
    arrivals: list[float] = []
    for number in range(1, frames + 1):
        if await call.read() is grpc.aio.EOF:
            raise RuntimeError(f"the server hung up: {await call.details()}")
        arrivals.append(time.perf_counter())
        if number % (CREDITS // 2) == 0 and method == PLAY:
            await call.write(batch)
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
    total = each * watchers
    gaps = sorted(b - a for times in arrivals for a, b in pairwise(times[2:]))
    p99 = gaps[int(0.99 * (len(gaps) - 1))] * 1000 if gaps else None
    name = "ani3d" if method == PLAY else "bare grpc.aio"
    if options.pacing == "real-time":
        name += " paced"
    return Row(name, watchers, total / seconds, cpu_s / total * 1e6, p99)


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
            command = [sys.executable, "-m", "benchmarks.serving", "--role", role, "--folder", folder]
            server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            assert server.stdout is not None
            try:
                port = int(server.stdout.readline())
                process = psutil.Process(server.pid)
                fast = PlayOptions(pacing="every-frame", loop=True, credits=CREDITS)
                paced = PlayOptions(loop=True, credits=CREDITS, frame_rate_hz=PACED_HZ)
                for watchers in WATCHERS:
                    paced_frames = int(PACED_HZ * PACED_SECONDS) * watchers
                    for name, options, count in ((method, fast, frames), (paced_method, paced, paced_frames)):
                        found = [
                            asyncio.run(measure(process, port, name, watchers, count, options)) for _ in range(runs)
                        ]
                        rows.append(median(found))
            finally:
                server.terminate()
                server.wait(10)
                server.stdout.close()
    return rows


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=12_000, help="frames per run, over all watchers")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--role", choices=("bare", "ours"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.role == "bare":
        run_on_fast_loop(bare_server())
        return
    if arguments.role == "ours":
        our_server(arguments.folder)
        return
    rows = run(arguments.frames, arguments.runs)
    machine = f"{os.cpu_count()} x {platform.processor() or platform.machine()}, Python {platform.python_version()}"
    if arguments.json:
        print(json.dumps({"machine": machine, "grpcio": grpc.__version__, "rows": [asdict(row) for row in rows]}))
        return
    table = Table(title=f"serving 2 KB light frames; {machine}, grpcio {grpc.__version__}", box=None)
    for column in ("server", "watchers", "frames/s", "server CPU µs/frame", "interval p99 ms"):
        table.add_column(column, justify="left" if column == "server" else "right")
    for row in rows:
        gap = "" if row.interval_ms_p99 is None else f"{row.interval_ms_p99:.1f}"
        table.add_row(
            row.server, str(row.watchers), f"{row.frames_per_s:,.0f}", f"{row.server_cpu_us_per_frame:.1f}", gap
        )
    Console().print(table)


if __name__ == "__main__":
    main()
