"""Listing and fetching packages: right bytes, resumed bytes, ranges."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from program import Program
from served import Served

from ani3d_runtime.package.reader import Package
from ani3d_runtime.server.assets.service import CHUNK_BYTES


def audited(log: Path, method: str) -> list[dict[str, Any]]:
    """Calls of the large package that ended, as the servers wrote them down."""
    calls = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [call for call in calls if call["event"] == "end" and method in call["method"] and call["avatar"] == "large"]


def part_of(folder: Path) -> Path:
    (part,) = folder.glob(".*.part")
    return part


def test_list_says_what_is_there(client: Callable[..., Program], server: Served, catalogue: Path) -> None:
    listing = client("list", server.address)
    listing.end()
    found = {words[0]: words[1:] for words in map(str.split, listing.said("avatar "))}
    assert list(found) == ["ada", "large", "nodes"]
    for name, (digest, size, gaussians, _) in found.items():
        with Package.open(catalogue / f"{name}.a3d") as package:
            assert digest == package.digest
            assert int(gaussians) == package.manifest.gaussian_count
        assert int(size) == (catalogue / f"{name}.a3d").stat().st_size
    assert found["nodes"][3] == "walk:34,start:10"
    assert listing.said("principal ") == ["anonymous publish,read"]


def test_a_download_goes_on_when_the_server_is_killed_half_way(
    client: Callable[..., Program], server: Served, catalogue: Path, tmp_path: Path, audit_log: Path
) -> None:
    target = tmp_path / "large.a3d"
    size = (catalogue / "large.a3d").stat().st_size
    download = client("download", server.address, avatar="large", out=target, stop_at=0.5)
    download.until("stopped")
    held = part_of(tmp_path).stat().st_size
    assert 0.4 * size < held < 0.7 * size
    server.kill()
    download.go_on()
    server.start()
    (report,) = [line for line in download.end() if line.startswith("downloaded ")]
    words = report.split()
    assert target.read_bytes() == (catalogue / "large.a3d").read_bytes()
    assert int(words[words.index("received") + 1]) - size < CHUNK_BYTES, "less than a chunk came twice"
    sent = [call["sent_bytes"] for call in audited(audit_log, "Download")]
    assert len(sent) == 1, "the first call ended with its server"
    assert sent[0] < size - held + CHUNK_BYTES
    assert [path.name for path in tmp_path.iterdir()] == ["large.a3d"]


def test_a_download_goes_on_when_the_client_is_killed_half_way(
    client: Callable[..., Program], server: Served, catalogue: Path, tmp_path: Path
) -> None:
    target = tmp_path / "large.a3d"
    size = (catalogue / "large.a3d").stat().st_size
    first = client("download", server.address, avatar="large", out=target, stop_at=0.5)
    first.until("stopped")
    first.kill()
    held = part_of(tmp_path).stat().st_size
    assert not target.exists()
    assert held > 0.4 * size
    second = client("download", server.address, avatar="large", out=target)
    words = second.until("downloaded ").split()
    assert int(words[words.index("resumed") + 1]) == held
    assert int(words[words.index("received") + 1]) == size - held
    assert target.read_bytes() == (catalogue / "large.a3d").read_bytes()


def test_the_cache_fetches_a_package_once(client: Callable[..., Program], server: Served, tmp_path: Path) -> None:
    received = [
        int(client("download", server.address, avatar="ada", cache=tmp_path).until("cached ").split()[0])
        for _ in range(2)
    ]
    assert received[0] > 0
    assert received[1] == 0


def test_a_package_opens_by_ranges_with_few_requests(
    client: Callable[..., Program], server: Served, catalogue: Path
) -> None:
    run = client("ranges", server.address, avatar="nodes")
    digest, opened, *_ = run.until("opened ").split()
    read = run.until("read ")
    run.end()
    with Package.open(catalogue / "nodes.a3d") as package:
        assert digest == package.digest
    assert int(opened) <= 2
    assert read.endswith(" 0 while reading"), "everything was fetched ahead"


def test_an_avatar_that_is_not_there_is_named(client: Callable[..., Program], server: Served, tmp_path: Path) -> None:
    run = client("download", server.address, avatar="nobody", out=tmp_path / "x.a3d")
    assert run.refused() == "avatar-not-found"
    assert not list(tmp_path.iterdir())
