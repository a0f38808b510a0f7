"""The client's program and real servers, for tests of one against the other."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from program import Program
from served import Served
from toolchain.build import client_runner
from toolchain.dotnet import environment
from toolchain.paths import ROOT

from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion
from ani3d_runtime.testing.packages import write_body_package

# More than sockets and gRPC hold between them, so that a server can die with half of it unsent.
LARGE_BYTES = 12 << 20
NODES = ROOT / "spec" / "vectors" / "packages" / "valid" / "nodes-sh2-two-clips.a3d"

# Threads that wait for each other over a test's small matrices take longer than one that works; servers inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def client_command() -> list[str]:
    """What starts the client's program."""
    dotnet, assembly = client_runner()
    return [str(dotnet.host), str(assembly.path)]


@pytest.fixture
def client(client_command: list[str]) -> Iterator[Callable[..., Program]]:
    """Starts the client: command, address, and options by name. What still runs when the test is over is ended."""
    started: list[Program] = []

    def start(what: str, address: str, **options: object) -> Program:
        named = [text for name, value in options.items() for text in (f"--{name.replace('_', '-')}", str(value))]
        started.append(Program([*client_command, what, address, *named], environment()))
        return started[-1]

    yield start
    for program in started:
        program.close()


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An avatar with a body, one with nodes, and one of many download chunks."""
    folder = tmp_path_factory.mktemp("catalogue")
    write_body_package(folder / "ada.a3d")
    shutil.copy(NODES, folder / "nodes.a3d")
    large = synthetic_avatar(200, name="large")
    stand = ClipSource("stand", synthetic_motion(large.skeleton, 2))
    write_package(folder / "large.a3d", large, [stand], thumbnail_png=random.Random(1).randbytes(LARGE_BYTES))
    return folder


@pytest.fixture(scope="session")
def audit_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the servers write down of their calls."""
    return tmp_path_factory.mktemp("audit") / "audit.jsonl"


@pytest.fixture(scope="session")
def server(catalogue: Path, audit_log: Path) -> Iterator[Served]:
    """``ani3d serve`` on one port, in one process after another."""
    running = Served(catalogue, "--audit-log", audit_log)
    yield running
    running.kill()
