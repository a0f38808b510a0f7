"""Pictures as PNG bytes."""

from __future__ import annotations

import io

from PIL import Image

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.render.image import to_srgb8


def png_of(picture: Float32Array) -> bytes:
    """[H, W, 3] 0..1 as an 8-bit PNG."""
    written = io.BytesIO()
    Image.fromarray(to_srgb8(picture)).save(written, format="PNG", optimize=True)
    return written.getvalue()
