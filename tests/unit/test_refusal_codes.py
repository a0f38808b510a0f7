"""Every code that is raised is registered in spec/refusals.toml, and every registered one can be raised."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from ani3d_runtime import errors
from ani3d_runtime.spec.refusals import FAMILY_OF
from tests.raised_codes import Raised, Source

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("ani3d_runtime", "exporters")
REFUSALS: dict[str, Any] = tomllib.loads((ROOT / "spec/refusals.toml").read_text(encoding="utf-8"))
ENTRIES = {code: entry for family in REFUSALS.values() for code, entry in family["codes"].items()}
JAVASCRIPT = sorted((ROOT / "spec/readers/javascript").glob("*.mjs"))
OTHER_WORDS = {"utf-8", "driver-section"}
_CODE = r"[a-z0-9]+(?:-[a-z0-9]+)+"
_TABLE_OF_CODES = re.compile(r"^\| code .*\n\|[-| ]+\n((?:\|.*\n)+)", re.MULTILINE)


@pytest.fixture(scope="module")
def raised() -> list[Raised]:
    return list(Source(ROOT, FOLDERS).raised())


def unregistered(found: list[Raised]) -> list[str]:
    """What to do about each code that is raised and not registered."""
    return [
        f'{one.place} raises {one.code!r}; add {one.code} = "what it means" to a family of spec/refusals.toml '
        f"whose errors name {one.error or 'its class'}, then run `make constants`"
        for one in found
        if one.code not in FAMILY_OF
    ]


def is_raised_elsewhere(code: str) -> bool:
    """Whether a code is marked as another language's."""
    return isinstance(ENTRIES[code], dict) and "only_in" in ENTRIES[code]


def test_every_code_that_is_raised_is_registered(raised: list[Raised]) -> None:
    assert len(raised) > 450, "the search for codes finds few of them"
    assert not unregistered(raised)


def test_every_registered_code_is_raised(raised: list[Raised]) -> None:
    found = {one.code for one in raised}
    idle = [code for code in FAMILY_OF if code not in found and not is_raised_elsewhere(code)]
    assert not idle, "remove them from spec/refusals.toml, or mark them with only_in"


def test_a_code_that_only_another_language_raises_is_not_raised_by_python(raised: list[Raised]) -> None:
    found = {one.code for one in raised}
    assert not [code for code in FAMILY_OF if code in found and is_raised_elsewhere(code)]


def test_an_error_of_a_family_is_of_the_classes_of_that_family(raised: list[Raised]) -> None:
    wrong = []
    for one in raised:
        entry = ENTRIES[one.code]
        allowed = REFUSALS[FAMILY_OF[one.code]]["errors"] + (entry.get("also", []) if isinstance(entry, dict) else [])
        if one.error and one.error not in allowed:
            wrong.append(f"{one.place}: {one.code} is a {one.error}, and {FAMILY_OF[one.code]} has {allowed}")
    assert not wrong


def test_the_classes_that_families_name_exist() -> None:
    named = {name for family in REFUSALS.values() for name in family["errors"]}
    assert named <= set(vars(errors))


def test_a_code_in_a_family_that_readers_share_is_known_to_the_javascript_reader() -> None:
    constants = (ROOT / "spec/readers/javascript/format.mjs").read_text(encoding="utf-8")
    shared = [code for family in REFUSALS.values() if family["for_readers"] for code in family["codes"]]
    assert all(f'["{code}", ' in constants for code in shared)


@pytest.mark.parametrize(
    "module", [path for path in JAVASCRIPT if path.name != "format.mjs"], ids=lambda path: path.name
)
def test_codes_of_the_javascript_reader_are_registered(module: Path) -> None:
    texts = set(re.findall(rf'"({_CODE})"', module.read_text(encoding="utf-8")))
    strangers = texts - OTHER_WORDS - set(FAMILY_OF)
    assert not strangers, f"{module.name}: add them to spec/refusals.toml, or mend the spelling"


def test_codes_of_the_web_client_are_registered() -> None:
    raises = re.compile(rf'(?:Refusal\(\s*|CODE = |code: |(?:need|needEntry)\([^;]*?, )"({_CODE})"')
    modules = [path for path in (ROOT / "web_client/src").rglob("*.ts") if path.name != "format.ts"]
    found = {code for path in modules for code in raises.findall(path.read_text(encoding="utf-8"))}
    assert len(found) > 30, "the search for codes finds few of them"
    assert not found - set(FAMILY_OF), "add them to spec/refusals.toml, or mend the spelling"


def test_codes_in_the_tables_of_pages_exist() -> None:
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / "spec").glob("*.md"), ROOT / "README.md"]
    for page in pages:
        for table in re.findall(
            r"^\| code .*\n\|[-| ]+\n((?:\|.*\n)+)", page.read_text(encoding="utf-8"), re.MULTILINE
        ):
            first_cells = " ".join(row.split("|")[1] for row in table.splitlines())
            strangers = set(re.findall(rf"`({_CODE})`", first_cells)) - set(FAMILY_OF)
            assert not strangers, f"{page.name} names codes that are not in spec/refusals.toml"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"section-truncated",', '"section-trunacted",'),
        ('corrupt("section-invalid"', 'corrupt("section-invalidated"'),
    ],
    ids=["a helper's argument", "on the helper's line"],
)
def test_a_misspelt_code_is_named_with_its_place(tmp_path: Path, before: str, after: str) -> None:
    module = tmp_path / "ani3d_runtime/codec/primitives/cursor.py"
    module.parent.mkdir(parents=True)
    shutil.copy(ROOT / "ani3d_runtime/codec/primitives/cursor.py", module)
    text = module.read_text(encoding="utf-8")
    assert before in text
    module.write_text(text.replace(before, after, 1), encoding="utf-8")

    (finding,) = unregistered(list(Source(tmp_path, ("ani3d_runtime",)).raised()))

    misspelt = re.findall(_CODE, after)[0]
    assert finding.startswith("ani3d_runtime/codec/primitives/cursor.py:")
    assert f"{misspelt} = " in finding
    assert "make constants" in finding
