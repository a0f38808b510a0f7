"""ServerOptions: where a server listens, and its limits."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from urllib.parse import urlsplit

from ani3d_runtime.errors import ResourceError, UsageError
from ani3d_runtime.rpc.address import address_of, bare_host, is_ipv6
from ani3d_runtime.server.listeners import MAX_PORT, Listener, check_collisions, ports_from
from ani3d_runtime.server.trust.quotas import Quotas
from ani3d_runtime.server.trust.tls import TlsFiles

MAX_REQUEST_BYTES = 256 << 10
_ABOVE_ZERO = (
    "heartbeat_timeout_s",
    "write_timeout_s",
    "max_concurrent_streams",
    "max_sessions",
    "max_live_sessions",
    "source_timeout_s",
    "abandoned_after_s",
    "max_credits",
    "decode_threads",
    "workers",
)
_AT_LEAST = {
    "grace_s": 0,
    "frame_cache_bytes": 0,
    "quotas.streams": 1,
    "quotas.live_sessions": 0,
    "quotas.download_bytes_per_s": 0,
}


@dataclass(frozen=True)
class MetricsOptions:
    """Where Prometheus finds metrics, on plain HTTP.

    Attributes:
        port: of the first worker; 0 lets the system choose all of them.
        host: address to listen on.
        insecure_public: allow a host that other machines can reach.
    """

    port: int
    host: str = "127.0.0.1"
    insecure_public: bool = False

    def __post_init__(self) -> None:
        check_port(self.port, "metrics.port")
        _take_bare_host(self, "metrics.host")
        if not self.insecure_public and not is_loopback(self.host):
            raise UsageError(
                "serve-public-metrics",
                "metrics.host",
                found=f"{self.host}, an address that other machines can reach",
                expected="a loopback address such as 127.0.0.1",
                fix="Leave the host out, or set metrics.insecure_public where the network is trusted.",
            )

    def port_of(self, worker: int) -> int:
        """Where a worker's metrics are found: from the configured port upwards; 0 lets the system choose."""
        return self.port and self.port + worker - 1


@dataclass(frozen=True)
class GatewayOptions:
    """Where browsers are served, over WebSockets and HTTP; encrypted where the server is.

    Attributes:
        port: 0 lets the system choose.
        host: address to listen on.
        origins: of pages that may connect, such as https://example.org, besides the gateway's own.
        hosts: names that requests may give this machine, besides those of the loopback.
        insecure_public: allow a host that other machines can reach, without encryption.
    """

    port: int
    host: str = "127.0.0.1"
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    insecure_public: bool = False

    def __post_init__(self) -> None:
        check_port(self.port, "gateway.port")
        _take_bare_host(self, "gateway.host")


@dataclass(frozen=True)
class ServerOptions:
    """Limits are what was measured to keep one process healthy under overload (benchmarks/serving, tests/faults).

    Attributes:
        host: address to listen on.
        port: 0 to 65535; 0 lets the system choose.
        insecure_public: allow a host that other machines can reach, without encryption.
        grace_s: how long a drain waits for downloads to end.
        heartbeat_timeout_s: a client that says nothing for this long is cut off.
        write_timeout_s: a client that takes nothing for this long is cut off.
        max_concurrent_streams: calls per connection.
        max_sessions: Play sessions in the whole process, and as many publishers and subscribers of live ones.
        max_live_sessions: live sessions in the whole process.
        source_timeout_s: a publisher that says nothing for this long is lost.
        abandoned_after_s: a live session without a publisher ends after this.
        max_credits: most frames that a client may have on order.
        frame_cache_bytes: serialised frames kept for the next watcher of the same clip.
        decode_threads: threads that produce frames; the kernels inside use all cores themselves.
        tls: encrypt, with these files; None for plain connections.
        token_keys: file of the keys that tokens are signed with; None where none are asked for.
        quotas: of each principal.
        metrics: where Prometheus finds metrics; None for nowhere.
        audit_log: file that a line about every call is appended to; None for none.
        gateway: where browsers are served; None for nowhere.
        workers: processes that share the port.
        bus: where live sessions of several servers meet: the URL of a NATS server, or several with commas; None for
            nowhere, which workers of one machine can do without.
    """

    host: str = "127.0.0.1"
    port: int = 8470
    insecure_public: bool = False
    grace_s: float = 5.0
    heartbeat_timeout_s: float = 10.0
    write_timeout_s: float = 10.0
    max_concurrent_streams: int = 128
    max_sessions: int = 1024
    max_live_sessions: int = 64
    source_timeout_s: float = 0.35
    abandoned_after_s: float = 60.0
    max_credits: int = 256
    frame_cache_bytes: int = 64 << 20
    decode_threads: int = 2
    tls: TlsFiles | None = None
    token_keys: Path | None = None
    quotas: Quotas = field(default_factory=Quotas)
    metrics: MetricsOptions | None = None
    audit_log: Path | None = None
    gateway: GatewayOptions | None = None
    workers: int = 1
    bus: str | None = None

    def __post_init__(self) -> None:
        check_port(self.port, "port")
        _take_bare_host(self, "host")
        if self.bus is not None:
            _check_bus(self.bus)
        for name in _ABOVE_ZERO:
            if not getattr(self, name) > 0:
                raise _bad_limit(name, getattr(self, name), "more than 0")
        for name, least in _AT_LEAST.items():
            value = attrgetter(name)(self)
            if not value >= least:
                raise _bad_limit(name, value, f"at least {least}")
        self._check_private()

    def _check_private(self) -> None:
        """Refuse addresses that other machines can reach without encryption, unless that is wanted."""
        if self.tls:
            return
        gateway = self.gateway
        if gateway and not (gateway.insecure_public or is_loopback(gateway.host)):
            raise _public("gateway.host", gateway.host, "gateway.insecure_public")
        if not (self.insecure_public or is_loopback(self.host)):
            raise _public("host", self.host, "insecure_public (--insecure-public)")

    def check_ports(self) -> None:
        """Refuse ports that two parts of the server would need, and more workers than there are ports for metrics.

        Of the options of the whole server: those of one worker name its own port for metrics, and all workers.

        Raises:
            UsageError: ``serve-port-twice``, ``serve-bad-port``.
        """
        listeners = self._listeners()
        for listener in listeners:
            if listener.ports.stop - 1 > MAX_PORT:
                raise _bad_port(listener.key, listener.span)
        check_collisions(listeners)

    def _listeners(self) -> list[Listener]:
        found = [Listener("port", self.host, ports_from(self.port))]
        if self.gateway is not None:
            found.append(Listener("gateway.port", self.gateway.host, ports_from(self.gateway.port)))
        if self.metrics is not None:
            found.append(Listener("metrics.port", self.metrics.host, ports_from(self.metrics.port, self.workers)))
        return found

    def address(self, port: int) -> str:
        """``host:port`` as gRPC takes it; IPv6 in brackets."""
        return address_of(self.host, port)


def check_port(port: int, subject: str) -> None:
    """Refuse what is no port.

    Raises:
        UsageError: ``serve-bad-port``.
    """
    if not 0 <= port <= MAX_PORT:
        # gRPC would take the lowest 16 bits and listen elsewhere.
        raise _bad_port(subject, str(port))


def _take_bare_host(options: MetricsOptions | GatewayOptions | ServerOptions, subject: str) -> None:
    """Keep an IPv6 address without the brackets that it may be written in; refuse what has a port in it."""
    host = bare_host(options.host)
    object.__setattr__(options, "host", host)
    if any(mark in host for mark in "[]/") or (":" in host and not is_ipv6(host)):
        raise UsageError(
            "serve-bad-host",
            subject,
            found=host[:128],
            expected="a name or an address alone, such as 127.0.0.1, ::1 or [::1]",
            fix="The port has an option of its own, such as --port; leave it out here.",
        )


def _bad_port(subject: str, found: str) -> UsageError:
    return UsageError(
        "serve-bad-port",
        subject,
        found=found,
        expected=f"0 to {MAX_PORT}",
        fix="Choose a port in that range; 0 takes any free one.",
    )


def _bad_limit(subject: str, value: float, expected: str) -> UsageError:
    return UsageError(
        "serve-bad-limit",
        subject,
        found=str(value),
        expected=expected,
        fix="Leave it out to get the limit that was measured to be healthy.",
    )


def _public(subject: str, host: str, permission: str) -> UsageError:
    return UsageError(
        "serve-public-insecure",
        subject,
        found=f"{host}, an address that other machines can reach, without encryption",
        expected="a loopback address such as 127.0.0.1, or TLS",
        fix="Set tls.certificate and tls.key (--tls-cert, --tls-key), serve on 127.0.0.1 behind a proxy that adds TLS, "
        f"or set {permission} on a trusted network.",
    )


def _check_bus(urls: str) -> None:
    for url in urls.split(","):
        parts = urlsplit(url)
        if parts.scheme not in ("nats", "tls") or not parts.hostname:
            raise UsageError(
                "serve-bad-bus",
                "bus",
                found=f"{parts.scheme or 'no scheme'}://{parts.hostname or ''}",  # and no password
                expected="nats://HOST:4222 or tls://HOST:4222, several with commas",
                fix="Give the address of a NATS server.",
            )


def address_in_use(address: str, option: str) -> ResourceError:
    """Something else listens there, or the address is another machine's."""
    return ResourceError(
        "serve-address-in-use",
        address,
        found="an address that cannot be bound",
        expected="a free port on an address of this machine",
        fix=f"Stop the other server or choose another {option}; 0 takes any free one.",
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
