"""Section ``recipe``: what a package was baked from, whatever anybody wrote into it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ani3d_runtime.bake.into import settings_into
from ani3d_runtime.errors import BrokenPackageError, InputError, UsageError
from ani3d_runtime.package.assembly import EncodedSection, assembled
from ani3d_runtime.package.describe import describe_package
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.recipe import InputFile, Recipe, RecipeStep
from ani3d_runtime.package.validate import validate_package
from ani3d_runtime.package.writer import ClipSource, add_clips, write_package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion

PLY = InputFile("avatar", "me.ply", "ab" * 32, 1234)
STEP = RecipeStep(
    ("walk",), {"avatar": "me.ply", "seed": 3, "restoring": {"reference": ["a.png"]}}, (PLY,), {"codec": 1}
)
RECIPE = Recipe((STEP, replace(STEP, clips=("run", "jump"))))
GOOD = RECIPE.to_json()


def written(path: Path, recipe: Recipe | None = RECIPE) -> Path:
    avatar = synthetic_avatar(40)
    write_package(path, avatar, [ClipSource("walk", synthetic_motion(avatar.skeleton, 3))], recipe=recipe)
    return path


def forged(path: Path, recipe: bytes) -> Path:
    """A good package whose recipe is something else."""
    with Package.open(written(path)) as package:
        sections = [
            EncodedSection(s.name, package.read_stored(s), s.clip, s.group, s.critical) for s in package.toc.sections
        ]
    forgery = [replace(section, data=recipe) if section.name == "recipe" else section for section in sections]
    path.write_bytes(b"".join(assembled(forgery)))
    return path


def test_a_recipe_comes_back_and_says_which_bake_wrote_a_clip(tmp_path: Path) -> None:
    path = written(tmp_path / "doll.a3d")
    with Package.open(path) as package:
        recipe = package.recipe
        assert recipe == RECIPE
        section = package.find_section("recipe")
        assert section is not None
        assert not section.critical
    assert recipe.step_of("jump") is recipe.steps[1]
    assert recipe.step_of("sit") is None
    assert recipe.first.input_of("avatar") == PLY
    assert validate_package(path).ok
    with Package.open(written(tmp_path / "none.a3d", None)) as package:
        assert package.recipe is None


def test_the_section_is_all_that_a_recipe_adds(tmp_path: Path) -> None:
    def stored(path: Path) -> dict[tuple[str, int, int], bytes]:
        with Package.open(path) as package:
            return {(s.name, s.clip, s.group): package.read_stored(s) for s in package.toc.sections}

    with_recipe = stored(written(tmp_path / "a.a3d"))
    del with_recipe["recipe", -1, 0]
    assert with_recipe == stored(written(tmp_path / "b.a3d", None))


def test_a_step_whose_clips_are_all_replaced_is_forgotten_but_for_the_first() -> None:
    again = RECIPE.with_step(replace(STEP, clips=("walk", "run")), ("walk", "run", "jump"))
    assert [step.clips for step in again.steps] == [("walk",), ("run", "jump"), ("walk", "run")]
    assert again.step_of("walk") is again.steps[2]
    last = again.with_step(replace(STEP, clips=("jump",)), ("walk", "run", "jump"))
    assert [step.clips for step in last.steps] == [("walk",), ("walk", "run"), ("jump",)]


def test_clips_that_are_added_leave_the_recipe_or_bring_one(tmp_path: Path) -> None:
    path, avatar = written(tmp_path / "doll.a3d"), synthetic_avatar(40)
    add_clips(path, avatar, [ClipSource("run", synthetic_motion(avatar.skeleton, 3))])
    with Package.open(path) as package:
        assert package.recipe == RECIPE
    add_clips(path, avatar, [ClipSource("sit", synthetic_motion(avatar.skeleton, 3))], recipe=Recipe((STEP,)))
    with Package.open(path) as package:
        assert package.recipe == Recipe((STEP,))
    assert validate_package(path).ok


def test_names_and_bytes_do_not_depend_on_the_order_of_settings() -> None:
    turned = replace(STEP, settings=dict(reversed(STEP.settings.items())))
    assert Recipe((turned,)).to_bytes() == Recipe((STEP,)).to_bytes()


def step_with(**fields: Any) -> dict[str, Any]:
    return {**GOOD, "steps": [{**GOOD["steps"][0], **fields}]}


DEEP: Any = 1
for _ in range(8):
    DEEP = [DEEP]

HOSTILE: dict[str, Any] = {
    "a list": [],
    "another version": {**GOOD, "version": 2},
    "no steps": {**GOOD, "steps": []},
    "steps that are no list": {**GOOD, "steps": {"a": 1}},
    "a step that is no map": {**GOOD, "steps": [7]},
    "settings that are no map": step_with(settings=[1]),
    "settings in settings in settings": step_with(settings={"a": DEEP}),
    "settings with controls in a text": step_with(settings={"a": "\u001b[2J"}),
    "settings with controls in a name": step_with(settings={"\u001b[2J": 1}),
    "settings of infinity": '{"version":1,"steps":[{"clips":[],"inputs":[],"made_with":{},"settings":{"a":1e999}}]}',
    "a digest of other characters": step_with(inputs=[{**GOOD["steps"][0]["inputs"][0], "sha256": "x" * 64}]),
    "a negative length": step_with(inputs=[{**GOOD["steps"][0]["inputs"][0], "size_bytes": -1}]),
    "inputs without names": step_with(inputs=[{}]),
    "clips that are no names": step_with(clips=[3]),
    "numbers that are maps": step_with(made_with={"codec": {"a": 1}}),
    "no clips": {**GOOD, "steps": [{key: value for key, value in GOOD["steps"][0].items() if key != "clips"}]},
    "not JSON": "{",
    "NaN": '{"version": NaN}',
    "a key twice": '{"version": 1, "version": 1}',
    "a number of a million digits": f'{{"version": {"1" * 1_000_000}}}',
    "a million brackets": "[" * 1_000_000,
    "nothing": "",
    "no text": b"\xff\xfe\xff",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_recipe_that_is_none_is_refused_by_who_asks_for_it_and_does_not_stop_playing(
    tmp_path: Path, what: str
) -> None:
    value = HOSTILE[what]
    text = value if isinstance(value, (str, bytes)) else json.dumps(value)
    path = forged(tmp_path / "doll.a3d", text if isinstance(text, bytes) else text.encode())
    with Package.open(path) as package:
        player = ClipPlayer(package, "walk")
        assert player.pose(player.frame(0)).cloud.count == 40
        with pytest.raises(BrokenPackageError) as refusal:
            _ = package.recipe
        description = describe_package(package)
    assert refusal.value.code == "recipe-invalid"
    assert description.recipe is None
    assert description.to_json()["recipe_refusal"]["code"] == "recipe-invalid"
    assert [finding.code for finding in validate_package(path).findings] == ["recipe-invalid"]
    with pytest.raises(BrokenPackageError):
        settings_into(path, {"motions": ("walk",)})


def test_a_huge_recipe_is_refused_before_it_is_read_or_written(tmp_path: Path) -> None:
    path = forged(tmp_path / "doll.a3d", b" " * (5 << 20))
    with Package.open(path) as package, pytest.raises(BrokenPackageError) as refusal:
        _ = package.recipe
    assert refusal.value.code == "section-too-large"
    before = path.read_bytes()
    huge = Recipe(tuple(replace(STEP, clips=(f"clip {number}",)) for number in range(20_000)))
    with pytest.raises(InputError) as too_large:
        written(path, huge)
    assert too_large.value.code == "recipe-too-large"
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({}, "settings-field-missing"),
        ({"avatar": 7}, "settings-field-missing"),
        ({"sede": 1}, "settings-field-unknown"),
    ],
)
def test_settings_that_a_bake_does_not_know_are_refused_by_name(
    tmp_path: Path, settings: dict[str, Any], code: str
) -> None:
    path = written(tmp_path / "doll.a3d", Recipe((replace(STEP, settings=settings),)))
    with pytest.raises(InputError) as refusal:
        settings_into(path, {"motions": ("walk",)})
    assert refusal.value.code == code
    assert refusal.value.subject.startswith(f"{path}: recipe.steps[0].settings.")


def test_a_package_without_a_recipe_wants_to_be_told_its_avatar(tmp_path: Path) -> None:
    path = written(tmp_path / "doll.a3d", None)
    with pytest.raises(UsageError) as refusal:
        settings_into(path, {"motions": ("walk",)})
    assert refusal.value.code == "bake-no-recipe"
    assert "rest_pose" in refusal.value.fix
    settings = settings_into(path, {"avatar": "dancer", "motions": ("walk",), "seed": 4})
    assert (settings.avatar, settings.seed, settings.practice_count) == ("dancer", 4, 0)
    with pytest.raises(UsageError) as contradiction:
        settings_into(path, {"avatar": "dancer", "motions": ("walk",), "max_error_m": 0.5e-3})
    assert contradiction.value.code == "bake-into-contradiction"
