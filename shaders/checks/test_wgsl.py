# pyright: basic, reportMissingImports=false
"""The WGSL that slangc makes of the kernels is valid, within the limits that every WebGPU has."""

from __future__ import annotations

from typing import Any

import pytest

from shaders.checks.compilers import Source, translated
from shaders.checks.test_rules import MOST_BUFFERS, kernels
from shaders.checks.toolchain import Toolchain


@pytest.fixture(scope="module")
def web(tools: Toolchain) -> Any:
    """A device of wgpu-native with the smallest limits."""
    if tools.wgpu is None or not tools.runs:
        pytest.skip(tools.missing.get("wgpu", "there is no device"))
    import wgpu

    adapters = [each for each in wgpu.gpu.enumerate_adapters_sync() if each.info["backend_type"] == "Vulkan"]
    if not adapters:
        pytest.skip("wgpu finds no Vulkan device")
    return adapters[0].request_device_sync(required_limits={"max-storage-buffers-per-shader-stage": MOST_BUFFERS})


@pytest.mark.parametrize("source", kernels(), ids=lambda source: source.entry)
def test_the_wgsl_of_a_kernel_is_valid(web: Any, tools: Toolchain, source: Source) -> None:
    module = web.create_shader_module(code=translated(source, tools)["wgsl"].decode())
    if source.stage == "compute":
        pipeline = web.create_compute_pipeline(layout="auto", compute={"module": module, "entry_point": source.entry})
        assert pipeline.get_bind_group_layout(0)


def test_what_is_not_valid_is_refused(web: Any) -> None:
    import wgpu

    with pytest.raises(wgpu.GPUValidationError, match="nothing"):
        web.create_shader_module(code="@compute @workgroup_size(1) fn main() { nothing = 1; }")
