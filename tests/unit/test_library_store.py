"""Where a library's objects lie: what the store of a manifest may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from ani3d_runtime.errors import UsageError
from ani3d_runtime.library.executors import executor_named
from ani3d_runtime.library.manifest import Manifest
from ani3d_runtime.library.store import open_store


def test_a_url_of_a_folder_is_that_folder(tmp_path: Path) -> None:
    place = tmp_path / "not there" / "yet"
    open_store(place.as_uri()).publish("work/a", b"a")
    assert open_store(str(place)).read("work/a") == b"a"


def test_a_protocol_that_there_is_not_is_misuse() -> None:
    pytest.importorskip("fsspec")
    with pytest.raises(UsageError) as refused:
        open_store("s4://x")
    assert refused.value.code == "store-unknown-protocol"


def test_tasks_need_a_store_that_they_share(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="only one process sees"):
        executor_named("local", Manifest(tmp_path / "library.toml", "crowd", "memory://crowd"), workers=1)
