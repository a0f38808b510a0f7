"""library.toml: what it chooses, and what it refuses by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.library.manifest import Manifest, read_manifest

WHOLE = """
[library]
name = "crowd"
store = "out"
[defaults]
residual = "simulated"
quality = "standard"
[characters.runner]
avatar = "runner"
detail = "low"
tags = ["demo", "sport"]
[characters.dancer]
avatar = "dancer"
[motions.walk]
file = "walk"
[motions.run]
file = "run"
tags = ["fast"]
[motions.dance]
file = "dance"
[[bake]]
characters = ["*"]
motions = ["wa*", "fast"]
[[bake]]
characters = ["sport"]
motions = ["*"]
exclude = ["walk"]
residual = "none"
"""


def read(folder: Path, text: str) -> Manifest:
    (folder / "library.toml").write_text(text, encoding="utf-8")
    return read_manifest(folder)


def test_rules_choose_by_name_glob_and_tag_and_later_ones_win(tmp_path: Path) -> None:
    manifest = read(tmp_path, WHOLE)
    assert (manifest.name, manifest.store) == ("crowd", str(tmp_path / "out"))
    assert manifest.clips_of(manifest.characters["dancer"]) == {"walk": {}, "run": {}}
    assert manifest.clips_of(manifest.characters["runner"]) == {
        "walk": {},
        "run": {"residual": "none"},
        "dance": {"residual": "none"},
    }


def test_a_url_stays_one(tmp_path: Path) -> None:
    assert read(tmp_path, '[library]\nstore = "s3://bucket/people"').store == "s3://bucket/people"


@pytest.mark.parametrize(
    ("text", "code", "meant"),
    [
        ('[library]\nnam = "x"', "library-key-unknown", "'name'"),
        ("[libary]\n", "library-key-unknown", "'library'"),
        ('[defaults]\nqualty = "high"', "library-key-unknown", "'quality'"),
        ('[characters.a]\navatar = "dancer"\nfits = "auto"', "library-key-unknown", "'fit'"),
        ('[motions.a]\nfile = "walk"\nunits = "m"', "library-key-unknown", "'unit'"),
        ('[characters.a]\navatar = "dancer"\n[[bake]]\ncharacter = ["*"]', "library-key-unknown", "'characters'"),
        ('[characters.anna]\navatar = "dancer"\n[[bake]]\ncharacters = ["ana"]', "library-matches-nothing", "'anna'"),
        ("[defaults]\nquality = 3", "library-value", "Correct"),
        ("[defaults]\npractice = true", "library-value", "Correct"),
        ('[characters.a]\navatar = "dancer"\ntags = [1]', "library-value", "Correct"),
        ('[characters.a]\ntags = ["x"]', "library-value", "avatar"),
        ('[characters."a/b"]\navatar = "dancer"', "library-value", "Rename"),
        ('[characters.".."]\navatar = "dancer"', "library-value", "Rename"),
        ('[characters.Anna]\navatar = "dancer"\n[characters.anna]\navatar = "runner"', "library-value", "Rename"),
        ('[bake]\ncharacters = ["*"]', "library-value", "brackets"),
        ("[library]\nformat = 2", "library-value", "format = 1"),
        ('[defaults]\nquality = "standrd"', "library-value", "'standard'"),
        ('[defaults]\nresidual = "simulatd"', "library-value", "'simulated'"),
        ('[defaults]\nexport = ["splt"]', "library-value", "'splat'"),
        ('[motions.a]\nfile = "walk"\naxes = "xup"', "library-value", "'zup'"),
        ("[defaults]\nmax_error_mm = nan", "library-value", "Correct"),
        ("[defaults]\nfps = -30", "library-value", "Correct"),
        ("[defaults]\nretries = -1", "library-value", "Correct"),
        ('[characters.a]\navatar = "dancer"\nrest_pose = "a"', "library-value", "Leave it out"),
        ('[characters.a]\navatar = "a.ply"\ndetail = "low"', "library-value", "Leave it out"),
        ("[library", "library-not-toml", "Mend"),
    ],
)
def test_what_is_wrong_is_named_with_what_was_meant(tmp_path: Path, text: str, code: str, meant: str) -> None:
    with pytest.raises(Ani3dError) as refused:
        read(tmp_path, text)
    assert refused.value.code == code
    assert meant in refused.value.fix


def test_no_manifest_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(Ani3dError, match="library init") as refused:
        read_manifest(tmp_path)
    assert refused.value.code == "library-no-manifest"
