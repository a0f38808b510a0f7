"""Find tests that cannot fail (``make check``): what they seem to check is never run, or is always so.

Only the text of a test is looked at, so what is found is certain, and much is not found: break the code once and see
the test fail.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import itertools
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

ROOT = Path(__file__).resolve().parent.parent

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_OWN_SCOPE = (*_FUNCTION, ast.Lambda, ast.ClassDef)
_TEST_NAMES = ("test", "Test")
_CAN_RAISE = (
    ast.Call,
    ast.Await,
    ast.Raise,
    ast.Assert,
    ast.Attribute,
    ast.Subscript,
    ast.BinOp,
    ast.Compare,
    ast.AugAssign,
    ast.Delete,
    ast.Import,
    ast.ImportFrom,
    ast.For,
    ast.AsyncFor,
    ast.With,
    ast.AsyncWith,
    ast.comprehension,
    ast.FormattedValue,
    ast.Yield,
    ast.YieldFrom,
)


class Finding(NamedTuple):
    """Why a test cannot fail.

    Attributes:
        line: where in the file, from 1.
        message: what is wrong, and what to do.
    """

    line: int
    message: str


def findings_in(source: str) -> list[Finding]:
    """What is wrong with the tests of one file, by line.

    Args:
        source: the file's text.

    Raises:
        SyntaxError: it is not Python.
    """
    tree = ast.parse(source)
    return sorted(finding for rule in _RULES for finding in rule(tree))


def _unrun_functions(tree: ast.Module) -> Iterator[Finding]:
    """Functions within functions that nothing mentions."""
    for outer in _functions(tree):
        for inner in _nested(outer):
            if not inner.decorator_list and inner.name not in _loaded_names(outer, but_in=inner):
                yield Finding(inner.lineno, f"'{inner.name}' of '{outer.name}' is never run: run it, or take it out")


def _idle_tests(tree: ast.Module) -> Iterator[Finding]:
    """Tests without a statement that can go wrong."""
    for test in _tests(tree):
        if not _can_raise(test.body):
            yield Finding(test.lineno, f"'{test.name}' does nothing: write it, or take it out")


def _idle_raises(tree: ast.Module) -> Iterator[Finding]:
    """Blocks under ``pytest.raises`` that cannot raise."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.With, ast.AsyncWith)):
            for position, item in enumerate(node.items):
                inside = [*node.items[position + 1 :], *node.body]
                if _is_raises(item.context_expr) and not _can_raise(inside):
                    yield Finding(node.lineno, "nothing in this block can raise: put there what is to be refused")
        elif isinstance(node, ast.Expr) and _is_raises(node.value) and len(node.value.args) < 2:
            yield Finding(
                node.lineno, "pytest.raises checks nothing by itself: put `with` before it, and a block below"
            )


def _unused_parameters(tree: ast.Module) -> Iterator[Finding]:
    """Cases that are all one, because the test does not look at what differs between them."""
    for function in _functions(tree):
        used = {node.id for node in ast.walk(_body_of(function)) if isinstance(node, ast.Name)}
        for decorator in function.decorator_list:
            for name in _parametrised(decorator):
                if name not in used and not name.startswith("_"):
                    yield Finding(
                        decorator.lineno,
                        f"'{function.name}' has cases of '{name}' and does not use it: use it, or take the cases out; "
                        f"'_{name}' says that it is run several times on purpose",
                    )
            if _is_parametrised_fixture(decorator) and "request" not in used:
                yield Finding(
                    decorator.lineno,
                    f"fixture '{function.name}' has params and does not use request.param: use it, or take them out",
                )


def _certain_asserts(tree: ast.Module) -> Iterator[Finding]:
    """Assertions of what is always true."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and _is_certain(node.test):
            yield Finding(node.lineno, "this assertion always holds: compare what it is about with what is expected")


def _hidden_tests(tree: ast.Module) -> Iterator[Finding]:
    """Tests that are never collected, because a later one has their name."""
    for body in _collected(tree):
        lines: dict[str, int] = {}
        for node in body:
            if isinstance(node, (*_FUNCTION, ast.ClassDef)) and node.name.startswith(_TEST_NAMES):
                if node.name in lines:
                    yield Finding(
                        lines[node.name], f"'{node.name}' is hidden by another one in line {node.lineno}: rename either"
                    )
                lines[node.name] = node.lineno


def _misplaced_runs(tree: ast.Module) -> Iterator[Finding]:
    """``run(main())`` of one test that slipped into another."""
    module_names = {*_defined_names(tree.body), *dir(builtins)}
    inner_names = {inner.name for outer in _functions(tree) for inner in _nested(outer)}
    for test in _tests(tree):
        own = {inner.name for inner in _nested(test)}
        foreign = inner_names - own - module_names - _bound_names(test)
        for node in ast.walk(test):
            if isinstance(node, ast.Name) and node.id in foreign:
                yield Finding(node.lineno, f"'{test.name}' runs '{node.id}', which is another test's: move it there")
        for first, second in itertools.pairwise(test.body):
            same = isinstance(second, ast.Expr) and ast.dump(first) == ast.dump(second)
            if same and own & _loaded_names(second):
                yield Finding(second.lineno, f"'{test.name}' runs the same twice: move it to the test that lacks it")


_RULES = (
    _unrun_functions,
    _idle_tests,
    _idle_raises,
    _unused_parameters,
    _certain_asserts,
    _hidden_tests,
    _misplaced_runs,
)


def _functions(tree: ast.Module) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, _FUNCTION)]


def _collected(tree: ast.Module) -> list[list[ast.stmt]]:
    """Where pytest looks for tests: the module, and its classes that are named so."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name.startswith(_TEST_NAMES)]
    return [tree.body, *(node.body for node in classes)]


def _tests(tree: ast.Module) -> list[Function]:
    found = [node for body in _collected(tree) for node in body if isinstance(node, _FUNCTION)]
    return [function for function in found if function.name.startswith(_TEST_NAMES)]


def _body_of(function: Function) -> ast.Module:
    return ast.Module(function.body, [])


def _run(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Everything that runs when these nodes do: not what is within functions and classes that they define."""
    for node in nodes:
        yield node
        if not isinstance(node, _OWN_SCOPE):
            yield from _run(ast.iter_child_nodes(node))


def _can_raise(nodes: Iterable[ast.AST]) -> bool:
    return any(isinstance(node, _CAN_RAISE) for node in _run(nodes))


def _nested(function: Function) -> list[Function]:
    return [node for node in _run(function.body) if isinstance(node, _FUNCTION)]


def _loaded_names(node: ast.AST, but_in: ast.AST | None = None) -> set[str]:
    passed_over = set() if but_in is None else set(ast.walk(but_in))
    names = (each for each in ast.walk(node) if isinstance(each, ast.Name) and each not in passed_over)
    return {name.id for name in names if isinstance(name.ctx, ast.Load)}


def _bound_names(function: Function) -> set[str]:
    """Names that a function takes, sets or imports."""
    arguments = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    variables = {
        node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return arguments | variables | _defined_names(ast.walk(function))


def _defined_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that these nodes define, import or set."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, (*_FUNCTION, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            found.update(
                each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            )
    return found


def _is_raises(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("pytest.raises", "pytest.warns", "raises")


def _parametrised(decorator: ast.AST) -> list[str]:
    """The names that ``pytest.mark.parametrize`` or ``given`` hands to the test itself."""
    if not isinstance(decorator, ast.Call):
        return []
    called = ast.unparse(decorator.func).rpartition(".")[2]
    keywords = [keyword.arg for keyword in decorator.keywords if keyword.arg is not None]
    if called == "given":
        return keywords
    if called != "parametrize" or "indirect" in keywords or not decorator.args:
        return []
    try:
        names = ast.literal_eval(decorator.args[0])
    except ValueError:
        return []
    return [name.strip() for name in (names.split(",") if isinstance(names, str) else names)]


def _is_parametrised_fixture(decorator: ast.AST) -> bool:
    is_fixture = isinstance(decorator, ast.Call) and ast.unparse(decorator.func).rpartition(".")[2] == "fixture"
    return is_fixture and any(keyword.arg == "params" for keyword in decorator.keywords)


def _is_certain(node: ast.expr) -> bool:
    """Whether an expression is true whatever the code does."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return bool(node.elts) and not all(isinstance(each, ast.Starred) for each in node.elts)
    if isinstance(node, ast.Dict):
        return any(key is not None for key in node.keys)
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.Constant) for part in node.values)
    if isinstance(node, ast.BoolOp):
        parts = (_is_certain(value) for value in node.values)
        return any(parts) if isinstance(node.op, ast.Or) else all(parts)
    return isinstance(node, (ast.GeneratorExp, ast.Lambda))


def main() -> int:
    """Check the tests; 1 where one cannot fail."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "tests", help="of the tests")
    found = False
    for path in sorted(parser.parse_args().folder.rglob("*.py")):
        for finding in findings_in(path.read_text(encoding="utf-8")):
            print(f"{path}:{finding.line}: {finding.message}", file=sys.stderr)
            found = True
    return int(found)


if __name__ == "__main__":
    raise SystemExit(main())
