"""Quotas: how much of one server process a principal may use."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass

from ani3d_runtime.errors import ResourceError
from ani3d_runtime.server.trust.principal import Principal

# So much may be sent at once before the rate holds: a small package comes without a wait.
_BURST_S = 1.0


@dataclass(frozen=True)
class Quotas:
    """Of each principal, in one process. They hold only where the server asks callers who they are.

    Attributes:
        streams: calls in progress.
        live_sessions: live sessions that it created and that are open.
        download_bytes_per_s: of all its downloads together; 0 for no limit.
    """

    streams: int = 128
    live_sessions: int = 8
    download_bytes_per_s: int = 0


class Allowance:
    """Bytes that may be sent, as they accrue with time."""

    def __init__(self, bytes_per_s: int) -> None:
        self._bytes_per_s = bytes_per_s
        self._paid_until_s = 0.0

    async def spend(self, count: int) -> None:
        """Wait until so many bytes more may be sent."""
        if not self._bytes_per_s:
            return
        now = time.monotonic()
        self._paid_until_s = max(self._paid_until_s, now - _BURST_S) + count / self._bytes_per_s
        if self._paid_until_s > now:
            await asyncio.sleep(self._paid_until_s - now)


UNLIMITED = Allowance(0)


class QuotaBook:
    """What every principal uses at present. Belongs to one event loop."""

    def __init__(self, quotas: Quotas) -> None:
        self.quotas = quotas
        self._streams: Counter[str] = Counter()
        self._allowances: dict[str, Allowance] = {}

    def admit(self, principal: Principal) -> Allowance:
        """Count a call, until it is released; its downloads share the allowance with the principal's others.

        Raises:
            ResourceError: ``quota-streams``.
        """
        if not principal.has_quota:
            return UNLIMITED
        name = principal.name
        if self._streams[name] >= self.quotas.streams:
            raise _exceeded("quota-streams", name, f"{self._streams[name]} calls in progress", self.quotas.streams)
        self._streams[name] += 1
        return self._allowances.setdefault(name, Allowance(self.quotas.download_bytes_per_s))

    def release(self, principal: Principal) -> None:
        """Count a call that was admitted no more."""
        if not principal.has_quota:
            return
        self._streams[principal.name] -= 1
        if not self._streams[principal.name]:
            del self._streams[principal.name]  # the allowance stays: a new call is no new start


def check_live_sessions(quotas: Quotas, principal: Principal, count: int) -> None:
    """Refuse one more live session to a principal that has ``count`` already.

    Raises:
        ResourceError: ``quota-live-sessions``.
    """
    if principal.has_quota and count >= quotas.live_sessions:
        raise _exceeded("quota-live-sessions", principal.name, f"{count} live sessions already", quotas.live_sessions)


def _exceeded(code: str, name: str, found: str, limit: int) -> ResourceError:
    return ResourceError(
        code,
        name,
        found=found,
        expected=f"at most {limit}",
        fix="End one of them first, or ask whoever runs the server for a higher quota.",
    )
