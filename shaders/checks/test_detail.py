"""``DetailCosines`` and ``DetailParents`` on numbers that reach every limit of the buffers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from shaders.checks.compilers import DXC, GLSLANG, Source, compiled
from shaders.checks.packing.groups import Spectra, cosines, packed_group
from shaders.checks.toolchain import Toolchain

if TYPE_CHECKING:
    from shaders.checks.gpu.device import Device

TRACKS, FRAMES = 777, 30
# The largest that a row of 8, of 16 and of 32 bits holds.
LIMITS = (127, 32_767, 2**30)


@pytest.mark.parametrize("compiler", [GLSLANG, DXC])
def test_cosines_of_rows_of_every_width(gpu: Device, tools: Toolchain, compiler: str) -> None:
    dice = np.random.default_rng(3)
    coded = dice.permutation(TRACKS)[:601]
    bandwidths = np.sort(dice.integers(1, FRAMES - 3, len(coded)))[::-1]
    rows, whole = [], np.zeros((FRAMES, 3, len(coded)))
    for f in range(FRAMES):
        reached, limit = int((bandwidths > f).sum()), LIMITS[f % 3]
        axes = dice.integers(-limit, limit, (3, reached), endpoint=True).astype(np.int32)
        if reached:
            axes[f % 3, 0] = limit
        rows += list(axes)
        whole[f, :, :reached] = axes
    steps = np.geomspace(1e-9, 1e-3, 64).astype(np.float32)
    step_of = dice.integers(0, 64, len(coded))
    spectra = Spectra(FRAMES, steps, coded, bandwidths, step_of, rows)
    amounts = cosines(FRAMES, 17)
    kernel = gpu.kernel(compiled(Source("DetailCosines.hlsl", "DetailCosines"), compiler, tools))
    before, plane = 5, 3 * TRACKS
    detail = gpu.buffer(np.full(3 * plane, np.nan, np.float32))
    bound = {
        "_Group": gpu.buffer(packed_group(spectra, TRACKS)),
        "_Cosines": gpu.buffer(np.concatenate([np.full(before, np.nan, np.float32), amounts])),
        "_Detail": detail,
    }
    work = gpu.recording()
    work.dispatch(kernel, kernel.groups(TRACKS), bound, {"_FirstCosine": before, "_DetailStart": plane})
    work.run()
    found = detail.read(np.float32, 3 * plane).reshape(3, TRACKS, 3)
    assert np.isnan(found[[0, 2]]).all()
    expected = np.zeros((TRACKS, 3))
    expected[coded] = np.einsum("f,fac,c->ca", amounts.astype(float), whole, steps[step_of].astype(float))
    largest = np.einsum("f,fac,c->ca", np.abs(amounts), np.abs(whole), steps[step_of]).max()
    np.testing.assert_allclose(found[1], expected, atol=1e-6 * largest)
    np.testing.assert_array_equal(found[1][np.setdiff1d(np.arange(TRACKS), coded)], 0)


@pytest.mark.parametrize("compiler", [GLSLANG, DXC])
@pytest.mark.parametrize("channels", [0b0001, 0b0010, 0b1011, 0b1111])
def test_parents_of_a_stage_in_every_channel(gpu: Device, tools: Toolchain, compiler: str, channels: int) -> None:
    dice = np.random.default_rng(4)
    planes, first, count = 2 * channels.bit_count(), 11, 300
    weights = dice.integers(-127, 127, (2, count, 4), endpoint=True).astype(np.int8)
    weights[0, 0] = weights[1, 1] = 0
    children = TRACKS - count + dice.permutation(count)
    parents = dice.integers(0, TRACKS - count, (count, 4))
    words = np.zeros((first + count, 2, 4), np.uint32)
    words[first:, 0], words[first:, 1, 0] = parents, children
    words[first:, 1, 1:3] = weights.view(np.uint32)[..., 0].T
    values = dice.normal(size=(planes + 1, TRACKS, 3)).astype(np.float32)
    kernel = gpu.kernel(compiled(Source("DetailParents.hlsl", "DetailParents"), compiler, tools))
    detail = gpu.buffer(values)
    uniforms = {"_FirstParents": first, "_StageTracks": count, "_Tracks": TRACKS, "_Channels": channels}
    work = gpu.recording()
    groups = (kernel.groups(count)[0], planes, 1)
    bound = {"_Parents": gpu.buffer(words), "_Detail": detail}
    work.dispatch(kernel, groups, bound, uniforms | {"_DetailStart": 3 * TRACKS})
    work.run()
    expected = values.astype(np.float64)
    for plane in range(planes):
        is_position = channels & 1 and plane % channels.bit_count() == 0
        shares = weights[0] / 32 if is_position else weights[1] / 64
        told = np.einsum("cp,cpa->ca", shares, values[1 + plane][parents].astype(np.float64))
        expected[1 + plane, children] += told
    found = detail.read(np.float32, values.size).reshape(values.shape)
    np.testing.assert_allclose(found, expected, atol=2e-5)
