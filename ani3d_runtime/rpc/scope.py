"""Scope: a right that a token carries."""

from __future__ import annotations

from enum import Enum

from ani3d_runtime.rpc.v1 import server_pb2


class Scope(str, Enum):
    """A right. None includes another."""

    READ = "read"
    PUBLISH = "publish"
    ADMIN = "admin"

    @property
    def number(self) -> server_pb2.Scope:
        """As messages have it."""
        return _NUMBERS[self]


_NUMBERS = {
    Scope.READ: server_pb2.SCOPE_READ,
    Scope.PUBLISH: server_pb2.SCOPE_PUBLISH,
    Scope.ADMIN: server_pb2.SCOPE_ADMIN,
}
