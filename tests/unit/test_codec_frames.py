"""Frames worked out one by one from whole numbers: small and large ones, told, predicted and absent tracks."""

from __future__ import annotations

import numpy as np
import pytest

from ani3d_runtime.channel import Channel
from ani3d_runtime.codec.encoder.detail_encoder import encode_detail
from ani3d_runtime.codec.sections.detail import decode_detail
from ani3d_runtime.codec.sections.prediction import Prediction
from ani3d_runtime.spec.format import MODEL_TRACK_PARENTS

FRAMES = 30


def swings(tracks: int, amplitudes: np.ndarray) -> np.ndarray:
    time = np.arange(FRAMES)[None, :, None]
    phases = np.arange(tracks)[:, None, None] / 5 + np.arange(3)
    return (amplitudes[:, None, None] * np.sin(0.4 * time + phases)).astype(np.float32)


def round_trip(targets: np.ndarray, tolerances: np.ndarray, prediction: Prediction) -> np.ndarray:
    """[S, F, 3] decoded, frame by frame."""
    weights = prediction.scaled(Channel.POSITION)
    coded = encode_detail(targets, tolerances, prediction, weights, channel=Channel.POSITION, codec_id="rans")
    assert coded.section is not None
    decoded = decode_detail(coded.section, Channel.POSITION, FRAMES, prediction)
    members = np.arange(len(targets), dtype=np.int32)
    found = np.stack([decoded.frame(frame, members) for frame in range(FRAMES)], axis=1)
    assert coded.square_left == pytest.approx(np.square((found - targets) / tolerances[:, None, None]).sum(), rel=1e-3)
    return found


@pytest.mark.parametrize("bound_m", [1e-2, 1e-3, 1e-5])
def test_coefficients_of_any_size_keep_the_bound_in_every_frame(bound_m: float) -> None:
    """With a bound of 0.01 mm most coefficients pass a byte, with one of 1 cm none does."""
    targets = swings(40, np.linspace(0, 0.3, 40))
    tolerances = np.full(40, bound_m, dtype=np.float32)
    found = round_trip(targets, tolerances, Prediction.none(40))
    assert np.linalg.norm(found - targets, axis=2).max() <= bound_m
    assert not found[0].any()


def test_predicted_tracks_keep_it_too_and_levels_are_prefixes() -> None:
    targets = swings(40, np.full(40, 0.2))
    parents = np.tile(np.array([3, 7, 1, 0], dtype=np.int32), (20, 1))
    weights = np.tile(np.array([20, 10, -4, 6], dtype=np.int8), (20, 1))
    prediction = Prediction((20, 40), parents, weights, np.zeros((20, MODEL_TRACK_PARENTS), dtype=np.int8))
    tolerances = np.full(40, 1e-3, dtype=np.float32)
    found = round_trip(targets, tolerances, prediction)
    assert np.linalg.norm(found - targets, axis=2).max() <= 1e-3
    coded = encode_detail(
        targets, tolerances, prediction, prediction.scaled(Channel.POSITION), channel=Channel.POSITION, codec_id="rans"
    )
    assert coded.section is not None
    part = decode_detail(coded.section, Channel.POSITION, FRAMES, prediction, wanted_tracks=25)
    assert len(part.told) == 25
    np.testing.assert_array_equal(part.frame(11, np.array([24, 2], dtype=np.int32)), found[[24, 2], 11])


def test_a_track_that_nothing_is_told_of_and_nothing_predicts_is_not_told() -> None:
    targets = swings(30, np.where(np.arange(30) % 3 == 0, 0.1, 0.0))
    coded = encode_detail(
        targets,
        np.full(30, 1e-3, dtype=np.float32),
        Prediction.none(30),
        Prediction.none(30).scaled(Channel.POSITION),
        channel=Channel.POSITION,
        codec_id="rans",
    )
    assert coded.section is not None
    decoded = decode_detail(coded.section, Channel.POSITION, FRAMES, Prediction.none(30))
    np.testing.assert_array_equal(decoded.told, np.arange(30) % 3 == 0)
