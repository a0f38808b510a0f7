"""A person taken out of a video, and put back into it after restoring."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.bake.footage.footage import Footage
from ani3d_runtime.bake.footage.restore import refuse_other_shape
from ani3d_runtime.errors import InputError

# How far from white a pixel is surely covered.
_COVERED = 0.12
_BARE = 0.02


def checked_subject(subject: Footage, footage: Footage, name: object) -> Float32Array:
    """[T, H, W] 0..1, 1 where the person is, from a black and white video or picture.

    Raises:
        InputError: ``subject-wrong-size``, ``subject-wrong-length``, ``subject-empty``.
    """
    refuse_other_shape(subject, footage, name, "subject", single=True)
    mask = np.divide(subject.frames.max(axis=3), np.float32(255), dtype=np.float32)
    share = float((mask > 0.5).mean())
    if share == 0 or share > 0.98:
        raise InputError(
            "subject-empty",
            name,
            found="no white pixel" if share == 0 else f"{share:.0%} of all pixels white",
            expected="white where the person is, black where the place is",
            fix="Check the mask, and whether it is inverted.",
        )
    return np.broadcast_to(mask, footage.frames.shape[:3])


def on_white(footage: Footage, subject: Float32Array) -> Footage:
    """The video with white behind the person.

    Args:
        footage: T frames.
        subject: [T, H, W] from :func:`checked_subject`.
    """
    frames = np.empty_like(footage.frames)
    for index, frame in enumerate(footage.frames):
        frames[index] = np.rint(255 + subject[index][..., None] * (frame.astype(np.float32) - 255))
    return Footage(frames, footage.fps)


def set_back(restored: UInt8Array, cut_out: Footage, footage: Footage, subject: Float32Array) -> UInt8Array:
    """The restored person before the place where the video was taken, [T, H, W, 3].

    Where cloth was and no longer is, the place is taken from frames that show it there, else from what lies next to
    it: the camera is taken to stand still. What no frame's person covers is left bit for bit.

    Args:
        restored: [T, H, W, 3] over white.
        cut_out: what was restored, from :func:`on_white`.
        footage: the video itself.
        subject: [T, H, W] from :func:`checked_subject`.
    """
    plate = _plate(footage, subject)
    result = np.empty_like(footage.frames)
    for index, frame in enumerate(footage.frames):
        inside = subject[index]
        now = _coverage(restored[index])
        gone = _coverage(cut_out.frames[index]) * (1 - now)
        alpha = (inside * (1 - gone) + (1 - inside) * now)[..., None]
        bare = inside[..., None] < _BARE
        behind = np.where(bare, frame.astype(np.float32), plate)
        # Restored is a·colour + (1 − a)·white: the share of white becomes one of the place.
        mixed = np.clip(restored[index] + (1 - alpha) * (behind - 255), 0, 255)
        result[index] = np.where(bare & (alpha < _BARE), frame, np.rint(mixed))
    return result


def _coverage(over_white: UInt8Array) -> Float32Array:
    """[H, W] 0..1 how surely a pixel over white is covered; what is white itself is taken for bare."""
    return np.clip((255 - over_white.min(axis=2).astype(np.float32)) / (255 * _COVERED), 0, 1)


def _plate(footage: Footage, subject: Float32Array) -> Float32Array:
    """[H, W, 3] the place without the person."""
    # Imported here: help and completion do without the extra that brings it.
    from scipy.ndimage import distance_transform_edt

    height, width = footage.size_px
    total, weight = np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32)
    for frame, inside in zip(footage.frames, subject, strict=True):
        seen = (inside < _BARE).astype(np.float32)
        total += seen[..., None] * frame
        weight += seen
    unseen = weight == 0
    if not unseen.all():
        nearest = np.asarray(distance_transform_edt(unseen, return_distances=False, return_indices=True))
        rows, columns = nearest
        total, weight = total[rows, columns], weight[rows, columns]
    return (total / np.maximum(weight, 1)[..., None]).astype(np.float32)
