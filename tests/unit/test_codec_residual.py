"""The residual layer through bytes: the bound holds for every Gaussian in every frame, whatever the content."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.encoder import clip_encoder
from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.codec.encoder.residual_encoder import FRAMES_PER_GROUP, ResidualEncoder
from ani3d_runtime.codec.encoder.storage_order import storage_order
from ani3d_runtime.codec.sections.group import ResidualGroup, decode_group
from ani3d_runtime.codec.sections.model import ResidualModel, decode_model
from ani3d_runtime.codec.sections.splats import CanonicalSteps, decode_canonical, encode_canonical
from ani3d_runtime.errors import ResidualError
from ani3d_runtime.geometry.quaternion import (
    matrix_from_quaternion,
    multiply,
    quaternion_from_rotation_vector,
    rotate,
)
from ani3d_runtime.package.error_report import ErrorReport, measure_error
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.testing.sequences import dancing_sequence


class Coded:
    """One avatar with its clips, through bytes and back."""

    def __init__(self, avatar: Avatar, clips: list[ResidualLayer], bounds: PartBounds) -> None:
        order = storage_order(avatar)
        self.source = avatar.take(order.permutation)
        self.clips = [order.reordered(clip) for clip in clips]
        splats = encode_canonical(self.source, order.level_sizes, steps=CanonicalSteps(0.2 * bounds.position_m[0]))
        cloud, binding = decode_canonical(splats, order.level_sizes, joint_count=avatar.skeleton.joint_count)
        self.decoded = replace(self.source, splats=cloud, binding=binding)
        encoder = ResidualEncoder(self.source, self.decoded, bounds=bounds)
        encoder.fit(self.clips)
        self.model_section = encoder.encode_model()
        self.model: ResidualModel = decode_model(self.model_section, avatar.count)
        self.sections = [
            [encoder.encode_group(clip, group) for group in range(encoder.group_count(clip))]
            for clip in range(len(clips))
        ]

    def groups(self, clip: int = 0) -> list[ResidualGroup]:
        frames = self.clips[clip].frame_count
        return [
            decode_group(
                sections,
                self.model,
                first_frame=number * FRAMES_PER_GROUP,
                frame_count=min(FRAMES_PER_GROUP, frames - number * FRAMES_PER_GROUP),
            )
            for number, sections in enumerate(self.sections[clip])
        ]

    def report(self, clip: int = 0) -> ErrorReport:
        return measure_error(self.source, self.clips[clip], self.decoded, self.model, self.groups(clip))

    def bytes_per_frame(self, clip: int = 0) -> float:
        total = sum(len(data) for sections in self.sections[clip] for data in sections.values())
        return total / self.clips[clip].frame_count


def evaluated(coded: Coded, frame: int, clip: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """x' [N, 3] and R(q') [N, 3, 3] by the runtime equation, written out in numpy."""
    group = coded.groups(clip)[frame // FRAMES_PER_GROUP]
    row = frame - group.first_frame
    model, splats = coded.model.deformation, coded.decoded.splats
    means, quats = splats.means_m.astype(np.float64), splats.quats_wxyz.astype(np.float64)
    hangs = model.node_weights.sum(axis=1) > 0
    moved, turned = np.zeros_like(means), np.zeros((len(means), 4))
    for slot in range(4):
        n, a = model.node_indices[:, slot], model.node_weights[:, slot, None].astype(np.float64)
        if model.node_count:
            q = group.node_rotations_wxyz[row, n].astype(np.float64)
            c = model.node_rest_m[n]
            moved += a * (rotate(q, means - c) + c + group.node_displacements_m[row, n])
            turned += a * np.where((turned * q).sum(axis=1, keepdims=True) < 0, -q, q)
    positions = np.where(hangs[:, None], moved, means)
    rotations = np.where(hangs[:, None], turned, [1, 0, 0, 0])
    rotations = multiply(rotations / np.linalg.norm(rotations, axis=1, keepdims=True), quats)
    if group.dpos_m is not None:
        positions[group.indices] += group.dpos_m[row]
    if group.drot_rad is not None:
        turn = quaternion_from_rotation_vector(group.drot_rad[row])
        rotations[group.indices] = multiply(turn, rotations[group.indices])
    return positions, matrix_from_quaternion(rotations)


@pytest.fixture(scope="module")
def dancing() -> Coded:
    avatar, residual = dancing_sequence(3000, 65, seed=1)
    return Coded(avatar, [residual], PartBounds.uniform())


def test_cloth_and_hair_keep_the_bound_by_an_independent_evaluation(dancing: Coded) -> None:
    assert dancing.model.deformation.node_count > 10
    clip = dancing.clips[0]
    for frame in (0, 29, 30, 47, 64):
        positions, rotations = evaluated(dancing, frame)
        wanted = dancing.source.splats.means_m.astype(np.float64)
        wanted[clip.indices] += clip.dpos_m[frame]
        assert np.linalg.norm(positions - wanted, axis=1).max() <= 1e-3
        assert clip.drot_rad is not None
        turn = quaternion_from_rotation_vector(clip.drot_rad[frame])
        axes = matrix_from_quaternion(multiply(turn, dancing.source.splats.quats_wxyz[clip.indices]))
        scales = dancing.decoded.splats.scales_m[clip.indices].astype(np.float64)[:, None]
        given = rotations[clip.indices]
        shape = (axes * scales) @ axes.transpose(0, 2, 1) - (given * scales) @ given.transpose(0, 2, 1)
        assert np.linalg.norm(shape, axis=(1, 2)).max() / np.sqrt(2) <= 5.01e-4


def test_one_frame_of_a_level_of_detail_is_what_the_whole_has_there(dancing: Coded) -> None:
    """Frames are worked out one by one, for a prefix of the Gaussians where a coarser level is wanted."""
    whole = dancing.groups()[1]
    count = 900
    part = decode_group(
        dancing.sections[0][1],
        dancing.model,
        first_frame=FRAMES_PER_GROUP,
        frame_count=FRAMES_PER_GROUP,
        gaussian_count=count,
    )
    kept = int(np.searchsorted(whole.indices, count))
    assert 0 < kept < len(whole.indices)
    np.testing.assert_array_equal(part.indices, whole.indices[:kept])
    displacements, rotations = part.nodes(7)
    np.testing.assert_array_equal(displacements, whole.node_displacements_m[7])
    np.testing.assert_array_equal(rotations, whole.node_rotations_wxyz[7])
    detail = part.detail(7)
    assert detail is not None
    for found, wanted in ((detail.dpos_m, whole.dpos_m), (detail.drot_rad, whole.drot_rad)):
        assert found is not None
        assert wanted is not None
        np.testing.assert_array_equal(found, wanted[7, :kept])


def test_the_report_says_what_an_independent_evaluation_finds(dancing: Coded) -> None:
    clip, report = dancing.clips[0], dancing.report()
    errors = []
    for frame in range(clip.frame_count):
        wanted = dancing.source.splats.means_m.astype(np.float64)
        wanted[clip.indices] += clip.dpos_m[frame]
        errors.append(np.linalg.norm(evaluated(dancing, frame)[0] - wanted, axis=1))
    found = np.stack(errors)
    assert report.max_m == pytest.approx(found.max(), rel=1e-3)
    assert report.rms_m == pytest.approx(np.sqrt((found**2).mean()), rel=1e-3)
    assert report.p99_9_m == pytest.approx(np.quantile(found, 0.999), rel=5e-3)
    assert 0 < report.rotation_rms_rad < report.rotation_max_rad < 0.35


def test_smooth_cloth_is_small(dancing: Coded) -> None:
    moving = len(dancing.clips[0].indices)
    # Float32 displacements and rotations would be 24 bytes per moving Gaussian and frame.
    assert dancing.bytes_per_frame() < 1.5 * moving


def test_a_group_decodes_alone_and_the_same_way_twice(dancing: Coded) -> None:
    alone = decode_group(dancing.sections[0][1], dancing.model, first_frame=30, frame_count=30)
    together = dancing.groups()[1]
    np.testing.assert_array_equal(alone.dpos_m, together.dpos_m)
    np.testing.assert_array_equal(alone.node_rotations_wxyz, together.node_rotations_wxyz)


@pytest.mark.parametrize(("amplitude_m", "bound_m"), [(0.02, 1e-3), (0.02, 5e-5), (0.3, 1e-3)])
def test_noise_in_all_channels_keeps_the_bounds(amplitude_m: float, bound_m: float) -> None:
    avatar, _ = dancing_sequence(400, 2, seed=2)
    generator = np.random.default_rng(2)

    def noise(scale: float) -> np.ndarray:
        return generator.normal(0, scale, (37, avatar.count, 3)).astype(np.float32)

    residual = ResidualLayer.from_dense(noise(amplitude_m), noise(0.5), noise(0.2), noise(0.2))
    bounds = PartBounds.uniform(bound_m, bound_m, 0.02)
    coded = Coded(avatar, [residual], bounds)
    report = coded.report()
    assert coded.model.deformation.node_count == 0
    assert bound_m / 4 < report.max_m <= bound_m
    assert report.shape_max_m <= bound_m
    assert report.colour_max <= 0.02


def test_what_moves_less_than_the_bound_costs_nearly_nothing() -> None:
    avatar, _ = dancing_sequence(600, 2, seed=3)
    still = np.random.default_rng(3).uniform(-1, 1, (60, avatar.count, 3)).astype(np.float32) * 4e-4
    coded = Coded(avatar, [ResidualLayer.from_dense(still)], PartBounds.uniform())
    assert coded.report().max_m <= 1e-3
    assert coded.bytes_per_frame() < 5


def test_several_clips_share_one_model_and_move_different_gaussians() -> None:
    avatar, first = dancing_sequence(1500, 40, seed=4)
    _, second = dancing_sequence(1500, 33, seed=5)
    half = len(second.indices) // 2
    assert second.drot_rad is not None
    second = ResidualLayer(avatar.count, second.indices[:half], second.dpos_m[:, :half], second.drot_rad[:, :half])
    coded = Coded(avatar, [first, second], PartBounds.uniform())
    np.testing.assert_array_equal(coded.model.moving, coded.clips[0].indices)
    for clip in range(2):
        report = coded.report(clip)
        assert report.max_m <= 1e-3
        assert report.shape_max_m <= 5.01e-4


def test_weights_of_nodes_sum_to_one_and_nodes_carry_one_part(dancing: Coded) -> None:
    model = dancing.model.deformation
    sums = model.node_weights.sum(axis=1)
    assert (np.isclose(sums, 1, atol=1e-6) | (sums == 0)).all()
    assert (model.node_weights >= 0).all()
    parts = dancing.source.binding.parts
    moving = dancing.model.moving
    first = {
        int(n): int(parts[i])
        for i in moving
        for n, a in zip(model.node_indices[i], model.node_weights[i], strict=True)
        if a
    }
    assert all(
        first[int(n)] == parts[i]
        for i in moving
        for n, a in zip(model.node_indices[i], model.node_weights[i], strict=True)
        if a
    )


def test_the_same_input_gives_the_same_bytes() -> None:
    avatar, residual = dancing_sequence(500, 31, seed=6)
    first, second = (Coded(avatar, [residual], PartBounds.uniform()) for _ in range(2))
    assert first.model_section == second.model_section
    assert first.sections == second.sections


def test_refusals_name_the_cause() -> None:
    avatar, residual = dancing_sequence(300, 3, seed=7)
    encoder = ResidualEncoder(avatar, avatar)
    with pytest.raises(ResidualError) as refusal:
        encoder.fit([replace(residual, gaussian_count=avatar.count + 1)])
    assert refusal.value.code == "residual-wrong-shape"
    coarse = replace(avatar, splats=replace(avatar.splats, means_m=avatar.splats.means_m + np.float32(0.01)))
    with pytest.raises(ResidualError) as refusal:
        ResidualEncoder(avatar, coarse)
    assert refusal.value.code == "residual-bound-unreachable"
    far = ResidualLayer(avatar.count, residual.indices, np.full_like(residual.dpos_m, 1e7) * residual.dpos_m)
    with pytest.raises(ResidualError) as refusal:
        ResidualEncoder(avatar, avatar).fit([far])
    assert refusal.value.code == "residual-bound-unreachable"


def test_a_bad_first_guess_of_node_steps_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Node motion that is far too coarse or fine for the bounds is noticed on a few frames and mended."""
    avatar, residual = dancing_sequence(3000, 30, seed=1)
    usual = Coded(avatar, [residual], PartBounds.uniform(4e-3)).bytes_per_frame()
    for factor in (8, 1 / 8):
        monkeypatch.setattr(clip_encoder, "_ROTATION_STEP_RAD_PER_M", factor * 30.0)
        assert Coded(avatar, [residual], PartBounds.uniform(4e-3)).bytes_per_frame() < 1.05 * usual
