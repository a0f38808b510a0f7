"""Section ``recipe``: what a package was baked from and with, for programs that bake it again or add to it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ani3d_runtime.errors import InputError
from ani3d_runtime.package.fields import Fields
from ani3d_runtime.package.layout import broken
from ani3d_runtime.spec.format import (
    CONTAINER_MAX_CLIPS,
    MANIFEST_MAX_NAME_CHARS,
    RECIPE_MAX_BYTES,
    RECIPE_MAX_DEPTH,
    RECIPE_MAX_DIGITS,
    RECIPE_MAX_INPUTS,
    RECIPE_VERSION,
)

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class InputFile:
    """A file that a bake read.

    Attributes:
        role: what it was to the bake: ``avatar``, ``motion``, ``residual`` and so on.
        name: without its folder, which differs from machine to machine; of built-in data, the name that chooses it.
        sha256: of its bytes, 64 hexadecimal digits.
        size_bytes: its length.
    """

    role: str
    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class RecipeStep:
    """One bake, which made the package or added clips to it.

    Attributes:
        clips: names of the clips that it wrote, in the order of the settings' motions.
        settings: fields of ``BakeSettings`` that decide the result, as JSON; files by their names.
        inputs: every file that it read.
        made_with: the program, recipe numbers of its code, and what it used beside, such as a prior's weights.
    """

    clips: tuple[str, ...]
    settings: Mapping[str, Any]
    inputs: tuple[InputFile, ...]
    made_with: Mapping[str, Any]

    def input_of(self, role: str) -> InputFile | None:
        """The first file of a role."""
        return next((file for file in self.inputs if file.role == role), None)


@dataclass(frozen=True)
class Recipe:
    """How a package came about.

    Attributes:
        steps: the bake that made the package, then those that added clips and still have one in it.
    """

    steps: tuple[RecipeStep, ...]

    @property
    def first(self) -> RecipeStep:
        """The step that made the package, and with it the avatar."""
        return self.steps[0]

    def step_of(self, clip: str) -> RecipeStep | None:
        """The step that wrote a clip: the last one that names it."""
        return next((step for step in reversed(self.steps) if clip in step.clips), None)

    def with_step(self, step: RecipeStep, clips: Sequence[str]) -> Recipe:
        """The recipe of the package after another step.

        Args:
            step: the new one.
            clips: all clips that the package has then; a step that wrote none of them any more is left out, but for the
                first.
        """
        grown = Recipe((*self.steps, step))
        alive = {id(grown.step_of(clip)) for clip in clips} | {id(grown.first), id(step)}
        return Recipe(tuple(each for each in grown.steps if id(each) in alive))

    def to_json(self) -> dict[str, Any]:
        """As the section holds it, and as scripts read it."""
        return {"version": RECIPE_VERSION, "steps": [asdict(step) for step in self.steps]}

    def to_bytes(self) -> bytes:
        """JSON in UTF-8, keys sorted, without spaces: the same recipe is always the same bytes.

        Raises:
            InputError: ``recipe-too-large``.
        """
        text = json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        data = text.encode()
        if len(data) > RECIPE_MAX_BYTES:
            raise InputError(
                "recipe-too-large",
                "recipe",
                found=f"{len(data):,} bytes in {len(self.steps)} bakes",
                expected=f"{RECIPE_MAX_BYTES:,} bytes",
                fix="Bake all clips into a new package at once, with -o.",
            )
        return data

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Recipe:
        """Read and check a recipe field by field; what the settings mean is for the baker to check.

        Raises:
            BrokenPackageError: ``recipe-invalid``.
        """
        fields = Fields(_parsed(data, name), "recipe")
        fields.integer("version", RECIPE_VERSION, RECIPE_VERSION)
        steps = tuple(_step(step) for step in fields.maps("steps", max_count=CONTAINER_MAX_CLIPS))
        if not steps:
            raise broken("recipe-invalid", f"{name}: recipe", "no step", "the bake that made the package")
        return cls(steps)


def _step(fields: Fields) -> RecipeStep:
    return RecipeStep(
        clips=fields.names("clips", max_count=CONTAINER_MAX_CLIPS, max_chars=MANIFEST_MAX_NAME_CHARS),
        settings=fields.plain("settings", max_depth=RECIPE_MAX_DEPTH),
        inputs=tuple(_input(each) for each in fields.maps("inputs", max_count=RECIPE_MAX_INPUTS)),
        made_with=fields.plain("made_with", max_depth=0),
    )


def _input(fields: Fields) -> InputFile:
    digest = fields.text("sha256")
    if not _DIGEST.fullmatch(digest):
        raise broken("recipe-invalid", f"{fields.path}.sha256", digest[:80], "64 hexadecimal digits")
    return InputFile(
        role=fields.text("role"),
        name=fields.text("name"),
        sha256=digest,
        size_bytes=fields.integer("size_bytes", 0, 1 << 62),
    )


def _parsed(data: bytes, name: str) -> object:
    try:
        return json.loads(data.decode(), object_pairs_hook=_map, parse_int=_whole, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        found = f"bytes that are not JSON ({type(error).__name__})"
        raise broken("recipe-invalid", f"{name}: recipe", found, "JSON in UTF-8") from None


def _map(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a key twice")
    return values


def _whole(text: str) -> int:
    """Without the seconds that a number of a million digits takes."""
    if len(text) > RECIPE_MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} digits")
    return int(text)


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is not JSON")
