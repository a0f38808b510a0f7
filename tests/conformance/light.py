"""Streams of light frames, and what a decoder makes of each payload: values, or a refusal after which it goes on."""

from __future__ import annotations

import base64
import json
import math
import random
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ani3d_runtime.codec.live.light_frames import LightFrameEncoder, LightSteps
from ani3d_runtime.codec.sections.nearness import node_parents
from ani3d_runtime.deformation import Frame
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector
from spec.readers.python.light import decoded

JOINTS, NODES, FRAMES = 4, 30, 12
LARGEST = 2**30
NUMBER, KIND, COUNTS, STEPS, STATE = 2, 1, 4, 8, 24


class Stream:
    """An avatar and the frames that are sent of it.

    Attributes:
        payloads: what was sent.
    """

    def __init__(self, joint_count: int, node_count: int, steps: LightSteps | None = None) -> None:
        dice = random.Random(3)
        cells = np.array([dice.randint(-2000, 2000) for _ in range(3 * node_count)], dtype=np.int64).reshape(-1, 3)
        self._parents, self._joint_count, self._node_count = node_parents(cells), joint_count, node_count
        self.encoder = LightFrameEncoder(self._parents, joint_count, steps)
        self.payloads: list[bytes] = []

    def frame(self, index: int, *, height_m: float = 0.0) -> Frame:
        """Cloth that swings and joints that spin, past half a turn in the end."""
        dice = random.Random(index)
        vectors = [[0.9 * index] * 3 for _ in range(self._joint_count)]
        vectors += [[dice.gauss(0, 0.4) for _ in range(3)] for _ in range(self._node_count)]
        quats = quaternion_from_rotation_vector(np.array(vectors).reshape(-1, 3)).astype(np.float32)
        swing = [0.1 * math.sin(0.3 * index + k / 9) for k in range(3 * self._node_count)]
        return Frame(
            time_s=index / 30,
            root_translation_m=np.array([0.02 * index, 1, height_m], dtype=np.float32),
            joint_rotations_wxyz=quats[: self._joint_count],
            node_displacements_m=np.array(swing, dtype=np.float32).reshape(-1, 3),
            node_rotations_wxyz=quats[self._joint_count :],
            coefficients=np.zeros(0, dtype=np.float32),
        )

    def vector(self, about: str) -> dict[str, Any]:
        """The stream as a file holds it, with what our decoder makes of it."""
        document: dict[str, Any] = {
            "about": about,
            "joint_count": self._joint_count,
            "node_parents": self._parents.tolist(),
            "payloads": [base64.b64encode(payload).decode("ascii") for payload in self.payloads],
        }
        return document | {"expected": decoded(document)}


def numbered(payload: bytes, number: int) -> bytes:
    """The same frame under another number."""
    return changed(payload, NUMBER, struct.pack("<H", number))


def changed(payload: bytes, offset: int, data: bytes) -> bytes:
    """Some bytes replaced."""
    return payload[:offset] + data + payload[offset + len(data) :]


def swinging() -> Stream:
    """Twelve frames with a key frame among them and a leap that takes large numbers."""
    stream = Stream(JOINTS, NODES)
    for index in range(FRAMES):
        frame = stream.frame(index, height_m=900.0 if index == 5 else 0.0)
        stream.payloads.append(stream.encoder.key(frame) if index == 8 else stream.encoder.change(frame))
    return stream


def without_nodes() -> Stream:
    """An avatar without control nodes."""
    stream = Stream(2, 0)
    stream.payloads = [stream.encoder.change(stream.frame(index)) for index in range(3)]
    return stream


def missed() -> Stream:
    """Changes of frames that are not there: before the first key frame, after a gap, and one that comes twice."""
    stream = Stream(JOINTS, 5)
    key, *changes = [stream.encoder.change(stream.frame(index)) for index in range(5)]
    stream.payloads = [changes[0], key, changes[0], changes[2], changes[1], changes[1], changes[2], key, changes[0]]
    return stream


def numbers_begin_again() -> Stream:
    """Frame 65535, then frame 0."""
    stream = Stream(1, 3)
    payloads = [stream.encoder.change(stream.frame(index)) for index in range(3)]
    stream.payloads = [numbered(payloads[0], 65535), numbered(payloads[1], 0), numbered(payloads[2], 2)]
    return stream


def broken() -> Stream:
    """Payloads with one broken rule each, between a key frame and the change of it that is still understood."""
    stream = Stream(2, 4)
    key, change = [stream.encoder.change(stream.frame(index)) for index in range(2)]
    nan, infinite = struct.pack("<f", math.nan), struct.pack("<f", math.inf)
    stream.payloads = [
        key,
        b"",
        change[:3],
        change[:6],
        change[:-2],
        change[:-1],
        change + b"\0\0",
        changed(change, 4, bytes([change[4] ^ 1])),
        changed(change, 0, b"\2"),
        changed(change, KIND, b"\2"),
        key[:20],
        changed(key, COUNTS, struct.pack("<H", 3)),
        changed(key, COUNTS + 2, struct.pack("<H", 5)),
        changed(key, STEPS, struct.pack("<f", 0)),
        changed(key, STEPS + 4, struct.pack("<f", -1)),
        changed(key, STEPS + 8, nan),
        changed(key, STEPS + 12, infinite),
        changed(key, STEPS, struct.pack("<f", 1000)),
        change,
    ]
    return stream


def limits() -> Stream:
    """A step just below 1000, numbers of 2^30 on both sides, and one beyond that, which is refused."""
    below = float(np.nextafter(np.float32(1000), np.float32(0)))
    stream = Stream(0, 0, LightSteps(below, 1e-3, 1e-3, 1e-3))
    stream.payloads = [_coded(stream, [LARGEST, -LARGEST, 1], [0, 0, 0])]
    stream.payloads += [_coded(stream, [0, 0, 0], [LARGEST, -LARGEST, 1], number=1)]
    stream.payloads += [_coded(stream, [LARGEST, 0, 0], [0, 0, 0], number=2)]
    stream.payloads += [_coded(stream, [LARGEST + 1, 0, 0], [LARGEST, 0, 0], number=3)]
    stream.payloads += [_coded(stream, [LARGEST - 1, 0, 0], [LARGEST, 0, 0], number=3)]
    return stream


def _coded(stream: Stream, values: Sequence[int], known: Sequence[int], number: int = 0) -> bytes:
    """What the encoder would write of numbers that no motion leads to."""
    stream.encoder._number = number
    return stream.encoder._coded(np.array(values), np.array(known), int(number > 0))


STREAMS: dict[str, Callable[[], Stream]] = {
    "swinging": swinging,
    "without-nodes": without_nodes,
    "missed": missed,
    "numbers-begin-again": numbers_begin_again,
    "broken": broken,
    "limits": limits,
}


def rendered(name: str) -> bytes:
    """The file of one stream."""
    make = STREAMS[name]
    return (json.dumps(make().vector(make.__doc__ or ""), separators=(",", ":")) + "\n").encode("utf-8")
