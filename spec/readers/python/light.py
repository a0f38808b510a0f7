"""Our decoder of light frames on a stream of them."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from ani3d_runtime.codec.live.light_frames import LightFrameDecoder
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import ServiceError


def decoded(stream: dict[str, Any]) -> dict[str, Any]:
    """What each payload of a stream holds, or why it is refused."""
    parents = np.array(stream["node_parents"], dtype=np.int32).reshape(-1, 3)
    decoder = LightFrameDecoder(parents, stream["joint_count"])
    return {"frames": [_answer(decoder, base64.b64decode(payload)) for payload in stream["payloads"]]}


def _answer(decoder: LightFrameDecoder, payload: bytes) -> dict[str, Any]:
    try:
        return fields(decoder.decode(payload, 0.0))
    except ServiceError as error:
        return {"refused": error.code}


def fields(frame: Frame) -> dict[str, Any]:
    """The numbers of a frame, each array flat."""
    arrays = {
        "root_translation_m": frame.root_translation_m,
        "joint_rotations_wxyz": frame.joint_rotations_wxyz,
        "node_displacements_m": frame.node_displacements_m,
        "node_rotations_wxyz": frame.node_rotations_wxyz,
    }
    return {name: [float(f"{value:.9g}") for value in array.ravel()] for name, array in arrays.items()}
