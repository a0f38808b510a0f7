"""Which calls a principal's scopes cover."""

from __future__ import annotations

from collections.abc import Iterable

from ani3d_runtime.errors import ForbiddenError, UsageError
from ani3d_runtime.rpc.methods import METHOD_OF_PATH
from ani3d_runtime.rpc.scope import Scope

# Of callers that are let in without a token; ending other people's sessions takes one.
OPEN_SCOPES = frozenset({Scope.READ, Scope.PUBLISH})

# Probes of orchestrators carry no credentials, and learn no more than whether the server is there.
OPEN_TO_ALL = frozenset({"/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"})
# Methods of other protocols than ours, such as reflection, are for readers.
_FOR_READERS = (Scope.READ,)


def check_scope(path: str, scopes: frozenset[Scope], principal: str) -> None:
    """Refuse a call that the scopes do not cover.

    Args:
        path: of the method, ``/package.Service/Method``.
        scopes: of the caller.
        principal: who calls, for the refusal.

    Raises:
        ForbiddenError: ``scope-missing``.
    """
    method = METHOD_OF_PATH.get(path)
    enough = _FOR_READERS if method is None else method.scopes
    if not enough or not scopes.isdisjoint(enough):
        return
    raise ForbiddenError(
        "scope-missing",
        path.rpartition("/")[2],
        found=f"{principal} with {', '.join(sorted(scopes)) or 'no scopes'}",
        expected=f"the scope {enough[0].value}",
        fix=f"Ask whoever runs the server for a token with --scope {enough[0].value}.",
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
