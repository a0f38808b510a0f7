"""Floats without loss: whatever bits go in come out, and packages that promise it keep every one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.codec.primitives.cursor import Cursor
from ani3d_runtime.codec.primitives.floats import decode_floats, encode_floats, ordered_floats, ordered_integers
from ani3d_runtime.codec.sections.splats import EXACT, decode_canonical, encode_canonical
from ani3d_runtime.errors import InputError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.validate import validate_package
from ani3d_runtime.package.writer import ClipSource, add_clips, write_package
from ani3d_runtime.splats import SplatCloud
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion, synthetic_residual

ODD = [0.0, -0.0, 1e-45, -1e-45, 1.1754942e-38, 3.4028235e38, -3.4028235e38, 1.0, -1.0]
finite = st.one_of(st.sampled_from(ODD), st.floats(width=32, allow_nan=False, allow_infinity=False))
columns = arrays.arrays(np.float32, st.tuples(st.integers(1, 3), st.integers(1, 40)), elements=finite)


def bits(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)


@settings(deadline=None)
@given(columns, st.sampled_from(["rans", "raw"]))
def test_columns_come_back_bit_for_bit(values: np.ndarray, codec_id: str) -> None:
    cursor = Cursor(encode_floats(values, codec_id), "floats")
    found = decode_floats(cursor, *values.shape)
    cursor.expect_end()
    assert np.array_equal(bits(found), bits(values))


@settings(deadline=None)
@given(columns)
def test_integers_stand_in_the_order_of_the_floats(values: np.ndarray) -> None:
    integers = ordered_integers(values)
    assert np.array_equal(bits(ordered_floats(integers)), bits(values))
    flat, places = values.ravel(), integers.ravel()
    order = np.argsort(places, kind="stable")
    assert (flat[order][1:] >= flat[order][:-1]).all()


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 2**31),
    st.sampled_from([0, 1, 2, 3]),
    arrays.arrays(np.float32, (40, 3), elements=finite),
    arrays.arrays(np.float32, (40,), elements=st.floats(0, 1, width=32)),
)
def test_levels_come_back_bit_for_bit(seed: int, degree: int, means: np.ndarray, opacities: np.ndarray) -> None:
    avatar = synthetic_avatar(40, sh_degree=degree, seed=seed)
    avatar = replace(
        avatar,
        splats=replace(avatar.splats, means_m=means, opacities=opacities),
        binding=avatar.binding.snapped(),
    )
    sections = encode_canonical(avatar, (15, 25), steps=EXACT)
    cloud, binding = decode_canonical(sections, (15, 25), joint_count=avatar.skeleton.joint_count)
    for name in ("means_m", "quats_wxyz", "scales_m", "opacities", "sh"):
        assert np.array_equal(bits(getattr(cloud, name)), bits(getattr(avatar.splats, name))), name
    for joint in range(avatar.skeleton.joint_count):
        ours = np.where(avatar.binding.joints == joint, avatar.binding.weights, 0).sum(axis=1)
        assert np.array_equal(ours, np.where(binding.joints == joint, binding.weights, 0).sum(axis=1))
    assert np.array_equal(binding.parts, avatar.binding.parts)


@pytest.mark.parametrize("broken", ["nan", "infinite", "not-unit", "scale-0", "opacity-2"])
def test_what_no_reader_takes_is_not_written(broken: str) -> None:
    avatar = synthetic_avatar(20)
    fields = {name: getattr(avatar.splats, name).copy() for name in ("means_m", "quats_wxyz", "scales_m", "opacities")}
    name, value = {
        "nan": ("means_m", np.nan),
        "infinite": ("means_m", np.inf),
        "not-unit": ("quats_wxyz", 2.0),
        "scale-0": ("scales_m", 0.0),
        "opacity-2": ("opacities", 2.0),
    }[broken]
    fields[name][3] = value
    with pytest.raises(InputError) as refusal:
        encode_canonical(replace(avatar, splats=SplatCloud(**fields, sh=avatar.splats.sh)), (20,), steps=EXACT)
    assert refusal.value.code == "splats-not-exact"


def test_an_archive_loses_nothing_of_the_avatar_even_when_clips_are_added(tmp_path: Path) -> None:
    avatar = synthetic_avatar(600, sh_degree=2, seed=4)
    avatar = replace(avatar, binding=avatar.binding.snapped())
    bounds = PartBounds.of_quality("archive")
    walk = ClipSource("walk", synthetic_motion(avatar.skeleton, 12, name="walk"), synthetic_residual(avatar, 12))
    turn = ClipSource("turn", synthetic_motion(avatar.skeleton, 9, name="turn", seed=2), synthetic_residual(avatar, 9))
    path = tmp_path / "kept.a3d"
    write_package(path, avatar, [walk], bounds=bounds)
    add_clips(path, avatar, [turn])
    with Package.open(path) as package:
        back = package.avatar().take(package.input_order)
        assert package.manifest.canonical_error_m == 0
    for name in ("means_m", "quats_wxyz", "scales_m", "opacities", "sh"):
        assert np.array_equal(bits(getattr(back.splats, name)), bits(getattr(avatar.splats, name))), name
    assert validate_package(path).ok
