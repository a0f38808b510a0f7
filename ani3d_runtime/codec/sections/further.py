"""Section ``further``: Gaussians that one clip moves and the model of the package does not know.

A clip that is added to a package finds a model that was fitted to others. Nodes, weights and who predicts whom stay as
they are; Gaussians that nothing moved before become tracks behind the model's, predicted from those and one another.
spec/SPEC.md, chapter "further", holds the layout.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ani3d_runtime.arrays import Int32Array
from ani3d_runtime.codec.primitives.cursor import Cursor, corrupt, varint
from ani3d_runtime.codec.sections.model import ResidualModel, decode_increasing, encode_increasing
from ani3d_runtime.codec.sections.prediction import Prediction
from ani3d_runtime.codec.sections.prediction_section import decode_prediction, encode_prediction
from ani3d_runtime.codec.sections.walk import Walk
from ani3d_runtime.spec.format import FURTHER_LAYOUT


def with_further(model: ResidualModel, further: Int32Array, prediction: Prediction) -> ResidualModel:
    """The model of a clip that moves more Gaussians.

    Args:
        model: of the package.
        further: [X] int32 increasing, none of them in ``model.moving``.
        prediction: of all tracks, those of ``model`` in its first stage.
    """
    return replace(
        model,
        moving=np.concatenate([model.moving, further]),
        prediction=model.prediction.followed_by(prediction),
    )


def encode_further(further: Int32Array, prediction: Prediction, walk: Walk, *, codec_id: str = "rans") -> bytes:
    """Section ``further``; arguments as of :func:`with_further`, and the walk of all tracks."""
    return (
        bytes([FURTHER_LAYOUT])
        + varint(len(further))
        + encode_increasing(further, codec_id)
        + encode_prediction(prediction, walk, codec_id)
    )


def decode_further(section: bytes | memoryview, model: ResidualModel, gaussian_count: int) -> ResidualModel:
    """The model of the clip that the section belongs to.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt`` or ``model-invalid``.
    """
    known = len(model.moving)
    cursor = Cursor(section, "further")
    cursor.expect_version(FURTHER_LAYOUT)
    further = decode_increasing(cursor, cursor.varint(gaussian_count - known), gaussian_count)
    prediction = decode_prediction(cursor, known + len(further))
    cursor.expect_end()
    if np.isin(further, model.moving).any() or prediction.stage_ends[0] < known:
        raise corrupt(
            "model-invalid", "further", found="a Gaussian that the model moves already", expected="only further ones"
        )
    return with_further(model, further, prediction)
