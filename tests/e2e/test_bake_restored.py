"""``bake --residual restored``: planned, killed at every stage and taken up again, reported."""

from __future__ import annotations

import html
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ani3d_runtime.cache import cache_folder
from ani3d_runtime.package.reader import Package
from tests.stand_in_prior import LOG, PAUSE_S, plug_in

TINY = (
    *("bake", "dancer", "--detail", "low", "--motion", "dance", "--stop-frame", "8", "--residual", "restored"),
    *("--prior", "stand-in", "--device", "cpu", "--views", "2", "--picture-px", "32", "--fit-iterations", "40"),
)


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", plug_in(tmp_path / "plugin"))
    return use_cache(tmp_path / "cache", monkeypatch) / "restoration"


def use_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache but for characters, which take long to build and are shared with other tests."""
    folder.mkdir()
    characters = Path(os.environ.get("CHARACTERS", cache_folder("characters")))
    characters.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("CHARACTERS", str(characters))
    (folder / "characters").symlink_to(characters)
    monkeypatch.setenv("ANI3D_CACHE_DIR", str(folder))
    return folder


def killed_during(stage: str, folder: Path, output: Path) -> None:
    """Start the bake, and end it with SIGKILL while it is in a stage."""
    command = [sys.executable, "-m", "ani3d_runtime.cli", *TINY, "-o", str(output)]
    before = {"restore": "coarse", "fit": "restore"}[stage]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, PAUSE_S: "0.5"}
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(before):
                break
        made = "*.npz" if stage == "restore" else "*.checkpoint"
        wait_until(lambda: bool(list((folder / stage).glob(made))), process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not output.exists()


def wait_until(there: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    for _ in range(2000):
        if there():
            return
        assert process.poll() is None
        time.sleep(0.01)
    raise AssertionError("it never came")


def test_killed_at_every_stage_it_goes_on_and_ends_the_same(
    ani3d: Callable, plugged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    monkeypatch.setenv(LOG, str(log))
    broken, whole = tmp_path / "out.a3d", tmp_path / "whole" / "out.a3d"
    whole.parent.mkdir()
    for stage in ("restore", "fit"):
        killed_during(stage, plugged, broken)
    finished = ani3d(*TINY, "-o", broken)
    assert finished.code == 0, finished.stderr
    stages = {each["stage"]: each for each in finished.json["restored"]["dance"]["stages"]}
    assert [stages[name]["units"] for name in ("coarse", "restore", "fit")] == [0, 0, 1]
    videos = finished.json["plans"]["dance"]["trajectories"]
    seeds = log.read_text().split()
    # One video may have been in the works when it was killed; no finished one was restored again.
    assert videos <= len(seeds) <= videos + 1
    assert len(set(seeds)) == videos
    use_cache(tmp_path / "afresh", monkeypatch)
    uninterrupted = ani3d(*TINY, "-o", whole)
    assert uninterrupted.code == 0, uninterrupted.stderr
    assert whole.read_bytes() == broken.read_bytes()
    with Package.open(whole) as package:
        assert package.clip_names == ("dance",)
        assert package.manifest.provenance["restore_prior"] == "stand-in"
    page = whole.with_suffix(".html").read_text()
    assert page.count("<img") >= 4
    assert page.count("<svg") >= 3
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    (command,) = re.findall(r"Make it again</h2><pre>(.*?)</pre>", page)
    assert shlex.split(html.unescape(command)) == ["ani3d", *again(TINY), "-o", str(whole)]


def again(arguments: tuple[str, ...]) -> list[str]:
    """The arguments in the order in which the report gives options."""
    ordered = ("--motion", "--residual", "--detail", "--stop-frame", "--prior", "--device", "--views", "--picture-px")
    options = dict(zip(arguments[2::2], arguments[3::2], strict=True))
    return [*arguments[:2], *(word for name in (*ordered, "--fit-iterations") for word in (name, options[name]))]


def test_a_plan_writes_nothing(ani3d: Callable, plugged: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.a3d"
    planned = ani3d(*TINY, "-o", output, "--dry-run", "--quality", "standard")
    assert planned.code == 0, planned.stderr
    plan = planned.json["plans"]["dance"]
    assert plan["size_px"] == [32, 32]
    assert plan["rounds"] == 2
    assert plan["memory_bytes"] > 0
    assert not output.exists()
    assert not plugged.exists()
    unknown = [word if word != "stand-in" else "nobody" for word in TINY]
    assert ani3d(*unknown, "-o", output).error_code == "prior-unknown"
