# pyright: basic
"""What the shader benchmark runs: avatars made up in the buffers of ``shaders/README.md``, of any size.

Numbers are like those of the built-in dancer: 24 joints, 512 nodes, detail of position and rotation for three Gaussians
of eight, in six stages of parents, groups of 30 frames. No package is read, so that nothing but numpy and Vulkan has to
be at hand.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, UInt32Array
from shaders.checks.eyes import Shown

JOINTS, NODES, FRAMES = 24, 512, 30
CHANNELS, SLOTS = 2, 2
STAGES = 6
_TRACK_SHARE = 0.375
# Coefficients that a track has on each axis, on average, and the share of rows that need 16 bits.
_COEFFICIENTS, _WIDE_ROWS = 6.0, 4
_NO_TRACK = 0xFFFFFFFF
_HEIGHT_M, _RADIUS_M = 1.7, 0.28


@dataclass(frozen=True)
class Load:
    """One avatar's buffers before deformation.

    Attributes:
        splats: [N, 16]. joints: [24, 16]. nodes: [512, 8].
        groups: of each slot and channel. cosines: [FRAMES]. parents: [n, 8].
        stages: first and count of the tracks of each stage.
        track_count: T.
        shown: what is drawn of it; ``posed`` there is the right size, no more.
    """

    splats: UInt32Array
    joints: Float32Array
    nodes: Float32Array
    groups: list[UInt32Array]
    cosines: Float32Array
    parents: UInt32Array
    stages: list[tuple[int, int]]
    track_count: int
    shown: Shown


def made_up_load(count: int, *, degree: int, place_m: tuple[float, float] = (0.0, 0.0), seed: int = 0) -> Load:
    """An avatar of ``count`` Gaussians on an ellipsoid as tall as a person, standing at x, z."""
    random = np.random.default_rng(seed)
    tracks = max(int(count * _TRACK_SHARE), 1)
    harmonics = (3 * ((degree + 1) ** 2 - 1) + 1) // 2
    to_world = np.eye(4)
    to_world[0, 3], to_world[2, 3] = place_m
    words = (
        random.integers(0, 0x3000, (count, harmonics), dtype=np.uint32) if harmonics else np.zeros((1, 1), np.uint32)
    )
    parents, stages = _parents(random, tracks)
    return Load(
        _splats(random, count, tracks),
        _still_joints(),
        np.tile(np.array([1, 0, 0, 0, 0, 0, 0, 0], np.float32), (NODES, 1)),
        [_group(random, tracks) for _ in range(CHANNELS * SLOTS)],
        (np.sqrt(2 / FRAMES) * np.cos(np.pi * np.arange(FRAMES) * 10.5 / FRAMES)).astype(np.float32),
        parents,
        stages,
        tracks,
        Shown(np.zeros((count, 12), np.uint32), words, degree, to_world),
    )


def _splats(random: np.random.Generator, count: int, tracks: int) -> UInt32Array:
    directions = random.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    means = directions * (_RADIUS_M, _HEIGHT_M / 2, _RADIUS_M) + (0, _HEIGHT_M / 2, 0)
    # Neighbours overlap as those of a fitted avatar do.
    size_m = 0.9 * np.sqrt(4 * np.pi * _RADIUS_M * _HEIGHT_M / 2 / count)
    words = np.zeros((count, 16), np.uint32)
    words[:, 0:3] = means.astype(np.float32).view(np.uint32)
    words[:, 3] = _NO_TRACK
    words[random.permutation(count)[:tracks], 3] = np.arange(tracks)
    scales = size_m * np.exp(random.normal(0, 0.3, (count, 3)))
    words[:, 4:7] = scales.astype(np.float32).view(np.uint32)
    opacity = np.rint(random.uniform(0.5, 1, count) * 65535).astype(np.uint32)
    colours = random.uniform(-1, 1, (count, 3)).astype(np.float16).view(np.uint16).astype(np.uint32)
    words[:, 7] = opacity | colours[:, 2] << 16
    quats = random.normal(size=(count, 4))
    quats = np.rint(quats / np.linalg.norm(quats, axis=1, keepdims=True) * 32767).astype(np.int16).view(np.uint16)
    words[:, 8] = quats[:, 0].astype(np.uint32) | quats[:, 1].astype(np.uint32) << 16
    words[:, 9] = quats[:, 2].astype(np.uint32) | quats[:, 3].astype(np.uint32) << 16
    joints = random.integers(0, JOINTS, (count, 4), dtype=np.uint32)
    words[:, 10] = joints[:, 0] | joints[:, 1] << 8 | joints[:, 2] << 16 | joints[:, 3] << 24
    words[:, 11] = colours[:, 0] | colours[:, 1] << 16
    # A third, a sixth and a twelfth of the skin's weight; nodes likewise, for half of the Gaussians.
    words[:, 12] = 21845 | 10922 << 16
    words[:, 13] = 5461
    nodes = random.integers(0, NODES, (count, 4), dtype=np.uint32)
    hangs = (random.random(count) < 0.5).astype(np.uint32) << 30
    words[:, 14] = nodes[:, 0] | nodes[:, 1] << 10 | nodes[:, 2] << 20 | hangs
    words[:, 15] = nodes[:, 3] | 40 << 10 | 20 << 17 | 10 << 24
    return words


def _still_joints() -> Float32Array:
    rows = np.zeros((JOINTS, 4, 4), np.float32)
    rows[:, (0, 1, 2), (0, 1, 2)] = 1
    rows[:, 3, :3] = 1
    return rows.reshape(JOINTS, 16)


def _group(random: np.random.Generator, tracks: int) -> UInt32Array:
    """Coefficients of one channel: long rows first, the widest at the beginning."""
    bandwidths = np.sort(np.minimum(random.geometric(1 / (_COEFFICIENTS + 1), tracks) - 1, FRAMES))[::-1]
    lengths = [int(np.count_nonzero(bandwidths > f)) for f in range(FRAMES)]
    head = np.array([FRAMES, tracks, 1, 0, np.float32(1e-6).view(np.uint32)], np.uint32)
    places: list[int] = []
    rows: list[UInt32Array] = []
    place = len(head) + 2 * FRAMES + tracks
    for f, length in enumerate(lengths):
        width = 1 if f < _WIDE_ROWS else 0
        words = 3 * ((length << width) + 3 >> 2)
        places += [length, place | width << 30]
        rows.append(random.integers(0, 0xFFFFFFFF, words, dtype=np.uint32))
        place += words
    return np.concatenate([head, np.array(places, np.uint32), random.permutation(tracks).astype(np.uint32), *rows])


def _parents(random: np.random.Generator, tracks: int) -> tuple[UInt32Array, list[tuple[int, int]]]:
    """Each stage has as many tracks as all before it, and its parents among them."""
    ends = [max(tracks >> (STAGES - 1 - stage), 1) for stage in range(STAGES)]
    order = random.permutation(tracks).astype(np.uint32)
    words = np.zeros((tracks - ends[0], 8), np.uint32)
    stages: list[tuple[int, int]] = []
    for begin, end in itertools.pairwise(ends):
        first = begin - ends[0]
        words[first : first + end - begin, :4] = order[random.integers(0, begin, (end - begin, 4))]
        stages.append((first, end - begin))
    words[:, 4] = order[ends[0] :]
    words[:, 5], words[:, 6] = 0x08080808, 0x10101010
    return words, stages
