"""What ``ani3d serve`` is told: flags over environment over file, and refusals that name the place."""

from __future__ import annotations

import dataclasses
import inspect
import io
import json
import logging
import re
import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ani3d_runtime.cli.app import run
from ani3d_runtime.cli.serve import serve
from ani3d_runtime.errors import Ani3dError, InputError, ResourceError, UsageError
from ani3d_runtime.server.announcement import Announcement, OfferedAvatar
from ani3d_runtime.server.config import FLAGS, PREFIX, ServerConfig, known_keys
from ani3d_runtime.server.logs import LOGGER, logged_as_json
from ani3d_runtime.server.options import GatewayOptions, MetricsOptions, ServerOptions
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


# --- ports


def gateway(port: int, host: str = "127.0.0.1") -> GatewayOptions:
    return GatewayOptions(port, host, insecure_public=True)


def metrics(port: int, host: str = "127.0.0.1") -> MetricsOptions:
    return MetricsOptions(port, host, insecure_public=True)


@pytest.mark.parametrize(
    ("options", "key", "other", "free"),
    [
        (ServerOptions(port=9600, metrics=metrics(9600)), "metrics.port", "port", 9601),
        (ServerOptions(port=9600, gateway=gateway(9600)), "gateway.port", "port", 9601),
        (ServerOptions(gateway=gateway(9601), metrics=metrics(9601)), "metrics.port", "gateway.port", 9602),
        (ServerOptions(workers=2, gateway=gateway(9712), metrics=metrics(9711)), "metrics.port", "gateway.port", 9713),
        (ServerOptions(port=9602, workers=3, metrics=metrics(9600)), "metrics.port", "port", 9603),
        (ServerOptions(port=65535, workers=2, metrics=metrics(65534)), "metrics.port", "port", 65532),
        (ServerOptions(port=9600, gateway=gateway(9600, "0.0.0.0")), "gateway.port", "port", 9601),
        (ServerOptions(port=9600, gateway=gateway(9600, "::")), "gateway.port", "port", 9601),
        (ServerOptions(port=9600, host="localhost", gateway=gateway(9600)), "gateway.port", "port", 9601),
    ],
)
def test_a_port_that_two_parts_would_need_is_refused(options: ServerOptions, key: str, other: str, free: int) -> None:
    with pytest.raises(UsageError) as raised:
        options.check_ports()
    error = raised.value
    assert (error.code, error.subject) == ("serve-port-twice", key)
    assert f"{other} is" in error.found
    assert f"another {key}, such as {free}, or another {other};" in error.fix


@pytest.mark.parametrize(
    "options",
    [
        ServerOptions(port=0, gateway=gateway(0), metrics=metrics(0), workers=4),
        ServerOptions(port=9600, gateway=gateway(9601), metrics=metrics(9602), workers=4),
        ServerOptions(port=9606, gateway=gateway(9601), metrics=metrics(9602), workers=4),
        ServerOptions(port=9600, gateway=gateway(9600, "127.0.0.2")),
        ServerOptions(port=9600, gateway=gateway(9600, "::1")),
        ServerOptions(port=9600, host="0.0.0.0", insecure_public=True, gateway=gateway(9600, "::1")),
        ServerOptions(metrics=metrics(65534), workers=2),
    ],
)
def test_ports_that_differ_or_are_of_different_addresses_are_not(options: ServerOptions) -> None:
    options.check_ports()


def test_metrics_of_all_workers_need_ports() -> None:
    options = ServerOptions(metrics=metrics(65534), workers=2)
    dataclasses.replace(options, metrics=metrics(65535))  # as its second worker has them
    with pytest.raises(UsageError) as raised:
        dataclasses.replace(options, workers=3).check_ports()
    error = raised.value
    assert (error.code, error.subject) == ("serve-bad-port", "metrics.port")
    assert error.found == "65534 to 65536, one for each worker"


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


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (("--workers", "2", "--metrics-port", "9711", "--gateway", "9712"), "serve-port-twice"),
        (("--port", "99999"), "serve-bad-port"),
        (("--host", "0.0.0.0"), "serve-public-insecure"),
        (("--workers", "0"), "serve-bad-limit"),
        (("--tls-cert", "a.pem"), "serve-config-value"),
    ],
)
def test_a_wrong_setting_is_found_by_the_check_and_refused_by_the_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: tuple[str, ...], code: str
) -> None:
    exit_code, findings = checked(capsys, tmp_path, *flags)
    assert exit_code == 1, "whatever is wrong, a check that was made fails with 1"
    assert [finding["error"]["code"] for finding in findings.values()] == [code]
    assert run(["--json", "serve", str(tmp_path), *flags]) == 2, "the command line is wrong"
    assert json.loads(capsys.readouterr().err)["error"]["code"] == code


def test_a_wrong_setting_of_the_file_fails_with_1(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(FILE.replace("1111", "99999"))
    assert run(["--json", "serve", "--config", str(file)]) == 1
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "serve-bad-port"
    assert checked(capsys, "--config", file)[1]["settings"]["error"]["code"] == "serve-bad-port"


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


# --- what a server says once it answers


Announce = Callable[..., tuple[str, str]]


@pytest.fixture
def announce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Announce:
    """Runs the command with a server that says it answers and ends; stdout and stderr."""

    def announced(found: Announcement, *arguments: object) -> tuple[str, str]:
        def run_server(_directory: object, _options: object, on_ready: Callable[[Any], None]) -> None:
            on_ready(SimpleNamespace(announcement=lambda: found))

        monkeypatch.setattr("ani3d_runtime.cli.serve.run_until_signalled", run_server)
        assert run(["serve", str(tmp_path), *map(str, arguments)]) == 0
        return capsys.readouterr()

    return announced


ADA = OfferedAvatar("ada", 200, ("walk",), 1000)


def test_a_json_log_has_no_line_that_is_not_json(announce: Announce) -> None:
    found = Announcement("127.0.0.1:9650", (ADA,), (9651,), 9652, "SECRET")
    out, err = announce(found, "--log-format", "json", "--metrics-port", 9651, "--gateway", 9652)
    lines = [json.loads(line) for line in err.splitlines()]
    assert {line["level"] for line in lines} == {"info"}
    assert all({"time", "logger", "message"} <= set(line) for line in lines)
    fields = {name: value for line in lines for name, value in line.items()}
    assert fields["metrics_url"] == "http://127.0.0.1:9651/metrics"
    assert fields["gateway_url"] == "http://127.0.0.1:9652/v1/"
    assert (fields["address"], fields["workers"], fields["encrypted"]) == ("127.0.0.1:9650", 1, False)
    assert fields["command"] == "ani3d play 127.0.0.1:9650 ada"
    assert "SECRET" not in err, "logs hold no tokens"
    assert "gateway: its token, for this run: SECRET" in out


def test_a_json_log_says_that_there_is_nothing_yet(announce: Announce) -> None:
    _, err = announce(Announcement("127.0.0.1:9650", ()), "--log-format", "json")
    first = json.loads(err.splitlines()[0])
    assert (first["level"], first["message"].partition(" in ")[0]) == ("warning", "no packages")


def test_a_text_log_is_for_people(announce: Announce) -> None:
    _, err = announce(
        Announcement("127.0.0.1:9650", (ADA,), (9651,), 9652, "SECRET"), "--metrics-port", 9651, "--gateway", 9652
    )
    assert err.splitlines() == [
        "metrics on http://127.0.0.1:9651/metrics",
        "gateway on http://127.0.0.1:9652/v1/",
        "its token, for this run: SECRET",
        "serving on 127.0.0.1:9650; stop with Ctrl-C",
        "try: ani3d play 127.0.0.1:9650 ada",
    ]


def test_a_server_that_cannot_start_says_so_in_its_json_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise ResourceError("serve-address-in-use", "127.0.0.1:1", found="a", expected="b", fix="Do c.")

    monkeypatch.setattr("ani3d_runtime.cli.serve.run_until_signalled", refuse)
    assert run(["serve", str(tmp_path), "--log-format", "json"]) == 1
    (line,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert (line["level"], line["code"], line["fix"]) == ("error", "serve-address-in-use", "Do c.")
    assert run(["--json", "serve", str(tmp_path), "--log-format", "json"]) == 1
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "serve-address-in-use"


@pytest.mark.parametrize(
    ("address", "flags", "command"),
    [
        ("0.0.0.0:9650", ("--host", "0.0.0.0", "--insecure-public"), "ani3d play 127.0.0.1:9650 ada"),
        ("[::]:9650", ("--host", "::", "--insecure-public"), "ani3d play [::1]:9650 ada"),
        (
            "0.0.0.0:9650",
            ("--host", "0.0.0.0", "--tls-cert", "a", "--tls-key", "b"),
            "ani3d play HOST:9650 ada --tls-ca FILE",
        ),
        (
            "[::]:9650",
            ("--host", "::", "--tls-cert", "a", "--tls-key", "b", "--tls-client-ca", "c", "--token-keys", "d"),
            "ani3d play HOST:9650 ada --tls-ca FILE --tls-cert FILE --tls-key FILE --token-file FILE",
        ),
        (
            "10.0.0.1:9650",
            ("--host", "10.0.0.1", "--tls-cert", "a", "--tls-key", "b"),
            "ani3d play 10.0.0.1:9650 ada --tls-ca FILE",
        ),
    ],
)
def test_what_to_try_can_be_tried(announce: Announce, address: str, flags: tuple[str, ...], command: str) -> None:
    _, err = announce(Announcement(address, (ADA,)), *flags)
    assert err.splitlines()[-1] == f"try: {command}"
