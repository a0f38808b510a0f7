"""VmcSource: poses that motion capture tools send by the Virtual Motion Capture protocol, OSC over UDP.

https://protocol.vmc.info/english: ``/VMC/Ext/Root/Pos`` and one ``/VMC/Ext/Bone/Pos`` per bone, named as Unity's
HumanBodyBones, each with a local position and rotation (x, y, z, w) in Unity's left-handed axes, metres. The rest pose
of a VRM model is all identity. Frames have no end mark: one is whole when every bone has come that the performer has,
and over when the next begins (with ``/VMC/Ext/OK``, ``/VMC/Ext/T`` or the root), a bone comes again, or nothing for a
moment.
"""

from __future__ import annotations

import contextlib
import math
import socket
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from pythonosc.osc_message import ParseError

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.joint_names import REQUIRED, UNITY, UNITY_PARENTS
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.body.retarget_live import SourceSkeleton
from ani3d_runtime.client.sources.feed import SourcePose
from ani3d_runtime.client.sources.osc import messages_of
from ani3d_runtime.errors import MotionError, ResourceError
from ani3d_runtime.geometry.quaternion import multiply, rotate

_ROOT, _BONE = "/VMC/Ext/Root/Pos", "/VMC/Ext/Bone/Pos"
_FIRST = frozenset({"/VMC/Ext/OK", "/VMC/Ext/T", _ROOT})
_WANTED = _FIRST | {_BONE}
_GAP_S, _LONGEST_WAIT_FOR_GAP_S = 0.003, 0.25
# Datagrams of one frame are sent at once; where a sender is held up in between, half a frame is worse than a late one.
_QUIET_S = 0.02
# How often patience is looked at while nothing comes.
_LOOK_UP_S = 0.25
# After this time, a message says which bones are missing.
_TELL_AFTER_S = 2.0
_LARGEST_DATAGRAM_BYTES = 65535
_ARGUMENTS = 8  # a name, a position, a rotation
# A burst of many performers' frames must not overflow the system's default of about 200 KB.
_RECEIVE_BUFFER_BYTES = 1 << 20
_NEEDED = tuple(theirs for theirs, ours in UNITY.items() if ours in REQUIRED)


class VmcSource:
    """Receives one performer.

    Args:
        port: to listen on; 39539 by convention, 0 for any.
        host: address to listen on.
        wait_s: for the first whole frame.
        seconds: stop after so many, whether poses come or not; None for never.
        silence_s: poses end when neither a bone nor the root came for so long; None for never.
        say: takes a sentence that lists the bones still missing.

    Attributes:
        port: where it listens.
        garbled_count: datagrams that were not OSC or not as VMC has them.

    Raises:
        ResourceError: ``vmc-port-in-use``.
    """

    def __init__(
        self,
        port: int,
        *,
        host: str = "127.0.0.1",
        wait_s: float = 30.0,
        seconds: float | None = None,
        silence_s: float | None = None,
        say: Say = lambda _: None,
    ) -> None:
        self.garbled_count = 0
        self._seconds = seconds
        self._say = say
        self._silence_s = math.inf if silence_s is None else silence_s
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
            self._socket.bind((host, port))
        except (OSError, OverflowError) as error:
            self._socket.close()
            raise ResourceError(
                "vmc-port-in-use",
                f"UDP {host}:{port}",
                found=str(error),
                expected="a free port on an address of this machine",
                fix="Stop the other program that listens there, or choose another port and tell the sender.",
            ) from None
        self.port: int = self._socket.getsockname()[1]
        self._root: Float64Array = np.array([0.0, 0, 0, 1, 0, 0, 0])
        self._bones: dict[str, Float64Array] = {}
        self._fresh: set[str] = set()
        self._wait_s = wait_s
        self._until_s = self._patience_s = math.inf
        # One for all frames: what has come of the next when one is over must not be lost.
        self._arrivals = self._frames()
        self._skeleton: SourceSkeleton | None = None

    @property
    def skeleton(self) -> SourceSkeleton:
        """The skeleton of the first whole frame. Waits for it.

        Raises:
            MotionError: ``vmc-no-performer`` where none comes in time.
        """
        if self._skeleton is None:
            self._skeleton = self._first_frame()
            self._patience_s = self._silence_s
        return self._skeleton

    def poses(self) -> Iterator[SourcePose]:
        """One pose per frame received."""
        names = self.skeleton.joint_names
        if self._seconds is not None:
            self._until_s = time.monotonic() + self._seconds
        for time_s in self._arrivals:
            rotations = np.array([self._bones[name][3:] for name in names], dtype=np.float32)
            hips = self._bones["Hips"]
            # The root moves the whole performer, the hips within it.
            rotations[0] = multiply(self._root[3:], hips[3:])
            position = self._root[:3] + rotate(self._root[3:], hips[:3])
            yield SourcePose(rotations, position.astype(np.float32), time_s)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _first_frame(self) -> SourceSkeleton:
        # Whatever comes meanwhile: faces without a body, say.
        started_s = time.monotonic()
        self._until_s, tell_s = started_s + self._wait_s, started_s + _TELL_AFTER_S
        missing = list(_NEEDED)
        for _ in self._arrivals:
            missing = [name for name in _NEEDED if name not in self._bones]
            if not missing:
                break
            if time.monotonic() >= tell_s:
                tell_s = math.inf
                self._say(f"poses come in, but no {_listed(missing)}; waiting")
        self._until_s = math.inf
        if missing:
            raise MotionError(
                "vmc-no-performer",
                f"UDP port {self.port}",
                found=f"no {_listed(missing)} within {self._wait_s:g} s",
                expected="/VMC/Ext/Bone/Pos messages of a whole human",
                fix="Start the sender, and let it send to this machine and port.",
            )
        names = tuple(name for name in UNITY_PARENTS if name in self._bones)
        parents = [-1]
        for name in names[1:]:
            parent = UNITY_PARENTS[name]
            while parent not in self._bones:
                parent = UNITY_PARENTS[parent]
            parents.append(names.index(parent))
        offsets = np.array([self._bones[name][:3] for name in names], dtype=np.float32)
        return SourceSkeleton(names, np.array(parents, dtype=np.int32), offsets, axes="unity")

    def _frames(self) -> Iterator[float]:
        """The time of each frame, when it is whole; ends when time is up, or nobody moved for longer than patience."""
        self._await_gap()
        heard_s = time.monotonic()
        silent_s = 0.0  # of the time spent listening: poses wait in the socket while others are worked on
        while silent_s <= self._patience_s and (left_s := self._until_s - time.monotonic()) > 0:
            asked_s = time.monotonic()
            try:
                self._socket.settimeout(_QUIET_S if self._fresh else min(left_s, _LOOK_UP_S))
                messages = self._messages(self._socket.recv(_LARGEST_DATAGRAM_BYTES))
            except TimeoutError:
                silent_s += time.monotonic() - asked_s
                if self._fresh:
                    self._fresh.clear()
                    yield heard_s
                continue
            except OSError:
                return  # closed from another thread
            now = time.monotonic()
            silent_s += now - asked_s
            for address, arguments in messages:
                if self._fresh and (address in _FIRST or arguments[0] in self._fresh):
                    self._fresh.clear()
                    yield heard_s
                if len(arguments) >= _ARGUMENTS and self._take(address, arguments):
                    heard_s, silent_s = now, 0.0
                if self._skeleton is not None and len(self._fresh) == len(self._skeleton.joint_names):
                    self._fresh.clear()
                    yield now

    def _messages(self, datagram: bytes) -> list[tuple[str, list[Any]]]:
        try:
            messages = messages_of(datagram, _WANTED)
        except (ParseError, ValueError):
            self.garbled_count += 1
            return []
        return [
            (m.address, list(m.params)) for m in messages if m.params and isinstance(m.params[0], str | int | float)
        ]

    def _await_gap(self) -> None:
        """Drop the frame that is incomplete."""
        until_s = time.monotonic() + _LONGEST_WAIT_FOR_GAP_S
        self._socket.settimeout(_GAP_S)
        with contextlib.suppress(TimeoutError):
            while time.monotonic() < until_s:
                self._socket.recv(_LARGEST_DATAGRAM_BYTES)

    def _take(self, address: str, arguments: list[Any]) -> bool:
        """True if the message was the root or a bone of the performer."""
        name, values = arguments[0], arguments[1:8]
        if not all(isinstance(value, (int, float)) and math.isfinite(value) for value in values):
            self.garbled_count += 1
            return False
        x, y, z, qx, qy, qz, qw = (float(value) for value in values)
        length = math.sqrt(qx * qx + qy * qy + qz * qz + qw * qw)
        if length < 0.5:
            self.garbled_count += 1
            return False
        transform = np.array([x, y, z, qw / length, qx / length, qy / length, qz / length])
        if address == _ROOT:
            self._root = transform
            return True
        if name in UNITY_PARENTS and (self._skeleton is None or name in self._skeleton.joint_names):
            self._bones[name] = transform
            self._fresh.add(name)
            return True
        return False


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:4])}{' …' if len(names) > 4 else ''}"
