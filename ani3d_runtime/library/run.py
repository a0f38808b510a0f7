"""Run: one task from beginning to end, in this process. Doing it again, or twice at once, does no harm."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.library.catalogue import package_facts
from ani3d_runtime.library.record import Record, now, read_record, write_record
from ani3d_runtime.library.store import LibraryStore
from ani3d_runtime.library.task import Task
from ani3d_runtime.progress import ProgressCallback, Watcher

# Told how a stage goes: its name, and the fraction done.
Stages = Callable[[str, float], None]


def run_task(task: Task, store: LibraryStore, stages: Stages, *, attempt: int = 1) -> Record:
    """Do a task, publish what it makes, and write its record; what has been done already is not done again.

    Args:
        task: what is to be done.
        store: where its result and its record go.
        stages: told how it goes.
        attempt: from 1, for the record.

    Raises:
        Ani3dError: why it cannot be done; its record says so, too.
    """
    before = read_record(store, task.key)
    if before is not None:
        return before
    started, cpu_s, clock_s = now(), time.process_time(), time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="ani3d-library-"))
    try:
        made = _KINDS[task.kind](task, store, folder, _watcher(stages))
    except Ani3dError as error:
        write_record(
            store, Record.of(task, "failed", error=error.to_json(), attempt=attempt, started=started, finished=now())
        )
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    record = Record.of(
        task,
        "done",
        **made,
        seconds=round(time.monotonic() - clock_s, 3),
        cpu_seconds=round(time.process_time() - cpu_s, 3),
        peak_mb=_peak_mb(),
        attempt=attempt,
        started=started,
        finished=now(),
    )
    write_record(store, record)
    return record


def _package(task: Task, store: LibraryStore, folder: Path, watch: Watcher) -> dict[str, Any]:
    # Imported here: planning and exporting do without torch and scipy.
    from ani3d_runtime.library.package_bake import bake_package

    path = folder / task.result
    warnings = bake_package(task.settings, path, watch)
    facts = package_facts(path, task.settings)
    store.publish(task.result, path)
    return {"digest": facts["digest"], "bytes": facts["bytes"], "facts": facts, "warnings": tuple(warnings)}


def _export(task: Task, store: LibraryStore, folder: Path, watch: Watcher) -> dict[str, Any]:
    from ani3d_runtime.library.package_export import export_package

    return export_package(task, store, folder, watch)


_KINDS: dict[str, Callable[[Task, LibraryStore, Path, Watcher], dict[str, Any]]] = {
    "package": _package,
    "export": _export,
}


def _watcher(stages: Stages) -> Watcher:
    @contextmanager
    def watch(stage: str) -> Generator[ProgressCallback, None, None]:
        stages(stage, 0.0)
        yield lambda fraction: stages(stage, fraction)

    return watch


def _peak_mb() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
