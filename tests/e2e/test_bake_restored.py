"""``bake --residual restored``: planned, baked and reported."""

from __future__ import annotations

import html
import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from ani3d_runtime.cache import cache_folder
from ani3d_runtime.package.reader import Package
from tests.stand_in_prior import plug_in

TINY = (
    *("bake", "dancer", "--detail", "low", "--motion", "dance", "--stop-frame", "8", "--residual", "restored"),
    *("--prior", "stand-in", "--device", "cpu", "--views", "2", "--picture-px", "32", "--fit-iterations", "40"),
    *("--practice", "1"),
)


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", plug_in(tmp_path / "plugin"))
    monkeypatch.syspath_prepend(tmp_path / "plugin")
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


def test_a_restored_bake_and_its_report(
    ani3d: Callable, ani3d_process: Callable, plugged: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.a3d"
    planned = ani3d(*TINY, "-o", output, "--dry-run", "--quality", "standard")
    assert planned.code == 0, planned.stderr
    plan = planned.json["plans"]["dance"]
    assert plan["size_px"] == [32, 32]
    assert plan["memory_bytes"] > 0
    assert not output.exists()
    assert not plugged.exists()
    baked = ani3d_process(*TINY, "-o", output)
    assert baked.code == 0, baked.stderr
    stages = {each["stage"]: each for each in baked.json["restored"]["dance"]["stages"]}
    assert stages["restore"]["units"] == baked.json["plans"]["dance"]["trajectories"]
    with Package.open(output) as package:
        assert package.clip_names == ("dance",)
        assert package.manifest.provenance["restore_prior"] == "stand-in"
        assert package.manifest.provenance["practice"] == "1"
    page = output.with_suffix(".html").read_text()
    assert page.count("<img") >= 4
    assert page.count("<svg") >= 2
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    (command,) = re.findall(r"Make it again</h2><pre>(.*?)</pre>", page)
    assert shlex.split(html.unescape(command)) == ["ani3d", *again(TINY), "-o", str(output)]


def again(arguments: tuple[str, ...]) -> list[str]:
    """The arguments in the order in which the report gives options."""
    ordered = (
        "--motion",
        "--residual",
        "--detail",
        "--practice",
        "--stop-frame",
        "--prior",
        "--device",
        "--views",
        "--picture-px",
    )
    options = dict(zip(arguments[2::2], arguments[3::2], strict=True))
    return [*arguments[:2], *(word for name in (*ordered, "--fit-iterations") for word in (name, options[name]))]
