"""Prior: what restoring asks of a video model, and the records that pass between them. Nothing here knows torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np

from ani3d_runtime.arrays import Float32Array, checked_float32
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.errors import InputError
from ani3d_runtime.progress import ProgressCallback

Dtype: TypeAlias = Literal["auto", "float32", "bfloat16", "float16"]
Offload: TypeAlias = Literal["auto", "none", "model", "sequential"]
# What a control video shows: normals of the posed body, or its joints as skeletons; see bake/pose_control.
ControlForm: TypeAlias = Literal["normals", "dwpose", "animate"]

# Renderers overshoot white by rounding; more than this is another range of values.
_RANGE_SLACK = 1e-3


@dataclass(frozen=True)
class RestoreRequest:
    """A coarse video and what is known about it. Build it with :meth:`checked`.

    Attributes:
        coarse: [F, H, W, 3] rendering of the rigid layer over white, 0..1.
        preserve: [F, H, W] 0..1; 1 where a pixel is to stay as it is (skin, face), 0 where the prior is free.
        control: [F, H, W, 3] map of the posed body, 0..1, for priors that take one.
        reference: [h, w, 3] picture of the person, 0..1, any size, or None.
        fps: frames per second.
        velocity: [F, H, W, 3] m/s of what a pixel shows, along the camera's axes (right, up, towards the camera), for
            priors that can read how the body moves; None where nobody knows.
        face: [F, s, s, 3] the face, cut out of the coarse video, 0..1, black where it looks away; for priors that watch
            it; None where nobody knows.
    """

    coarse: Float32Array
    preserve: Float32Array
    control: Float32Array
    reference: Float32Array | None
    fps: float
    velocity: Float32Array | None = None
    face: Float32Array | None = None

    @classmethod
    def checked(
        cls,
        coarse: object,
        preserve: object,
        control: object,
        reference: object | None,
        fps: float,
        velocity: object | None = None,
        face: object | None = None,
    ) -> RestoreRequest:
        """Build a request from untrusted arrays; values are clipped to 0..1.

        Raises:
            InputError: ``restore-wrong-shape``, ``restore-not-finite``, ``restore-not-numeric``, ``restore-empty``,
                ``restore-range`` or ``restore-fps``.
        """
        video = _unit_range(coarse, (None, None, None, 3), "coarse video")
        frames, height, width, _ = video.shape
        if video.size == 0:
            raise InputError(
                "restore-empty",
                "coarse video",
                found=f"shape {video.shape}",
                expected="at least one frame of at least one pixel",
                fix="Check that the video was read completely.",
            )
        if not 0 < fps < 1e4:
            raise InputError(
                "restore-fps",
                "coarse video",
                found=f"{fps} frames per second",
                expected="a rate above 0",
                fix="State the frame rate of the video.",
            )
        return cls(
            video,
            _unit_range(preserve, (frames, height, width), "preserve mask"),
            _unit_range(control, (frames, height, width, 3), "control video"),
            None if reference is None else _unit_range(reference, (None, None, 3), "reference picture"),
            float(fps),
            None if velocity is None else _checked(velocity, (frames, height, width, 3), "velocity map"),
            None if face is None else _unit_range(face, (frames, None, None, 3), "face video"),
        )

    @property
    def frame_count(self) -> int:
        """F."""
        return len(self.coarse)

    @property
    def size_px(self) -> tuple[int, int]:
        """(H, W)."""
        return self.coarse.shape[1], self.coarse.shape[2]

    def padded(self, frames: int, height: int, width: int) -> RestoreRequest:
        """The request grown to at least its own size: mirrored in time, its border repeated in space.

        What a prior makes of it is cut back with ``result[:frame_count, :H, :W]``.
        """
        in_time = (0, frames - self.frame_count)
        in_space = ((0, height - self.size_px[0]), (0, width - self.size_px[1]))

        def grow(array: Float32Array) -> Float32Array:
            tail = ((0, 0),) * (array.ndim - 3)
            # A mirrored video keeps moving, as the model expects of one; a repeated frame would freeze.
            longer = np.pad(array, (in_time, (0, 0), (0, 0), *tail), mode="reflect")
            return np.pad(longer, ((0, 0), *in_space, *tail), mode="edge")

        velocity = None if self.velocity is None else grow(self.velocity)
        face = None
        if self.face is not None:
            face = np.pad(self.face, (in_time, (0, 0), (0, 0), (0, 0)), mode="reflect")
        return RestoreRequest(
            grow(self.coarse), grow(self.preserve), grow(self.control), self.reference, self.fps, velocity, face
        )


@dataclass(frozen=True)
class PriorDescription:
    """What a prior is, and what it likes best. It takes other sizes too, and pads and crops them inside.

    Attributes:
        name: its family, and what it was loaded from.
        digest: hexadecimal digest of its weights and configuration; part of every cache key.
        dtype: what it computes in.
        frame_multiple: k; with ``frame_remainder`` r, videos of n·k + r frames need no padding.
        frame_remainder: r.
        size_multiple: height and width that are multiples of this need no padding.
        native_frames: the video length that it was made for.
        native_size_px: (height, width) that it was made for.
        takes_control: whether it reads the control video.
        takes_reference: whether it reads the reference picture.
        takes_prompt: whether it reads text.
        default_sampling: settings that suit it.
        memory_bytes: estimate of the memory that restoring a native video takes on its device.
        made_for: what alone it was trained on, where that is not video at large; empty otherwise.
        control_form: what its control video shows.
        face_px: side of the face video that it watches, 0 where it watches none.
        keeps_hair: whether its recipe preserves hair with the skin; else hair is free as garments are.
        needs_reference: whether it does nothing without a reference picture.
        fewest_frames: the shortest video that needs no padding.
        prompts: what it is told to make and to avoid where nobody says otherwise; empty where it reads no text.
    """

    name: str
    digest: str
    dtype: str
    frame_multiple: int
    frame_remainder: int
    size_multiple: int
    native_frames: int
    native_size_px: tuple[int, int]
    takes_control: bool
    takes_reference: bool
    takes_prompt: bool
    default_sampling: SamplingSettings
    memory_bytes: int
    made_for: str = ""
    control_form: ControlForm = "normals"
    face_px: int = 0
    keeps_hair: bool = False
    needs_reference: bool = False
    fewest_frames: int = 1
    prompts: tuple[str, str] = ("", "")

    def fitting(self, frames: int, height: int, width: int) -> tuple[int, int, int]:
        """The smallest (frames, height, width) of at least this size that the prior computes without padding."""
        frames = max(frames, self.fewest_frames)
        more = -(frames - self.frame_remainder) % self.frame_multiple
        return frames + more, height + -height % self.size_multiple, width + -width % self.size_multiple

    def to_json(self) -> dict[str, object]:
        """The description as cache keys and reports read it."""
        return asdict(self)


@dataclass(frozen=True)
class PriorOptions:
    """How a prior is to be run; none of it decides what the prior is.

    Attributes:
        dtype: what the denoiser computes in; ``auto`` is bfloat16 on an accelerator and float32 on a CPU.
        offload: keep everything on the device (``none``), one model at a time (``model``), or one layer at a time
            (``sequential``, slowest and smallest); ``auto`` takes the first that the device has memory for.
        tile_vae: encode and decode in overlapping tiles: less memory, faint seams at worst. None tiles only where a
            native video would not fit otherwise.
    """

    dtype: Dtype = "auto"
    offload: Offload = "auto"
    tile_vae: bool | None = None


class Prior(Protocol):
    """A model that restores videos."""

    @property
    def description(self) -> PriorDescription:
        """What it is."""
        ...

    def restore(self, request: RestoreRequest, sampling: SamplingSettings, progress: ProgressCallback) -> Float32Array:
        """The restored video, [F, H, W, 3], 0..1, of the request's own frame count and size.

        The same request, settings and weights give the same video. ``progress`` is called at least once per step;
        what it raises ends the work and is passed on.
        """
        ...


class Guess(Protocol):
    """What a prior knows of a video besides its colours.

    Attributes:
        displacement_m: [F, H, W, 3] where what the coarse picture shows at a pixel has to go, along the camera's axes
            (right, up, towards the camera), weighted by the coarse picture's coverage.
        alpha: [F, H, W] coverage of the restored picture, 0..1.
    """

    @property
    def displacement_m(self) -> Float32Array: ...

    @property
    def alpha(self) -> Float32Array: ...


@runtime_checkable
class GuessingPrior(Protocol):
    """A prior that can also say how far things move, which starts the fit where pictures alone would not lead it."""

    def guess(self, request: RestoreRequest) -> Guess:
        """Where cloth and hair go, and what will be covered."""
        ...


@runtime_checkable
class PriorFamily(Protocol):
    """What an entry point in the group ``ani3d.priors`` names: an object that knows and loads one kind of prior."""

    summary: str

    def recognises(self, folder: Path) -> bool:
        """Whether the folder holds weights of this family, judged without reading them."""
        ...

    def load(self, folder: Path | None, device: str, options: PriorOptions) -> Prior:
        """The prior in ``folder``; None asks for the weights that the family brings or finds by itself."""
        ...


def _checked(value: object, shape: tuple[int | None, ...], name: str) -> Float32Array:
    return checked_float32(
        value,  # pyright: ignore[reportArgumentType]
        shape,
        name=name,
        code_prefix="restore",
    )


def _unit_range(value: object, shape: tuple[int | None, ...], name: str) -> Float32Array:
    array = _checked(value, shape, name)
    low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    if low < -_RANGE_SLACK or high > 1 + _RANGE_SLACK:
        raise InputError(
            "restore-range",
            name,
            found=f"values from {low:g} to {high:g}",
            expected="values from 0 to 1",
            fix="Divide 8-bit values by 255, and clip.",
        )
    return np.clip(array, 0.0, 1.0)
