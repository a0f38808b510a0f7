"""Lists of Gaussians per tile: every pair once, front to back, whatever lies on a border."""

from __future__ import annotations

import numpy as np
import pytest

from ani3d_runtime.render import binning
from ani3d_runtime.render.binning import TILE_PX, TileLists
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.projection import MEAN_Y, REACH_Y
from ani3d_runtime.render.rasterise import Rasterisation


def cloud(count: int, seed: int) -> dict[str, np.ndarray]:
    """Gaussians of half a pixel to a hundred pixels, so that many reach over borders of tiles."""
    random = np.random.default_rng(seed)
    return {
        "means_m": random.uniform(-1.8, 1.8, (count, 3)).astype(np.float32),
        "quats_wxyz": random.normal(size=(count, 4)).astype(np.float32),
        "scales_m": np.exp(random.uniform(np.log(5e-4), np.log(0.12), (count, 3))).astype(np.float32),
        "opacities": random.uniform(0.05, 1, count).astype(np.float32),
        "colours": random.uniform(0, 1, (count, 3)).astype(np.float32),
    }


def on_tile_borders(records: np.ndarray) -> np.ndarray:
    """The records moved until each ellipse begins, as nearly as can be, between two rows of tiles."""
    moved = records[records[:, REACH_Y] > 1].copy()
    reach = moved[:, REACH_Y].astype(np.float64)
    moved[:, MEAN_Y] = np.round((moved[:, MEAN_Y] - reach) / TILE_PX) * TILE_PX - binning._ALMOST_HALF + reach
    return moved


def test_counting_and_filling_list_the_same_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slot that filling leaves out would keep the mark put there beforehand; one too many hits a neighbour's."""
    fill = binning._fill
    lists: list[np.ndarray] = []

    def marked(*arguments) -> None:
        keys, owners = arguments[-2:]
        keys[:] = np.uint64(2**64 - 1)
        owners[:] = 0
        fill(*arguments)
        lists.append(keys & np.uint64(0xFFFFFFFF))

    monkeypatch.setattr(binning, "_fill", marked)
    run = Rasterisation(**cloud(60_000, 11), camera=Camera.look_at((0, 0, 4), (0, 0, 0), (0, 1, 0), 0.7, 960, 640))
    binning.bin_into_tiles(on_tile_borders(run.records), 960, 640)
    for pairs in lists:
        np.testing.assert_array_equal(np.sort(pairs), np.arange(len(pairs), dtype=np.uint64))


def test_every_tile_is_listed_front_to_back(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[TileLists] = []
    make = binning.bin_into_tiles
    monkeypatch.setattr(
        "ani3d_runtime.render.rasterise.bin_into_tiles", lambda *arguments: made.append(make(*arguments)) or made[-1]
    )
    splats = cloud(3_000, seed=4)
    Rasterisation(**splats, camera=Camera.look_at((0, 0, 4), (0, 0, 0), (0, 1, 0), 0.7, 200, 120))
    (lists,) = made
    distances = 4 - splats["means_m"][:, 2]
    for start, end in zip(lists.starts[:-1], lists.starts[1:], strict=True):
        assert (np.diff(distances[lists.gaussians[start:end]]) >= -1e-5).all()
