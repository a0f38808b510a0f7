"""The client in C# packs what Python packs, and the kernels make of it what ``ani3d_runtime.playback`` shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.joint_mask import JointMask
from ani3d_runtime.playback.mix import mixed
from ani3d_runtime.playback.player import ClipPlayer
from shaders.checks.compilers import GLSLANG
from shaders.checks.dancer import dancer_package
from shaders.checks.packing.groups import cosines, packed_group, read_spectra
from shaders.checks.packing.splats import packed_looks, packed_splats
from shaders.checks.packing.tracks import Tracks, channels_of, packed_parents
from shaders.checks.places import ROOT
from shaders.checks.posed_truth import near
from shaders.checks.toolchain import Toolchain

if TYPE_CHECKING:
    from shaders.checks.client_files import ClientFiles
    from shaders.checks.gpu.device import Device

VALID = ROOT / "spec" / "vectors" / "packages" / "valid"
# Name of the package, clip, and a place between two frames.
PLACES = {
    "dancer": ("dance", 29.5),
    "added-clip-further": ("", 0.25),
    "all-detail-channels": ("", 1.5),
    "nodes-sh2-two-clips": ("", 1.25),
    "limits-detail": ("", 0.0),
}


@pytest.fixture(scope="module", params=PLACES)
def case(
    request: pytest.FixtureRequest, gpu: Device, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Package, str, float, ClientFiles]]:
    """A package, one of its clips, a place, and what the client packs of it."""
    from shaders.checks.client_files import ClientFiles, why_not

    if why_not():
        pytest.skip(why_not())
    clip, place = PLACES[request.param]
    path: Path = dancer_package() if request.param == "dancer" else VALID / f"{request.param}.a3d"
    with Package.open(path) as package:
        clip = clip or [name for name in package.clip_names if package.clip(name).has_residual][-1]
        seconds = place / package.clip(clip).fps
        files = ClientFiles(path, tmp_path_factory.mktemp("client"), "--clip", clip, "--time", repr(seconds))
        yield package, clip, place, files


def test_bytes_are_the_same(case: tuple[Package, str, float, ClientFiles]) -> None:
    from shaders.checks.packing.tracks import gaussians_of

    package, clip, _, files = case
    index, tracks = files.index, Tracks.of_package(package)
    assert index["track_count"] == tracks.count
    assert files.channels == channels_of(package)
    same(files.read(index["splats"]), packed_splats(gaussians_of(package, tracks)))
    for level in range(package.level_count - 1):
        look = package.appearance(level)
        packed = packed_looks(look.displacements_m, look.log_scale_changes, look.opacities, look.colour_changes)
        same(files.read(index[f"look.{level}"]), packed)
    source = index["sources"][0]
    numbers = tracks.numbers(package, clip)
    words, stages = packed_parents(package, clip, numbers)
    assert [tuple(stage) for stage in source["stages"]] == stages
    if len(words):
        same(files.read(source["parents"]), words)
    for slot in source["slots"]:
        group = slot["frame"] // package.manifest.frames_per_group
        for name, channel in zip(index["channels"], files.channels, strict=True):
            spectra = read_spectra(package, clip, group, channel, numbers)
            if len(spectra.steps):
                same(files.read(slot[name]["group"]), packed_group(spectra, tracks.count))
                expected = cosines(spectra.frame_count, slot["frame_of_group"])
                np.testing.assert_allclose(slot[name]["cosines"], expected, atol=1e-7)


def test_joints_are_the_same(case: tuple[Package, str, float, ClientFiles]) -> None:
    from shaders.checks.packing.transforms import transforms_of

    package, clip, place, files = case
    player = ClipPlayer(package, clip)
    expected = transforms_of(package.skeleton, player.frame_at(place / player.clip.fps))
    found = files.read(files.index["joints"]).reshape(-1, 4, 4)
    np.testing.assert_allclose(found[:, :3], expected[:, :3], atol=5e-6)
    np.testing.assert_array_equal(found[:, 3], 1)


def test_the_kernels_show_what_playback_shows(
    case: tuple[Package, str, float, ClientFiles], gpu: Device, tools: Toolchain
) -> None:
    package, clip, place, files = case
    player = ClipPlayer(package, clip)
    near(files.posed(gpu, tools, GLSLANG), player.pose(player.frame_at(place / player.clip.fps)))


def test_a_layer_with_a_mask(gpu: Device, tools: Toolchain, tmp_path: Path) -> None:
    """The mask leaves the root alone, so it does not matter how the client places the layer on the ground."""
    from shaders.checks.client_files import ClientFiles, why_not

    if why_not():
        pytest.skip(why_not())
    with Package.open(dancer_package()) as package:
        player, skeleton = ClipPlayer(package, "dance"), package.skeleton
        mask = JointMask.below(skeleton, skeleton.joint_names[3])
        names = [name for name, weight in zip(skeleton.joint_names, mask.weights, strict=True) if weight]
        assert 0 < len(names) < skeleton.joint_count
        below_s, above_s = 8.25 / player.clip.fps, 30.5 / player.clip.fps
        layer = ["--over", "dance", repr(above_s), "0.8", "--mask", ",".join(names)]
        files = ClientFiles(dancer_package(), tmp_path, "--clip", "dance", "--time", repr(below_s), *layer)
        found = files.read(files.index["joints"]).reshape(-1, 4, 4)
        np.testing.assert_array_equal(found[:, 3, 0], mask.weights)
        shares = mask.shares(player.avatar.binding, package.deformation, package.manifest.level_sizes)
        frame = mixed(player.frame_at(below_s), player.frame_at(above_s), 0.8, shares)
        near(files.posed(gpu, tools, GLSLANG), player.pose(frame))


def same(found: NDArray[np.uint32], expected: NDArray[np.uint32]) -> None:
    """Word for word."""
    found, expected = found.reshape(-1), expected.reshape(-1)
    assert len(found) == len(expected)
    differ = np.flatnonzero(found != expected)
    steps = np.abs(found[differ].astype(np.int64) - expected[differ].astype(np.int64))
    assert not len(differ), (len(differ), len(found), differ[:8].tolist(), steps[:8].tolist())
