"""What Unity compiles is what is tested here: its wrappers compile, and C# sets what they declare."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shaders.checks import compilers
from shaders.checks.compilers import Source
from shaders.checks.toolchain import Toolchain
from shaders.checks.unity_wrappers import PACKAGE, passes, sources, texts

DRAWING = PACKAGE / "Runtime" / "Unity" / "Drawing"
_DECLARED = re.compile(
    r"^\s*(?:RW)?(?:StructuredBuffer|Texture2D|Texture2DArray)<\w+>\s+(_\w+);"
    r"|^\s*(?:uint|int|float|float4)\s+(_\w+(?:\[\w+\])?(?:,\s*_\w+)*);",
    re.MULTILINE,
)
_MACRO = re.compile(r"^ANI3D_TEXTURE\(\w+, (_\w+)\)", re.MULTILINE)
# Unity sets it.
_OF_THE_PIPELINE = {"_CameraDepthTexture"}
# Of stages that wrappers replace by their own.
_OF_OTHER_STAGES = {"_Colour", "_Scene"}


@pytest.mark.parametrize("source", [source for _, source in sources()], ids=[name for name, _ in sources()])
@pytest.mark.parametrize("compiler", compilers.COMPILERS)
def test_a_wrapper_compiles(source: Source, compiler: str, tools: Toolchain) -> None:
    assert compilers.compiled(source, compiler, tools)


@pytest.mark.parametrize("source", [source for _, source in sources()], ids=[name for name, _ in sources()])
def test_a_wrapper_becomes_dxil(source: Source, tools: Toolchain) -> None:
    assert compilers.dxil(source, tools)


def test_csharp_sets_what_shaders_declare() -> None:
    ids = set(re.findall(r'PropertyToID\("(_\w+)"\)', (DRAWING / "ShaderIds.cs").read_text(encoding="utf-8")))
    text = re.sub(r"^[ \t]+", "", texts(), flags=re.MULTILINE)
    lines = [name for match in _DECLARED.findall(text) for name in match]
    declared = {name for line in lines for name in re.findall(r"_\w+", line)} | set(_MACRO.findall(text))
    assert declared - ids - _OF_THE_PIPELINE - _OF_OTHER_STAGES == set()
    assert ids - declared == set()


def test_passes_are_where_csharp_says() -> None:
    text = (DRAWING / "SplatPass.cs").read_text(encoding="utf-8")
    stated = {int(number): name for name, number in re.findall(r"public const int (\w+) = (\d+);", text)}
    assert [stated[number] for number in range(len(stated))] == [each.name for each in passes()]


def test_gaussians_are_drawn_as_the_page_says() -> None:
    state = {each.name: " ".join(each.state.split()) for each in passes()}
    assert state["Gaussians"] == "ZTest LEqual ZWrite Off Blend One OneMinusSrcAlpha"
    assert state["SceneDepth"] == "ZTest Always ZWrite On ColorMask 0"
    assert "Blend" not in state["CompositeOverScene"]


def test_the_shader_set_refers_to_every_shader() -> None:
    asset = PACKAGE / "Runtime" / "Shaders" / "Ani3dShaders.asset"
    line = re.compile(r"^  (\w+): \{fileID: \d+, guid: (\w+), type: 3\}$", re.MULTILINE)
    fields = dict(line.findall(asset.read_text(encoding="utf-8")))
    script = (DRAWING / "ShaderSet.cs").read_text(encoding="utf-8")
    assert fields.pop("m_Script") == _guid(DRAWING / "ShaderSet.cs")
    assert fields == {name[0].lower() + name[1:]: _guid(path) for name, path in _shaders().items()}
    assert set(fields) == set(re.findall(r"\[SerializeField\] private \w+ (\w+) =", script))
    assert re.findall(r'Guid = "(\w+)"', script) == [_guid(asset)]


def _shaders() -> dict[str, Path]:
    folder = PACKAGE / "Runtime" / "Shaders"
    return {path.stem: path for suffix in ("compute", "shader") for path in folder.glob(f"*.{suffix}")}


def _guid(path: Path) -> str:
    return re.findall(r"^guid: (\w+)$", Path(f"{path}.meta").read_text(encoding="utf-8"), re.MULTILINE)[0]
