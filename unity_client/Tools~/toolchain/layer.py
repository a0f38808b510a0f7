"""The layer that knows Unity, compiled against stubs of Unity's types for several versions of Unity.

No Unity takes part in it. What it finds is what a compiler finds: names, signatures, overrides and references of
assembly definitions, as far as Tools~/Stubs says the truth about Unity.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from toolchain.asmdefs import Definition, definitions
from toolchain.assemblies import Assembly, compile_all
from toolchain.dotnet import DotNet
from toolchain.editors import EDITORS, Editor
from toolchain.paths import ASSEMBLIES, CLIENT, TOOLS

STUBS = TOOLS / "Stubs"
# Stubs are extern: they have signatures and no bodies. Nor do they have uses, or comments on everything.
_STUB_OPTIONS = ("-nowarn:67,169,414,618,626,649,660,661,672,824",)
_EDITOR_ONLY: Final = "UnityEditor"
# Which package brings an assembly; what is not here is of Unity itself.
_PACKAGES = {
    "Unity.RenderPipelines.Core.Runtime": ("com.unity.render-pipelines.universal",),
    "Unity.RenderPipelines.Universal.Runtime": ("com.unity.render-pipelines.universal",),
    "Unity.RenderPipelines.HighDefinition.Runtime": ("com.unity.render-pipelines.high-definition",),
    "Unity.Timeline": ("com.unity.timeline",),
    "Unity.Addressables": ("com.unity.addressables",),
    "Unity.ResourceManager": ("com.unity.addressables",),
    "Cysharp.Net.Http.YetAnotherHttpHandler": ("com.cysharp.yetanotherhttphandler",),
}

# Scripts of pages: fields that only an inspector sets, and no comments.
_EXAMPLE_OPTIONS = ("-nowarn:169,414,649",)
_EXAMPLE = re.compile(r"^```csharp\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SYMBOL = re.compile(r"^\s*#\s*(?:el)?if\s+(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class _Stub:
    """The stubs of one of Unity's assemblies, and those that it refers to."""

    name: str
    references: tuple[str, ...] = ()


_STUBS = (
    _Stub("UnityEngine"),
    _Stub("UnityEditor", ("UnityEngine",)),
    _Stub("UnityEngine.TestRunner", ("UnityEngine",)),
    _Stub("UnityEditor.TestRunner", ("UnityEngine",)),
    _Stub("Unity.RenderPipelines.Core.Runtime", ("UnityEngine",)),
    _Stub("Unity.RenderPipelines.Universal.Runtime", ("UnityEngine", "Unity.RenderPipelines.Core.Runtime")),
    _Stub("Unity.RenderPipelines.HighDefinition.Runtime", ("UnityEngine", "Unity.RenderPipelines.Core.Runtime")),
    _Stub("Unity.Timeline", ("UnityEngine",)),
    _Stub("Unity.ResourceManager", ("UnityEngine",)),
    _Stub("Unity.Addressables", ("UnityEngine", "Unity.ResourceManager")),
    _Stub("Cysharp.Net.Http.YetAnotherHttpHandler"),
)


def stub_names() -> set[str]:
    """The assemblies of Unity and its packages for which there are stubs."""
    return {each.name for each in _STUBS}


def compiled(dotnet: DotNet, framework: Sequence[Path], profile: str) -> list[tuple[str, str]]:
    """What the compiler says for each Unity: nothing where all is well.

    Args:
        dotnet: what compiles.
        framework: assemblies of the profile.
        profile: its name, of which the outputs' folders are made.

    Returns:
        Name of the Unity, and what the compiler says; none after the first that fails.
    """
    # An assembly that several versions would make in the same way is made once.
    made: dict[str, Assembly] = {}
    layers = {editor.name: _Layer(dotnet, tuple(framework), profile, editor, made).assemblies() for editor in EDITORS}
    if not compile_all(dotnet, list(made.values())):
        return [(name, "") for name in layers]
    results: list[tuple[str, str]] = []
    for name, assemblies in layers.items():
        results.append((name, compile_all(dotnet, assemblies)))
        # What fails for one version mostly fails for all.
        if results[-1][1]:
            break
    return results


class _Layer:
    """The assemblies of one Unity."""

    def __init__(
        self, dotnet: DotNet, framework: tuple[Path, ...], profile: str, editor: Editor, made: dict[str, Assembly]
    ) -> None:
        self._dotnet = dotnet
        self._framework = framework
        self._profile = profile
        self._editor = editor
        self._made = made
        self._by_name: dict[str, Assembly] = {}

    def assemblies(self) -> list[Assembly]:
        """Those that this Unity compiles, in order."""
        for stub in _STUBS:
            packages = _PACKAGES.get(stub.name)
            sources = sorted((STUBS / stub.name).rglob("*.cs"))
            if sources and (packages is None or any(each in self._editor.packages for each in packages)):
                self._add(stub.name, sources, self._editor.stub_defines, self._paths(stub.references), _STUB_OPTIONS)
        for definition in definitions():
            if definition.is_compiled(self._editor):
                paths = self._paths([*self._engine(definition), *definition.references])
                paths += [self._dotnet.nunit] if definition.is_test else []
                self._add(definition.name, definition.files, definition.defines(self._editor), paths, ())
        examples = _examples()
        paths = self._paths(["UnityEngine", "Ani3d.Core", "Ani3d.Unity"])
        self._add("Examples", examples, self._editor.defines, paths, _EXAMPLE_OPTIONS)
        return list(self._by_name.values())

    def _engine(self, definition: Definition) -> list[str]:
        if not definition.has_engine:
            return []
        return ["UnityEngine", *([_EDITOR_ONLY] if self._editor.is_editor else [])]

    def _paths(self, names: Sequence[str]) -> list[Path]:
        """Files of assemblies by their names; those that this Unity does not have are left out, as Unity does."""
        return [self._by_name[name].path for name in dict.fromkeys(names) if name in self._by_name]

    def _add(
        self,
        name: str,
        sources: Sequence[Path],
        defines: frozenset[str],
        references: Sequence[Path],
        options: tuple[str, ...],
    ) -> None:
        asked = {symbol for path in sources for symbol in _symbols(path)}
        assembly = Assembly(
            name,
            (),
            ASSEMBLIES,
            (*self._framework, *references),
            listed=tuple(sources),
            options=(*options, *(f"-define:{each}" for each in sorted(defines & asked))),
        )
        key = hashlib.sha256(assembly.command().encode()).hexdigest()[:12]
        placed = replace(assembly, output=ASSEMBLIES / f"{self._profile}-layer" / key)
        self._by_name[name] = self._made.setdefault(key, placed)


def _examples() -> list[Path]:
    """The scripts that stand in the package's pages, as files: they compile as they stand there."""
    folder = ASSEMBLIES / "examples"
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for page in (CLIENT / "README.md", *sorted((CLIENT / "Documentation~").glob("*.md"))):
        for number, code in enumerate(_EXAMPLE.findall(page.read_text(encoding="utf-8"))):
            if "using UnityEngine;" in code:
                path = folder / f"{page.stem}-{number}.cs"
                if not path.is_file() or path.read_text(encoding="utf-8") != code:
                    path.write_text(code, encoding="utf-8")
                files.append(path)
    return files


def _symbols(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    return {symbol for line in _SYMBOL.findall(text) for symbol in re.findall(r"\w+", line)}
