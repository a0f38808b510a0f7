"""The Unity versions that the layer above the core is compiled for, each with the packages that belong to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# Each release that has a define of its own; UNITY_X_OR_NEWER is defined in it and in every later one.
_RELEASES = ("2021.1", "2021.2", "2021.3", "2022.1", "2022.2", "2022.3", "2023.1", "2023.2", "2023.3")
_SIX = ("6000.0", "6000.1", "6000.2", "6000.3", "6000.4", "6000.5")
_COMMON: tuple[str, ...] = ("com.unity.timeline", "com.unity.addressables", "com.cysharp.yetanotherhttphandler")
_RENDERING: tuple[str, ...] = ("com.unity.render-pipelines.universal", "com.unity.render-pipelines.high-definition")
_RANGE = re.compile(r"^([\[(])\s*([^,\])]*)(?:(,)\s*([^\])]*))?\s*([\])])$")


@dataclass(frozen=True)
class Editor:
    """One Unity and what is installed in its project.

    Attributes:
        name: for people.
        version: of Unity, such as ``2022.3``.
        packages: name and version of each package of the project.
        symbols: what the compiler is told of besides the version.
    """

    name: str
    version: str
    packages: Mapping[str, str] = field(default_factory=dict)
    symbols: tuple[str, ...] = ()

    @property
    def is_editor(self) -> bool:
        """Whether it compiles for the editor, and not for a player."""
        return "UNITY_EDITOR" in self.symbols

    @property
    def defines(self) -> frozenset[str]:
        """The preprocessor symbols that Unity itself sets."""
        releases = [*_RELEASES, *_SIX]
        until = releases.index(self.version) + 1
        newer = {f"UNITY_{release.replace('.', '_')}_OR_NEWER" for release in releases[:until]}
        return frozenset({f"UNITY_{self.version.replace('.', '_')}", "UNITY_5_3_OR_NEWER", *newer, *self.symbols})

    @property
    def stub_defines(self) -> frozenset[str]:
        """What the stubs of packages are told: URP_17_OR_NEWER and the like, of every package that is installed."""
        result = set(self.defines)
        for package, short in zip((*_RENDERING, "com.unity.timeline"), ("URP", "HDRP", "TIMELINE"), strict=True):
            if package in self.packages:
                major, minor = map(int, self.packages[package].split(".")[:2])
                result |= {f"{short}_{number}_OR_NEWER" for number in range(1, major + 1)}
                result |= {f"{short}_{major}_{number}_OR_NEWER" for number in range(1, minor + 1)}
        return frozenset(result)

    def has(self, package: str, expression: str) -> bool:
        """Whether a package is installed in a version that an asmdef's expression admits.

        Raises:
            ValueError: the expression is none that Unity reads.
        """
        installed = self.version if package == "Unity" else self.packages.get(package)
        if installed is None:
            return False
        if not expression:
            return True
        if not expression.startswith(("[", "(")):
            return _numbers(installed) >= _numbers(expression)
        match = _RANGE.match(expression)
        if match is None:
            raise ValueError(f"{expression!r} is no range of versions, as [14.0.0,17.0.0) is one")
        opens, least, comma, most, closes = match.groups()
        if comma is None:
            return _numbers(installed) == _numbers(least)
        above = not least or _numbers(installed) > _numbers(least) or (opens == "[" and installed == least)
        below = not most or _numbers(installed) < _numbers(most) or (closes == "]" and installed == most)
        return above and below


def _numbers(version: str) -> tuple[int, int, int]:
    match = re.match(r"^(\d+)(?:\.(\d+))?(?:\.(\d+))?", version)
    if match is None:
        raise ValueError(f"{version!r} is no version")
    major, minor, patch = (int(number or 0) for number in match.groups())
    return major, minor, patch


def _packages(rendering: str, timeline: str, addressables: str) -> dict[str, str]:
    common = dict(zip(_COMMON, (timeline, addressables, "1.11.5"), strict=True))
    return common | dict.fromkeys(_RENDERING, rendering)


_EDITOR = ("UNITY_EDITOR", "UNITY_INCLUDE_TESTS")
_OF_2021, _OF_2022 = _packages("12.1.0", "1.6.4", "1.21.21"), _packages("14.0.12", "1.7.6", "1.21.21")
_OF_6, _OF_6_5 = _packages("17.0.4", "1.8.10", "2.10.1"), _packages("17.5.0", "1.8.10", "4.0.1")

EDITORS = (
    Editor("2021.3, all packages", "2021.3", _OF_2021, _EDITOR),
    Editor("2021.3, no packages", "2021.3", {}, _EDITOR),
    Editor("2021.3, player", "2021.3", _OF_2021, ("UNITY_STANDALONE",)),
    Editor("2022.3, all packages", "2022.3", _OF_2022, _EDITOR),
    Editor("2022.3, Android player without packages", "2022.3", {}, ("UNITY_ANDROID", "ENABLE_IL2CPP")),
    Editor("6000.0, all packages", "6000.0", _OF_6, _EDITOR),
    Editor("6000.0, Web player", "6000.0", _OF_6, ("UNITY_WEBGL", "ENABLE_IL2CPP")),
    Editor("6000.5, all packages", "6000.5", _OF_6_5, _EDITOR),
    Editor("6000.5, no packages", "6000.5", {}, _EDITOR),
)
