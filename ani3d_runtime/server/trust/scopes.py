"""Scopes: what a principal may do, and which of them each method asks for."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from ani3d_runtime.errors import ForbiddenError, UsageError

_PACKAGE = "/ani3d_runtime.rpc.v1."


class Scope(str, Enum):
    """A right. None includes another."""

    READ = "read"
    PUBLISH = "publish"
    ADMIN = "admin"


# Of whoever the server lets in without a token; ending other people's sessions takes one.
OPEN_SCOPES = frozenset({Scope.READ, Scope.PUBLISH})

# Probes of orchestrators carry no credentials, and learn no more than whether the server is there.
OPEN_TO_ALL = frozenset({"/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"})
_OPEN_TO_KNOWN = frozenset({f"{_PACKAGE}ServerService/GetServerInfo"})
_PUBLISHING = frozenset(f"{_PACKAGE}LiveService/{name}" for name in ("CreateSession", "EndSession", "Retarget"))
# An admin ends other people's sessions without being a publisher.
_ALSO_ADMIN = f"{_PACKAGE}LiveService/EndSession"


def check_scope(method: str, scopes: frozenset[Scope], principal: str) -> None:
    """Refuse a call that the scopes do not cover. Methods that are not named here, such as reflection, are for readers.

    Args:
        method: full name, ``/package.Service/Method``.
        scopes: of the caller.
        principal: who calls, for the refusal.

    Raises:
        ForbiddenError: ``scope-missing``.
    """
    if method in _OPEN_TO_KNOWN:
        return
    needed = Scope.PUBLISH if method in _PUBLISHING else Scope.READ
    if needed in scopes or (method == _ALSO_ADMIN and Scope.ADMIN in scopes):
        return
    raise ForbiddenError(
        "scope-missing",
        method.rpartition("/")[2],
        found=f"{principal} with {', '.join(sorted(scopes)) or 'no scopes'}",
        expected=f"the scope {needed.value}",
        fix=f"Ask whoever runs the server for a token with --scope {needed.value}.",
    )


def parse_scopes(names: Iterable[str], subject: str) -> frozenset[Scope]:
    """Scopes by their names.

    Args:
        names: such as "read".
        subject: where they stand, for the refusal.

    Raises:
        UsageError: ``scope-unknown``, also where there are none.
    """
    found = list(names)
    known = {scope.value for scope in Scope}
    if not found or not known.issuperset(found):
        raise UsageError(
            "scope-unknown",
            subject,
            found=", ".join(sorted(set(found) - known)) or "no scope",
            expected=f"some of {', '.join(scope.value for scope in Scope)}",
            fix="Name each scope that is needed, and no other.",
        )
    return frozenset(Scope(name) for name in found)
