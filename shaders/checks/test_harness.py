"""The harness itself: what a kernel is given arrives, and what it writes comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from shaders.checks.compilers import COMPILERS, DXC, GLSLANG, CompileError, Source, compiled, dxil, translated
from shaders.checks.spirv import read_module
from shaders.checks.toolchain import Toolchain

if TYPE_CHECKING:
    from shaders.checks.gpu.device import Device

SCALE = """
StructuredBuffer<uint> _In;
RWStructuredBuffer<uint> _Out;
uint _Count;
float _Factor;
float4 _Offsets[2];

[numthreads(64, 1, 1)]
void Scale(uint3 id : SV_DispatchThreadID)
{
    if (id.x < _Count)
    {
        _Out[id.x] = asuint(asfloat(_In[id.x]) * _Factor + _Offsets[id.x % 2].y);
    }
}
"""

TRIANGLES = """
StructuredBuffer<float4> _Corners;
RWStructuredBuffer<uint> _Arguments;
float4 _Colour;

struct Corner
{
    float4 position : SV_Position;
    float4 colour : COLOR0;
};

[numthreads(1, 1, 1)]
void Arguments()
{
    _Arguments[0] = 3;
    _Arguments[1] = 2;
    _Arguments[2] = 0;
    _Arguments[3] = 0;
}

Corner Vertex(uint vertex : SV_VertexID, uint instance : SV_InstanceID)
{
    Corner corner;
    corner.position = _Corners[instance * 3 + vertex];
    corner.colour = float4(0.5, 0.25, 0, 0.5);
    return corner;
}

float4 Fragment(Corner corner) : SV_Target
{
    return corner.colour * _Colour;
}
"""

COPY = """
Texture2D<float4> _Picture;

float4 Vertex(uint vertex : SV_VertexID) : SV_Position
{
    return float4(vertex == 1 ? 3 : -1, vertex == 2 ? 3 : -1, 0.5, 1);
}

float4 Fragment(float4 position : SV_Position) : SV_Target
{
    return _Picture.Load(int3(int2(position.xy), 0)).yxzw;
}
"""


def scale() -> Source:
    return Source("Scale.hlsl", "Scale", text=SCALE)


def test_modules_say_what_they_are_bound_to(tools: Toolchain) -> None:
    for compiler in COMPILERS:
        module = read_module(compiled(scale(), compiler, tools))
        assert (module.entry, module.stage, module.group) == ("Scale", "compute", (64, 1, 1)), compiler
        assert sorted(module.named("storage")) == ["_In", "_Out"], compiler
        assert module.uniforms == {"_Count": 0, "_Factor": 4, "_Offsets": 16}, compiler
        assert module.uniform_bytes == 48, compiler


def test_a_wave_operation_is_seen(tools: Toolchain) -> None:
    text = SCALE.replace("* _Factor", "* _Factor + WaveActiveSum(1.0)")
    for compiler in (GLSLANG, DXC):
        module = read_module(compiled(Source("Wave.hlsl", "Scale", text=text), compiler, tools))
        assert "a wave operation" in module.forbidden, compiler
        assert not read_module(compiled(scale(), compiler, tools)).forbidden, compiler


def test_mistakes_are_told(tools: Toolchain) -> None:
    wrong = Source("Wrong.hlsl", "Scale", text=SCALE.replace("_Factor", "_Faktor", 1))
    for compiler in COMPILERS:
        with pytest.raises(CompileError, match="_Factor"):
            compiled(wrong, compiler, tools)


def test_other_languages_come_out(tools: Toolchain) -> None:
    made = translated(scale(), tools)
    assert b"@compute" in made["wgsl"]
    assert b"#version" in made["glsl"]
    assert b"[[kernel]]" in made["metal"]
    assert dxil(scale(), tools)[:4] == b"DXBC"


def test_a_kernel_computes_on_buffers_that_stay(gpu: Device, tools: Toolchain) -> None:
    values = np.arange(1000, dtype=np.float32)
    offsets = np.array([[0, 3, 0, 0], [0, 5, 0, 0]], np.float32)
    for compiler in (GLSLANG, DXC):
        kernel = gpu.kernel(compiled(scale(), compiler, tools))
        first, second = gpu.buffer(values), gpu.buffer(values.nbytes)
        uniforms = {"_Count": 999, "_Factor": 0.5, "_Offsets": offsets}
        work = gpu.recording()
        work.dispatch(kernel, kernel.groups(1000), {"_In": first, "_Out": second}, uniforms)
        work.dispatch(kernel, kernel.groups(1000), {"_In": second, "_Out": first}, uniforms | {"_Factor": 2.0})
        work.run()
        added = offsets[np.arange(1000) % 2, 1]
        expected = (values * 0.5 + added) * 2 + added
        expected[999] = 999
        np.testing.assert_array_equal(first.read(np.float32), expected)


def test_marks_tell_how_long_the_device_took(gpu: Device, tools: Toolchain) -> None:
    kernel = gpu.kernel(compiled(scale(), GLSLANG, tools))
    first, second = gpu.buffer(4_000_000), gpu.buffer(4_000_000)
    uniforms = {"_Count": 1_000_000, "_Factor": 1.0, "_Offsets": np.zeros(8, np.float32)}
    work = gpu.recording()
    work.mark("begin")
    for _ in range(2):
        work.dispatch(kernel, kernel.groups(1_000_000), {"_In": first, "_Out": second}, uniforms)
        work.mark("scale")
    work.mark("nothing")
    work.run()
    assert set(work.times_ms) == {"scale", "nothing"}
    assert work.times_ms["scale"] > work.times_ms["nothing"] >= 0


def test_wrong_names_are_told(gpu: Device, tools: Toolchain) -> None:
    kernel = gpu.kernel(compiled(scale(), GLSLANG, tools))
    buffer = gpu.buffer(16)
    uniforms = {"_Count": 1, "_Factor": 1.0, "_Offsets": np.zeros(8, np.float32)}
    with pytest.raises(KeyError, match="_Out"):
        gpu.recording().dispatch(kernel, (1, 1, 1), {"_In": buffer}, uniforms)
    with pytest.raises(KeyError, match="_Factors"):
        gpu.recording().dispatch(kernel, (1, 1, 1), {"_In": buffer, "_Out": buffer}, uniforms | {"_Factors": 1})


def test_triangles_are_drawn_and_read_by_a_later_pass(gpu: Device, tools: Toolchain) -> None:
    """Two triangles over one another, the second over the lower left half alone; then the picture is copied."""
    corners = np.zeros((6, 4), np.float32)
    corners[:, 2:] = (0.5, 1)
    corners[:3, :2] = ((-1, -1), (3, -1), (-1, 3))
    corners[3:, :2] = ((-1, -1), (1, 1), (-1, 1))
    for compiler in (GLSLANG, DXC):
        arguments = gpu.kernel(compiled(Source("T.hlsl", "Arguments", text=TRIANGLES), compiler, tools))
        drawing, copying = (
            gpu.drawing(
                compiled(Source("T.hlsl", "Vertex", "vertex", text), compiler, tools),
                compiled(Source("T.hlsl", "Fragment", "fragment", text), compiler, tools),
                blend=blend,
            )
            for text, blend in ((TRIANGLES, "over"), (COPY, ""))
        )
        picture, copy, indirect = gpu.picture(8, 4), gpu.picture(8, 4), gpu.buffer(16)
        work = gpu.recording()
        work.dispatch(arguments, (1, 1, 1), {"_Arguments": indirect})
        bound, uniforms = {"_Corners": gpu.buffer(corners)}, {"_Colour": np.array([1, 1, 0, 1], np.float32)}
        work.draw(drawing, picture, bound, uniforms, indirect=indirect, clear=(0, 0, 1, 1))
        work.draw(copying, copy, {"_Picture": picture})
        work.run()
        found = picture.read().astype(np.float32)
        np.testing.assert_array_equal(found[0, 7], (0.5, 0.25, 0.5, 1))
        np.testing.assert_array_equal(found[3, 0], (0.75, 0.375, 0.25, 1))
        np.testing.assert_array_equal(copy.read().astype(np.float32), found[:, :, [1, 0, 2, 3]])
