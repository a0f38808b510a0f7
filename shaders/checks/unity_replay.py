# pyright: basic
"""What the component for Unity sends to the GPU, done on a real device.

The component runs in a simulated engine (unity_client/Tools~/Simulation), which writes down its uploads, dispatches and
draws. They are done here in the same order, with the same numbers, by the wrappers that Unity compiles.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.render.camera import Camera
from shaders.checks.compilers import compiled
from shaders.checks.gpu.buffer import Buffer
from shaders.checks.gpu.device import Device
from shaders.checks.gpu.recording import Recording
from shaders.checks.places import ROOT
from shaders.checks.spirv import read_module
from shaders.checks.toolchain import Toolchain
from shaders.checks.unity_wrappers import PACKAGE, passes, sources, texts

TRACE = PACKAGE / "Tools~" / "trace.py"
NEAR_M, FAR_M = 0.01, 1000.0
_FLOATS = frozenset(re.findall(r"^float (_\w+);", texts(), re.MULTILINE))
# Number of the pass in Splats.shader.
GAUSSIANS = [each.name for each in passes()].index("Gaussians")
# Where an avatar stands: x, y, z in Unity's world, degrees about the up axis, scale.
ORIGIN = (0.0, 0.0, 0.0, 0.0, 1.0)
_MIRROR = np.diag([-1.0, 1, 1, 1])


def placed(place: Sequence[float]) -> NDArray[np.float64]:
    """[4, 4] from the avatar's space to Unity's world, by Unity's convention of angles: clockwise from above."""
    x, y, z, degrees, scale = place
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[cosine, 0, sine, 0], [0, 1, 0, 0], [-sine, 0, cosine, 0], [0, 0, 0, 1]])
    world = turn @ np.diag([scale, scale, scale, 1.0]) @ _MIRROR
    world[:3, 3] = (x, y, z)
    return np.asarray(world, np.float64)


def unity_camera(camera: Camera, place: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unity's view and projection matrix of a camera that is given in the space of an avatar that stands at a place.

    The view is made as Unity makes it: of the camera's place and axes in the left-handed world, z turned back.
    """
    world = placed(place)
    eye = np.linalg.inv(camera.world_to_camera.astype(np.float64))
    axes = np.eye(4)
    # Right, up and forward of an OpenCV camera, taken to the world as directions.
    for column, axis in enumerate((eye[:3, 0], -eye[:3, 1], eye[:3, 2])):
        turned = world[:3, :3] @ axis
        axes[:3, column] = turned / np.linalg.norm(turned)
    axes[:3, 3] = (world @ eye[:, 3])[:3]
    view = np.diag([1, 1, -1, 1.0]) @ np.linalg.inv(axes)
    k = camera.intrinsics_px.astype(np.float64)
    width, height = camera.width_px, camera.height_px
    projection = np.array(
        [
            [2 * k[0, 0] / width, 0, 1 - 2 * k[0, 2] / width, 0],
            [0, 2 * k[1, 1] / height, 2 * k[1, 2] / height - 1, 0],
            [0, 0, -(FAR_M + NEAR_M) / (FAR_M - NEAR_M), -2 * FAR_M * NEAR_M / (FAR_M - NEAR_M)],
            [0, 0, -1, 0],
        ]
    )
    return np.asarray(view, np.float64), projection


class Replay:
    """A trace on a device.

    Args:
        device: which.
        tools: compilers.
        compiler: which of them.
    """

    def __init__(self, device: Device, tools: Toolchain, compiler: str) -> None:
        self._device = device
        self._entries = {
            (source.file, source.entry, source.stage): compiled(source, compiler, tools)
            for name, source in sources()
            if " array " not in name
        }
        self._buffers: dict[int, Buffer] = {}
        self._recording: Recording | None = None
        # Dispatches by the name of the kernel.
        self.dispatches: dict[str, int] = {}
        self.uploaded_bytes = 0

    def picture(self, folder: Path, camera: Camera) -> Float32Array:
        """[H, W, 4] that the last draw of the trace leaves, premultiplied, as displayed."""
        raw = np.fromfile(folder / "trace.bin", np.uint8)
        picture = self._device.picture(camera.width_px, camera.height_px)
        for line in (folder / "trace.jsonl").read_text(encoding="utf-8").splitlines():
            operation = json.loads(line)
            if operation["op"] == "buffer":
                self._buffers[operation["buffer"]] = self._device.buffer(operation["bytes"])
            elif operation["op"] == "upload":
                self._upload(operation, raw)
            elif operation["op"] == "dispatch":
                self._dispatch(operation)
            elif operation["pass"] == GAUSSIANS:
                self._draw(operation, picture)
        self._flush()
        # Rows of Unity's textures begin at the foot of the picture, and its y points up; Vulkan's do neither.
        return picture.read().astype(np.float32)

    def _upload(self, operation: dict[str, Any], raw: NDArray[np.uint8]) -> None:
        self._flush()
        start, size = operation["at"], operation["bytes"]
        self._buffers[operation["buffer"]].write(raw[start : start + size], operation["to"])
        self.uploaded_bytes += size

    def _dispatch(self, operation: dict[str, Any]) -> None:
        name = operation["kernel"]
        self.dispatches[name] = self.dispatches.get(name, 0) + 1
        spirv = self._entries[f"{operation['file']}.hlsl", name, "compute"]
        kernel = self._device.kernel(spirv)
        buffers, uniforms = self._bound(operation, [read_module(spirv)])
        self._record().dispatch(kernel, operation["groups"], buffers, uniforms)

    def _draw(self, operation: dict[str, Any], picture: Any) -> None:
        name = passes()[operation["pass"]].name
        stages = {key[2]: spirv for key, spirv in self._entries.items() if key[0] == f"{name}.hlsl"}
        drawing = self._device.drawing(stages["vertex"], stages["fragment"], blend="over")
        modules = [read_module(stages["vertex"]), read_module(stages["fragment"], descriptor_set=1)]
        buffers, uniforms = self._bound(operation, modules)
        self._record().draw(
            drawing, picture, buffers, uniforms, indirect=self._buffers[operation["arguments"]], clear=(0, 0, 0, 0)
        )

    def _bound(self, operation: dict[str, Any], modules: list[Any]) -> tuple[dict[str, Buffer], dict[str, Any]]:
        wanted = {resource.name for module in modules for resource in module.resources if resource.used}
        buffers = {name: self._buffers[number] for name, number in operation["buffers"].items() if name in wanted}
        known = {name for module in modules for name in module.uniforms}
        uniforms = {name: _uniform(name, value) for name, value in operation["uniforms"].items() if name in known}
        # What the pipeline leaves as it is.
        return buffers, {name: uniforms.get(name, 0) for name in known}

    def _record(self) -> Recording:
        if self._recording is None:
            self._recording = self._device.recording()
        return self._recording

    def _flush(self) -> None:
        if self._recording is not None:
            self._recording.run()
            self._recording = None


def traced(
    package: Path, folder: Path, camera: Camera, clip: str, seconds: float, places: Sequence[Sequence[float]]
) -> Path:
    """The folder with the trace of avatars at places; the camera is given in the space of the first one."""
    view, projection = unity_camera(camera, places[0])
    numbers = np.concatenate([[seconds], view.ravel(), projection.ravel(), np.ravel(places)])
    size = [str(camera.width_px), str(camera.height_px)]
    command = [sys.executable, str(TRACE), str(package), str(folder), *size, clip, *(repr(float(n)) for n in numbers)]
    # Not a matter of the toolchain: where it fails, the test does.
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-4000:])
    return folder


def _uniform(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return np.asarray(value, np.float32)
    return float(value) if name in _FLOATS else int(value)
