"""Windows over a long video, and how far each frame of one is to be believed."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array

# What the network was trained on.
RATE_HZ = 15.0
WINDOW_FRAMES = 32
# The first frames of a window know nothing of the past that cloth remembers, the last ones nothing of the future.
_RISE_FRAMES, _FALL_FRAMES = 6, 3


def windows_of(frame_count: int, length: int) -> list[tuple[slice, Float32Array]]:
    """Windows of ``length`` frames, half of each shared with the next, and weights [length] above zero.

    A shorter video is one window. The last one ends where the video ends.
    """
    size = min(frame_count, length)
    stride = max(1, length // 2)
    starts = [*range(0, frame_count - size, stride), frame_count - size]
    index = np.arange(size)
    weights = np.minimum((index + 1) / _RISE_FRAMES, 1) * np.minimum((size - index) / _FALL_FRAMES, 1)
    return [(slice(start, start + size), weights.astype(np.float32)) for start in starts]
