"""Files that are published whole: two writers at once, what others abandoned, and targets that are in use."""

from __future__ import annotations

import errno
import itertools
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from ani3d_runtime.client.partial import PartialDownload
from ani3d_runtime.errors import ResourceError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import write_package
from ani3d_runtime.replacing import replacing_file, replacing_path
from ani3d_runtime.rpc.v1 import asset_pb2
from ani3d_runtime.testing.avatars import synthetic_avatar

_DAY_S = 24 * 3600
# Writes a half, waits until the other has written its half, writes the other half.
_WRITER = """
import os, sys, time
from collections.abc import Iterable
from pathlib import Path
from ani3d_runtime.replacing import replacing_file
target, letter, other = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
assert os.getpid() == 1
with replacing_file(target) as file:
    file.write(letter.encode() * 1000)
    file.flush()
    (target.parent / letter).touch()
    until = time.monotonic() + 20
    while not (target.parent / other).exists() and time.monotonic() < until:
        time.sleep(0.005)
    file.write(letter.encode() * 1000)
"""
_NEW_NAMESPACE = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]


@pytest.fixture
def new_namespace() -> list[str]:
    """The start of a command that runs as process 1."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    tried = subprocess.run([*_NEW_NAMESPACE, "true"], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"no PID namespace may be made here: {tried.stderr.strip()}")
    return _NEW_NAMESPACE


def test_two_writers_that_are_both_process_1_publish_one_of_their_files_whole(
    tmp_path: Path, new_namespace: list[str]
) -> None:
    target = tmp_path / "doll.a3d"
    writers = [
        subprocess.Popen([*new_namespace, sys.executable, "-c", _WRITER, target, mine, other])
        for mine, other in ("ab", "ba")
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    assert (tmp_path / "a").exists()
    assert (tmp_path / "b").exists()
    assert target.read_bytes() in (b"a" * 2000, b"b" * 2000)
    assert {entry.name for entry in tmp_path.iterdir()} == {"doll.a3d", "a", "b"}


def _draw_names(monkeypatch: pytest.MonkeyPatch, names: Iterable[str]) -> None:
    drawn = iter(names)

    def token_hex(_: int) -> str:
        return next(drawn)

    monkeypatch.setattr(secrets, "token_hex", token_hex)


def test_a_name_that_is_taken_is_not_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = tmp_path / ".note.0000000000000000.part"
    taken.write_bytes(b"somebody's")
    _draw_names(monkeypatch, ["0" * 16, "1" * 16])
    with replacing_file(tmp_path / "note") as file:
        file.write(b"mine")
    assert (tmp_path / "note").read_bytes() == b"mine"
    assert taken.read_bytes() == b"somebody's"


def test_names_that_are_always_taken_end_in_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _draw_names(monkeypatch, itertools.repeat("0" * 16))
    with replacing_path(tmp_path / "note"), pytest.raises(ResourceError) as refusal:  # noqa: SIM117 -- the outer holds it
        with replacing_path(tmp_path / "note"):
            raise AssertionError("the name was given twice")
    assert refusal.value.code == "output-unwritable"


def aged(path: Path, age_s: float) -> Path:
    path.write_bytes(b"half")
    then_s = time.time() - age_s
    os.utime(path, (then_s, then_s))
    return path


def test_partial_files_that_nobody_wrote_to_for_a_day_go_and_all_else_stays(tmp_path: Path) -> None:
    old = [
        aged(tmp_path / name, _DAY_S + 60)
        for name in (".doll.a3d.4711.part", f".doll.a3d.{'c0' * 8}.part", f".doll.a3d.{'c0' * 32}.part")
    ]
    kept = [
        aged(tmp_path / f".doll.a3d.{'beef' * 4}.part", _DAY_S - 60),
        aged(tmp_path / ".other.a3d.4711.part", _DAY_S + 60),
        aged(tmp_path / ".doll.a3d.bak.4711.part", _DAY_S + 60),
        aged(tmp_path / ".doll.a3d.my.part", _DAY_S + 60),
        aged(tmp_path / "doll.a3d.4711.part", _DAY_S + 60),
    ]
    with replacing_path(tmp_path / "doll.a3d") as partial:
        partial.write_bytes(b"whole")
        assert all(path.exists() for path in (*old, *kept)), "nothing is removed before something is published"
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in kept)


@pytest.fixture
def in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that somebody reads, as Windows treats it."""
    target = tmp_path / "doll.a3d"
    write_package(target, synthetic_avatar(24), [])
    real = os.replace

    def held(source: Path, destination: Path) -> None:
        if Path(destination) == target:
            # What Python makes of ERROR_SHARING_VIOLATION, and of ERROR_ACCESS_DENIED.
            raise PermissionError(errno.EACCES, "The process cannot access the file because it is being used")
        real(source, destination)

    monkeypatch.setattr(os, "replace", held)
    return target


def test_what_was_made_for_a_file_that_is_being_read_is_kept_beside_it(in_use: Path) -> None:
    before = in_use.read_bytes()
    with pytest.raises(ResourceError) as refusal:
        write_package(in_use, synthetic_avatar(25), [])
    assert refusal.value.code == "output-in-use"
    assert refusal.value.subject == str(in_use)
    assert in_use.read_bytes() == before
    (kept,) = set(in_use.parent.iterdir()) - {in_use}
    assert f"Close what has it open, such as a player or a server, and rename {kept.name}" in refusal.value.fix
    with Package.open(kept) as finished:
        assert finished.manifest.gaussian_count == 25


def test_a_download_over_a_file_in_use_keeps_what_has_arrived(in_use: Path) -> None:
    new = in_use.parent / "new.a3d"
    report = write_package(new, synthetic_avatar(25), [])
    data = new.read_bytes()
    with PartialDownload(in_use) as download:
        download.add(asset_pb2.DownloadResponse(data=data, digest=report.digest, total_size_bytes=len(data)))
        with pytest.raises(ResourceError) as refusal:
            download.finish()
    assert refusal.value.code == "output-in-use"
    assert (in_use.parent / f".doll.a3d.{report.digest}.part").read_bytes() == data


def test_a_folder_that_may_not_be_written_is_not_called_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    (tmp_path / "note").write_text("another user's, in a sticky folder")
    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(ResourceError) as refusal, replacing_path(tmp_path / "note"):
        pass
    assert refusal.value.code == "output-unwritable"


def test_a_signal_that_comes_with_the_partial_file_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = Path.open

    def interrupted(path: Path, mode: str) -> None:
        create(path, mode).close()
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "open", interrupted)
    with pytest.raises(KeyboardInterrupt), replacing_path(tmp_path / "note"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_block_that_was_never_ended_leaves_nothing_when_the_program_ends(tmp_path: Path) -> None:
    lines = (
        "import sys; from pathlib import Path; from ani3d_runtime.replacing import replacing_path",
        "block = replacing_path(Path(sys.argv[1])); block.__enter__()",
        "sys.held = block",  # as a traceback holds it
    )
    subprocess.run([sys.executable, "-c", "; ".join(lines), str(tmp_path / "note")], check=True)
    assert list(tmp_path.iterdir()) == []
