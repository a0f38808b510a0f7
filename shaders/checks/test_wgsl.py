# pyright: basic, reportMissingImports=false
"""The WGSL that slangc makes of the kernels is valid within the limits that every WebGPU has, and computes the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shaders.checks.compilers import GLSLANG, Source, translated
from shaders.checks.packing.transforms import packed_joints, packed_nodes
from shaders.checks.spirv import read_module
from shaders.checks.test_rules import MOST_BUFFERS, kernels
from shaders.checks.toolchain import Toolchain
from tests.golden.reference import rotation_matrix

DEFORM = Source("Deform.hlsl", "Deform")


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


def test_deform_computes_the_same_in_wgsl(web: Any, gpu: Any, tools: Toolchain) -> None:
    """Nodes, detail between two frames, correctives, four joints: run as WGSL, and as SPIR-V of another compiler."""
    from shaders.checks.deforming import Deforming, deform_inputs, gaussians_like
    from shaders.checks.posed_layout import unpacked_posed

    dice, count = np.random.default_rng(6), 300
    turns = dice.normal(size=(9, 4)) + np.array([2, 0, 0, 0])
    transforms = np.repeat(np.eye(4)[None], 4, axis=0)
    transforms[:, :3, :3] = [rotation_matrix(turn) for turn in turns[:4]]
    transforms[:, :3, 3] = dice.normal(size=(4, 3))
    gaussians = gaussians_like(
        count,
        means_m=dice.normal(size=(count, 3)),
        quats_wxyz=dice.normal(size=(count, 4)),
        scales_m=dice.uniform(0.01, 0.05, (count, 3)),
        base_colours=dice.normal(size=(count, 3)),
        joints=dice.integers(0, 4, (count, 4)),
        weights=dice.dirichlet(np.ones(4), count),
        nodes=dice.integers(0, 5, (count, 4)),
        node_weights=dice.dirichlet(np.ones(4), count),
        tracks=np.arange(count, dtype=np.uint32),
    )
    inputs = deform_inputs(
        gaussians,
        packed_joints(transforms),
        nodes=packed_nodes(dice.normal(size=(5, 3)), dice.normal(size=(5, 3)), turns[4:]),
        detail=(dice.normal(size=(2, 4, count, 3)) * 0.2).astype(np.float32),
        shapes=(dice.normal(size=(3, count, 12)) * 0.1).astype(np.float32),
        _Shapes=3,
        _ShapeWeights=np.linspace(-1, 1, 64).astype(np.float32),
        _FrameShares=np.array([0.3, 0, 0, 0], np.float32),
    )
    expected = unpacked_posed(Deforming(gpu, tools, GLSLANG).words(inputs))
    found = unpacked_posed(run_as_wgsl(web, translated(DEFORM, tools), inputs))
    np.testing.assert_allclose(found.means_m, expected.means_m, atol=5e-6)
    largest = np.abs(expected.covariances_m2).max()
    np.testing.assert_allclose(found.covariances_m2, expected.covariances_m2, atol=1e-5 * largest)
    np.testing.assert_allclose(np.abs((found.turns_wxyz * expected.turns_wxyz).sum(axis=1)), 1, atol=1e-5)
    np.testing.assert_allclose(found.degree0, expected.degree0, atol=2e-3)


def run_as_wgsl(web: Any, made: Mapping[str, bytes], inputs: Any) -> NDArray[np.uint32]:
    """[n, 12] what the kernel writes."""
    import wgpu

    text = made["wgsl"].decode()
    layout = read_module(made["spirv"])
    block = np.zeros(layout.uniform_bytes, np.uint8)
    for name, offset in layout.uniforms.items():
        value = inputs.uniforms[name]
        raw = np.array(value, np.float32 if isinstance(value, float) else np.uint32) if np.isscalar(value) else value
        block[offset : offset + raw.nbytes] = np.ascontiguousarray(raw).reshape(-1).view(np.uint8)
    usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_SRC
    posed = web.create_buffer(size=inputs.count * 48, usage=usage)
    buffers = {
        name: web.create_buffer_with_data(data=np.ascontiguousarray(array), usage=usage)
        for name, array in inputs.arrays.items()
    }
    buffers |= {"_Posed": posed}
    buffers["globalParams"] = web.create_buffer_with_data(data=block, usage=wgpu.BufferUsage.UNIFORM)
    # A name is changed where another thing of the text has it.
    places = re.findall(r"@binding\((\d+)\) @group\(0\) var<[^>]*> U?(\w+?)_0 :", text)
    assert {name for _, name in places} == set(buffers)
    entry = {"module": web.create_shader_module(code=text), "entry_point": layout.entry}
    pipeline = web.create_compute_pipeline(layout="auto", compute=entry)
    entries = [
        {"binding": int(place), "resource": {"buffer": buffers[name], "offset": 0, "size": buffers[name].size}}
        for place, name in places
    ]
    group = web.create_bind_group(layout=pipeline.get_bind_group_layout(0), entries=entries)
    encoder = web.create_command_encoder()
    compute = encoder.begin_compute_pass()
    compute.set_pipeline(pipeline)
    compute.set_bind_group(0, group)
    compute.dispatch_workgroups(-(-inputs.count // layout.group[0]))
    compute.end()
    web.queue.submit([encoder.finish()])
    return np.frombuffer(web.queue.read_buffer(posed), np.uint32).reshape(inputs.count, 12)


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
