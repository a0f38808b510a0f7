"""Watchers of a server: streams that read frames and note when they came."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import grpc

from ani3d_runtime.client import PlayOptions
from ani3d_runtime.client.protocol.watching import credit
from ani3d_runtime.rpc.methods import PLAY
from ani3d_runtime.rpc.v1.playback_pb2 import PlayResponse
from benchmarks.serving.servers import LARGE_BYTES, SMALL_BYTES, TCP_ORDERS

AVATAR, CLIP = "bench", "walk"
STREAMS_PER_CONNECTION = 64
_ANY_SIZE = (("grpc.max_receive_message_length", -1),)


@asynccontextmanager
async def connections(port: int, watchers: int) -> AsyncGenerator[list[grpc.aio.Channel], None]:
    """As many as so many streams take; each is a connection of its own."""
    count = -(-watchers // STREAMS_PER_CONNECTION)
    options = (*_ANY_SIZE, ("grpc.use_local_subchannel_pool", 1))
    channels = [grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options) for _ in range(count)]
    try:
        yield channels
    finally:
        for channel in channels:
            await channel.close()


async def watch_play(channel: grpc.aio.Channel, frames: int, options: PlayOptions) -> list[float]:
    """Read so many of our frames; the times at which they came."""
    call = channel.stream_stream(PLAY.path)()
    await call.write(options.start_request(AVATAR, CLIP).SerializeToString())
    arrivals: list[float] = []
    unpaid = 0
    while len(arrivals) < frames:
        response = await _read(call)
        count = len(PlayResponse.FromString(response).frames)
        arrivals += [time.perf_counter()] * count
        unpaid += count
        if unpaid >= max(options.credits // 2, 1):
            await call.write(credit(unpaid).SerializeToString())
            unpaid = 0
    call.cancel()
    return arrivals


async def watch_bare(channel: grpc.aio.Channel, method: str, frames: int) -> list[float]:
    """Read so many messages of the bare server."""
    call = channel.stream_stream(method)()
    await call.write(b"")
    arrivals: list[float] = []
    while len(arrivals) < frames:
        await _read(call)
        arrivals.append(time.perf_counter())
    call.cancel()
    return arrivals


async def watch_socket(port: int, order: str, frames: int) -> list[float]:
    """Read so many messages of the socket server."""
    size = LARGE_BYTES if order == "large" else SMALL_BYTES
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4 * size)
    writer.write(TCP_ORDERS[order])
    arrivals: list[float] = []
    for _ in range(frames):
        await reader.readexactly(size)
        arrivals.append(time.perf_counter())
    writer.close()
    return arrivals


async def _read(call: grpc.aio.StreamStreamCall[bytes, bytes]) -> bytes:
    response = await call.read()
    if response is grpc.aio.EOF or not isinstance(response, bytes):
        raise RuntimeError(f"the server hung up: {await call.details()}")
    return response
