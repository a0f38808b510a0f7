"""Sections ``appearance.k``: how the Gaussians of a level of detail look while they stand for those that are left out.

Positions, scales and colours are told as changes of what ``splats.k`` holds, opacities as they are.
spec/SPEC.md, chapter "appearance.k", holds the layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.codec.primitives.cursor import Cursor, corrupt, integers_allowed, packed_floats
from ani3d_runtime.codec.sections.level_tables import decode_table, encode_table
from ani3d_runtime.errors import BrokenPackageError
from ani3d_runtime.spec.format import (
    APPEARANCE_LAYOUT,
    APPEARANCE_MAX_LOG_SCALE,
    APPEARANCE_MAX_STEPS,
    APPEARANCE_OPACITY_UNITS,
    APPEARANCE_STEP_BELOW,
    SPLATS_LEVEL_GROWTH_POWER,
)
from ani3d_runtime.splats import SplatCloud

_INTEGERS_PER_GAUSSIAN = 10
_CODE = "appearance-invalid"


@dataclass(frozen=True)
class LevelAppearance:
    """How the first n Gaussians look at a level of detail.

    Attributes:
        displacements_m: [n, 3] added to their means, in rest-pose space.
        log_scale_changes: [n, 3] added to the natural logarithms of their scales.
        opacities: [n] in place of their own, 0..1.
        colour_changes: [n, 3] added to their degree-0 harmonics.
    """

    displacements_m: Float32Array
    log_scale_changes: Float32Array
    opacities: Float32Array
    colour_changes: Float32Array

    @classmethod
    def unfitted(cls, opacities: Float32Array, whole_count: int) -> LevelAppearance:
        """The look where no section tells of one: scales grow as much as is missing of ``whole_count`` Gaussians."""
        count = len(opacities)
        growth = SPLATS_LEVEL_GROWTH_POWER * np.log(whole_count / count)
        nothing = np.zeros((count, 3), dtype=np.float32)
        return cls(nothing, np.full((count, 3), growth, dtype=np.float32), opacities, nothing)

    @property
    def count(self) -> int:
        """n, the Gaussians of the level."""
        return len(self.opacities)

    def worn_by(self, splats: SplatCloud) -> SplatCloud:
        """The Gaussians of the level as they are drawn; ``splats`` are the same as they are stored."""
        sh = splats.sh.copy()
        sh[:, 0] = splats.sh[:, 0].astype(np.float64) + self.colour_changes
        return replace(
            splats,
            means_m=(splats.means_m.astype(np.float64) + self.displacements_m).astype(np.float32),
            scales_m=(splats.scales_m * np.exp(self.log_scale_changes.astype(np.float64))).astype(np.float32),
            opacities=self.opacities,
            sh=sh,
        )

    def towards(self, finer: LevelAppearance, share: float) -> LevelAppearance:
        """The look on the way to the next finer level, of that level's Gaussians.

        Args:
            finer: of the next level; its first Gaussians are ours.
            share: b, from 0, where only our Gaussians are seen, to 1, the finer level.
        """

        def mixed(ours: Float32Array, theirs: Float32Array) -> Float32Array:
            line = (1 - share) * ours.astype(np.float64) + share * theirs[: self.count]
            return np.concatenate([line, theirs[self.count :]]).astype(np.float32)

        opacities = mixed(self.opacities, finer.opacities)
        opacities[self.count :] *= np.float32(share)
        return LevelAppearance(
            mixed(self.displacements_m, finer.displacements_m),
            mixed(self.log_scale_changes, finer.log_scale_changes),
            opacities,
            mixed(self.colour_changes, finer.colour_changes),
        )


@dataclass(frozen=True)
class AppearanceSteps:
    """What one step of a look is worth.

    Attributes:
        position_m: of a displacement, metres.
        log_scale: of the natural logarithm of a scale.
        colour: of degree-0 harmonics.
    """

    position_m: float
    log_scale: float
    colour: float


def encode_appearance(look: LevelAppearance, steps: AppearanceSteps, *, codec_id: str = "rans") -> bytes:
    """Section ``appearance.k``."""
    packed = np.array([steps.position_m, steps.log_scale, steps.colour], dtype=np.float32)
    position_step, log_scale_step, colour_step = packed.astype(np.float64).tolist()
    red, green, blue = _whole(look.colour_changes, colour_step, APPEARANCE_MAX_STEPS)
    largest_change = int(APPEARANCE_MAX_LOG_SCALE / log_scale_step)
    opacities = np.rint(np.clip(look.opacities, 0, 1) * np.float64(APPEARANCE_OPACITY_UNITS)).astype(np.int64)
    tables: Sequence[np.ndarray] = (
        _whole(look.displacements_m, position_step, APPEARANCE_MAX_STEPS),
        _whole(look.log_scale_changes, log_scale_step, largest_change),
        opacities[None],
        np.stack([green, red - green, blue - green]),
    )
    section = bytes([APPEARANCE_LAYOUT]) + packed_floats(packed) + b"".join(encode_table(t, codec_id) for t in tables)
    fits = _INTEGERS_PER_GAUSSIAN * look.count <= integers_allowed(len(section))
    return section if fits or codec_id == "raw" else encode_appearance(look, steps, codec_id="raw")


def decode_appearance(
    section: bytes | memoryview, name: str, count: int, *, stored_bytes: int | None = None
) -> LevelAppearance:
    """Read a section ``appearance.k``.

    Args:
        section: its bytes.
        name: its name, for errors.
        count: Gaussians of the level.
        stored_bytes: length in the file, where an entropy codec is around the whole section.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt`` or ``appearance-invalid``.
    """
    cursor = Cursor(section, name, stored_bytes)
    cursor.expect_version(APPEARANCE_LAYOUT)
    cursor.expect_integers(_INTEGERS_PER_GAUSSIAN * count)
    steps = cursor.floats(3).astype(np.float64)
    if (steps <= 0).any() or (steps >= APPEARANCE_STEP_BELOW).any():
        raise _invalid(name, f"steps {steps}", f"above 0, below {APPEARANCE_STEP_BELOW}")
    position_step, log_scale_step, colour_step = steps.tolist()
    displacements = _table(cursor, 3, count, APPEARANCE_MAX_STEPS)
    log_scales = decode_table(cursor, 3, count, _CODE) * log_scale_step
    if np.abs(log_scales).max() > APPEARANCE_MAX_LOG_SCALE:
        raise _invalid(name, "a scale that changes beyond all measure", f"at most {APPEARANCE_MAX_LOG_SCALE} in size")
    opacities = decode_table(cursor, 1, count, _CODE)[0]
    if opacities.min() < 0 or opacities.max() > APPEARANCE_OPACITY_UNITS:
        raise _invalid(name, "an opacity out of range", f"0..{APPEARANCE_OPACITY_UNITS}")
    green, red, blue = _table(cursor, 3, count, APPEARANCE_MAX_STEPS)
    cursor.expect_end()
    colours = np.stack([green + red, green, green + blue]) * colour_step
    return LevelAppearance(
        _columns(displacements * position_step),
        _columns(log_scales),
        (opacities / np.float64(APPEARANCE_OPACITY_UNITS)).astype(np.float32),
        _columns(colours),
    )


def _whole(values: Float32Array, step: float, most: int) -> np.ndarray:
    """[3, n] int64 steps, cut where a reader would refuse them."""
    return np.clip(np.rint(values.T.astype(np.float64) / step), -most, most).astype(np.int64)


def _table(cursor: Cursor, rows: int, count: int, most: int) -> np.ndarray:
    table = decode_table(cursor, rows, count, _CODE)
    if np.abs(table).max() > most:
        raise _invalid(cursor.section, "a displacement or colour out of range", f"at most {most} steps in size")
    return table


def _columns(rows: Float64Array) -> Float32Array:
    return np.ascontiguousarray(rows.T.astype(np.float32))


def _invalid(name: str, found: str, expected: str) -> BrokenPackageError:
    return corrupt("appearance-invalid", name, found=found, expected=expected)
