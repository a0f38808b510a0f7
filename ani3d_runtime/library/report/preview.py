"""Preview: a character seen from all sides, as a strip of small pictures."""

from __future__ import annotations

import contextlib
import io
import math

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
_PLAIN_DIGEST = set("0123456789abcdef")


def turning_preview(package: Package) -> bytes:
    """A WebP of ``PREVIEW_FRAMES`` pictures side by side, once around the character in the middle of its first clip.

    Kept in the cache folder under the package's digest.

    Raises:
        Ani3dError: why the package cannot be read or shown.
    """
    digest = package.digest
    assert set(digest) <= _PLAIN_DIGEST
    kept = cache_folder("previews") / f"{digest}-{_RECIPE}.webp"
    if kept.is_file():
        return kept.read_bytes()
    data = _painted(package)
    # A cache that is full or may not be written costs time, not the report.
    with contextlib.suppress(ResourceError, OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        with replacing_path(kept) as partial:
            partial.write_bytes(data)
    return data


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
