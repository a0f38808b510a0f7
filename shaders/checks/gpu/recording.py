# pyright: basic, reportMissingImports=false
"""Dispatches and draws in sequence: each sees what those before it wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import vulkan as vk

from shaders.checks.gpu.buffer import Buffer
from shaders.checks.gpu.picture import Picture
from shaders.checks.gpu.pipelines import Drawing, Kernel, Uniform

if TYPE_CHECKING:
    from shaders.checks.gpu.device import Device

MOST_MARKS = 512
_EVERYTHING = vk.VK_ACCESS_MEMORY_READ_BIT | vk.VK_ACCESS_MEMORY_WRITE_BIT


class Recording:
    """Work for the device. Buffers keep their content, so recordings may follow each other."""

    def __init__(self, device: Device) -> None:
        self._device = device
        information = vk.VkCommandBufferAllocateInfo(
            commandPool=device.commands, level=vk.VK_COMMAND_BUFFER_LEVEL_PRIMARY, commandBufferCount=1
        )
        self._commands = vk.vkAllocateCommandBuffers(device.handle, information)[0]
        begin = vk.VkCommandBufferBeginInfo(flags=vk.VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT)
        vk.vkBeginCommandBuffer(self._commands, begin)
        self._blocks: list[Buffer] = []
        self._pools: list[Any] = []
        self._frames: list[Any] = []
        self._clock: Any = None
        self._marks: list[str] = []
        # Milliseconds up to each mark from the one before, by its name, once the work is done.
        self.times_ms: dict[str, float] = {}

    def mark(self, name: str) -> None:
        """Note the time when everything so far is done; times under one name add up. The first mark begins."""
        if self._clock is None:
            information = vk.VkQueryPoolCreateInfo(queryType=vk.VK_QUERY_TYPE_TIMESTAMP, queryCount=MOST_MARKS)
            self._clock = vk.vkCreateQueryPool(self._device.handle, information, None)
            vk.vkCmdResetQueryPool(self._commands, self._clock, 0, MOST_MARKS)
        if len(self._marks) == MOST_MARKS:
            raise ValueError(f"more than {MOST_MARKS} marks in one recording")
        bottom = vk.VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT
        vk.vkCmdWriteTimestamp(self._commands, bottom, self._clock, len(self._marks))
        self._marks.append(name)

    def dispatch(
        self,
        kernel: Kernel,
        groups: Sequence[int],
        bound: Mapping[str, Buffer | Picture],
        uniforms: Mapping[str, Uniform] | None = None,
        *,
        wait: bool = True,
    ) -> None:
        """Run a kernel.

        Args:
            kernel: which.
            groups: of threads, in x, y and z.
            bound: all buffers and pictures of the kernel, by the names that the HLSL has for them.
            uniforms: all of its uniforms.
            wait: whether what follows sees what it wrote, and begins after it.
        """
        self._bind(kernel, vk.VK_PIPELINE_BIND_POINT_COMPUTE, bound, uniforms or {})
        vk.vkCmdDispatch(self._commands, *groups)
        if wait:
            self._wait()

    def draw(
        self,
        drawing: Drawing,
        picture: Picture,
        bound: Mapping[str, Buffer | Picture],
        uniforms: Mapping[str, Uniform] | None = None,
        *,
        vertices: int = 3,
        instances: int = 1,
        indirect: Buffer | None = None,
        clear: Sequence[float] | None = None,
    ) -> None:
        """Draw triangles into a picture.

        Args:
            drawing: its kernels.
            picture: what is drawn into.
            bound, uniforms: of both kernels together, as in :meth:`dispatch`.
            vertices, instances: how many; where ``indirect`` is given, its first four ``uint`` say so: vertices,
                instances, first vertex, first instance.
            indirect: as written by a kernel before.
            clear: a colour that fills the picture first; None leaves what is there.
        """
        if picture.is_fresh:
            self._lay_out(picture)
        view = self._framebuffer(drawing, picture)
        area = vk.VkRect2D(vk.VkOffset2D(0, 0), vk.VkExtent2D(picture.width, picture.height))
        colours = [vk.VkClearValue(color=vk.VkClearColorValue(float32=list(clear or (0, 0, 0, 0))))]
        begin = vk.VkRenderPassBeginInfo(
            renderPass=drawing.passes[clear is not None],
            framebuffer=view,
            renderArea=area,
            clearValueCount=1,
            pClearValues=colours,
        )
        vk.vkCmdBeginRenderPass(self._commands, begin, vk.VK_SUBPASS_CONTENTS_INLINE)
        vk.vkCmdSetViewport(self._commands, 0, 1, [vk.VkViewport(0, 0, picture.width, picture.height, 0, 1)])
        vk.vkCmdSetScissor(self._commands, 0, 1, [area])
        self._bind(drawing, vk.VK_PIPELINE_BIND_POINT_GRAPHICS, bound, uniforms or {})
        if indirect is None:
            vk.vkCmdDraw(self._commands, vertices, instances, 0, 0)
        else:
            vk.vkCmdDrawIndirect(self._commands, indirect.handle, 0, 1, 16)
        vk.vkCmdEndRenderPass(self._commands)
        self._wait()

    def copy(self, picture: Picture, buffer: Buffer) -> None:
        """Copy a picture into a buffer, row by row."""
        if picture.is_fresh:
            self._lay_out(picture)
        region = vk.VkBufferImageCopy(
            imageSubresource=vk.VkImageSubresourceLayers(vk.VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1),
            imageExtent=vk.VkExtent3D(picture.width, picture.height, 1),
        )
        layout = vk.VK_IMAGE_LAYOUT_GENERAL
        vk.vkCmdCopyImageToBuffer(self._commands, picture.handle, layout, buffer.handle, 1, [region])
        self._wait()

    def run(self) -> None:
        """Do everything and wait for its end."""
        device = self._device
        vk.vkEndCommandBuffer(self._commands)
        work = vk.VkSubmitInfo(commandBufferCount=1, pCommandBuffers=[self._commands])
        vk.vkQueueSubmit(device.queue, 1, [work], vk.VK_NULL_HANDLE)
        vk.vkQueueWaitIdle(device.queue)
        self._read_clock()
        for block in self._blocks:
            block.release()
        for pool in self._pools:
            vk.vkDestroyDescriptorPool(device.handle, pool, None)
        for frame in self._frames:
            vk.vkDestroyFramebuffer(device.handle, frame, None)
        vk.vkFreeCommandBuffers(device.handle, device.commands, 1, [self._commands])

    def _read_clock(self) -> None:
        if self._clock is None:
            return
        count, size = len(self._marks), 8
        ticks = vk.ffi.new(f"uint64_t[{count}]")
        flags = vk.VK_QUERY_RESULT_64_BIT | vk.VK_QUERY_RESULT_WAIT_BIT
        vk.vkGetQueryPoolResults(self._device.handle, self._clock, 0, count, count * size, ticks, size, flags)
        vk.vkDestroyQueryPool(self._device.handle, self._clock, None)
        for number in range(1, count):
            passed_ms = (ticks[number] - ticks[number - 1]) * self._device.tick_ns / 1e6
            self.times_ms[self._marks[number]] = self.times_ms.get(self._marks[number], 0.0) + passed_ms

    def _bind(
        self,
        pipeline: Kernel | Drawing,
        point: int,
        bound: Mapping[str, Buffer | Picture],
        uniforms: Mapping[str, Uniform],
    ) -> None:
        sets, blocks, pool = pipeline.bound(bound, uniforms)
        self._blocks += blocks
        self._pools.append(pool)
        vk.vkCmdBindPipeline(self._commands, point, pipeline.handle)
        vk.vkCmdBindDescriptorSets(self._commands, point, pipeline.layout, 0, len(sets), sets, 0, None)

    def _framebuffer(self, drawing: Drawing, picture: Picture) -> Any:
        information = vk.VkFramebufferCreateInfo(
            renderPass=drawing.passes[True],
            attachmentCount=1,
            pAttachments=[picture.view],
            width=picture.width,
            height=picture.height,
            layers=1,
        )
        self._frames.append(vk.vkCreateFramebuffer(self._device.handle, information, None))
        return self._frames[-1]

    def _lay_out(self, picture: Picture) -> None:
        barrier = vk.VkImageMemoryBarrier(
            srcAccessMask=0,
            dstAccessMask=_EVERYTHING,
            oldLayout=vk.VK_IMAGE_LAYOUT_UNDEFINED,
            newLayout=vk.VK_IMAGE_LAYOUT_GENERAL,
            srcQueueFamilyIndex=vk.VK_QUEUE_FAMILY_IGNORED,
            dstQueueFamilyIndex=vk.VK_QUEUE_FAMILY_IGNORED,
            image=picture.handle,
            subresourceRange=picture.range,
        )
        stages = vk.VK_PIPELINE_STAGE_ALL_COMMANDS_BIT
        vk.vkCmdPipelineBarrier(self._commands, stages, stages, 0, 0, None, 0, None, 1, [barrier])
        picture.is_fresh = False

    def _wait(self) -> None:
        barrier = vk.VkMemoryBarrier(srcAccessMask=_EVERYTHING, dstAccessMask=_EVERYTHING)
        stages = vk.VK_PIPELINE_STAGE_ALL_COMMANDS_BIT
        vk.vkCmdPipelineBarrier(self._commands, stages, stages, 0, 1, [barrier], 0, None, 0, None)
