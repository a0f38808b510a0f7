"""``ani3d serve --check``: everything that would keep a server from starting, without starting it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ani3d_runtime.cli.app import run
from ani3d_runtime.server.options import ServerOptions
from ani3d_runtime.server.preflight import preflight
from ani3d_runtime.server.trust.tokens import TokenKeys
from ani3d_runtime.testing.packages import write_synthetic_package


def packages_of(folder: Path, count: int) -> None:
    """So many packages, one file under many names."""
    first = folder / "p000.a3d"
    write_synthetic_package(first)
    for number in range(1, count):
        os.link(first, folder / f"p{number:03}.a3d")


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


def test_a_wrong_setting_of_the_file_fails_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "serve.toml"
    file.write_text('directory = "packages"\nport = 99999\n')
    assert run(["--json", "serve", "--config", str(file)]) == 1
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "serve-bad-port"
    assert checked(capsys, "--config", file)[1]["settings"]["error"]["code"] == "serve-bad-port"


def test_check_without_a_folder(tmp_path: Path) -> None:
    findings = preflight(tmp_path / "none", ServerOptions(port=0))
    assert [finding.error.code for finding in findings if finding.error] == ["serve-no-directory"]


@pytest.mark.skipif(os.name != "posix", reason="the limit is that of POSIX")
def test_a_library_has_more_packages_than_files_that_a_process_may_open_at_first(tmp_path: Path) -> None:
    """120 packages where a process begins with 64 files, of 512 that it may ask for."""
    packages_of(tmp_path, 120)
    program = (
        "import resource, sys; from ani3d_runtime.cli.app import run;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 512));"
        "sys.exit(run(['--json', 'serve', '--check', '--port', '0', sys.argv[1]]))"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=120
    )
    assert outcome.returncode == 0, outcome.stderr
    assert sum("Gaussians" in finding["detail"] for finding in json.loads(outcome.stdout)["findings"]) == 120


def test_check_warns_of_packages_that_leave_no_files_for_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages_of(tmp_path, 3)
    for limit, warned in ((6, False), (5, True)):
        monkeypatch.setattr("ani3d_runtime.server.preflight.most_open_files", lambda limit=limit: limit)
        findings = preflight(tmp_path, ServerOptions(port=0))
        assert [finding.subject for finding in findings if finding.is_warning] == ["packages"] * warned
    monkeypatch.setattr("ani3d_runtime.server.preflight.most_open_files", lambda: None)
    assert not any(finding.is_warning for finding in preflight(tmp_path, ServerOptions(port=0)))
