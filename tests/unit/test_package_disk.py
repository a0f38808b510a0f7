"""A full disk, Ctrl-C and a killed writer leave the old file or none, and nothing else."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ani3d_runtime.errors import ResourceError
from ani3d_runtime.package.validate import validate_package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.replacing import replacing_file
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion

_KILLED_WRITER = """
import sys, time
from pathlib import Path
from ani3d_runtime.replacing import replacing_file
with replacing_file(Path(sys.argv[1])) as file:
    for step in range(1000):
        file.write(bytes(100_000))
        file.flush()
        print(step, flush=True)
        time.sleep(0.01)
"""


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A tmpfs of 32 kB over ``folder`` where we may mount; otherwise no file may grow beyond 32 kB."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", str(folder).encode(), b"tmpfs", 0, b"size=32k") == 0:
        try:
            yield
        finally:
            libc.umount(str(folder).encode())
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (32_768, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


def _write(path: Path, *, gaussian_count: int = 200, interrupted_at: float | None = None) -> None:
    avatar = synthetic_avatar(gaussian_count)

    def progress(fraction: float) -> None:
        if interrupted_at is not None and fraction >= interrupted_at:
            raise KeyboardInterrupt

    write_package(path, avatar, [ClipSource("walk", synthetic_motion(avatar.skeleton, 5))], progress=progress)


def test_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path):
        _write(tmp_path / "doll.a3d")
        before = (tmp_path / "doll.a3d").read_bytes()
        for name in ("doll.a3d", "other.a3d"):
            with pytest.raises(ResourceError) as refusal:
                _write(tmp_path / name, gaussian_count=5000)
            assert refusal.value.code == "disk-full"
        assert [entry.name for entry in tmp_path.iterdir()] == ["doll.a3d"]
        assert (tmp_path / "doll.a3d").read_bytes() == before


def test_target_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for target in (tmp_path / "missing" / "doll.a3d", tmp_path / "file" / "doll.a3d", tmp_path):
        with pytest.raises(ResourceError) as refusal:
            _write(target)
        assert refusal.value.code == "output-unwritable"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("fraction", [0.0, 0.5, 0.8])
def test_interrupted_while_coding(tmp_path: Path, fraction: float) -> None:
    with pytest.raises(KeyboardInterrupt):
        _write(tmp_path / "doll.a3d", interrupted_at=fraction)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_interrupted_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    _write(tmp_path / "doll.a3d")
    before = (tmp_path / "doll.a3d").read_bytes()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, call, interrupt)
    with pytest.raises(KeyboardInterrupt):
        _write(tmp_path / "doll.a3d", gaussian_count=300)
    monkeypatch.undo()
    assert [entry.name for entry in tmp_path.iterdir()] == ["doll.a3d"]
    assert (tmp_path / "doll.a3d").read_bytes() == before


def test_killed_writer_leaves_the_old_package(tmp_path: Path) -> None:
    target = tmp_path / "doll.a3d"
    _write(target)
    writer = subprocess.Popen([sys.executable, "-c", _KILLED_WRITER, target], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    with writer.stdout:
        while int(writer.stdout.readline()) < 3:
            pass
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert validate_package(target).ok
    left = [entry for entry in tmp_path.iterdir() if entry != target]
    assert all(entry.name.startswith(".doll.a3d.") and entry.suffix == ".part" for entry in left)


def test_disk_that_gives_back_other_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer reads back what it wrote before the file takes its name."""
    real = Path.open

    def lying(self: Path, mode: str) -> object:
        if mode == "rb" and self.suffix == ".part":
            with real(self, "rb+") as file:
                file.seek(1000)
                file.write(b"rotten")
        return real(self, mode)

    monkeypatch.setattr(Path, "open", lying)
    with pytest.raises(ResourceError) as refusal:
        _write(tmp_path / "doll.a3d")
    monkeypatch.undo()
    assert refusal.value.code == "output-unwritable"
    assert list(tmp_path.iterdir()) == []


def test_replacing_keeps_what_was_there_when_the_block_fails(tmp_path: Path) -> None:
    target = tmp_path / "note"
    target.write_text("old")

    def fail_halfway() -> None:
        with replacing_file(target) as file:
            file.write(b"new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert target.read_text() == "old"
    with replacing_file(target) as file:
        file.write(b"new")
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]
