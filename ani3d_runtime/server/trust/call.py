"""Call: one call in progress, as logs, audit and quotas see it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from ani3d_runtime.server.trust.principal import UNKNOWN, Principal
from ani3d_runtime.server.trust.quotas import UNLIMITED, Allowance

# What clients ask for may be anything; logs keep the beginning of it.
_MAX_ABOUT_LENGTH = 128


@dataclass(slots=True)
class Call:
    """Filled in as the call goes on.

    Attributes:
        method: full name, ``/package.Service/Method``.
        address: of the client.
        call_id: what log lines of this call have in common.
        principal: who calls; nobody known until the gate has let them in.
        about: what is asked for: avatar, clip, session.
        result: "ok", or the code of the refusal.
        started_s: monotonic time.
        sent_bytes: of packages and frames.
        downloads: what may be sent of packages.
        notify: sends an event of this call to the gate's observers.
    """

    method: str = ""
    address: str = ""
    call_id: str = field(default_factory=lambda: secrets.token_hex(6))
    principal: Principal = UNKNOWN
    about: dict[str, str] = field(default_factory=dict[str, str])
    result: str = "ok"
    started_s: float = field(default_factory=time.monotonic)
    sent_bytes: int = 0
    downloads: Allowance = UNLIMITED
    notify: Callable[[str], None] = lambda _event: None

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.started_s

    def begin(self, **about: str) -> None:
        """What a stream is about is known now, and it is granted."""
        self.about.update(about)
        self.notify("begin")

    def to_json(self) -> dict[str, Any]:
        """As log lines show it."""
        method = self.method.rpartition("/")[2]
        return {
            "call_id": self.call_id,
            "method": method,
            "principal": self.principal.name,
            "address": self.address,
            **{key: value[:_MAX_ABOUT_LENGTH] for key, value in self.about.items()},
        }


CURRENT: ContextVar[Call | None] = ContextVar("ani3d_call", default=None)
"""The call that this task answers; None outside of any."""


def current_call() -> Call:
    """The call that this task answers. Outside of any, one that nobody looks at."""
    return CURRENT.get() or Call()
