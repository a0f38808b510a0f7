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
# How far rotations of one blend are from its middle, radians.
SPREADS = (0.0, 0.3, 0.45 * np.pi, 0.8 * np.pi)
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
    uint packed = PackedTurn(TurnOf(v));
    _Out[4 * i + 2] = float4(VectorOf(TurnOf(v)), packed & 0xFFFF);
    _Out[4 * i + 3] = float4(Turned(TurnOf(v), float3(1, 2, 3)), packed >> 16);
}
"""


@pytest.fixture(scope="module", params=[GLSLANG, DXC])
def tried(request: pytest.FixtureRequest, gpu: Device, tools: Toolchain) -> dict[str, NDArray[np.float64]]:
    """What the kernels make of blends of rotations, up to nearly a turn apart, and of rotation vectors."""
    dice = np.random.default_rng(5)
    text = inlined(SHADERS / "Rotations.hlsl") + TRY
    kernel = gpu.kernel(compiled(Source("Try.hlsl", "Try", text=text), request.param, tools))
    linear = np.zeros((COUNT, 3, 3))
    for i in range(COUNT):
        first = dice.normal(size=4)
        weights = dice.dirichlet(np.ones(4))
        for weight in weights:
            axis = dice.normal(size=3)
            apart = axis / np.linalg.norm(axis) * dice.uniform(0, SPREADS[i % len(SPREADS)])
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
    told = 0
    for linear, turn in zip(tried["linear"], tried["out"][:, 0], strict=True):
        assert abs(np.linalg.norm(turn) - 1) < 1e-6
        u, sizes, vt = np.linalg.svd(linear)
        # Where this is 0, two rotations are as near.
        distinct = sizes[1] + sizes[2] * np.linalg.det(u @ vt)
        if distinct > 0.05:
            np.testing.assert_allclose(rotation_matrix(turn), polar_rotation(linear), atol=4e-6 / distinct + 4e-6)
            told += 1
    assert told > 0.9 * COUNT


def test_turns_of_either_sign_are_packed(tried: dict[str, NDArray[np.float64]]) -> None:
    from shaders.checks.posed_layout import unpacked_posed

    words = np.zeros((COUNT, 12), np.uint32)
    words[:, 9] = tried["out"][:, 2, 3].astype(np.uint32) | tried["out"][:, 3, 3].astype(np.uint32) << 16
    turns = tried["out"][:, 1]
    largest = np.take_along_axis(turns, np.abs(turns).argmax(axis=1)[:, None], axis=1)
    assert min((largest > 0).sum(), (largest < 0).sum()) > 50
    assert len(set((words[:, 9] >> 30).tolist())) == 4
    near = np.abs((unpacked_posed(words).turns_wxyz * turns).sum(axis=1))
    assert (2 * np.arccos(np.minimum(near, 1))).max() < 4e-3


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
