"""Any integers, any bytes, any damage: sections come back exactly or are refused with a code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ani3d_runtime.codec import entropy
from ani3d_runtime.codec.encoder.residual_encoder import ResidualEncoder
from ani3d_runtime.codec.encoder.storage_order import storage_order
from ani3d_runtime.codec.primitives.cursor import Cursor
from ani3d_runtime.codec.primitives.integers import decode_integers, encode_integers
from ani3d_runtime.codec.sections.group import decode_group
from ani3d_runtime.codec.sections.model import decode_model
from ani3d_runtime.codec.sections.order import decode_order, encode_order
from ani3d_runtime.codec.sections.pose import decode_pose_group, encode_pose_group
from ani3d_runtime.codec.sections.splats import decode_canonical, encode_canonical
from ani3d_runtime.errors import PackageError
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.testing.sequences import dancing_sequence

FRAMES = 12


@settings(max_examples=120, deadline=None)
@given(data=st.binary(max_size=2000), codec_id=st.sampled_from(entropy.CODEC_IDS), repeats=st.integers(1, 9))
def test_bytes_come_back(data: bytes, codec_id: str, repeats: int) -> None:
    data = data * repeats
    assert entropy.decode(codec_id, entropy.encode(codec_id, data), len(data)) == data


@settings(max_examples=200, deadline=None)
@given(payload=st.binary(max_size=600), codec_id=st.sampled_from(entropy.CODEC_IDS), length=st.integers(0, 4000))
def test_any_payload_decodes_or_is_refused(payload: bytes, codec_id: str, length: int) -> None:
    lengths: list[int] = []
    code = _refusal_code(lambda: lengths.append(len(entropy.decode(codec_id, payload, length))))
    assert code == "entropy-corrupt" or lengths == [length]


@settings(max_examples=100, deadline=None)
@given(
    values=st.lists(st.integers(-(2**30) + 1, 2**30 - 1) | st.integers(-3, 3), max_size=300),
    cuts=st.lists(st.integers(0, 300), max_size=4),
    codec_id=st.sampled_from(("raw", "rans")),
)
def test_integers_come_back_in_rows_of_any_length(values: list[int], cuts: list[int], codec_id: str) -> None:
    edges = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
    rows = np.sort(np.diff(edges))[::-1].astype(np.int32)
    cursor = Cursor(encode_integers(np.array(values, dtype=np.int64), rows, codec_id), "test")
    assert decode_integers(cursor, rows).tolist() == values
    cursor.expect_end()


class Sections:
    """Every kind of section of a small avatar, and how to read each."""

    def __init__(self) -> None:
        avatar, residual = dancing_sequence(900, FRAMES, seed=9)
        order = storage_order(avatar)
        source = avatar.take(order.permutation)
        splats = encode_canonical(source, order.level_sizes)
        cloud, binding = decode_canonical(splats, order.level_sizes, joint_count=2)
        encoder = ResidualEncoder(source, replace(source, splats=cloud, binding=binding))
        layer = order.reordered(residual)
        colour = np.random.default_rng(0).normal(0, 0.1, layer.dpos_m.shape).astype(np.float32)
        self.model = encoder.fit(
            [ResidualLayer(avatar.count, layer.indices, layer.dpos_m, layer.drot_rad, colour, colour)]
        )
        self.group = encoder.encode_group(0, 0)
        vectors = np.random.default_rng(1).normal(0, 0.5, (FRAMES, 5, 3))
        rotations = quaternion_from_rotation_vector(vectors).astype(np.float32)
        pose = encode_pose_group(np.zeros((FRAMES, 3), dtype=np.float32), rotations)
        self.intact: dict[str, bytes] = {
            "order": encode_order(order),
            **encoder.encode_model(),
            "pose": pose,
            **self.group,
            "splats.0": splats["splats.0"],
        }
        self.read: dict[str, Callable[[bytes], object]] = {
            "order": lambda data: decode_order(data, avatar.count),
            "model": lambda data: decode_model({"model": data}, avatar.count),
            "pose": lambda data: decode_pose_group(data, FRAMES, 5),
            "splats.0": lambda data: decode_canonical({"splats.0": data}, order.level_sizes, joint_count=2, levels=1),
        }
        for name in self.group:
            self.read[name] = lambda data, name=name: self._read_group(name, data)

    def _read_group(self, name: str, data: bytes) -> object:
        return decode_group({**self.group, name: data}, self.model, first_frame=0, frame_count=FRAMES)


@pytest.fixture(scope="module")
def sections() -> Sections:
    return Sections()


def test_every_kind_of_section_is_there(sections: Sections) -> None:
    expected = {"order", "model", "pose", "splats.0", "nodes"}
    expected |= {"detail.position", "detail.rotation", "detail.scale", "detail.colour"}
    assert set(sections.intact) == expected == set(sections.read)
    for name, data in sections.intact.items():
        sections.read[name](data)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_damaged_sections_are_read_or_refused(sections: Sections, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(sections.intact)))
    damaged = bytearray(sections.intact[name])
    for _ in range(data.draw(st.integers(1, 4))):
        # The first bytes hold counts and versions; damage there reaches more code.
        place = data.draw(st.integers(0, 40) | st.integers(0, len(damaged) - 1)) % len(damaged)
        damaged[place] = data.draw(st.integers(0, 255))
    _read_or_refuse(sections, name, bytes(damaged))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_cut_and_extended_sections_are_refused(sections: Sections, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(sections.intact)))
    whole = sections.intact[name]
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    with pytest.raises(PackageError) as refusal:
        sections.read[name](cut)
    assert "-" in refusal.value.code
    with pytest.raises(PackageError):
        sections.read[name](whole + b"\x00")


@settings(max_examples=150, deadline=None)
@given(data=st.data(), noise=st.binary(max_size=300))
def test_noise_in_place_of_a_section_is_refused(sections: Sections, data: st.DataObject, noise: bytes) -> None:
    name = data.draw(st.sampled_from(sorted(sections.intact)))
    _read_or_refuse(sections, name, b"\x01" + noise)


def _read_or_refuse(sections: Sections, name: str, damaged: bytes) -> None:
    code = _refusal_code(lambda: sections.read[name](damaged))
    known = {"section", "entropy", "order", "model", "pose", "splats", "nodes", "detail"}
    assert code is None or code.split("-")[0] in known


def _refusal_code(call: Callable[[], object]) -> str | None:
    """The code of the refusal that a call ends in; None where it succeeds."""
    try:
        call()
    except PackageError as refusal:
        return refusal.code
    return None
