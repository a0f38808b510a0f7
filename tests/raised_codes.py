"""Which refusal codes the source raises, and where: found in its text, through the helper functions that raise them."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ani3d_runtime import errors

ERROR_CLASSES = {
    name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, errors.Ani3dError)
}
_PARTS = {"found", "expected", "fix"}
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


@dataclass(frozen=True)
class Raised:
    """One code at one place.

    Attributes:
        code: of the refusal.
        error: the class that carries it; empty where the text does not say.
        place: file and line.
    """

    code: str
    error: str
    place: str


@dataclass(frozen=True)
class _Site:
    """A call that makes an error, or a helper of such calls.

    Attributes:
        code: the expression that stands for the code.
        error: class of the error.
        scopes: the functions and classes around it, the innermost last.
        path, line: where it is.
    """

    code: ast.expr
    error: str
    scopes: tuple[ast.AST, ...]
    path: Path
    line: int


class Source:
    """The modules of some folders."""

    def __init__(self, root: Path, folders: tuple[str, ...]) -> None:
        self._root = root
        paths = sorted(path for folder in folders for path in (root / folder).rglob("*.py") if "v1" not in path.parts)
        self._modules = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
        self._calls = [call for path, tree in self._modules.items() for call in _calls(path, tree)]

    def raised(self) -> Iterator[Raised]:
        """Every code at every place that makes an error."""
        for path, call, scopes in self._calls:
            error = _error_class(call, scopes)
            if error is None or path.name == "errors.py" or not call.args:
                continue
            site = _Site(call.args[0], error, scopes, path, call.lineno)
            place = f"{path.relative_to(self._root)}:{call.lineno}"
            yield from (Raised(code, error, where or place) for code, where in self._codes(site))

    def _codes(self, site: _Site) -> Iterator[tuple[str, str]]:
        """(code, place of the helper's call or nothing) of a site."""
        for text, place in self._texts(site.code, site):
            if text is not None:
                yield text, place

    def _texts(self, value: ast.expr, site: _Site) -> Iterator[tuple[str | None, str]]:
        match value:
            case ast.Constant(value=str() as text):
                yield text, ""
            case ast.IfExp(body=body, orelse=orelse):
                yield from self._texts(body, site)
                yield from self._texts(orelse, site)
            case ast.JoinedStr(values=parts):
                yield from self._joined(parts, site)
            case ast.FormattedValue(value=inner):
                yield from self._texts(inner, site)
            case ast.Name(id=name):
                yield from self._arguments(name, site)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                yield from self._attribute(name, site)
            case _:
                yield None, ""

    def _joined(self, parts: list[ast.expr], site: _Site) -> Iterator[tuple[str | None, str]]:
        for combination in itertools.product(*(list(self._texts(part, site)) for part in parts)):
            texts = [text for text, _ in combination]
            place = next((place for _, place in combination if place), "")
            yield ("".join(filter(None, texts)) if None not in texts else None), place

    def _arguments(self, name: str, site: _Site) -> Iterator[tuple[str | None, str]]:
        """What callers of the function around a site give for its parameter ``name``."""
        function = next((scope for scope in reversed(site.scopes) if _position(scope, name) is not None), None)
        if function is None:
            yield from ((text, "") for text in _first_of_tuples(self._modules[site.path]))
            return
        position = _position(function, name)
        assert position is not None
        default = _default(function, name)
        called = _name_of(function, site.scopes)
        for path, call, scopes in self._calls:
            # Private helpers are their module's own, and others may have the same name.
            is_other = called.startswith("_") and path != site.path
            if _called_name(call) != called or is_other or function in scopes:
                continue
            argument = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
            if argument is None:
                argument = call.args[position] if 0 <= position < len(call.args) else default
            if argument is not None:
                place = f"{path.relative_to(self._root)}:{call.lineno}"
                inner = _Site(argument, site.error, scopes, path, call.lineno)
                yield from ((text, further or place) for text, further in self._texts(argument, inner))

    def _attribute(self, name: str, site: _Site) -> Iterator[tuple[str | None, str]]:
        """What ``self.name`` was set to in the constructor of the class around a site."""
        owner = next(scope for scope in reversed(site.scopes) if isinstance(scope, ast.ClassDef))
        for function in owner.body:
            for node in ast.walk(function):
                match node:
                    case ast.Assign(targets=[ast.Attribute(attr=attribute)], value=value) if attribute == name:
                        inner = _Site(value, site.error, (owner, function), site.path, node.lineno)
                        yield from self._texts(value, inner)


def _calls(path: Path, tree: ast.AST) -> Iterator[tuple[Path, ast.Call, tuple[ast.AST, ...]]]:
    def below(node: ast.AST, scopes: tuple[ast.AST, ...]) -> Iterator[tuple[Path, ast.Call, tuple[ast.AST, ...]]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                yield path, child, scopes
            is_scope = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            yield from below(child, (*scopes, child) if is_scope else scopes)

    return below(tree, ())


def _error_class(call: ast.Call, scopes: tuple[ast.AST, ...]) -> str | None:
    """The class of error that a call makes, empty where it is chosen by a caller; None for other calls."""
    name = _called_name(call)
    if name in ERROR_CLASSES or (name == "Finding" and len(call.args) == len(_PARTS) + 2):
        return name if name in ERROR_CLASSES else ""
    makes_one = {keyword.arg for keyword in call.keywords} >= _PARTS
    is_chosen = makes_one and any(_position(scope, name) is not None for scope in scopes)
    return "" if is_chosen or (makes_one and name in ("_error", "kind")) else None


def _called_name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _name_of(function: ast.AST, scopes: tuple[ast.AST, ...]) -> str:
    """How a function is called: a constructor by the name of its class."""
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    owner = scopes[scopes.index(function) - 1] if function in scopes and scopes.index(function) else None
    return owner.name if function.name == "__init__" and isinstance(owner, ast.ClassDef) else function.name


def _position(scope: ast.AST, name: str) -> int | None:
    """Which argument of a function ``name`` is, `self` not counted; -1 for one that is only given by name."""
    if not isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    names = [argument.arg for argument in scope.args.args if argument.arg not in ("self", "cls")]
    if name in names:
        return names.index(name)
    return -1 if name in [argument.arg for argument in scope.args.kwonlyargs] else None


def _default(function: ast.AST, name: str) -> ast.expr | None:
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    pairs = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    return next((default for argument, default in pairs if argument.arg == name), None)


def _first_of_tuples(tree: ast.AST) -> Iterator[str]:
    """Codes of a module that looks them up in tables of (code, …)."""
    for node in ast.walk(tree):
        match node:
            case ast.Tuple(elts=[ast.Constant(value=str() as text), _, *_]) if _CODE.fullmatch(text):
                yield text
