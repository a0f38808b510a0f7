"""ErrorReport: the decoded residual layer against its source, over all Gaussians and frames."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.codec.encoder import turn_kernels
from ani3d_runtime.codec.primitives.column_kernels import columns_of
from ani3d_runtime.codec.sections.group import ResidualGroup
from ani3d_runtime.codec.sections.model import ResidualModel
from ani3d_runtime.codec.sections.node_motion import node_motion
from ani3d_runtime.residual import ResidualLayer

# Errors are counted in bins 0.2 % wide from 1 nm to 10 km, so that long clips need no more memory.
_BINS_PER_E_FOLD = 500
_SMALLEST_M = 1e-9
_BIN_COUNT = 15000


@dataclass(frozen=True)
class ErrorReport:
    """Decoded against source.

    Attributes:
        rms_m, p99_9_m, max_m: distance of positions in rest-pose space, canonical quantisation included.
        rotation_rms_rad, rotation_max_rad: tilt that changes a shape as much as the decoded shape is off; a spin that
            leaves a round Gaussian as it was does not count.
        shape_max_m: largest change of shape, Frobenius norm of the difference of sqrt(covariance) over sqrt 2.
        colour_max: largest distance of degree-0 harmonics, canonical quantisation excluded.
        part_max_m, part_shape_max_m: ``max_m`` and ``shape_max_m`` of each part, in the order of its numbers.
    """

    rms_m: float
    p99_9_m: float
    max_m: float
    rotation_rms_rad: float
    rotation_max_rad: float
    shape_max_m: float
    colour_max: float
    part_max_m: tuple[float, ...] = (0.0,) * len(Part)
    part_shape_max_m: tuple[float, ...] = (0.0,) * len(Part)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON: parts by name; in a package, by number."""
        by_part = {key: getattr(self, key) for key in ("part_max_m", "part_shape_max_m")}
        return asdict(self) | {
            key: {part.name.lower(): values[part] for part in Part} for key, values in by_part.items()
        }


class ErrorMeter:
    """Adds up errors group by group."""

    def __init__(
        self, source: Avatar, residual: ResidualLayer | None, decoded: Avatar, model: ResidualModel, frame_count: int
    ) -> None:
        self._source = source
        self._residual = residual
        self._decoded = decoded
        self._model = model
        self._counts = np.zeros(_BIN_COUNT, dtype=np.int64)
        self._square_m2 = 0.0
        self._total = 0
        self._part_max_m = np.zeros(len(Part))
        self._part_shape_max_m = np.zeros(len(Part))
        self._turn_square = 0.0
        self._turn_max = 0.0
        self._colour_max = 0.0
        rest = np.linalg.norm(
            decoded.splats.means_m.astype(np.float64) - source.splats.means_m.astype(np.float64), axis=1
        )
        still = np.ones(source.count, dtype=bool)
        still[model.moving] = False
        self._parts = source.binding.parts[model.moving]
        self._add(rest[still], frame_count)
        np.maximum.at(self._part_max_m, source.binding.parts[still], rest[still])
        self._rows = columns_of(np.zeros(0, dtype=np.int32) if residual is None else residual.indices, model.moving)

    def add(self, group: ResidualGroup) -> None:
        """Add one decoded group to the sums."""
        moving = self._model.moving
        if len(moving) == 0:
            return
        carried_m, carried = node_motion(
            self._decoded.splats.means_m,
            self._model.deformation,
            moving,
            group.node_displacements_m,
            group.node_rotations_wxyz,
        )
        rows = columns_of(group.indices, moving)
        offset = self._decoded.splats.means_m[moving].astype(np.float64) - self._source.splats.means_m[moving]
        errors = np.empty(carried_m.shape[:2])
        start, wanted = carried_m + offset[:, None], self._wanted(group, "dpos_m")
        turn_kernels.vector_errors(len(moving), wanted, self._rows, _held(group.dpos_m), rows, start, errors)
        self._add(errors.ravel(), 1)
        np.maximum.at(self._part_max_m, self._parts, errors.max(axis=1))
        self._add_shapes(group, rows, carried)
        wanted_colour, colour = self._wanted(group, "dcolour"), _held(group.dcolour)
        if len(wanted_colour) or len(colour):
            start = np.zeros_like(carried_m)
            turn_kernels.vector_errors(len(moving), wanted_colour, self._rows, colour, rows, start, errors)
            self._colour_max = max(self._colour_max, float(errors.max()))

    def report(self) -> ErrorReport:
        """Everything added so far."""
        below = np.cumsum(self._counts)
        index = int(np.searchsorted(below, 0.999 * self._total))
        p99_9 = _SMALLEST_M * math.exp((index + 1) / _BINS_PER_E_FOLD) if self._total else 0.0
        total = max(self._total, 1)
        return ErrorReport(
            rms_m=math.sqrt(self._square_m2 / total),
            p99_9_m=min(p99_9, float(self._part_max_m.max())),
            max_m=float(self._part_max_m.max()),
            rotation_rms_rad=math.sqrt(self._turn_square / total),
            rotation_max_rad=self._turn_max,
            shape_max_m=float(self._part_shape_max_m.max()),
            colour_max=self._colour_max,
            part_max_m=tuple(self._part_max_m.tolist()),
            part_shape_max_m=tuple(self._part_shape_max_m.tolist()),
        )

    def _add(self, errors_m: Float64Array, times: int) -> None:
        if len(errors_m) == 0:
            return
        bins = np.floor(_BINS_PER_E_FOLD * np.log(np.maximum(errors_m, _SMALLEST_M) / _SMALLEST_M)).astype(np.int64)
        self._counts += times * np.bincount(np.minimum(bins, _BIN_COUNT - 1), minlength=_BIN_COUNT)
        self._square_m2 += times * float((errors_m * errors_m).sum())
        self._total += times * len(errors_m)

    def _add_shapes(self, group: ResidualGroup, rows: Int32Array, carried: Float32Array) -> None:
        moving = self._model.moving
        scales = self._decoded.splats.scales_m[moving]
        errors = np.empty(carried.shape[:2])
        turn_kernels.shape_errors(
            len(moving),
            self._wanted(group, "drot_rad"),
            self._wanted(group, "dlogscale"),
            self._rows,
            _held(group.drot_rad),
            _held(group.dlogscale),
            rows,
            self._source.splats.quats_wxyz[moving],
            self._decoded.splats.quats_wxyz[moving],
            carried,
            scales,
            errors,
        )
        reach = np.maximum(scales.max(axis=1) - scales.min(axis=1), 1e-9)[:, None]
        turns = np.minimum(errors / reach, math.pi)
        # Where a Gaussian is all but round, a tilt says nothing.
        turns[(reach < 0.05 * scales.max(axis=1)[:, None])[:, 0]] = 0
        self._turn_square += float((turns * turns).sum())
        self._turn_max = max(self._turn_max, float(turns.max()))
        np.maximum.at(self._part_shape_max_m, self._parts, errors.max(axis=1))

    def _wanted(self, group: ResidualGroup, channel: str) -> Float32Array:
        """[F, n, 3] of the source over its own indices; of length 0 where it has none."""
        held: Float32Array | None = None if self._residual is None else getattr(self._residual, channel)
        return _held(None if held is None else held[group.first_frame : group.first_frame + group.frame_count])


def _held(channel: Float32Array | None) -> Float32Array:
    """A channel, or one of length 0 where there is none."""
    return np.zeros((0, 0, 3), dtype=np.float32) if channel is None else np.ascontiguousarray(channel, dtype=np.float32)


def measure_error(
    source: Avatar,
    residual: ResidualLayer | None,
    decoded: Avatar,
    model: ResidualModel,
    groups: Iterable[ResidualGroup],
    *,
    frame_count: int | None = None,
) -> ErrorReport:
    """Compare a clip's decoded groups with its residual layer.

    Args:
        source: the avatar before coding, in storage order.
        residual: of the clip, in storage order; None for none.
        decoded: the avatar with decoded splats.
        model: decoded section ``model``.
        groups: all decoded groups of the clip.
        frame_count: how many frames the groups hold; those of ``residual`` by default.
    """
    if frame_count is None:
        frame_count = 1 if residual is None else residual.frame_count
    meter = ErrorMeter(source, residual, decoded, model, frame_count)
    for group in groups:
        meter.add(group)
    return meter.report()
