"""One decoded group of frames of the residual layer."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.codec.cursor import corrupt
from ani3d_runtime.codec.detail import ALL_FRAMES, DecodedDetail, decode_detail
from ani3d_runtime.codec.model import ResidualModel
from ani3d_runtime.codec.tracks import decode_tracks
from ani3d_runtime.deformation import Detail

POSITION, ROTATION, SCALE, COLOUR = "detail.position", "detail.rotation", "detail.scale", "detail.colour"
DETAIL_SECTIONS = (POSITION, ROTATION, SCALE, COLOUR)
_DECODING_THREADS = 2


@dataclass(frozen=True)
class ResidualGroup:
    """F frames, decoded.

    Attributes:
        first_frame: of the group, in the clip.
        node_displacements_m: [F, M, 3] u_n.
        node_rotations_wxyz: [F, M, 4] q_n, unit.
        coefficients: [F, K] a_k.
        indices: [A] int32 increasing, the Gaussians with detail in this group.
        dpos_m, drot_rad, dlogscale, dcolour: [F, A, 3] float32, or None where the channel is all zero.
    """

    first_frame: int
    node_displacements_m: Float32Array
    node_rotations_wxyz: Float32Array
    coefficients: Float32Array
    indices: Int32Array
    dpos_m: Float32Array | None
    drot_rad: Float32Array | None
    dlogscale: Float32Array | None
    dcolour: Float32Array | None

    @property
    def frame_count(self) -> int:
        """F, the number of frames."""
        return len(self.node_displacements_m)

    def detail(self, frame: int) -> Detail | None:
        """The detail of frame ``first_frame + frame``, or None where the group has none."""
        if len(self.indices) == 0:
            return None

        def pick(channel: Float32Array | None) -> Float32Array | None:
            return None if channel is None else channel[frame]

        return Detail(self.indices, pick(self.dpos_m), pick(self.drot_rad), pick(self.dlogscale), pick(self.dcolour))


def decode_group(
    sections: Mapping[str, bytes | memoryview],
    model: ResidualModel,
    *,
    first_frame: int,
    frame_count: int,
    wanted: slice = ALL_FRAMES,
    gaussian_count: int | None = None,
) -> ResidualGroup:
    """Read the sections of one group; those that are absent hold nothing.

    Args:
        sections: by name.
        model: decoded section ``model``.
        first_frame, frame_count: of the group in its clip.
        wanted: which of the group's frames are to come back; the result then begins with the first of them.
        gaussian_count: of the level of detail that is wanted; detail of further Gaussians is not worked out.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt``, ``nodes-invalid`` or ``detail-invalid``.
    """
    nodes = model.deformation.node_count
    displacements = np.zeros((frame_count, 0, 3), dtype=np.float32)
    rotations = np.zeros((frame_count, 0, 4), dtype=np.float32)
    if nodes:
        if "nodes" not in sections:
            raise corrupt("section-missing", "nodes", found="no such section", expected=f"the motion of {nodes} nodes")
        tracks = decode_tracks(sections["nodes"], model.node_parents, frame_count)
        displacements, rotations = tracks.displacements_m, tracks.rotations_wxyz
    displacements, rotations = displacements[wanted], rotations[wanted]
    prediction = model.prediction
    tracks = len(model.moving)
    if gaussian_count is not None:
        tracks = int(np.searchsorted(model.moving, gaussian_count))

    def channel_of(name: str) -> DecodedDetail | None:
        if name not in sections:
            return None
        return decode_detail(
            sections[name], name, frame_count, prediction, prediction.scaled(name == POSITION), wanted, tracks
        )

    # The entropy stage runs without the GIL, so two channels decode in the time of one.
    with ThreadPoolExecutor(_DECODING_THREADS) as threads:
        channels = list(threads.map(channel_of, DETAIL_SECTIONS))
    told = np.zeros(tracks, dtype=bool)
    for channel in channels:
        if channel is not None:
            told |= channel.told
    members = np.flatnonzero(told).astype(np.int32)
    return ResidualGroup(
        first_frame + range(frame_count)[wanted].start,
        displacements,
        rotations,
        np.zeros((len(displacements), 0), dtype=np.float32),
        model.moving[members],
        *(None if c is None else c.of(members, name) for name, c in zip(DETAIL_SECTIONS, channels, strict=True)),
    )
