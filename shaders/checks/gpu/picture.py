# pyright: basic, reportMissingImports=false
"""A picture that is drawn into, read by later kernels, and given back as numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import vulkan as vk

if TYPE_CHECKING:
    from shaders.checks.gpu.device import Device

RGBA16F = vk.VK_FORMAT_R16G16B16A16_SFLOAT
RGBA32F = vk.VK_FORMAT_R32G32B32A32_SFLOAT
RGBA8 = vk.VK_FORMAT_R8G8B8A8_UNORM
_TYPES = {RGBA16F: np.float16, RGBA32F: np.float32, RGBA8: np.uint8}
_USAGE = (
    vk.VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT
    | vk.VK_IMAGE_USAGE_SAMPLED_BIT
    | vk.VK_IMAGE_USAGE_TRANSFER_SRC_BIT
    | vk.VK_IMAGE_USAGE_TRANSFER_DST_BIT
)


class Picture:
    """Colours of four channels, [height, width, 4].

    Attributes:
        width, height: px.
        pixel_format: ``RGBA16F``, ``RGBA32F`` or ``RGBA8``.
        is_fresh: nothing was drawn yet, so it has no layout.
    """

    def __init__(self, device: Device, width: int, height: int, pixel_format: int) -> None:
        self._device = device
        self.width, self.height, self.pixel_format, self.is_fresh = width, height, pixel_format, True
        information = vk.VkImageCreateInfo(
            imageType=vk.VK_IMAGE_TYPE_2D,
            format=pixel_format,
            extent=vk.VkExtent3D(width, height, 1),
            mipLevels=1,
            arrayLayers=1,
            samples=vk.VK_SAMPLE_COUNT_1_BIT,
            tiling=vk.VK_IMAGE_TILING_OPTIMAL,
            usage=_USAGE,
            sharingMode=vk.VK_SHARING_MODE_EXCLUSIVE,
            initialLayout=vk.VK_IMAGE_LAYOUT_UNDEFINED,
        )
        self.handle = vk.vkCreateImage(device.handle, information, None)
        memory = device.memory(vk.vkGetImageMemoryRequirements(device.handle, self.handle), seen=False)
        vk.vkBindImageMemory(device.handle, self.handle, memory, 0)
        self.range = vk.VkImageSubresourceRange(vk.VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1)
        self.view = vk.vkCreateImageView(
            device.handle,
            vk.VkImageViewCreateInfo(
                image=self.handle,
                viewType=vk.VK_IMAGE_VIEW_TYPE_2D,
                format=pixel_format,
                components=vk.VkComponentMapping(),
                subresourceRange=self.range,
            ),
            None,
        )

    def read(self) -> np.ndarray:
        """[height, width, 4] as stored."""
        dtype = np.dtype(_TYPES[self.pixel_format])
        count = self.width * self.height * 4
        buffer = self._device.buffer(count * dtype.itemsize)
        recording = self._device.recording()
        recording.copy(self, buffer)
        recording.run()
        values = buffer.read(dtype, count).reshape(self.height, self.width, 4)
        buffer.release()
        return values
