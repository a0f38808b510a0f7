# pyright: basic
"""One frame of the GPU path, with the device's clock after each step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.shaders_load import CHANNELS, SLOTS, Load
from shaders.checks.chain import Chain, SharedOrder
from shaders.checks.eyes import Eye, Limits
from shaders.checks.gpu.device import Device
from shaders.checks.gpu.recording import Recording

# Bits of the channels: position and rotation.
_CHANNEL_BITS = 3


class Run:
    """Avatars on a device, and all that is done for a frame of them."""

    def __init__(
        self,
        device: Device,
        code: Callable[[str, str, str], bytes],
        loads: Sequence[Load],
        eyes: tuple[Eye, ...],
        limits: Limits,
    ) -> None:
        self._device, self._loads, self._eyes, self._limits = device, loads, eyes, limits
        self._chain = Chain(device, code)
        names = ("DetailCosines", "DetailParents", "Deform")
        self._kernels = {name: device.kernel(code(f"{name}.hlsl", name, "compute")) for name in names}
        self._shared = SharedOrder(device, [load.shown for load in loads], eyes=len(eyes))
        self._nothing = device.buffer(16)
        self._buffers = [self._uploaded(load) for load in loads]
        width, height = sum(eye.size_px[0] for eye in eyes), eyes[0].size_px[1]
        self._colour, self._target = device.picture(width, height), device.picture(width, height)

    @property
    def drawn(self) -> int:
        """Gaussians that the last frame drew."""
        return self._shared.drawn

    def once(self) -> dict[str, float]:
        """Milliseconds of each step."""
        recording = self._device.recording()
        recording.mark("begin")
        self._cosines(recording)
        recording.mark("DetailCosines")
        self._parents(recording)
        recording.mark("DetailParents")
        self._deform(recording)
        recording.mark("Deform")
        self._chain.view(recording, self._shared, self._eyes, self._limits)
        recording.mark("View")
        self._chain.sort(recording, self._shared)
        recording.mark("Sort")
        self._chain.arguments(recording, self._shared)
        recording.mark("DrawArguments")
        self._chain.draw(recording, self._shared, self._eyes, self._colour)
        recording.mark("Draw")
        self._chain.composite(recording, self._colour, self._target, linear=True, clear=(0, 0, 0, 1))
        recording.mark("Composite")
        recording.run()
        return recording.times_ms

    def release(self) -> None:
        """Give the memory of all buffers back."""
        self._shared.release()
        for buffers in self._buffers:
            for buffer in buffers.values():
                for each in buffer if isinstance(buffer, list) else [buffer]:
                    each.release()

    def _uploaded(self, load: Load) -> dict[str, Any]:
        device = self._device
        names = ("splats", "joints", "nodes", "cosines", "parents")
        buffers: dict[str, Any] = {name: device.buffer(getattr(load, name)) for name in names}
        buffers["detail"] = device.buffer(SLOTS * CHANNELS * load.track_count * 12)
        buffers["groups"] = [device.buffer(group) for group in load.groups]
        return buffers

    # Avatars do not wait for each other: only the last dispatch of a step is waited for.

    def _cosines(self, recording: Recording) -> None:
        kernel = self._kernels["DetailCosines"]
        for load, buffers in zip(self._loads, self._buffers, strict=True):
            for number, group in enumerate(buffers["groups"]):
                bound = {"_Group": group, "_Cosines": buffers["cosines"], "_Detail": buffers["detail"]}
                uniforms = {"_FirstCosine": 0, "_DetailStart": 3 * load.track_count * number}
                is_last = load is self._loads[-1] and number == len(buffers["groups"]) - 1
                recording.dispatch(kernel, kernel.groups(load.track_count), bound, uniforms, wait=is_last)

    def _parents(self, recording: Recording) -> None:
        kernel = self._kernels["DetailParents"]
        for stage in range(len(self._loads[0].stages)):
            for load, buffers in zip(self._loads, self._buffers, strict=True):
                first, count = load.stages[stage]
                uniforms = {
                    "_FirstParents": first,
                    "_StageTracks": count,
                    "_Tracks": load.track_count,
                    "_Channels": _CHANNEL_BITS,
                    "_DetailStart": 0,
                }
                groups = (kernel.groups(count)[0], SLOTS * CHANNELS, 1)
                bound = {"_Parents": buffers["parents"], "_Detail": buffers["detail"]}
                recording.dispatch(kernel, groups, bound, uniforms, wait=load is self._loads[-1])

    def _deform(self, recording: Recording) -> None:
        kernel = self._kernels["Deform"]
        for load, buffers, posed in zip(self._loads, self._buffers, self._shared.posed, strict=True):
            count = len(load.shown)
            bound = {
                "_Splats": buffers["splats"],
                "_Looks": self._nothing,
                "_NextLooks": self._nothing,
                "_Joints": buffers["joints"],
                "_Nodes": buffers["nodes"],
                "_Detail": buffers["detail"],
                "_Correctives": self._nothing,
                "_Posed": posed,
            }
            uniforms = {
                "_Gaussians": count,
                "_LookCount": 0,
                "_NextLookCount": 0,
                "_LevelShare": 1.0,
                "_Tracks": load.track_count,
                "_Channels": _CHANNEL_BITS,
                "_Sources": 1,
                "_FrameShares": np.array([0.5, 0, 0, 0], np.float32),
                "_SourceShares": np.array([1, 0, 0, 0], np.float32),
                "_Shapes": 0,
                "_ShapeGaussians": count,
                "_ShapeWeights": np.zeros(64, np.float32),
            }
            recording.dispatch(kernel, kernel.groups(count), bound, uniforms, wait=load is self._loads[-1])
