"""Clips that were added to copies of one package, joined: byte for byte what they were, whoever made them when."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.codec.encoder.levels.choice import even_levels
from ani3d_runtime.errors import InputError
from ani3d_runtime.package.base import write_base, write_looks
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.recipe import Recipe, RecipeStep
from ani3d_runtime.package.validate import validate_package
from ani3d_runtime.package.writer import ClipSource, add_clips, join_clips, write_package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion, synthetic_residual


def clip(avatar: Avatar, name: str, frames: int) -> ClipSource:
    seed = len(name)
    residual = synthetic_residual(avatar, frames, seed=seed)
    return ClipSource(name, synthetic_motion(avatar.skeleton, frames, seed=seed), residual)


@pytest.fixture
def avatar() -> Avatar:
    return synthetic_avatar(400, seed=3)


@pytest.fixture
def parts(avatar: Avatar, tmp_path: Path) -> list[Path]:
    """A base with one clip, and two copies with another each."""
    base = tmp_path / "base.a3d"
    write_package(base, avatar, [clip(avatar, "a", 40)])
    made = [base]
    for name, frames in (("bb", 35), ("ccc", 7)):
        made.append(tmp_path / f"{name}.a3d")
        shutil.copy(base, made[-1])
        add_clips(made[-1], avatar, [clip(avatar, name, frames)])
    return made


def test_clips_play_as_in_their_parts(avatar: Avatar, parts: list[Path], tmp_path: Path) -> None:
    joined = tmp_path / "joined.a3d"
    report = join_clips(joined, avatar, parts[0], parts[1:], ["ccc", "a", "bb"])
    assert [each.name for each in report.clips] == ["ccc", "a", "bb"]
    assert validate_package(joined).ok
    with Package.open(joined) as whole:
        for path, name in zip(parts, ("a", "bb", "ccc"), strict=True):
            with Package.open(path) as part:
                found, expected = ClipPlayer(whole, name), ClipPlayer(part, name)
                for time_s in (0.0, 0.07, 0.2):
                    np.testing.assert_array_equal(
                        found.pose(found.frame_at(time_s)).cloud.means_m,
                        expected.pose(expected.frame_at(time_s)).cloud.means_m,
                    )


def test_the_bytes_do_not_tell_the_order_of_the_parts(avatar: Avatar, parts: list[Path], tmp_path: Path) -> None:
    names = ["a", "bb", "ccc"]
    join_clips(tmp_path / "one.a3d", avatar, parts[0], parts[1:], names)
    join_clips(tmp_path / "two.a3d", avatar, parts[0], parts[:0:-1], names)
    assert (tmp_path / "one.a3d").read_bytes() == (tmp_path / "two.a3d").read_bytes()
    # Added one after the other, they are the same clips, too.
    add_clips(parts[1], avatar, [clip(avatar, "ccc", 7)])
    assert parts[1].read_bytes() == (tmp_path / "one.a3d").read_bytes()


def test_what_was_not_added_to_a_copy_is_refused(avatar: Avatar, parts: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other.a3d"
    write_package(other, avatar, [clip(avatar, "dddd", 40)])  # a model of its own
    with pytest.raises(InputError) as refused:
        join_clips(tmp_path / "joined.a3d", avatar, parts[0], [other], ["a", "dddd"])
    assert refused.value.code == "join-other-avatar"
    with pytest.raises(InputError) as refused:
        join_clips(tmp_path / "joined.a3d", avatar, parts[0], parts[1:], ["a", "nobody"])
    assert refused.value.code == "join-no-clip"
    assert not (tmp_path / "joined.a3d").exists()


def test_clips_that_share_a_base_come_to_what_one_bake_writes(avatar: Avatar, tmp_path: Path) -> None:
    clips = [clip(avatar, name, 35) for name in ("a", "bb", "ccc")]
    base, looks, joined, whole = (tmp_path / f"{name}.a3d" for name in ("base", "looks", "joined", "whole"))
    stated: dict[str, Any] = {"keeps_input_order": False, "provenance": {"avatar": "ada"}, "thumbnail_png": b"png"}
    recipe = Recipe((RecipeStep(("a",), {}, (), {}),))
    silent: ProgressCallback = lambda _: None  # noqa: E731
    bounds = PartBounds.uniform()
    samples = [stretch(each, 5, 15) for each in clips]
    write_base(base, avatar, samples, bounds=bounds, recipe=recipe, levels=even_levels, progress=silent, **stated)
    write_looks(looks, base, avatar, even_levels, silent)
    parts = [tmp_path / f"{each.name}.a3d" for each in clips]
    for path, each in zip(parts, clips, strict=True):
        shutil.copy(base, path)
        add_clips(path, avatar, [each], keeps_input_order=False)
    report = join_clips(joined, avatar, looks, parts[::-1], ["a", "bb", "ccc"], keeps_input_order=False)
    one = write_package(whole, avatar, clips, bounds=bounds, recipe=recipe, levels=even_levels, **stated)
    assert validate_package(joined).ok
    for name in ("splats", "appearance", "pose", "skeleton", "order"):
        assert report.section_bytes[name] == one.section_bytes[name], name
    with Package.open(joined) as found, Package.open(whole) as expected, Package.open(base) as bare:
        assert found.clip_names == ("a", "bb", "ccc")
        assert (bare.clip_names, bare.manifest.node_count) == ((), found.manifest.node_count)
        for section in expected.toc.sections:
            if section.name.startswith("appearance"):
                assert found.read_section(section.name) == expected.read_section(section.name)


def stretch(source: ClipSource, start: int, stop: int) -> ClipSource:
    """Some frames of a clip."""
    assert source.residual is not None
    motion, residual = source.motion.slice(start, stop), source.residual.slice(slice(start, stop))
    return ClipSource(source.name, motion, residual)
