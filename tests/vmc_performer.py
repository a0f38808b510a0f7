"""A motion capture tool over VMC: it sends the walk as VirtualMotionCapture and others send their poses."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import UDPClient
from scipy.spatial.transform import Rotation

from ani3d_runtime.body.joint_names import UNITY
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.readers import read_motion

SKELETON = load_builtin_body().skeleton
NAMES, PARENTS = SKELETON.joint_names, SKELETON.parents
WALK = read_motion("cmu_01_01", SKELETON).slice(0, 60)
OFFSETS = SKELETON.zero_joints_m - np.where(PARENTS[:, None] >= 0, SKELETON.zero_joints_m[PARENTS], 0)
BUNDLE_START = b"#bundle\0" + bytes(7) + b"\x01"
TO_UNITY = np.array([-1.0, 1.0, 1.0])  # the avatar's left is Unity's -x, and rotations turn the other way


def in_unity(rotation: Rotation) -> list[float]:
    """x, y, z, w of a rotation as Unity has it."""
    x, y, z, w = rotation.as_quat()
    return [x, -y, -z, w]


def message(address: str, *arguments: object) -> OscMessage:
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)
    return builder.build()


def bundle_of(element: bytes) -> bytes:
    return BUNDLE_START + len(element).to_bytes(4, "big") + element


# The order of Unity's enum, in which tools go through the bones: the upper chest was added last.
ORDER = (
    *("Hips", "LeftUpperLeg", "RightUpperLeg", "LeftLowerLeg", "RightLowerLeg", "LeftFoot", "RightFoot", "Spine"),
    *("Chest", "Neck", "Head", "LeftShoulder", "RightShoulder", "LeftUpperArm", "RightUpperArm", "LeftLowerArm"),
    *("RightLowerArm", "LeftHand", "RightHand", "LeftToes", "RightToes", "UpperChest"),
)
FPS = 50


def bundled(*content: OscMessage | OscBundle) -> OscBundle:
    builder = OscBundleBuilder(IMMEDIATELY)
    for one in content:
        builder.add_content(one)
    return builder.build()


FACE = message("/VMC/Ext/Blend/Val", "Joy", 0.5)


class Performer:
    """A motion capture tool: sends the walk over VMC, some way from the origin and turned.

    Args:
        port: where to.
        way: how: as VirtualMotionCapture does, as its sample does, one message a datagram, or with the clock first.
        lost: share of the datagrams that do not arrive.
        size: of the performer.
    """

    def __init__(self, port: int, *, way: str = "virtual motion capture", lost: float = 0.0, size: float = 1.0) -> None:
        self.client = UDPClient("127.0.0.1", port)
        self.port = port
        self.way = way
        self.lost = lost
        self.size = size
        self.has_model = True
        self.random = random.Random(5)
        self.root_turn = Rotation.from_euler("y", 90, degrees=True)
        self.root_m = np.array([0.5, 0.0, -0.2])

    def root(self) -> OscMessage:
        values = [*(self.size * self.root_m * TO_UNITY), *in_unity(self.root_turn)]
        return message("/VMC/Ext/Root/Pos", "root", *map(float, values), *[1.0] * 3, *[0.0] * 3)

    def bones(self, number: int) -> list[OscMessage]:
        turns = Rotation.from_quat(WALK.joint_rotations_wxyz[number], scalar_first=True)
        hips_m = WALK.root_translation_m[number] + SKELETON.zero_joints_m[0]
        found: list[OscMessage] = []
        for name in ORDER:
            joint = NAMES.index(UNITY[name])
            turn, place = turns[joint], OFFSETS[joint].astype(float)
            if joint == 0:
                back = self.root_turn.inv()
                turn, place = back * turn, back.apply(hips_m - self.root_m)
            values = map(float, [*(self.size * place * TO_UNITY), *in_unity(turn)])
            found.append(message("/VMC/Ext/Bone/Pos", name, *values))
        return found

    def messages(self, number: int) -> list[OscMessage]:
        return [self.root(), *self.bones(number), *self.state(number)]

    def state(self, number: int) -> list[OscMessage]:
        return [message("/VMC/Ext/OK", int(self.has_model), 3, 0, 1), message("/VMC/Ext/T", number / FPS)]

    def datagrams(self, number: int) -> list[bytes]:
        bones, state = self.bones(number), self.state(number)
        if self.way == "virtual motion capture":
            camera = message("/VMC/Ext/Cam", "Camera", *[0.0] * 6, 1.0, 60.0)
            rest = len(bones) // 13 * 13
            parts = [bundled(*bones[start : start + 13]) for start in range(0, rest, 13)]
            parts.append(bundled(FACE, message("/VMC/Ext/Blend/Apply")))
            return [one.dgram for one in (*parts, bundled(self.root(), bundled(*bones[rest:]), camera, *state))]
        messages = [self.root(), *bones, *state] if self.way != "clock first" else [*state, self.root(), *bones]
        if self.way == "single":
            return [one.dgram for one in messages]
        return [bundled(*messages[start : start + 10]).dgram for start in range(0, len(messages), 10)]

    def send(self, number: int) -> None:
        for datagram in self.datagrams(number):
            if self.random.random() >= self.lost:
                self.client._sock.sendto(datagram, ("127.0.0.1", self.port))

    def close(self) -> None:
        self.client._sock.close()


@contextmanager
def sending(port: int, sent: OscMessage | OscBundle) -> Iterator[None]:
    """A message or a bundle from a thread, again and again until the block ends."""
    over = threading.Event()

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            while not over.wait(0.005):
                sender.sendto(sent.dgram, ("127.0.0.1", port))

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
