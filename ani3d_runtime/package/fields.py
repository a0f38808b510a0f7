"""Fields: reads a map from an untrusted file, msgpack or JSON, one checked value at a time."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any, cast

from ani3d_runtime.errors import BrokenPackageError
from ani3d_runtime.package.layout import broken
from ani3d_runtime.package.texts import is_text
from ani3d_runtime.spec.format import MANIFEST_MAX_TEXT_CHARS


class Fields:
    """A map whose values are taken by name, type and range.

    Args:
        value: what msgpack or JSON gave.
        path: how errors name the map, such as ``manifest.clips[2]``; its first word names the section and the code
            of refusals, ``manifest-invalid``.
    """

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise _invalid(path, value, "a map")
        self._values = cast("dict[Any, Any]", value)
        self.path = path

    def text(self, name: str | int, *, max_chars: int = MANIFEST_MAX_TEXT_CHARS) -> str:
        """A string of characters that a package may hold."""
        value = self._values.get(name)
        if not is_text(value, max_chars):
            raise _invalid(f"{self.path}.{name}", value, f"text of at most {max_chars} characters, no controls")
        return cast("str", value)

    def integer(self, name: str | int, low: int, high: int) -> int:
        """A whole number in low..high."""
        value = self._values.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise _invalid(f"{self.path}.{name}", value, f"a whole number in {low}..{high}")
        return value

    def number(self, name: str, low: float, high: float) -> float:
        """A number in low..high, which NaN is not."""
        value = self._values.get(name)
        real = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not real or not low <= cast("float", value) <= high:
            raise _invalid(f"{self.path}.{name}", value, f"a number in {low}..{high}")
        return float(cast("float", value))

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._values.get(name)
        if not isinstance(value, bool):
            raise _invalid(f"{self.path}.{name}", value, "true or false")
        return value

    def binary(self, name: str, length: int) -> bytes:
        """Exactly ``length`` bytes."""
        value = self._values.get(name)
        if not isinstance(value, bytes) or len(value) != length:
            raise _invalid(f"{self.path}.{name}", value, f"{length} bytes")
        return value

    def items(self, name: str, *, max_count: int) -> list[object]:
        """A list of at most ``max_count`` values."""
        value = self._values.get(name)
        if not isinstance(value, list) or len(cast("list[object]", value)) > max_count:
            raise _invalid(f"{self.path}.{name}", value, f"a list of at most {max_count}")
        return cast("list[object]", value)

    def maps(self, name: str, *, max_count: int) -> Iterator[Fields]:
        """The maps of a list."""
        for position, value in enumerate(self.items(name, max_count=max_count)):
            yield Fields(value, f"{self.path}.{name}[{position}]")

    def integers(self, name: str, low: int, high: int, *, max_count: int) -> tuple[int, ...]:
        """A list of whole numbers in low..high."""
        values = self.items(name, max_count=max_count)
        rows = Fields(dict(enumerate(values)), f"{self.path}.{name}")
        return tuple(rows.integer(position, low, high) for position in range(len(values)))

    def numbers(self, name: str, low: float, high: float, *, count: int) -> tuple[float, ...]:
        """A list of exactly ``count`` numbers in low..high."""
        values = self.items(name, max_count=count)
        if len(values) != count:
            raise _invalid(f"{self.path}.{name}", f"{len(values)} numbers", f"{count}")
        rows = Fields({str(position): value for position, value in enumerate(values)}, f"{self.path}.{name}")
        return tuple(rows.number(str(position), low, high) for position in range(count))

    def map(self, name: str) -> Fields:
        """A map within the map."""
        return Fields(self._values.get(name), f"{self.path}.{name}")

    def texts(self, *, max_count: int) -> dict[str, str]:
        """The whole map, where every value is text."""
        if len(self._values) > max_count:
            raise _invalid(self.path, f"{len(self._values)} entries", f"at most {max_count}")
        names = [name for name in self._values if is_text(name)]
        if len(names) != len(self._values):
            raise _invalid(self.path, "names that are not text", "text")
        return {name: self.text(name) for name in names}

    def names(self, name: str, *, max_count: int, max_chars: int) -> tuple[str, ...]:
        """A list of strings of printable characters."""
        values = self.items(name, max_count=max_count)
        rows = Fields(dict(enumerate(values)), f"{self.path}.{name}")
        return tuple(rows.text(position, max_chars=max_chars) for position in range(len(values)))

    def plain(self, name: str, *, max_depth: int) -> dict[str, Any]:
        """A map of nil, flags, numbers and texts, and of lists and maps of these, at most ``max_depth`` in each other.

        Its names and texts are printable.
        """
        value = self._values.get(name)
        if not isinstance(value, dict):
            raise _invalid(f"{self.path}.{name}", value, "a map")
        _refuse_other_than_plain(value, f"{self.path}.{name}", max_depth)
        return cast("dict[str, Any]", value)

    def __contains__(self, name: str) -> bool:
        """True if the field is present, nil too."""
        return name in self._values

    def holds(self, name: str) -> bool:
        """True if the field is present and not nil."""
        return self._values.get(name) is not None


def _refuse_other_than_plain(value: object, path: str, depth_left: int) -> None:
    """Refuse what a map may not hold, in it or deeper."""
    if isinstance(value, str):
        Fields({0: value}, path).text(0)
    elif isinstance(value, (dict, list)):
        if depth_left < 0:
            raise _invalid(path, value, "fewer lists and maps within each other")
        for key, inner in cast("dict[object, object]", value).items() if isinstance(value, dict) else enumerate(value):
            _refuse_other_than_plain(key, path, 0)
            _refuse_other_than_plain(inner, f"{path}.{str(key)[:80]}", depth_left - 1)
    elif not (value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and isfinite(value))):
        raise _invalid(path, value, "nil, a flag, a finite number, text, a list or a map")


def _invalid(path: str, value: object, expected: str) -> BrokenPackageError:
    found = "nothing" if value is None else repr(value)[:80]
    section = path.partition(".")[0]
    return broken(f"{section}-invalid", path, found, expected)
