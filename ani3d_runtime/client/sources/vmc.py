"""VmcSource: poses that motion capture tools send by the Virtual Motion Capture protocol, OSC over UDP.

https://protocol.vmc.info/english: ``/VMC/Ext/Root/Pos`` and one ``/VMC/Ext/Bone/Pos`` per bone, named as Unity's
HumanBodyBones, each with a local position and rotation (x, y, z, w) in Unity's left-handed axes, metres. The rest pose
of a VRM model is all identity. ``/VMC/Ext/T`` is the sender's clock, ``/VMC/Ext/OK`` 0 says that it has no model.
"""

from __future__ import annotations

import contextlib
import math
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from pythonosc.osc_message import ParseError

from ani3d_runtime.body.joint_names import REQUIRED, UNITY
from ani3d_runtime.body.readers.notes import Say, silent
from ani3d_runtime.body.retarget_live import SourceSkeleton
from ani3d_runtime.client.sources.feed import SourcePose
from ani3d_runtime.client.sources.osc import messages_of
from ani3d_runtime.client.sources.vmc_clock import SenderClock
from ani3d_runtime.client.sources.vmc_face import VmcFace
from ani3d_runtime.client.sources.vmc_frames import BONE, FACE, WANTED, Transform, VmcAssembly, VmcFrame
from ani3d_runtime.client.sources.vmc_rig import SETTLED_S, RestPose, RigWatch, VmcRig, rig_of
from ani3d_runtime.client.sources.vmc_senders import SenderChoice, SenderFilter
from ani3d_runtime.errors import MotionError, ResourceError
from ani3d_runtime.geometry.quaternion import multiply

_GAP_S, _LONGEST_WAIT_FOR_GAP_S = 0.003, 0.25
# How often patience is looked at while nothing comes.
_LOOK_UP_S = 0.25
# After this time, a message says which bones are missing.
_TELL_AFTER_S = 2.0
_LARGEST_DATAGRAM_BYTES = 65535
# A burst of many performers' frames must not overflow the system's default of about 200 KB.
_RECEIVE_BUFFER_BYTES = 1 << 20
_NEEDED = tuple(theirs for theirs, ours in UNITY.items() if ours in REQUIRED)
_NEEDED_SPELLINGS = frozenset(name.lower() for name in _NEEDED)


class VmcSource:
    """Receives one performer.

    Args:
        port: to listen on; 39539 by convention, 0 for any.
        host: address to listen on.
        wait_s: for the first whole frame.
        seconds: stop after so many, whether poses come or not; None for never.
        silence_s: poses end when neither a bone nor the root came for so long; None for never.
        say: takes what is decided, doubts, and a sentence that lists the bones still missing.
        rest_pose: what the bones' turns are relative to.
        only_from: the sender to follow; None for the first that sends a body.
        face_from: whose blend shapes to take; None for the first that sends some and no body, or else the body's.

    Attributes:
        port: where it listens.

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
        say: Say = silent,
        rest_pose: RestPose = "sent",
        only_from: SenderFilter | None = None,
        face_from: SenderFilter | None = None,
    ) -> None:
        self._garbled_count = 0
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
        self._rest_pose: RestPose = rest_pose
        self._wait_s = wait_s
        self._until_s = self._patience_s = math.inf
        self._senders = SenderChoice(only_from, say)
        self._face = VmcFace(face_from, say)
        self._assembly = VmcAssembly()
        self._clock = SenderClock()
        self._watch = RigWatch()
        self._rig: VmcRig | None = None
        self._first: dict[str, Transform] = {}
        self._said_unknown: set[str] = set()
        self._is_cut = False
        # One for all frames: what has come of the next when one is over must not be lost.
        self._arrivals = self._frames()

    @property
    def garbled_count(self) -> int:
        """Datagrams that were not OSC, and messages that are not as VMC has them."""
        return self._garbled_count + self._assembly.garbled_count

    @property
    def skeleton(self) -> SourceSkeleton:
        """The skeleton of the pose that came last; of the first half second before that, which is waited for.

        Raises:
            MotionError: ``vmc-no-performer`` where none comes in time, ``vmc-rest-pose``.
        """
        if self._rig is None:
            self._rig = self._first_rig()
            self._patience_s = self._silence_s
            self._face.settle(math.inf)
        return replace(self._rig.skeleton, curve_names=self._face.names)

    def poses(self) -> Iterator[SourcePose]:
        """One pose per frame received; none while the sender has no model."""
        _ = self.skeleton
        # What waits since then, while a connection was made say, is no pose of now.
        self._await_gap()
        if self._seconds is not None:
            self._until_s = time.monotonic() + self._seconds
        for frame in self._arrivals:
            assert self._rig is not None
            if not frame.is_loaded:
                self._cut("the sender has no model now (OK 0)")
                continue
            if self._watch.is_outgrown(self._rig, frame, self._assembly.usual):
                self._rig = self._rig_of(frame)
                self._say(f"the sender's skeleton is another now: {len(self._rig.skeleton.joint_names)} bones")
            if self._face.settle(frame.heard_s):
                self._say(f"the face has {len(self._face.names)} blend shapes now")
            rotations, position = self._rig.pose(frame)
            captured_s = self._clock.capture_s(frame.heard_s, frame.sent_s)
            is_cut, self._is_cut = self._is_cut, False
            yield SourcePose(
                rotations.astype(np.float32), position.astype(np.float32), captured_s, is_cut, self._face.values()
            )

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _cut(self, why: str) -> None:
        """The motion does not go on."""
        if not self._is_cut:
            self._say(why)
        self._is_cut = True

    def _first_rig(self) -> VmcRig:
        # Whatever comes meanwhile: faces without a body, say.
        self._await_gap()
        started_s = time.monotonic()
        self._until_s, tell_s = started_s + self._wait_s, started_s + _TELL_AFTER_S
        missing, whole_s = list(_NEEDED), math.inf
        last: VmcFrame | None = None
        for frame in self._arrivals:
            missing = [name for name in _NEEDED if name not in frame.bones]
            last, now_s = frame, time.monotonic()
            if not frame.is_loaded:
                self._cut("the sender has no model yet (OK 0); waiting")
                missing = list(_NEEDED)
            elif not missing:
                whole_s = min(whole_s, now_s)
                self._until_s = min(self._until_s, whole_s + 2 * SETTLED_S)
                if now_s - whole_s >= SETTLED_S:
                    break
            elif now_s >= tell_s:
                tell_s = math.inf
                self._say(f"poses come in, but no {_listed(missing)}; waiting")
        self._until_s = math.inf
        if last is None or missing:
            raise MotionError(
                "vmc-no-performer",
                f"UDP port {self.port}",
                found=f"no {_listed(missing)} within {self._wait_s:g} s",
                expected="/VMC/Ext/Bone/Pos messages of a whole human",
                fix="Start the sender, load a model in it, and let it send to this machine and port.",
            )
        self._arrivals = self._frames()
        self._is_cut = False
        return self._rig_of(last)

    def _rig_of(self, frame: VmcFrame) -> VmcRig:
        for name in self._assembly.recent:
            self._first.setdefault(name, frame.bones[name])
        if self._rig is None:
            # The root turns the whole performer in the rest pose too.
            hips = frame.bones["Hips"]
            turned = multiply(frame.root.rotation_wxyz, hips.rotation_wxyz)
            self._first["Hips"] = Transform(hips.position, turned)
        names = self._assembly.recent | set(_NEEDED)
        unknown = sorted(self._assembly.unknown - self._said_unknown)
        if unknown:
            self._said_unknown.update(unknown)
            self._say(f"bones that no human of Unity's has move nothing: {_listed(unknown)}")
        return rig_of(frame, names, self._rest_pose, self._first, self._say)

    def _frames(self) -> Iterator[VmcFrame]:
        """Each frame when it is over; ends when time is up, or nobody moved for longer than patience."""
        quiet_since_s = time.monotonic()
        silent_s = 0.0  # of the time spent listening: poses wait in the socket while others are worked on
        while silent_s <= self._patience_s and (left_s := self._until_s - time.monotonic()) > 0:
            asked_s = time.monotonic()
            wait_s = min(left_s, _LOOK_UP_S)
            if self._assembly.is_open:
                wait_s = min(wait_s, quiet_since_s + self._assembly.gap_s - asked_s)
            try:
                self._socket.settimeout(max(wait_s, 1e-4))
                datagram, sender = self._socket.recvfrom(_LARGEST_DATAGRAM_BYTES)
            except TimeoutError:
                datagram, sender = b"", ("", 0)
            except OSError:
                return  # closed from another thread
            now_s = time.monotonic()
            silent_s += now_s - asked_s
            done: list[VmcFrame] = []
            if self._assembly.is_open and now_s - quiet_since_s >= self._assembly.gap_s:
                done = self._assembly.end()
            if sender[0] and (messages := self._messages(datagram, sender, now_s)):
                more, moved = self._assembly.take(messages, now_s)
                done += more
                quiet_since_s = now_s
                silent_s = 0.0 if moved else silent_s
            yield from done
            if done:
                # Whoever works on a frame does not listen: what came meanwhile came without a gap.
                quiet_since_s = max(quiet_since_s, time.monotonic())
                self._senders.was_busy(quiet_since_s)
                self._face.was_busy(quiet_since_s)

    def _messages(self, datagram: bytes, sender: tuple[Any, ...], now_s: float) -> list[tuple[str, list[Any]]]:
        try:
            found = messages_of(datagram, WANTED)
        except (ParseError, ValueError):
            self._garbled_count += 1
            return []
        messages = [
            (each.address, list(each.params))
            for each in found
            if each.params and isinstance(each.params[0], str | int | float)
        ]
        faces = [arguments for address, arguments in messages if address == FACE]
        messages = [each for each in messages if each[0] != FACE]
        before = self._senders.followed
        takes = self._senders.takes((sender[0], sender[1]), now_s, has_body=_has_body(messages))
        if faces:
            has_body = self._senders.sends_body((sender[0], sender[1]))
            self._face.take((sender[0], sender[1]), faces, now_s, is_body=has_body)
        if not takes:
            return []
        if before not in (None, self._senders.followed):
            self._assembly.begin_anew()
            self._clock = SenderClock()
            self._is_cut = True
        return messages

    def _await_gap(self) -> None:
        """Drop what waits, and the frame that is incomplete."""
        self._assembly.drop()
        until_s = time.monotonic() + _LONGEST_WAIT_FOR_GAP_S
        self._socket.settimeout(_GAP_S)
        with contextlib.suppress(TimeoutError):
            while time.monotonic() < until_s:
                self._socket.recv(_LARGEST_DATAGRAM_BYTES)


def _has_body(messages: list[tuple[str, list[Any]]]) -> bool:
    """Bones that every performer has: who sends a face may send a head as well."""
    return any(
        address == BONE and "".join(filter(str.isalnum, str(arguments[0]))).lower() in _NEEDED_SPELLINGS
        for address, arguments in messages
    )


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:4])}{' …' if len(names) > 4 else ''}"
