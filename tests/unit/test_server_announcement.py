"""What a server says of itself once it answers, and how its log says it: for people, and as JSON."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ani3d_runtime.cli.app import run
from ani3d_runtime.errors import ResourceError
from ani3d_runtime.rpc.methods import RETARGET
from ani3d_runtime.server.announcement import Announcement, OfferedAvatar
from ani3d_runtime.server.logs import LOGGER, logged_as_json
from ani3d_runtime.server.trust.call import CURRENT, Call


def test_json_logs_name_the_call_and_the_session() -> None:
    stream = io.StringIO()
    call = Call(method=RETARGET.path, address="ipv4:127.0.0.1:5")
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


def test_a_text_log_is_for_people(announce: Announce, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ani3d_runtime.server.gateway.page.has_page", lambda: True)
    _, err = announce(
        Announcement("127.0.0.1:9650", (ADA,), (9651,), 9652, "SECRET"), "--metrics-port", 9651, "--gateway", 9652
    )
    assert err.splitlines() == [
        "metrics on http://127.0.0.1:9651/metrics",
        "gateway on http://127.0.0.1:9652/v1/",
        "watch in a browser: http://127.0.0.1:9652/#token=SECRET",
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
