"""Ports that several workers share: reserved before the first of them starts, and as long as the last one lives."""

from __future__ import annotations

import socket

from ani3d_runtime.errors import UsageError
from ani3d_runtime.rpc.address import address_of
from ani3d_runtime.server.options import address_in_use


def check_free(host: str, port: int, option: str) -> None:
    """Refuse an address where somebody listens already, be it with the same kind of socket.

    Raises:
        ResourceError: ``serve-address-in-use``.
    """
    with _bound(host, port, option):
        pass


def reserve(host: str, port: int, option: str) -> socket.socket:
    """A socket that takes no connections and keeps others than our workers off its port.

    Args:
        host: address that the workers will listen on.
        port: 0 takes any free one.
        option: that chooses the port.

    Raises:
        ResourceError: ``serve-address-in-use``.
        UsageError: ``serve-workers-unsupported``.
    """
    if not hasattr(socket, "SO_REUSEPORT"):
        raise UsageError(
            "serve-workers-unsupported",
            "workers",
            found="a system on which processes cannot share a port",
            expected="Linux, macOS or another system with SO_REUSEPORT",
            fix="Leave workers out; start several servers on ports of their own behind a proxy.",
        )
    # One that shares its port would be let in beside other servers that do.
    check_free(host, port, option)
    return _bound(host, port, option, reuse_port=True)


def _bound(host: str, port: int, option: str, *, reuse_port: bool = False) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    end = socket.socket(family, socket.SOCK_STREAM)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse_port:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        end.bind((host, port))
    except OSError:
        end.close()
        raise address_in_use(address_of(host, port), option) from None
    return end
