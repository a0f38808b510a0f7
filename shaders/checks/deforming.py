# pyright: basic
"""``Deform`` alone, on numbers that are given."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.channel import Channel
from shaders.checks.compilers import compiled
from shaders.checks.gpu.device import Device
from shaders.checks.packing.splats import NO_TRACK, Gaussians, packed_splats
from shaders.checks.posed_layout import Posed, unpacked_posed
from shaders.checks.posing import DEFORM, POSED_BYTES, channel_bits, deform_uniforms
from shaders.checks.toolchain import Toolchain

NOTHING, NO_LOOKS = np.zeros(4, np.float32), np.zeros(4, np.uint32)


def gaussians_like(count: int, **values: Any) -> Gaussians:
    """Gaussians at the origin that hang on joint 0 and on no node, but for ``values``."""
    fours, ones = np.zeros((count, 4), np.int64), np.zeros((count, 4))
    ones[:, 0] = 1
    given = {
        "means_m": np.zeros((count, 3)),
        "quats_wxyz": ones,
        "scales_m": np.ones((count, 3)),
        "opacities": np.ones(count),
        "base_colours": np.zeros((count, 3)),
        "joints": fours,
        "weights": ones,
        "nodes": fours,
        "node_weights": np.zeros((count, 4)),
        "parts": np.zeros(count, np.int64),
        "tracks": np.full(count, NO_TRACK, np.uint32),
    }
    return Gaussians(**(given | values))


class Inputs(NamedTuple):
    """What ``Deform`` reads.

    Attributes:
        arrays: by the names of the buffers.
        uniforms: by name.
    """

    arrays: dict[str, NDArray[Any]]
    uniforms: dict[str, Any]

    @property
    def count(self) -> int:
        """Gaussians that come out."""
        return int(self.uniforms["_Gaussians"])


def deform_inputs(
    gaussians: Gaussians,
    joints: NDArray[np.float32],
    *,
    nodes: NDArray[np.float32] = NOTHING,
    detail: NDArray[np.float32] | None = None,
    shapes: NDArray[np.float32] = NOTHING,
    looks: NDArray[np.uint32] = NO_LOOKS,
    next_looks: NDArray[np.uint32] = NO_LOOKS,
    **uniforms: Any,
) -> Inputs:
    """Everything packed.

    Args:
        gaussians, joints, nodes, looks, next_looks: as ``packing`` packs them, Gaussians excepted.
        detail: [slots, channels, T, 3] of all channels, or None.
        shapes: [K, N, 12] correctives.
        uniforms: by name, where they are not those of the last level without anything.
    """
    arrays = {
        "_Splats": packed_splats(gaussians),
        "_Looks": looks,
        "_NextLooks": next_looks,
        "_Joints": joints,
        "_Nodes": nodes,
        "_Detail": NOTHING if detail is None else np.ascontiguousarray(detail, np.float32),
        "_Correctives": shapes,
    }
    if detail is not None:
        uniforms = {"_Tracks": detail.shape[2], "_Channels": channel_bits(list(Channel)), "_Sources": 1} | uniforms
    return Inputs(arrays, deform_uniforms(uniforms.pop("_Gaussians", len(gaussians.means_m)), **uniforms))


class Deforming:
    """The kernel, compiled by one of the compilers."""

    def __init__(self, device: Device, tools: Toolchain, compiler: str) -> None:
        self._device = device
        self._kernel = device.kernel(compiled(DEFORM, compiler, tools))

    def posed(self, gaussians: Gaussians, joints: NDArray[np.float32], **options: Any) -> Posed:
        """What becomes of Gaussians; arguments are those of :func:`deform_inputs`."""
        return unpacked_posed(self.words(deform_inputs(gaussians, joints, **options)))

    def words(self, inputs: Inputs) -> NDArray[np.uint32]:
        """[n, 12]."""
        device, count = self._device, inputs.count
        bound = {name: device.buffer(array) for name, array in inputs.arrays.items()}
        bound["_Posed"] = device.buffer(count * POSED_BYTES)
        work = device.recording()
        work.dispatch(self._kernel, self._kernel.groups(count), bound, inputs.uniforms)
        work.run()
        words = bound["_Posed"].read(np.uint32, count * 12).reshape(count, 12)
        for buffer in bound.values():
            buffer.release()
        return words
