"""Programs in namespaces of their own: with loopback alone, or as process 1."""

from __future__ import annotations

import shutil
import subprocess

import pytest

_LOOPBACK = "import fcntl, os, socket, struct, sys\n" + (
    "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh14x', b'lo', 1))\n"  # SIOCSIFFLAGS, IFF_UP
    "os.execvp(sys.argv[1], sys.argv[1:])"
)


def alone_on_loopback(python: str) -> list[str]:
    """What to write before a command so that its network is a loopback and nothing else; skips where that is not."""
    return [*_unshare("-Urn"), python, "-c", _LOOPBACK]


def as_process_one() -> list[str]:
    """What to write before a command so that it is process 1 of a machine of its own; skips where that is not."""
    return _unshare("-Urpf", "--mount-proc", "--kill-child")


def with_mounts_of_its_own() -> list[str]:
    """What to write before a command so that what it mounts is seen by nobody else; skips where that is not."""
    return _unshare("-Urm")


def _unshare(*options: str) -> list[str]:
    command = ["unshare", *options]
    if shutil.which("unshare") is None or subprocess.run([*command, "true"], capture_output=True).returncode != 0:
        pytest.skip("the system allows no namespaces to this user")
    return command
