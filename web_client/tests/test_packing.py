# pyright: basic
"""The web client packs, word for word, what the packer in Python of ``shaders/checks`` packs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ani3d_runtime.channel import Channel
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import ClipPlayer
from shaders.checks.packing.groups import cosines, packed_group, read_spectra
from shaders.checks.packing.splats import packed_looks, packed_splats
from shaders.checks.packing.tracks import Tracks, channels_of, gaussians_of, packed_parents
from shaders.checks.packing.transforms import transforms_of

CLIENT = Path(__file__).parents[1]
VALID = CLIENT.parent / "spec" / "vectors" / "packages" / "valid"
CHANNELS = {"position": Channel.POSITION, "rotation": Channel.ROTATION, "scale": Channel.LOG_SCALE}
CHANNELS["colour"] = Channel.COLOUR
# A place between two frames of a package's last clip with a residual layer.
PLACES = {"added-clip-further": 0.25, "all-detail-channels": 1.5, "nodes-sh2-two-clips": 1.25, "limits-detail": 0.0}


class Dump:
    """Buffers of one instant, as ``tests/dump`` writes them."""

    def __init__(self, package: Path, folder: Path, clip: str, seconds: float) -> None:
        command = ["node", str(CLIENT / "dist/dump/dump.mjs"), str(package), str(folder), clip, repr(seconds)]
        subprocess.run(command, check=True)
        self._folder = folder
        self.index: dict[str, Any] = json.loads((folder / "index.json").read_text(encoding="utf-8"))

    def read(self, entry: dict[str, Any]) -> NDArray[Any]:
        """One buffer."""
        return np.frombuffer((self._folder / entry["file"]).read_bytes(), entry["type"]).reshape(entry["shape"])


@pytest.fixture(params=PLACES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def test_bytes_are_the_same(name: str, tmp_path: Path) -> None:
    path = VALID / f"{name}.a3d"
    with Package.open(path) as package:
        clip = [each for each in package.clip_names if package.clip(each).has_residual][-1]
        seconds = PLACES[name] / package.clip(clip).fps
        files = Dump(path, tmp_path, clip, seconds)
        index, tracks = files.index, Tracks.of_package(package)
        assert index["track_count"] == tracks.count
        channels = [CHANNELS[channel] for channel in index["channels"]]
        assert channels == channels_of(package)
        same(files.read(index["splats"]), packed_splats(gaussians_of(package, tracks)))
        for level in range(package.level_count - 1):
            look = package.appearance(level)
            packed = packed_looks(look.displacements_m, look.log_scale_changes, look.opacities, look.colour_changes)
            same(files.read(index[f"look.{level}"]), packed)
        source, numbers = index["sources"][0], tracks.numbers(package, clip)
        words, stages = packed_parents(package, clip, numbers)
        assert [tuple(stage) for stage in source["stages"]] == stages
        if len(words):
            same(files.read(source["parents"]), words)
        for slot in source["slots"]:
            group = slot["frame"] // package.manifest.frames_per_group
            for field, channel in zip(index["channels"], channels, strict=True):
                spectra = read_spectra(package, clip, group, channel, numbers)
                if len(spectra.steps):
                    same(files.read(slot[field]["group"]), packed_group(spectra, tracks.count))
                    expected = cosines(spectra.frame_count, slot["frame_of_group"])
                    np.testing.assert_allclose(slot[field]["cosines"], expected, atol=1e-7)
        player = ClipPlayer(package, clip)
        joints = files.read(index["joints"]).reshape(-1, 4, 4)
        expected = transforms_of(package.skeleton, player.frame_at(seconds))
        np.testing.assert_allclose(joints[:, :3], expected[:, :3], atol=5e-6)
        np.testing.assert_array_equal(joints[:, 3], 1)


def same(found: NDArray[Any], expected: NDArray[Any]) -> None:
    """Word for word, whatever the shape."""
    np.testing.assert_array_equal(found.reshape(-1), np.asarray(expected).reshape(-1).view(found.dtype))
