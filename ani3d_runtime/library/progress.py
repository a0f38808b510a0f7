"""Progress: what a host that bakes a library is at, kept in the store for ``ani3d library status`` on any other."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.library.event import Event
from ani3d_runtime.library.pace import Pace
from ani3d_runtime.library.record import now
from ani3d_runtime.library.store import FolderStore, LibraryStore
from ani3d_runtime.library.task import Task

PLAN = "plan.json"
HOSTS = "hosts/"
PACE = "pace.json"
# A file is written in a millisecond; a request to an object store costs money.
_FOLDER_S, _REMOTE_S = 1.0, 5.0
_FORGOTTEN_S = 3600.0


def write_plan(store: LibraryStore, tasks: Iterable[Task]) -> None:
    """Publish which tasks a library has, so that nobody needs the inputs to know how many are left.

    Raises:
        ResourceError, ServiceError: why it could not be written.
    """
    named = {task.key: [task.kind, task.character, task.label] for task in tasks}
    store.publish(PLAN, json.dumps({"planned": now(), "tasks": named}, separators=(",", ":")).encode())


class HostProgress:
    """Publishes what runs on this host, from the events of a bake, and withdraws it at the end.

    A context manager. A store that cannot be written keeps no task from being done, and is not complained of here:
    whoever publishes results says so.

    Args:
        store: of the library.
        pace: that notes the same events; it is told what earlier bakes took, and kept for later ones.
    """

    def __init__(self, store: LibraryStore, pace: Pace) -> None:
        self._store = store
        self._name = f"{HOSTS}{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}.json"
        self._period_s = _FOLDER_S if isinstance(store, FolderStore) else _REMOTE_S
        self._began = now()
        self._running: dict[str, Event] = {}
        self._shown: list[dict[str, Any]] = []
        self._pace = pace
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ani3d-host-progress", daemon=True)

    def __enter__(self) -> HostProgress:
        with contextlib.suppress(Ani3dError, OSError, ValueError, RecursionError):
            self._pace.recall(json.loads(self._store.read(PACE) or b"{}"))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        with contextlib.suppress(Ani3dError, OSError):
            self._store.delete(self._name)
            if learnt := self._pace.to_json():
                self._store.publish(PACE, json.dumps(learnt, indent=1, sort_keys=True).encode())

    def note(self, event: Event) -> None:
        """Take one event, after the pace did; the two are not told from several threads."""
        with self._lock:
            if event.event == "task-started":
                self._running[event.key] = event
            elif event.event in ("task-finished", "task-failed"):
                self._running.pop(event.key, None)
            self._shown = [self._task(key, begun) for key, begun in self._running.items()]

    def _run(self) -> None:
        with contextlib.suppress(Ani3dError, OSError):
            self._store.publish(self._name, self._content())
            self._sweep()
        while not self._is_over.wait(self._period_s):
            with contextlib.suppress(Ani3dError, OSError):
                self._store.publish(self._name, self._content())

    def _sweep(self) -> None:
        """Remove what hosts that were killed left long ago, by the store's clock."""
        written_s = self._store.modified_s(self._name)
        for name in list(self._store.names(HOSTS)):
            modified_s = self._store.modified_s(HOSTS + name)
            if written_s is not None and modified_s is not None and written_s - modified_s > _FORGOTTEN_S:
                self._store.delete(HOSTS + name)

    def _content(self) -> bytes:
        with self._lock:
            running = self._shown
        state = {"host": socket.gethostname(), "pid": os.getpid(), "began": self._began, "updated": now()}
        return json.dumps({**state, "running": running}).encode()

    def _task(self, key: str, begun: Event) -> dict[str, Any]:
        stage, fraction = self._pace.stage_of(key)
        named = {"key": key, "kind": begun.kind, "character": begun.character, "label": begun.label}
        timed = {"share": self._pace.share(key), "left_s": self._pace.left_s(key)}
        return {**named, "attempt": begun.facts.get("attempt", 1), "stage": stage, "fraction": fraction, **timed}
