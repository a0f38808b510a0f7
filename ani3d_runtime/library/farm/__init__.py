"""What a farm's own queue takes: the tasks that are due, as one job of it."""

from __future__ import annotations

import json

from ani3d_runtime.errors import UsageError
from ani3d_runtime.library.farm.openjd import openjd_template
from ani3d_runtime.library.farm.slurm import slurm_script
from ani3d_runtime.library.farm.work import Work, work_of
from ani3d_runtime.library.manifest import Manifest
from ani3d_runtime.library.plan import Plan


def _json(work: Work) -> str:
    return json.dumps(work.to_json(), indent=1) + "\n"


_FORMATS = {
    "json": _json,
    "openjd": openjd_template,
    "slurm": slurm_script,
}


def job_text(to: str, manifest: Manifest, plan: Plan) -> str:
    """The tasks of a plan that are due, as a farm takes them.

    Args:
        to: ``json``, ``openjd`` or ``slurm``.
        manifest: whose tasks they are.
        plan: of that manifest.

    Raises:
        UsageError: ``library-farm-unknown``.
    """
    if to not in _FORMATS:
        raise UsageError(
            "library-farm-unknown",
            "--to",
            found=repr(to),
            expected=f"one of {', '.join(_FORMATS)}",
            fix="Choose json for a farm of another kind: it holds one command a task.",
        )
    return _FORMATS[to](work_of(manifest, plan))
