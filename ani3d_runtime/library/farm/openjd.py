"""A job template of Open Job Description (https://github.com/OpenJobDescription), as Deadline Cloud takes it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from ani3d_runtime.errors import UsageError
from ani3d_runtime.library.farm.work import Work
from ani3d_runtime.library.task import Task

_VERSION = "jobtemplate-2023-09"
_NAME_CHARS = 64
# A step takes at most so many values of a parameter.
_STEP_TASKS = 1024
_MOST_STEPS = 100
_LAST = "Catalogue"


def openjd_template(work: Work) -> str:
    """A template in JSON: a step for each wave, in which every task is one command; then the catalogue.

    A step of the format holds at most 1,024 values, so that a larger wave is several steps.

    Raises:
        UsageError: ``library-farm-too-large``.
    """
    steps: list[dict[str, Any]] = []
    before: list[str] = []
    for number, wave in enumerate(work.waves):
        names: list[str] = []
        for part in range(math.ceil(len(wave) / _STEP_TASKS)):
            tasks = wave[part * _STEP_TASKS : (part + 1) * _STEP_TASKS]
            names.append(f"Tasks{number + 1}-{part + 1}")
            steps.append(_step(names[-1], tasks, before, work.needs(tasks)))
        before = names
    steps.append(_last(work, before))
    if len(steps) > _MOST_STEPS:
        raise UsageError(
            "library-farm-too-large",
            "--to openjd",
            found=f"{len(steps)} steps of {_STEP_TASKS} tasks",
            expected=f"at most {_MOST_STEPS}",
            fix="Take '--to json' or '--to slurm', or split the library.",
        )
    template = {
        "specificationVersion": _VERSION,
        "name": "".join(letter if letter.isalnum() or letter in " -_." else "-" for letter in work.name)[:_NAME_CHARS],
        "parameterDefinitions": [
            {
                "name": "Manifest",
                "type": "PATH",
                "objectType": "FILE",
                "dataFlow": "IN",
                "default": work.manifest.name,
                "description": "library.toml, by default the one beside this file; machines need its files and store",
            }
        ],
        "steps": steps,
    }
    return json.dumps(template, indent=1, ensure_ascii=False) + "\n"


def _step(name: str, tasks: Sequence[Task], before: list[str], needs: dict[str, float]) -> dict[str, Any]:
    parameters = [
        {"name": "Key", "type": "STRING", "range": [task.key for task in tasks]},
        {"name": "Character", "type": "STRING", "range": [task.character for task in tasks]},
    ]
    action: dict[str, Any] = {
        "command": "ani3d",
        "args": [
            *("library", "run", "{{Task.Param.Key}}", "--manifest", "{{Param.Manifest}}"),
            *("--character", "{{Task.Param.Character}}"),
        ],
    }
    if needs["timeout_s"]:
        action["timeout"] = math.ceil(needs["timeout_s"])
    return {
        "name": name,
        **_dependencies(before),
        "parameterSpace": {"taskParameterDefinitions": parameters, "combination": "(Key, Character)"},
        "hostRequirements": {"amounts": _amounts(needs)},
        "script": {"actions": {"onRun": action}},
    }


def _last(work: Work, before: list[str]) -> dict[str, Any]:
    program, *arguments = work.last
    arguments = ["{{Param.Manifest}}" if argument == str(work.manifest) else argument for argument in arguments]
    return {
        "name": _LAST,
        **_dependencies(before),
        "script": {"actions": {"onRun": {"command": program, "args": arguments}}},
    }


def _dependencies(before: list[str]) -> dict[str, Any]:
    return {"dependencies": [{"dependsOn": name} for name in before]} if before else {}


def _amounts(needs: dict[str, float]) -> list[dict[str, Any]]:
    amounts = [
        {"name": "amount.worker.vcpu", "min": max(1, math.ceil(needs["cpus"]))},
        {"name": "amount.worker.memory", "min": int(needs["memory_mb"])},
    ]
    if needs["gpus"]:
        amounts.append({"name": "amount.worker.gpu", "min": math.ceil(needs["gpus"])})
    return amounts
