# pyright: basic, reportMissingImports=false
"""A buffer of the device that this process sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import vulkan as vk
from numpy.typing import DTypeLike

if TYPE_CHECKING:
    from shaders.checks.gpu.device import Device

_USAGE = (
    vk.VK_BUFFER_USAGE_STORAGE_BUFFER_BIT
    | vk.VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT
    | vk.VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT
    | vk.VK_BUFFER_USAGE_TRANSFER_SRC_BIT
    | vk.VK_BUFFER_USAGE_TRANSFER_DST_BIT
)


class Buffer:
    """Bytes on the device. It keeps its content from one recording to the next.

    Attributes:
        size: bytes, a whole number of vectors of four.
    """

    def __init__(self, device: Device, size: int) -> None:
        self.size = max(16, (size + 15) // 16 * 16)
        self._device = device
        information = vk.VkBufferCreateInfo(size=self.size, usage=_USAGE, sharingMode=vk.VK_SHARING_MODE_EXCLUSIVE)
        self.handle = vk.vkCreateBuffer(device.handle, information, None)
        requirements = vk.vkGetBufferMemoryRequirements(device.handle, self.handle)
        self._memory = device.memory(requirements, seen=True)
        vk.vkBindBufferMemory(device.handle, self.handle, self._memory, 0)
        mapped = vk.vkMapMemory(device.handle, self._memory, 0, self.size, 0)
        self._bytes = np.frombuffer(mapped, np.uint8, count=self.size)
        self._bytes[:] = 0

    def write(self, content: np.ndarray, offset: int = 0) -> None:
        """Put an array at ``offset`` bytes."""
        raw = np.ascontiguousarray(content).reshape(-1).view(np.uint8)
        if offset + raw.size > self.size:
            raise ValueError(f"{raw.size} bytes at {offset}, expected at most {self.size} in all")
        self._bytes[offset : offset + raw.size] = raw

    def read(self, dtype: DTypeLike, count: int = -1) -> np.ndarray:
        """A copy of the first ``count`` elements, or of all."""
        values = self._bytes.view(dtype)
        return values.copy() if count < 0 else values[:count].copy()

    def release(self) -> None:
        """Give the memory back."""
        vk.vkDestroyBuffer(self._device.handle, self.handle, None)
        vk.vkFreeMemory(self._device.handle, self._memory, None)
