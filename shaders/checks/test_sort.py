"""Sort and arguments of the draw: exactly numpy's stable sort."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from shaders.checks.compilers import COMPILERS, GLSLANG, Source, compiled
from shaders.checks.eyes import Shown
from shaders.checks.toolchain import Toolchain

if TYPE_CHECKING:
    from shaders.checks.gpu.device import Device

UNSEEN = 65535


def keys_of(kind: str, count: int) -> NDArray[np.uint32]:
    random = np.random.default_rng(count)
    drawn = random.integers(0, UNSEEN + 1, count, dtype=np.uint32)
    drawn[random.random(count) < 0.3] = UNSEEN
    return {
        "drawn": drawn,
        "few": random.choice(np.array([3, 4, 40_000, 65_534, UNSEEN], np.uint32), count),
        "equal": np.full(count, 777, np.uint32),
        "sorted": np.sort(drawn),
        "reversed": np.sort(drawn)[::-1].copy(),
        "unseen": np.full(count, UNSEEN, np.uint32),
        "seen": np.minimum(drawn, UNSEEN - 1),
    }[kind]


def assert_sorted(gpu: Device, tools: Toolchain, compiler: str, keys: NDArray[np.uint32]) -> None:
    from shaders.checks.chain import Chain, SharedOrder

    count = len(keys)
    chain = Chain(gpu, lambda file, entry, stage: compiled(Source(file, entry, stage), compiler, tools))
    nothing = np.zeros((1, 1), np.uint32)
    shared = SharedOrder(gpu, [Shown(np.broadcast_to(nothing, (count, 12)), nothing)])
    # What lies behind the keys is no key.
    for buffer in (shared.keys, shared.spare_keys, shared.order, shared.spare_order, shared.counts):
        buffer.write(np.full(buffer.size // 4, 12345, np.uint32))
    shared.keys.write(keys)
    shared.order.write(np.arange(count, dtype=np.uint32))
    recording = gpu.recording()
    chain.sort(recording, shared)
    chain.arguments(recording, shared)
    recording.run()
    views = shared.read_views()
    np.testing.assert_array_equal(views.order, np.argsort(keys, kind="stable"))
    np.testing.assert_array_equal(views.keys, np.sort(keys))
    arguments = shared.arguments.read(np.uint32)
    np.testing.assert_array_equal(arguments, [6 * np.count_nonzero(keys != UNSEEN), 1, 0, 0])
    shared.release()


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("count", [0, 1, 255, 1_024, 1_025, 100_003])
def test_keys_are_sorted_and_equal_ones_keep_their_order(
    gpu: Device, tools: Toolchain, compiler: str, count: int
) -> None:
    for kind in ("drawn", "few", "equal", "sorted", "reversed", "unseen", "seen"):
        assert_sorted(gpu, tools, compiler, keys_of(kind, count))


@pytest.mark.parametrize("kind", ["drawn", "few", "equal"])
def test_a_million_keys_are_sorted(gpu: Device, tools: Toolchain, kind: str) -> None:
    assert_sorted(gpu, tools, GLSLANG, keys_of(kind, 1_000_000))


def test_more_groups_than_a_scan_has_at_once(gpu: Device, tools: Toolchain) -> None:
    """A scan's group has 1,024 counters at a time, so it goes on after 1,048,576 keys."""
    assert_sorted(gpu, tools, GLSLANG, keys_of("drawn", 2_200_000))
