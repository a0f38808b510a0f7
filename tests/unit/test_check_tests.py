"""The check of ``make check`` that finds tests that cannot fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.check_tests import ROOT, findings_in

GOOD = '''\
import asyncio
import pytest
from hypothesis import given, strategies as st


def main() -> None:
    """A command, by a name that others give to functions of their own."""


@pytest.fixture(params=["light", "full"])
def mode(request):
    return request.param


def helper(value):
    def doubled():
        return 2 * value

    return doubled


def test_a_function_that_is_run():
    async def main():
        assert await asyncio.sleep(0, 1) == 1

    asyncio.run(main())


def test_functions_that_are_run_by_others(monkeypatch):
    calls = []

    def inner():
        return calls

    def outer():
        return inner()

    @calls.append
    def registered():
        raise ValueError

    monkeypatch.setattr("module.name", outer)
    assert calls == [registered]


class Fake:
    def test(self):
        """No test."""


@pytest.mark.parametrize(("code", "found"), [("a", 1)])
@pytest.mark.parametrize("_again", range(3))
@pytest.mark.parametrize("mode", ["light"], indirect=True)
def test_cases(code, found, _again, mode):
    with pytest.raises(KeyError) as raised, open(code):
        {}[found]
    assert raised.value.args, "a message may follow"
    with pytest.raises(ZeroDivisionError):
        1 / 0
    with pytest.raises(AttributeError):
        code.missing
    pytest.raises(KeyError, {}.pop, found)


@given(st.integers(), other=st.integers())
def test_numbers(number, other):
    assert number or other or f"{number}" == "0"
    assert [*range(number)] or not number
    assert False, "what comes here has gone wrong"


def test_main_of_the_module():
    main()
    main()
'''

BAD = {
    "a function that nobody runs": (
        """\
def test_it():
    assert open("x")
    async def main():
        assert 1 == 2
""",
        3,
        "'main' of 'test_it' is never run",
    ),
    "a function that only itself runs": (
        """\
def test_it():
    assert open("x")
    def again():
        again()
""",
        3,
        "'again' of 'test_it' is never run",
    ),
    "a function of a helper that nobody runs": (
        """\
def checked(value):
    if value:
        def inner():
            assert value == 3
    return value
""",
        3,
        "'inner' of 'checked' is never run",
    ),
    "a test that does nothing": (
        """\
def test_it(server):
    \"\"\"To be written.\"\"\"
    name = "ada"
""",
        1,
        "'test_it' does nothing",
    ),
    "a block that cannot raise": (
        """\
import pytest
def test_it():
    parsed = int("3")
    with pytest.raises(ValueError):
        value = parsed
        pass
""",
        4,
        "nothing in this block can raise",
    ),
    "a block that defines what it should call": (
        """\
import pytest
def test_it():
    with pytest.raises(ValueError) as raised:
        def main():
            raise ValueError
    main()
""",
        3,
        "nothing in this block can raise",
    ),
    "a warning of nothing": (
        """\
import pytest
def test_it():
    with pytest.warns(UserWarning):
        pass
""",
        3,
        "nothing in this block can raise",
    ),
    "raises without a block": (
        """\
import pytest
def test_it():
    pytest.raises(ValueError)
    int("x")
""",
        3,
        "pytest.raises checks nothing by itself",
    ),
    "a parameter that is not looked at": (
        """\
import pytest
@pytest.mark.parametrize(
    ("text", "code"), [("a", 1), ("b", 2)]
)
def test_it(text, code):
    assert len(text) == 1
""",
        2,
        "'test_it' has cases of 'code' and does not use it",
    ),
    "one of several names in a text": (
        """\
import pytest
@pytest.mark.parametrize("text, code", [("a", 1)])
def test_it(text, code):
    assert code == 1
""",
        2,
        "'test_it' has cases of 'text' and does not use it",
    ),
    "a drawn number that is not looked at": (
        """\
from hypothesis import given, strategies as st
@given(number=st.integers())
def test_it(number):
    assert len("a") == 1
""",
        2,
        "'test_it' has cases of 'number' and does not use it",
    ),
    "a fixture whose cases are one": (
        """\
import pytest
@pytest.fixture(params=[1, 2])
def server(request_factory):
    return request_factory()
""",
        2,
        "fixture 'server' has params and does not use request.param",
    ),
    "an assertion with its message in brackets": (
        """\
def test_it():
    assert (len("a") == 2, "two letters")
""",
        2,
        "this assertion always holds",
    ),
    "an assertion of a constant": (
        """\
def test_it():
    assert len("a") == 2 or "two letters"
""",
        2,
        "this assertion always holds",
    ),
    "an assertion of a generator": (
        """\
def test_it():
    assert (letter == "b" for letter in "a")
""",
        2,
        "this assertion always holds",
    ),
    "an assertion of a formatted text": (
        """\
def test_it(name):
    assert f"{name} is there"
""",
        2,
        "this assertion always holds",
    ),
    "a test that another one hides": (
        """\
def test_it():
    assert len("a") == 2

def test_it():
    assert len("a") == 1
""",
        1,
        "'test_it' is hidden by another one in line 4",
    ),
    "a test of a class that another one hides": (
        """\
class TestServer:
    def test_it(self):
        assert self.a
    def test_it(self):
        assert self.b
""",
        2,
        "'test_it' is hidden by another one in line 4",
    ),
    "what another test should run": (
        """\
def run(main): main()
def test_one():
    def main():
        assert 1 == 2
    run(main)
def test_other():
    assert len("a") == 1
    run(main)
""",
        8,
        "'test_other' runs 'main', which is another test's",
    ),
    "what is run twice": (
        """\
def run(main): main()
def test_it():
    def main():
        assert len("a") == 1
    run(main)

    run(main)
""",
        7,
        "'test_it' runs the same twice",
    ),
}


def test_tests_that_can_fail_pass() -> None:
    assert findings_in(GOOD) == []


@pytest.mark.parametrize("kind", BAD)
def test_a_test_that_cannot_fail_is_found_with_its_line(kind: str) -> None:
    source, line, message = BAD[kind]
    (finding,) = findings_in(source)
    assert finding.line == line
    assert finding.message.startswith(message)
    assert ": " in finding.message.removeprefix(message), "and it says what to do"


def test_the_command_names_file_and_line_and_fails(tmp_path: Path) -> None:
    (tmp_path / "test_good.py").write_text(GOOD)
    command = [sys.executable, str(ROOT / "scripts/check_tests.py"), str(tmp_path)]
    assert subprocess.run(command, check=False).returncode == 0
    source, line, message = BAD["an assertion with its message in brackets"]
    (tmp_path / "unit").mkdir()
    (tmp_path / "unit/test_bad.py").write_text(source)
    failed = subprocess.run(command, check=False, capture_output=True, text=True)
    assert failed.returncode == 1
    (said,) = failed.stderr.splitlines()
    assert said.startswith(f"{tmp_path / 'unit/test_bad.py'}:{line}: {message}")
