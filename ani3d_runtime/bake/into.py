"""Baking into a package that is there: what its recipe settles, and whether a bake fits it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.inputs import OWN_SOURCES, found_again
from ani3d_runtime.bake.quality import bounds_of
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.errors import UsageError
from ani3d_runtime.package.addition import in_stored_colours, stage_of
from ani3d_runtime.package.manifest import Manifest
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.recipe import Recipe
from ani3d_runtime.package.writer import refuse_names

_CHOICES = ("axes", "fit", "drop_nan", "drop_floor", "drop_strays", "seed", "detail")
_BOUNDS = ("max_error_m", "quality")
# What makes the avatar of a capture; a recipe has the digests of those that are files.
_FILES = ("avatar", "body", "rest_pose", "parts")


def settings_into(path: Path, given: Mapping[str, Any]) -> BakeSettings:
    """The settings of a bake that adds clips to a package: what is not given is as it was.

    Args:
        path: the package.
        given: fields of :class:`BakeSettings` that the user chose; all others are left out.

    Raises:
        UsageError: ``bake-into-contradiction``, ``bake-input-missing``, ``bake-no-recipe``. PackageError: the package
            cannot be read, ``recipe-invalid`` too. InputError: ``settings-field-*`` in its recipe.
    """
    with Package.open(path) as package:
        recipe, manifest = package.recipe, package.manifest
    _refuse_other_bounds(given, manifest)
    if recipe is None:
        return _settings_without_recipe(path, given)
    baked = BakeSettings.from_recipe_json(recipe.first.settings, path, f"{path}: recipe.steps[0].settings")
    for name in _CHOICES:
        if name in given and given[name] != getattr(baked, name):
            raise _contradiction(name, str(given[name]), str(getattr(baked, name)))
    kept = ("practice", *_CHOICES, *_BOUNDS)
    chosen = {name: getattr(baked, name) for name in kept} | _files_again(path, given, baked, recipe)
    if _moved_by_files(recipe, manifest, path):
        # Files may move anything, and a simulation would tell the driver that it stands still.
        chosen["practice"] = 0
    settings = BakeSettings(**{**chosen, **given}, output=path, into=True)
    return settings if "practice" in given or settings.can_practise else replace(settings, practice=None)


def refuse_unfit(settings: BakeSettings, avatar: Avatar, names: Sequence[str]) -> None:
    """Refuse clips that do not fit the package; a refusal should not wait for a simulation.

    Args:
        settings: of the bake.
        avatar: in its own order of Gaussians.
        names: of the clips.

    Raises:
        InputError: ``bake-into-other-avatar``, ``clip-name-invalid``, ``clip-name-taken``.
    """
    with Package.open(settings.output) as package:
        refuse_names(names, () if settings.overwrite else package.clip_names)
        stage_of(package, avatar)


def in_fitted_colours(settings: BakeSettings, avatar: Avatar) -> Avatar:
    """The avatar in the colours that were fitted when the package was made, whose reference may be gone."""
    with Package.open(settings.output) as package:
        recipe = package.recipe
        if recipe is None or settings.restoring.fit_colours:
            return avatar
        baked = BakeSettings.from_recipe_json(recipe.first.settings, settings.output, package.name)
        return in_stored_colours(package, avatar) if baked.restoring.fit_colours else avatar


def _settings_without_recipe(path: Path, given: Mapping[str, Any]) -> BakeSettings:
    """For packages that were not made by a bake, or by an earlier version: the user says what they were made from."""
    if "avatar" not in given:
        options = ", ".join((*_FILES[1:], *_CHOICES))
        raise UsageError(
            "bake-no-recipe",
            path,
            found="a package that does not keep what it was baked from",
            expected="the avatar's name or file, and the options that it was baked with",
            fix=f"Name the avatar, and what was not left at its default of: {options}.",
        )
    # Nobody knows what moved the clips that are there; see settings_into.
    chosen: dict[str, Any] = {"practice": 0, **given}
    return BakeSettings(**chosen, output=path, into=True)


def _files_again(path: Path, given: Mapping[str, Any], baked: BakeSettings, recipe: Recipe) -> dict[str, Any]:
    """The fields that name the avatar and its files, which may have moved since the package was baked."""
    found: dict[str, Any] = {}
    for name in _FILES:
        value = getattr(baked, name)
        if name not in given and value is not None:
            file = recipe.first.input_of(name)
            place = value if file is None else found_again(file, name, path)
            found[name] = Path(place) if name == "parts" else str(place)
    return found


def _moved_by_files(recipe: Recipe, manifest: Manifest, path: Path) -> bool:
    """Whether a file moves any clip of the package, or nobody knows what moves it."""
    for clip in manifest.clips:
        step = recipe.step_of(clip.name)
        if step is None:
            return True
        baked = BakeSettings.from_recipe_json(step.settings, path, f"{path}: recipe")
        sources = dict(zip(step.clips, baked.residual_per_clip(), strict=False))
        if sources.get(clip.name) not in OWN_SOURCES:
            return True
    return False


def _refuse_other_bounds(given: Mapping[str, Any], manifest: Manifest) -> None:
    """Another name for the same bounds is welcome: it may ask for more effort of restoring."""
    if not any(name in given for name in _BOUNDS):
        return
    bounds = bounds_of(given.get("quality"), given.get("max_error_m"))
    asked = (bounds.position_m, bounds.shape_m, bounds.colour, bounds.rest.position_error_m)
    stated = (
        manifest.part_max_error_m,
        manifest.part_max_shape_error_m,
        manifest.max_colour_error,
        manifest.canonical_error_m,
    )
    if asked != stated:
        name = "max_error_m" if "max_error_m" in given else "quality"
        found = given["quality"] if name == "quality" else f"{given['max_error_m'] * 1e3:g} mm"
        raise _contradiction(name, found, f"bounds of {_in_mm(manifest.part_max_error_m)}")


def _in_mm(bounds_m: Sequence[float]) -> str:
    low, high = min(bounds_m), max(bounds_m)
    return f"{high * 1e3:g} mm" if low == high else f"{low * 1e3:g} to {high * 1e3:g} mm"


def _contradiction(field: str, found: str, baked: str) -> UsageError:
    return UsageError(
        "bake-into-contradiction",
        field,
        found=f"{found} for a package that was baked with {baked}",
        expected="what the package was baked with: all its clips share one avatar and its bounds",
        fix="Leave it out, or bake into another package.",
    )
