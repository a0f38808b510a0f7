"""What VMC tools send: where frames end, whose clock counts, which skeleton it is, who is followed."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.readers.notes import Remark, silent
from ani3d_runtime.body.retarget_live import LiveRetargeter
from ani3d_runtime.client.sources.vmc_clock import SenderClock
from ani3d_runtime.client.sources.vmc_face import VmcFace
from ani3d_runtime.client.sources.vmc_frames import BONE, CLOCK, ROOT, STATE, VmcAssembly, VmcFrame
from ani3d_runtime.client.sources.vmc_rig import RestPose, RigWatch, VmcRig, rig_of
from ani3d_runtime.client.sources.vmc_senders import SenderChoice, SenderFilter
from ani3d_runtime.errors import MotionError, UsageError

Message = tuple[str, list[Any]]
# A performer of round numbers, in a T pose; Unity's left is at -x.
PLACES = {
    "Hips": (0.0, 1.0, 0.0),
    "Spine": (0.0, 0.1, 0.0),
    "Chest": (0.0, 0.1, 0.0),
    "Neck": (0.0, 0.3, 0.0),
    "Head": (0.0, 0.1, 0.0),
    **{f"{side}UpperLeg": (0.1 * x, 0.0, 0.0) for side, x in (("Left", -1), ("Right", 1))},
    **{f"{side}{bone}": (0.0, -0.45, 0.0) for side in ("Left", "Right") for bone in ("LowerLeg", "Foot")},
    **{f"{side}UpperArm": (0.2 * x, 0.2, 0.0) for side, x in (("Left", -1), ("Right", 1))},
    **{
        f"{side}{bone}": (0.3 * x, 0.0, 0.0)
        for side, x in (("Left", -1), ("Right", 1))
        for bone in ("LowerArm", "Hand")
    },
    "UpperChest": (0.0, 0.1, 0.0),
}
IDENTITY = (0.0, 0.0, 0.0, 1.0)


def bone(name: str, place: Iterable[float], turn: Iterable[float] = IDENTITY) -> Message:
    return BONE, [name, *place, *turn]


def numbered(number: int, way: str) -> list[list[Message]]:
    """The datagrams of a frame whose bones and root all stand at x = its number."""
    bones = [bone(name, (number, 0.0, 0.0)) for name in PLACES]
    root: Message = (ROOT, ["root", float(number), 0.0, 0.0, *IDENTITY])
    state: list[Message] = [(STATE, [1]), (CLOCK, [number / 60])]
    if way == "root last":
        return [bones[:13], [root, *bones[13:], *state]]
    messages = [root, *bones, *state] if way != "clock first" else [*state, root, *bones]
    if way == "at once":
        return [messages]
    size = 1 if way == "single" else 5
    return [messages[start : start + size] for start in range(0, len(messages), size)]


def received(way: str, count: int, lost: float = 0.0, hertz: float = 60.0) -> list[VmcFrame]:
    chance = random.Random(3)
    assembly, found = VmcAssembly(), list[VmcFrame]()
    for number in range(count):
        now_s = number / hertz
        if assembly.is_open and 1 / hertz > assembly.gap_s:
            found += assembly.end()
        for datagram in numbered(number, way):
            now_s += 1e-4
            if chance.random() >= lost:
                found += assembly.take(datagram, now_s)[0]
    return found


WAYS = ("root last", "root first", "clock first", "single", "at once")


@pytest.mark.parametrize("way", WAYS)
def test_one_frame_for_each_in_every_order(way: str) -> None:
    frames = received(way, 30)
    assert len(frames) >= 29
    for number, frame in enumerate(frames):
        assert frame.fresh == set(PLACES)
        assert {place.position[0] for place in (*frame.bones.values(), frame.root)} == {number}
        assert frame.sent_s == pytest.approx(number / 60)


@pytest.mark.parametrize("hertz", [30.0, 60.0, 120.0])
@pytest.mark.parametrize("way", WAYS)
def test_what_is_lost_is_held_and_nothing_of_the_next_frame_comes_early(way: str, hertz: float) -> None:
    frames = received(way, 600, lost=0.05, hertz=hertz)
    assert 540 <= len(frames) <= 600
    numbers: list[int] = []
    for frame in frames:
        fresh = {int(frame.bones[name].position[0]) for name in frame.fresh}
        assert len(fresh) == 1, "bones of two frames in one"
        numbers.append(fresh.pop())
        assert all(place.position[0] <= numbers[-1] for place in frame.bones.values())
    assert numbers == sorted(set(numbers))


def test_bones_are_known_in_any_spelling_and_the_others_are_named() -> None:
    assembly = VmcAssembly()
    names = ("hips", "LEFT_UPPER_LEG", "left thumb metacarpal", "leftThumbProximal", "LeftThumbDistal", "Tail")
    assembly.take([bone(name, (index, 0.0, 0.0)) for index, name in enumerate(names)], 0.0)
    (frame,) = assembly.end()
    places = {name: place.position[0] for name, place in frame.bones.items()}
    thumb = {"LeftThumbProximal": 2, "LeftThumbIntermediate": 3, "LeftThumbDistal": 4}
    assert places == {"Hips": 0, "LeftUpperLeg": 1, **thumb}
    assert assembly.unknown == {"Tail"}


def test_the_senders_clock_takes_the_jitter_out() -> None:
    chance, clock = random.Random(1), SenderClock()
    captured = [clock.capture_s(500 + n / 60 + 0.002 + chance.random() * 0.03, 7 + n / 60) for n in range(600)]
    steps = np.diff(captured[60:])
    assert np.abs(steps - 1 / 60).max() < 0.004, "30 ms of jitter came in"


@pytest.mark.parametrize("sent", [lambda n: 0.0, lambda n: 1.8e9 + n / 60, lambda n: n / 60 * 1000, lambda n: None])
def test_a_clock_that_is_none_is_left_out(sent: Any) -> None:
    clock = SenderClock()
    for number in range(300):
        heard_s = 3 + number / 60
        assert clock.capture_s(heard_s, sent(number)) == pytest.approx(heard_s, abs=1e-3)


def test_a_clock_that_begins_again_goes_on() -> None:
    clock = SenderClock()
    captured = [clock.capture_s(10 + n / 60, (n if n < 50 else n - 50) / 60) for n in range(100)]
    np.testing.assert_allclose(np.diff(captured), 1 / 60, atol=1e-3)


def framed(messages: list[Message], assembly: VmcAssembly | None = None, now_s: float = 0.0) -> VmcFrame:
    assembly = assembly or VmcAssembly()
    assembly.take(messages, now_s)
    (frame,) = assembly.end()
    return frame


def rig(frame: VmcFrame, rest_pose: RestPose = "sent", say: Any = silent) -> VmcRig:
    return rig_of(frame, frame.bones.keys(), rest_pose, {}, say)


def wrist_m(found: VmcRig, frame: VmcFrame) -> np.ndarray:
    """Where the left wrist of the built-in body is."""
    skeleton = load_builtin_body().skeleton
    rotations, root = found.pose(frame)
    body = LiveRetargeter(found.skeleton, skeleton).pose(rotations.astype(np.float32), root.astype(np.float32), 0.0)
    places, turns = np.zeros((24, 3)), [Rotation.identity()] * 24
    for joint, parent in enumerate(skeleton.parents):
        turn = Rotation.from_quat(body.joint_rotations_wxyz[joint], scalar_first=True)
        rest = skeleton.zero_joints_m[joint] - (skeleton.zero_joints_m[parent] if parent >= 0 else 0)
        turns[joint] = turns[parent] * turn if parent >= 0 else turn
        places[joint] = places[parent] + turns[parent].apply(rest) if parent >= 0 else body.root_translation_m + rest
    return places[skeleton.joint_names.index("left_wrist")]


ARM_UP = tuple(Rotation.from_euler("z", -70, degrees=True).as_quat())


def performed(*, with_places: bool = True, arm: Iterable[float] = IDENTITY) -> list[Message]:
    def place(name: str) -> tuple[float, ...]:
        return PLACES[name] if with_places else (0.0, 0.0, 0.0)

    return [bone(name, place(name), arm if name == "LeftUpperArm" else IDENTITY) for name in PLACES]


def test_bones_without_positions_get_those_of_a_usual_person() -> None:
    said: list[Remark] = []
    with_places, without = framed(performed(arm=ARM_UP)), framed(performed(with_places=False, arm=ARM_UP))
    found = wrist_m(rig(without, say=said.append), without)
    assert "usual person" in str(said)
    expected = wrist_m(rig(with_places), with_places)
    assert np.linalg.norm(found - expected) < 0.12
    assert expected[1] > 1.5, "the arm is up"


def raw(messages: list[Message]) -> list[Message]:
    """The same performer by bones with axes of their own: each has a turn of its own in the T pose."""
    parents = {"Hips": ""} | {name: rig(framed(performed())).skeleton.joint_names[k] for name, k in _parents().items()}
    own = {name: Rotation.random(rng=np.random.default_rng(index)) for index, name in enumerate(PLACES)}
    own[""] = Rotation.identity()
    turned: list[Message] = []
    for address, (name, *values) in messages:
        above = own[parents[name]]
        place = above.inv().apply(values[:3])
        turned.append((address, [name, *place, *(above.inv() * Rotation.from_quat(values[3:]) * own[name]).as_quat()]))
    return turned


def _parents() -> dict[str, int]:
    skeleton = rig(framed(performed())).skeleton
    assert skeleton.parents is not None
    return {
        name: int(parent) for name, parent in zip(skeleton.joint_names, skeleton.parents, strict=True) if parent >= 0
    }


def test_bones_with_axes_of_their_own_are_refused_or_taken_from_the_first_pose() -> None:
    standing = framed(raw(performed()))
    with pytest.raises(MotionError) as refused:
        rig(standing)
    assert refused.value.code == "vmc-rest-pose"
    assert "--rest-pose first" in refused.value.fix
    with_places = framed(performed(arm=ARM_UP))
    found = wrist_m(rig(standing, "first"), framed(raw(performed(arm=ARM_UP))))
    np.testing.assert_allclose(found, wrist_m(rig(with_places), with_places), atol=1e-3)


def test_arms_that_hang_in_the_rest_pose_are_doubted() -> None:
    hanging = {"LeftLowerArm": (0.0, -0.3, 0.0), "LeftHand": (0.0, -0.3, 0.0)}
    said: list[Remark] = []
    rig(framed([bone(name, hanging.get(name, place)) for name, place in PLACES.items()]), say=said.append)
    assert [each.code for each in said if isinstance(each, MotionError)] == ["vmc-rest-pose"]


@pytest.mark.parametrize(
    ("change", "is_another"),
    [("a finger", True), ("half the size", True), ("a finger once", False), ("jelly", False), ("nothing", False)],
)
def test_another_skeleton_is_one_that_stays(change: str, is_another: bool) -> None:
    assembly, watch = VmcAssembly(), RigWatch()
    chance = random.Random(2)
    first = framed(performed(), assembly)
    found, answers = rig(first), list[bool]()
    for number in range(1, 60):
        size = {"half the size": 0.5, "jelly": 1 + chance.random()}.get(change, 1.0)
        messages = [bone(name, np.multiply(place, size)) for name, place in PLACES.items()]
        if change == "a finger" or (change == "a finger once" and number == 1):
            messages.append(bone("LeftIndexProximal", (-0.1, 0.0, 0.0)))
        done = assembly.take(messages, number / 60)[0] or assembly.end()
        answers += [watch.is_outgrown(found, frame, assembly.usual) for frame in done]
    assert any(answers) == is_another
    assert not any(answers[:25])


def test_one_sender_is_followed_until_it_is_gone_and_others_are_said() -> None:
    said: list[Remark] = []
    choice = SenderChoice(None, said.append)
    body, other, face = ("10.0.0.1", 5), ("10.0.0.1", 6), ("10.0.0.2", 7)
    assert not choice.takes(face, 0.0, has_body=False)
    assert choice.takes(body, 0.1, has_body=True)
    assert choice.takes(body, 0.2, has_body=False)
    assert not choice.takes(other, 0.3, has_body=True)
    assert not choice.takes(other, 0.4, has_body=True)
    assert len(said) == 1
    assert "10.0.0.1:6" in str(said[0])
    choice.was_busy(1.5)
    assert not choice.takes(other, 2.0, has_body=True), "nobody listened"
    assert choice.takes(other, 3.0, has_body=True)
    assert len(said) == 2


@pytest.mark.parametrize(
    ("text", "allowed", "refused"),
    [
        ("10.0.0.1", ("10.0.0.1", 6), ("10.0.0.2", 6)),
        ("10.0.0.1:6", ("10.0.0.1", 6), ("10.0.0.1", 5)),
        ("[::1]:6", ("::1", 6), ("::1", 5)),
        ("::1", ("::1", 9), ("127.0.0.1", 9)),
    ],
)
def test_a_sender_can_be_chosen(text: str, allowed: tuple[str, int], refused: tuple[str, int]) -> None:
    choice = SenderChoice(SenderFilter.parsed(text), silent)
    assert not choice.takes(refused, 0.0, has_body=True)
    assert choice.takes(allowed, 0.0, has_body=True)


@pytest.mark.parametrize("text", ["", "10.0.0.1:x", "10.0.0.1:70000", "no such host!"])
def test_a_sender_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        SenderFilter.parsed(text)
    assert refused.value.code == "retarget-usage"


BODY, PHONE, OTHER = ("10.0.0.1", 5), ("10.0.0.2", 7), ("10.0.0.3", 9)


def test_the_face_of_a_tool_that_sends_no_body_goes_before_that_of_the_body() -> None:
    said: list[Remark] = []
    face = VmcFace(None, said.append)
    assert face.values() is None
    assert face.take(BODY, [["Joy", 0.5], ["A", 1]], 0.0, is_body=True)
    assert not face.settle(0.2)
    assert face.settle(0.6)
    assert face.names == ("Joy", "A")
    assert face.values().tolist() == [0.5, 1.0]
    assert face.take(PHONE, [["jawOpen", 0.25]], 1.0, is_body=False)
    assert not face.take(BODY, [["Joy", 0.0]], 1.1, is_body=True)
    assert not face.take(OTHER, [["jawOpen", 0.0]], 1.1, is_body=False)
    assert face.settle(1.6)
    assert (face.names, face.values().tolist()) == (("jawOpen",), [0.25])
    assert face.take(OTHER, [["jawOpen", 0.75]], 2.2, is_body=False)  # the phone is gone
    first, second, *_ = map(str, said)
    assert "10.0.0.1:5" in first
    assert "Joy, A" in first
    assert "no face yet" in first
    assert "10.0.0.2:7" in second
    assert len(said) == 5


def test_names_that_come_late_are_taken_when_they_are_all_there() -> None:
    face = VmcFace(None, silent)
    face.take(BODY, [["Joy", 0.5]], 0.0, is_body=True)
    assert face.settle(1.0)
    for step in range(4):
        face.take(BODY, [["Joy", 0.1 * step], [f"shape{step}", 1.0]], 1.0 + 0.3 * step, is_body=True)
        assert not face.settle(1.0 + 0.3 * step + 0.2)
        assert face.names == ("Joy",)
        assert face.values().shape == (1,)
    assert face.settle(2.5)
    assert face.names == ("Joy", "shape0", "shape1", "shape2", "shape3")


def test_whose_face_it_is_can_be_said() -> None:
    face = VmcFace(SenderFilter.parsed("10.0.0.3"), silent)
    assert not face.take(PHONE, [["jawOpen", 1.0]], 0.0, is_body=False)
    assert face.take(OTHER, [["jawOpen", 1.0]], 0.0, is_body=True)


def test_faces_are_bounded_in_number_size_and_words() -> None:
    said: list[Remark] = []
    face = VmcFace(None, said.append)
    nonsense = [["x" * 100_000, 1.0], ["", 1.0], ["nan", math.nan], ["text", "1"], ["alone"], ["huge", 1e30]]
    face.take(BODY, nonsense, 0.0, is_body=True)
    assert not face.settle(1.0)
    assert face.values() is None
    for number in range(2000):
        face.take(BODY, [[f"shape{number}", 0.5]], 0.5, is_body=True)
        face.take(("10.0.0.9", number), [["y" * 1000, 1.0]], 0.5, is_body=True)
    face.settle(9.0)
    assert len(face.names) == 256
    assert len(said) < 40
    assert max(len(str(each)) for each in said) < 300
