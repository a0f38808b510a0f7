"""Holder: which process has a lease, and whether it is known to be gone."""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_PROC = Path("/proc")


@dataclass(frozen=True)
class Holder:
    """One process that holds a lease.

    Attributes:
        token: random; no other lease has it.
        host: name of its machine.
        space: the boot and the PID namespace that its number counts in; empty where the system does not tell. Two
            containers of one name, whose processes are all number 1, differ in it.
        pid: its number.
        began: when it began, in ticks since the boot; a number may be given to another process later.
    """

    token: str = field(default_factory=lambda: secrets.token_hex(12))
    host: str = field(default_factory=socket.gethostname)
    space: str = field(default_factory=lambda: _space())
    pid: int = field(default_factory=os.getpid)
    began: int = field(default_factory=lambda: _began(os.getpid()))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Holder | None:
        """A holder as it was stored; None where that is no holder."""
        kinds = {"token": str, "host": str, "space": str, "pid": int, "began": int}
        if any(not isinstance(values.get(name), kind) for name, kind in kinds.items()):
            return None
        return cls(**{name: values[name] for name in kinds})

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)

    @property
    def is_gone(self) -> bool:
        """True if this machine knows that the process has ended; False where it lives, or nobody here can know."""
        return bool(self.space) and self.space == _space() and _began(self.pid) != self.began


@functools.cache
def _space() -> str:
    with contextlib.suppress(OSError):
        if os.readlink(_PROC / "self") != str(os.getpid()):
            return ""  # a namespace whose /proc shows the processes of another one
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink(_PROC / 'self/ns/pid')}"
    return ""


def _began(pid: int) -> int:
    """Ticks from the boot to the beginning of a process; -1 where there is none, or it has ended (a zombie)."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        # The second field is a name in brackets, which may hold spaces and brackets.
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        return -1 if fields[0] in "ZX" else int(fields[19])
    return -1
