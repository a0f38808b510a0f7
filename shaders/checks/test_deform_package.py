"""The chain from coded detail to posed Gaussians, on packages, against ``ani3d_runtime.playback``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.deformation import Frame
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.playback.joint_mask import JointMask
from ani3d_runtime.playback.mix import mixed
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.playback.posed import PosedSplats
from shaders.checks.compilers import DXC, GLSLANG
from shaders.checks.dancer import dancer_package
from shaders.checks.places import ROOT
from shaders.checks.posed_truth import near
from shaders.checks.toolchain import Toolchain

if TYPE_CHECKING:
    from shaders.checks.gpu.device import Device
    from shaders.checks.posing import Posing

VALID = ROOT / "spec" / "vectors" / "packages" / "valid"
# Packages of the vectors that have what the dancer has not: all channels, wide coefficients, further Gaussians, 16
# stages, turns beyond π, groups of one frame.
SMALL = (
    "added-clip-further",
    "all-detail-channels",
    "by-hand-further",
    "by-hand-node-signs",
    "by-hand-residual",
    "corner-subnormal-turns",
    "corner-turns-beyond-pi",
    "limits-detail",
    "limits-stages",
    "looping-clips",
    "nodes-sh2-two-clips",
    "nodes-stages-sixteen-contexts",
    "one-clip-no-residual",
    "partial-last-group",
    "single-frame-residual",
    "single-gaussian-joint-and-frame",
    "two-clips-one-residual",
)


@pytest.fixture(scope="module")
def dancer() -> Iterator[Package]:
    with Package.open(dancer_package()) as package:
        yield package


@pytest.fixture(scope="module", params=[GLSLANG, DXC])
def posing(request: pytest.FixtureRequest, gpu: Device, tools: Toolchain, dancer: Package) -> Posing:
    from shaders.checks.posing import Posing

    return Posing(gpu, tools, dancer, request.param)


@pytest.mark.parametrize("place", [0.0, 13.0, 29.0, 100.0, 13.25, 29.5])
def test_frames_and_times_between(posing: Posing, dancer: Package, place: float) -> None:
    """Frame 29.5 lies between two groups."""
    from shaders.checks.posing import Playing

    player = ClipPlayer(dancer, "dance")
    frame = player.frame_at(place / player.clip.fps)
    near(posing.pose(frame, [Playing("dance", place)]), player.pose(frame))


def test_a_crossfade(posing: Posing, dancer: Package) -> None:
    """Of four times of the clip: three fades that are not over."""
    from shaders.checks.posing import Playing

    player = ClipPlayer(dancer, "dance")
    places, shares = (5.0, 20.6, 33.0, 11.3), (1.0, 0.4, 0.5, 0.25)
    frames = [player.frame_at(place / player.clip.fps) for place in places]
    frame = frames[0]
    for above, share in zip(frames[1:], shares[1:], strict=True):
        frame = mixed(frame, above, share)
    sources = [Playing("dance", place, share) for place, share in zip(places, shares, strict=True)]
    near(posing.pose(frame, sources), player.pose(frame))


def test_a_layer_with_a_mask(posing: Posing, dancer: Package) -> None:
    from shaders.checks.posing import Playing

    player = ClipPlayer(dancer, "dance")
    mask = JointMask.below(dancer.skeleton, dancer.skeleton.joint_names[3], weight=0.9)
    assert 0 < mask.weights.sum() < len(mask.weights) * 0.9
    shares = mask.shares(player.avatar.binding, dancer.deformation, dancer.manifest.level_sizes)
    below, above = (player.frame_at(place / player.clip.fps) for place in (8.0, 30.5))
    frame = mixed(below, above, 0.8, shares)
    sources = [Playing("dance", 8.0), Playing("dance", 30.5, 0.8, mask.weights)]
    near(posing.pose(frame, sources), player.pose(frame))


@pytest.mark.parametrize(("level", "share"), [(0, 0.0), (2, 0.0), (1, 0.3), (3, 0.75)])
def test_levels_of_detail(posing: Posing, dancer: Package, level: int, share: float) -> None:
    """At a coarse level, and on the way to the next; the last goes to one without a look of its own."""
    from shaders.checks.posing import Playing

    finest = level + 1 if share else level
    player = ClipPlayer(dancer, "dance", lod=finest)
    frame = player.frame_at(17.5 / player.clip.fps)
    shown = dancer.shown_between(level, share) if share else dancer.shown_at(level)
    expected = Deformer(shown, dancer.deformation_at(finest)).pose(frame)
    assert len(expected.cloud.means_m) == dancer.count_at(finest)
    near(posing.pose(frame, [Playing("dance", 17.5)], level=level, share=share), expected)


@pytest.mark.parametrize("name", SMALL)
def test_packages_of_the_vectors(gpu: Device, tools: Toolchain, name: str) -> None:
    """The first, the last and a middle frame of each clip, and a time between; then all clips over each other."""
    from shaders.checks.posing import SOURCES, Playing, Posing

    with Package.open(VALID / f"{name}.a3d") as package:
        posing = Posing(gpu, tools, package, GLSLANG)
        players = {clip: ClipPlayer(package, clip) for clip in package.clip_names}
        for clip, player in players.items():
            last = player.frame_count - 1
            for place in sorted({0.0, float(last // 2), max(last - 0.75, 0.0), float(last)}):
                frame = player.frame_at(place / player.clip.fps)
                near(posing.pose(frame, [Playing(clip, place)]), exactly_posed(player, frame))
        sources = [Playing(clip, 0.0, 0.5 if number else 1.0) for number, clip in enumerate(list(players)[:SOURCES])]
        frame = players[sources[0].clip].frame(0)
        for source in sources[1:]:
            frame = mixed(frame, players[source.clip].frame(0), source.share)
        near(posing.pose(frame, sources), exactly_posed(next(iter(players.values())), frame))


def exactly_posed(player: ClipPlayer, frame: Frame) -> PosedSplats:
    avatar: Avatar = player.avatar
    return Deformer(avatar, player.package.deformation).pose(frame)


def test_packages_are_there() -> None:
    missing = [name for name in SMALL if not Path(VALID / f"{name}.a3d").is_file()]
    assert not missing
