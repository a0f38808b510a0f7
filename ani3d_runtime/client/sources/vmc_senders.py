"""SenderChoice: which of those who send to one port is followed. Asks no clock itself."""

from __future__ import annotations

import ipaddress
import math
import socket
from typing import NamedTuple

from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.errors import UsageError

# One who was silent for so long has gone.
_GONE_AFTER_S = 1.0
_MOST_OTHERS = 16
_LAST_PORT = 65_535


class SenderFilter(NamedTuple):
    """Who may be followed.

    Attributes:
        address: in its shortest form.
        port: None for any.
    """

    address: str
    port: int | None

    @classmethod
    def parsed(cls, text: str) -> SenderFilter:
        """From ``ADDRESS[:PORT]``; an IPv6 address with a port is in brackets.

        Raises:
            UsageError: ``retarget-usage``.
        """
        host, port = text, ""
        if text.startswith("["):
            host, _, port = text[1:].partition("]")
            port = port.removeprefix(":")
        elif text.count(":") == 1:
            host, _, port = text.partition(":")
        try:
            if port and not (port.isdecimal() and 0 < int(port) <= _LAST_PORT):
                raise ValueError(f"port {port}")
            return cls(plain_address(_resolved(host)), int(port) if port else None)
        except (ValueError, OSError) as error:
            raise UsageError(
                "retarget-usage",
                "--vmc-from",
                found=f"{text!r} ({error})",
                expected="ADDRESS or ADDRESS:PORT of the sender",
                fix="Take the address that the note about senders has, 192.168.0.7:50123 say.",
            ) from None

    def allows(self, address: str, port: int) -> bool:
        """True for one who may be followed."""
        return address == self.address and self.port in (None, port)


class SenderChoice:
    """Follows the first who sends a body, until it has gone; says who else sends one.

    Args:
        only: who may be followed; None for anybody.
        say: takes a sentence about each of the others.

    Attributes:
        followed: address and port.
    """

    def __init__(self, only: SenderFilter | None, say: Say) -> None:
        self.followed: tuple[str, int] | None = None
        self._only = only
        self._say = say
        self._heard_s = -math.inf
        self._others: set[tuple[str, int]] = set()

    def takes(self, sender: tuple[str, int], now_s: float, *, has_body: bool) -> bool:
        """True if the datagram of a sender counts.

        Args:
            sender: address and port.
            now_s: when it came.
            has_body: it has bones that every performer has.
        """
        sender = (plain_address(sender[0]), sender[1])
        if sender == self.followed:
            self._heard_s = now_s
            return True
        if not has_body:
            return False
        allowed = self._only is None or self._only.allows(*sender)
        if allowed and (self.followed is None or now_s - self._heard_s > _GONE_AFTER_S):
            if self.followed is not None:
                self._say(f"{written(self.followed)} is silent; {written(sender)} is followed now")
            self._others.discard(sender)
            self.followed, self._heard_s = sender, now_s
            return True
        if sender not in self._others and len(self._others) < _MOST_OTHERS:
            self._others.add(sender)
            follows = "nobody yet" if self.followed is None else written(self.followed)
            self._say(f"{written(sender)} sends a body too and is left out; followed is {follows} (see --vmc-from)")
        return False

    def sends_body(self, sender: tuple[str, int]) -> bool:
        """True if bones that every performer has came from a sender."""
        return (plain_address(sender[0]), sender[1]) in {self.followed, *self._others}

    def was_busy(self, until_s: float) -> None:
        """Nobody was listened to until then, so nobody was silent."""
        self._heard_s = max(self._heard_s, until_s)


def _resolved(host: str) -> str:
    return str(socket.getaddrinfo(host or "?", None, type=socket.SOCK_DGRAM)[0][4][0])


def plain_address(address: str) -> str:
    """One spelling of an address, whatever socket it came by."""
    found = ipaddress.ip_address(address)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def written(sender: tuple[str, int]) -> str:
    """As people write an address."""
    return f"[{sender[0]}]:{sender[1]}" if ":" in sender[0] else f"{sender[0]}:{sender[1]}"
