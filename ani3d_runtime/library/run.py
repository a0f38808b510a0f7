"""Run: one task from beginning to end, in this process. Doing it again, or twice at once, does no harm."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ani3d_runtime.bake.inputs import sha256_of
from ani3d_runtime.errors import Ani3dError, InputError, ServiceError
from ani3d_runtime.library.catalogue import package_facts
from ani3d_runtime.library.ending import NO_FAULT
from ani3d_runtime.library.lease import Leases
from ani3d_runtime.library.record import TASKS, Record, now, read_record, write_record
from ani3d_runtime.library.store import LibraryStore
from ani3d_runtime.library.task import CURRENT, Task, made_of
from ani3d_runtime.progress import ProgressCallback, Watcher

# Told how a stage goes: its name, and the fraction done.
Stages = Callable[[str, float], None]


def run_task(
    task: Task, store: LibraryStore, stages: Stages, *, attempt: int = 1, is_current: Callable[[], bool] = lambda: True
) -> Record:
    """Do a task, publish what it makes, and write its record; what has been done already is not done again.

    Args:
        task: what is to be done.
        store: where its result and its record go.
        stages: told how it goes.
        attempt: from 1, for the record.
        is_current: asked before anything is published, whether manifest and files are still those of the task.

    Raises:
        ServiceError: ``library-task-held`` while another process does it. InputError: ``library-input-changed``.
        Ani3dError: why it cannot be done; its record says so, too.
    """
    try:
        with Leases(store).held(task.key):
            before = _done_before(task, store)
            return before if before is not None else _run(task, store, stages, attempt, is_current)
    except ServiceError as error:
        before = _done_before(task, store) if error.code == "library-task-held" else None
        if before is None:
            raise
        return before


def is_there(task: Task, record: Record, store: LibraryStore) -> bool:
    """Whether the store still holds all that a task made, of which it keeps the record."""
    return all(store.modified_s(name) is not None for name in made_of(task, record.facts))


def _done_before(task: Task, store: LibraryStore) -> Record | None:
    record = read_record(store, task.key)
    return replace(record, cached=True) if record is not None and is_there(task, record, store) else None


def _run(task: Task, store: LibraryStore, stages: Stages, attempt: int, is_current: Callable[[], bool]) -> Record:
    started, cpu_s, clock_s = now(), time.process_time(), time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="ani3d-library-"))
    try:
        made = _KINDS[task.kind](task, store, folder, _watcher(stages))
        if not is_current():
            raise _changed(task)
        _publish(task, store, folder, made.pop("files"))
    except Ani3dError as error:
        if error.code not in NO_FAULT:
            record = Record.of(task, "failed", error=error.to_json(), attempt=attempt, started=started, finished=now())
            write_record(store, record)
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


def _publish(task: Task, store: LibraryStore, folder: Path, files: Mapping[str, Path]) -> None:
    """Publish what a task has made. No record may stand for what the store does not hold any more.

    Settings may go back to what they were, and the record of that time would say that it is done.
    """
    place = f"{CURRENT}{task.result}"
    before = task.key if task.is_part else (store.read(place) or b"").decode("ascii", "replace")
    if before != task.key:
        if before:
            for name in _exported(store, before, task) - files.keys():
                store.delete(name)
            store.delete(f"{TASKS}{before}.json")
        store.publish(place, task.key.encode())
    for name, path in files.items():
        store.publish(name, path)


def _exported(store: LibraryStore, key: str, task: Task) -> set[str]:
    """Names of what an earlier export wrote: clips that are gone since would stay beside those that are there."""
    record = read_record(store, key) if task.kind == "export" else None
    return set() if record is None else set(made_of(task, record.facts))


def _changed(task: Task) -> InputError:
    return InputError(
        "library-input-changed",
        task.label,
        found="a manifest or a file that has changed since it was begun",
        expected="what is baked to stay as it is meanwhile",
        fix="Run 'ani3d library bake' again.",
    )


def _package(task: Task, store: LibraryStore, folder: Path, watch: Watcher) -> dict[str, Any]:
    # Imported here: planning and exporting do without torch and scipy.
    from ani3d_runtime.library.package_bake import bake_package, join_package

    path = folder / task.result
    parts: dict[str, list[Path]] = {}
    for name, kind in task.settings["made_of"].items():
        parts.setdefault(kind, []).append(_fetched(task, store, folder, name))
    warnings: list[dict[str, Any]] = []
    if parts:  # whose own records say what is likely wrong with them
        join_package(task.settings, path, parts, watch)
    else:
        warnings = bake_package(task.settings, path, watch)
    facts = package_facts(path, task.settings)
    made = {"digest": facts["digest"], "bytes": facts["bytes"], "facts": facts, "warnings": tuple(warnings)}
    return {**made, "files": {task.result: path}}


def _part(task: Task, store: LibraryStore, folder: Path, watch: Watcher) -> dict[str, Any]:
    from ani3d_runtime.library.package_bake import bake_base, bake_clip, bake_looks, bake_practice

    path = folder / f"{task.character}{Path(task.result).suffix}"
    warnings: list[dict[str, Any]] = []
    if task.kind == "base":
        bake_base(task.settings, path, watch)
    else:
        base = _fetched(task, store, folder, task.settings["base"])
        if task.kind == "clip":
            shutil.copyfile(base, path)
            warnings = bake_clip(task.settings, path, watch)
        elif task.kind == "looks":
            bake_looks(task.settings, base, path, watch)
        else:
            bake_practice(task.settings, base, path, watch)
    digest, size_bytes = sha256_of(path)
    made = {"digest": digest, "bytes": size_bytes, "warnings": tuple(warnings)}
    return {**made, "files": {task.result: path}}


def _fetched(task: Task, store: LibraryStore, folder: Path, name: str) -> Path:
    """A part that another task has made."""
    path = folder / name.rpartition("/")[2]
    if not store.fetch(name, path):
        raise InputError(
            "library-need-missing",
            task.result,
            found=f"no {name} in {store.name}",
            expected="the part that another task has made",
            fix="Run 'ani3d library bake'; it bakes what is missing.",
        )
    return path


def _export(task: Task, store: LibraryStore, folder: Path, watch: Watcher) -> dict[str, Any]:
    from ani3d_runtime.library.package_export import export_package

    return export_package(task, store, folder, watch)


_KINDS: dict[str, Callable[[Task, LibraryStore, Path, Watcher], dict[str, Any]]] = {
    "base": _part,
    "looks": _part,
    "clip": _part,
    "practice": _part,
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
