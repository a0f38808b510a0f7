"""A library baked by a real Ray: a head and a second machine, in a network that is loopback alone."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from typing import Any

import pytest

from tests.namespaces import alone_on_loopback
from tests.stand_in_library import REFUSED

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="no ray for this Python or system"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One session for all: Ray takes seconds to start."""
    folder = tmp_path_factory.mktemp("ray")
    command = [*alone_on_loopback(sys.executable), sys.executable, "-m", "tests.ray_session", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    return json.loads((folder / "told.json").read_text())


def of(session: dict[str, Any], event: str, character: str) -> list[dict[str, Any]]:
    return [each for each in session["events"] if each["event"] == event and each.get("character") == character]


def test_ends_of_tasks_are_told_apart(told: dict[str, Any]) -> None:
    session = told["fates"]
    assert session["summary"] == [2, 0, 3]
    [start] = of(session, "task-started", "n-1")
    assert start["niceness"] == 0, "tasks are not the least of what a machine does"
    assert any(each["stage"] == "stand in" for each in of(session, "task-progress", "n-1"))
    codes = {
        name: [(each["code"], each["will_retry"]) for each in of(session, "task-failed", name)]
        for name in ("refused-1", "killed-1", "memory-1", "large")
    }
    assert codes == {
        "refused-1": [(REFUSED, False)],
        "killed-1": [("library-task-killed", True)],
        "memory-1": [("library-out-of-memory", True), ("library-out-of-memory", False)],
        "large": [("library-machine-small", False)],
    }


def test_a_worker_and_a_machine_that_go_away_cost_another_attempt(told: dict[str, Any]) -> None:
    session = told["lost"]
    assert session["summary"] == [4, 0, 0]
    failures = [each for each in session["events"] if each["event"] == "task-failed"]
    assert failures, "a worker was killed, and a machine with all that ran there"
    assert {each["code"] for each in failures} == {"library-machine-lost"}
    assert all(each["will_retry"] for each in failures)


def test_a_driver_that_is_stopped_leaves_nothing_running_and_goes_on_later(told: dict[str, Any]) -> None:
    assert told["driver"] == -9
    assert told["interrupted"] in (130, -2)
    assert told["again"]["summary"] == [2, 0, 0]


def test_a_cluster_that_does_not_answer_is_a_refusal(told: dict[str, Any]) -> None:
    assert told["nobody"]["code"] == "library-cluster-unreachable"
    assert "ray start" in told["nobody"]["fix"]
