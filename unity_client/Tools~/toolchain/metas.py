"""The .meta files of the package: Unity ignores files of an installed package that have none.

The GUID of a file follows from its path, so it is the same in every checkout and stays what it was. It must never
change once a file is published: scenes refer to it. A file that moves keeps its old GUID in ``MOVED``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from toolchain.paths import CLIENT

_NAME = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))["name"]
# New path of a file that moved: the path that its GUID was made from.
MOVED: dict[str, str] = {}
_TAIL = "  userData: \n  assetBundleName: \n  assetBundleVariant: \n"
_EXTERNAL = "  externalObjects: {}\n"
_SCRIPT = (
    "MonoImporter:\n" + _EXTERNAL + "  serializedVersion: 2\n  defaultReferences: []\n  executionOrder: 0\n"
    "  icon: {instanceID: 0}\n"
)
_BLOCKS = {
    ".cs": _SCRIPT,
    ".asmdef": "AssemblyDefinitionImporter:\n" + _EXTERNAL,
    ".asmref": "AssemblyDefinitionReferenceImporter:\n" + _EXTERNAL,
    ".compute": "ComputeShaderImporter:\n" + _EXTERNAL,
    ".shader": "ShaderImporter:\n" + _EXTERNAL + "  defaultTextures: []\n  nonModifiableTextures: []\n",
    ".hlsl": "ShaderIncludeImporter:\n" + _EXTERNAL,
    ".asset": "NativeFormatImporter:\n" + _EXTERNAL + "  mainObjectFileID: 11400000\n",
    ".md": "TextScriptImporter:\n" + _EXTERNAL,
    ".json": "TextScriptImporter:\n" + _EXTERNAL,
    ".txt": "TextScriptImporter:\n" + _EXTERNAL,
    ".xml": "TextScriptImporter:\n" + _EXTERNAL,
}
_FOLDER = "folderAsset: yes\nDefaultImporter:\n" + _EXTERNAL
_GUID = re.compile(r"^guid: ([0-9a-f]{32})$", re.MULTILINE)
# How an asset refers to another one.
_REFERENCE = re.compile(r"\bguid: ([0-9a-f]{32})\b")


def assets() -> Iterator[Path]:
    """Every file and folder that Unity imports: names that end in ~ or begin with a dot are none."""
    yield from _below(CLIENT)


def guid(path: Path) -> str:
    """32 hexadecimal digits that follow from the package's name and the path within it."""
    name = path.relative_to(CLIENT).as_posix()
    return hashlib.md5(f"{_NAME}/{MOVED.get(name, name)}".encode(), usedforsecurity=False).hexdigest()


def meta(path: Path) -> str:
    """The text of a file's .meta."""
    if path.is_dir():
        block = _FOLDER
    elif path.name == "package.json":
        block = "PackageManifestImporter:\n" + _EXTERNAL
    else:
        block = _BLOCKS.get(path.suffix, "DefaultImporter:\n" + _EXTERNAL)
    return f"fileFormatVersion: 2\nguid: {guid(path)}\n{block}{_TAIL}"


def place_of(path: Path) -> Path:
    """Where the .meta of a file lies."""
    return path.with_name(path.name + ".meta")


def faults() -> list[str]:
    """What is wrong with the .meta files; empty where nothing is."""
    wrong: list[str] = []
    seen: dict[str, str] = {}
    wanted = {place_of(path): path for path in assets()}
    for place, path in wanted.items():
        name = path.relative_to(CLIENT).as_posix()
        if not place.is_file():
            wrong.append(f"{name} has no .meta")
            continue
        found = _GUID.findall(place.read_text(encoding="utf-8"))
        if found != [guid(path)]:
            wrong.append(f"{name}.meta has guid {', '.join(found) or 'none'}, expected {guid(path)}")
        for each in found:
            if each in seen:
                wrong.append(f"{name} and {seen[each]} have one guid")
            seen[each] = name
    wrong += _dangling(wanted.values(), set(seen))
    orphans = (place for place in CLIENT.rglob("*.meta") if place not in wanted and _is_imported(place))
    wrong += [f"{place.relative_to(CLIENT).as_posix()} belongs to no file" for place in sorted(orphans)]
    return wrong


def _dangling(paths: Iterable[Path], known: set[str]) -> Iterator[str]:
    """References of assets to what is not in the package."""
    for path in paths:
        if path.suffix == ".asset":
            for each in _REFERENCE.findall(path.read_text(encoding="utf-8")):
                if each not in known:
                    yield f"{path.relative_to(CLIENT).as_posix()} refers to guid {each}, which no file has"


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.suffix == ".meta" or not _has_imported_name(path.name):
            continue
        yield path
        if path.is_dir():
            yield from _below(path)


def _has_imported_name(name: str) -> bool:
    return not name.startswith(".") and not name.endswith("~") and name != "__pycache__"


def _is_imported(place: Path) -> bool:
    return all(map(_has_imported_name, place.relative_to(CLIENT).parts))
