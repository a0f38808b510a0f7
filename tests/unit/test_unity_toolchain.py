"""The Unity client's toolchain: what it takes a Unity to read in an asmdef, and the tables that it writes for C#."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from ani3d_runtime.body.joint_names import REQUIRED, STYLES

TOOLS = Path(__file__).resolve().parents[2] / "unity_client" / "Tools~"
sys.path.insert(0, str(TOOLS))

from toolchain.asmdefs import Definition  # noqa: E402
from toolchain.editors import Editor  # noqa: E402

URP = "com.unity.render-pipelines.universal"
EDITOR = Editor("with URP", "2022.3", {URP: "14.0.12"}, ("UNITY_EDITOR",))


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("", True),  # defined wherever the package is there
        ("12.0.0", True),
        ("14.0.12", True),
        ("14.1.0", False),
        ("[14.0.0,17.0.0)", True),
        ("[12.0.0,14.0.12)", False),
        ("[12.0.0,14.0.12]", True),
        ("(14.0.12,)", False),
        ("[14.0.12]", True),
        ("[14.0.0]", False),
    ],
)
def test_a_version_is_within_a_range_as_unity_reads_it(expression: str, holds: bool) -> None:
    assert EDITOR.has(URP, expression) is holds
    assert not EDITOR.has("com.unity.timeline", expression)


def test_what_is_no_range_is_told() -> None:
    with pytest.raises(ValueError, match=r"14\.0\.0,17\.0\.0"):
        EDITOR.has(URP, "[14.0.0,17.0.0")


def test_newer_defines_are_those_up_to_the_version() -> None:
    assert "UNITY_2022_3_OR_NEWER" in EDITOR.defines
    assert "UNITY_6000_0_OR_NEWER" not in EDITOR.defines


@pytest.mark.parametrize(
    ("constraints", "compiled"),
    [
        (["HAS_URP"], True),
        (["!HAS_URP"], False),
        (["HAS_HDRP"], False),
        (["HAS_HDRP || HAS_URP", "UNITY_EDITOR"], True),
    ],
)
def test_an_assembly_is_compiled_where_its_constraints_hold(
    tmp_path: Path, constraints: list[str], compiled: bool
) -> None:
    (tmp_path / "A.cs").touch()
    versions = [{"name": URP, "expression": "12.0.0", "define": "HAS_URP"}]
    content = {"name": "A", "defineConstraints": constraints, "versionDefines": versions}
    assert Definition(tmp_path / "A.asmdef", content).is_compiled(EDITOR) is compiled


def test_an_assembly_of_the_editor_is_in_no_player(tmp_path: Path) -> None:
    (tmp_path / "A.cs").touch()
    definition = Definition(tmp_path / "A.asmdef", {"name": "A", "includePlatforms": ["Editor"]})
    assert definition.is_compiled(EDITOR)
    assert not definition.is_compiled(Editor("player", "2022.3"))


def test_csharp_has_the_joint_names_of_python() -> None:
    """Mend with: unity_client/Tools~/write_joint_names.py."""
    path = TOOLS.parent / "Runtime" / "Core" / "Retarget" / "JointNameTables.cs"
    texts = re.sub(r'" \+\s*"', "", path.read_text(encoding="utf-8"))
    required = re.search(r'Required =\s*"([^"]*)"', texts)
    assert required
    assert tuple(required[1].split()) == REQUIRED
    tables = re.findall(r'"([^"]*=[^"]*)"', texts.split("Tables =", maxsplit=1)[1])
    found = [dict(pair.split("=") for pair in table.split()) for table in tables]
    assert found == list(STYLES.values())
