"""Built-in characters: what a user may rely on, at a low level of detail."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.character_names import CharacterName, DetailName
from ani3d_runtime.bake.characters import CHARACTER_NAMES, Character, build_character
from ani3d_runtime.bake.characters.build import DETAIL_COUNTS
from ani3d_runtime.bake.characters.store import load_or_build
from ani3d_runtime.bake.simulate.motion import simulate_particles
from ani3d_runtime.body.model import SMPL_JOINT_NAMES
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.errors import NotFoundError, UsageError
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector

COUNT = 8_000


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("ani3d-cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANI3D_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture(scope="module")
def characters(cache: Path) -> dict[str, Character]:
    return {name: build_character(name, detail=COUNT) for name in CHARACTER_NAMES}


def _dance(start: int, stop: int) -> Motion:
    source = resources.files("ani3d_runtime.body") / "data" / "motions" / "dance.npz"
    with source.open("rb") as stream, np.load(stream) as data:
        quats = quaternion_from_rotation_vector(data["poses"][start:stop].astype(float)).astype(np.float32)
        translation = data["trans"][start:stop].astype(np.float32)
    return Motion("dance", 30.0, SMPL_JOINT_NAMES, translation, quats)


@pytest.mark.parametrize("name", CHARACTER_NAMES)
def test_a_character_is_a_dressed_human_of_about_the_wanted_size(characters: dict[str, Character], name: str) -> None:
    avatar = characters[name].avatar
    assert 0.6 * COUNT < avatar.count < 1.35 * COUNT
    assert set(np.unique(avatar.binding.parts)) == {int(p) for p in Part}
    assert np.array_equal(avatar.skeleton.rest_rotations_wxyz[:, 0], np.ones(24))  # rest pose is the zero pose
    height = np.ptp(avatar.splats.means_m[:, 1])
    assert 1.5 < height < 1.95
    assert np.ptp(avatar.splats.means_m[:, 0]) > 1.4  # arms out
    assert np.allclose(avatar.binding.weights.sum(axis=1), 1, atol=1e-5)
    colours = 0.5 + 0.28209479 * avatar.splats.sh[:, 0]
    assert colours.min() >= -1e-4
    assert colours.max() <= 1 + 1e-4
    face = avatar.binding.parts == Part.FACE
    assert avatar.splats.means_m[face, 2].mean() > avatar.splats.means_m[avatar.binding.parts == Part.HAIR, 2].mean()


@pytest.mark.parametrize("name", CHARACTER_NAMES)
def test_every_attached_gaussian_is_cloth_or_hair(characters: dict[str, Character], name: str) -> None:
    character = characters[name]
    for attachment in character.attachments:
        parts = character.avatar.binding.parts[attachment.gaussians]
        assert np.isin(parts, (Part.GARMENT, Part.HAIR)).all()
        assert np.allclose(attachment.weights.sum(axis=1), 1)
        proxy = next(p for p in character.proxies if p.name == attachment.proxy)
        assert attachment.particles.max() < proxy.count


def test_the_same_seed_gives_the_same_gaussians_and_another_does_not(characters: dict[str, Character]) -> None:
    again = build_character("longhair", detail=COUNT, use_cache=False)
    other = build_character("longhair", detail=COUNT, seed=1, use_cache=False)
    kept = characters["longhair"].avatar.splats
    for field in ("means_m", "quats_wxyz", "scales_m", "opacities", "sh"):
        assert np.array_equal(getattr(kept, field), getattr(again.avatar.splats, field)), field
    assert not np.array_equal(kept.means_m[:100], other.avatar.splats.means_m[:100])


def test_a_stored_character_comes_back_whole_and_a_damaged_one_is_built_again(
    characters: dict[str, Character], cache: Path
) -> None:
    (entry,) = (cache / "characters").glob("longhair-*.npz")
    stored = build_character("longhair", detail=COUNT)
    built = characters["longhair"]
    assert np.array_equal(stored.avatar.splats.sh, built.avatar.splats.sh)
    assert stored.avatar.skeleton.joint_names == built.avatar.skeleton.joint_names
    for mine, theirs in zip(stored.proxies, built.proxies, strict=True):
        assert np.array_equal(mine.rest_m, theirs.rest_m)
        assert np.array_equal(mine.system.links.compliances, theirs.system.links.compliances)
        assert mine.material == theirs.material
        assert mine.strand_nodes == theirs.strand_nodes
    whole = entry.read_bytes()
    builds = []

    def build() -> Character:
        builds.append(1)
        return built

    for damaged in (whole[: len(whole) // 2], whole[: len(whole) // 3] + b"x" + whole[len(whole) // 3 + 1 :], b""):
        entry.write_bytes(damaged)
        rebuilt = load_or_build("longhair", 0, COUNT, build)
        assert np.array_equal(rebuilt.avatar.splats.means_m, built.avatar.splats.means_m)
        assert entry.stat().st_size == len(whole)
    assert len(builds) == 3
    assert not list(entry.parent.glob("*.part"))


def test_a_cache_that_cannot_be_written_does_not_stop_a_build(
    characters: dict[str, Character], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("ANI3D_CACHE_DIR", str(blocked))
    assert load_or_build("longhair", 0, COUNT, lambda: characters["longhair"]) is characters["longhair"]


def test_the_dancers_cloth_moves_and_stays_outside_the_body(characters: dict[str, Character]) -> None:
    dancer = characters["dancer"]
    motion = _dance(95, 125)  # into the first spin
    seen: list[float] = []
    layer = dancer.simulate(motion, seen.append)
    assert seen[-1] == 1.0
    assert layer.frame_count == motion.frame_count
    assert np.isfinite(layer.dpos_m).all()
    moving = set(np.concatenate([a.gaussians for a in dancer.attachments]).tolist())
    assert set(layer.indices.tolist()) == moving
    assert np.linalg.norm(layer.dpos_m, axis=2).mean() > 0.03

    skirt = next(p for p in dancer.proxies if p.name == "skirt")
    moved = simulate_particles([skirt], dancer.avatar.skeleton, motion, dancer.hanging_pose_wxyz)["skirt"]
    transforms = dancer.avatar.skeleton.skinning_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)
    inside = []
    for frame in range(0, motion.frame_count, 5):
        surface = skirt.collider.posed(transforms[frame])
        offset = moved.positions_m[frame][:, None] - surface.points_m[None]
        distance = np.linalg.norm(offset, axis=2)
        nearest = distance.argmin(axis=1)
        rows = np.arange(len(nearest))
        height = (offset[rows, nearest] * surface.normals[nearest]).sum(axis=1)
        inside.append(((height < -0.002) & (distance[rows, nearest] < 0.05)).mean())
    assert np.mean(inside) < 0.01
    # Cloth does not stretch like rubber.
    links = skirt.system.links
    threads = (links.compliances >= 0) & (links.compliances < 1e-7)
    first, second = links.pairs[threads].T
    lengths = np.linalg.norm(moved.positions_m[:, first] - moved.positions_m[:, second], axis=2)
    assert np.quantile(np.abs(lengths / links.lengths_m[threads] - 1), 0.95) < 0.12


def test_names_and_details_that_do_not_exist_are_refused() -> None:
    with pytest.raises(NotFoundError) as unknown:
        build_character("ballerina")
    assert unknown.value.code == "character-unknown"
    for detail in ("huge", 3, 10_000_000):
        with pytest.raises(UsageError) as refused:
            build_character("dancer", detail=detail)  # pyright: ignore[reportArgumentType]
        assert refused.value.code == "character-detail"
    assert list(DETAIL_COUNTS) == list(get_args(DetailName)) == ["low", "medium", "high"]
    assert set(get_args(CharacterName)) == set(CHARACTER_NAMES)
