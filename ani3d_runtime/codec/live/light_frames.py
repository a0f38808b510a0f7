"""Light frames on the wire: pose and node motion of one instant after another, for a receiver who sees them live.

Values are rounded to whole steps, and what is coded are whole numbers: how they changed since the frame before, in
which neighbouring nodes resemble each other. Encoder and decoder hold the same numbers, so nothing drifts, and nothing
but the last frame is remembered: a key frame tells all numbers anew, and whoever gets it takes part from there on,
whatever frames the others got. spec/SPEC.md, chapter "Light frames", holds the layout.
"""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array
from ani3d_runtime.codec.live import light_kernels
from ani3d_runtime.codec.primitives.continuity import continuous
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import InputError, ServiceError
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector, rotation_vector_from_quaternion
from ani3d_runtime.spec.format import (
    LIGHT_CHANGE,
    LIGHT_ESCAPE,
    LIGHT_FRAME_NUMBERS,
    LIGHT_KEY,
    LIGHT_LAYOUT,
    LIGHT_MAX_NUMBER,
    LIGHT_RATIOS,
    LIGHT_STEP_BELOW,
    LIGHT_ZERO_SHARES,
    RANS_CONTEXT_THRESHOLDS,
)

_HEAD = struct.Struct("<BBH")
_KEY_HEAD = struct.Struct("<HH4f")
_STATE = struct.Struct("<I")


@dataclass(frozen=True)
class LightSteps:
    """What values are rounded to; the error is half of it on each axis.

    Attributes:
        root_m: root translation, metres.
        joint_rad: rotation vectors of joints, radians.
        displacement_m: displacements of nodes, metres.
        turn_rad: rotation vectors of nodes, radians; they carry what lies a few centimetres around.
    """

    root_m: float = 2e-4
    joint_rad: float = 4e-4
    displacement_m: float = 1.5e-3
    turn_rad: float = 0.04


class LightFrameEncoder:
    """Codes the frames of one stream, each once for all its receivers.

    Args:
        node_parents: [M, 3] of :class:`~ani3d_runtime.codec.sections.model.ResidualModel`.
        joint_count: J.
        steps: what values are rounded to.
    """

    def __init__(self, node_parents: Int32Array, joint_count: int, steps: LightSteps | None = None) -> None:
        self._numbers = _Numbers(node_parents, joint_count)
        chosen = steps or LightSteps()
        sizes = (chosen.root_m, chosen.joint_rad, chosen.displacement_m, chosen.turn_rad)
        # Decoders get them as float32.
        self._steps = np.array(sizes, dtype=np.float32).astype(np.float64)
        self._number = -1
        self._vectors = np.zeros((joint_count + len(node_parents), 3))
        self._values = self._numbers.nothing()

    def change(self, frame: Frame) -> bytes:
        """The next frame, for receivers of the one before; a stream begins with :meth:`key`.

        Raises:
            InputError: ``frame-wrong-shape``, ``light-frame-out-of-range``.
        """
        return self._next(frame, LIGHT_CHANGE if self._number >= 0 else LIGHT_KEY)

    def key(self, frame: Frame) -> bytes:
        """The next frame, for everybody; raises what :meth:`change` does."""
        return self._next(frame, LIGHT_KEY)

    def last_as_key(self) -> bytes:
        """The last frame again for a receiver who comes later: the next change follows it.

        Raises:
            InputError: ``light-frame-none`` where there was none.
        """
        if self._number < 0:
            raise InputError(
                "light-frame-none",
                "stream of light frames",
                found="no frame yet",
                expected="at least one",
                fix="Encode a frame first.",
            )
        return self._coded(self._values, self._numbers.nothing(), LIGHT_KEY)

    def _next(self, frame: Frame, kind: int) -> bytes:
        values = self._rounded(frame)
        self._number = (self._number + 1) % LIGHT_FRAME_NUMBERS
        known = self._values if kind == LIGHT_CHANGE else self._numbers.nothing()
        self._values = values
        return self._coded(values, known, kind)

    def _rounded(self, frame: Frame) -> np.ndarray:
        quats = np.concatenate([frame.joint_rotations_wxyz, frame.node_rotations_wxyz])
        shapes = (len(frame.joint_rotations_wxyz), len(frame.node_rotations_wxyz), len(frame.node_displacements_m))
        joints, nodes = self._numbers.joint_count, self._numbers.node_count
        if shapes != (joints, nodes, nodes) or len(frame.coefficients):
            raise InputError(
                "frame-wrong-shape",
                f"frame at {frame.time_s:.3f} s",
                found=f"{shapes[0]} joints, {shapes[1]} nodes, {len(frame.coefficients)} coefficients",
                expected=f"{joints} joints, {nodes} nodes, no coefficients",
                fix="Give frames of the avatar that the stream is of.",
            )
        # Turns go on where they were, however often they go round.
        self._vectors = continuous(np.stack([self._vectors, rotation_vector_from_quaternion(quats)]))[1]
        root, joint, displacement, turn = self._steps
        exact = np.concatenate(
            [
                frame.root_translation_m.astype(np.float64) / root,
                self._vectors[:joints].ravel() / joint,
                frame.node_displacements_m.astype(np.float64).ravel() / displacement,
                self._vectors[joints:].ravel() / turn,
            ]
        )
        if not np.abs(exact).max() <= LIGHT_MAX_NUMBER // 2:
            raise InputError(
                "light-frame-out-of-range",
                f"frame at {frame.time_s:.3f} s",
                found="a value that is not finite or far too large",
                expected=f"at most {LIGHT_MAX_NUMBER // 2} steps",
                fix="Check the motion.",
            )
        return np.rint(exact).astype(np.int64)

    def _coded(self, values: np.ndarray, known: np.ndarray, kind: int) -> bytes:
        numbers = self._numbers
        words = np.empty(light_kernels.MAX_SLOTS_PER_ENTRY * len(values) + 1, dtype=np.uint16)
        tables = _tables()
        first, state = light_kernels.encode_entries(
            values,
            known,
            numbers.pose_count,
            numbers.node_count,
            numbers.node_parents,
            tables.level,
            tables.frequencies,
            tables.starts,
            words,
        )
        head = _HEAD.pack(LIGHT_LAYOUT, kind, self._number)
        if kind == LIGHT_KEY:
            head += _KEY_HEAD.pack(numbers.joint_count, numbers.node_count, *self._steps)
        return head + _STATE.pack(int(state)) + words[first:].astype("<u2").tobytes()


class LightFrameDecoder:
    """Brings the frames of one stream back.

    Args:
        node_parents: [M, 3] of the package's :class:`~ani3d_runtime.codec.sections.model.ResidualModel`.
        joint_count: J.
    """

    def __init__(self, node_parents: Int32Array, joint_count: int) -> None:
        self._numbers = _Numbers(node_parents, joint_count)
        self._steps: Float64Array | None = None
        self._number = -1
        self._values = self._numbers.nothing()

    def decode(self, payload: bytes, time_s: float) -> Frame:
        """The frame of a payload.

        Raises:
            ServiceError: ``light-frame-missed`` for a change of a frame that was not the last one (a key frame mends
                it), ``light-frame-corrupt``, ``light-frame-version``.
        """
        kind, number, body = self._opened(payload)
        steps = self._steps
        known = self._values
        if kind == LIGHT_KEY:
            steps, body = self._key_head(body)
            known = self._numbers.nothing()
        elif steps is None or number != (self._number + 1) % LIGHT_FRAME_NUMBERS:
            raise ServiceError(
                "light-frame-missed",
                f"light frame {number}",
                found=f"frame {self._number} before it" if self._number >= 0 else "no frame before it",
                expected=f"frame {(number - 1) % LIGHT_FRAME_NUMBERS}",
                fix="Wait for a key frame, or ask for one.",
            )
        if len(body) < _STATE.size or (len(body) - _STATE.size) % 2:
            raise _corrupt(number, f"{len(body)} bytes of code")
        values = self._numbers.nothing()
        tables = _tables()
        if not light_kernels.decode_entries(
            np.frombuffer(body[_STATE.size :], dtype="<u2").astype(np.uint16),
            np.uint64(_STATE.unpack_from(body)[0]),
            known,
            self._numbers.pose_count,
            self._numbers.node_count,
            self._numbers.node_parents,
            tables.level,
            tables.symbols,
            tables.frequencies,
            tables.starts,
            values,
        ):
            raise _corrupt(number, "code that does not end where it should")
        self._steps, self._number, self._values = steps, number, values
        return self._frame(values, steps, time_s)

    def _opened(self, payload: bytes) -> tuple[int, int, bytes]:
        """(kind, number, what follows the head)."""
        if len(payload) < _HEAD.size:
            raise _corrupt(0, f"{len(payload)} bytes")
        layout, kind, number = _HEAD.unpack_from(payload)
        if layout != LIGHT_LAYOUT or kind not in (LIGHT_KEY, LIGHT_CHANGE):
            raise ServiceError(
                "light-frame-version",
                f"light frame {number}",
                found=f"layout {layout}, kind {kind}",
                expected=f"layout {LIGHT_LAYOUT}",
                fix="Update ani3d.",
            )
        return kind, number, payload[_HEAD.size :]

    def _key_head(self, body: bytes) -> tuple[Float64Array, bytes]:
        if len(body) < _KEY_HEAD.size:
            raise _corrupt(0, f"a key frame of {len(body)} bytes")
        joints, nodes, *sizes = _KEY_HEAD.unpack_from(body)
        steps = np.array(sizes)
        same = (joints, nodes) == (self._numbers.joint_count, self._numbers.node_count)
        if not same or not ((steps > 0) & (steps < LIGHT_STEP_BELOW)).all():
            raise _corrupt(0, f"{joints} joints, {nodes} nodes, steps {sizes}")
        return steps, body[_KEY_HEAD.size :]

    def _frame(self, values: np.ndarray, steps: Float64Array, time_s: float) -> Frame:
        joints, nodes = self._numbers.joint_count, self._numbers.node_count
        ends = np.cumsum([3, 3 * joints, 3 * nodes])
        root, turned, moved, node_turned = np.split(values, ends)
        return Frame(
            time_s=time_s,
            root_translation_m=(root * steps[0]).astype(np.float32),
            joint_rotations_wxyz=_rotations(turned, steps[1]),
            node_displacements_m=(moved * steps[2]).astype(np.float32).reshape(nodes, 3),
            node_rotations_wxyz=_rotations(node_turned, steps[3]),
            coefficients=np.zeros(0, dtype=np.float32),
        )


class _Numbers:
    """Which whole numbers a frame of an avatar consists of."""

    def __init__(self, node_parents: Int32Array, joint_count: int) -> None:
        self.node_parents = np.ascontiguousarray(node_parents, dtype=np.int32)
        self.node_count = len(node_parents)
        self.joint_count = joint_count
        self.pose_count = 3 + 3 * joint_count

    def nothing(self) -> np.ndarray:
        """All zero."""
        return np.zeros(self.pose_count + 6 * self.node_count, dtype=np.int64)


@dataclass(frozen=True)
class _Tables:
    """level [97] of a weight; frequencies, starts [16, 64] and symbols [16, 4096] of the tables."""

    level: np.ndarray
    frequencies: np.ndarray
    starts: np.ndarray
    symbols: np.ndarray


@functools.cache
def _tables() -> _Tables:
    frequencies = np.stack([_table(zero, ratio) for zero, ratio in zip(LIGHT_ZERO_SHARES, LIGHT_RATIOS, strict=True)])
    starts = np.cumsum(frequencies, axis=1) - frequencies
    symbols = np.stack([np.repeat(np.arange(frequencies.shape[1]), row) for row in frequencies])
    thresholds = np.array(RANS_CONTEXT_THRESHOLDS)
    level = np.searchsorted(thresholds, np.arange(thresholds[-1] + 1), side="right")
    return _Tables(
        level.astype(np.uint8), frequencies.astype(np.uint64), starts.astype(np.uint64), symbols.astype(np.uint8)
    )


def _table(zero: int, ratio: int) -> np.ndarray:
    """[64] frequencies of zigzagged numbers, the last of the escape: geometric in the number's size."""
    shares = [0]
    share = 1 << 16
    while len(shares) <= LIGHT_ESCAPE:
        shares += [share, share]
        share = share * ratio >> 8
    shares = shares[: LIGHT_ESCAPE + 1]
    room = 4096 - LIGHT_ESCAPE - zero
    frequencies = [1 + room * share // sum(shares) for share in shares]
    frequencies[0] = 4096 - sum(frequencies[1:])
    return np.array(frequencies)


def _rotations(values: np.ndarray, step: float) -> Float32Array:
    return quaternion_from_rotation_vector((values * step).reshape(-1, 3)).astype(np.float32)


def _corrupt(number: int, found: str) -> ServiceError:
    return ServiceError(
        "light-frame-corrupt",
        f"light frame {number}",
        found=found,
        expected="a payload of this avatar",
        fix="Ask for a key frame; if it goes on, check that the package is the stream's.",
    )
