"""Real bakes of a small library, and what goes wrong on machines: each must end as if nothing had happened, or say so.

    python -m benchmarks.library_faults [hosts] [s3] [disk]

``hosts``: two machines with a process 1 each bake one store. ``s3``: the way to a store at S3 is cut while it bakes,
and comes back. ``disk``: a store with room for two packages. All of them without an argument. Needs Linux, and leave to
make namespaces.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import runpy
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from tests.namespaces import as_process_one, with_mounts_of_its_own
from tests.s3_server import s3_environment, s3_send, s3_server

_INPUTS = Path(__file__).resolve().parent.parent / "examples" / "crowd" / "make_inputs.py"
_NAMES = ("ada", "bea", "cleo", "dora")
_AWAY_S = 15.0


def write_library(folder: Path, store: str = "out") -> Path:
    """Four captures that bow, and one manifest."""
    inputs = runpy.run_path(str(_INPUTS))
    folder.mkdir()
    (folder / "stripes.ply").write_bytes(inputs["gaussian_ply_bytes"](inputs["striped_person"]()))
    np.savez(folder / "bow.npz", **inputs["bow"]())
    lines = [f'[library]\nname = "faults"\nstore = "{store}"\n[defaults]\nquality = "preview"\nresidual = "none"\n']
    lines += [f'[characters.{name}]\navatar = "stripes.ply"\nrest_pose = "a"\n' for name in _NAMES]
    lines.append('[motions.bow]\nfile = "bow.npz"\n[[bake]]\n')
    (folder / "library.toml").write_text("".join(lines))
    return folder


def bake(folder: Path, *options: str) -> list[str]:
    """The command that bakes it."""
    start = [sys.executable, "-m", "ani3d_runtime.cli", "--json", "library", "bake", "--workers", "2"]
    return [*start, "-m", str(folder / "library.toml"), *options]


def digests(store: Path) -> dict[str, str]:
    """Packages, with what they hold."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(store.glob("[!.]*.a3d"))}


def events_of(text: str) -> list[dict[str, Any]]:
    """What a bake says."""
    return [json.loads(line) for line in text.splitlines()]


def codes_of(events: list[dict[str, Any]]) -> dict[str, int]:
    """How often which failure was told."""
    return dict(Counter(event["code"] for event in events if event["event"] == "task-failed"))


def done(events: list[dict[str, Any]]) -> list[str]:
    """Who was finished by a bake."""
    finished = (event for event in events if event["event"] == "task-finished" and not event.get("cached"))
    return sorted(event["character"] for event in finished)


def until_event(process: subprocess.Popen[str], wanted: str, events: list[dict[str, Any]]) -> dict[str, Any]:
    """Wait for an event of a bake."""
    assert process.stdout is not None
    for line in process.stdout:
        events.append(json.loads(line))
        if events[-1]["event"] == wanted:
            return events[-1]
    raise SystemExit(f"the bake ended before {wanted}")


def rest(process: subprocess.Popen[str], events: list[dict[str, Any]]) -> None:
    """Wait for its end."""
    assert process.stdout is not None
    events += events_of(process.stdout.read())
    process.wait()


def hosts(folder: Path, calm: Mapping[str, str]) -> str:
    """Two machines in PID namespaces of their own."""
    write_library(folder)
    command = [*as_process_one(), *bake(folder)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [events_of(each.communicate()[0]) for each in both]
    shares = [done(events) for events in said]
    is_once = sorted(shares[0] + shares[1]) == sorted(_NAMES)
    return f"shares {shares}, each once: {is_once}, the same bytes: {digests(folder / 'out') == calm}"


@contextmanager
def cuttable(port: int) -> Generator[tuple[int, threading.Event], None, None]:
    """A way to a port that can be cut: a port, and an event that cuts it while it is set."""
    cut = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def passed(source: socket.socket, target: socket.socket) -> None:
            with suppress(OSError):
                source.settimeout(0.2)
                while not cut.is_set():
                    with suppress(TimeoutError):
                        data = source.recv(1 << 16)
                        if not data:
                            break
                        target.sendall(data)
            for each in (source, target):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    near, _ = server.accept()
                    if cut.is_set():
                        near.close()
                        continue
                    far = socket.create_connection(("127.0.0.1", port))
                    for pair in ((near, far), (far, near)):
                        threading.Thread(target=passed, args=pair, daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield int(server.getsockname()[1]), cut


def s3(folder: Path, calm: Mapping[str, str]) -> str:
    """A store that goes away in the middle of a bake."""
    write_library(folder, "s3://crowd/out")
    with s3_server() as port, cuttable(port) as (way, cut):
        s3_send("PUT", f"http://127.0.0.1:{port}/crowd")
        events: list[dict[str, Any]] = []
        environment = {**os.environ, **s3_environment(way)}
        with subprocess.Popen(bake(folder), stdout=subprocess.PIPE, text=True, env=environment) as process:
            until_event(process, "task-progress", events)
            cut.set()
            time.sleep(_AWAY_S)
            cut.clear()
            rest(process, events)
        first = f"exit {process.returncode}, failures {codes_of(events)}, done {done(events)}"
        again = subprocess.run(bake(folder), stdout=subprocess.PIPE, text=True, env=environment)
        from ani3d_runtime.library.store import open_store

        os.environ.update(s3_environment(port))
        store = open_store("s3://crowd/out")
        found = {f"{name}.a3d": hashlib.sha256(store.read(f"{name}.a3d") or b"").hexdigest() for name in _NAMES}
        second = done(events_of(again.stdout))
        return f"{first}; again: exit {again.returncode}, done {second}; the same bytes: {found == dict(calm)}"


def disk(folder: Path, calm: Mapping[str, str]) -> str:
    """A store on a disk with room for two packages."""
    write_library(folder)
    (folder / "out").mkdir()
    room = max((folder.parent / "calm" / "out" / name).stat().st_size for name in calm) * 5 // 2
    inside = f'mount -t tmpfs -o size={room} none "$0" && "$@"; ls -l "$0"/*.a3d >&2'
    command = [*with_mounts_of_its_own(), "sh", "-c", inside, str(folder / "out"), *bake(folder)]
    ended = subprocess.run(command, capture_output=True, text=True)
    sizes = [int(line.split()[4]) for line in ended.stderr.splitlines() if line.endswith(".a3d")]
    whole = {(folder.parent / "calm" / "out" / name).stat().st_size for name in calm}
    events = events_of(ended.stdout)
    return f"failures {codes_of(events)}, done {done(events)}, packages whole: {set(sizes) <= whole} ({len(sizes)})"


_ALL: dict[str, Callable[[Path, Mapping[str, str]], str]] = {
    "hosts": hosts,
    "s3": s3,
    "disk": disk,
}


def main() -> None:
    """Do what was asked for, and say how it ended."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faults", nargs="*", choices=[*_ALL, []])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        calm = write_library(Path(name) / "calm")
        subprocess.run(bake(calm), check=True, stdout=subprocess.DEVNULL)
        for fault in options.faults or _ALL:
            print(f"{fault}: {_ALL[fault](Path(name) / fault, digests(calm / 'out'))}", flush=True)


if __name__ == "__main__":
    main()
