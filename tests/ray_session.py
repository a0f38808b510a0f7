"""What the tests of the Ray executor do in a network of their own; FOLDER/told.json says what happened.

``python -m tests.ray_session FOLDER``, with loopback up and nothing else: a head and a second machine, both here.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112

from ray.cluster_utils import Cluster

from ani3d_runtime.errors import ServiceError
from ani3d_runtime.library.event import Event
from ani3d_runtime.library.ray import RayExecutor
from ani3d_runtime.library.store import open_store
from ani3d_runtime.library.task import Task
from tests.stand_in_library import baked, command_at, task_named
from tests.waiting import until

LONG_S = 30.0


def run(folder: Path, address: str, tasks: list[Task], step_s: float, meanwhile: Callable[[Path], None]) -> Any:
    """Bake some tasks; events by the task's name."""
    place = str(folder)
    store = open_store(place)
    events: list[dict[str, Any]] = []

    def watch(event: Event) -> None:
        events.append(event.to_json())

    thread = threading.Thread(target=meanwhile, args=(folder,))
    with RayExecutor(command_at(place, step_s), address=address) as executor:
        thread.start()
        summary = baked(tasks, store, executor, watch)
        thread.join()
    return {"summary": [summary.done, summary.cached, summary.failed], "events": events}


def begun(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("work/begun/[!.]*")]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1] != "Z"
    except OSError:
        return False


def kill_worker(folder: Path) -> None:
    """The worker of Ray that watches the task that was begun last."""
    pid = int(max(begun(folder), key=lambda name: int(name.split(".")[2])).split(".")[1])
    os.kill(int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1]), signal.SIGKILL)


def main() -> None:
    folder = Path(sys.argv[1])
    told: dict[str, Any] = {}
    try:
        RayExecutor(command_at(str(folder), 0.0), address="127.0.0.1:9")
    except ServiceError as error:
        told["nobody"] = error.to_json()
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False})
    names = ["n-1", "refused-1", "killed-1", "memory-1"]
    tasks = [task_named(name, retries=1) for name in names]
    large = task_named("large", cpus=64.0)
    told["fates"] = run(folder / "fates", cluster.address, [*tasks, large], 0.0, lambda _: None)
    second = cluster.add_node(num_cpus=2)

    def kill_worker_and_machine(at: Path) -> None:
        until(lambda: len(begun(at)) >= 4, 120)
        kill_worker(at)
        cluster.remove_node(second, allow_graceful=False)

    many = [task_named(f"m-{index}") for index in range(4)]
    told["lost"] = run(folder / "lost", cluster.address, many, 0.5, kill_worker_and_machine)
    for name, number in (("driver", signal.SIGKILL), ("interrupted", signal.SIGINT)):
        told[name] = stopped(folder / name, cluster.address, number)
    again = [task_named(f"d-{index}") for index in range(2)]
    told["again"] = run(folder / "driver", cluster.address, again, 0.0, lambda _: None)
    cluster.shutdown()
    (folder / "told.json").write_text(json.dumps(told))


def stopped(folder: Path, address: str, number: int) -> int:
    """A driver is ended by a signal while two tasks run, which end with it; its exit code."""
    command = [sys.executable, "-m", "tests.ray_session", str(folder), address, str(LONG_S)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as driver:
        try:
            until(lambda: len(begun(folder)) >= 2, 120)
            pids = [int(name.split(".")[1]) for name in begun(folder)]
            driver.send_signal(number)
            driver.wait(60)
        finally:
            driver.kill()
    until(lambda: not any(map(is_alive, pids)), 120)
    return driver.returncode


def drive() -> None:
    """One bake, in a process of its own."""
    folder, address, step_s = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    run(folder, address, [task_named(f"d-{index}") for index in range(2)], step_s, lambda _: None)


if __name__ == "__main__":
    started = time.monotonic()
    drive() if len(sys.argv) > 2 else main()
    print(f"{time.monotonic() - started:.1f} s", file=sys.stderr)
