"""A shell script that hands a library's tasks to Slurm, as job arrays."""

from __future__ import annotations

import json
import math
import shlex

from ani3d_runtime.library.farm.work import Work

# Slurm's default MaxArraySize is 1001, that is indices up to 1000.
_ARRAY_TASKS = 1000

_HEAD = """\
#!/bin/sh
# Tasks of the library {name}. Run this file where sbatch is: it submits {arrays} job arrays, one task a line, then the
# catalogue. Every machine has to see the manifest, its files and its store. Running it again does no harm.
set -eu
"""


def slurm_script(work: Work) -> str:
    """The script: an array for each wave, or several where one is long, each after those of the wave before."""
    parts: list[str] = []
    count = 0
    for wave in work.waves:
        names: list[str] = []
        for begin in range(0, len(wave), _ARRAY_TASKS):
            tasks = wave[begin : begin + _ARRAY_TASKS]
            count += 1
            lines = [shlex.join(work.command(task.key, task.character)) for task in tasks]
            parts.append(_array(work, f"array{count}", lines, work.needs(tasks), is_after=len(parts) > 0))
            names.append(f"$array{count}")
        # Those that need something are stopped by its absence and say so; the others go on.
        parts.append(f'after="--dependency=afterany:{":".join(names)}"\n')
    parts.append(_last(work, is_after=count > 0))
    return _HEAD.format(name=json.dumps(work.name), arrays=count) + "\n" + "\n".join(parts)


def _array(work: Work, variable: str, lines: list[str], needs: dict[str, float], *, is_after: bool) -> str:
    options = [
        "--parsable",
        f"--job-name={shlex.quote('ani3d-' + work.name)}",
        f"--array=1-{len(lines)}",
        f"--cpus-per-task={max(1, math.ceil(needs['cpus']))}",
        f"--mem={int(needs['memory_mb'])}M",
        "--requeue",
    ]
    if needs["gpus"]:
        options.append(f"--gpus={math.ceil(needs['gpus'])}")
    if needs["timeout_s"]:
        options.append(f"--time={math.ceil(needs['timeout_s'] / 60)}")
    if is_after:
        options.append("${after-}")
    body = "\n".join(f"{number}) exec {line} ;;" for number, line in enumerate(lines, 1))
    return (
        f"{variable}=$(sbatch {' '.join(options)} <<'TASKS'\n"
        f'#!/bin/sh\ncase "$SLURM_ARRAY_TASK_ID" in\n{body}\nesac\nTASKS\n)\n'
    )


def _last(work: Work, *, is_after: bool) -> str:
    after = " ${after-}" if is_after else ""
    name = shlex.quote(f"ani3d-{work.name}-catalogue")
    return f"sbatch --job-name={name}{after} <<'CATALOGUE'\n#!/bin/sh\nexec {shlex.join(work.last)}\nCATALOGUE\n"
