"""Preflight: everything that could keep a server from starting or serving, looked at without starting it."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ani3d_runtime.errors import Ani3dError, ResourceError
from ani3d_runtime.rpc.address import address_of
from ani3d_runtime.server.assets.catalogue import Catalogue, not_served
from ani3d_runtime.server.assets.package_source import SUFFIX
from ani3d_runtime.server.open_files import most_open_files
from ani3d_runtime.server.options import ServerOptions, is_loopback
from ani3d_runtime.server.trust.tls import TlsFiles
from ani3d_runtime.server.trust.tokens import TokenKeys
from ani3d_runtime.server.workers.ports import check_free

_SOON_S = 14 * 86_400


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: what it is.
        detail: how it is.
        error: why it will not do; None where it will.
        is_warning: it will do, and somebody should look at it.
    """

    subject: str
    detail: str
    error: Ani3dError | None = None
    is_warning: bool = False


def preflight(directory: Path | str, options: ServerOptions) -> list[Finding]:
    """Look at certificates, keys, ports, the audit log's folder and every package."""
    tls, keys, audit = options.tls, options.token_keys, options.audit_log
    metrics, gateway, bus = options.metrics, options.gateway, options.bus
    findings = [_looked_at("address", lambda: _port(options.host, options.port, "--port"))]
    if tls is not None:
        findings.append(_looked_at("TLS", lambda: _certificate(tls)))
    if keys is not None:
        findings.append(_looked_at("token keys", lambda: _keys(keys)))
    if not (keys or (tls and tls.client_ca) or is_loopback(options.host)):
        findings.append(Finding("callers", "nobody is asked who they are; see --token-keys", is_warning=True))
    if metrics is not None:
        for number in range(1, options.workers + 1):
            port = metrics.port_of(number)
            findings.append(_looked_at("metrics", lambda port=port: _port(metrics.host, port, "--metrics-port")))
    if gateway is not None:
        findings.append(_looked_at("gateway", lambda: _port(gateway.host, gateway.port, "--gateway")))
    if bus is not None:
        findings.append(_looked_at("live bus", lambda: _bus(bus)))
    if audit is not None:
        findings.append(_looked_at("audit log", lambda: _audit_log(audit)))
    try:
        return [*findings, *_packages(Catalogue(directory))]
    except Ani3dError as error:
        return [*findings, Finding("packages", error.subject, error)]


def _looked_at(subject: str, look: Callable[[], Finding | str]) -> Finding:
    try:
        found = look()
    except Ani3dError as error:
        return Finding(subject, error.subject, error)
    return found if isinstance(found, Finding) else Finding(subject, found)


def _port(host: str, port: int, option: str) -> str:
    check_free(host, port, option)
    return address_of(host, port or "any free port")


def _bus(url: str) -> str:
    from ani3d_runtime.server.bus.nats import NatsBus

    async def connect() -> str:
        bus = NatsBus(url, "ani3d --check")
        await bus.connect()
        await bus.close()
        return bus.where

    return asyncio.run(connect())


def _certificate(tls: TlsFiles) -> Finding:
    expiry = tls.check()
    clients = "" if tls.client_ca is None else f"; clients need a certificate of {tls.client_ca.name}"
    is_soon = expiry.timestamp() - time.time() < _SOON_S
    return Finding("TLS", f"{tls.certificate.name}, valid until {expiry:%Y-%m-%d %H:%M} UTC{clients}", None, is_soon)


def _keys(path: Path) -> Finding:
    TokenKeys.read(path)
    is_open = os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    return Finding("token keys", f"{path}{', which others may read: chmod 600' if is_open else ''}", None, is_open)


def _audit_log(path: Path) -> str:
    target = path if path.exists() else path.parent
    if not os.access(target, os.W_OK):
        raise ResourceError(
            "audit-unwritable",
            path,
            found="a file or folder that cannot be written",
            expected="a file that can be appended to",
            fix="Make the folder, or choose another --audit-log.",
        )
    return str(path)


def _packages(catalogue: Catalogue) -> Iterator[Finding]:
    names = catalogue.names()
    yield from _many(len(names))
    for name in names:
        file = f"{name}{SUFFIX}"
        try:
            entry = catalogue.find(name)
        except Ani3dError as error:
            is_reachable = error.code != "avatar-not-found"
            yield Finding(file, error.found, error if is_reachable else not_served(file))
        else:
            manifest = entry.package.manifest
            clips = ", ".join(entry.package.clip_names)
            detail = f"{manifest.gaussian_count:,} Gaussians, {entry.size_bytes / 1e6:.1f} MB, clips {clips}"
            yield Finding(entry.avatar_id, detail)


def _many(count: int) -> Iterator[Finding]:
    """A warning where packages take most of the files that a process may open."""
    limit = most_open_files()
    if limit is not None and count > limit // 2:
        detail = f"{count:,}, of {limit:,} files that a process may open, connections among them; raise ulimit -Hn"
        yield Finding("packages", detail, is_warning=True)
