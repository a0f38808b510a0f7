"""WorkerSlot: a server's place among the workers of one machine."""

from __future__ import annotations

from dataclasses import dataclass

from ani3d_runtime.server.bus.bus import Bus


@dataclass(frozen=True)
class WorkerSlot:
    """Attributes:
    number: of the worker, from 1; logs, audit and metrics carry it.
    gateway_token: of the run, which all workers have in common.
    bus: to the others; None where the options name one.
    """

    number: int
    gateway_token: str
    bus: Bus | None = None
