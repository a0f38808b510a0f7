"""``ani3d serve``: a folder of packages over gRPC."""

from __future__ import annotations

import importlib
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from rich.markup import escape
from rich.text import Text

from ani3d_runtime.cli import exit_codes
from ani3d_runtime.cli.console import Console, ConsoleArgument, table
from ani3d_runtime.errors import Ani3dError, UsageError
from ani3d_runtime.package.store import shown
from ani3d_runtime.rpc.address import in_url
from ani3d_runtime.server import run_until_signalled, run_workers_until_signalled
from ani3d_runtime.server.announcement import Announcement
from ani3d_runtime.server.config import ServerConfig
from ani3d_runtime.server.logs import LOGGER, logged_as_json
from ani3d_runtime.server.open_files import allow_many_files
from ani3d_runtime.server.options import ServerOptions
from ani3d_runtime.server.preflight import Finding, preflight

# Addresses that stand for all of this machine, and one that a client on it can connect to.
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}


def serve(
    directory: str | None = None,
    /,
    *,
    config: Path | None = None,
    host: str | None = None,
    port: int | None = None,
    grace_s: float | None = None,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
    tls_client_ca: Path | None = None,
    token_keys: Path | None = None,
    gateway: int | None = None,
    metrics_port: int | None = None,
    audit_log: Path | None = None,
    workers: int | None = None,
    bus: str | None = None,
    log_format: Literal["text", "json"] | None = None,
    insecure_public: Annotated[bool, Parameter(negative="")] = False,
    check: Annotated[bool, Parameter(negative="")] = False,
    console: ConsoleArgument,
) -> int:
    """Serve a folder of packages over gRPC, until Ctrl-C or SIGTERM.

    Packages that are added, replaced or removed meanwhile are picked up. What is set here goes over the environment
    (ANI3D_SERVE_PORT and so on), and that over the file.

    Args:
        directory: folder of .a3d files, or a URL of one such as s3://bucket/characters; an avatar's id is its file
            name without the ending.
        config: TOML file with all settings; docs/serving.md lists them.
        host: address to listen on, such as ::1, with or without brackets; 127.0.0.1 unless set.
        port: port to listen on; 8470 unless set; 0 takes any free one.
        grace_s: how long downloads in progress may go on after Ctrl-C; 5 unless set.
        tls_cert: PEM file of the server's certificate, and those between it and its authority.
        tls_key: PEM file of the certificate's key.
        tls_client_ca: PEM file of the authorities of clients' certificates, which are asked for then.
        token_keys: key file of 'ani3d token'; callers need a token then.
        gateway: port on this machine for browsers, over WebSockets and HTTP; 0 takes any free one.
        metrics_port: port on this machine where Prometheus finds metrics; 0 takes any free one. Further workers have
            the ports after it.
        audit_log: file to append a JSON line to for every call.
        workers: processes that share the port; 1 unless set.
        bus: URL of a NATS server, such as nats://127.0.0.1:4222, where live sessions of several servers meet.
        log_format: of the log on stderr, text or json.
        insecure_public: allow an address that other machines can reach, although nothing is encrypted.
        check: start nothing; look at everything, say what would be served, and end with 1 if something is wrong.
    """
    values: dict[str, Any] = {
        "directory": directory,
        "host": host,
        "port": port,
        "grace_s": grace_s,
        "tls": _given({"certificate": tls_cert, "key": tls_key, "client_ca": tls_client_ca}),
        "token_keys": token_keys,
        "gateway": _given({"port": gateway}),
        "metrics": _given({"port": metrics_port}),
        "audit_log": audit_log,
        "workers": workers,
        "bus": bus,
        "log_format": log_format,
        "insecure_public": insecure_public or None,
    }
    flags = _given(values) or {}
    allow_many_files()
    if check:
        return _show(_checked(flags, config), console)
    chosen = ServerConfig.load(flags, config)
    _check_extras(chosen.options)
    if chosen.log_format == "json":
        with logged_as_json(sys.stderr, logging.INFO):
            return _run_or_log_why_not(chosen, console)
    with _logged_to(console):
        _run(chosen, console)
    return exit_codes.OK


def _checked(flags: dict[str, Any], config: Path | None) -> list[Finding]:
    """The errors of the settings, or else the findings of a preflight."""
    try:
        chosen = ServerConfig.load(flags, config)
    except Ani3dError as error:
        return [Finding("settings", error.subject, error)]
    return preflight(chosen.directory, chosen.options)


def _run(chosen: ServerConfig, console: Console) -> None:
    options = chosen.options
    as_json = chosen.log_format == "json"

    def announce(found: Announcement) -> None:
        _announce(found, chosen, console)

    if options.workers > 1:
        level = logging.INFO if as_json or console.verbose else logging.WARNING
        run_workers_until_signalled(chosen.directory, options, announce, as_json=as_json, log_level=level)
    else:
        run_until_signalled(chosen.directory, options, lambda server: announce(server.announcement()))


def _run_or_log_why_not(chosen: ServerConfig, console: Console) -> int:
    """Serve; a refusal is a line of the log, as everything on stderr is."""
    try:
        _run(chosen, console)
    except Ani3dError as error:
        if console.json:
            raise
        LOGGER.error("[%s] %s", error.code, error, extra={"fields": error.to_json()})
        return exit_codes.USAGE if isinstance(error, UsageError) else exit_codes.FAILED
    return exit_codes.OK


def _check_extras(options: ServerOptions) -> None:
    """Here and not in a worker, where nobody would say what to install."""
    for module, is_needed in (("aiohttp", options.gateway), ("nats", options.bus)):
        if is_needed:
            importlib.import_module(module)


def _given(values: dict[str, Any]) -> dict[str, Any] | None:
    """Those that were set; None where none was."""
    return {name: value for name, value in values.items() if value is not None} or None


def _show(findings: list[Finding], console: Console) -> int:
    has_errors = any(finding.error for finding in findings)
    rows = table("", "", "")
    for finding in findings:
        mark = Text("error", "red") if finding.error else Text("warning", "yellow") if finding.is_warning else "ok"
        rows.add_row(mark, finding.subject, finding.detail)
    data = [
        {
            "subject": finding.subject,
            "detail": finding.detail,
            "warning": finding.is_warning,
            "error": finding.error.to_json() if finding.error else None,
        }
        for finding in findings
    ]
    console.result({"ok": not has_errors, "findings": data}, rows)
    if not console.json:
        for finding in findings:
            if finding.error:
                console.error(finding.error)
    return exit_codes.FAILED if has_errors else exit_codes.OK


def _announce(found: Announcement, chosen: ServerConfig, console: Console) -> None:
    if console.json:
        _announce_to_scripts(found, chosen.options)
        return
    as_json = chosen.log_format == "json"
    rows = table("avatar", "Gaussians", "clips", "MB", numeric=("Gaussians", "MB"))
    for avatar in found.avatars:
        clips = ", ".join(avatar.clip_names)
        rows.add_row(avatar.avatar_id, f"{avatar.gaussian_count:,}", clips, f"{avatar.size_bytes / 1e6:.1f}")
    console.out.print(rows)
    if not found.avatars:
        warn = LOGGER.warning if as_json else console.warn
        warn(f"no packages in {shown(chosen.directory)} yet; they are picked up as they come")
    for text, fields in _notices(found, chosen.options):
        if not as_json:
            console.say(text)
        elif fields is None:
            console.out.print(escape(f"gateway: {text}"), soft_wrap=True)
        else:
            LOGGER.info(text, extra={"fields": fields})


def _announce_to_scripts(found: Announcement, options: ServerOptions) -> None:
    ready: dict[str, Any] = {
        "ready": True,
        "address": found.address,
        "avatars": [avatar.avatar_id for avatar in found.avatars],
        "workers": options.workers,
    }
    if found.metrics_ports:
        ready["metrics_port"] = found.metrics_ports[0]
        ready["metrics_ports"] = found.metrics_ports
    if found.gateway_port is not None:
        ready["gateway_port"] = found.gateway_port
        ready["gateway_token"] = found.gateway_token
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()


def _notices(found: Announcement, options: ServerOptions) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """The addresses that the server listens on, as text and as fields of the log.

    The gateway's token has no fields, because the log must not hold it.
    """
    if options.metrics is not None:
        for port in found.metrics_ports:
            url = f"http://{in_url(options.metrics.host)}:{port}/metrics"
            yield f"metrics on {url}", {"metrics_url": url}
    if found.gateway_port is not None and options.gateway is not None:
        from ani3d_runtime.server.gateway.page import has_page  # needs an extra, as the gateway does

        scheme = "https" if options.tls else "http"
        url = f"{scheme}://{in_url(options.gateway.host)}:{found.gateway_port}/v1/"
        yield f"gateway on {url}", {"gateway_url": url}
        if has_page():
            fragment = "" if found.gateway_token is None else f"#token={found.gateway_token}"
            yield f"watch in a browser: {url.removesuffix('v1/')}{fragment}", None
        if found.gateway_token is not None:
            yield f"its token, for this run: {found.gateway_token}", None
    workers = f" with {options.workers} workers" if options.workers > 1 else ""
    yield (
        f"serving on {found.address}{workers}{', encrypted' if options.tls else ''}; stop with Ctrl-C",
        {"address": found.address, "workers": options.workers, "encrypted": options.tls is not None},
    )
    if found.avatars:
        command = _play_command(found, options)
        yield f"try: {command}", {"command": command}


def _play_command(found: Announcement, options: ServerOptions) -> str:
    """A command that works on this machine once its words in capitals are filled in."""
    host, _, port = found.address.rpartition(":")
    if host in _EVERY_ADDRESS:
        # No certificate is for an address that stands for all of them.
        host = "HOST" if options.tls else _EVERY_ADDRESS[host]
    trust = ""
    if options.tls is not None:
        trust += " --tls-ca FILE"
        if options.tls.client_ca is not None:
            trust += " --tls-cert FILE --tls-key FILE"
    if options.token_keys is not None:
        trust += " --token-file FILE"
    return f"ani3d play {host}:{port} {found.avatars[0].avatar_id}{trust}"


class _logged_to(logging.Handler):  # noqa: N801 - used as a context manager
    """Shows the server's log on the console: what was skipped or refused always, the rest on request."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.INFO if console.verbose else logging.WARNING)
        self._console = console
        self._logger = logging.getLogger("ani3d_runtime.server")

    def __enter__(self) -> None:
        self._logger.setLevel(self.level)
        self._logger.addHandler(self)

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        show = self._console.warn if record.levelno >= logging.WARNING else self._console.detail
        show(record.getMessage())
