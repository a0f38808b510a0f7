"""``ani3d watch`` through a source that falls silent and a server that goes and comes back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.client import Client
from ani3d_runtime.client.blocking.live import LivePublisher
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.testing.packages import write_body_package

LIMIT_S = 60.0
REST = np.tile(np.array([1, 0, 0, 0], dtype=np.float32), (load_builtin_body().skeleton.joint_count, 1))


def start_of_a_show(server: AvatarServer, stack: ExitStack) -> LivePublisher:
    """The session ``stage``, with a first pose in it."""
    client = stack.enter_context(Client(server.address))
    publisher = stack.enter_context(client.live.publish(client.live.create("ada", "stage")))
    publisher.send(REST, np.zeros(3, dtype=np.float32))
    return publisher


def read_until(watching: subprocess.Popen[str], words: str) -> list[str]:
    """Lines on stderr up to the one with these words."""
    assert watching.stderr is not None
    lines: list[str] = []
    for line in watching.stderr:
        lines.append(line.rstrip("\n"))
        if words in line:
            return lines
    raise AssertionError(f"never said {words!r}: {lines}")


def test_it_goes_on_reporting_whatever_fails(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue"
    catalogue.mkdir()
    write_body_package(catalogue / "ada.a3d")
    with ExitStack() as outer:
        with ExitStack() as first:
            server = first.enter_context(serving(catalogue, ServerOptions(port=0, grace_s=0.1)))
            publisher = start_of_a_show(server, first)
            watching = outer.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "ani3d_runtime.cli", "--json", "watch", server.address, "stage"],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    env=os.environ | {"ANI3D_CACHE_DIR": str(tmp_path / "cache")},
                )
            )
            outer.callback(watching.kill)
            alarm = threading.Timer(LIMIT_S, watching.kill)
            outer.callback(alarm.cancel)
            alarm.start()
            read_until(watching, "1 frames")
            publisher.close()
            read_until(watching, "source lost")
            for _ in range(3):  # again and again
                assert read_until(watching, "no frame for")[-1].endswith(" s, source lost")
        assert "connection lost; trying again" in read_until(watching, "connection lost")
        assert "connection lost" in read_until(watching, "no frame for")[-1]
        port = int(server.address.rpartition(":")[2])
        with ExitStack() as second:
            start_of_a_show(second.enter_context(serving(catalogue, ServerOptions(port=port, grace_s=0.1))), second)
            read_until(watching, "watching again")
            assert "2 frames" in read_until(watching, "per second")[-1]
            watching.send_signal(signal.SIGTERM)
            out, errors = watching.communicate(timeout=20)
    assert watching.returncode == 0, errors
    assert json.loads(out)["reconnects"] == 1
