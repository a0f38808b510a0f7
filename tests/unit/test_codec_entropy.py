"""Byte codecs: what goes in comes out, small, and damage is refused."""

from __future__ import annotations

import numpy as np
import pytest

from ani3d_runtime.codec import entropy
from ani3d_runtime.codec.primitives.cursor import Cursor
from ani3d_runtime.codec.primitives.integers import decode_integers, encode_integers, row_lengths
from ani3d_runtime.errors import BrokenPackageError, UsageError

SAMPLES = {
    "empty": b"",
    "one": b"\x07",
    "constant": b"\xff" * 5000,
    "text": b"a Gaussian human, baked once, played anywhere " * 40,
    "noise": np.random.default_rng(0).integers(0, 256, 3001).astype(np.uint8).tobytes(),
    "skewed": np.random.default_rng(1).geometric(0.4, 10_007).clip(0, 255).astype(np.uint8).tobytes(),
}


@pytest.mark.parametrize("codec_id", entropy.CODEC_IDS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_codec_brings_back_every_byte(codec_id: str, sample: str) -> None:
    data = SAMPLES[sample]
    assert entropy.decode(codec_id, entropy.encode(codec_id, data), len(data)) == data


def test_rans_comes_within_two_percent_of_the_entropy() -> None:
    symbols = np.random.default_rng(2).geometric(0.3, 100_000).clip(0, 255)
    shares = np.bincount(symbols) / len(symbols)
    bits = -(shares[shares > 0] * np.log2(shares[shares > 0])).sum() * len(symbols)
    coded = entropy.encode("rans", symbols.astype(np.uint8).tobytes())
    assert len(coded) * 8 < 1.02 * bits


def test_rans_learns_from_the_row_above() -> None:
    generator = np.random.default_rng(3)
    loudness = generator.integers(0, 2, 500) * 40 + 1
    table = generator.integers(0, loudness * 2, (60, 500)).astype(np.uint8)
    rows = row_lengths(*table.shape)
    coded = entropy.encode("rans", table.tobytes(), rows)
    assert len(coded) < 0.96 * len(entropy.encode("rans", table.tobytes()))
    assert entropy.decode("rans", coded, table.size, rows) == table.tobytes()


def test_rans_takes_rows_of_falling_length() -> None:
    rows = np.array([400, 400, 399, 120, 120, 7, 1, 0, 0], dtype=np.int32)
    data = np.random.default_rng(4).geometric(0.5, int(rows.sum())).clip(0, 255).astype(np.uint8).tobytes()
    assert entropy.decode("rans", entropy.encode("rans", data, rows), len(data), rows) == data


@pytest.mark.parametrize("codec_id", entropy.CODEC_IDS)
def test_a_payload_of_another_length_is_refused(codec_id: str) -> None:
    payload = entropy.encode(codec_id, SAMPLES["skewed"])
    for length in (0, len(SAMPLES["skewed"]) - 1, len(SAMPLES["skewed"]) + 1):
        with pytest.raises(BrokenPackageError) as refusal:
            entropy.decode(codec_id, payload, length)
        assert refusal.value.code == "entropy-corrupt"


@pytest.mark.parametrize("codec_id", entropy.CODEC_IDS)
def test_a_truncated_payload_is_refused(codec_id: str) -> None:
    payload = entropy.encode(codec_id, SAMPLES["skewed"])
    for length in (0, 1, 2, 10, len(payload) // 2, len(payload) - 1):
        with pytest.raises(BrokenPackageError) as refusal:
            entropy.decode(codec_id, payload[:length], len(SAMPLES["skewed"]))
        assert refusal.value.code == "entropy-corrupt"


def test_unknown_codecs_are_named() -> None:
    with pytest.raises(UsageError, match="rans"):
        entropy.encode("brotli", b"x")
    with pytest.raises(BrokenPackageError) as refusal:
        entropy.codec_of_number(200)
    assert refusal.value.code == "entropy-unknown"


@pytest.mark.parametrize("codec_id", entropy.CODEC_IDS)
@pytest.mark.parametrize("spread", [0.1, 3.0, 200.0, 1e5, 2e8])
def test_integers_of_any_size_come_back(codec_id: str, spread: float) -> None:
    values = np.rint(np.random.default_rng(5).normal(0, spread, (5, 333))).astype(np.int64)
    rows = row_lengths(*values.shape)
    cursor = Cursor(encode_integers(values, rows, codec_id), "test")
    np.testing.assert_array_equal(decode_integers(cursor, rows), values.ravel())
    cursor.expect_end()


def test_rare_large_integers_cost_only_themselves() -> None:
    values = np.zeros(20_000, dtype=np.int64)
    values[::2000] = 1 << 29
    coded = encode_integers(values, row_lengths(1, len(values)), "rans")
    assert len(coded) < 1200
    np.testing.assert_array_equal(decode_integers(Cursor(coded, "test"), row_lengths(1, len(values))), values)
