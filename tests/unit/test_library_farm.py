"""What farms take: a job of Open Job Description, a script for Slurm, one command a task."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ani3d_runtime.errors import UsageError
from ani3d_runtime.library.farm import job_text
from ani3d_runtime.library.manifest import Manifest
from ani3d_runtime.library.plan import Plan, PlannedTask
from ani3d_runtime.library.task import Task

OPENJD = Path(sys.executable).with_name("openjd")
# Writes down what it is given, and says which job it is.
SBATCH = """#!/bin/sh
n=$(ls "$SLURM_STANDIN" | wc -l)
echo "$@" > "$SLURM_STANDIN/$n.args"
cat > "$SLURM_STANDIN/$n.sh"
echo $((100 + n))
"""


def plan_of(count: int) -> Plan:
    tasks: list[PlannedTask] = []
    for index in range(count):
        name = f"anna {index}"
        bake = Task(f"{index:032x}", "package", name, f"{name}.a3d", {}, {}, timeout_s=90.0, cpus=2.0)
        export = Task(f"e{index:031x}", "export", name, f"exports/{name}/spz", {}, {}, (bake.key,), gpus=1.0)
        tasks += [PlannedTask(bake, "new"), PlannedTask(export, "changed")]
    done = Task("f" * 32, "package", "zoe", "zoe.a3d", {}, {})
    return Plan((*tasks, PlannedTask(done, "unchanged")), {}, ())


def manifest_at(folder: Path) -> Manifest:
    return Manifest(folder / "library.toml", 'crowd\n"of people', str(folder / "out"))


def test_json_holds_one_command_a_task(tmp_path: Path) -> None:
    job = json.loads(job_text("json", manifest_at(tmp_path), plan_of(1)))
    assert [task["kind"] for task in job["tasks"]] == ["package", "export"], "what is done is not there"
    assert job["tasks"][0]["command"] == [
        *("ani3d", "library", "run", "0" * 32, "--manifest", str(tmp_path / "library.toml"), "--character", "anna 0")
    ]
    assert job["tasks"][1]["needs"] == ["0" * 32]
    assert job["last"][:3] == ["ani3d", "library", "bake"]
    with pytest.raises(UsageError, match="openjd"):
        job_text("tractor", manifest_at(tmp_path), plan_of(1))


@pytest.mark.skipif(not OPENJD.exists(), reason="no openjd-cli")
def test_open_job_description_is_understood_by_its_own_command_line(tmp_path: Path) -> None:
    (tmp_path / "library.toml").touch()
    path = tmp_path / "job.template.json"
    path.write_text(job_text("openjd", manifest_at(tmp_path), plan_of(1030)))
    summary = subprocess.run([OPENJD, "summary", path], capture_output=True, text=True, timeout=120)
    assert summary.returncode == 0, summary.stdout + summary.stderr
    # 1,024 values a step at most; a task for each of 2,060, and the catalogue.
    for words in ("Total steps: 5", "Total tasks: 2061"):
        assert words in summary.stdout
    with pytest.raises(UsageError) as refusal:
        job_text("openjd", manifest_at(tmp_path), plan_of(60_000))
    assert refusal.value.code == "library-farm-too-large"


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
def test_slurm_gets_arrays_that_wait_for_what_they_need(tmp_path: Path) -> None:
    told = tmp_path / "told"
    told.mkdir()
    sbatch = tmp_path / "bin" / "sbatch"
    sbatch.parent.mkdir()
    sbatch.write_text(SBATCH)
    sbatch.chmod(0o755)
    environment = {**os.environ, "PATH": f"{sbatch.parent}:{os.environ['PATH']}", "SLURM_STANDIN": str(told)}
    script = job_text("slurm", manifest_at(tmp_path), plan_of(1001))
    shell = shutil.which("sh") or "sh"
    subprocess.run([shell], input=script, text=True, env=environment, check=True, stdout=subprocess.DEVNULL)
    options = [(told / f"{number}.args").read_text() for number in range(0, 10, 2)]
    assert "--array=1-1000" in options[0]
    assert "--time=2" in options[0]
    assert "--array=1-1 " in options[1]
    assert "--dependency" not in options[0] + options[1]
    assert "--dependency=afterany:100:102" in options[2]
    assert "--gpus=1" in options[2]
    assert "--dependency=afterany:104:106" in options[4]
    # What a machine runs, with a program of that name in place of ours.
    said = tmp_path / "bin" / "ani3d"
    said.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    said.chmod(0o755)
    task = {**environment, "SLURM_ARRAY_TASK_ID": "3"}
    ran = subprocess.run([shell, told / "0.sh"], capture_output=True, text=True, env=task, check=True)
    assert ran.stdout == f"library|run|{2:032x}|--manifest|{tmp_path}/library.toml|--character|anna 2|"
