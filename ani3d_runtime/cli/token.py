"""``ani3d token``: keys and bearer tokens for a server."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ani3d_runtime.cli.choices import refuse_existing
from ani3d_runtime.cli.console import ConsoleArgument
from ani3d_runtime.errors import UsageError
from ani3d_runtime.server.trust.scopes import parse_scopes
from ani3d_runtime.server.trust.tokens import TokenKeys

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LIFE = re.compile(r"(\d{1,9})([smhd])")
_INSTEAD_OF_REPLACING = (
    "Choose another name: without the keys in this file, tokens that they have signed would be refused. "
    "To change keys, put the new one's line on top of this file."
)


def token(
    *,
    key: Path | None = None,
    new_key: Path | None = None,
    subject: str = "",
    scope: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    expires: str = "12h",
    console: ConsoleArgument,
) -> None:
    """Issue a bearer token for a server, or make the key that its tokens are signed with.

    Args:
        key: the server's key file; the first key in it signs.
        new_key: make a key file and issue nothing; a file that is there is never replaced.
        subject: who will hold the token; logs and quotas go by it.
        scope: what the token allows: read, publish or admin; give it several times for several.
        expires: for how long, such as 15m, 12h or 30d.
    """
    if (key is None) == (new_key is None):
        raise UsageError(
            "token-usage",
            "--key, --new-key",
            found="both" if key else "neither",
            expected="one of them",
            fix="Pass --new-key FILE once, and --key FILE for every token.",
        )
    if new_key is not None and (subject or scope):
        raise UsageError(
            "token-usage",
            "--subject" if subject else "--scope",
            found="an option of a token, and --new-key, which issues none",
            expected="--key FILE, to issue a token",
            fix="Make the key first, and the token with a second command.",
        )
    if new_key is not None:
        refuse_existing(new_key, force=False, fix=_INSTEAD_OF_REPLACING)
        TokenKeys.write_new(new_key)
        console.result({"key": str(new_key)}, f"new key in {new_key}; keep it as you would a password")
        return
    assert key is not None
    scopes = parse_scopes(scope, "--scope")
    life_s = _seconds(expires)
    issued = TokenKeys.read(key).issue(subject, scopes, life_s)
    expires_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + life_s))
    names = sorted(name.value for name in scopes)
    console.result({"token": issued, "subject": subject, "scopes": names, "expires": expires_at}, issued)
    console.say(f"{subject} may {', '.join(names)} until {expires_at}")


def _seconds(text: str) -> float:
    match = _LIFE.fullmatch(text)
    if match is None:
        raise UsageError(
            "token-bad-life",
            "--expires",
            found=repr(text),
            expected="a number and s, m, h or d",
            fix="For example --expires 12h.",
        )
    return int(match[1]) * _UNITS_S[match[2]]
