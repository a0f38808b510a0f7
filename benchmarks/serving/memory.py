"""Memory: what a stream holds in the server while it plays, on a shared connection and on one of its own.

Beside it a stream of a bare grpc.aio server that sends the same bytes as often.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import grpc
import psutil

from ani3d_runtime.client import PlayOptions
from ani3d_runtime.client.protocol.watching import credit
from ani3d_runtime.rpc.methods import PLAY
from ani3d_runtime.testing.packages import write_synthetic_package
from benchmarks.serving.servers import BARE_SLOW, NAMES, SLOW_HZ, Role, server_process
from benchmarks.serving.watching import AVATAR, CLIP, STREAMS_PER_CONNECTION

_Watch: TypeAlias = Callable[[grpc.aio.Channel], Coroutine[Any, Any, None]]

STREAMS = 512
_FIRST_STREAMS = 64
_SETTLED_S = 2.0
_OPTIONS = PlayOptions(loop=True, credits=4, frame_rate_hz=SLOW_HZ)


@dataclass(frozen=True)
class StreamMemory:
    """Resident memory per stream.

    Attributes:
        server: which.
        streams_per_connection: how many share one.
        kb_per_stream: growth of the process's resident memory by further streams, divided by their number.
    """

    server: str
    streams: int
    streams_per_connection: int
    kb_per_stream: float


def stream_memory(folder: Path) -> list[StreamMemory]:
    """Both ways of connecting, each to a server of its own."""
    write_synthetic_package(folder / f"{AVATAR}.a3d")
    rows: list[StreamMemory] = []
    for shared in (STREAMS_PER_CONNECTION, 1):
        for role, watch in _WATCHED.items():
            with server_process(role, folder) as (process, port):
                grown = asyncio.run(_growth_bytes(watch, process, port, shared))
            rows.append(StreamMemory(NAMES[role], STREAMS, shared, grown / STREAMS / 1e3))
    return rows


async def _growth_bytes(watch: _Watch, process: psutil.Process, port: int, shared: int) -> int:
    """What ``STREAMS`` streams add to a server that has served some before."""
    channels: list[grpc.aio.Channel] = []
    readers: list[asyncio.Task[None]] = []

    async def open_streams(count: int) -> None:
        for number in range(count):
            if number % shared == 0:
                options = (("grpc.use_local_subchannel_pool", 1),)
                channels.append(grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options))
            readers.append(asyncio.create_task(watch(channels[-1])))
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
    call = channel.stream_stream(PLAY.path)()
    await call.write(_OPTIONS.start_request(AVATAR, CLIP).SerializeToString())
    while await call.read() is not grpc.aio.EOF:
        await call.write(credit(1).SerializeToString())
    raise RuntimeError(await call.details())


async def _watched_bare(channel: grpc.aio.Channel) -> None:
    call = channel.stream_stream(BARE_SLOW)()
    await call.write(b"")
    while await call.read() is not grpc.aio.EOF:
        pass
    raise RuntimeError(await call.details())


_WATCHED: dict[Role, _Watch] = {"bare": _watched_bare, "ours": _watched}
