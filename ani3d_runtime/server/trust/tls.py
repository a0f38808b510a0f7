"""TlsFiles: the server's certificate, and whose clients' certificates it accepts."""

from __future__ import annotations

import logging
import ssl
import threading
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import grpc

from ani3d_runtime.errors import InputError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TlsFiles:
    """PEM files.

    Attributes:
        certificate: of the server, followed by those between it and its authority.
        key: of the certificate, without a pass phrase.
        client_ca: authorities of clients' certificates; None where clients need none.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None

    def check(self) -> datetime:
        """When the certificate expires.

        Raises:
            InputError: ``tls-unreadable``, ``tls-mismatch``, ``tls-expired``, ``tls-client-ca``.
        """
        for path in (self.certificate, self.key, self.client_ca):
            if path is not None:
                _read(path)
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            server.load_cert_chain(self.certificate, self.key, password=b"")
        except (ssl.SSLError, ValueError) as error:
            raise InputError(
                "tls-mismatch",
                self.certificate,
                found=f"no certificate that goes with {self.key} ({_reason(error)})",
                expected="a PEM certificate and its private key, without a pass phrase",
                fix="Give the two files that were issued together.",
            ) from None
        if self.client_ca is not None:
            try:
                server.load_verify_locations(self.client_ca)
            except ssl.SSLError as error:
                raise InputError(
                    "tls-client-ca",
                    self.client_ca,
                    found=f"no PEM certificates ({_reason(error)})",
                    expected="the certificates of the authorities that sign clients",
                    fix="Give the authority's certificate, not its key.",
                ) from None
        return _expiry(server, self.certificate)

    def credentials(self) -> grpc.ServerCredentials:
        """For ``server.add_secure_port``; files that are replaced later hold from the next connection on.

        Raises:
            InputError: as :meth:`check`.
        """
        return grpc.dynamic_ssl_server_credentials(
            self._configuration(),
            _Renewal(self).fetch,  # pyright: ignore[reportArgumentType] - the stubs do not know that None means no change
            require_client_authentication=self.client_ca is not None,
        )

    def ssl_context(self) -> ssl.SSLContext:
        """For servers other than gRPC's; the files as they are now.

        Raises:
            InputError: as :meth:`check`.
        """
        self.check()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.client_ca)
        context.load_cert_chain(self.certificate, self.key)
        context.verify_mode = ssl.CERT_NONE if self.client_ca is None else ssl.CERT_REQUIRED
        return context

    def _configuration(self) -> grpc.ServerCertificateConfiguration:
        self.check()
        authorities = None if self.client_ca is None else _read(self.client_ca)
        return grpc.ssl_server_certificate_configuration([(_read(self.key), _read(self.certificate))], authorities)

    def _state(self) -> tuple[int, ...]:
        paths = (self.certificate, self.key, self.client_ca)
        return tuple(path.stat().st_mtime_ns for path in paths if path is not None)


class _Renewal:
    """Looks at the files whenever a client connects; gRPC calls it from threads of its own."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._state = files._state()  # pyright: ignore[reportPrivateUsage] - its other half

    def fetch(self) -> grpc.ServerCertificateConfiguration | None:
        """The files as they are now; None where they are those of the last time, or cannot be used."""
        with self._lock:
            try:
                state = self._files._state()  # pyright: ignore[reportPrivateUsage]
                if state == self._state:
                    return None
                self._state = state
                fresh = self._files._configuration()  # pyright: ignore[reportPrivateUsage]
            except (InputError, OSError) as error:
                # One file was replaced and the other is about to be: the old pair serves until both are there.
                log.warning("certificates were not renewed: %s", error)
                return None
        log.info("certificates renewed")
        return fresh


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            "tls-unreadable",
            path,
            found=str(error.strerror),
            expected="a PEM file that the server may read",
            fix="Check the path and its permissions.",
        ) from None


def _expiry(server: ssl.SSLContext, certificate: Path) -> datetime:
    """When the certificate expires, by a handshake of the server with itself.

    It shows what any client would see: that the pair works, and that it is valid today.
    """
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.load_verify_locations(certificate)
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    done: set[ssl.SSLObject] = set()
    try:
        while len(done) < len(ends):
            for end in ends:
                try:
                    end.do_handshake()
                    done.add(end)
                except ssl.SSLWantReadError:
                    continue
    except ssl.SSLCertVerificationError as error:
        raise InputError(
            "tls-expired",
            certificate,
            found=error.verify_message,
            expected="a certificate that is valid today",
            fix="Renew it.",
        ) from None
    found = ends[0].getpeercert()
    not_after = str((found or {})["notAfter"])
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(not_after), timezone.utc)


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or error).lower().replace("_", " ")
