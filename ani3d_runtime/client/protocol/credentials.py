"""Credentials: how a client checks its server, and how the server identifies the client."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import grpc

from ani3d_runtime.client.protocol.calls import CHANNEL_OPTIONS, checked_target
from ani3d_runtime.errors import InputError, UsageError

TokenSource: TypeAlias = str | Callable[[], str]

_HOST = re.compile(r"(?:(?:dns|ipv4|ipv6):(?://[^/]*/)?)?(?:\[(?P<bracketed>[^]]+)\]|(?P<plain>[^:]+))(?::\d+)?")


@dataclass(frozen=True)
class Credentials:
    """The credentials of one client.

    Attributes:
        tls: encrypt, and accept servers whose authority this machine trusts anyway.
        tls_ca: encrypt, and accept servers whose authority is in this PEM file, and no others.
        tls_certificate: this client's own certificate, PEM, for servers that ask for one.
        tls_key: of the certificate.
        token: a bearer token, or what is asked for one at the beginning of every call, on a thread of gRPC's.

    Raises:
        UsageError: ``tls-certificate-alone``.
    """

    tls: bool = False
    tls_ca: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    token: TokenSource | None = None

    def __post_init__(self) -> None:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise UsageError(
                "tls-certificate-alone",
                "--tls-cert, --tls-key",
                found="one of them",
                expected="both, or neither",
                fix="Give the certificate and its key.",
            )

    @property
    def is_encrypted(self) -> bool:
        """True if the connection is encrypted."""
        return self.tls or self.tls_ca is not None or self.tls_certificate is not None

    def channel(self, target: str) -> grpc.Channel:
        """A blocking channel to a server.

        Raises:
            UsageError: ``service-bad-address``, ``token-in-clear``.
            InputError: ``tls-unreadable``.
        """
        chosen = self._for(checked_target(target))
        if chosen is None:
            return grpc.insecure_channel(target, options=CHANNEL_OPTIONS)
        return grpc.secure_channel(target, chosen, options=CHANNEL_OPTIONS)

    def aio_channel(self, target: str) -> grpc.aio.Channel:
        """An asyncio channel to a server."""
        chosen = self._for(checked_target(target))
        if chosen is None:
            return grpc.aio.insecure_channel(target, options=CHANNEL_OPTIONS)
        return grpc.aio.secure_channel(target, chosen, options=CHANNEL_OPTIONS)

    def _for(self, target: str) -> grpc.ChannelCredentials | None:
        if self.is_encrypted:
            transport = grpc.ssl_channel_credentials(*map(_read, (self.tls_ca, self.tls_key, self.tls_certificate)))
        elif self.token is None:
            return None
        elif _is_loopback(target):
            # gRPC attaches tokens only to connections that it takes for safe; one that stays on this machine is.
            transport = grpc.local_channel_credentials()
        else:
            raise UsageError(
                "token-in-clear",
                target,
                found="a token, and a connection that is not encrypted",
                expected="TLS, or a server on this machine",
                fix="Pass --tls-ca FILE, or --tls where the server's authority is known to this machine.",
            )
        if self.token is None:
            return transport
        return grpc.composite_channel_credentials(transport, grpc.metadata_call_credentials(_Bearer(self.token)))


class _Bearer(grpc.AuthMetadataPlugin):
    """Adds the token to each call as it begins."""

    def __init__(self, token: TokenSource) -> None:
        self._token = token

    def __call__(self, context: grpc.AuthMetadataContext, callback: grpc.AuthMetadataPluginCallback) -> None:
        del context
        try:
            token = self._token if isinstance(self._token, str) else self._token()
        except Exception as error:  # whatever the caller's function raises ends the call, with its reason
            callback((), error)
            return
        metadata: Any = (("authorization", f"Bearer {token}"),)
        callback(metadata, None)


def _is_loopback(target: str) -> bool:
    if target.startswith("unix:"):
        return True
    match = _HOST.fullmatch(target)
    host = (match["bracketed"] or match["plain"]) if match else ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read(path: Path | None) -> bytes | None:
    try:
        return None if path is None else path.read_bytes()
    except OSError as error:
        raise InputError(
            "tls-unreadable",
            path,
            found=str(error.strerror),
            expected="a PEM file",
            fix="Check the path and its permissions.",
        ) from None
