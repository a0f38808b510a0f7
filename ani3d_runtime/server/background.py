"""A server beside the caller's own work: for demos, notebooks and tests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from ani3d_runtime.server.app import AvatarServer, run_on_fast_loop
from ani3d_runtime.server.options import ServerOptions


@contextmanager
def serving(directory: Path | str, options: ServerOptions | None = None) -> Generator[AvatarServer, None, None]:
    """Serve ``directory`` on a thread of this process while the block runs; on any free port by default.

    ``server.address`` says where it listens. The server is drained when the block ends.

    Raises:
        Ani3dError: why the server could not start.
    """
    chosen = options or ServerOptions(port=0, grace_s=1.0)
    ready: Future[tuple[AvatarServer, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        try:
            server = AvatarServer(directory, chosen)
            await server.start()
        except BaseException as error:
            ready.set_exception(error)
            return
        stop = asyncio.Event()
        ready.set_result((server, asyncio.get_running_loop(), stop))
        await stop.wait()
        await server.drain()

    thread = threading.Thread(target=lambda: run_on_fast_loop(serve()), name="ani3d-server", daemon=True)
    thread.start()
    try:
        server, loop, stop = ready.result()
    except BaseException:
        thread.join()
        raise
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
