"""Settings of a bake as JSON: any settings come back as they were, and what is no settings is refused by name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ani3d_runtime.bake.report.command import flag_of
from ani3d_runtime.bake.restoration.settings import RestoreSettings
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.body.readers import MotionOptions
from ani3d_runtime.errors import InputError, UsageError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PATHS = TEXTS.map(lambda text: Path("in", text.replace("\0", "")))
COUNTS = st.none() | st.integers(-(2**70), 2**70)
REALS = st.floats(allow_nan=False, allow_infinity=False)

MOTION_OPTIONS = st.builds(
    MotionOptions,
    unit=st.sampled_from(["auto", "m", "cm", "inch"]),
    axes=st.sampled_from(["auto", "yup", "zup"]),
    mapping=st.none() | PATHS,
    start=st.integers(0, 100),
    stop=st.none() | st.integers(101, 10_000),
    fps=st.none() | st.floats(0.001, 1000),
    ground=st.sampled_from(["keep", "floor"]),
    lock_feet=st.booleans(),
)
RESTORING = st.builds(
    RestoreSettings,
    prior=TEXTS,
    reference=st.lists(PATHS, max_size=3).map(tuple),
    device=st.sampled_from(["auto", "cpu", "cuda"]),
    fit_colours=st.booleans(),
    report=st.none() | PATHS,
    views=COUNTS,
    picture_px=COUNTS,
    steps=COUNTS,
    fit_iterations=COUNTS,
    coarse_from=st.none() | st.sampled_from(["rigid", "fitted"]),
    physics=st.sampled_from(["proxy", "none"]),
    hair=st.none() | st.sampled_from(["kept", "free"]),
    preserve=st.sampled_from(["share", "whole"]),
    whole_clip=st.booleans(),
    renoise=st.none() | st.sampled_from(["0.5", "sigma", "1-sigma-next"]),
    guidance=st.none() | st.floats(1, 100),
)
SETTINGS = st.builds(
    BakeSettings,
    avatar=TEXTS,
    motions=st.lists(TEXTS, max_size=3).map(tuple),
    output=PATHS,
    residuals=st.lists(TEXTS, max_size=3).map(tuple),
    body=TEXTS,
    axes=st.sampled_from(["rdf", "yup", "zup"]),
    fit=st.sampled_from(["auto", "none"]),
    rest_pose=TEXTS,
    parts=st.none() | PATHS,
    motion_options=MOTION_OPTIONS,
    loops=st.lists(TEXTS, max_size=2).map(tuple),
    markers=st.none() | PATHS,
    in_place=st.booleans(),
    max_error_m=st.none() | REALS,
    quality=st.none() | st.sampled_from(["preview", "draft", "standard", "high", "archive", "paper"]),
    restoring=RESTORING,
    seed=st.integers(-(2**70), 2**70),
    detail=st.sampled_from(["low", "medium", "high"]),
    practice=COUNTS,
    overwrite=st.booleans(),
    into=st.booleans(),
)
PLAIN = BakeSettings("dancer", ("dance",), Path("dancer.a3d"))


@given(SETTINGS)
def test_settings_come_back_from_json_as_they_were(settings: BakeSettings) -> None:
    text = json.dumps(settings.to_json(), allow_nan=False)
    assert BakeSettings.from_json(json.loads(text)) == settings


@given(SETTINGS)
def test_what_a_package_keeps_of_settings_decides_the_same_bake(settings: BakeSettings) -> None:
    kept = settings.recipe_json()
    again = BakeSettings.from_recipe_json(json.loads(json.dumps(kept)), Path("elsewhere.a3d"), "recipe")
    assert again.recipe_json() == kept
    assert again.bounds == settings.bounds
    assert (again.seed, again.detail, again.practice) == (settings.seed, settings.detail, settings.practice)


def test_a_recipe_from_before_there_were_loops_is_still_read() -> None:
    kept = {name: value for name, value in PLAIN.recipe_json().items() if name not in ("loops", "markers", "in_place")}
    assert BakeSettings.from_recipe_json(kept, Path("elsewhere.a3d"), "recipe").recipe_json() == PLAIN.recipe_json()


def changed(*place: str, value: Any = None, gone: bool = False) -> dict[str, Any]:
    """Good settings with one field of another value, or without it."""
    whole = json.loads(json.dumps(PLAIN.to_json()))
    record = whole
    for name in place[:-1]:
        record = record[name]
    record[place[-1]] = value
    if gone:
        del record[place[-1]]
    return whole


@pytest.mark.parametrize(
    ("value", "code", "subject", "expected"),
    [
        (changed("sede", value=3), "unknown", "settings.sede", "of avatar, motions"),
        (changed("restoring", "view", value=3), "unknown", "settings.restoring.view", "of prior, reference"),
        (changed("seed", gone=True), "missing", "settings.seed", "a whole number"),
        (changed("motion_options", "fps", gone=True), "missing", "settings.motion_options.fps", "a finite number"),
        (changed("restoring", gone=True), "missing", "settings.restoring", "a map of fields"),
        (changed("seed", value="3"), "value", "settings.seed", "a whole number"),
        (changed("seed", value=3.0), "value", "settings.seed", "a whole number"),
        (changed("seed", value=True), "value", "settings.seed", "a whole number"),
        (changed("overwrite", value=1), "value", "settings.overwrite", "true or false"),
        (changed("avatar"), "value", "settings.avatar", "text"),
        (changed("axes", value="sideways"), "value", "settings.axes", "yup or rdf or zup"),
        (changed("max_error_m", value=10**400), "value", "settings.max_error_m", "a finite number or null"),
        (changed("max_error_m", value=float("nan")), "value", "settings.max_error_m", "a finite number or null"),
        (changed("motions", value="dance"), "value", "settings.motions", "a list of text"),
        (changed("motions", value=["dance", 7]), "value", "settings.motions[1]", "text"),
        (changed("restoring", value=[]), "value", "settings.restoring", "a map of fields"),
        ([], "value", "settings", "a map of fields"),
    ],
)
def test_what_is_no_settings_is_refused_with_the_field_and_what_it_takes(
    value: object, code: str, subject: str, expected: str
) -> None:
    with pytest.raises(InputError) as refusal:
        BakeSettings.from_json(value)
    assert refusal.value.code == f"settings-field-{code}"
    assert refusal.value.subject == subject
    assert refusal.value.expected.startswith(expected)


@pytest.mark.parametrize(
    ("changes", "field", "flag"),
    [
        ({"motions": ()}, "motions", "--motion"),
        ({"max_error_m": 5.0}, "max_error_m", "--max-error-mm"),
        ({"residuals": ("none", "none")}, "residuals", "--residual"),
        ({"practice": -1}, "practice", "--practice"),
        ({"body": "mine.npz"}, "body", "--body"),
        ({"residuals": ("restored",), "restoring": RestoreSettings(views=0)}, "restoring.views", "--views"),
    ],
)
def test_a_refusal_names_a_field_and_the_command_line_its_option(
    changes: dict[str, Any], field: str, flag: str
) -> None:
    with pytest.raises(UsageError) as refusal:
        replace(PLAIN, **changes).refuse_bad()
    assert refusal.value.subject == field
    assert flag_of(field) == flag
    assert "--" not in refusal.value.fix + refusal.value.expected


def test_the_command_line_shows_the_option_of_a_refused_field(ani3d: Any, tmp_path: Path) -> None:
    outcome = ani3d("bake", "dancer", "--motion", "walk", "-o", tmp_path / "a.a3d", "--max-error-mm", "5000")
    assert outcome.code == 2
    assert json.loads(outcome.stderr)["error"]["subject"] == "--max-error-mm"


def test_no_path_in_another_spelling_is_an_option() -> None:
    assert [flag_of(field) for field in ("dancer.a3d", "/in/motions", "restoring.x", "motions.0", "")] == [None] * 5
