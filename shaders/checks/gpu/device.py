# pyright: basic, reportMissingImports=false
"""One Vulkan device. Python's Vulkan has no types, so this room is checked loosely."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import vulkan as vk

from shaders.checks.gpu.buffer import Buffer
from shaders.checks.gpu.picture import RGBA16F, Picture
from shaders.checks.gpu.pipelines import Drawing, Kernel
from shaders.checks.gpu.recording import Recording
from shaders.checks.spirv import Module, read_module
from shaders.checks.toolchain import LAVAPIPE

ANY = "any"


class Device:
    """A device and its queue.

    Args:
        wanted: a part of its name, ``any`` for a GPU where there is one; by default what the environment says, else
            lavapipe.

    Attributes:
        name: of the device.
        is_cpu: whether it is software.
        tick_ns: unit of its clock.

    Raises:
        LookupError: there is no such device.
    """

    def __init__(self, wanted: str | None = None) -> None:
        name = wanted or os.environ.get("ANI3D_VULKAN_DEVICE", LAVAPIPE)
        about = vk.VkApplicationInfo(
            pApplicationName="ani3d",
            applicationVersion=1,
            pEngineName="",
            engineVersion=0,
            apiVersion=(1 << 22) | 1 << 12,
        )
        self._instance = vk.vkCreateInstance(vk.VkInstanceCreateInfo(pApplicationInfo=about), None)
        devices = {
            vk.vkGetPhysicalDeviceProperties(device).deviceName: device
            for device in vk.vkEnumeratePhysicalDevices(self._instance)
        }
        ranked = sorted(devices, key=lambda each: _is_cpu(devices[each]))
        self.name = next((each for each in ranked if name == ANY or name.lower() in each.lower()), "")
        if not self.name:
            raise LookupError(f"Vulkan devices {sorted(devices)}, expected one named {name}")
        self._physical = devices[self.name]
        self.is_cpu = _is_cpu(self._physical)
        self.tick_ns = float(vk.vkGetPhysicalDeviceProperties(self._physical).limits.timestampPeriod)
        self._family = next(
            number
            for number, family in enumerate(vk.vkGetPhysicalDeviceQueueFamilyProperties(self._physical))
            if family.queueFlags & vk.VK_QUEUE_GRAPHICS_BIT and family.queueFlags & vk.VK_QUEUE_COMPUTE_BIT
        )
        queue = vk.VkDeviceQueueCreateInfo(queueFamilyIndex=self._family, queueCount=1, pQueuePriorities=[1.0])
        # Fragments read storage buffers; nothing writes them there.
        features = vk.VkPhysicalDeviceFeatures()
        information = vk.VkDeviceCreateInfo(
            queueCreateInfoCount=1, pQueueCreateInfos=[queue], pEnabledFeatures=[features]
        )
        self.handle = vk.vkCreateDevice(self._physical, information, None)
        self.queue = vk.vkGetDeviceQueue(self.handle, self._family, 0)
        pool = vk.VkCommandPoolCreateInfo(queueFamilyIndex=self._family)
        self.commands = vk.vkCreateCommandPool(self.handle, pool, None)
        self._kernels: dict[bytes, Kernel] = {}

    def buffer(self, content: np.ndarray | int) -> Buffer:
        """A buffer that holds an array, or so many bytes of zeros."""
        if isinstance(content, int):
            return Buffer(self, content)
        buffer = Buffer(self, content.nbytes)
        buffer.write(content)
        return buffer

    def picture(self, width: int, height: int, pixel_format: int = RGBA16F) -> Picture:
        """A picture to draw into, and to read in a later pass."""
        return Picture(self, width, height, pixel_format)

    def kernel(self, module: Module | bytes) -> Kernel:
        """A compute kernel; of the same bytes the same one, because the device takes seconds to compile it."""
        if not isinstance(module, bytes):
            return Kernel(self, module)
        if module not in self._kernels:
            self._kernels[module] = Kernel(self, read_module(module))
        return self._kernels[module]

    def drawing(self, vertex: bytes, fragment: bytes, *, blend: str = "", pixel_format: int = RGBA16F) -> Drawing:
        """A vertex and a fragment kernel that draw into a picture.

        Args:
            vertex, fragment: SPIR-V.
            blend: ``over`` adds premultiplied colours over what is there; nothing replaces it.
            pixel_format: of the pictures.
        """
        stages = read_module(vertex), read_module(fragment, descriptor_set=1)
        return Drawing(self, *stages, blend=blend, pixel_format=pixel_format)

    def recording(self) -> Recording:
        """Work that is written down and then done at once, in order."""
        return Recording(self)

    def memory(self, requirements: Any, *, seen: bool) -> Any:
        """Memory for a buffer or a picture, on the device where it can be; ``seen`` by this process or not."""
        kinds = vk.vkGetPhysicalDeviceMemoryProperties(self._physical)
        needed = vk.VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | vk.VK_MEMORY_PROPERTY_HOST_COHERENT_BIT if seen else 0
        for wanted in (needed | vk.VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, needed):
            for number in range(kinds.memoryTypeCount):
                fits = requirements.memoryTypeBits & (1 << number)
                if fits and kinds.memoryTypes[number].propertyFlags & wanted == wanted:
                    information = vk.VkMemoryAllocateInfo(allocationSize=requirements.size, memoryTypeIndex=number)
                    return vk.vkAllocateMemory(self.handle, information, None)
        raise MemoryError(f"{self.name} has no memory that suits")


def _is_cpu(physical: Any) -> bool:
    return vk.vkGetPhysicalDeviceProperties(physical).deviceType == vk.VK_PHYSICAL_DEVICE_TYPE_CPU
