"""The residual layer, from displacements to sections: control nodes carry what moves together, detail the rest.

    model               once per avatar   nodes, bindings, the list of moving Gaussians        model.py
    nodes               per group         node displacements and rotations                     tracks.py
    detail.position …   per group         what is left, per Gaussian, within the bounds        detail.py

Groups are closed: any of them decodes alone, given ``model``. The encoder computes what is left from what the *decoder*
will have, so canonical quantisation and rounded node motion are inside the bounds too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec import column_kernels, turn_kernels
from ani3d_runtime.codec.bounds import PartBounds
from ani3d_runtime.codec.detail import encode_detail
from ani3d_runtime.codec.error_report import ErrorMeter, ErrorReport, measure_error
from ani3d_runtime.codec.group import COLOUR, POSITION, ROTATION, SCALE, ResidualGroup, decode_group
from ani3d_runtime.codec.model import ResidualModel, decode_model, encode_model, rounded_rest
from ani3d_runtime.codec.node_motion import node_motion
from ani3d_runtime.codec.nodes import WEIGHT_TOTAL, NodeTracks, fit_nodes, motion_features
from ani3d_runtime.codec.prediction import Prediction, fit_prediction
from ani3d_runtime.codec.tracks import decode_tracks, encode_tracks
from ani3d_runtime.codec.walk import merged_walk
from ani3d_runtime.deformation import DeformationModel
from ani3d_runtime.errors import ResidualError
from ani3d_runtime.residual import ResidualLayer

__all__ = [
    "FRAMES_PER_GROUP",
    "ErrorMeter",
    "ErrorReport",
    "ResidualEncoder",
    "ResidualGroup",
    "ResidualModel",
    "decode_group",
    "decode_model",
    "measure_error",
]

FRAMES_PER_GROUP = 30
_GROUPS_AT_ONCE = 2
# Displacements of more than so many times the bound are refused: float32 does not resolve the bound there.
_REACH = 1e6
_GAUSSIANS_PER_NODE = 24
_MAX_NODES = 512
# A Gaussian hangs on nodes only where it moves by several times the bound; nodes are kept only where they help.
_HANGS_FROM = 4.0
_FEWEST_HANGING = 64
_USEFUL_SHARE = 0.5
# Node motion is rounded to this share of the position bound (times what a node's reach makes of a rotation).
_DISPLACEMENT_STEP = 0.5
_ROTATION_STEP_RAD_PER_M = 30.0
# Frames that prediction weights are fitted to; what coding adds to a parent, as shares of the bounds.
_SAMPLED_FRAMES = 40
_PARENT_NOISE = 0.25
_PARENT_TURN_NOISE_SHARE = 0.1
_LARGEST_STRETCH = 0.35
# Where shapes turn and stretch, this share of the shape bound is the stretch's.
_STRETCH_SHARE = 0.4


class ResidualEncoder:
    """Codes the residual layers of one avatar's clips; everything is in storage order."""

    def __init__(
        self,
        source: Avatar,
        decoded: Avatar,
        *,
        bounds: PartBounds | None = None,
        level_sizes: Sequence[int] = (),
        codec_id: str = "rans",
    ) -> None:
        """Prepare for an avatar.

        Args:
            source: before coding.
            decoded: with the splats that :func:`~ani3d_runtime.codec.canonical.decode_canonical` gives.
            bounds: see there.
            level_sizes: of the storage order; what it knows of neighbours makes the model smaller.
            codec_id: entropy codec of the streams.

        Raises:
            ResidualError: ``residual-bound-unreachable`` where canonical quantisation alone breaks the bound.
        """
        self._bounds = bounds or PartBounds.uniform()
        self._source = source
        self._decoded = decoded
        self._level_sizes = tuple(level_sizes) or (source.count,)
        self._codec_id = codec_id
        self._offset_m = source.splats.means_m.astype(np.float64) - decoded.splats.means_m
        self._position_m = self._bounds.positions_of(source.binding.parts)
        self._shape_m = self._bounds.shapes_of(source.binding.parts)
        shares = np.linalg.norm(self._offset_m, axis=1) / self._position_m
        if shares.max(initial=0) > 0.5:
            worst = int(shares.argmax())
            raise ResidualError(
                "residual-bound-unreachable",
                "canonical splats",
                found=f"a position error of {shares[worst] * self._position_m[worst]:.3g} m before any motion",
                expected=f"at most half of the bound of {self._position_m[worst]:.3g} m",
                fix="Encode the canonical splats with a smaller position_error_m.",
            )
        self._clips: tuple[ResidualLayer, ...] = ()
        self._tracks: tuple[NodeTracks, ...] = ()
        self._node_bound_m = min(self._bounds.position_m)
        self._model = ResidualModel.empty(source.count)
        self._section = self._encoded(self._model)

    @property
    def model(self) -> ResidualModel:
        """What decoders get from section ``model``."""
        return self._model

    def fit(self, clips: Sequence[ResidualLayer], progress: Callable[[float], None] | None = None) -> ResidualModel:
        """Choose control nodes for all clips together and keep the clips for :meth:`encode_group`.

        Raises:
            ResidualError: ``residual-wrong-shape``, ``residual-bound-unreachable``.
        """
        tightest = min(self._bounds.position_m)
        for clip in clips:
            farthest = float(max(clip.dpos_m.max(initial=0), -clip.dpos_m.min(initial=0)))
            if farthest > _REACH * tightest:
                raise ResidualError(
                    "residual-bound-unreachable",
                    "residual layer",
                    found=f"displacements of {farthest:.3g} m with a bound of {tightest:.3g} m",
                    expected=f"at most {_REACH * tightest:.3g} m, what float32 resolves",
                    fix="Check that the residual is in metres, or allow a larger error.",
                )
            if clip.gaussian_count != self._source.count:
                raise ResidualError(
                    "residual-wrong-shape",
                    "residual layer",
                    found=f"a residual of {clip.gaussian_count} Gaussians",
                    expected=f"{self._source.count}, those of the avatar",
                    fix="Give the residual that was made for this avatar.",
                )
        self._clips = tuple(clips)
        moving = np.unique(np.concatenate([clip.indices for clip in clips])).astype(np.int32) if clips else None
        if moving is None or len(moving) == 0:
            return self._model
        deformation, self._tracks = self._fit_nodes(moving)
        if progress is not None:
            progress(0.7)
        prediction = self._fit_prediction(deformation, moving)
        self._section = self._encoded(
            replace(self._model, deformation=deformation, moving=moving, prediction=prediction)
        )
        if progress is not None:
            progress(1.0)
        self._model = decode_model({"model": self._section}, self._source.count)
        return self._model

    def encode_model(self) -> dict[str, bytes]:
        """Section ``model``."""
        return {"model": self._section}

    def group_count(self, clip: int) -> int:
        """How many groups a clip has."""
        return -(-self._clips[clip].frame_count // FRAMES_PER_GROUP)

    def encode_group(self, clip: int, group: int) -> dict[str, bytes]:
        """The sections of one group; what they decode to keeps the bounds, as :func:`measure_error` can confirm.

        Raises:
            ResidualError: ``residual-bound-unreachable``.
        """
        layer = self._clips[clip]
        first = group * FRAMES_PER_GROUP
        frames = slice(first, min(first + FRAMES_PER_GROUP, layer.frame_count))
        sections: dict[str, bytes] = {}
        carried_m, carried = self._encode_nodes(clip, frames, sections)
        self._encode_positions(layer, frames, carried_m, sections)
        stretch = self._dense(layer, layer.dlogscale, frames)
        turns = self._dense(layer, layer.drot_rad, frames)
        self._add(ROTATION, *self._rotation_targets(self._model.moving, turns, carried, stretch), sections)
        if stretch is not None:
            self._encode_stretches(stretch, sections)
        self._encode_colours(layer, frames, sections)
        return sections

    def encoded_groups(self, clip: int) -> Iterator[dict[str, bytes]]:
        """:meth:`encode_group` of all groups in order; while kernels of one fill the cores, others are entropy coded.

        Raises:
            ResidualError: ``residual-bound-unreachable``.
        """
        with ThreadPoolExecutor(_GROUPS_AT_ONCE) as threads:
            yield from threads.map(functools.partial(self.encode_group, clip), range(self.group_count(clip)))

    def _fit_nodes(self, moving: Int32Array) -> tuple[DeformationModel, tuple[NodeTracks, ...]]:
        deformation = DeformationModel.empty(self._source.count)
        reach = np.zeros(len(moving), dtype=np.float32)
        for clip in self._clips:
            places = np.searchsorted(moving, clip.indices)
            longest = column_kernels.longest(clip.dpos_m)
            reach[places] = np.maximum(reach[places], longest)
        hanging = moving[reach > _HANGS_FROM * self._position_m[moving]]
        if len(hanging) < _FEWEST_HANGING:
            return deformation, ()
        offset = self._offset_m[hanging].astype(np.float32)
        displacements = [_over(hanging, clip, clip.dpos_m) + offset for clip in self._clips]
        turns = [None if clip.drot_rad is None else _over(hanging, clip, clip.drot_rad) for clip in self._clips]
        parts = self._source.binding.parts[hanging]
        self._node_bound_m = float(self._position_m[hanging].min())
        rest = self._decoded.splats.means_m[hanging]
        fit = fit_nodes(rest, parts, displacements, turns, min(_MAX_NODES, len(hanging) // _GAUSSIANS_PER_NODE))
        weights = (fit.weights / np.float32(WEIGHT_TOTAL)).astype(np.float32)
        node_rest = rounded_rest(fit.rest_m)
        deformation.node_indices[hanging] = fit.indices
        deformation.node_weights[hanging] = weights
        deformation = replace(deformation, node_rest_m=node_rest, node_edges=fit.edges)
        kept = self._useful_parts(deformation, hanging, displacements, fit.tracks)
        if not kept.any():
            return DeformationModel.empty(self._source.count), ()
        deformation.node_weights[hanging[~kept]] = 0
        return deformation, fit.tracks

    def _encoded(self, model: ResidualModel) -> bytes:
        walk = merged_walk(self._decoded, model.moving, self._level_sizes)
        return encode_model(model.deformation, model.moving, model.prediction, walk, codec_id=self._codec_id)

    def _fit_prediction(self, deformation: DeformationModel, moving: Int32Array) -> Prediction:
        """From a sample of frames of all clips, less what the nodes give."""
        stride = max(1, sum(clip.frame_count for clip in self._clips) // _SAMPLED_FRAMES)
        offset = self._offset_m[moving].astype(np.float32)[:, None]
        left: list[Float32Array] = []
        turned: list[Float32Array] = []
        sampled: list[Float32Array] = []
        for number, clip in enumerate(self._clips):
            frames = slice(0, None, stride)
            count = len(range(clip.frame_count)[frames])
            carried_m, carried = node_motion(
                self._decoded.splats.means_m, deformation, moving, *_nodes_in(self._tracks, number, frames, count)
            )
            sampled.append(_over(moving, clip, clip.dpos_m[frames]))
            left.append((sampled[-1].transpose(1, 0, 2) + offset - carried_m).reshape(len(moving), -1))
            turns = None if clip.drot_rad is None else _over(moving, clip, clip.drot_rad[frames])
            targets, _ = self._rotation_targets(moving, turns, carried, None)
            turned.append(targets.reshape(len(moving), -1))
        return fit_prediction(
            motion_features(self._decoded.splats.means_m[moving], self._source.binding.parts[moving], sampled),
            np.concatenate(left, axis=1),
            np.concatenate(turned, axis=1),
            position_noise_m=_PARENT_NOISE * self._position_m[moving],
            rotation_noise_rad=np.full(len(moving), _PARENT_TURN_NOISE_SHARE * self._bounds.turn_rad),
        )

    def _useful_parts(
        self,
        deformation: DeformationModel,
        hanging: Int32Array,
        displacements: Sequence[Float32Array],
        tracks: Sequence[NodeTracks],
    ) -> np.ndarray:
        """[S] whether nodes take away most of the motion of a Gaussian's part."""
        stride = 7
        before = np.zeros(len(hanging))
        after = np.zeros(len(hanging))
        for moved, track in zip(displacements, tracks, strict=True):
            carried_m, _ = node_motion(
                self._decoded.splats.means_m,
                deformation,
                hanging,
                np.ascontiguousarray(track.displacements_m[::stride]),
                np.ascontiguousarray(track.rotations_wxyz[::stride]),
            )
            wanted = moved[::stride].transpose(1, 0, 2)
            before += (wanted**2).sum(axis=(1, 2))
            after += ((wanted - carried_m) ** 2).sum(axis=(1, 2))
        parts = self._source.binding.parts[hanging]
        shares = np.bincount(parts, after) / np.maximum(np.bincount(parts, before), 1e-30)
        return shares[parts] < _USEFUL_SHARE**2

    def _encode_nodes(self, clip: int, frames: slice, sections: dict[str, bytes]) -> tuple[Float32Array, Float32Array]:
        """Add section ``nodes``; where the decoded nodes carry the moving Gaussians, [S, F, 3] and [S, F, 4]."""
        count = frames.stop - frames.start
        displacements = np.zeros((count, 0, 3), dtype=np.float32)
        rotations = np.zeros((count, 0, 4), dtype=np.float32)
        if self._model.deformation.node_count:
            track = self._tracks[clip]
            bound = self._node_bound_m
            sections["nodes"] = encode_tracks(
                NodeTracks(track.displacements_m[frames], track.rotations_wxyz[frames]),
                self._model.node_parents,
                displacement_step_m=_DISPLACEMENT_STEP * bound,
                rotation_step_rad=_ROTATION_STEP_RAD_PER_M * bound,
                codec_id=self._codec_id,
            )
            decoded = decode_tracks(sections["nodes"], self._model.node_parents, count)
            displacements, rotations = decoded.displacements_m, decoded.rotations_wxyz
        return node_motion(
            self._decoded.splats.means_m, self._model.deformation, self._model.moving, displacements, rotations
        )

    def _encode_positions(
        self, layer: ResidualLayer, frames: slice, carried_m: Float32Array, sections: dict[str, bytes]
    ) -> None:
        moving = self._model.moving
        targets = np.empty_like(carried_m)
        columns = column_kernels.columns_of(layer.indices, moving)
        column_kernels.position_targets(layer.dpos_m[frames], columns, self._offset_m[moving], carried_m, targets)
        tolerances = self._position_m[moving].astype(np.float32)
        self._add(POSITION, targets, tolerances, sections)

    def _rotation_targets(
        self, moving: Int32Array, turns: Float32Array | None, carried: Float32Array, stretch: Float32Array | None
    ) -> tuple[Float32Array, Float32Array]:
        """What detail must turn by [S, F, 3], and how far it may be off [S]."""
        scales = self._decoded.splats.scales_m[moving]
        bound = self._shape_m[moving]
        if stretch is not None:
            scales = scales * np.exp(np.maximum(stretch.max(axis=0), 0))
            bound = bound * (1 - _STRETCH_SHARE)
        targets = np.empty((*carried.shape[:2], 3), dtype=np.float32)
        tolerances = np.empty(len(moving), dtype=np.float32)
        turn_kernels.rotation_targets(
            np.zeros((0, len(moving), 3), dtype=np.float32) if turns is None else turns,
            self._source.splats.quats_wxyz[moving],
            self._decoded.splats.quats_wxyz[moving],
            carried,
            scales.astype(np.float32),
            stretch is None,
            bound,
            self._bounds.turn_rad,
            targets,
            tolerances,
        )
        return targets, tolerances

    def _encode_stretches(self, stretch: Float32Array, sections: dict[str, bytes]) -> None:
        largest = self._decoded.splats.scales_m[self._model.moving].max(axis=1)
        largest = largest * np.exp(np.maximum(stretch.max(axis=(0, 2)), 0))
        bound = _STRETCH_SHARE * self._shape_m[self._model.moving]
        tolerances = np.minimum(bound / largest, _LARGEST_STRETCH).astype(np.float32)
        self._add(SCALE, np.ascontiguousarray(stretch.transpose(1, 0, 2)), tolerances, sections)

    def _encode_colours(self, layer: ResidualLayer, frames: slice, sections: dict[str, bytes]) -> None:
        colours = self._dense(layer, layer.dcolour, frames)
        if colours is not None:
            tolerances = np.full(len(self._model.moving), self._bounds.colour, dtype=np.float32)
            self._add(COLOUR, np.ascontiguousarray(colours.transpose(1, 0, 2)), tolerances, sections)

    def _add(self, name: str, targets: Float32Array, tolerances: Float32Array, sections: dict[str, bytes]) -> None:
        prediction = self._model.prediction
        weights = prediction.scaled(name == POSITION)
        section = encode_detail(targets, tolerances, prediction, weights, channel=name, codec_id=self._codec_id)
        if section is not None:
            sections[name] = section

    def _dense(self, layer: ResidualLayer, channel: Float32Array | None, frames: slice) -> Float32Array | None:
        """[F, S, 3] of a channel over all moving Gaussians, or None where the layer has none."""
        return None if channel is None else _over(self._model.moving, layer, channel[frames])


def _nodes_in(tracks: Sequence[NodeTracks], clip: int, frames: slice, count: int) -> tuple[Float32Array, Float32Array]:
    """Displacements and rotations of the nodes in some frames of a clip; of no nodes where there are no tracks."""
    if not tracks:
        return np.zeros((count, 0, 3), dtype=np.float32), np.zeros((count, 0, 4), dtype=np.float32)
    track = tracks[clip]
    return np.ascontiguousarray(track.displacements_m[frames]), np.ascontiguousarray(track.rotations_wxyz[frames])


def _over(members: Int32Array, layer: ResidualLayer, channel: Float32Array) -> Float32Array:
    """[T, S, 3] of a layer's channel over increasing ``members``, zero where the layer does not move them."""
    if np.array_equal(members, layer.indices):
        return np.ascontiguousarray(channel)
    return column_kernels.gathered(channel, column_kernels.columns_of(layer.indices, members))
