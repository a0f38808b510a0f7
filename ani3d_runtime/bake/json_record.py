"""Records of settings as JSON and back: dataclasses of flags, numbers, texts, choices, paths, lists and records."""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from ani3d_runtime.errors import InputError

_Record = TypeVar("_Record")
_IN_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a finite number",
    str: "text",
    Path: "the path of a file",
    type(None): "null",
}


def record_to_json(record: object) -> dict[str, Any]:
    """Every field of a dataclass, as :func:`record_from_json` reads it."""
    return {field.name: _plain(getattr(record, field.name)) for field in fields(cast("Any", record))}


def record_from_json(kind: type[_Record], value: object, name: str) -> _Record:
    """A dataclass from a map of all its fields.

    Args:
        kind: the dataclass.
        value: what was parsed.
        name: how refusals name the record; a field is named ``name.field``.

    Raises:
        InputError: ``settings-field-unknown``, ``settings-field-missing``, ``settings-field-value``; and whatever the
            dataclass itself refuses.
    """
    if not isinstance(value, Mapping):
        raise _refusal("value", name, _shown(value), "a map of fields")
    given = cast("Mapping[str, object]", value)
    hints = typing.get_type_hints(kind)
    unknown = sorted(map(str, given.keys() - hints.keys()))
    if unknown:
        raise _refusal("unknown", f"{name}.{unknown[0][:80]}", "a field that is not known", f"of {', '.join(hints)}")
    for field, hint in hints.items():
        if field not in given:
            raise _refusal("missing", f"{name}.{field}", "no such field", _in_words(hint))
    return kind(**{field: _value(hint, given[field], f"{name}.{field}") for field, hint in hints.items()})


def _plain(value: object) -> object:
    if is_dataclass(value):
        return record_to_json(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in cast("tuple[object, ...]", value)]
    return value


def _value(hint: Any, value: object, name: str) -> Any:
    """A value of a field's type, or a refusal that names the field."""
    if is_dataclass(hint):
        return record_from_json(cast("type[Any]", hint), value, name)
    options = _options(hint)
    if value is None and type(None) in options:
        return None
    for option in options:
        if typing.get_origin(option) is tuple and isinstance(value, list):
            element = typing.get_args(option)[0]
            return tuple(
                _value(element, each, f"{name}[{number}]")
                for number, each in enumerate(cast("Sequence[object]", value))
            )
        if _fits(option, value):
            return option(cast("Any", value)) if option in (Path, float) else value
    raise _refusal("value", name, _shown(value), _in_words(hint))


def _options(hint: Any) -> tuple[Any, ...]:
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return typing.get_args(hint) if is_union else (hint,)


def _fits(kind: Any, value: object) -> bool:
    if typing.get_origin(kind) is Literal:
        return isinstance(value, str) and value in typing.get_args(kind)
    if kind in (str, Path):
        return isinstance(value, str)
    if isinstance(value, bool) or kind is bool:
        return kind is bool and isinstance(value, bool)
    if kind is float:
        return isinstance(value, (int, float)) and abs(value) <= sys.float_info.max
    return kind is int and isinstance(value, int)


def _in_words(hint: Any) -> str:
    if is_dataclass(hint):
        return "a map of fields"
    words = [
        " or ".join(map(str, typing.get_args(option)))
        if typing.get_origin(option) is Literal
        else f"a list of {_in_words(typing.get_args(option)[0])}"
        if typing.get_origin(option) is tuple
        else _IN_WORDS[option]
        for option in _options(hint)
    ]
    return " or ".join(words)


def _shown(value: object) -> str:
    return "null" if value is None else repr(value)[:80]


def _refusal(what: str, name: str, found: str, expected: str) -> InputError:
    return InputError(
        f"settings-field-{what}",
        name,
        found=found,
        expected=expected,
        fix="Correct the field, or update ani3d if a later version wrote it.",
    )
