"""Memory: what a stream holds in the server while it plays, on a shared connection and on one of its own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import grpc
import psutil

from ani3d_runtime.client import PlayOptions
from ani3d_runtime.client.watching import credit
from ani3d_runtime.testing.packages import write_synthetic_package
from benchmarks.serving.servers import server_process
from benchmarks.serving.watching import AVATAR, CLIP, PLAY, STREAMS_PER_CONNECTION

STREAMS = 512
_FIRST_STREAMS = 64
_SETTLED_S = 2.0
# Light frames of 2 KB, one a second: what counts is what a stream keeps, not what is on its way.
_OPTIONS = PlayOptions(loop=True, credits=4, frame_rate_hz=1.0)


@dataclass(frozen=True)
class StreamMemory:
    """Resident memory per stream.

    Attributes:
        streams_per_connection: how many share one.
        kb_per_stream: growth of the process's resident memory by further streams, divided by their number.
    """

    streams: int
    streams_per_connection: int
    kb_per_stream: float


def stream_memory(folder: Path) -> list[StreamMemory]:
    """Both ways of connecting, each to a server of its own."""
    write_synthetic_package(folder / f"{AVATAR}.a3d")
    rows: list[StreamMemory] = []
    for shared in (STREAMS_PER_CONNECTION, 1):
        with server_process("ours", folder) as (process, port):
            grown = asyncio.run(_growth_bytes(process, port, shared))
        rows.append(StreamMemory(STREAMS, shared, grown / STREAMS / 1e3))
    return rows


async def _growth_bytes(process: psutil.Process, port: int, shared: int) -> int:
    """What ``STREAMS`` streams add to a server that has served some before."""
    channels: list[grpc.aio.Channel] = []
    readers: list[asyncio.Task[None]] = []

    async def open_streams(count: int) -> None:
        for number in range(count):
            if number % shared == 0:
                options = (("grpc.use_local_subchannel_pool", 1),)
                channels.append(grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options))
            readers.append(asyncio.create_task(_watched(channels[-1])))
        await asyncio.sleep(_SETTLED_S)

    await open_streams(_FIRST_STREAMS)
    before = process.memory_info().rss
    await open_streams(STREAMS)
    grown = process.memory_info().rss - before
    broken = [reader for reader in readers if reader.done()]
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    for channel in channels:
        await channel.close()
    if broken:
        raise RuntimeError(f"{len(broken)} of {len(readers)} streams ended: {broken[0].exception()}")
    return grown


async def _watched(channel: grpc.aio.Channel) -> None:
    """Play for ever; credits are paid back one by one."""
    call = channel.stream_stream(PLAY)()
    await call.write(_OPTIONS.start_request(AVATAR, CLIP).SerializeToString())
    while await call.read() is not grpc.aio.EOF:
        await call.write(credit(1).SerializeToString())
    raise RuntimeError(await call.details())
