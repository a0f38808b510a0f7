"""Light frames on the wire: within half a step, the same for latecomers, refused when damaged or missed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ani3d_runtime.codec.live.light_frames import LightFrameDecoder, LightFrameEncoder, LightSteps
from ani3d_runtime.codec.sections.nearness import node_parents
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import InputError, ServiceError
from ani3d_runtime.geometry.quaternion import (
    conjugate,
    multiply,
    quaternion_from_rotation_vector,
    rotation_vector_from_quaternion,
)

JOINTS, NODES = 5, 40
STEPS = LightSteps()
PARENTS = node_parents(np.random.default_rng(0).integers(-3000, 3000, (NODES, 3)))


def frame(
    time_s: float, root: np.ndarray, joint_rad: np.ndarray, displacements: np.ndarray, node_rad: np.ndarray
) -> Frame:
    return Frame(
        time_s=time_s,
        root_translation_m=root.astype(np.float32),
        joint_rotations_wxyz=quaternion_from_rotation_vector(joint_rad).astype(np.float32),
        node_displacements_m=displacements.astype(np.float32),
        node_rotations_wxyz=quaternion_from_rotation_vector(node_rad).astype(np.float32),
        coefficients=np.zeros(0, dtype=np.float32),
    )


def dance(count: int, *, seed: int = 0, leap_m: float = 0.0) -> list[Frame]:
    """Nodes that swing together, joints that spin more than once, now and then a leap."""
    dice = np.random.default_rng(seed)
    phases = np.cumsum(dice.normal(0, 0.2, NODES))[:, None]
    axes = dice.normal(0, 1, (JOINTS, 3))
    frames = []
    for index in range(count):
        time = index / 30
        swing = 0.2 * np.sin(5 * time + phases + np.arange(3)) + dice.normal(0, 2e-4, (NODES, 3))
        root = np.array([0.5 * time, 1.0, leap_m * dice.integers(0, 2)])
        frames.append(frame(time, root, axes * (8 * time), swing, 2 * swing))
    return frames


def angles_rad(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.linalg.norm(rotation_vector_from_quaternion(multiply(a, conjugate(b))), axis=-1)


def assert_near(found: Frame, wanted: Frame) -> None:
    slack = 1.001
    assert np.abs(found.root_translation_m - wanted.root_translation_m).max() <= STEPS.root_m / 2 * slack + 1e-5
    moved = np.abs(found.node_displacements_m - wanted.node_displacements_m).max()
    assert moved <= STEPS.displacement_m / 2 * slack + 1e-5
    # A rounded rotation vector is off by at most half the diagonal of a step; so is then the rotation.
    half_diagonal = np.sqrt(3) / 2 * slack
    joint = angles_rad(found.joint_rotations_wxyz, wanted.joint_rotations_wxyz).max()
    assert joint <= half_diagonal * STEPS.joint_rad + 1e-3 * STEPS.joint_rad + 1e-6
    assert angles_rad(found.node_rotations_wxyz, wanted.node_rotations_wxyz).max() <= half_diagonal * STEPS.turn_rad


def same(a: Frame, b: Frame) -> bool:
    fields = ("root_translation_m", "joint_rotations_wxyz", "node_displacements_m", "node_rotations_wxyz")
    return all(np.array_equal(getattr(a, field), getattr(b, field)) for field in fields)


def test_frames_stay_within_half_a_step_and_do_not_drift() -> None:
    encoder, decoder = LightFrameEncoder(PARENTS, JOINTS), LightFrameDecoder(PARENTS, JOINTS)
    for wanted in dance(200):
        found = decoder.decode(encoder.change(wanted), wanted.time_s)
        assert found.time_s == wanted.time_s
        assert_near(found, wanted)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), leap_m=st.floats(0, 5000), spread=st.floats(0, 100))
def test_leaps_and_noise_stay_within_half_a_step(seed: int, leap_m: float, spread: float) -> None:
    """Escapes, large numbers and rotations of any size, frame after frame without resemblance."""
    encoder, decoder = LightFrameEncoder(PARENTS, JOINTS), LightFrameDecoder(PARENTS, JOINTS)
    dice = np.random.default_rng(seed)
    for index in range(4):
        vectors = dice.normal(0, 3, (JOINTS + NODES, 3))
        wanted = frame(
            index / 30, leap_m * dice.normal(size=3), vectors[:JOINTS], spread * dice.normal(size=(NODES, 3)),
            vectors[JOINTS:],
        )  # fmt: skip
        found = decoder.decode(encoder.change(wanted), wanted.time_s)
        for got, exact, step in (
            (found.root_translation_m, wanted.root_translation_m, STEPS.root_m),
            (found.node_displacements_m, wanted.node_displacements_m, STEPS.displacement_m),
        ):
            # Float32 has seven digits.
            assert np.abs(got - exact).max() <= step / 2 + 2e-7 * np.abs(exact).max() + 1e-7
        assert angles_rad(found.node_rotations_wxyz, wanted.node_rotations_wxyz).max() <= STEPS.turn_rad


def test_a_latecomer_sees_what_the_others_see() -> None:
    encoder, early = LightFrameEncoder(PARENTS, JOINTS), LightFrameDecoder(PARENTS, JOINTS)
    frames = dance(60)
    shown = [early.decode(encoder.change(wanted), wanted.time_s) for wanted in frames[:40]]
    late = LightFrameDecoder(PARENTS, JOINTS)
    assert same(late.decode(encoder.last_as_key(), frames[39].time_s), shown[-1])
    for wanted in frames[40:]:
        payload = encoder.change(wanted)
        assert same(late.decode(payload, wanted.time_s), early.decode(payload, wanted.time_s))


def test_a_missed_frame_is_noticed_and_a_key_frame_mends_it() -> None:
    encoder, decoder = LightFrameEncoder(PARENTS, JOINTS), LightFrameDecoder(PARENTS, JOINTS)
    first, second, third, fourth, fifth = dance(5)
    change = encoder.change(first), encoder.change(second), encoder.change(third)
    with pytest.raises(ServiceError) as refusal:
        LightFrameDecoder(PARENTS, JOINTS).decode(change[1], 0)
    assert refusal.value.code == "light-frame-missed"
    decoder.decode(change[0], 0)
    with pytest.raises(ServiceError) as refusal:
        decoder.decode(change[2], 0)
    assert refusal.value.code == "light-frame-missed"
    assert_near(decoder.decode(encoder.key(fourth), fourth.time_s), fourth)
    assert_near(decoder.decode(encoder.change(fifth), fifth.time_s), fifth)


def test_numbers_go_round() -> None:
    """After 65,535 comes 0: eighteen minutes at 60 Hz."""
    parents = np.zeros((0, 3), dtype=np.int32)
    encoder, decoder = LightFrameEncoder(parents, 1), LightFrameDecoder(parents, 1)
    still = frame(0, np.zeros(3), np.zeros((1, 3)), np.zeros((0, 3)), np.zeros((0, 3)))
    encoder._number = 65_533  # pyright: ignore[reportPrivateUsage]
    decoder.decode(encoder.key(still), 0)
    for _ in range(4):
        decoder.decode(encoder.change(still), 0)


def test_a_still_frame_costs_next_to_nothing_and_a_dance_a_tenth() -> None:
    encoder = LightFrameEncoder(PARENTS, JOINTS)
    frames = dance(60)
    payloads = [encoder.change(wanted) for wanted in frames]
    floats = 4 * (3 + 4 * JOINTS + 7 * NODES)
    assert np.mean([len(payload) for payload in payloads[1:]]) < 0.2 * floats
    assert len(encoder.change(frames[-1])) < 0.08 * floats


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_damage_is_refused_or_harmless(data: st.DataObject) -> None:
    """Any byte of any payload may be wrong: a coded refusal, or a frame of finite numbers of the right shapes."""
    encoder, decoder = LightFrameEncoder(PARENTS, JOINTS), LightFrameDecoder(PARENTS, JOINTS)
    payloads = [bytearray(encoder.change(wanted)) for wanted in dance(3)]
    victim = payloads[data.draw(st.integers(0, 2))]
    if data.draw(st.booleans()):
        victim[data.draw(st.integers(0, len(victim) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        del victim[data.draw(st.integers(0, len(victim) - 1)) :]
    for payload in payloads:
        try:
            found = decoder.decode(bytes(payload), 0)
        except ServiceError:
            continue
        assert found.node_displacements_m.shape == (NODES, 3)
        assert np.isfinite(found.node_displacements_m).all()
        assert np.isfinite(found.joint_rotations_wxyz).all()


def test_frames_of_another_avatar_are_refused() -> None:
    wanted = dance(1)[0]
    with pytest.raises(InputError) as refusal:
        LightFrameEncoder(PARENTS, JOINTS + 1).change(wanted)
    assert refusal.value.code == "frame-wrong-shape"
    with pytest.raises(ServiceError) as told:
        LightFrameDecoder(PARENTS, JOINTS + 1).decode(LightFrameEncoder(PARENTS, JOINTS).change(wanted), 0)
    assert told.value.code == "light-frame-corrupt"
    with pytest.raises(InputError) as none:
        LightFrameEncoder(PARENTS, JOINTS).last_as_key()
    assert none.value.code == "light-frame-none"


def test_what_cannot_be_coded_is_refused() -> None:
    wanted = dance(1)[0]
    for bad in (np.nan, np.inf, 1e9):
        broken = np.full((NODES, 3), bad)
        with pytest.raises(InputError) as refusal:
            LightFrameEncoder(PARENTS, JOINTS).change(
                frame(0, np.zeros(3), np.zeros((JOINTS, 3)), broken, np.zeros((NODES, 3)))
            )
        assert refusal.value.code == "light-frame-out-of-range"
    assert LightFrameEncoder(PARENTS, JOINTS).change(wanted)
