# pyright: basic, reportMissingImports=false
"""Compiled modules as the device runs them, and what they are bound to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import vulkan as vk

from shaders.checks.gpu.buffer import Buffer
from shaders.checks.gpu.picture import Picture
from shaders.checks.spirv import Module, Resource

if TYPE_CHECKING:
    from shaders.checks.gpu.device import Device

# An int is a uint or an int of the kernel, a float a float; arrays go as they are, of 4 bytes an element.
Uniform: TypeAlias = "int | float | np.ndarray"
_KINDS = {
    "storage": vk.VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
    "uniform": vk.VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER,
    "image": vk.VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE,
}
_STAGES = {
    "compute": vk.VK_SHADER_STAGE_COMPUTE_BIT,
    "vertex": vk.VK_SHADER_STAGE_VERTEX_BIT,
    "fragment": vk.VK_SHADER_STAGE_FRAGMENT_BIT,
}
_ALL_CHANNELS = 15


class _Stages:
    """Modules of one pipeline; each has a descriptor set of its own."""

    def __init__(self, device: Device, modules: tuple[Module, ...]) -> None:
        self._device = device
        self.modules = modules
        self._sets = [self._set_layout(module) for module in modules]
        layout = vk.VkPipelineLayoutCreateInfo(setLayoutCount=len(self._sets), pSetLayouts=self._sets)
        self.layout = vk.vkCreatePipelineLayout(device.handle, layout, None)
        self.stages = [self._stage(module) for module in modules]

    def bound(
        self, bound: Mapping[str, Buffer | Picture], uniforms: Mapping[str, Uniform]
    ) -> tuple[list[Any], list[Buffer], Any]:
        """Descriptor sets, the buffers of uniforms and the pool, which live as long as the work."""
        resources = [resource for module in self.modules for resource in _used(module)]
        self._check(bound, uniforms)
        sizes = [
            vk.VkDescriptorPoolSize(kind, sum(_KINDS[each.kind] == kind for each in resources))
            for kind in {_KINDS[each.kind] for each in resources}
        ]
        information = vk.VkDescriptorPoolCreateInfo(maxSets=len(self._sets), poolSizeCount=len(sizes), pPoolSizes=sizes)
        pool = vk.vkCreateDescriptorPool(self._device.handle, information, None)
        wanted = vk.VkDescriptorSetAllocateInfo(
            descriptorPool=pool, descriptorSetCount=len(self._sets), pSetLayouts=self._sets
        )
        sets = list(vk.vkAllocateDescriptorSets(self._device.handle, wanted))
        blocks: list[Buffer] = []
        for number, module in enumerate(self.modules):
            for resource in _used(module):
                content = bound.get(resource.name)
                if resource.kind == "uniform":
                    content = self._device.buffer(_block(module, uniforms))
                    blocks.append(content)
                self._write(sets[number], resource, content)
        return sets, blocks, pool

    def _check(self, bound: Mapping[str, Buffer | Picture], uniforms: Mapping[str, Uniform]) -> None:
        names = {each.name for module in self.modules for each in _used(module) if each.kind != "uniform"}
        known = {name for module in self.modules for name in module.uniforms}
        entries = ", ".join(module.entry for module in self.modules)
        for what, given, expected in (("resources", bound, names), ("uniforms", uniforms, known)):
            if set(given) != expected:
                raise KeyError(f"{entries} got {what} {sorted(given)}, expected {sorted(expected)}")

    def _write(self, descriptor_set: Any, resource: Resource, content: Any) -> None:
        options: dict[str, Any] = {}
        if isinstance(content, Picture):
            layout = vk.VK_IMAGE_LAYOUT_GENERAL
            options["pImageInfo"] = [vk.VkDescriptorImageInfo(imageView=content.view, imageLayout=layout)]
        else:
            options["pBufferInfo"] = [vk.VkDescriptorBufferInfo(content.handle, 0, content.size)]
        write = vk.VkWriteDescriptorSet(
            dstSet=descriptor_set,
            dstBinding=resource.binding,
            descriptorCount=1,
            descriptorType=_KINDS[resource.kind],
            **options,
        )
        vk.vkUpdateDescriptorSets(self._device.handle, 1, [write], 0, None)

    def _set_layout(self, module: Module) -> Any:
        bindings = [
            vk.VkDescriptorSetLayoutBinding(each.binding, _KINDS[each.kind], 1, _STAGES[module.stage])
            for each in _used(module)
        ]
        information = vk.VkDescriptorSetLayoutCreateInfo(bindingCount=len(bindings), pBindings=bindings)
        return vk.vkCreateDescriptorSetLayout(self._device.handle, information, None)

    def _stage(self, module: Module) -> Any:
        code = module.words.tobytes()
        information = vk.VkShaderModuleCreateInfo(codeSize=len(code), pCode=code)
        handle = vk.vkCreateShaderModule(self._device.handle, information, None)
        return vk.VkPipelineShaderStageCreateInfo(stage=_STAGES[module.stage], module=handle, pName=module.entry)


class Kernel(_Stages):
    """A compute kernel.

    Attributes:
        handle: the pipeline.
        group: threads of a group.
    """

    def __init__(self, device: Device, module: Module) -> None:
        super().__init__(device, (module,))
        self.group = module.group
        information = vk.VkComputePipelineCreateInfo(stage=self.stages[0], layout=self.layout)
        self.handle = vk.vkCreateComputePipelines(device.handle, vk.VK_NULL_HANDLE, 1, [information], None)[0]

    def groups(self, threads: int) -> tuple[int, int, int]:
        """Groups for so many threads in a row."""
        return (max(1, -(-threads // self.group[0])), 1, 1)


class Drawing(_Stages):
    """A vertex and a fragment kernel, with triangles between them.

    Attributes:
        handle: the pipeline.
        passes: one that clears the picture first, and one that does not.
    """

    def __init__(self, device: Device, vertex: Module, fragment: Module, *, blend: str, pixel_format: int) -> None:
        super().__init__(device, (vertex, fragment))
        self.passes = {clears: _render_pass(device, pixel_format, clears) for clears in (True, False)}
        attachment = vk.VkPipelineColorBlendAttachmentState(
            blendEnable=blend == "over",
            srcColorBlendFactor=vk.VK_BLEND_FACTOR_ONE,
            dstColorBlendFactor=vk.VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA,
            srcAlphaBlendFactor=vk.VK_BLEND_FACTOR_ONE,
            dstAlphaBlendFactor=vk.VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA,
            colorWriteMask=_ALL_CHANNELS,
        )
        states = [vk.VK_DYNAMIC_STATE_VIEWPORT, vk.VK_DYNAMIC_STATE_SCISSOR]
        information = vk.VkGraphicsPipelineCreateInfo(
            stageCount=2,
            pStages=self.stages,
            pVertexInputState=vk.VkPipelineVertexInputStateCreateInfo(),
            pInputAssemblyState=vk.VkPipelineInputAssemblyStateCreateInfo(
                topology=vk.VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST
            ),
            pViewportState=vk.VkPipelineViewportStateCreateInfo(viewportCount=1, scissorCount=1),
            pRasterizationState=vk.VkPipelineRasterizationStateCreateInfo(lineWidth=1.0),
            pMultisampleState=vk.VkPipelineMultisampleStateCreateInfo(rasterizationSamples=vk.VK_SAMPLE_COUNT_1_BIT),
            pColorBlendState=vk.VkPipelineColorBlendStateCreateInfo(attachmentCount=1, pAttachments=[attachment]),
            pDynamicState=vk.VkPipelineDynamicStateCreateInfo(dynamicStateCount=2, pDynamicStates=states),
            layout=self.layout,
            renderPass=self.passes[True],
        )
        self.handle = vk.vkCreateGraphicsPipelines(device.handle, vk.VK_NULL_HANDLE, 1, [information], None)[0]


def _render_pass(device: Device, pixel_format: int, clears: bool) -> Any:
    attachment = vk.VkAttachmentDescription(
        format=pixel_format,
        samples=vk.VK_SAMPLE_COUNT_1_BIT,
        loadOp=vk.VK_ATTACHMENT_LOAD_OP_CLEAR if clears else vk.VK_ATTACHMENT_LOAD_OP_LOAD,
        storeOp=vk.VK_ATTACHMENT_STORE_OP_STORE,
        stencilLoadOp=vk.VK_ATTACHMENT_LOAD_OP_DONT_CARE,
        stencilStoreOp=vk.VK_ATTACHMENT_STORE_OP_DONT_CARE,
        initialLayout=vk.VK_IMAGE_LAYOUT_GENERAL,
        finalLayout=vk.VK_IMAGE_LAYOUT_GENERAL,
    )
    reference = vk.VkAttachmentReference(attachment=0, layout=vk.VK_IMAGE_LAYOUT_GENERAL)
    subpass = vk.VkSubpassDescription(
        pipelineBindPoint=vk.VK_PIPELINE_BIND_POINT_GRAPHICS, colorAttachmentCount=1, pColorAttachments=[reference]
    )
    information = vk.VkRenderPassCreateInfo(
        attachmentCount=1, pAttachments=[attachment], subpassCount=1, pSubpasses=[subpass]
    )
    return vk.vkCreateRenderPass(device.handle, information, None)


def _used(module: Module) -> list[Resource]:
    return [resource for resource in module.resources if resource.used]


def _block(module: Module, uniforms: Mapping[str, Uniform]) -> np.ndarray:
    """The bytes of a module's uniforms."""
    block = np.zeros(module.uniform_bytes, np.uint8)
    for name, offset in module.uniforms.items():
        raw = _plain(uniforms[name]).reshape(-1).view(np.uint8)
        others = [each for each in module.uniforms.values() if each > offset]
        room = min(others, default=module.uniform_bytes) - offset
        if raw.size > room:
            raise ValueError(f"{module.entry}: {raw.size} bytes for {name}, expected at most {room}")
        block[offset : offset + raw.size] = raw
    return block


def _plain(value: Uniform) -> np.ndarray:
    if isinstance(value, np.ndarray):
        if value.dtype.itemsize != 4:
            raise TypeError(f"a uniform of {value.dtype}, expected 4 bytes an element")
        return np.ascontiguousarray(value)
    if isinstance(value, (int, np.integer)):
        return np.array([int(value) & 0xFFFFFFFF], np.uint32)
    return np.array([value], np.float32)
