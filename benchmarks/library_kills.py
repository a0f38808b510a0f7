"""A real bake of a library, killed with all its processes at random moments, against one that nobody disturbs.

    python -m benchmarks.library_kills [--kills 10] [--workers 2] [--seed 1]

Three characters, two motions, small; one is made of parts. Every kill comes while tasks run: after a random number of
their reports, and a random part of a second. Prints after each kill how many tasks were finished, and at last whether
every finished one was kept, and whether all bytes are those of the undisturbed bake.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

_MANIFEST = """
[library]
name = "kills"
[defaults]
quality = "preview"
practice = 0
[characters.dancer]
avatar = "dancer"
detail = "low"
parallel_clips = true
[characters.ada]
avatar = "stripes.ply"
rest_pose = "a"
[characters.bea]
avatar = "stripes.ply"
rest_pose = "a"
[motions.walk]
file = "walk"
stop_frame = 20
[motions.dance]
file = "dance"
stop_frame = 20
[[bake]]
motions = ["*"]
export = ["spz"]
"""
# Reports of progress until a bake is killed, as a part of all that an undisturbed one makes, at most.
_SHARE = 0.4
_INPUTS = Path(__file__).resolve().parent.parent / "examples" / "crowd" / "make_inputs.py"


def bake(folder: Path, workers: int) -> list[str]:
    """The command that bakes it."""
    return [
        *(sys.executable, "-m", "ani3d_runtime.cli", "--json", "library", "bake"),
        *("-m", str(folder / "library.toml"), "--workers", str(workers)),
    ]


def made(folder: Path) -> dict[str, str]:
    """Packages and exports, with their digests."""
    out = folder / "out"
    files = [path for path in sorted(out.rglob("*")) if path.suffix in (".a3d", ".spz") and path.name[0] != "."]
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def records(folder: Path) -> dict[str, bytes]:
    """Records of finished tasks."""
    found = (folder / "out" / "tasks").glob("[!.]*.json")
    return {path.name: path.read_bytes() for path in found if not path.name.endswith(".failed.json")}


def kill_tree(process: subprocess.Popen[bytes]) -> int:
    """SIGKILL to a process and to all below it; how many they were."""
    with suppress(psutil.NoSuchProcess):
        tree = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        for each in tree:
            with suppress(ProcessLookupError):
                os.kill(each.pid, signal.SIGKILL)
        return len(tree)
    return 0


def kill_while_it_bakes(process: subprocess.Popen[bytes], left: int, more_s: float) -> tuple[str, int]:
    """Kill a bake after so many reports and a moment: what it did then, and how many processes were killed.

    Raises:
        SystemExit: it ended before.
    """
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        left -= event["event"] == "task-progress"
        if left <= 0:
            time.sleep(more_s)
            if process.poll() is not None:
                break
            return f"{event['label']}, {event['stage']}", kill_tree(process)
    raise SystemExit("a bake ended before it was killed; ask for fewer kills")


def main() -> None:
    """Bake, kill, bake, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        calm, killed = Path(name) / "calm", Path(name) / "killed"
        inputs = runpy.run_path(str(_INPUTS))
        for folder in (calm, killed):
            folder.mkdir()
            (folder / "stripes.ply").write_bytes(inputs["gaussian_ply_bytes"](inputs["striped_person"]()))
            (folder / "library.toml").write_text(_MANIFEST)
        started = time.monotonic()
        said = subprocess.run(bake(calm, options.workers), check=True, stdout=subprocess.PIPE, text=True).stdout
        reports = said.count('"task-progress"')
        whole_s = time.monotonic() - started
        print(f"undisturbed: {len(records(calm))} tasks, {whole_s:.1f} s, {reports} reports", flush=True)
        kept: dict[str, bytes] = {}
        lost = 0
        for number in range(options.kills):
            with subprocess.Popen(bake(killed, options.workers), stdout=subprocess.PIPE) as process:
                met, count = kill_while_it_bakes(process, chance.randint(1, int(_SHARE * reports)), chance.random())
            finished = records(killed)
            # A record that was written anew is a task that was done twice.
            lost += sum(finished.get(key) != record for key, record in kept.items())
            kept = finished
            print(f"kill {number + 1} met {met}: {count} processes, {len(kept)} tasks finished", flush=True)
        subprocess.run(bake(killed, options.workers), check=True, stdout=subprocess.DEVNULL)
        lost += sum(records(killed).get(key) != record for key, record in kept.items())
        is_same = made(calm) == made(killed)
        print(f"finished tasks lost or done again: {lost}; {len(made(killed))} files, the same bytes: {is_same}")
        sys.exit(0 if is_same and not lost else 1)


if __name__ == "__main__":
    main()
