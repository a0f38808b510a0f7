"""The rotations that kernels share, in float32 without what the buffers round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from shaders.checks.compilers import DXC, GLSLANG, Source, compiled, inlined
from shaders.checks.places import SHADERS
from shaders.checks.toolchain import Toolchain
from tests.golden.reference import exponential, polar_rotation, rotation_matrix

if TYPE_CHECKING:
    from shaders.checks.gpu.device import Device

COUNT = 2000
TRY = """
StructuredBuffer<float4> _In;
RWStructuredBuffer<float4> _Out;

[numthreads(64, 1, 1)]
void Try(uint3 thread : SV_DispatchThreadID)
{
    uint i = thread.x;
    float3x3 l = float3x3(_In[4 * i].xyz, _In[4 * i + 1].xyz, _In[4 * i + 2].xyz);
    float3 v = _In[4 * i + 3].xyz;
    _Out[4 * i] = PolarTurn(l);
    _Out[4 * i + 1] = TurnOf(v);
    _Out[4 * i + 2] = float4(VectorOf(TurnOf(v)), 0);
    _Out[4 * i + 3] = float4(Turned(TurnOf(v), float3(1, 2, 3)), 0);
}
"""


@pytest.fixture(scope="module", params=[GLSLANG, DXC])
def tried(request: pytest.FixtureRequest, gpu: Device, tools: Toolchain) -> dict[str, NDArray[np.float64]]:
    """What the kernels make of blends of rotations, up to nearly half a turn apart, and of rotation vectors."""
    dice = np.random.default_rng(5)
    text = inlined(SHADERS / "Rotations.hlsl") + TRY
    kernel = gpu.kernel(compiled(Source("Try.hlsl", "Try", text=text), request.param, tools))
    linear = np.zeros((COUNT, 3, 3))
    for i in range(COUNT):
        first = dice.normal(size=4)
        weights = dice.dirichlet(np.ones(4))
        for weight in weights:
            axis = dice.normal(size=3)
            apart = axis / np.linalg.norm(axis) * dice.uniform(0, 0.45 * np.pi if i % 4 else 0)
            linear[i] += weight * exponential(apart) @ rotation_matrix(first)
    vectors = dice.normal(size=(COUNT, 3)) * np.geomspace(1e-9, 3, COUNT)[:, None]
    given = np.zeros((COUNT, 4, 4), np.float32)
    given[:, :3, :3], given[:, 3, :3] = linear, vectors
    source, target = gpu.buffer(given), gpu.buffer(given.nbytes)
    work = gpu.recording()
    work.dispatch(kernel, kernel.groups(COUNT), {"_In": source, "_Out": target})
    work.run()
    return {
        "linear": linear,
        "vectors": vectors,
        "out": target.read(np.float32).reshape(-1, 4, 4)[:COUNT].astype(float),
    }


def test_the_polar_rotation_is_the_nearest(tried: dict[str, NDArray[np.float64]]) -> None:
    for linear, turn in zip(tried["linear"], tried["out"][:, 0], strict=True):
        np.testing.assert_allclose(rotation_matrix(turn), polar_rotation(linear), atol=1e-5)
        assert abs(np.linalg.norm(turn) - 1) < 1e-6


def test_rotation_vectors_become_turns_and_come_back(tried: dict[str, NDArray[np.float64]]) -> None:
    for vector, turn, back, turned in zip(tried["vectors"], *tried["out"][:, 1:].transpose(1, 0, 2), strict=True):
        np.testing.assert_allclose(rotation_matrix(turn), exponential(vector), atol=2e-6)
        np.testing.assert_allclose(turned[:3], exponential(vector) @ (1, 2, 3), atol=1e-5)
        # Of more than half a turn the shorter way back.
        assert np.linalg.norm(back[:3]) < np.pi + 1e-4
        np.testing.assert_allclose(exponential(back[:3]), exponential(vector), atol=1e-5)
        angle = np.linalg.norm(vector)
        if angle < np.pi - 0.01:
            np.testing.assert_allclose(back[:3], vector, atol=2e-6 + 1e-5 * angle)
