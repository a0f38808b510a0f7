"""Executors by name."""

from __future__ import annotations

import sys

from ani3d_runtime.errors import UsageError
from ani3d_runtime.library.executor import Executor, TaskCommand
from ani3d_runtime.library.local import LocalExecutor
from ani3d_runtime.library.manifest import Manifest
from ani3d_runtime.library.task import Task

NAMES = ("local", "ray")


def task_command(manifest: Manifest) -> TaskCommand:
    """What does a task of a manifest on a machine that has its files: ``ani3d library run``."""

    def command(task: Task, attempt: int) -> list[str]:
        start = [sys.executable, "-m", "ani3d_runtime.cli", "--json", "library", "run", task.key]
        return [*start, "--manifest", str(manifest.path), "--character", task.character, "--attempt", str(attempt)]

    return command


def executor_named(name: str, manifest: Manifest, *, workers: int | None, ray_address: str | None = None) -> Executor:
    """The executor called ``name``.

    Args:
        manifest: whose tasks it runs.
        workers: most tasks at a time; the executor's own choice where it is None.
        ray_address: HOST:PORT of a Ray cluster, for ``ray`` alone.

    Raises:
        UsageError: ``library-executor``, ``library-ray-address``, ``library-workers``, ``library-value`` of the store.
        ImportError: ray, without the extra ``cluster``. ServiceError: ``library-cluster-unreachable``.
    """
    if workers is not None and workers < 1:
        raise UsageError(
            "library-workers",
            "--workers",
            found=str(workers),
            expected="at least 1",
            fix="Leave it out for one a core.",
        )
    if ray_address is not None and name != "ray":
        raise UsageError(
            "library-ray-address",
            "--ray-address",
            found=f"an address of a Ray cluster, and --executor {name}",
            expected="--executor ray",
            fix="Add --executor ray, or leave the address out.",
        )
    if manifest.store.startswith("memory:"):
        raise UsageError(
            "library-value",
            "library.store",
            found=f"{manifest.store}, which only one process sees",
            expected="a place that lasts: each task is a process of its own",
            fix="Name a folder, or a URL such as s3://bucket/people.",
        )
    if name == "local":
        return LocalExecutor(task_command(manifest), workers=workers)
    if name == "ray":
        from ani3d_runtime.library.ray import RayExecutor

        return RayExecutor(task_command(manifest), address=ray_address, workers=workers)
    raise UsageError(
        "library-executor",
        "--executor",
        found=repr(name),
        expected=f"one of {', '.join(NAMES)}",
        fix="Check the spelling.",
    )
