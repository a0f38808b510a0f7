"""Leases of a library's tasks: in a folder and in S3, of processes that live, died, slept, or share a number."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from ani3d_runtime.errors import ServiceError
from ani3d_runtime.library.holder import Holder
from ani3d_runtime.library.lease import Leases
from ani3d_runtime.library.store import LibraryStore, open_store
from tests.s3_server import s3_environment, s3_send, s3_server
from tests.waiting import until

# Of a machine that nobody here knows anything about.
FOREIGN = {"token": "0" * 24, "host": "farm-7", "space": "elsewhere", "pid": 1, "began": 5}
SHORT_S = 1.5


@pytest.fixture(scope="module")
def s3_port() -> Iterator[int]:
    with s3_server() as port:
        s3_send("PUT", f"http://127.0.0.1:{port}/studio")
        yield port


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LibraryStore:
    if request.param == "folder":
        return open_store(str(tmp_path / "out"))
    for name, value in s3_environment(request.getfixturevalue("s3_port")).items():
        monkeypatch.setenv(name, value)
    return open_store(f"s3://studio/{tmp_path.name}")


def refused(leases: Leases, key: str) -> ServiceError:
    with pytest.raises(ServiceError) as refusal:
        leases.take(key)
    assert refusal.value.code == "library-task-held"
    return refusal.value


def how_many_took(store: LibraryStore, key: str) -> int:
    """Of six that try at once."""
    start = threading.Barrier(6)

    def take(_: int) -> int:
        start.wait()
        with suppress(ServiceError):
            Leases(store).take(key)
            return 1
        return 0

    with ThreadPoolExecutor(6) as pool:
        return sum(pool.map(take, range(6)))


def test_one_of_many_takes_a_task_and_it_is_free_afterwards(store: LibraryStore) -> None:
    assert how_many_took(store, "k1") == 1
    assert f"process {os.getpid()} of " in refused(Leases(store), "k1").found
    with Leases(store).held("k2"):
        assert Leases(store).is_held("k2")
        refused(Leases(store), "k2")
    with Leases(store).held("k2"):
        pass
    assert list(store.names("tasks/")) == ["k1.lease"]


def test_one_of_many_takes_over_from_a_process_that_is_gone(store: LibraryStore) -> None:
    # Our number, but of a process that began at another time.
    store.publish("tasks/k.lease", json.dumps(Holder(began=1).to_json()).encode())
    assert how_many_took(store, "k") == 1
    assert list(store.names("tasks/")) == ["k.lease"], "no marker is left"
    refused(Leases(store), "k")


def test_a_lease_of_another_host_is_kept_for_its_life(store: LibraryStore) -> None:
    store.publish("tasks/k.lease", json.dumps(FOREIGN).encode())
    assert "process 1 of farm-7" in refused(Leases(store), "k").found
    waiting = Leases(store, life_s=SHORT_S)
    until(lambda: not waiting.is_held("k"))
    waiting.take("k")
    refused(Leases(store), "k")


def test_a_lease_is_renewed_while_its_holder_lives_and_known_to_be_lost(store: LibraryStore) -> None:
    with Leases(store, life_s=SHORT_S).held("k") as lease:
        written_s = store.modified_s("tasks/k.lease")
        assert written_s is not None
        until(lambda: (store.modified_s("tasks/k.lease") or 0) > written_s + SHORT_S)
        store.publish("tasks/k.lease", json.dumps(FOREIGN).encode())
        until(lease.lost.is_set)
    assert Leases(store).is_held("k"), "what is another's stays"


def test_clocks_of_hosts_do_not_matter_and_are_warned_of(store: LibraryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Leases(store).clock_skew() is None
    lease = Leases(store).take("k")
    true_time = time.time
    monkeypatch.setattr(time, "time", lambda: true_time() + 7200)
    assert Leases(store).is_held("k"), "two hours fast, and the lease is as young as it is"
    warning = Leases(store).clock_skew()
    assert warning is not None
    assert warning.code == "library-clock-skew"
    assert "+7,2" in warning.found
    Leases(store).release(lease)


def test_a_process_that_was_killed_here_is_known_to_be_gone(tmp_path: Path) -> None:
    code = (
        "import sys, time\n"
        "from ani3d_runtime.library.lease import Leases\n"
        "from ani3d_runtime.library.store import open_store\n"
        "Leases(open_store(sys.argv[1])).take('k')\n"
        "print('taken', flush=True)\n"
        "time.sleep(600)\n"
    )
    leases = Leases(open_store(str(tmp_path)))
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "taken\n"
            refused(leases, "k")
        finally:
            process.kill()
            process.wait()
    assert not leases.is_held("k")
    leases.take("k")
    refused(leases, "k")


def test_a_folder_whose_files_have_one_name_each_has_leases_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    store = open_store(str(tmp_path))
    assert how_many_took(store, "k") == 1
    refused(Leases(store), "k")
    assert [path.name for path in (tmp_path / "tasks").iterdir()] == ["k.lease"]
