"""Gate: every call passes it once, on its way in and on its way out, whatever the transport."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeAlias

from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.server.trust.call import CURRENT, Call
from ani3d_runtime.server.trust.principal import ANONYMOUS, Principal
from ani3d_runtime.server.trust.quotas import QuotaBook, Quotas
from ani3d_runtime.server.trust.scopes import OPEN_SCOPES, check_scope
from ani3d_runtime.server.trust.tokens import TokenKeys, invalid_token, missing_token

_SCHEME = "bearer "

Observer: TypeAlias = Callable[[str, Call], None]
"""Told of "enter" when a call is let in, "begin" when it is a stream and is known what about, "end" when one that was
let in is over, and "refuse" when one is not let in."""


class Gate:
    """Finds out who calls, checks what they may do, counts it, and tells observers.

    Args:
        keys: of tokens; None where none are asked for.
        wants_certificate: clients are known by their certificates.
        quotas: of each principal.
    """

    def __init__(self, keys: TokenKeys | None, *, wants_certificate: bool, quotas: Quotas) -> None:
        self.book = QuotaBook(quotas)
        self.observers: list[Observer] = []
        self._keys = keys
        self._wants_certificate = wants_certificate

    @property
    def asks_who(self) -> bool:
        """Whether callers must say who they are."""
        return self._keys is not None or self._wants_certificate

    @contextmanager
    def passed(self, call: Call, authorization: str | None, common_name: str | None) -> Generator[None, None, None]:
        """Let a call in while the block runs; inside it is the current call.

        Args:
            call: with its method and address.
            authorization: the header of that name.
            common_name: of the client's certificate, which the transport has verified.

        Raises:
            UnauthenticatedError: ``token-missing``, ``token-invalid``, ``token-expired``.
            ForbiddenError: ``scope-missing``.
            ResourceError: ``quota-streams``.
        """
        before = CURRENT.set(call)
        call.notify = functools.partial(self._notify, call)
        was_let_in = False
        try:
            call.principal = self._principal(authorization, common_name)
            check_scope(call.method, call.principal.scopes, call.principal.name)
            call.downloads = self.book.admit(call.principal)
            was_let_in = True
            call.notify("enter")
            yield
        except Ani3dError as error:
            if call.result == "ok":
                call.result = error.code
            raise
        except Exception:
            if call.result == "ok":  # otherwise it is how gRPC ends a call that was refused
                call.result = "internal"
            raise
        finally:
            CURRENT.reset(before)
            if was_let_in:
                self.book.release(call.principal)
            call.notify("end" if was_let_in else "refuse")

    def _principal(self, authorization: str | None, common_name: str | None) -> Principal:
        if self._keys is not None:
            if authorization is None:
                raise missing_token()
            if authorization[: len(_SCHEME)].lower() != _SCHEME:
                raise invalid_token("another scheme than Bearer")
            return self._keys.principal_of(authorization[len(_SCHEME) :].strip())
        if self._wants_certificate:
            return Principal(common_name or "unnamed", OPEN_SCOPES)
        return ANONYMOUS

    def _notify(self, call: Call, event: str) -> None:
        for observer in self.observers:
            observer(event, call)
