"""A worker: one server process of several, as its supervisor starts it (``python -m ani3d_runtime.server.workers``).

Its order comes on stdin, which stays open: its end means that the supervisor is gone, and the worker drains. Reports go
out on stdout, one to a line: what the server announces or why it could not start, then a sign of life every second.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import pickle
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.server.app import AvatarServer, run_until_signalled
from ani3d_runtime.server.bus.hub import HubBus
from ani3d_runtime.server.logs import logged_as_json, logged_as_text
from ani3d_runtime.server.options import ServerOptions
from ani3d_runtime.server.worker_slot import WorkerSlot

ALIVE_PERIOD_S = 1.0
ALIVE = b"\n"
_STDIN = 0


@dataclass(frozen=True)
class Order:
    """What a supervisor tells a worker.

    Attributes:
        number: of the worker, from 1.
        directory: where the packages lie.
        options: with the ports that were reserved.
        as_json: how to write the log.
        log_level: from which on.
        gateway_token: of the run, which all workers have in common.
        hub_fd: of the worker's end of the hub; None where another bus is used.
    """

    number: int
    directory: Path | str
    options: ServerOptions
    as_json: bool
    log_level: int
    gateway_token: str
    hub_fd: int | None


def main() -> None:
    """Do as the order says."""
    # gRPC's own log would stand among ours.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    order: Order = pickle.load(sys.stdin.buffer)
    bus = None if order.hub_fd is None else HubBus(socket.socket(fileno=order.hub_fd))
    slot = WorkerSlot(order.number, order.gateway_token, bus)
    logged = logged_as_json if order.as_json else logged_as_text
    signs: list[asyncio.Task[None]] = []

    def announce(server: AvatarServer) -> None:
        _report(server.announcement())
        asyncio.get_running_loop().add_reader(_STDIN, _look_at_stdin)
        signs.append(asyncio.create_task(_show_life()))

    with logged(sys.stderr, order.log_level, order.number):
        try:
            run_until_signalled(order.directory, order.options, announce, slot)
        except Ani3dError as error:
            _report(error)
            raise SystemExit(1) from None


def reported(line: bytes) -> Any:
    """What a worker reported."""
    return pickle.loads(base64.b64decode(line))


def _report(what: Any) -> None:
    _say(base64.b64encode(pickle.dumps(what)) + b"\n")


def _say(line: bytes) -> None:
    try:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        logging.getLogger(__name__).warning("the supervisor is gone")


async def _show_life() -> None:
    while True:
        await asyncio.sleep(ALIVE_PERIOD_S)
        _say(ALIVE)


def _look_at_stdin() -> None:
    if not os.read(_STDIN, 1):
        asyncio.get_running_loop().remove_reader(_STDIN)
        signal.raise_signal(signal.SIGTERM)
