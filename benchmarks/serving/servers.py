"""The servers that are compared, each a process of its own: ours, a bare grpc.aio server, a bare socket server.

Run as a module, with a role and a folder, it is one of them; it prints its port and serves until it is told to end.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import grpc
import psutil

from ani3d_runtime.server import ServerOptions, run_until_signalled
from ani3d_runtime.server.app import run_on_fast_loop

Role = Literal["ours", "bare", "tcp"]
NAMES: dict[Role, str] = {"tcp": "bare asyncio TCP", "bare": "bare grpc.aio", "ours": "ani3d"}

SMALL_BYTES, LARGE_BYTES = 1984, 400_000
# As many as the clip has: one frame again and again would never leave the cache.
LARGE_FRAMES = 60
PACED_HZ = 60.0
# Of streams whose memory counts: what a stream keeps, not what is on its way.
SLOW_HZ = 1.0
BARE, BARE_PACED, BARE_LARGE = "/bare.Bare/Send", "/bare.Bare/SendPaced", "/bare.Bare/SendLarge"
BARE_SLOW = "/bare.Bare/SendSlow"
# A socket server is told with the first byte what to send.
TCP_ORDERS = {"small": b"s", "paced": b"p", "large": b"l"}
_MOST_STREAMS = 4096
_SMALL = [bytes(SMALL_BYTES)]


@contextmanager
def server_process(role: Role, folder: Path) -> Generator[tuple[psutil.Process, int], None, None]:
    """A server in a process of its own, and its port."""
    command = [sys.executable, "-m", "benchmarks.serving.servers", role, str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        port = int(server.stdout.readline())
        yield psutil.Process(server.pid), port
    finally:
        server.terminate()
        server.wait(20)
        server.stdout.close()


def cpu_s(process: psutil.Process) -> float:
    """User and system seconds that a process has used."""
    times = process.cpu_times()
    return times.user + times.system


def our_server(folder: Path) -> None:
    """What users run, with room for all watchers of a benchmark."""
    options = ServerOptions(port=0, max_sessions=_MOST_STREAMS, max_live_sessions=256)
    run_until_signalled(folder, options, lambda server: print(server.port, flush=True))


async def bare_server() -> None:
    """What gRPC itself costs: bytes that are there already, nothing else."""

    def sender(payloads: Sequence[bytes], hz: float | None) -> Callable[[AsyncIterator[bytes], Any], Any]:
        async def send(requests: AsyncIterator[bytes], context: Any) -> None:
            del requests
            await _sent_for_ever(context.write, payloads, hz)

        return send

    handlers = {
        "Send": sender(_SMALL, None),
        "SendPaced": sender(_SMALL, PACED_HZ),
        "SendSlow": sender(_SMALL, SLOW_HZ),
        "SendLarge": sender(_large(), None),
    }
    methods = {name: grpc.stream_stream_rpc_method_handler(handler) for name, handler in handlers.items()}
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bare.Bare", methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()


async def tcp_server() -> None:
    """What the machine gives at most from Python: bytes that are there already, into a socket."""
    kinds = {
        TCP_ORDERS["small"]: (_SMALL, None),
        TCP_ORDERS["paced"]: (_SMALL, PACED_HZ),
        TCP_ORDERS["large"]: (_large(), None),
    }

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        payloads, hz = kinds[await reader.readexactly(1)]

        async def write(payload: bytes) -> None:
            writer.write(payload)
            await writer.drain()
            # drain() gives way to others only where a buffer is full.
            await asyncio.sleep(0)

        try:
            await _sent_for_ever(write, payloads, hz)
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(send, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _large() -> list[bytes]:
    return [bytes([number]) * LARGE_BYTES for number in range(LARGE_FRAMES)]


async def _sent_for_ever(write: Callable[[bytes], Any], payloads: Sequence[bytes], hz: float | None) -> None:
    loop = asyncio.get_running_loop()
    due_s = loop.time()
    for payload in itertools.cycle(payloads):
        await write(payload)
        if hz is not None:
            due_s += 1 / hz
            await asyncio.sleep(due_s - loop.time())


def main(role: str, folder: Path) -> None:
    """Serve until told to end."""
    if role == "ours":
        our_server(folder)
    else:
        run_on_fast_loop({"bare": bare_server, "tcp": tcp_server}[role]())


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
