"""Packed frames: what goes in comes out, the documented bytes are the bytes, and broken payloads are refused."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
import pytest

from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import ServiceError
from ani3d_runtime.rpc.frame_layout import pack_full, pack_light, unpack_full, unpack_light
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_deformation, synthetic_frame

AVATAR = synthetic_avatar(60)
FRAME = synthetic_frame(AVATAR, synthetic_deformation(AVATAR))
FIELDS = (
    "root_translation_m",
    "joint_rotations_wxyz",
    "node_displacements_m",
    "node_rotations_wxyz",
    "coefficients",
)  # fmt: skip


def assert_same(found: Frame, expected: Frame) -> None:
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_a_light_frame_survives_unchanged() -> None:
    found = unpack_light(1.5, pack_light(FRAME))
    assert found.time_s == 1.5
    assert_same(found, FRAME)
    assert found.detail is not None
    assert FRAME.detail is not None
    np.testing.assert_array_equal(found.detail.indices, FRAME.detail.indices)
    for name in ("dpos_m", "drot_rad", "dlogscale", "dcolour"):
        np.testing.assert_array_equal(getattr(found.detail, name), getattr(FRAME.detail, name))


def test_absent_detail_channels_stay_absent() -> None:
    assert FRAME.detail is not None
    frame = replace(FRAME, detail=replace(FRAME.detail, drot_rad=None, dcolour=None))
    detail = unpack_light(0.0, pack_light(frame)).detail
    assert detail is not None
    assert detail.drot_rad is None
    assert detail.dcolour is None
    np.testing.assert_array_equal(detail.dlogscale, FRAME.detail.dlogscale)


def test_a_frame_without_detail() -> None:
    found = unpack_light(0.0, pack_light(replace(FRAME, detail=None)))
    assert found.detail is None
    assert_same(found, FRAME)


def test_light_bytes_are_those_of_the_proto() -> None:
    payload = pack_light(replace(FRAME, detail=None))
    joints, nodes, coefficients = AVATAR.skeleton.joint_count, len(FRAME.node_displacements_m), len(FRAME.coefficients)
    assert struct.unpack_from("<HHIIII", payload) == (1, 0, joints, nodes, coefficients, 0)
    assert struct.unpack_from("<3f", payload, 20) == tuple(FRAME.root_translation_m)
    assert struct.unpack_from("<4f", payload, 32) == tuple(FRAME.joint_rotations_wxyz[0])
    assert struct.unpack_from("<f", payload, len(payload) - 4)[0] == FRAME.coefficients[-1]


def test_a_full_frame_keeps_means_exactly_and_the_rest_closely() -> None:
    cloud = AVATAR.splats
    found = unpack_full(2.0, pack_full(cloud))
    assert (found.time_s, found.count) == (2.0, cloud.count)
    np.testing.assert_array_equal(found.means_m, cloud.means_m)
    np.testing.assert_allclose(found.quats_wxyz, cloud.quats_wxyz, atol=2e-5)
    np.testing.assert_allclose(found.scales_m, cloud.scales_m, rtol=1e-3)
    np.testing.assert_allclose(found.opacities, cloud.opacities, atol=5e-4)
    np.testing.assert_allclose(found.colours, 0.5 + 0.28209479 * cloud.sh[:, 0], atol=2e-3)


def test_full_bytes_are_those_of_the_proto() -> None:
    cloud = AVATAR.splats
    payload = pack_full(cloud)
    assert len(payload) == 8 + 36 * cloud.count
    assert struct.unpack_from("<HHI", payload) == (1, 0, cloud.count)
    assert struct.unpack_from("<3f", payload, 8) == tuple(cloud.means_m[0])
    assert struct.unpack_from("<h", payload, 8 + 12 * cloud.count)[0] == round(float(cloud.quats_wxyz[0, 0]) * 32767)
    scales_at = 8 + 20 * cloud.count
    assert struct.unpack_from("<e", payload, scales_at)[0] == pytest.approx(cloud.scales_m[0, 0] * 1000, rel=1e-3)


@pytest.mark.parametrize("unpack", [unpack_light, unpack_full])
@pytest.mark.parametrize("cut", [0, 3, 25, -1])
def test_truncated_payloads_are_refused(unpack: type, cut: int) -> None:
    payload = pack_light(FRAME) if unpack is unpack_light else pack_full(AVATAR.splats)
    with pytest.raises(ServiceError) as raised:
        unpack(0.0, payload[:cut])
    assert raised.value.code == "service-bad-frame"


def test_counts_that_promise_too_much_are_refused_before_anything_is_allocated() -> None:
    hostile = struct.pack("<HHIIII", 1, 0, 2**32 - 1, 2**32 - 1, 0, 0) + bytes(64)
    with pytest.raises(ServiceError):
        unpack_light(0.0, hostile)
    with pytest.raises(ServiceError):
        unpack_full(0.0, struct.pack("<HHI", 1, 0, 2**32 - 1) + bytes(64))


def test_a_newer_layout_says_so() -> None:
    payload = struct.pack("<H", 2) + pack_light(FRAME)[2:]
    with pytest.raises(ServiceError) as raised:
        unpack_light(0.0, payload)
    assert raised.value.code == "service-frame-version"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(value: float) -> None:
    light = bytearray(pack_light(FRAME))
    # The root translation follows a head of 20 bytes.
    struct.pack_into("<f", light, 20, value)
    with pytest.raises(ServiceError) as caught:
        unpack_light(0.0, bytes(light))
    assert caught.value.code == "service-bad-frame"
    full = bytearray(pack_full(AVATAR.splats))
    struct.pack_into("<e", full, len(full) - 8, value)
    with pytest.raises(ServiceError) as caught:
        unpack_full(0.0, bytes(full))
    assert caught.value.code == "service-bad-frame"
