"""restore_footage: a video of any length and size through a prior, with its frame count, size and rate kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.bake.footage.footage import Footage
from ani3d_runtime.bake.prior.prior import Prior, PriorDescription, RestoreRequest
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.errors import InputError
from ani3d_runtime.progress import ProgressCallback, part_of

# Where nothing is known about the pose, the control map says of every pixel that nothing is there.
NO_CONTROL = 0.5
# Pictures of up to this many times the prior's own number of pixels are restored as they are.
_TOLERATED_AREA = 2.0
# What the prior changed by more than about this has lost its fine detail rightly.
_CHANGED = 0.06


@dataclass(frozen=True)
class FootageOptions:
    """How footage is cut for the prior, and put together again.

    Attributes:
        overlap: share of a window that it has in common with the next one, where they are cross-faded; 0..0.5.
        work_px: height of the pictures that the prior sees; None leaves them as they are where the prior can take it,
            and brings them down to its own size otherwise.
        paste: put the coarse video back where the mask says so, exactly.
    """

    overlap: float = 0.25
    work_px: int | None = None
    paste: bool = False


@dataclass(frozen=True)
class FootagePlan:
    """What is going to be done: windows of frames, and the size that the prior works at.

    Attributes:
        starts: first frame of each window.
        length: frames of a window.
        work_size_px: (height, width).
    """

    starts: tuple[int, ...]
    length: int
    work_size_px: tuple[int, int]


def plan_footage(
    frame_count: int, size_px: tuple[int, int], prior: PriorDescription, options: FootageOptions
) -> FootagePlan:
    """Windows of the prior's own length, evenly over the video, overlapping by at least what was asked for."""
    length = min(prior.native_frames, frame_count)
    stride = max(1, round(length * (1 - options.overlap)))
    count = 1 + -(-(frame_count - length) // stride)
    starts = np.rint(np.linspace(0, frame_count - length, count)).astype(int)
    return FootagePlan(tuple(int(start) for start in starts), length, _work_size(size_px, prior, options.work_px))


def restore_footage(
    footage: Footage,
    prior: Prior,
    sampling: SamplingSettings,
    plan: FootagePlan,
    *,
    mask: Float32Array,
    control: UInt8Array | None,
    face: UInt8Array | None = None,
    reference: Float32Array | None,
    fps: float,
    paste: bool,
    keep: Callable[[RestoreRequest, SamplingSettings, Callable[[], Float32Array]], Float32Array],
    progress: ProgressCallback,
) -> UInt8Array:
    """The restored video, [T, H, W, 3] in eight bits.

    Args:
        footage: the coarse video.
        prior, sampling: what restores, and how; every window has noise of its own.
        plan: from :func:`plan_footage`.
        mask: [T or 1, H, W] 0..1, 1 where the video is to stay as it is.
        control: [T, H, W, 3] map of the posed body in eight bits, or None where there is none.
        face: [T, h, w, 3] the face in eight bits, for priors that watch it; None where there is none.
        reference: [h, w, 3] picture that the prior follows, or None.
        fps: frames per second.
        paste: put the coarse video back where the mask is 1.
        keep: returns a window that was restored before, or makes and keeps it.
        progress: called with the fraction done.
    """
    height, width = plan.work_size_px
    side = prior.description.face_px
    result = np.empty_like(footage.frames)
    masks = np.broadcast_to(mask, footage.frames.shape[:3])

    def window(index: int) -> Float32Array:
        span = slice(plan.starts[index], plan.starts[index] + plan.length)
        poses = None if control is None else _resized(control[span], height, width)
        request = RestoreRequest.checked(
            _resized(footage.frames[span], height, width),
            _resized(_bytes(masks[span, ..., None].repeat(3, axis=3)), height, width)[..., 0],
            np.full((plan.length, height, width, 3), NO_CONTROL, np.float32) if poses is None else poses,
            reference,
            fps,
            face=None if face is None else _resized(face[span], side, side),
        )
        own = replace(sampling, seed=_seed(sampling.seed, plan.starts[index]))
        tell = part_of(progress, index / len(plan.starts), (index + 1) / len(plan.starts))
        return keep(request, own, lambda: prior.restore(request, own, tell))

    for frame, small in enumerate(cross_faded(plan.starts, plan.length, window)):
        original = footage.frames[frame]
        restored = _grown(original, small) if small.shape != original.shape else small
        if paste:
            share = masks[frame][..., None]
            restored = restored + share * (original.astype(np.float32) / 255 - restored)
        result[frame] = _bytes(restored)
        if paste:
            whole = masks[frame] >= 1
            result[frame][whole] = original[whole]
    progress(1.0)
    return result


def cross_faded(
    starts: tuple[int, ...], length: int, window: Callable[[int], Float32Array]
) -> Iterator[NDArray[np.float32]]:
    """The frames of overlapping windows, each fading linearly into the next; one window is held at a time."""
    total = starts[-1] + length
    ramp = np.minimum(np.arange(1, length + 1), np.arange(length, 0, -1)).astype(np.float32)
    pending: Float32Array | None = None
    weights = np.zeros(0, np.float32)
    for index, start in enumerate(starts):
        pictures = window(index)
        if pending is None:
            pending, weights = pictures * ramp[:, None, None, None], ramp.copy()
        else:
            # ``pending`` begins at this window's first frame.
            shared = len(pending)
            pictures = pictures * ramp[:, None, None, None]
            pictures[:shared] += pending
            own = ramp.copy()
            own[:shared] += weights
            pending, weights = pictures, own
        done = (starts[index + 1] if index + 1 < len(starts) else total) - start
        yield from pending[:done] / weights[:done, None, None, None]
        pending, weights = pending[done:], weights[done:]


def _work_size(size_px: tuple[int, int], prior: PriorDescription, work_px: int | None) -> tuple[int, int]:
    height, width = size_px
    native = prior.native_size_px[0] * prior.native_size_px[1]
    if work_px is not None:
        scale = work_px / height
    elif height * width <= _TOLERATED_AREA * native:
        return size_px
    else:
        scale = (native / (height * width)) ** 0.5
    return max(1, round(height * scale)), max(1, round(width * scale))


def _resized(frames: UInt8Array, height: int, width: int) -> Float32Array:
    """[F, height, width, 3] 0..1."""
    if frames.shape[1:3] == (height, width):
        return np.divide(frames, np.float32(255), dtype=np.float32)
    smaller = [Image.fromarray(frame).resize((width, height), Image.Resampling.LANCZOS) for frame in frames]
    return np.divide(np.stack([np.asarray(image) for image in smaller]), np.float32(255), dtype=np.float32)


def _grown(original: UInt8Array, small: Float32Array) -> Float32Array:
    """A restored picture at the size of the original, with the original's fine detail where nothing has changed."""
    height, width = original.shape[:2]
    restored = _enlarged(small, width, height)
    coarse = _enlarged(_resized(original[None], small.shape[0], small.shape[1])[0], width, height)
    detail = original.astype(np.float32) / 255 - coarse
    change = np.abs(restored - coarse).max(axis=2, keepdims=True)
    return restored + detail * np.exp(-((change / _CHANGED) ** 2))


def _enlarged(picture: Float32Array, width: int, height: int) -> Float32Array:
    channels = [
        np.asarray(Image.fromarray(picture[..., c], mode="F").resize((width, height), Image.Resampling.BICUBIC))
        for c in range(3)
    ]
    return np.stack(channels, axis=2)


def _bytes(unit: Float32Array) -> UInt8Array:
    return np.rint(np.clip(unit, 0, 1) * 255).astype(np.uint8)


def _seed(seed: int, start: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{start}".encode()).digest()[:7], "big")


def checked_mask(mask: Footage | None, footage: Footage, subject: object) -> Float32Array:
    """[T or 1, H, W] 0..1 from a black and white video or picture; all 0 where there is none.

    Raises:
        InputError: ``mask-wrong-size``, ``mask-wrong-length``.
    """
    height, width = footage.size_px
    if mask is None:
        return np.zeros((1, height, width), np.float32)
    refuse_other_shape(mask, footage, subject, "mask", single=True)
    return np.divide(mask.frames.max(axis=3), np.float32(255), dtype=np.float32)


def refuse_other_shape(other: Footage, footage: Footage, subject: object, what: str, *, single: bool) -> None:
    """Refuse a video that does not lie on the footage frame by frame and pixel by pixel.

    Raises:
        InputError: ``<what>-wrong-size``, ``<what>-wrong-length``.
    """
    if other.size_px != footage.size_px:
        raise InputError(
            f"{what}-wrong-size",
            subject,
            found=f"{other.size_px[1]}x{other.size_px[0]} pixels",
            expected=f"{footage.size_px[1]}x{footage.size_px[0]}, as the video",
            fix=f"Scale the {what} to the video's size.",
        )
    refuse_other_length(other, footage, subject, what, single=single)


def refuse_other_length(other: Footage, footage: Footage, subject: object, what: str, *, single: bool) -> None:
    """Refuse a video of another number of frames than the footage; one picture may do for all.

    Raises:
        InputError: ``<what>-wrong-length``.
    """
    count = len(footage.frames)
    if len(other.frames) != count and not (single and len(other.frames) == 1):
        raise InputError(
            f"{what}-wrong-length",
            subject,
            found=f"{len(other.frames)} frames",
            expected=f"{count}, as the video" + (", or one picture for all of them" if single else ""),
            fix=f"Cut the {what} to the same frames as the video.",
        )
