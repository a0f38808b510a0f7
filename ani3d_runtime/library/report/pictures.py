"""Pictures: the turning previews of all characters of a report."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from ani3d_runtime.errors import Ani3dError, InputError
from ani3d_runtime.library.report.facts import CharacterFacts
from ani3d_runtime.library.report.preview import kept_preview, turning_preview
from ani3d_runtime.package.reader import Package
from ani3d_runtime.progress import ProgressCallback

# A catalogue may be anybody's: a package lies in the store, and not behind a path that leads out of it.
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,127}\.a3d", re.ASCII)


def pictures_of(
    characters: Sequence[CharacterFacts],
    open_package: Callable[[str], AbstractContextManager[Package]],
    doubt: Callable[[Ani3dError], None],
    progress: ProgressCallback,
) -> dict[str, bytes]:
    """The preview of each character, by its name; those that cannot be shown are doubted and left out.

    Args:
        characters: of the report.
        open_package: opens a package of the store by its file name.
        doubt: takes why one cannot be shown.
        progress: of all.
    """
    pictures: dict[str, bytes] = {}
    for done, character in enumerate(characters):
        progress(done / len(characters))
        try:
            pictures[character.name] = kept_preview(character.digest) or _made(character, open_package)
        except Ani3dError as error:
            doubt(
                InputError(
                    "library-no-picture",
                    character.name,
                    found=f"[{error.code}] {error.subject}: {error.found}",
                    expected="a package that can be shown",
                    fix=f"{error.fix} 'ani3d library bake' makes packages that are gone or damaged again.",
                )
            )
    return pictures


def _made(character: CharacterFacts, open_package: Callable[[str], AbstractContextManager[Package]]) -> bytes:
    if not _FILE_NAME.fullmatch(character.package):
        raise InputError(
            "library-catalogue-unreadable",
            character.name,
            found=f"the package {character.package[:128]!r}",
            expected="the name of an .a3d file in the store",
            fix="Run 'ani3d library bake': it writes the catalogue anew.",
        )
    with open_package(character.package) as package:
        return turning_preview(package)
