"""Clips that were added to copies of one package, joined: byte for byte what they were, whoever made them when."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.errors import InputError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.validate import validate_package
from ani3d_runtime.package.writer import ClipSource, add_clips, join_clips, write_package
from ani3d_runtime.playback.player import ClipPlayer
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
