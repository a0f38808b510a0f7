"""Supervisor: starts the workers, starts another when one dies, and tells all of them when to drain."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import pickle
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ani3d_runtime.errors import Ani3dError, ResourceError
from ani3d_runtime.server.announcement import Announcement
from ani3d_runtime.server.app import run_on_fast_loop
from ani3d_runtime.server.bus.hub import Hub
from ani3d_runtime.server.options import ServerOptions
from ani3d_runtime.server.workers.ports import reserve
from ani3d_runtime.server.workers.worker import Order, reported

_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.2, 10.0
# One that lived this long has not died of what the one before died of.
_HEALTHY_S = 30.0
# An event loop that stands still for so long keeps its share of the connections from being answered.
_FROZEN_AFTER_S = 15.0
# Beyond the grace that downloads have.
_LAST_MOMENT_S = 3.0

log = logging.getLogger(__name__)


class Supervisor:
    """Use on one event loop: ``await start()``, ``await stopped.wait()`` somewhere, ``await drain()``.

    Args:
        directory: where the packages lie.
        options: of all workers; ``options.workers`` of them are started.
        as_json: how workers write the log.
        log_level: from which on.
    """

    def __init__(self, directory: Path | str, options: ServerOptions, *, as_json: bool, log_level: int) -> None:
        self._directory = directory
        self._options = options
        self._as_json = as_json
        self._log_level = log_level
        self._gateway_token = secrets.token_urlsafe(18)
        self._hub = Hub()
        self._reserved: list[socket.socket] = []
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._tending: list[asyncio.Task[None]] = []
        self._is_stopping = False

    async def start(self) -> Announcement:
        """Start all workers, and wait until all of them answer.

        Raises:
            Ani3dError: why the first one that could not start could not; the others are gone then.
        """
        self._options = self._with_ports()
        loop = asyncio.get_running_loop()
        ready: list[asyncio.Future[Announcement]] = []
        for number in range(1, self._options.workers + 1):
            ready.append(loop.create_future())
            self._tending.append(asyncio.create_task(self._tend(number, ready[-1])))
        try:
            announced = await asyncio.gather(*ready)
        except BaseException:
            await self.drain()
            raise
        ports = tuple(port for one in announced for port in one.metrics_ports)
        return dataclasses.replace(announced[0], metrics_ports=ports)

    async def drain(self) -> None:
        """Tell the workers to drain, and wait for them; those that take too long are killed."""
        self._is_stopping = True
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        _, late = await asyncio.wait(self._tending, timeout=self._options.grace_s + _LAST_MOMENT_S)
        for process in self._processes.values() if late else ():
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        for task in self._tending:
            with contextlib.suppress(Exception):
                await task
        for end in self._reserved:
            end.close()

    def _with_ports(self) -> ServerOptions:
        options = self._options
        port = self._reserve(options.host, options.port, "--port")
        gateway = options.gateway
        if gateway is not None:
            gateway = dataclasses.replace(gateway, port=self._reserve(gateway.host, gateway.port, "--gateway"))
        return dataclasses.replace(options, port=port, gateway=gateway)

    def _reserve(self, host: str, port: int, option: str) -> int:
        end = reserve(host, port, option)
        self._reserved.append(end)
        return int(end.getsockname()[1])

    async def _tend(self, number: int, ready: asyncio.Future[Announcement]) -> None:
        """Keep one worker running until all are to stop."""
        delay_s = _FIRST_DELAY_S
        while not self._is_stopping:
            started_s = time.monotonic()
            ending = await self._run_once(number, ready)
            if self._is_stopping or ready.exception() is not None:
                return
            if time.monotonic() - started_s > _HEALTHY_S:
                delay_s = _FIRST_DELAY_S
            log.error("[serve-worker-died] worker %d %s; another starts in %.1f s", number, ending, delay_s)
            await asyncio.sleep(delay_s)
            delay_s = min(2 * delay_s, _LONGEST_DELAY_S)

    async def _run_once(self, number: int, ready: asyncio.Future[Announcement]) -> str:
        """Start a worker and wait until it is over; how it ended.

        One that refuses to start is fatal as long as none has answered in its place.
        """
        try:
            process, hub = await self._spawn(number)
        except OSError as error:
            if not ready.done():
                ready.set_exception(_died_early(number, str(error)))
            return f"could not be started: {error}"
        self._processes[number] = process
        try:
            refusal = await self._until_over(number, process, ready)
        finally:
            if hub is not None:
                hub.cancel()
        code = await process.wait()
        if not ready.done():
            ready.set_exception(refusal or _died_early(number, f"a process that ended with {code} before it answered"))
        if refusal is not None:
            return f"could not start [{refusal.code}] {refusal}"
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"

    async def _until_over(
        self, number: int, process: asyncio.subprocess.Process, ready: asyncio.Future[Announcement]
    ) -> Ani3dError | None:
        assert process.stdout is not None
        refusal: Ani3dError | None = None
        limit_s: float | None = None  # opening many packages takes its time
        while True:
            try:
                line = await asyncio.wait_for(process.stdout.readline(), limit_s)
            except asyncio.TimeoutError:
                log.error("[serve-worker-frozen] worker %d showed no life for %g s", number, _FROZEN_AFTER_S)
                process.kill()
                return refusal
            if not line:
                return refusal
            if not line.strip():
                continue
            found = reported(line)
            if isinstance(found, Ani3dError):
                refusal = found
            else:
                limit_s = _FROZEN_AFTER_S
                log.info("worker %d answers, process %d", number, process.pid)
                if not ready.done():
                    ready.set_result(found)

    async def _spawn(self, number: int) -> tuple[asyncio.subprocess.Process, asyncio.Task[None] | None]:
        hub: asyncio.Task[None] | None = None
        theirs: socket.socket | None = None
        if self._options.bus is None:
            ours, theirs = socket.socketpair()
            hub = asyncio.create_task(self._hub.serve(ours, number))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "ani3d_runtime.server.workers",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=() if theirs is None else (theirs.fileno(),),
            start_new_session=True,  # Ctrl-C is ours: workers are told in order
        )
        assert process.stdin is not None
        order = Order(
            number,
            self._directory,
            self._options_of(number),
            self._as_json,
            self._log_level,
            self._gateway_token,
            None if theirs is None else theirs.fileno(),
        )
        process.stdin.write(pickle.dumps(order))
        if theirs is not None:
            theirs.close()
        return process, hub

    def _options_of(self, number: int) -> ServerOptions:
        metrics = self._options.metrics
        if metrics is not None:
            metrics = dataclasses.replace(metrics, port=metrics.port_of(number))
        return dataclasses.replace(self._options, metrics=metrics)


def run_workers_until_signalled(
    directory: Path | str,
    options: ServerOptions,
    on_ready: Callable[[Announcement], None],
    *,
    as_json: bool,
    log_level: int,
) -> None:
    """Serve with several processes until SIGTERM or SIGINT, then drain them.

    Args:
        directory: where the packages lie.
        options: of all workers.
        on_ready: called once all of them answer.
        as_json: how workers write the log.
        log_level: from which on.

    Raises:
        Ani3dError: why a worker could not start.
    """

    async def supervise() -> None:
        supervisor = Supervisor(directory, options, as_json=as_json, log_level=log_level)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        starting = asyncio.create_task(supervisor.start())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
            return
        on_ready(starting.result())
        await stopping
        await supervisor.drain()

    run_on_fast_loop(supervise())


def _died_early(number: int, found: str) -> ResourceError:
    return ResourceError(
        "serve-worker-failed",
        f"worker {number}",
        found=found,
        expected="a server",
        fix="Look at what it said above; memory is what is short most often: try fewer --workers.",
    )
