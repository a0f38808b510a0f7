"""Conditions: what a Wan denoiser is told besides text, and how it is told.

Each kind of checkpoint makes its own from a request: VACE and Wan-Animate by arguments of their pipelines; Fun-Control,
which has no pipeline in diffusers, by channels and tokens put before every call of the denoiser.
"""

# pyright: basic
from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ani3d_runtime.arrays import Float32Array

Encoder = Callable[[Tensor], Tensor]
Forward = Callable[..., Any]
Wrapping = Callable[[list[torch.nn.Module]], AbstractContextManager[None]]


def _nothing(_: list[torch.nn.Module]) -> AbstractContextManager[None]:
    return contextlib.nullcontext()


@dataclass(frozen=True)
class Conditions:
    """What a denoiser is told besides text.

    Attributes:
        arguments: what the pipeline is called with besides the usual.
        known: [1, C, n, h, w] latents that come first in the sampled video, and stay as they are; None where none do.
        window_leading: latent frames that every window sees first.
        told: puts what is told before the denoisers' calls, while its block lasts.
    """

    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    known: Tensor | None = None
    window_leading: int = 0
    told: Wrapping = _nothing


@contextlib.contextmanager
def replaced_forwards(
    modules: Iterable[torch.nn.Module], replacement: Callable[[Forward], Forward]
) -> Generator[None, None, None]:
    """While the block lasts, calls of the modules go through what is made of their own ``forward``."""
    with contextlib.ExitStack() as undo:
        for module in modules:
            # Offloading may have put a forward of its own on the module; it stays underneath.
            original = module.forward
            had_own = "forward" in vars(module)
            module.forward = replacement(original)
            if had_own:
                undo.callback(setattr, module, "forward", original)
            else:
                undo.callback(delattr, module, "forward")
        yield


def vace_conditions(control: Float32Array, reference: Image.Image | None, encode: Encoder) -> Conditions:
    """VACE's control video, and its reference picture, whose latent leads the video."""
    return Conditions(
        arguments={"video": frames_first(control), "reference_images": reference},
        known=None if reference is None else encode(frames_first(_unit(reference)[None])),
        window_leading=0 if reference is None else 1,
    )


def fun_conditions(
    control: Float32Array,
    reference: Image.Image | None,
    image_tokens: Tensor | None,
    encode: Encoder,
    *,
    channels: int,
    reference_channels: int,
) -> Conditions:
    """Fun-Control's: control latents beside the video's, a reference before it, and the picture's tokens.

    The start picture's channels, and in Wan 2.2 those of its mask, are zeros: a model is given either a start picture
    or a reference. Without a reference its frame is zeros, which is not the latent of a black picture.

    Args:
        control: [F, H, W, 3] the skeleton.
        reference: picture of the video's size, or None.
        image_tokens: [1, 257, D] what the image encoder says of it, None where the model takes no such tokens.
        encode: from pixels to latents.
        channels: that the patch embedding takes.
        reference_channels: that the reference's convolution takes, 0 where there is none.
    """
    poses = encode(frames_first(control))
    batch, latents, *size = poses.shape
    beside = torch.cat((poses, poses.new_zeros(batch, channels - 2 * latents, *size)), dim=1)
    first = None
    if reference_channels:
        first = poses.new_zeros(batch, channels, 1, *size[1:])
        if reference is not None:
            first[:, :reference_channels] = encode(frames_first(_unit(reference)[None]))
    leading = 0 if first is None else 1

    def told(forward: Forward) -> Forward:
        def call(*, hidden_states: Tensor, **others: Any) -> tuple[Tensor]:
            whole = torch.cat((hidden_states, beside.to(hidden_states)), dim=1)
            if first is not None:
                whole = torch.cat((first.to(hidden_states), whole), dim=2)
            if image_tokens is not None:
                others["encoder_hidden_states_image"] = image_tokens.to(hidden_states)
            return (forward(hidden_states=whole, **others)[0][:, :, leading:],)

        return call

    return Conditions(window_leading=leading, told=lambda denoisers: replaced_forwards(denoisers, told))


def animate_conditions(
    control: Float32Array, face: Float32Array | None, reference: Image.Image, face_px: int, encode: Encoder
) -> Conditions:
    """Wan-Animate's: skeletons, the face, and the reference picture, whose latent leads the video.

    The whole video is one segment: diffusers' pipeline takes noised latents for the first one only.

    Args:
        control: [F, H, W, 3] thin skeletons.
        face: [F, s, s, 3], or None for black.
        reference: picture of the video's size.
        face_px: side of the face's pictures.
        encode: from pixels to latents.
    """
    faces = np.zeros((len(control), face_px, face_px, 3), np.float32) if face is None else face
    return Conditions(
        arguments={
            "image": reference,
            "pose_video": _pictures(control),
            "face_video": _pictures(faces),
            "segment_frame_length": len(control),
        },
        known=encode(frames_first(_unit(reference)[None])),
        window_leading=1,
    )


def fitted_picture(picture: Float32Array, size_px: tuple[int, int]) -> Image.Image:
    """A reference picture on white, in the video's size, as large as its proportions allow."""
    height, width = size_px
    image = Image.fromarray(np.round(picture * 255.0).astype(np.uint8))
    scale = min(width / image.width, height / image.height)
    image = image.resize(
        (max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.Resampling.LANCZOS
    )
    canvas = Image.new("RGB", (width, height), "white")
    canvas.paste(image, ((width - image.width) // 2, (height - image.height) // 2))
    return canvas


def frames_first(video: Float32Array) -> Tensor:
    """[1, F, 3, H, W] of [F, H, W, 3]."""
    return torch.from_numpy(video).permute(0, 3, 1, 2)[None]


def _pictures(video: Float32Array) -> list[Image.Image]:
    return [Image.fromarray(frame) for frame in np.rint(video * 255.0).astype(np.uint8)]


def _unit(picture: Image.Image) -> Float32Array:
    return np.asarray(picture, dtype=np.float32) / 255.0
