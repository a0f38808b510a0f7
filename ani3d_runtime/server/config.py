"""ServerConfig: the settings of ``ani3d serve``, by flags over the environment over a file. See docs/serving.md."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import json
import os
import re
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import TypeAdapter, ValidationError, create_model
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from ani3d_runtime.errors import Ani3dError, InputError, UsageError
from ani3d_runtime.package.store import is_url
from ani3d_runtime.server.options import ServerOptions

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PREFIX = "ANI3D_SERVE_"
_NESTED = "__"
_TABLE = re.compile(r"\s*\[\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"\s*([\w.-]+)\s*=")
_PLACE = re.compile(r" \(at (line \d+, column \d+)\)")

LogFormat: TypeAlias = Literal["text", "json"]
KeyPath: TypeAlias = tuple[str, ...]

FLAGS: dict[KeyPath, str] = {
    ("directory",): "the first argument",
    ("host",): "--host",
    ("port",): "--port",
    ("insecure_public",): "--insecure-public",
    ("tls", "certificate"): "--tls-cert",
    ("tls", "key"): "--tls-key",
    ("tls", "client_ca"): "--tls-client-ca",
    ("token_keys",): "--token-keys",
    ("metrics", "port"): "--metrics-port",
    ("gateway", "port"): "--gateway",
    ("audit_log",): "--audit-log",
    ("log_format",): "--log-format",
    ("grace_s",): "--grace-s",
    ("workers",): "--workers",
    ("bus",): "--bus",
}
_IN_WORDS = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
    Path: "a path",
}


@dataclass(frozen=True)
class ServerConfig:
    """Every setting of a server.

    Attributes:
        directory: where the packages lie; a folder, or the URL of one in a store.
        log_format: of the log on stderr.
        options: where to listen, limits and trust.
    """

    directory: Path | str
    log_format: LogFormat
    options: ServerOptions

    @classmethod
    def load(cls, flags: Mapping[str, Any], path: Path | None = None) -> ServerConfig:
        """Read the file and the environment, and check all of it.

        Args:
            flags: values given on the command line, nested as in the file; only those that were given.
            path: TOML file; paths in it are relative to its folder.

        Raises:
            Ani3dError: ``serve-config-unreadable``, ``serve-config-syntax``, ``serve-config-unknown``,
                ``serve-config-value``, and what ServerOptions refuses, such as ``serve-public-insecure``; the subject
                names file, line and key, or the variable, or the flag. A UsageError where the command line is wrong,
                an InputError where the file or the environment is.
        """
        origin = _Origins(flags, path)
        values = origin.values()
        try:
            found = _sources(values)(**flags)
        except ValidationError as error:
            raise origin.refused(error) from None
        except UsageError as error:
            raise origin.located(error) from None
        chosen = {field.name: getattr(found, field.name) for field in dataclasses.fields(ServerOptions)}
        try:
            options = ServerOptions(**chosen)
            options.check_ports()
        except UsageError as error:
            raise origin.located(error) from None
        return cls(_location(found.directory), found.log_format, options)


def _location(value: Path | str) -> Path | str:
    return value if is_url(value) else Path(value)


class _Base(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter=_NESTED, extra="forbid")

    directory: Path | str
    log_format: LogFormat = "text"


class _Environment(EnvSettingsSource):
    """Variables; lists in them are JSON, in tables too, where pydantic-settings leaves them as text."""

    def __call__(self) -> dict[str, Any]:
        values = super().__call__()
        for keys, hint in known_keys().items():
            table = values if len(keys) == 1 else values.get(keys[0])
            if typing.get_origin(hint) is tuple and isinstance(table, dict) and isinstance(table.get(keys[-1]), str):
                with contextlib.suppress(ValueError):  # which is refused as what it is
                    table[keys[-1]] = json.loads(table[keys[-1]])
        return values


def _sources(file_values: dict[str, Any]) -> Any:
    """The settings: :class:`_Base` and all fields of ServerOptions, from flags, environment and file."""

    class Layered(_Base):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, _Environment(settings_cls), InitSettingsSource(settings_cls, file_values)

    hints = typing.get_type_hints(ServerOptions)
    fields: dict[str, Any] = {
        field.name: (
            hints[field.name],
            field.default if field.default is not dataclasses.MISSING else hints[field.name](),
        )
        for field in dataclasses.fields(ServerOptions)
    }
    return create_model("ServerSettings", __base__=Layered, **fields)


def known_keys() -> dict[KeyPath, Any]:
    """Every key that a file may hold, as its tables and name, with its type."""
    keys: dict[KeyPath, Any] = {("directory",): Path, ("log_format",): LogFormat}
    for name, hint in typing.get_type_hints(ServerOptions).items():
        section = _dataclass_of(hint)
        if section is None:
            keys[(name,)] = hint
        else:
            keys |= {(name, inner): kind for inner, kind in typing.get_type_hints(section).items()}
    return keys


def _dataclass_of(hint: Any) -> Any:
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    return next((option for option in options if dataclasses.is_dataclass(option)), None)


class _Origins:
    """Where each value comes from, so that a refusal can say so."""

    def __init__(self, flags: Mapping[str, Any], path: Path | None) -> None:
        self._flags = {keys for keys, _ in _leaves(flags)}
        self._path = path
        self._text = "" if path is None else _text_of(path)
        self._keys = known_keys()
        self._lines = dict(_lines_of(self._text))
        self._variables = [name for name in os.environ if name.upper().startswith(PREFIX)]
        for name in self._variables:
            keys = tuple(name[len(PREFIX) :].lower().split(_NESTED))
            self._check_known(keys, f"environment: {name}", _variable)

    def values(self) -> dict[str, Any]:
        """What the file says, paths made absolute."""
        if self._path is None:
            return {}
        try:
            values = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            place = _PLACE.search(str(error))
            raise InputError(
                "serve-config-syntax",
                f"{self._path}: {place[1]}" if place else self._path,
                found=_PLACE.sub("", str(error)),
                expected="a TOML file",
                fix="Correct the line; docs/serving.md has an example.",
            ) from None
        for keys, value in _leaves(values):
            place = self._line_of(keys) or f"{self._path}: {'.'.join(keys)}"
            self._check_known(keys, place, ".".join)
            if not _fits(value, self._keys[keys]):
                raise InputError(
                    "serve-config-value",
                    place,
                    found=repr(value),
                    expected=_in_words(self._keys[keys], value),
                    fix=_advice(keys),
                )
            if isinstance(value, str) and "Path" in str(self._keys[keys]) and not is_url(value):
                _table(values, keys)[keys[-1]] = self._path.parent / value
        return values

    def of(self, keys: KeyPath) -> str:
        """Which flag, variable or line gave a value, or would have."""
        if keys in self._flags:
            return f"command line: {FLAGS[keys]}"
        variable = next((name for name in self._variables if name.upper() == _variable(keys)), None)
        if variable is not None:
            return f"environment: {variable}"
        return self._line_of(keys) or ".".join(keys)

    def error_at(self, keys: KeyPath) -> type[Ani3dError]:
        """UsageError where the command line gave a value, or nothing did; InputError where something else did."""
        if keys in self._flags:
            return UsageError
        table = _variable((*keys[:-1], ""))
        is_in_environment = any(
            name.upper() == _variable(keys) or (len(keys) > 1 and name.upper().startswith(table))
            for name in self._variables
        )
        return InputError if is_in_environment or self._line_of(keys) else UsageError

    def located(self, error: UsageError) -> Ani3dError:
        """The error, with the place of the value that it is about."""
        keys = tuple(error.subject.split("."))
        if keys not in self._keys:
            return error
        kind = self.error_at(keys)
        return kind(error.code, self.of(keys), found=error.found, expected=error.expected, fix=error.fix)

    def refused(self, error: ValidationError) -> Ani3dError:
        """The first value that is not of its setting's type, or is missing."""
        first = error.errors()[0]
        place = tuple(str(part) for part in first["loc"])
        # What follows the key is an element of a list, or one of several types.
        keys = next((place[:length] for length in range(len(place), 0, -1) if place[:length] in self._keys), place)
        hint = self._keys.get(keys)
        return self.error_at(keys)(
            "serve-config-value",
            self.of(keys),
            found="nothing" if first["type"] == "missing" else repr(first["input"]),
            expected=_in_words(hint, first["input"]) if hint else first["msg"],
            fix=_advice(keys),
        )

    def _line_of(self, keys: KeyPath) -> str | None:
        for length in range(len(keys), 0, -1):
            if keys[:length] in self._lines:
                return f"{self._path}: line {self._lines[keys[:length]]}: {'.'.join(keys)}"
        return None

    def _check_known(self, keys: KeyPath, subject: str, spelt: typing.Callable[[KeyPath], str]) -> None:
        if keys in self._keys:
            return
        names = {spelt(known): known for known in self._keys}
        near = difflib.get_close_matches(spelt(keys), names, 1)
        raise InputError(
            "serve-config-unknown",
            subject,
            found="a setting that is not known",
            expected=near[0] if near else "a setting that docs/serving.md lists",
            fix=f"Write {near[0]} if that is meant." if near else "Remove it.",
        )


def _variable(keys: KeyPath) -> str:
    return PREFIX + _NESTED.join(keys).upper()


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value of the file is of a type; unlike a variable, it has one of its own."""
    try:
        TypeAdapter(hint).validate_json(json.dumps(value, default=str), strict=True)
    except ValidationError:
        return False
    return True


def _in_words(hint: Any, found: Any) -> str:
    """What a setting takes."""
    if typing.get_origin(hint) is Literal:
        return " or ".join(typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        example = [part.strip(" []'\"") for part in str(found).split(",")]
        return f"a JSON list, such as {json.dumps(example)}"
    kind = next(iter(typing.get_args(hint)), hint)  # the first of "Path | None"
    return _IN_WORDS[kind]


def _advice(keys: KeyPath) -> str:
    ways = [_variable(keys), f"{'.'.join(keys)} in the file"]
    if keys in FLAGS:
        ways.insert(0, FLAGS[keys])
    return f"Set it by {', '.join(ways[:-1])} or {ways[-1]}."


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise InputError(
            "serve-config-unreadable",
            path,
            found=str(error),
            expected="a TOML file",
            fix="Check the path and its permissions.",
        ) from None


def _lines_of(text: str) -> Iterator[tuple[KeyPath, int]]:
    """Tables and keys with the lines they stand in."""
    table: KeyPath = ()
    for number, line in enumerate(text.splitlines(), 1):
        if match := _TABLE.match(line):
            table = tuple(match[1].split("."))
            yield table, number
        elif match := _KEY.match(line):
            yield (*table, *match[1].split(".")), number


def _leaves(values: Mapping[str, Any], above: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    for name, value in list(values.items()):
        if isinstance(value, Mapping):
            yield from _leaves(typing.cast("Mapping[str, Any]", value), (*above, name))
        else:
            yield (*above, name), value


def _table(values: dict[str, Any], keys: KeyPath) -> dict[str, Any]:
    for name in keys[:-1]:
        values = values[name]
    return values
