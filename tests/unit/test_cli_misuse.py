"""A command line that is wrong in itself ends with exit code 2 and a coded error, whatever the command."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from ani3d_runtime.cli.app import run
from ani3d_runtime.cli.commands import COMMANDS
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion

SERVER = "127.0.0.1:1"  # where nobody listens
# What each command cannot do without; none of the files is there.
NEEDED = {
    "bake": "x.ply --motion x.npz -o out.a3d",
    "restore": "x.mp4 -o out.mp4",
    "library": "plan",
    "info": "x.a3d",
    "validate": "x.a3d",
    "export": "x.a3d --to ply -o out.ply",
    "render": "x.a3d -o out.png",
    "view": "x.a3d",
    "serve": ".",
    "token": "--key x.keys",
    "play": SERVER,
    "retarget": "--vmc 0",
    "watch": SERVER,
}
MISSING = """
bake dancer -o out.a3d
bake dancer --motion dance
bake --motion dance -o out.a3d
restore
restore x.mp4
info
validate
export x.a3d --to ply
render x.a3d
view
serve
token
play
retarget
retarget --vmc 0
retarget --vmc 0 --server here
watch
"""
WRONG_CHOICE = """
demo --detail huge
demo --avatar nobody
bake dancer --motion dance -o out.a3d --quality best
bake dancer --motion dance -o out.a3d --detail huge
bake dancer --motion dance -o out.a3d --residual simulate
bake dancer --motion dance -o out.a3d --ground sky
bake x.ply --motion dance -o out.a3d --axes sideways
bake dancer --motion dance -o out.zip
restore x.mp4 -o out.mp4 --form new
restore x.mp4 -o out.avi
export x.a3d --to obj -o out.obj
export x.a3d -o out
export x.a3d -o out.glb --axes zup
export x.a3d --to ply -o out.spz
export x.a3d --to ply-sequence -o out.ply
export x.a3d --to ply -o out.ply --axes sideways
export x.a3d --to ply -o out.ply --layer both
render x.a3d -o out.png --layer both
render x.a3d -o out.avi
serve . --log-format xml
serve . --bus http://here
token --key x.keys --subject ada --scope fly
play SERVER ada --render out.avi
retarget --vmc 0 --server SERVER --avatar ada --layer both
watch SERVER stage --picture out.jpg
--install-completion --shell tcsh
"""
OUT_OF_RANGE = """
demo --frames 0
bake dancer --motion dance -o out.a3d --seed -1
bake dancer --motion dance -o out.a3d --practice -1
bake dancer --motion dance -o out.a3d --fps 0
bake dancer --motion dance -o out.a3d --fps nan
bake dancer --motion dance -o out.a3d --start-frame -1
bake dancer --motion dance -o out.a3d --max-error-mm 0
bake dancer --motion dance -o out.a3d --max-error-mm many
bake dancer --motion dance -o out.a3d --residual restored --steps 0
bake dancer --motion dance -o out.a3d --residual restored --picture-px 1
restore x.mp4 -o out.mp4 --overlap 0.9
restore x.mp4 -o out.mp4 --work-px 1
restore x.mp4 -o out.mp4 --steps 0
restore x.mp4 -o out.mp4 --strength 2
restore x.mp4 -o out.mp4 --guidance nan
restore x.mp4 -o out.mp4 --self-guidance 3
restore x.mp4 -o out.mp4 --renoise much
restore x.mp4 -o out.mp4 --renoise 3
restore x.mp4 -o out.mp4 --fps 0
restore x.mp4 -o out.mp4 --seed -1
render x.a3d -o out.png --size 1x1
render x.a3d -o out.png --size big
render x.a3d -o out.png --azimuth-deg nan
render x.a3d -o out.png --elevation-deg 91
serve . --port 65536
serve . --gateway -1
serve . --metrics-port -1
serve . --workers 0
serve . --grace-s nan
play SERVER ada --rate 0
play SERVER ada --frames 0
play SERVER ada --seconds nan
play SERVER ada --size 1x1
play nowhere ada
retarget --vmc 65536 --server SERVER --avatar ada
retarget --vmc 0 --server SERVER --avatar ada --seconds 0
retarget --vmc 0 --server SERVER --avatar ada --jitter-buffer-s 3
retarget --vmc 0 --server SERVER --avatar ada --jitter-buffer-s nan
watch SERVER stage --frames 0
watch SERVER stage --seconds nan
"""
CONTRADICTING = """
view x.a3d --force
view x.a3d --export page.html --port 8000
view x.a3d --export page.html --no-open
view 127.0.0.1:1 --port 8000
view 127.0.0.1:1 --export page.html
view x.a3d --tls
bake dancer --motion dance -o out.a3d --into x.a3d
bake dancer --motion dance -o out.a3d --start-frame 9 --stop-frame 3
bake dancer --motion dance -o out.a3d --rest-pose a
bake dancer --motion dance -o out.a3d --body x.npz
bake dancer --motion dance -o out.a3d --residual none --residual none
bake dancer --motion dance -o out.a3d --residual none --practice 3
bake dancer --motion dance -o out.a3d --views 3
bake x.ply --motion dance -o out.a3d --detail low
render x.a3d -o out.mp4 --frame 0
render x.a3d -o out.mp4 --turntable --frame 0 --frames 0-3
render x.a3d -o out.png --then walk
render x.a3d -o out.mp4 --then walk --frames 0-9
render x.a3d -o out.mp4 --fade-s 1
render x.a3d -o out.png --turntable --frame 0
serve . --host 0.0.0.0
serve . --tls-cert x.pem
serve . --port 8470 --gateway 8470
token --key x.keys --new-key y.keys
token --new-key y.keys --subject ada
play SERVER ada --loop --render out.mp4
play SERVER ada --tls-cert x.pem
retarget --bvh x.bvh --vmc 0
retarget --bvh x.bvh --in-place
retarget --bvh x.bvh --lock-feet
retarget --bvh x.bvh --server SERVER --avatar ada
retarget --vmc 0 --server SERVER --avatar ada --loop
retarget --vmc 0 --server SERVER --avatar ada --publish-key secret
"""


def cases(*lines: str) -> list[str]:
    return [line for each in lines for line in each.strip().splitlines()]


def refused(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The code of the error that a line ends with; the exit code must be 2."""
    words = [SERVER if word == "SERVER" else word for word in shlex.split(line)]
    code = run(["--json", *words])
    written = capsys.readouterr()
    assert code == 2, f"{line}: {written.err or written.out}"
    assert written.out == ""
    return json.loads(written.err.strip().splitlines()[-1])["error"]["code"]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_option(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    line = f"{command} {NEEDED.get(command, '')} --nonsense"
    assert refused(line, capsys) == "command-line"


@pytest.mark.parametrize("command", COMMANDS)
def test_words_that_nothing_takes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    refused(f"{command} {NEEDED.get(command, '')} one two three", capsys)


@pytest.mark.parametrize("line", cases(MISSING, WRONG_CHOICE, OUT_OF_RANGE, CONTRADICTING))
def test_misuse(line: str, capsys: pytest.CaptureFixture[str], empty_folder: Path) -> None:
    refused(line, capsys)
    assert not any(empty_folder.iterdir()), "nothing is written"


@pytest.mark.parametrize(
    "line",
    ["export two.a3d --to ply-sequence -o frames", "render two.a3d -o out.png --frame 0", "render two.a3d -o out.png"],
)
def test_what_a_package_leaves_open_must_be_said(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    avatar = synthetic_avatar(gaussian_count=50, seed=0)
    motion = synthetic_motion(avatar.skeleton, frame_count=2, seed=0)
    write_package(Path("two.a3d"), avatar, [ClipSource(name, motion, None) for name in ("walk", "run")])
    assert refused(line, capsys) == "clip-not-named"


@pytest.mark.parametrize(
    ("line", "meant"), [("bakee", "ani3d bake"), ("rendr x.a3d", "ani3d render"), ("--jsno bake", "ani3d --json")]
)
def test_a_misspelt_command_is_answered_with_the_one_that_was_meant(
    line: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(line.split()) == 2
    assert f"Did you mean '{meant}'?" in capsys.readouterr().err


def test_what_is_not_there_is_a_failure_and_no_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    for line in ("info x.a3d", "bake x.ply --motion dance -o out.a3d", "serve nowhere", f"play {SERVER} ada"):
        assert run(["--json", *line.split()]) == 1
        assert json.loads(capsys.readouterr().err)["error"]["fix"]
