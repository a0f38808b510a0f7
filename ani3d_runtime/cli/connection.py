"""Connection: the options of every command that connects to a server."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ani3d_runtime.client import Credentials
from ani3d_runtime.errors import InputError

TOKEN_VARIABLE = "ANI3D_TOKEN"


@Parameter(name="*")
@dataclass(frozen=True)
class Connection:
    """The options to reach a server with TLS or tokens. A token comes from --token-file, else from ANI3D_TOKEN.

    Attributes:
        tls: encrypt; the server's authority must be known to this machine.
        tls_ca: encrypt; PEM file of the server's authority.
        tls_cert: PEM file of this client's own certificate, where the server asks for one.
        tls_key: PEM file of the certificate's key.
        token_file: file that holds a bearer token; read again for every call, so it may be renewed meanwhile.
    """

    tls: Annotated[bool, Parameter(negative="")] = False
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    token_file: Path | None = None

    def credentials(self) -> Credentials:
        """For a client.

        Raises:
            UsageError: ``tls-certificate-alone``.
            InputError: ``token-file-unreadable``.
        """
        token = os.environ.get(TOKEN_VARIABLE) or None
        if self.token_file is not None:
            _read_token(self.token_file)  # refused here, in our words
        return Credentials(
            tls=self.tls,
            tls_ca=self.tls_ca,
            tls_certificate=self.tls_cert,
            tls_key=self.tls_key,
            token=token if self.token_file is None else functools.partial(_read_token, self.token_file),
        )


def _read_token(path: Path) -> str:
    try:
        token = path.read_text("ascii").strip()
    except (OSError, ValueError) as error:
        raise InputError(
            "token-file-unreadable",
            path,
            found=str(error),
            expected="a file that holds a token",
            fix="Write the output of `ani3d token` into it.",
        ) from None
    return token
