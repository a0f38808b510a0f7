"""GatewayPage: the viewer's page of a gateway that runs somewhere."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException

from ani3d_runtime.client import Credentials
from ani3d_runtime.errors import InputError, ServiceError, UsageError
from ani3d_runtime.server.options import is_loopback

_WAIT_S = 5.0
_MOST_BYTES = 1 << 16
_SIGN = b'name="application-name" content="ani3d"'


@dataclass(frozen=True)
class GatewayPage:
    """Attributes:
    url: of the page.
    token: for it; None where the page is to ask.
    """

    url: str
    token: str | None


def gateway_page(address: str, credentials: Credentials) -> GatewayPage:
    """The page of a gateway.

    Raises:
        UsageError: ``token-in-clear``.
        ServiceError: ``service-unreachable``, ``service-not-ani3d``, ``service-tls-failed``.
        InputError: ``tls-unreadable``.
    """
    host = address.rpartition(":")[0].strip("[]")
    encrypted = credentials.is_encrypted
    token = credentials.token() if callable(credentials.token) else credentials.token
    if token is not None and not encrypted and not is_loopback(host):
        raise UsageError(
            "token-in-clear",
            address,
            found="a token, and a connection that is not encrypted",
            expected="TLS, or a gateway on this machine",
            fix="Pass --tls-ca FILE, or --tls where the server's authority is known to this machine.",
        )
    url = f"{'https' if encrypted else 'http'}://{address}/"
    if _SIGN not in _first_bytes(url, credentials):
        raise _no_gateway(address, "another page")
    return GatewayPage(url, token)


def _first_bytes(url: str, credentials: Credentials) -> bytes:
    context = _trust(credentials) if credentials.is_encrypted else None
    try:
        # No proxy: the address is the one that the browser will open, and often of this machine.
        handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]
        with urllib.request.build_opener(*handlers).open(url, timeout=_WAIT_S) as response:
            return bytes(response.read(_MOST_BYTES))
    except urllib.error.HTTPError as error:
        code = b"viewer-not-built" if error.code == 503 else b""
        found = "a gateway without the viewer" if code and code in error.read(_MOST_BYTES) else f"HTTP {error.code}"
        raise _no_gateway(url, found) from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLError):
            raise ServiceError(
                "service-tls-failed",
                url,
                found=str(error.reason),
                expected="a certificate that this machine trusts",
                fix="Pass --tls-ca FILE of the server's authority.",
            ) from None
        if isinstance(error.reason, (ConnectionError, TimeoutError, OSError)):
            raise ServiceError(
                "service-unreachable",
                url,
                found=str(error.reason),
                expected="a gateway of ani3d serve",
                fix="Check that it runs: ani3d serve FOLDER --gateway 8480.",
            ) from None
        raise _no_gateway(url, str(error.reason)) from None
    except (OSError, ValueError, HTTPException) as error:  # no HTTP: gRPC's port, for one
        raise _no_gateway(url, type(error).__name__) from None


def _trust(credentials: Credentials) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=credentials.tls_ca)
        if credentials.tls_certificate is not None:
            context.load_cert_chain(credentials.tls_certificate, credentials.tls_key)
    except OSError as error:
        raise InputError(
            "tls-unreadable",
            credentials.tls_ca or credentials.tls_certificate,
            found=str(error),
            expected="PEM files",
            fix="Check the paths of --tls-ca, --tls-cert and --tls-key.",
        ) from None
    return context


def _no_gateway(address: str, found: str) -> ServiceError:
    return ServiceError(
        "service-not-ani3d",
        address,
        found=found,
        expected="the viewer's page, as 'ani3d serve --gateway' has it",
        fix="Name the gateway's port, which the server prints; 8470 is that of gRPC.",
    )
