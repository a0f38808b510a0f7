"""``ani3d token``: keys, and the tokens that they sign."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ani3d_runtime.cli.app import run
from ani3d_runtime.server.trust.tokens import TokenKeys


def test_a_key_and_a_token_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = str(tmp_path / "keys")
    assert run(["token", "--new-key", key]) == 0
    assert run(["token", "--new-key", key]) == 2, "a key that is in use is not replaced"
    capsys.readouterr()
    assert run(["token", "--key", key, "--subject", "studio", "--scope", "read", "--expires", "15m"]) == 0
    principal = TokenKeys.read(Path(key)).principal_of(capsys.readouterr().out.strip())
    assert (principal.name, {scope.value for scope in principal.scopes}) == ("studio", {"read"})
    assert principal.expires_in_s == pytest.approx(900, abs=30)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "token-usage"),
        (("--key", "KEY", "--subject", "a"), "scope-unknown"),
        (("--key", "KEY", "--subject", "a", "--scope", "write"), "scope-unknown"),
        (("--key", "KEY", "--subject", "a b", "--scope", "read"), "token-bad-subject"),
        (("--key", "KEY", "--scope", "read"), "token-bad-subject"),
        (("--key", "KEY", "--subject", "a", "--scope", "read", "--expires", "soon"), "token-bad-life"),
        (("--key", "KEY", "--subject", "a", "--scope", "read", "--expires", "0s"), "token-bad-life"),
        (("--key", "KEY", "--subject", "a", "--scope", "read", "--expires", "9999d"), "token-bad-life"),
    ],
)
def test_token_refusals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: str
) -> None:
    TokenKeys.write_new(tmp_path / "keys")
    filled = [argument.replace("KEY", str(tmp_path / "keys")) for argument in arguments]
    assert run(["--json", "token", *filled]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert json.loads(captured.err)["error"]["code"] == code
