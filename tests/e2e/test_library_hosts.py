"""A library that is killed at random moments, and one that two machines bake at once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from tests.namespaces import as_process_one, with_mounts_of_its_own
from tests.stand_in_library import content_of
from tests.waiting import until

COUNT = 6
# benchmarks/library_kills.py kills a real bake more often.
ROUNDS = 4


def command(store: Path, step_s: float) -> list[str]:
    return [sys.executable, "-m", "tests.stand_in_library", "bake", str(store), str(COUNT), str(step_s)]


def happened(store: Path, what: str) -> Counter[str]:
    """How often each task was begun, or ended."""
    return Counter(path.name.partition(".")[0] for path in store.glob(f"work/{what}/[!.]*"))


def assert_whole(store: Path) -> None:
    """All is there as if nothing had happened."""
    packages = {path.name: path.read_bytes() for path in store.glob("*.a3d")}
    assert packages == {f"n-{index}.a3d": content_of(f"n-{index}") for index in range(COUNT)}
    assert sorted(path.suffix for path in store.glob("tasks/[!.]*")) == [".json"] * COUNT


@pytest.mark.skipif(os.name != "posix", reason="kills groups of processes")
def test_killed_at_random_moments_nothing_is_lost_and_nothing_done_twice(tmp_path: Path) -> None:
    chance = random.Random(7)
    kept: set[str] = set()
    for round in range(ROUNDS):
        with subprocess.Popen(command(tmp_path, 0.02), stdout=subprocess.DEVNULL, start_new_session=True) as bake:
            # A moment of a task: so many are begun, and then a while of which nobody knows where it ends.
            wanted = _begun(tmp_path) + 1
            until(lambda wanted=wanted, bake=bake: _begun(tmp_path) >= wanted or bake.poll() is not None)
            until(lambda: chance.random() < 0.1)
            _kill_tree(bake)
        done = {path.name for path in tmp_path.glob("tasks/*.json")}
        assert kept <= done, f"round {round}"
        kept = done
    last = subprocess.run(command(tmp_path, 0.0), capture_output=True, text=True, timeout=120)
    assert json.loads(last.stdout)["failed"] == 0, last.stderr
    assert_whole(tmp_path)
    # Whoever saw its record was the last to do a task.
    assert set(happened(tmp_path, "ended").values()) <= {1}


def test_two_machines_with_process_one_each_share_the_work(tmp_path: Path) -> None:
    hosts = [
        subprocess.Popen([*as_process_one(), *command(tmp_path, 0.1)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [json.loads(host.communicate(timeout=150)[0]) for host in hosts]
    assert [each["failed"] for each in told] == [0, 0]
    assert_whole(tmp_path)
    assert happened(tmp_path, "begun") == Counter({f"n-{index}": 1 for index in range(COUNT)}), "none is done twice"


def _begun(store: Path) -> int:
    return sum(happened(store, "begun").values())


def _kill_tree(bake: subprocess.Popen[bytes]) -> None:
    """SIGKILL to a bake and to the groups of its tasks."""
    pids = [bake.pid]
    for pid in pids:
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            with suppress(OSError):
                pids += map(int, path.read_text().split())
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_a_disk_that_is_full_is_said_and_what_is_there_is_whole(tmp_path: Path) -> None:
    # Room for two packages and their records.
    inside = 'mount -t tmpfs -o size=1500k none "$0" && "$@" && cat "$0"/tasks/*.failed.json && ls -l "$0"'
    bake = [sys.executable, "-m", "tests.stand_in_library", "bake", str(tmp_path), "3", "0"]
    ended = subprocess.run(
        [*with_mounts_of_its_own(), "sh", "-c", inside, str(tmp_path), *bake],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    summary, _, rest = ended.stdout.partition("\n")
    assert json.loads(summary) == {"done": 2, "cached": 0, "failed": 1}
    assert '"code": "disk-full"' in rest
    sizes = {line.split()[4] for line in rest.splitlines() if line.endswith(".a3d")}
    assert sizes == {str(len(content_of("n-0")))}
