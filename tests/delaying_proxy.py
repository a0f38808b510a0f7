"""A TCP proxy that takes its time in both directions, carries no more than a link, and can cut its connections."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Coroutine
from typing import Any

# Of a slow link: what it carries in a few milliseconds.
_PACKET_BYTES = 1448


class DelayingProxy:
    """Between a client and a server; what comes first leaves first. A context manager, on a thread of its own.

    Args:
        target: ``host:port`` of the server.
        delay_s: one way.
        jitter_s: at most so much longer, anew for each piece.
        bytes_per_s: of each direction; None for no limit. May be set at any time.
        buffer_bytes: of a slow link, before it; what does not fit waits at the sender, as over TCP.
    """

    def __init__(
        self,
        target: str,
        delay_s: float,
        *,
        jitter_s: float = 0.0,
        bytes_per_s: float | None = None,
        buffer_bytes: int = 256 << 10,
    ) -> None:
        self._host, _, port = target.rpartition(":")
        self._port = int(port)
        self._delay_s, self._jitter_s = delay_s, jitter_s
        self.bytes_per_s = bytes_per_s
        self._buffer_bytes = buffer_bytes
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._dice = random.Random(0)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.address = ""

    def __enter__(self) -> DelayingProxy:
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._connected, "127.0.0.1", 0), self._loop
        ).result(10)
        self._server = server
        self.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def cut(self) -> None:
        """End every connection without a word."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)

    async def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _close(self) -> None:
        self._server.close()
        await self._cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*list(self._tasks), return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            up_reader, up_writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, up_writer}
        for source, sink in ((reader, up_writer), (up_reader, writer)):
            self._keep(self._carry(source, sink))

    def _keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        sending = self._keep(self._send(pieces, sink))
        free_s = leaves_s = 0.0
        with contextlib.suppress(OSError):
            while piece := await source.read(1 << 16 if self.bytes_per_s is None else _PACKET_BYTES):
                now_s = time.monotonic()
                if self.bytes_per_s is not None:
                    free_s = max(free_s, now_s) + len(piece) / self.bytes_per_s
                late_s = self._delay_s + self._jitter_s * self._dice.random()
                leaves_s = max(leaves_s, max(now_s, free_s) + late_s)
                pieces.put_nowait((leaves_s, piece))
                if self.bytes_per_s is not None:
                    # More than the link's buffer holds waits where it comes from.
                    await asyncio.sleep(max(0.0, free_s - now_s - self._buffer_bytes / self.bytes_per_s))
        pieces.put_nowait((leaves_s, b""))
        await sending

    async def _send(self, pieces: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                leaves_s, piece = await pieces.get()
                await asyncio.sleep(max(0.0, leaves_s - time.monotonic()))
                if not piece:
                    break
                sink.write(piece)
                await sink.drain()
        sink.close()
        self._writers.discard(sink)
