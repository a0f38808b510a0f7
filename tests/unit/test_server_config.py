"""How ``ani3d serve`` is configured: flags over environment over file, and refusals that name the place."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from ani3d_runtime.cli.serve import serve
from ani3d_runtime.errors import Ani3dError, InputError, UsageError
from ani3d_runtime.server.config import FLAGS, PREFIX, ServerConfig, known_keys
from ani3d_runtime.server.options import GatewayOptions, ServerOptions
from ani3d_runtime.server.trust.quotas import Quotas

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
        ("port = 1111", "port = 99999", "serve-bad-port", "line 2: port"),
        ("port = 2222", "port = 99999", "serve-bad-port", "line 11: metrics.port"),
        ("port = 1111", "host = '0.0.0.0'", "serve-public-insecure", "line 2: host"),
        ("port = 1111", "gateway = {port = 0, host = '0.0.0.0'}", "serve-public-insecure", "line 2: gateway.host"),
        ("port = 2222", "port = 0\nhost = '0.0.0.0'", "serve-public-metrics", "line 12: metrics.host"),
        ("port = 2222", "port = 1111", "serve-port-twice", "line 11: metrics.port"),
        ("streams = 5", "streams = -3", "serve-bad-limit", "line 7: quotas.streams"),
        ("streams = 5", "streams = 0", "serve-bad-limit", "line 7: quotas.streams"),
        ("live_sessions = 2", "live_sessions = -1", "serve-bad-limit", "line 8: quotas.live_sessions"),
        ("streams = 5", "download_bytes_per_s = -1", "serve-bad-limit", "line 7: quotas.download_bytes_per_s"),
        ("port = 1111", "grace_s = -1", "serve-bad-limit", "line 2: grace_s"),
        ("port = 1111", "frame_cache_bytes = -1", "serve-bad-limit", "line 2: frame_cache_bytes"),
        ("port = 1111", "port = '1111'", "serve-config-value", "line 2: port"),
        ("port = 1111", "port = 1111.0", "serve-config-value", "line 2: port"),
        ("port = 1111", "grace_s = '5'", "serve-config-value", "line 2: grace_s"),
        ("port = 1111", "insecure_public = 'yes'", "serve-config-value", "line 2: insecure_public"),
    ],
)
def test_a_refusal_names_file_line_and_key(file: Path, before: str, after: str, code: str, place: str) -> None:
    file.write_text(FILE.replace(before, after, 1))
    error = refusal({}, file)
    assert (error.code, error.subject) == (code, f"{file}: {place}")
    assert isinstance(error, InputError), "the command line is right"
    assert error.fix


def test_a_file_of_every_type_of_value(tmp_path: Path) -> None:
    file = tmp_path / "serve.toml"
    file.write_text(
        "directory = 's3://bucket/packages'\ngrace_s = 3\ninsecure_public = true\naudit_log = 'audit'\n"
        "quotas.live_sessions = 0\ngateway = {port = 0, origins = ['https://a', 'https://b']}\nwrite_timeout_s = inf\n"
    )
    config = ServerConfig.load({}, file)
    options = config.options
    assert config.directory == "s3://bucket/packages"
    assert options.audit_log == tmp_path / "audit"
    assert options.gateway == GatewayOptions(0, origins=("https://a", "https://b"))
    assert (options.quotas.live_sessions, options.grace_s, options.insecure_public) == (0, 3.0, True)


def test_a_refusal_names_the_variable(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANI3D_SERVE_MAX_SESSIONS", "many")
    assert refusal({}, file).subject == "environment: ANI3D_SERVE_MAX_SESSIONS"
    monkeypatch.setenv("ANI3D_SERVE_MAX_SESSIONS", "9")
    monkeypatch.setenv("ANI3D_SERVE_QUOTAS__STREAM", "4")
    error = refusal({}, file)
    assert (error.code, error.subject) == ("serve-config-unknown", "environment: ANI3D_SERVE_QUOTAS__STREAM")
    assert "ANI3D_SERVE_QUOTAS__STREAMS" in error.fix


def test_lists_in_variables_are_json(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANI3D_SERVE_GATEWAY__PORT", "0")
    monkeypatch.setenv("ANI3D_SERVE_GATEWAY__ORIGINS", '["https://example.org", "https://b"]')
    monkeypatch.setenv("ANI3D_SERVE_GATEWAY__HOSTS", "[]")
    found = ServerConfig.load({"directory": tmp_path}).options.gateway
    assert found == GatewayOptions(port=0, origins=("https://example.org", "https://b"))


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("GATEWAY__ORIGINS", "https://a", 'a JSON list, such as ["https://a"]'),
        ("GATEWAY__ORIGINS", "https://a, https://b", 'a JSON list, such as ["https://a", "https://b"]'),
        ("GATEWAY__HOSTS", "[1]", 'a JSON list, such as ["1"]'),
        ("LOG_FORMAT", "xml", "text or json"),
        ("MAX_SESSIONS", "many", "a whole number"),
        ("METRICS__PORT", "1.5", "a whole number"),
        ("GRACE_S", "soon", "a number"),
        ("INSECURE_PUBLIC", "perhaps", "true or false"),
    ],
)
def test_a_refusal_says_in_words_what_is_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(PREFIX + variable, value)
    error = refusal({"directory": tmp_path, "gateway": {"port": 0}})
    assert (error.code, error.subject, error.expected) == (
        "serve-config-value",
        f"environment: {PREFIX}{variable}",
        expected,
    )
    assert isinstance(error, InputError)


def test_a_refusal_names_the_flag(tmp_path: Path) -> None:
    error = refusal({"directory": tmp_path, "port": 99999})
    assert (type(error), error.code, error.subject) == (UsageError, "serve-bad-port", "command line: --port")
    error = refusal({"directory": tmp_path, "host": "0.0.0.0"})
    assert (type(error), error.subject) == (UsageError, "command line: --host")
    assert "insecure_public (--insecure-public)" in error.fix, "advice for a file as well as for a command line"
    assert "tls.certificate and tls.key (--tls-cert, --tls-key)" in error.fix
    error = refusal({"directory": tmp_path, "tls": {"certificate": tmp_path / "a"}})
    assert (type(error), error.subject) == (UsageError, "tls.key")
    assert error.fix == "Set it by --tls-key, ANI3D_SERVE_TLS__KEY or tls.key in the file."


def test_no_folder_is_asked_for_as_it_can_be_given() -> None:
    error = refusal({})
    assert (type(error), error.found) == (UsageError, "nothing")
    assert error.fix == "Set it by the first argument, ANI3D_SERVE_DIRECTORY or directory in the file."


def test_what_a_variable_began_and_did_not_finish_is_no_fault_of_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANI3D_SERVE_METRICS__HOST", "127.0.0.1")
    error = refusal({"directory": tmp_path})
    assert (type(error), error.subject) == (InputError, "metrics.port")


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


def test_flags_are_those_of_the_command_and_of_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs/serving.md").read_text()
    rows = re.findall(r"^\| `([a-z_.]+)` \| [^|]+ \| `?([^|`]+)`? \|", text.partition("## TLS")[0], re.M)
    assert {tuple(key.split(".")): flag.strip() for key, flag in rows if flag.strip()} == FLAGS
    names = set(inspect.signature(serve).parameters) - {"directory", "config", "check", "console"}
    assert {f"--{name.replace('_', '-')}" for name in names} == set(FLAGS.values()) - {"the first argument"}
