"""Preview: a character seen from all sides, as a strip of small pictures."""

from __future__ import annotations

import contextlib
import io
import math
import re
from pathlib import Path

import numpy as np
from PIL import Image

from ani3d_runtime.cache import cache_folder
from ani3d_runtime.errors import ResourceError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.picture import ClipPainter
from ani3d_runtime.render.image import to_srgb8
from ani3d_runtime.replacing import replacing_path

PREVIEW_FRAMES = 12
SIDE_PX = 144
# Counts how previews are made: those of another number are made anew.
_RECIPE = 1
_FIRST_RAD = 0.35
_WEBP_QUALITY = 55
_DIGEST = re.compile("[0-9a-f]{64}")


def kept_preview(digest: str) -> bytes | None:
    """The preview of the package with this digest, where the cache folder has it.

    Args:
        digest: SHA-256 of a package's content, hexadecimal; of anything else there is none.
    """
    kept = _place(digest)
    return kept.read_bytes() if kept is not None and kept.is_file() else None


def turning_preview(package: Package) -> bytes:
    """A WebP of ``PREVIEW_FRAMES`` pictures side by side, once around the character in the middle of its first clip.

    It is kept in the cache folder under the package's digest.

    Raises:
        Ani3dError: why the package cannot be read or shown.
    """
    data = _painted(package)
    kept = _place(package.digest)
    assert kept is not None
    # A cache that is full or may not be written costs time, not the report.
    with contextlib.suppress(ResourceError, OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        with replacing_path(kept) as partial:
            partial.write_bytes(data)
    return data


def _place(digest: str) -> Path | None:
    return cache_folder("previews") / f"{digest}-{_RECIPE}.webp" if _DIGEST.fullmatch(digest) else None


def _painted(package: Package) -> bytes:
    clip = package.clip(package.clip_names[0])
    number = clip.frame_count // 2
    azimuths = [_FIRST_RAD + math.tau * step / PREVIEW_FRAMES for step in range(PREVIEW_FRAMES)]
    painter = ClipPainter(
        package, clip.name, view="residual", width_px=SIDE_PX, height_px=SIDE_PX, frames=[number], azimuths_rad=azimuths
    )
    frame = painter.player.frame(number)
    strip = np.concatenate([to_srgb8(painter.paint(frame, azimuth)) for azimuth in azimuths], axis=1)
    stream = io.BytesIO()
    Image.fromarray(strip).save(stream, format="WEBP", quality=_WEBP_QUALITY, method=6)
    return stream.getvalue()
