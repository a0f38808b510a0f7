"""Bearer tokens: JSON Web Tokens signed with HMAC-SHA256, verified without asking anybody."""

from __future__ import annotations

import os
import re
import secrets
import time
from pathlib import Path
from typing import Any

import jwt

from ani3d_runtime.errors import InputError, UnauthenticatedError, UsageError
from ani3d_runtime.replacing import replacing_file
from ani3d_runtime.rpc.scope import Scope
from ani3d_runtime.server.trust.principal import Principal

AUDIENCE = "ani3d"
MIN_KEY_BYTES = 32
MAX_LIFE_S = 366 * 86_400
_ALGORITHM = "HS256"
_HEX_KEY = re.compile(r"(?:[0-9a-fA-F]{2})+")
_SUBJECT = re.compile(r"[A-Za-z0-9_.@:/-]{1,128}", re.ASCII)
# A token much longer than ours is not read at all.
_MAX_TOKEN_BYTES = 4096


class TokenKeys:
    """The keys of a server: the first signs, every one verifies, so that keys can be changed without a break.

    Args:
        keys: secrets of at least 32 bytes.
    """

    def __init__(self, keys: list[bytes]) -> None:
        self._keys = keys

    @classmethod
    def read(cls, path: Path) -> TokenKeys:
        """The keys of a file, one to a line, in hexadecimal.

        Raises:
            InputError: ``token-key-unreadable``.
        """
        try:
            lines = [line.strip() for line in path.read_text("ascii").splitlines()]
        except (OSError, ValueError) as error:
            raise _bad_key(path, str(error)) from None
        words = [line for line in lines if line and not line.startswith("#")]
        for word in words:
            if not _HEX_KEY.fullmatch(word) or len(word) < 2 * MIN_KEY_BYTES:
                # What is there may be a secret: it is not repeated.
                raise _bad_key(path, "a line that is no key, or a shorter one")
        if not words:
            raise _bad_key(path, "no key")
        return cls([bytes.fromhex(word) for word in words])

    @staticmethod
    def write_new(path: Path) -> None:
        """A file with one new key, for nobody's eyes but the owner's."""
        with replacing_file(path) as file:
            os.chmod(file.name, 0o600)
            file.write(secrets.token_hex(MIN_KEY_BYTES).encode() + b"\n")

    def issue(self, subject: str, scopes: frozenset[Scope], life_s: float) -> str:
        """A new token.

        Args:
            subject: who will hold it; what logs and quotas go by.
            scopes: what it allows.
            life_s: seconds until it expires.

        Raises:
            UsageError: ``token-bad-subject``, ``token-bad-life``.
        """
        if not _SUBJECT.fullmatch(subject):
            raise UsageError(
                "token-bad-subject",
                "--subject",
                found=repr(subject[:128]),
                expected="1 to 128 letters, digits and _.@:/-",
                fix="Name the person or program that will hold the token.",
            )
        if not 0 < life_s <= MAX_LIFE_S:
            raise UsageError(
                "token-bad-life",
                "--expires",
                found=f"{life_s:g} s",
                expected=f"more than 0 and at most {MAX_LIFE_S // 86_400} days",
                fix="Issue a short one; a client can be given a new one at any time.",
            )
        now = time.time()
        claims: dict[str, Any] = {
            "sub": subject,
            "scope": " ".join(sorted(scope.value for scope in scopes)),
            "aud": AUDIENCE,
            "iat": int(now),
            "exp": now + life_s,
            "jti": secrets.token_urlsafe(9),
        }
        return jwt.encode(claims, self._keys[0], algorithm=_ALGORITHM)

    def principal_of(self, token: str) -> Principal:
        """Who holds a token.

        Raises:
            UnauthenticatedError: ``token-expired``, ``token-invalid``.
        """
        if len(token) > _MAX_TOKEN_BYTES:
            raise invalid_token("one that is too long")
        claims = self._claims(token)
        known = {scope.value for scope in Scope}
        # A scope of a newer version is no reason to refuse the others.
        scopes = frozenset(Scope(name) for name in str(claims.get("scope", "")).split() if name in known)
        principal = Principal(str(claims["sub"]), scopes, float(claims["exp"]))
        if principal.expires_s is not None and principal.expires_s <= time.time():
            raise expired_token()
        return principal

    def _claims(self, token: str) -> dict[str, Any]:
        # The library compares whole seconds, and a token ends when it says: expiry is ours to check. When it was issued
        # is by another machine's clock.
        options: Any = {"require": ["exp", "sub"], "verify_exp": False, "verify_iat": False}
        for key in self._keys:
            try:
                return jwt.decode(token, key, algorithms=[_ALGORITHM], audience=AUDIENCE, options=options)
            except jwt.InvalidSignatureError:
                continue
            except (jwt.InvalidTokenError, ValueError) as error:
                raise invalid_token(str(error)[:80]) from None
        raise invalid_token("another server's signature")


def expired_token() -> UnauthenticatedError:
    """The token was good until a moment ago."""
    return UnauthenticatedError(
        "token-expired",
        "token",
        found="a token that has expired",
        expected="one that is still valid",
        fix="Get a new token, and connect again.",
    )


def invalid_token(found: str) -> UnauthenticatedError:
    """The token is none of this server's."""
    return UnauthenticatedError(
        "token-invalid",
        "token",
        found=found,
        expected="a token that `ani3d token` issued with this server's key",
        fix="Ask whoever runs the server for a token.",
    )


def missing_token() -> UnauthenticatedError:
    """There is none."""
    return UnauthenticatedError(
        "token-missing",
        "call",
        found="no token",
        expected="the metadata 'authorization: Bearer TOKEN'",
        fix="Ask whoever runs the server for a token, and pass it with --token-file or Credentials(token=…).",
    )


def _bad_key(path: Path, found: str) -> InputError:
    return InputError(
        "token-key-unreadable",
        path,
        found=found,
        expected=f"keys of {MIN_KEY_BYTES} bytes or more in hexadecimal, one to a line",
        fix=f"Make one with: ani3d token --new-key {path}",
    )
