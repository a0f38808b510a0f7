"""Principal: who calls, as the server takes them."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ani3d_runtime.rpc.scope import Scope
from ani3d_runtime.server.trust.scopes import OPEN_SCOPES


@dataclass(frozen=True)
class Principal:
    """One caller, whatever the number of its connections.

    Attributes:
        name: the token's subject, or the common name of the client's certificate.
        scopes: what it may do.
        expires_s: Unix time at which its token expires; None for never.
        has_quota: whether quotas hold for it; not where nobody is asked who they are.
    """

    name: str
    scopes: frozenset[Scope]
    expires_s: float | None = None
    has_quota: bool = True

    @property
    def expires_in_s(self) -> float | None:
        """Seconds from now until its token expires; None for never."""
        return None if self.expires_s is None else self.expires_s - time.time()


UNKNOWN = Principal("unknown", frozenset(), has_quota=False)
"""A caller that has not been let in."""

ANONYMOUS = Principal("anonymous", OPEN_SCOPES, has_quota=False)
"""Every caller of a server that asks nobody who they are."""
