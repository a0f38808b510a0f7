"""``ani3d library`` from a manifest to packages: what is due is baked, nothing else, whatever stopped it before."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.waiting import until

TOML = """
[library]
name = "crowd"
[defaults]
residual = "none"
max_error_mm = 2
[characters.anna]
avatar = "visitor.ply"
rest_pose = "a"
fit = "none"
tags = ["lead"]
parallel_clips = true
[characters.bert]
avatar = "visitor.ply"
rest_pose = "a"
fit = "none"
drop_strays = true
[motions.sway]
file = "sway.npz"
[motions.shake]
file = "shake.npz"
start_frame = 2
[[bake]]
motions = ["sway"]
[[bake]]
characters = ["lead"]
export = ["spz"]
"""


@pytest.fixture(scope="module")
def baked(ani3d: Callable, foreign_capture: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library after its first bake, by one worker; nobody changes it."""
    folder = tmp_path_factory.mktemp("baked") / "desk"
    folder.mkdir()
    (folder / "library.toml").write_text(TOML)
    shutil.copy(foreign_capture.path, folder / "visitor.ply")
    for name, frames in (("sway", 6), ("shake", 9)):
        trans = np.linspace(0, 0.2, frames)[:, None] * [1, 0, 0] + [0, 1.09, 0]  # soles on the floor
        np.savez(folder / f"{name}.npz", poses=np.zeros((frames, 24, 3)), trans=trans, fps=30)
    outcome = ani3d("library", "bake", "--manifest", folder, "--workers", "1")
    assert outcome.code == 0, outcome.stderr
    events = events_of(outcome)
    assert (events[0]["event"], events[-1]["event"], events[-1]["done"]) == ("plan", "summary", 7)
    return folder


@pytest.fixture
def done(baked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, as another machine may have it."""
    shutil.copytree(baked, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def desk(done: Path) -> Path:
    """The same before its first bake."""
    shutil.rmtree(done / "out")
    return done


def bytes_of(store: Path) -> dict[str, str]:
    """What was made, but for records, which say when."""
    files = [path for path in store.rglob("*") if path.is_file() and {"tasks", "work"}.isdisjoint(path.parts)]
    return {
        str(path.relative_to(store)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(files)
        if path.suffix in (".a3d", ".spz")
    }


def events_of(outcome: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in outcome.stdout.splitlines()]


def test_a_library_is_baked_once_and_then_what_has_changed(ani3d: Callable, done: Path) -> None:
    made = bytes_of(done / "out")
    assert list(made) == ["anna.a3d", "bert.a3d", "exports/anna/spz/shake.spz", "exports/anna/spz/sway.spz"]
    assert [clip["name"] for clip in ani3d("info", "out/anna.a3d").json["clips"]] == ["sway", "shake"]
    catalogue = json.loads((done / "out" / "catalogue.json").read_text())
    assert catalogue["characters"]["anna"]["clips"]["shake"]["frames"] == 7
    assert catalogue["characters"]["anna"]["tags"] == ["lead"]

    again = ani3d("library", "bake")
    assert (again.code, events_of(again)[-1]["done"], events_of(again)[-1]["cached"]) == (0, 0, 7)

    before = (done / "shake.npz").read_bytes()
    np.savez(done / "shake.npz", poses=np.zeros((8, 24, 3)), trans=np.full((8, 3), [0, 1.09, 0]), fps=30)
    plan = ani3d("library", "plan", "--exit-code")
    assert plan.code == 3
    assert next((each["result"], each["reasons"]) for each in plan.json["changed"]) == (
        "anna.a3d",
        ["clips.shake.file: another content of shake.npz"],
    )
    assert ani3d("library", "bake").code == 0
    after = bytes_of(done / "out")
    assert after["bert.a3d"] == made["bert.a3d"]
    assert after["anna.a3d"] != made["anna.a3d"]
    assert ani3d("library", "validate").code == 0
    # As it was before; the record of that time does not stand for what the store holds now.
    (done / "shake.npz").write_bytes(before)
    assert next(each["result"] for each in ani3d("library", "plan").json["changed"]) == "anna.a3d"


def test_a_bad_character_stops_no_other_and_is_tried_again_when_told(ani3d: Callable, done: Path) -> None:
    (done / "library.toml").write_text(TOML + '[characters.zoe]\navatar = "zoe.ply"\n')
    (done / "zoe.ply").write_bytes(b"no ply")
    (done / "out" / "bert.a3d").unlink()
    [bert] = ani3d("library", "plan").json["changed"]
    assert bert["reasons"] == ["bert.a3d is no longer in the store"]
    outcome = ani3d("library", "bake")
    assert outcome.code == 1
    [failed] = [event for event in events_of(outcome) if event["event"] == "task-failed"]
    assert (failed["character"], failed["will_retry"]) == ("zoe", False)
    assert failed["code"].startswith(("ply-", "import-"))
    assert events_of(outcome)[-1]["done"] == 1
    assert events_of(ani3d("library", "bake"))[-1]["failed"] == 0  # not tried again, and said so
    assert [each["result"] for each in ani3d("library", "plan").json["failed"]] == ["zoe.a3d"]
    assert events_of(ani3d("library", "bake", "--retry-failed"))[-1]["failed"] == 1


def test_one_task_by_its_key_and_a_damaged_package(ani3d: Callable, desk: Path) -> None:
    [bert] = [each for each in ani3d("library", "plan").json["new"] if each["result"] == "bert.a3d"]
    assert ani3d("library", "run", bert["key"]).code == 0
    assert ani3d("library", "run", "0" * 32).error_code == "library-no-task"
    assert [each["result"] for each in ani3d("library", "plan").json["unchanged"]] == ["bert.a3d"]
    assert ani3d("library", "bake", "--only", "bert").code == 0
    package = desk / "out" / "bert.a3d"
    package.write_bytes(package.read_bytes()[:-9] + b"otherwise")
    outcome = ani3d("library", "validate")
    assert outcome.code == 1
    assert "bert.a3d" in outcome.json["wrong"]
    assert ani3d("library", "bake", "--only", "nobody").error_code == "library-no-character"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_was_finished_is_kept_whatever_stops_a_bake(ani3d: Callable, desk: Path, baked: Path, number: int) -> None:
    command = [sys.executable, "-m", "ani3d_runtime.cli", "library", "bake", "--workers", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        until(lambda: any((desk / "out" / "tasks").glob("*.json")), 120)
        if number == signal.SIGKILL:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        process.communicate(timeout=60)
    kept = {path.name for path in (desk / "out" / "tasks").glob("*.json")}
    assert process.returncode in ((130,) if number == signal.SIGINT else (-9,))
    outcome = ani3d("library", "bake", "--workers", "2")
    assert outcome.code == 0, outcome.stderr
    assert events_of(outcome)[-1]["cached"] >= len(kept)
    # Another number of workers, another order, another folder: the same bytes.
    assert bytes_of(desk / "out") == bytes_of(baked / "out")


def test_a_first_manifest_is_written_and_is_a_plan(ani3d: Callable, tmp_path: Path) -> None:
    made = ani3d("library", "init", tmp_path / "new")
    assert made.code == 0
    plan = ani3d("library", "plan", "--manifest", tmp_path / "new" / "library.toml")
    assert [each["result"] for each in plan.json["new"]] == ["dancer.a3d"]
    assert ani3d("library", "init", tmp_path / "new").error_code == "output-exists"
    assert ani3d("library", "plan", "--manifest", tmp_path).error_code == "library-no-manifest"
