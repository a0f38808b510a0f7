"""The demo, small: everything it says it wrote is there and is what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

FRAMES = 24


def test_demo_bakes_streams_and_films(ani3d: Callable, ani3d_process: Callable, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    outcome = ani3d_process("demo", "--detail", "low", "--frames", FRAMES, "-o", folder)
    assert outcome.code == 0, outcome.stderr
    figures = outcome.json["figures"]
    assert figures["frames"] == figures["streamed_frames"] == FRAMES
    assert 15_000 < figures["gaussians"] < 30_000
    assert 0 < figures["error_rms_mm"] < figures["error_p99_9_mm"] <= figures["error_max_mm"] <= 1.0
    assert (folder / "served/dancer.a3d").read_bytes() == (folder / "streamed/dancer.a3d").read_bytes()
    named = {"preview.mp4", "still.png", "contact_sheet.png", "report.html"}
    assert {Path(path).name for path in outcome.json["files"].values()} == named
    assert all(Path(path).is_file() for path in outcome.json["files"].values())
    assert (folder / "preview.mp4").stat().st_size > 20_000
    page = (folder / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 2
    assert "://" not in page, "the page must stand on its own"

    still = np.asarray(Image.open(folder / "still.png").convert("RGB")).astype(int)
    left, right = still[:, :590], still[:, -590:]
    red = [int(((half[..., 0] - half[..., 1]) > 60).sum()) for half in (left, right)]
    assert min(red) > 5_000, "both layers show the dancer's red skirt"

    again = ani3d("demo", "-o", folder)
    assert again.code == 2
    assert again.error_code == "output-exists"
