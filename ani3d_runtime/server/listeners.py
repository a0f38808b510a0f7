"""Listener: what a server listens on, and whether two of them would need one port."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from ani3d_runtime.errors import UsageError

MAX_PORT = 65535
_FIRST_UNPRIVILEGED_PORT = 1024


@dataclass(frozen=True)
class Listener:
    """What listens on a port, or on one for each worker.

    Attributes:
        key: the setting that chooses the ports.
        host: address to listen on.
        ports: none where the system chooses.
    """

    key: str
    host: str
    ports: range

    @property
    def span(self) -> str:
        """The ports in words."""
        if len(self.ports) > 1:
            return f"{self.ports[0]} to {self.ports[-1]}, one for each worker"
        return str(self.ports[0])

    def collides_with(self, other: Listener) -> bool:
        """Whether both would need one port of one address."""
        has_common_port = max(self.ports.start, other.ports.start) < min(self.ports.stop, other.ports.stop)
        if not has_common_port:
            return False
        mine, theirs = _addresses_of(self.host), _addresses_of(other.host)
        return any(_is_one_address(ours, another) for ours in mine for another in theirs)


def ports_from(first: int, count: int = 1) -> range:
    """So many ports from the first one on; none where that is 0."""
    return range(first, first + count) if first else range(0)


def _addresses_of(host: str) -> set[str]:
    try:
        return {str(entry[4][0]) for entry in socket.getaddrinfo(host or "::", None, type=socket.SOCK_STREAM)}
    except OSError:
        return {host}


def _is_one_address(ours: str, another: str) -> bool:
    """Whether both cannot be listened on at one port; 0.0.0.0 stands for all of IPv4, :: for all there are."""
    pair = {ours, another}
    return len(pair) == 1 or "::" in pair or ("0.0.0.0" in pair and not any(":" in address for address in pair))


def _free_port(listeners: Sequence[Listener], count: int) -> int:
    """The first of ``count`` ports that none of these takes; 0, which takes any free ones, where there are none."""
    taken = [listener.ports for listener in listeners if listener.ports]
    above = max(ports.stop for ports in taken)
    below = min(ports.start for ports in taken) - count
    candidates = (above, below)
    return next((first for first in candidates if _FIRST_UNPRIVILEGED_PORT <= first <= MAX_PORT + 1 - count), 0)


def check_collisions(listeners: Sequence[Listener]) -> None:
    """Refuse ports that two of them would need.

    Raises:
        UsageError: ``serve-port-twice``.
    """
    for earlier, later in itertools.combinations(listeners, 2):
        if later.collides_with(earlier):
            free = _free_port(listeners, len(later.ports))
            raise UsageError(
                "serve-port-twice",
                later.key,
                found=f"{later.span}; {earlier.key} is {earlier.span}",
                expected="ports that nothing else of this server takes",
                fix=f"Choose another {later.key}, such as {free}, or another {earlier.key}; 0 takes any free one.",
            )
