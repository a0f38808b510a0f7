"""How ``Deform`` mixes detail: between frames, between clips, under masks; and how it goes between levels of detail."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shaders.checks.compilers import DXC, GLSLANG
from shaders.checks.packing.splats import packed_looks
from shaders.checks.packing.transforms import packed_joints
from shaders.checks.places import ROOT
from shaders.checks.toolchain import Toolchain
from tests.golden.blend_reference import smooth
from tests.golden.reference import exponential, rotation_matrix

if TYPE_CHECKING:
    from shaders.checks.deforming import Deforming
    from shaders.checks.gpu.device import Device
    from shaders.checks.posed_layout import Posed

VECTORS = ROOT / "spec" / "vectors"
CHANNELS = ("detail_position_m", "detail_rotation_rad", "detail_logscale", "detail_colour")
STILL = np.eye(4)[None]
# Unequal, so that a covariance tells of every turn.
SCALES = np.array([0.03, 0.02, 0.01])


@pytest.fixture(scope="module", params=[GLSLANG, DXC])
def deforming(request: pytest.FixtureRequest, gpu: Device, tools: Toolchain) -> Deforming:
    from shaders.checks.deforming import Deforming

    return Deforming(gpu, tools, request.param)


def vectors(kind: str, field: str) -> list[Path]:
    paths = sorted((VECTORS / kind).glob("*.json"))
    return [path for path in paths if field in json.loads(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("path", vectors("playback", "clip"), ids=lambda path: path.stem)
def test_between_frames(deforming: Deforming, path: Path) -> None:
    vector = json.loads(path.read_text(encoding="utf-8"))
    count = 1 + max((i for frame in vector["clip"]["frames"] for i in frame["detail_indices"]), default=0)
    for shown, expected in zip(vector["shown"], vector["expected"]["frames"], strict=True):
        slots, share = slots_at(vector["clip"], shown["time_s"], count)
        shares = np.array([share, 0, 0, 0], np.float32)
        near(posed_of(deforming, slots, _FrameShares=shares), expected, count)


@pytest.mark.parametrize("path", vectors("blend", "plays"), ids=lambda path: path.stem)
def test_blends(deforming: Deforming, path: Path) -> None:
    vector = json.loads(path.read_text(encoding="utf-8"))
    count, binding = len(vector["detail_of"]), vector["binding"]
    for shown, expected in zip(vector["shown"], vector["expected"]["frames"], strict=True):
        sources = sources_at(vector, shown["time_s"])
        assert 1 <= len(sources) <= 4
        slots, frame_shares, shares, masks = [], np.zeros(4, np.float32), np.zeros(4, np.float32), []
        for number, (play, share, mask) in enumerate(sources):
            own_s = play["start_s"] + play["rate"] * (max(shown["time_s"], play["at_s"]) - play["at_s"])
            pair, frame_shares[number] = slots_at(vector["clips"][play["clip"]], own_s, count)
            slots += list(pair)
            shares[number] = share
            masks.append([1.0 if mask is None else mask.get(name, 0.0) for name in vector["joint_names"]])
        joints = np.repeat(STILL, len(vector["joint_names"]), axis=0)
        weights = np.array(binding["weights"])
        posed = posed_of(
            deforming,
            np.array(slots),
            joints=packed_joints(joints, masks[1:]),
            skin={"joints": np.array(binding["joints"]), "weights": weights / weights.sum(axis=1, keepdims=True)},
            _Sources=len(sources),
            _FrameShares=frame_shares,
            _SourceShares=shares,
        )
        near(posed, expected, count)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_correctives_are_added_to_the_vector_of_a_rotation(deforming: Deforming, share: float) -> None:
    """Vectors of more than half a turn too: a frame's own is kept, a mixed quaternion may have either sign."""
    dice = np.random.default_rng(8)
    count, shapes = 64, 5
    slots = dice.normal(size=(2, 4, count, 3)) * 0.1
    slots[:, 1] *= 20
    basis, weights = dice.normal(size=(shapes, count, 12)) * 0.1, dice.normal(size=shapes)
    weights[2] = 0
    padded = np.zeros(64, np.float32)
    padded[:shapes] = weights
    given = slots.copy()
    if share in (0, 1):
        given[0 if share else 1] = np.nan
    posed = posed_of(
        deforming,
        given,
        shapes=basis.astype(np.float32),
        _Shapes=shapes,
        _ShapeWeights=padded,
        _FrameShares=np.array([share, 0, 0, 0], np.float32),
    )
    added = np.einsum("k,kna->na", weights, basis)
    mixed = (1 - share) * slots[0] + share * slots[1]
    turns = np.array([exponential(vector) for vector in mixed[1] + added[:, 3:6]])
    for i in range(count) if share == 0.4 else ():
        first, second = (quaternion_of(slot[1, i]) for slot in slots)
        blend = (1 - share) * first + share * (second if first @ second >= 0 else -second)
        turns[i] = exponential(vector_of(blend / np.linalg.norm(blend)) + added[i, 3:6])
    np.testing.assert_allclose(posed.means_m, mixed[0] + added[:, :3], atol=3e-6)
    axes = turns * (SCALES * np.exp(mixed[2] + added[:, 6:9]))[:, None]
    covariances = axes @ axes.transpose(0, 2, 1)
    largest = np.abs(covariances).max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(posed.covariances_m2 / largest, covariances / largest, atol=3e-5)
    np.testing.assert_allclose(posed.degree0, mixed[3] + added[:, 9:], atol=2e-3)


def quaternion_of(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    half = np.linalg.norm(vector) / 2
    return np.array([np.cos(half), *(np.sin(half) / (2 * half) * vector)])


def vector_of(turn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of at most half a turn."""
    near = -turn if turn[0] < 0 else turn
    size = float(np.linalg.norm(near[1:]))
    return near[1:] * (2 * math.atan2(size, near[0]) / size)


def test_levels(deforming: Deforming) -> None:
    from shaders.checks.deforming import gaussians_like

    vector = json.loads((VECTORS / "levels" / "three-levels.json").read_text(encoding="utf-8"))
    stored, sizes = vector["stored"], np.cumsum(vector["level_sizes"])
    gaussians = gaussians_like(sizes[-1], **{name: np.array(values) for name, values in stored.items()})
    last = len(sizes) - 1
    for shown, expected in zip(vector["shown"], vector["expected"]["shown"], strict=True):
        level, share = shown["level"], shown.get("share", 0.0)
        options: dict[str, Any] = {}
        if level < last:
            options |= {"looks": look_of(vector, level), "_LookCount": sizes[level], "_LevelShare": share}
            options["_Gaussians"] = int(sizes[level + 1] if "share" in shown else sizes[level])
            if level + 1 < last and "share" in shown:
                options |= {"next_looks": look_of(vector, level + 1), "_NextLookCount": sizes[level + 1]}
        posed = deforming.posed(gaussians, packed_joints(STILL), **options)
        np.testing.assert_allclose(posed.means_m, expected["means_m"], atol=1e-6)
        variances = np.einsum("nii->ni", posed.covariances_m2)
        np.testing.assert_allclose(np.sqrt(variances), expected["scales_m"], rtol=1e-5)
        np.testing.assert_allclose(posed.opacities, expected["opacities"], atol=2e-5)
        np.testing.assert_allclose(posed.degree0, expected["base_colours"], atol=2e-3)


def look_of(vector: dict[str, Any], level: int) -> NDArray[np.uint32]:
    """A look; where a level has none, scales that grow (SPEC.md, "Levels of detail")."""
    appearance, sizes = vector["appearances"][level], np.cumsum(vector["level_sizes"])
    count = int(sizes[level])
    if appearance is None:
        growth, nothing = math.log(sizes[-1] / count) / 4, np.zeros((count, 3))
        return packed_looks(nothing, nothing + growth, np.array(vector["stored"]["opacities"][:count]), nothing)
    names = ("displacements_m", "log_scale_changes", "opacities", "colour_changes")
    return packed_looks(*(np.array(appearance[name]) for name in names))


def sources_at(vector: dict[str, Any], time_s: float) -> list[tuple[dict[str, Any], float, dict[str, float] | None]]:
    """Play, share and mask of all that is seen, in the order in which it is mixed."""
    sources: list[tuple[dict[str, Any], float, dict[str, float] | None]] = []
    for number, play in enumerate(vector["plays"]):
        if number and time_s < play["at_s"]:
            continue
        share = smooth(time_s, play["at_s"], play["fade_s"]) if number else 1.0
        sources = [*([] if share == 1 else sources), (play, share, None)]
    for overlay in vector["overlays"]:
        share = overlay["weight"] * smooth(time_s, overlay["at_s"], overlay["fade_s"])
        if overlay["end_s"] is not None:
            share *= 1 - smooth(time_s, overlay["end_s"], overlay["fade_out_s"])
        if share:
            sources.append((overlay, share, overlay["mask"]))
    return sources


def slots_at(clip: dict[str, Any], time_s: float, count: int) -> tuple[NDArray[np.float64], float]:
    """[2, 4, count, 3] detail of the two frames around a time, and the share of the second."""
    frames = clip["frames"]
    place = time_s * clip["fps"]
    if not clip["loops"]:
        place = min(max(place, 0.0), len(frames) - 1.0)
    floor = round(place) if abs(place - round(place)) < 1e-4 else math.floor(place)
    share = max(place - floor, 0.0) if abs(place - floor) >= 1e-4 else 0.0
    # The second is not looked at where the first is shown alone.
    pair = [values_of(frames[floor % len(frames)], count)]
    pair.append(values_of(frames[(floor + 1) % len(frames)], count) if share else np.full_like(pair[0], np.nan))
    return np.array(pair), share


def values_of(frame: dict[str, Any], count: int) -> NDArray[np.float64]:
    values = np.zeros((4, count, 3))
    for number, channel in enumerate(CHANNELS):
        if frame[channel]:
            values[number, frame["detail_indices"]] = frame[channel]
    return values


def posed_of(
    deforming: Deforming,
    slots: NDArray[np.float64],
    *,
    joints: NDArray[np.float32] | None = None,
    skin: dict[str, Any] | None = None,
    **uniforms: Any,
) -> Posed:
    from shaders.checks.deforming import gaussians_like

    count = slots.shape[2]
    values = {"scales_m": np.repeat(SCALES[None], count, axis=0), "tracks": np.arange(count, dtype=np.uint32)}
    gaussians = gaussians_like(count, **(values | (skin or {})))
    return deforming.posed(
        gaussians, packed_joints(STILL) if joints is None else joints, detail=slots.astype(np.float32), **uniforms
    )


def near(posed: Posed, expected: dict[str, Any], count: int) -> None:
    """The detail that a frame has, told by Gaussians of known shape at the origin."""
    positions, scales, colours = (np.zeros((count, 3)) for _ in range(3))
    turns = np.zeros((count, 4))
    turns[:, 0] = 1
    rows: Sequence[int] = expected["detail_indices"]
    for target, name in (
        (positions, "detail_position_m"),
        (turns, "detail_rotations_wxyz"),
        (scales, "detail_logscale"),
        (colours, "detail_colour"),
    ):
        if len(expected[name]):
            target[rows] = expected[name]
    np.testing.assert_allclose(posed.means_m, positions, atol=3e-6)
    axes = np.array([rotation_matrix(turn) for turn in turns]) * (SCALES * np.exp(scales))[:, None]
    covariances = axes @ axes.transpose(0, 2, 1)
    largest = np.abs(covariances).max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(posed.covariances_m2 / largest, covariances / largest, atol=2e-5)
    np.testing.assert_allclose(posed.degree0, colours, atol=1e-3 * max(1.0, np.abs(colours).max()))
