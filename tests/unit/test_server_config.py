"""What ``ani3d serve`` is told: flags over environment over file, and refusals that name the place."""

from __future__ import annotations

import dataclasses
import io
import json
import logging
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from ani3d_runtime.cli.app import run
from ani3d_runtime.errors import Ani3dError, InputError
from ani3d_runtime.server.config import PREFIX, ServerConfig, known_keys
from ani3d_runtime.server.logs import LOGGER, logged_as_json
from ani3d_runtime.server.options import ServerOptions
from ani3d_runtime.server.preflight import preflight
from ani3d_runtime.server.trust.calls import CURRENT, Call
from ani3d_runtime.server.trust.quotas import Quotas
from ani3d_runtime.server.trust.tokens import TokenKeys
from ani3d_runtime.testing.packages import write_synthetic_package

FILE = """\
directory = "packages"
port = 1111
max_sessions = 7
log_format = "json"

[quotas]
streams = 5  # each
live_sessions = 2

[metrics]
port = 2222
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "serve.toml"
    path.write_text(FILE)
    return path


def refusal(flags: dict[str, Any], path: Path | None = None) -> Ani3dError:
    with pytest.raises(Ani3dError) as raised:
        ServerConfig.load(flags, path)
    return raised.value


def test_flags_go_over_the_environment_over_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANI3D_SERVE_PORT", "3333")
    monkeypatch.setenv("ANI3D_SERVE_QUOTAS__STREAMS", "6")
    monkeypatch.setenv("ANI3D_SERVE_GRACE_S", "2.5")
    config = ServerConfig.load({"port": 4444}, file)
    assert config.directory == file.parent / "packages", "paths in the file are relative to it"
    assert config.log_format == "json"
    options = config.options
    assert (options.port, options.grace_s, options.max_sessions) == (4444, 2.5, 7)
    assert options.quotas == Quotas(streams=6, live_sessions=2)
    assert options.metrics is not None
    assert (options.metrics.port, options.metrics.host) == (2222, "127.0.0.1")


def test_nothing_told_is_what_a_server_does_by_itself(tmp_path: Path) -> None:
    assert ServerConfig.load({"directory": tmp_path}) == ServerConfig(tmp_path, "text", ServerOptions())


@pytest.mark.parametrize(
    ("before", "after", "code", "place"),
    [
        ("port = 1111", "port = 'x'", "serve-config-value", "line 2: port"),
        ("streams = 5", "streams = []", "serve-config-value", "line 7: quotas.streams"),
        ("port = 2222", "", "serve-config-value", "line 10: metrics.port"),
        ("live_sessions", "live_session", "serve-config-unknown", "line 8: quotas.live_session"),
        ("port = 1111", "port  1111", "serve-config-syntax", "line 2, column 7"),
        ("max_sessions = 7", "max_sessions = 0", "serve-bad-limit", "line 3: max_sessions"),
        ('"json"', '"xml"', "serve-config-value", "line 4: log_format"),
    ],
)
def test_a_refusal_names_file_line_and_key(file: Path, before: str, after: str, code: str, place: str) -> None:
    file.write_text(FILE.replace(before, after, 1))
    error = refusal({}, file)
    assert (error.code, error.subject) == (code, f"{file}: {place}")
    assert error.fix


def test_a_refusal_names_the_variable(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANI3D_SERVE_MAX_SESSIONS", "many")
    assert refusal({}, file).subject == "environment: ANI3D_SERVE_MAX_SESSIONS"
    monkeypatch.setenv("ANI3D_SERVE_MAX_SESSIONS", "9")
    monkeypatch.setenv("ANI3D_SERVE_QUOTAS__STREAM", "4")
    error = refusal({}, file)
    assert (error.code, error.subject) == ("serve-config-unknown", "environment: ANI3D_SERVE_QUOTAS__STREAM")
    assert "ANI3D_SERVE_QUOTAS__STREAMS" in error.fix


def test_what_cannot_be_read_or_is_not_there(tmp_path: Path) -> None:
    error = refusal({}, tmp_path / "none.toml")
    assert (type(error), error.code) == (InputError, "serve-config-unreadable")
    assert refusal({}).subject == "directory"
    assert refusal({"directory": tmp_path, "host": "0.0.0.0"}).code == "serve-public-insecure"


def test_every_setting_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs/serving.md").read_text()
    missing = [".".join(keys) for keys in known_keys() if f"`{'.'.join(keys)}`" not in text]
    assert not missing
    documented = {
        tuple(match.split(".")) for match in re.findall(r"^\| `([a-z_.]+)` \|", text.partition("## TLS")[0], re.M)
    }
    assert documented == set(known_keys())
    top = {field.name for field in dataclasses.fields(ServerOptions)}
    assert {keys[0] for keys in known_keys()} == top | {"directory", "log_format"}
    assert PREFIX in text


# --- ani3d serve --check


def checked(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, Any]]:
    code = run(["--json", "serve", "--check", *map(str, arguments)])
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is (code == 0)
    return code, {finding["subject"]: finding for finding in report["findings"]}


def test_check_passes_what_can_be_served(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_synthetic_package(tmp_path / "ada.a3d")
    TokenKeys.write_new(tmp_path / "keys")
    code, findings = checked(
        capsys, tmp_path, "--port", 0, "--token-keys", tmp_path / "keys", "--audit-log", tmp_path / "audit"
    )
    assert code == 0
    assert list(findings) == ["address", "token keys", "audit log", "ada"]
    assert "walk" in findings["ada"]["detail"]
    assert not (tmp_path / "audit").exists(), "nothing is started"
    (tmp_path / "keys").chmod(0o644)
    assert checked(capsys, tmp_path, "--port", 0, "--token-keys", tmp_path / "keys")[1]["token keys"]["warning"]


def test_check_finds_everything_that_is_wrong_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_synthetic_package(tmp_path / "ada.a3d")
    damaged = bytearray((tmp_path / "ada.a3d").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "bob.a3d").write_bytes(damaged)
    (tmp_path / "-rf.a3d").write_bytes(b"")
    (tmp_path / "leak.a3d").symlink_to("/etc/hostname")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, findings = checked(
            capsys, tmp_path, "--port", taken.getsockname()[1],
            "--tls-cert", tmp_path / "none.pem", "--tls-key", tmp_path / "none.pem",
            "--token-keys", tmp_path / "none", "--audit-log", tmp_path / "none" / "audit",
        )  # fmt: skip
    assert code == 1
    codes = {subject: finding["error"] and finding["error"]["code"] for subject, finding in findings.items()}
    assert codes == {
        "address": "serve-address-in-use",
        "TLS": "tls-unreadable",
        "token keys": "token-key-unreadable",
        "audit log": "audit-unwritable",
        "ada": None,
        "bob.a3d": "section-damaged",
        "-rf.a3d": "avatar-bad-id",
        "leak.a3d": "avatar-bad-id",
    }


def test_check_without_a_folder(tmp_path: Path) -> None:
    findings = preflight(tmp_path / "none", ServerOptions(port=0))
    assert [finding.error.code for finding in findings if finding.error] == ["serve-no-directory"]


# --- ani3d token


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


# --- logs


def test_json_logs_name_the_call_and_the_session() -> None:
    stream = io.StringIO()
    call = Call(method="/ani3d_runtime.rpc.v1.LiveService/Retarget", address="ipv4:127.0.0.1:5")
    call.about["session"] = "x" * 1000
    before = CURRENT.set(call)
    try:
        with logged_as_json(stream, logging.INFO):
            LOGGER.getChild("live").info("joints of %s\nmissing", "ada")
    finally:
        CURRENT.reset(before)
    (line,) = stream.getvalue().splitlines()
    entry = json.loads(line)
    assert (entry["message"], entry["level"]) == ("joints of ada\nmissing", "info")
    assert (entry["method"], entry["call_id"]) == ("Retarget", call.call_id)
    assert len(entry["session"]) == 128, "what a client sends does not fill the log"
