"""VmcAssembly: the frames of one VMC sender, of messages that have no end mark. Asks no clock, so tests are arithmetic.

Tools send a frame in one burst, in many orders: VirtualMotionCapture the bones first, and the root, the last bones, OK
and its clock together at the end; its sample code, and most who follow it, the root first. In all orders each message
comes once a frame. So a frame is over

- before a message that it has already, or the one that the sender's frames begin with;
- when all that the sender usually sends has come, at the end of a datagram;
- when nothing came for most of the time between frames, which is how frames that lost a datagram end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.joint_names import UNITY_PARENTS

ROOT, BONE, CLOCK, STATE = "/VMC/Ext/Root/Pos", "/VMC/Ext/Bone/Pos", "/VMC/Ext/T", "/VMC/Ext/OK"
FACE = "/VMC/Ext/Blend/Val"
WANTED = frozenset({ROOT, BONE, CLOCK, STATE, FACE})
_ARGUMENTS = 8  # a name, a position, a rotation
_LONGEST_GAP_S, _SHORTEST_GAP_S, _GAP_SHARE = 0.02, 0.004, 0.7
# How fast it is learned what a sender sends each frame: a message is expected while its share is above a half.
_LEARNING, _NEW_SHARE, _USUAL_SHARE, _GONE_SHARE = 0.1, 0.6, 0.5, 0.02
_TIMED = "Hips"
_FRAMES_TO_KNOW_THE_FIRST = 5
_MOST_UNKNOWN = 64

_BY_SPELLING = {name.lower(): name for name in UNITY_PARENTS}
_FROM_METACARPAL = {"Metacarpal": "Proximal", "Proximal": "Intermediate", "Distal": "Distal"}


class Transform(NamedTuple):
    """A local position [3] in metres and rotation [4] wxyz, in Unity's axes."""

    position: Float64Array
    rotation_wxyz: Float64Array


@dataclass(frozen=True)
class VmcFrame:
    """One frame.

    Attributes:
        bones: the latest of each bone, under Unity's names; those of a lost datagram are of a frame before.
        fresh: the bones that came with this frame.
        root: the latest.
        heard_s: when its last message came.
        sent_s: the sender's clock, if it came with this frame.
        is_loaded: the sender has a model; its bones mean nothing otherwise.
    """

    bones: Mapping[str, Transform]
    fresh: frozenset[str]
    root: Transform
    heard_s: float
    sent_s: float | None
    is_loaded: bool


class VmcAssembly:
    """Puts the messages of one sender together.

    Attributes:
        garbled_count: messages that are not as VMC has them.
        unknown: names of bones that nothing here knows.
    """

    def __init__(self) -> None:
        self.garbled_count = 0
        self.unknown: set[str] = set()
        self._bones: dict[str, Transform] = {}
        self._root = Transform(np.zeros(3), np.array([1.0, 0, 0, 0]))
        self._is_loaded = True
        self._counts_from_metacarpal = False
        self.begin_anew()

    def begin_anew(self) -> None:
        """Another sender's messages follow, or frames were passed over."""
        self._here: dict[str, float | None] = {}
        self._share: dict[str, float] = {}
        self._heard_s = -math.inf
        self._first, self._first_count = "", 0
        self._timed_s = -math.inf
        self._interval_s = math.inf

    @property
    def is_open(self) -> bool:
        """Part of a frame has come."""
        return bool(self._here)

    @property
    def gap_s(self) -> float:
        """A frame is over after so long a time without a message."""
        return min(_LONGEST_GAP_S, max(_SHORTEST_GAP_S, _GAP_SHARE * self._interval_s))

    @property
    def recent(self) -> frozenset[str]:
        """The bones that came in the last half second or so."""
        return frozenset(name for name in self._share if name in UNITY_PARENTS)

    @property
    def usual(self) -> frozenset[str]:
        """The bones that come in most frames."""
        return frozenset(name for name in self.recent if self._share[name] > _USUAL_SHARE)

    def take(self, messages: Sequence[tuple[str, list[Any]]], now_s: float) -> tuple[list[VmcFrame], bool]:
        """The messages of one datagram.

        Returns:
            the frames that are over, and whether the root or a bone was among the messages.
        """
        done: list[VmcFrame] = []
        moved = False
        for address, arguments in messages:
            read = self._read(address, arguments)
            if read is None:
                continue
            key, value = read
            if key in self._here or (self._here and key == self._first and self._knows_the_first()):
                done += self.end()
            if not self._here:
                self._first_count = self._first_count + 1 if key == self._first else 1
                self._first = key
            self._heard_s = now_s
            self._keep(key, value, now_s)
            moved = moved or isinstance(value, Transform)
        if self._is_whole():
            done += self.end()
        return done, moved

    def end(self) -> list[VmcFrame]:
        """End the frame that has begun; no frame without bones."""
        here, self._here = self._here, {}
        fresh = frozenset(name for name in here if name in UNITY_PARENTS)
        if not fresh:
            return []
        for key in {*self._share, *here}:
            before = self._share.get(key, _NEW_SHARE)
            self._share[key] = before + _LEARNING * ((key in here) - before)
            if self._share[key] < _GONE_SHARE:
                del self._share[key]
        return [VmcFrame(dict(self._bones), fresh, self._root, self._heard_s, here.get(CLOCK), self._is_loaded)]

    def drop(self) -> None:
        """Forget the frame that has begun: its rest will not come."""
        self._here = {}

    def _knows_the_first(self) -> bool:
        return self._first_count >= _FRAMES_TO_KNOW_THE_FIRST

    def _is_whole(self) -> bool:
        if not self._share:
            return False
        return all(key in self._here for key, share in self._share.items() if share > _USUAL_SHARE)

    def _keep(self, key: str, value: Transform | float, now_s: float) -> None:
        self._here[key] = None if isinstance(value, Transform) else value
        if key not in self._share:
            self._first_count = 0  # the sender has changed what it sends
        if isinstance(value, Transform):
            if key == ROOT:
                self._root = value
                return
            self._bones[key] = value
            if key == _TIMED:
                self._time(now_s)
        elif key == STATE:
            self._is_loaded = value != 0

    def _time(self, now_s: float) -> None:
        """Learn the time between frames; one that is lost or held up counts for little."""
        passed_s, self._timed_s = now_s - self._timed_s, now_s
        if 0 < passed_s < math.inf:
            known = math.isfinite(self._interval_s)
            low, high = (0.8 * self._interval_s, 1.05 * self._interval_s) if known else (0.0, math.inf)
            self._interval_s = min(max(passed_s, low), high)

    def _read(self, address: str, arguments: list[Any]) -> tuple[str, Transform | float] | None:
        """What a message is about, and its value."""
        if address in (CLOCK, STATE):
            if not arguments or isinstance(arguments[0], str) or not math.isfinite(arguments[0]):
                return None
            return address, float(arguments[0])
        if len(arguments) < _ARGUMENTS:
            return None
        key = ROOT if address == ROOT else self._bone(arguments[0])
        if key is None:
            return None
        transform = _transform(arguments[1:_ARGUMENTS])
        if transform is None:
            self.garbled_count += 1
            return None
        return key, transform

    def _bone(self, name: object) -> str | None:
        """Unity's name of a bone, from its name in any case, with separators or without, in VRM 1's words too."""
        plain = "".join(letter for letter in str(name) if letter.isalnum()).lower()
        if "thumb" in plain:
            for side in ("Left", "Right"):
                for theirs, unitys in _FROM_METACARPAL.items():
                    if plain == f"{side}Thumb{theirs}".lower():
                        self._counts_from_metacarpal |= theirs == "Metacarpal"
                        return f"{side}Thumb{unitys if self._counts_from_metacarpal else theirs}"
        known = _BY_SPELLING.get(plain)
        if known is None and len(self.unknown) < _MOST_UNKNOWN:
            self.unknown.add(str(name)[:64])
        return known


def _transform(values: list[Any]) -> Transform | None:
    if not all(isinstance(value, (int, float)) and math.isfinite(value) for value in values):
        return None
    x, y, z, qx, qy, qz, qw = (float(value) for value in values)
    length = math.sqrt(qx * qx + qy * qy + qz * qz + qw * qw)
    if length < 0.5:
        return None
    return Transform(np.array([x, y, z]), np.array([qw, qx, qy, qz]) / length)
