"""ClipEncoder: the residual layer of one clip, group by group, against a model that stands."""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.channel import Channel
from ani3d_runtime.codec.encoder.coding import AvatarCoding, channel_over
from ani3d_runtime.codec.encoder.detail_encoder import encode_detail
from ani3d_runtime.codec.primitives import column_kernels
from ani3d_runtime.codec.sections.model import ResidualModel
from ani3d_runtime.codec.sections.node_motion import node_motion
from ani3d_runtime.codec.sections.nodes import NodeTracks, decode_tracks, encode_tracks
from ani3d_runtime.residual import ResidualLayer

# Where the search for the steps of node motion begins, per metre of the position bound, and what it tries.
_DISPLACEMENT_STEP = 0.5
_ROTATION_STEP_RAD_PER_M = 30.0
_FACTORS = (0.5, 2.0)
_MOST_TRIALS_EACH_WAY = 3
_TRIAL_PLACES = (0.25, 0.75)


class ClipEncoder:
    """Codes one clip."""

    def __init__(self, coding: AvatarCoding, layer: ResidualLayer, model: ResidualModel, tracks: NodeTracks) -> None:
        """Prepare for a clip.

        Args:
            coding: what all clips share.
            layer: the clip's residual layer.
            model: as decoders will have it for this clip.
            tracks: how the model's nodes move in the whole clip.
        """
        self._coding = coding
        self._layer = layer
        self._model = model
        self._tracks = tracks
        hanging = model.deformation.node_weights.any(axis=1)
        bound_m = float(coding.position_m[hanging].min(initial=max(coding.bounds.position_m)))
        self._steps = (_DISPLACEMENT_STEP * bound_m, _ROTATION_STEP_RAD_PER_M * bound_m)
        if model.deformation.node_count:
            self._search_steps()

    @property
    def group_count(self) -> int:
        """How many groups the clip has."""
        return -(-self._layer.frame_count // self._coding.frames_per_group)

    def encode_group(self, group: int) -> dict[str, bytes]:
        """The sections of one group; what they decode to keeps the bounds, as ``measure_error`` can confirm.

        Raises:
            ResidualError: ``residual-bound-unreachable``.
        """
        first = group * self._coding.frames_per_group
        frames = slice(first, min(first + self._coding.frames_per_group, self._layer.frame_count))
        sections, _ = self._encode_frames(frames)
        return sections

    def _search_steps(self) -> None:
        """Halve or double the rotation step, then the displacement step, while that lowers bytes times error.

        What coarse node motion saves, detail has to make good, or leaves as noise in every frame of all Gaussians that
        hang on the node. Bytes alone would take steps that the bounds still forgive: at twice the bound a clip takes
        about half the bytes, so a step is worth it where bytes fall by a larger share than the error rises.
        """
        best = self._trial()
        for which in (1, 0):
            for factor in _FACTORS:
                improved = False
                for _ in range(_MOST_TRIALS_EACH_WAY):
                    before = self._steps
                    changed = list(before)
                    changed[which] *= factor
                    self._steps = (changed[0], changed[1])
                    found = self._trial()
                    if found >= best:
                        self._steps = before
                        break
                    best, improved = found, True
                if improved:
                    break

    def _trial(self) -> float:
        """Bytes times rms error of two stretches of the clip, as long as a group: shorter ones flatter coarse nodes."""
        count, length = self._layer.frame_count, self._coding.frames_per_group
        starts = {max(0, int(place * count) - length // 2) for place in _TRIAL_PLACES}
        stretches = (slice(start, min(start + length, count)) for start in sorted(starts))
        size, square_left = 0, 0.0
        for frames in stretches:
            sections, left = self._encode_frames(frames)
            size += sum(map(len, sections.values()))
            square_left += left
        return size * math.sqrt(square_left)

    def _encode_frames(self, frames: slice) -> tuple[dict[str, bytes], float]:
        """Sections, and the sum of squares that positions leave, in shares of their bounds."""
        layer, coding = self._layer, self._coding
        sections: dict[str, bytes] = {}
        carried_m, carried = self._encode_nodes(frames, sections)
        square_left = self._encode_positions(frames, carried_m, sections)
        del carried_m
        stretch = self._dense(layer.dlogscale, frames)
        turns = self._dense(layer.drot_rad, frames)
        self._add(Channel.ROTATION, *coding.rotation_targets(self._model.moving, turns, carried, stretch), sections)
        if stretch is not None:
            self._encode_stretches(stretch, sections)
        self._encode_colours(frames, sections)
        return sections, square_left

    def _encode_nodes(self, frames: slice, sections: dict[str, bytes]) -> tuple[Float32Array, Float32Array]:
        """Add section ``nodes``; where the decoded nodes carry the moving Gaussians, [S, F, 3] and [S, F, 4]."""
        displacements, rotations = self._tracks.displacements_m[frames], self._tracks.rotations_wxyz[frames]
        if self._model.deformation.node_count:
            sections["nodes"] = encode_tracks(
                NodeTracks(displacements, rotations),
                self._model.node_parents,
                displacement_step_m=self._steps[0],
                rotation_step_rad=self._steps[1],
                codec_id=self._coding.codec_id,
            )
            decoded = decode_tracks(sections["nodes"], self._model.node_parents, frames.stop - frames.start)
            displacements, rotations = decoded.displacements_m, decoded.rotations_wxyz
        means = self._coding.decoded.splats.means_m
        return node_motion(means, self._model.deformation, self._model.moving, displacements, rotations)

    def _encode_positions(self, frames: slice, carried_m: Float32Array, sections: dict[str, bytes]) -> float:
        moving, coding = self._model.moving, self._coding
        targets = np.empty_like(carried_m)
        columns = column_kernels.columns_of(self._layer.indices, moving)
        offset = coding.offset_m[moving]
        displacements = self._layer.dpos_m[frames]
        column_kernels.position_targets(len(moving), displacements, columns, offset, carried_m, targets)
        return self._add(Channel.POSITION, targets, coding.position_m[moving].astype(np.float32), sections)

    def _encode_stretches(self, stretch: Float32Array, sections: dict[str, bytes]) -> None:
        tolerances = self._coding.stretch_tolerances(self._model.moving, stretch)
        self._add(Channel.LOG_SCALE, np.ascontiguousarray(stretch.transpose(1, 0, 2)), tolerances, sections)

    def _encode_colours(self, frames: slice, sections: dict[str, bytes]) -> None:
        colours = self._dense(self._layer.dcolour, frames)
        if colours is not None:
            tolerances = np.full(len(self._model.moving), self._coding.bounds.colour, dtype=np.float32)
            self._add(Channel.COLOUR, np.ascontiguousarray(colours.transpose(1, 0, 2)), tolerances, sections)

    def _add(
        self, channel: Channel, targets: Float32Array, tolerances: Float32Array, sections: dict[str, bytes]
    ) -> float:
        """Add a channel's section; the sum of the squares that it leaves."""
        prediction = self._model.prediction
        weights = prediction.scaled(channel)
        coded = encode_detail(targets, tolerances, prediction, weights, channel=channel, codec_id=self._coding.codec_id)
        if coded.section is not None:
            sections[channel.section] = coded.section
        return coded.square_left

    def _dense(self, channel: Float32Array | None, frames: slice) -> Float32Array | None:
        """[F, S, 3] of a channel over all moving Gaussians, or None where the layer has none."""
        return None if channel is None else channel_over(self._model.moving, self._layer, channel[frames])
