"""How coded errors cross the wire."""

from __future__ import annotations

import pytest

from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.rpc.status import CODE_KEY, details_of, metadata_of


@pytest.mark.parametrize("letter", ["n", "\n", "\u00e9", "\u6f22", "\x01"])
def test_errors_about_long_names_fit_into_the_metadata_of_a_status(letter: str) -> None:
    """gRPC takes 8 KB and percent-encodes the message; what is larger arrives without its code."""
    error = Ani3dError("source-invalid", letter * 20_000, found=letter * 20_000, expected=letter * 9000, fix="Look.")
    metadata = dict(metadata_of(error))
    size = sum(len(key) + len(value) for key, value in metadata.items()) + 3 * len(details_of(error).encode())
    assert metadata[CODE_KEY] == "source-invalid"
    assert size < 8192
