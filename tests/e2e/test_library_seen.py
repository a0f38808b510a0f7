"""What is seen of a library of packages that are there: its status, its report, and a server of its store."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ani3d_runtime.client import Client
from ani3d_runtime.library.catalogue import package_facts
from ani3d_runtime.library.manifest import read_manifest
from ani3d_runtime.library.plan import Planner
from ani3d_runtime.library.progress import write_plan
from ani3d_runtime.library.record import Record, write_catalogue, write_record
from ani3d_runtime.library.report.page import facts_of_page
from ani3d_runtime.library.store import FolderStore, LibraryStore, open_store
from ani3d_runtime.library.task import Task
from ani3d_runtime.server import ServerOptions, serving
from ani3d_runtime.testing.packages import write_synthetic_package

NAMES = ("anna", "bo")
MANIFEST = """
[library]
name = "crowd"
[characters.anna]
avatar = "dancer"
[characters.bo]
avatar = "dancer"
[motions.walk]
file = "walk"
[[bake]]
"""
ERROR = {"code": "ply-cut", "subject": "bo", "found": "half", "expected": "all", "fix": "Export it again."}


class Library:
    """A library whose packages come when a test says so."""

    def __init__(self, folder: Path, packages: Path) -> None:
        self.folder, self.packages = folder, packages
        (folder / "library.toml").write_text(MANIFEST)
        self.store: LibraryStore = FolderStore(folder / "out")
        self.tasks = {name: Task(f"key-{name}", "package", name, f"{name}.a3d", {}, {}) for name in NAMES}
        self.characters: dict[str, dict[str, object]] = {}

    def begin(self) -> None:
        write_plan(self.store, self.tasks.values())

    def publish(self, name: str, package: str) -> None:
        """As a task and the end of a bake do."""
        path = self.packages / package
        self.store.publish(f"{name}.a3d", path)
        write_record(self.store, Record.of(self.tasks[name], "done"))
        facts = {**package_facts(path, {"quality": "standard"}), "package": f"{name}.a3d", "tags": [], "seconds": 1.5}
        self.characters[name] = facts
        write_catalogue(self.store, "crowd", self.characters)

    @property
    def page(self) -> Path:
        return self.folder / "out" / "index.html"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    for seed, name in enumerate(("first.a3d", "second.a3d")):
        write_synthetic_package(folder / name, seed=seed)
    return folder


@pytest.fixture
def library(tmp_path: Path, packages: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setenv("ANI3D_CACHE_DIR", str(tmp_path / "cache"))
    return Library(tmp_path, packages)


def test_reports_say_what_changed_since_the_last(ani3d: Callable, library: Library) -> None:
    report = ("library", "report", "--manifest", library.folder)
    assert json.loads(ani3d(*report).stderr)["error"]["code"] == "library-not-baked"
    library.publish("anna", "first.a3d")
    first = json.loads(ani3d(*report).stdout)
    assert (first["characters"], first["clips"], first["since"]) == (1, 2, None)
    library.publish("anna", "second.a3d")
    library.publish("bo", "first.a3d")
    write_plan(library.store, [*library.tasks.values(), Task("key-carl", "package", "carl", "carl.a3d", {}, {})])
    write_record(
        library.store, Record.of(Task("key-carl", "package", "carl", "carl.a3d", {}, {}), "failed", error=ERROR)
    )
    second = json.loads(ani3d(*report).stdout)
    assert second["changes"] == {"new": 1, "changed": 1, "gone": 0}
    assert second["failures"] == 1
    facts = facts_of_page(library.page.read_text(encoding="utf-8"))
    assert facts is not None
    assert [clip["within"] for clip in facts["characters"][0]["clips"]] == [True, True]
    assert facts["failures"][0]["fix"] == "Export it again."
    assert second["since"] is not None
    # Previews of packages that are known need no package.
    (library.folder / "out" / "anna.a3d").unlink()
    assert ani3d(*report).code == 0


def test_a_page_that_is_no_report_is_not_replaced(ani3d: Callable, library: Library) -> None:
    library.publish("anna", "first.a3d")
    library.page.write_text("my own page")
    refused = ani3d("library", "report", "--manifest", library.folder)
    assert refused.code == 2
    assert json.loads(refused.stderr)["error"]["code"] == "output-exists"
    assert library.page.read_text() == "my own page"
    elsewhere = library.folder / "report.html"
    assert ani3d("library", "report", "--manifest", library.folder, "-o", elsewhere).code == 0
    assert facts_of_page(elsewhere.read_text(encoding="utf-8")) is not None
    assert ani3d("library", "report", "--manifest", library.folder, "-o", library.folder / "report.pdf").code == 2


@pytest.mark.parametrize("damage", ["truncated", "gone", "leads-out"])
def test_a_character_that_cannot_be_shown_is_named_and_the_others_are(
    ani3d: Callable, library: Library, damage: str
) -> None:
    library.publish("anna", "first.a3d")
    library.publish("bo", "second.a3d")
    package = library.folder / "out" / "bo.a3d"
    if damage == "truncated":
        package.write_bytes(package.read_bytes()[:1000])
    elif damage == "gone":
        package.unlink()
    else:
        shutil.copy(package, library.folder / "bo.a3d")
        library.characters["bo"]["package"] = "../bo.a3d"
        write_catalogue(library.store, "crowd", library.characters)
    outcome = ani3d("library", "report", "--manifest", library.folder)
    assert outcome.code == 3
    [warning] = json.loads(outcome.stdout)["warnings"]
    assert (warning["code"], warning["subject"]) == ("library-no-picture", "bo")
    page = library.page.read_text(encoding="utf-8")
    assert '"anna":"' in page
    assert '"bo":"' not in page


def test_status_goes_from_nothing_to_done(ani3d: Callable, library: Library) -> None:
    status = ("library", "status", "--manifest", library.folder)
    before = json.loads(ani3d(*status).stdout)
    assert (before["library"], before["planned"], before["tasks"]) == ("crowd", None, 0)
    library.begin()
    library.publish("anna", "first.a3d")
    half = json.loads(ani3d(*status).stdout)
    assert (half["tasks"], half["done"], half["waiting"], half["failed"]) == (2, 1, 1, 0)
    write_record(library.store, Record.of(library.tasks["bo"], "failed", error=ERROR))
    failed = json.loads(ani3d(*status).stdout)
    assert (failed["failed"], failed["failures"][0]["code"]) == (1, "ply-cut")
    library.publish("bo", "second.a3d")
    # Nothing is left to wait for, so that watching ends.
    lines = [json.loads(line) for line in ani3d(*status, "--watch").stdout.splitlines()]
    assert [(line["done"], line["failed"]) for line in lines] == [(2, 0)]


def test_a_store_is_served_as_it_stands_and_new_packages_are_picked_up(library: Library) -> None:
    library.begin()
    library.publish("anna", "first.a3d")
    with serving(library.folder / "out", ServerOptions(port=0)) as server, Client(server.address) as client:
        assert [avatar.avatar_id for avatar in client.list_avatars()] == ["anna"]
        library.publish("bo", "second.a3d")
        assert [avatar.avatar_id for avatar in client.list_avatars()] == ["anna", "bo"]
        digest = client.manifest("anna").avatar.digest
        library.publish("anna", "second.a3d")
        assert client.manifest("anna").avatar.digest != digest


def test_a_library_in_an_object_store_is_seen_as_one_in_a_folder(ani3d: Callable, library: Library) -> None:
    url = f"memory://{library.folder.name}/crowd"
    (library.folder / "library.toml").write_text(MANIFEST.replace('"crowd"', f'"crowd"\nstore = "{url}"'))
    library.store = open_store(url)
    library.begin()
    library.publish("anna", "first.a3d")
    status = json.loads(ani3d("library", "status", "--manifest", library.folder).stdout)
    assert (status["done"], status["waiting"]) == (1, 1)
    for since in (True, False):
        outcome = ani3d("library", "report", "--manifest", library.folder)
        assert outcome.code == 0, outcome.stderr
        assert (json.loads(outcome.stdout)["since"] is None) == since
    page = library.store.read("index.html")
    assert page is not None
    assert b'"anna":"' in page


def test_the_example_has_four_characters_five_motions_and_twelve_clips(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "crowd"
    shutil.copy(example / "library.toml", tmp_path)
    for name in ("stripes.ply", "bow.npz"):
        (tmp_path / name).write_bytes(b"")
    manifest = read_manifest(tmp_path)
    planned = Planner(manifest, FolderStore(tmp_path / "out")).plan()
    assert not planned.broken
    baked = [each.task.result for each in planned.due if each.task.kind == "package"]
    assert baked == ["dancer.a3d", "runner.a3d", "longhair.a3d", "stripes.a3d"]
    assert len(manifest.motions) == 5
    assert sum(len(manifest.clips_of(character)) for character in manifest.characters.values()) == 12
