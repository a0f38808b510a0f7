"""Canonical splats and their binding, one self-contained section per level of detail.

Layout 1 rounds (rounded_level.py): what is lost says :class:`CanonicalSteps`, and 1/510 of opacity besides. Layout 2
loses nothing of the splats (exact_level.py). Weights are multiples of 1/4095 in both.
spec/SPEC.md, chapter "splats.k", holds the layout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ani3d_runtime.avatar import Avatar, Binding
from ani3d_runtime.codec.primitives.cursor import corrupt, integers_allowed
from ani3d_runtime.codec.sections.canonical_steps import EXACT, CanonicalSteps
from ani3d_runtime.codec.sections.exact_level import decode_exact, encode_exact
from ani3d_runtime.codec.sections.rounded_level import decode_rounded, encode_rounded, steps_of_rounded
from ani3d_runtime.spec.format import PACKAGE_INTEGERS_PER_GAUSSIAN, SPLATS_EXACT_LAYOUT
from ani3d_runtime.splats import SplatCloud

__all__ = ["EXACT", "CanonicalSteps", "decode_canonical", "encode_canonical", "splats_fit", "stored_steps"]


def encode_canonical(
    stored: Avatar,
    level_sizes: Sequence[int],
    *,
    steps: CanonicalSteps | None = None,
    codec_id: str = "rans",
) -> dict[str, bytes]:
    """Sections ``splats.0``, ``splats.1``, … of an avatar in storage order, one per level.

    Args:
        stored: the avatar, already in storage order.
        level_sizes: of :class:`~ani3d_runtime.codec.sections.order.StorageOrder`.
        steps: how finely; the defaults of :class:`CanonicalSteps` where not given.
        codec_id: entropy codec of the streams.
    """
    ends = np.cumsum(level_sizes)
    sections: dict[str, bytes] = {}
    for level, (size, end) in enumerate(zip(level_sizes, ends, strict=True)):
        members = np.arange(end - size, end, dtype=np.int32)
        sections[f"splats.{level}"] = _encoded(stored.take(members), steps or CanonicalSteps(), codec_id)
    fits = splats_fit(stored.count, stored.splats.sh_degree, sum(map(len, sections.values())))
    return sections if fits or codec_id == "raw" else encode_canonical(stored, level_sizes, steps=steps, codec_id="raw")


def splats_fit(gaussian_count: int, sh_degree: int, stored_bytes: int) -> bool:
    """True if so many bytes of all sections ``splats.k`` together may hold so many Gaussians."""
    integers = gaussian_count * (PACKAGE_INTEGERS_PER_GAUSSIAN + 3 * (sh_degree + 1) ** 2)
    return integers <= integers_allowed(stored_bytes)


def decode_canonical(
    sections: Mapping[str, bytes | memoryview],
    level_sizes: Sequence[int],
    *,
    joint_count: int,
    levels: int | None = None,
) -> tuple[SplatCloud, Binding]:
    """The Gaussians of the first ``levels`` levels (all by default); only their sections are needed.

    Raises:
        BrokenPackageError: ``section-missing``, ``section-*``, ``entropy-corrupt`` or ``splats-invalid``.
    """
    wanted = len(level_sizes) if levels is None else min(levels, len(level_sizes))
    parts: list[tuple[SplatCloud, Binding]] = []
    for level, size in enumerate(level_sizes[:wanted]):
        name = f"splats.{level}"
        if name not in sections:
            raise corrupt("section-missing", name, found="no such section", expected=f"one per level, {wanted} in all")
        decode = decode_exact if _is_exact(sections[name]) else decode_rounded
        parts.append(decode(sections[name], name, size, joint_count))
    degrees = {cloud.sh.shape[1] for cloud, _ in parts}
    if len(degrees) != 1:
        raise corrupt(
            "splats-invalid", "splats.0", found="levels of different degrees", expected="one degree of harmonics"
        )
    cloud = SplatCloud(
        np.concatenate([c.means_m for c, _ in parts]),
        np.concatenate([c.quats_wxyz for c, _ in parts]),
        np.concatenate([c.scales_m for c, _ in parts]),
        np.concatenate([c.opacities for c, _ in parts]),
        np.concatenate([c.sh for c, _ in parts]),
    )
    binding = Binding(
        np.concatenate([b.joints for _, b in parts]),
        np.concatenate([b.weights for _, b in parts]),
        np.concatenate([b.parts for _, b in parts]),
    )
    return cloud, binding


def _encoded(level: Avatar, steps: CanonicalSteps, codec_id: str) -> bytes:
    return encode_exact(level, codec_id) if steps.is_exact else encode_rounded(level, steps, codec_id)


def stored_steps(section: bytes | memoryview) -> CanonicalSteps:
    """The steps that a section ``splats.k`` was coded with.

    Raises:
        BrokenPackageError: ``section-*``.
    """
    return EXACT if _is_exact(section) else steps_of_rounded(section)


def _is_exact(section: bytes | memoryview) -> bool:
    return section[:1] == bytes([SPLATS_EXACT_LAYOUT])
