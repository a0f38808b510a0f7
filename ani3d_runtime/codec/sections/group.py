"""One group of frames of the residual layer, decoded to whole numbers out of which any frame is worked out by itself.

A group in memory is little larger than in the file, a seek costs the entropy stage and one frame, and playing on costs
no more than working out all frames at once would.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.channel import Channel
from ani3d_runtime.codec.primitives.cursor import corrupt
from ani3d_runtime.codec.sections.detail import DetailTracks, decode_detail
from ani3d_runtime.codec.sections.model import ResidualModel
from ani3d_runtime.codec.sections.nodes import NodeSpectra, decode_spectra
from ani3d_runtime.deformation import Detail

_DECODING_THREADS = 2


@dataclass(frozen=True)
class ResidualGroup:
    """F frames, decoded.

    Attributes:
        first_frame: of the group, in the clip.
        frame_count: F.
        indices: [A] int32 increasing, the Gaussians with detail in this group.
    """

    first_frame: int
    frame_count: int
    indices: Int32Array
    _nodes: NodeSpectra
    _members: Int32Array
    _channels: tuple[DetailTracks | None, ...]

    @classmethod
    def still(cls, first_frame: int, frame_count: int, node_count: int) -> ResidualGroup:
        """Nodes at rest and no detail: what the rigid layer is as a residual."""
        none = np.zeros(0, dtype=np.int32)
        nodes = NodeSpectra.still(frame_count, node_count)
        return cls(first_frame, frame_count, none, nodes, none, (None,) * len(Channel))

    def nodes(self, frame: int) -> tuple[Float32Array, Float32Array]:
        """([M, 3] displacements in metres, [M, 4] unit rotations wxyz) in frame ``first_frame + frame``."""
        return self._nodes.frame(frame)

    def detail(self, frame: int) -> Detail | None:
        """The detail of frame ``first_frame + frame``, or None where the group has none.

        Raises:
            BrokenPackageError: ``detail-invalid`` where values pass what float32 holds.
        """
        if len(self.indices) == 0:
            return None
        values = (None if c is None else c.frame(frame, self._members) for c in self._channels)
        return Detail(self.indices, *values)

    @property
    def node_displacements_m(self) -> Float32Array:
        """[F, M, 3] u_n, worked out now."""
        return self._nodes.tracks().displacements_m

    @property
    def node_rotations_wxyz(self) -> Float32Array:
        """[F, M, 4] q_n, unit, worked out now."""
        return self._nodes.tracks().rotations_wxyz

    @property
    def dpos_m(self) -> Float32Array | None:
        """[F, A, 3] of all frames, worked out now, or None where the channel is all zero."""
        return self._all_frames(Channel.POSITION)

    @property
    def drot_rad(self) -> Float32Array | None:
        """[F, A, 3], as :attr:`dpos_m`."""
        return self._all_frames(Channel.ROTATION)

    @property
    def dlogscale(self) -> Float32Array | None:
        """[F, A, 3], as :attr:`dpos_m`."""
        return self._all_frames(Channel.LOG_SCALE)

    @property
    def dcolour(self) -> Float32Array | None:
        """[F, A, 3], as :attr:`dpos_m`."""
        return self._all_frames(Channel.COLOUR)

    def _all_frames(self, channel: Channel) -> Float32Array | None:
        tracks = self._channels[channel.number]
        if tracks is None:
            return None
        return np.stack([tracks.frame(frame, self._members) for frame in range(self.frame_count)])


def decode_group(
    sections: Mapping[str, bytes | memoryview],
    model: ResidualModel,
    *,
    first_frame: int,
    frame_count: int,
    gaussian_count: int | None = None,
    stored_bytes: Mapping[str, int] | None = None,
) -> ResidualGroup:
    """Read the sections of one group; those that are absent hold nothing.

    Args:
        sections: by name.
        model: decoded section ``model``.
        first_frame, frame_count: of the group in its clip.
        gaussian_count: of the level of detail that is wanted; detail of further Gaussians is not worked out.
        stored_bytes: lengths in the file, by name, of sections that have an entropy codec around them.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt``, ``nodes-invalid`` or ``detail-invalid``.
    """
    node_count = model.deformation.node_count
    lengths = stored_bytes or {}
    if node_count and "nodes" not in sections:
        raise corrupt("section-missing", "nodes", found="no such section", expected=f"the motion of {node_count} nodes")
    # Levels of detail are prefixes of the Gaussians, and so of the tracks but for those that only this clip has.
    is_wanted = model.moving < (np.inf if gaussian_count is None else gaussian_count)
    tracks = int(is_wanted.nonzero()[0].max(initial=-1)) + 1

    def nodes() -> NodeSpectra:
        if not node_count:
            return NodeSpectra.still(frame_count, 0)
        return decode_spectra(sections["nodes"], model.node_parents, frame_count, stored_bytes=lengths.get("nodes"))

    def tracks_of(channel: Channel) -> DetailTracks | None:
        if channel.section not in sections:
            return None
        return decode_detail(
            sections[channel.section],
            channel,
            frame_count,
            model.prediction,
            wanted_tracks=tracks,
            stored_bytes=lengths.get(channel.section),
        )

    # The entropy stage runs without the GIL, so two sections decode in the time of one.
    with ThreadPoolExecutor(_DECODING_THREADS) as threads:
        futures = [threads.submit(tracks_of, channel) for channel in Channel]
        spectra = nodes()
        channels = tuple(future.result() for future in futures)
    told = np.zeros(tracks, dtype=bool)
    for channel in channels:
        if channel is not None:
            told |= channel.told
    members = np.flatnonzero(told & is_wanted[:tracks]).astype(np.int32)
    members = members[np.argsort(model.moving[members], kind="stable")]
    return ResidualGroup(first_frame, frame_count, model.moving[members], spectra, members, channels)
