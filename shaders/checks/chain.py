# pyright: basic
"""View, sort, draw and composite as one chain on a device, over any number of avatars and one or two eyes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, UInt32Array
from shaders.checks.eyes import Eye, Limits, Shown, to_target, view_uniforms
from shaders.checks.gpu.buffer import Buffer
from shaders.checks.gpu.device import Device
from shaders.checks.gpu.picture import RGBA16F, Picture
from shaders.checks.gpu.recording import Recording
from shaders.checks.kernels import CHAIN

KEYS_A_GROUP = 1024
ROUNDS = (0, 4, 8, 12)
UNSEEN = 65535


@dataclass(frozen=True)
class Views:
    """What ``View`` wrote.

    Attributes:
        words: [eyes, N, 8]. keys, order: [N].
    """

    words: UInt32Array
    keys: UInt32Array
    order: UInt32Array

    @property
    def numbers(self) -> np.ndarray:
        """[eyes, N, 6]: centre x, y, depth, covariance xx, xy, yy."""
        return np.ascontiguousarray(self.words[..., :6]).view(np.float32).astype(np.float64)

    @property
    def colours(self) -> np.ndarray:
        """[eyes, N, 4]: red, green, blue, opacity."""
        return np.ascontiguousarray(self.words[..., 6:]).view(np.float16).astype(np.float64)


class SharedOrder:
    """Buffers of some avatars that are drawn in one order of depth."""

    def __init__(self, device: Device, avatars: Sequence[Shown], *, eyes: int = 1) -> None:
        self.avatars, self.count, self.eyes = list(avatars), sum(map(len, avatars)), eyes
        self.posed = [device.buffer(avatar.posed) for avatar in avatars]
        self.harmonics = [device.buffer(avatar.harmonics) for avatar in avatars]
        self.views = device.buffer(self.count * eyes * 32)
        self.keys, self.spare_keys, self.order, self.spare_order = (device.buffer(self.count * 4) for _ in range(4))
        self.groups = max(1, -(-self.count // KEYS_A_GROUP))
        self.counts = device.buffer((16 * self.groups + 16) * 4)
        self.arguments = device.buffer(16)

    def read_views(self) -> Views:
        """Views, and keys and order as they are now."""
        words = self.views.read(np.uint32, self.count * self.eyes * 8).reshape(self.eyes, self.count, 8)
        return Views(words, self.keys.read(np.uint32, self.count), self.order.read(np.uint32, self.count))

    @property
    def drawn(self) -> int:
        """How many Gaussians the arguments of the draw name."""
        return int(self.arguments.read(np.uint32)[0]) // 6

    def release(self) -> None:
        """Give all memory back."""
        buffers: list[Buffer] = [*self.posed, *self.harmonics, self.views, self.keys, self.spare_keys]
        for buffer in (*buffers, self.order, self.spare_order, self.counts, self.arguments):
            buffer.release()


class Chain:
    """The kernels from view to composite on one device.

    Args:
        device: where they run.
        code: SPIR-V of a file's entry point and stage.
        pixel_format: of the pictures that are drawn into.
    """

    def __init__(self, device: Device, code: Callable[[str, str, str], bytes], *, pixel_format: int = RGBA16F) -> None:
        self.device, self._format = device, pixel_format
        made = {entry: code(file, entry, stage) for file, entry, stage in CHAIN}
        self._kernels = {entry: device.kernel(made[entry]) for _, entry, stage in CHAIN if stage == "compute"}
        self._draw = device.drawing(made["DrawVertex"], made["DrawFragment"], blend="over", pixel_format=pixel_format)
        vertex = made["CompositeVertex"]
        self._blended = device.drawing(vertex, made["CompositeFragment"], blend="over", pixel_format=pixel_format)
        self._over_scene = device.drawing(vertex, made["CompositeOverScene"], pixel_format=pixel_format)

    def view(self, recording: Recording, shared: SharedOrder, eyes: tuple[Eye, ...], limits: Limits) -> None:
        """Views, keys and order of all avatars."""
        kernel, first = self._kernels["View"], 0
        for avatar, posed, harmonics in zip(shared.avatars, shared.posed, shared.harmonics, strict=True):
            bound = {"_Posed": posed, "_Harmonics": harmonics}
            bound |= {"_Views": shared.views, "_Keys": shared.keys, "_Order": shared.order}
            uniforms = view_uniforms(avatar, first, shared.count, eyes, limits)
            first += len(avatar)
            is_last = first == shared.count
            recording.dispatch(kernel, kernel.groups(len(avatar)), bound, uniforms, wait=is_last)

    def sort(self, recording: Recording, shared: SharedOrder, *, rounds: Sequence[int] = ROUNDS) -> None:
        """Sort keys and order."""
        keys, order = (shared.keys, shared.spare_keys), (shared.order, shared.spare_order)
        groups = (shared.groups, 1, 1)
        for shift in rounds:
            uniforms = {"_AllGaussians": shared.count, "_Groups": shared.groups, "_Shift": shift}
            counts = {"_Counts": shared.counts}
            recording.dispatch(self._kernels["SortCount"], groups, {"_KeysIn": keys[0], **counts}, uniforms)
            recording.dispatch(self._kernels["SortScan"], (16, 1, 1), counts, uniforms)
            bound = {"_KeysIn": keys[0], "_OrderIn": order[0], "_KeysOut": keys[1], "_OrderOut": order[1], **counts}
            recording.dispatch(self._kernels["SortScatter"], groups, bound, uniforms)
            keys, order = keys[::-1], order[::-1]

    def arguments(self, recording: Recording, shared: SharedOrder) -> None:
        """Write the arguments of the draw."""
        recording.dispatch(
            self._kernels["DrawArguments"],
            (1, 1, 1),
            {"_Keys": shared.keys, "_Arguments": shared.arguments},
            {"_AllGaussians": shared.count, "_Instances": shared.eyes},
        )

    def draw(self, recording: Recording, shared: SharedOrder, eyes: tuple[Eye, ...], picture: Picture) -> None:
        """Clear a picture and draw into it, eyes side by side."""
        recording.draw(
            self._draw,
            picture,
            {"_Views": shared.views, "_Order": shared.order},
            {"_AllGaussians": shared.count, "_ToTarget": to_target(eyes)},
            indirect=shared.arguments,
            clear=(0, 0, 0, 0),
        )

    def composite(
        self,
        recording: Recording,
        colour: Picture,
        target: Picture,
        *,
        linear: bool,
        scene: Picture | None = None,
        clear: Sequence[float] | None = None,
    ) -> None:
        """Lay a drawn picture over what the target holds, or is cleared to; or write it over a scene that is read."""
        uniforms = {"_LinearTarget": int(linear)}
        if scene is None:
            recording.draw(self._blended, target, {"_Colour": colour}, uniforms, clear=clear)
        else:
            recording.draw(self._over_scene, target, {"_Colour": colour, "_Scene": scene}, uniforms)

    def picture(
        self, avatars: Sequence[Shown], eyes: tuple[Eye, ...], limits: Limits
    ) -> tuple[Float32Array, Views, int]:
        """[H, W, 4] premultiplied, with the sorted views and how many Gaussians were drawn."""
        shared = SharedOrder(self.device, avatars, eyes=len(eyes))
        picture = self.device.picture(sum(eye.size_px[0] for eye in eyes), eyes[0].size_px[1], self._format)
        recording = self.device.recording()
        self.view(recording, shared, eyes, limits)
        self.sort(recording, shared)
        self.arguments(recording, shared)
        self.draw(recording, shared, eyes, picture)
        recording.run()
        result = picture.read().astype(np.float32), shared.read_views(), shared.drawn
        shared.release()
        return result
