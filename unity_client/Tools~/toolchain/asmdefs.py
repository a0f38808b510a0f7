"""The package's assembly definitions, read as Unity reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from toolchain.editors import Editor
from toolchain.paths import CLIENT

# All the keys that Unity knows; what else stands in a file it ignores without a word.
_KEYS = {
    *("name", "rootNamespace", "references", "includePlatforms", "excludePlatforms", "allowUnsafeCode"),
    *("overrideReferences", "precompiledReferences", "autoReferenced", "defineConstraints", "versionDefines"),
    "noEngineReferences",
}
_FOLDERS = ("Runtime", "Editor", "Tests", "Samples~")


@dataclass(frozen=True)
class Definition:
    """One .asmdef.

    Attributes:
        path: of the file.
        content: its JSON.
    """

    path: Path
    content: dict[str, Any]

    @property
    def name(self) -> str:
        """Of the assembly."""
        return self.content["name"]

    @property
    def references(self) -> list[str]:
        """Names of the assemblies that it refers to."""
        return self.content.get("references", [])

    @property
    def has_engine(self) -> bool:
        """Whether Unity's own assemblies are at hand."""
        return not self.content.get("noEngineReferences", False)

    @property
    def is_test(self) -> bool:
        """Whether NUnit is at hand."""
        return "nunit.framework.dll" in self.content.get("precompiledReferences", [])

    @cached_property
    def files(self) -> list[Path]:
        """Its C# files: those below its folder that no deeper definition takes."""
        inner = [path.parent for path in self.path.parent.rglob("*.asmdef") if path != self.path]
        return sorted(
            path
            for path in self.path.parent.rglob("*.cs")
            if not any(folder in path.parents for folder in inner) and not _hidden(path, self.path.parent)
        )

    def defines(self, editor: Editor) -> frozenset[str]:
        """The preprocessor symbols in a Unity: its own, and those of versions of packages."""
        of_versions = {
            each["define"]
            for each in self.content.get("versionDefines", [])
            if editor.has(each["name"], each["expression"])
        }
        return editor.defines | of_versions

    def is_compiled(self, editor: Editor) -> bool:
        """Whether a Unity compiles it: platforms and constraints."""
        only, but = self.content.get("includePlatforms", []), self.content.get("excludePlatforms", [])
        place = "Editor" if editor.is_editor else "Player"
        if (only and place not in only) or place in but or not self.files:
            return False
        defines = self.defines(editor)
        return all(_holds(each, defines) for each in self.content.get("defineConstraints", []))


def definitions() -> list[Definition]:
    """Every .asmdef of the package, samples included; those that others refer to come first."""
    found = {
        each.name: each
        for folder in _FOLDERS
        for path in sorted((CLIENT / folder).rglob("*.asmdef"))
        for each in [Definition(path, json.loads(path.read_text(encoding="utf-8")))]
    }
    ordered: dict[str, Definition] = {}

    def place(each: Definition) -> None:
        for name in each.references:
            if name in found and name not in ordered and found[name] is not each:
                place(found[name])
        ordered[each.name] = each

    for each in found.values():
        if each.name not in ordered:
            place(each)
    return list(ordered.values())


def faults(known: set[str]) -> list[str]:
    """What is wrong with the definitions; empty where nothing is.

    Args:
        known: names of assemblies outside of the package for which there are stubs.
    """
    wrong: list[str] = []
    each_definition = definitions()
    names = {each.name for each in each_definition}
    for each in each_definition:
        name = each.path.relative_to(CLIENT).as_posix()
        wrong += [f"{name} has the key {key!r}, which Unity does not know" for key in each.content.keys() - _KEYS]
        wrong += [
            f"{name} refers to {other!r}: names are wanted, not GUIDs" for other in each.references if ":" in other
        ]
        wrong += [
            f"{name} refers to {other!r}, which is neither in the package nor in Tools~/Stubs"
            for other in each.references
            if other not in names | known and ":" not in other
        ]
        wrong += [f"{name} allows unsafe code" for _ in range(1) if each.content.get("allowUnsafeCode")]
    taken = {path for each in each_definition for path in each.files}
    for folder in _FOLDERS:
        wrong += [
            f"{path.relative_to(CLIENT).as_posix()} is in no assembly: there is no .asmdef above it"
            for path in sorted((CLIENT / folder).rglob("*.cs"))
            if path not in taken and not _hidden(path, CLIENT / folder)
        ]
    return wrong


def files() -> Iterator[Path]:
    """Every C# file of the package that Unity compiles."""
    for each in definitions():
        yield from each.files


def _holds(constraint: str, defines: frozenset[str]) -> bool:
    """One line of constraints: A, !A, or A || B."""
    return any((each.lstrip("!") in defines) != each.startswith("!") for each in map(str.strip, constraint.split("||")))


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.endswith("~") or part.startswith(".") for part in path.relative_to(folder).parts)
