"""The plan of a library: what is new, changed and why, unchanged, failed, orphaned."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ani3d_runtime.library.catalogue import publish_catalogue
from ani3d_runtime.library.manifest import read_manifest
from ani3d_runtime.library.plan import Plan, Planner
from ani3d_runtime.library.record import Record, write_record
from ani3d_runtime.library.store import FolderStore, LibraryStore
from ani3d_runtime.library.task import Task
from ani3d_runtime.library.upkeep import removable, remove

TOML = """
[library]
name = "crowd"
[defaults]
quality = "standard"
[characters.anna]
avatar = "anna.ply"
[characters.bert]
avatar = "dancer"
tags = ["big"]
[motions.step]
file = "step.bvh"
[motions.walk]
file = "walk"
[[bake]]
motions = ["walk"]
[[bake]]
characters = ["anna"]
export = ["spz"]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "library.toml").write_text(TOML)
    (tmp_path / "anna.ply").write_bytes(b"anna")
    (tmp_path / "step.bvh").write_bytes(b"step")
    return tmp_path


def store_of(desk: Path) -> LibraryStore:
    return FolderStore(desk / "out")


def planned(desk: Path) -> Plan:
    return Planner(read_manifest(desk), store_of(desk)).plan()


def pretend(desk: Path, *, failing: str = "") -> None:
    """All that is due was done, but for one character."""
    store, plan = store_of(desk), planned(desk)
    for each in plan.due:
        if each.task.character == failing:
            write_record(
                store, Record.of(each.task, "failed", error={"code": "bvh-cut", "subject": "step.bvh", "found": "half"})
            )
            continue
        facts = {"package": each.task.result, "clips": {}} if each.task.kind == "package" else {"files": ["walk.spz"]}
        store.publish(f"{each.task.result}/walk.spz" if each.task.kind == "export" else each.task.result, b"made")
        write_record(store, Record.of(each.task, "done", bytes=10, cpu_seconds=3.6, facts=facts))
    publish_catalogue(read_manifest(desk), plan, store)


def due(desk: Path) -> dict[str, tuple[str, ...]]:
    return {f"{each.state} {each.task.result}": each.reasons for each in planned(desk).due}


def test_all_is_new_then_nothing_is_due(desk: Path) -> None:
    assert list(due(desk)) == ["new anna.a3d", "new exports/anna/spz", "new bert.a3d"]
    assert planned(desk).cpu_hours is None
    pretend(desk)
    assert due(desk) == {}


def test_touching_or_moving_files_changes_nothing(desk: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    pretend(desk)
    os.utime(desk / "anna.ply", (1, 1))
    assert due(desk) == {}
    other = tmp_path_factory.mktemp("elsewhere") / "desk"
    shutil.copytree(desk, other)
    assert due(other) == {}


def test_a_changed_motion_concerns_exactly_the_packages_that_hold_it(desk: Path) -> None:
    pretend(desk)
    (desk / "step.bvh").write_bytes(b"other step")
    found = due(desk)
    assert list(found) == ["changed anna.a3d", "changed exports/anna/spz"]
    assert found["changed anna.a3d"] == ("clips.step.file: another content of step.bvh",)
    plan = planned(desk)
    assert plan.cpu_hours == pytest.approx(2 * 3.6 / 3600)
    assert plan.megabytes == pytest.approx(20e-6)


def test_a_changed_default_concerns_all_and_says_why(desk: Path) -> None:
    pretend(desk)
    (desk / "library.toml").write_text(TOML.replace('"standard"', '"high"'))
    found = due(desk)
    assert list(found) == ["changed anna.a3d", "changed exports/anna/spz", "changed bert.a3d"]
    assert found["changed bert.a3d"] == ("quality: standard → high",)


def test_one_motion_more_is_named(desk: Path) -> None:
    pretend(desk)
    (desk / "library.toml").write_text(TOML.replace('motions = ["walk"]', 'motions = ["*"]'))
    assert list(due(desk)) == ["changed bert.a3d"]
    assert any("clips.step" in reason for reason in due(desk)["changed bert.a3d"])


def test_tags_and_stores_decide_nothing(desk: Path) -> None:
    pretend(desk)
    (desk / "library.toml").write_text(TOML.replace('tags = ["big"]', 'tags = ["small"]'))
    assert due(desk) == {}


def test_another_version_of_our_code_is_a_reason(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(desk)
    monkeypatch.setattr("ani3d_runtime.bake.recipe_numbers.CODEC", 999)
    assert "recipe_numbers.codec" in due(desk)["changed bert.a3d"][0]


def test_clips_that_are_made_apart_are_made_again_one_by_one(desk: Path) -> None:
    apart = TOML.replace('avatar = "anna.ply"', 'avatar = "anna.ply"\nparallel_clips = true')
    (desk / "library.toml").write_text(apart)
    plan = planned(desk)
    base, looks, step, walk, package, _ = (each.task for each in plan.tasks if each.task.character == "anna")
    assert [task.kind for task in (base, looks, step, walk, package)] == ["base", "looks", "clip", "clip", "package"]
    assert {task.needs for task in (looks, step, walk)} == {(base.key,)}
    assert package.needs == tuple(task.key for task in (base, looks, step, walk))
    assert [task.label for task in (base, looks, step)] == ["anna (base)", "anna (looks)", "anna/step"]
    pretend(desk)
    assert due(desk) == {}
    # A motion more, which the model does not fit: what is there stays, and is joined with it.
    (desk / "library.toml").write_text(apart.replace("[[bake]]", '[motions.run]\nfile = "run"\n[[bake]]', 1))
    assert [each.task.label for each in planned(desk).due] == ["anna/run", "anna", "exports/anna/spz"]
    # Nobody misses the parts of a package that is done.
    (desk / "library.toml").write_text(apart)
    shutil.rmtree(desk / "out" / "work")
    assert due(desk) == {}


def test_a_large_character_that_is_made_apart_has_enough_tasks_for_many_workers(desk: Path) -> None:
    motions = [f"m{index}" for index in range(20)]

    def tasks_with(names: list[str], practice: int = 5) -> list[Task]:
        table = "".join(f'[motions.{name}]\nfile = "walk"\n' for name in names)
        bert = f'[characters.bert]\navatar = "dancer"\nparallel_clips = true\npractice = {practice}\n'
        (desk / "library.toml").write_text(f'{bert}{table}[[bake]]\nmotions = ["*"]\n')
        return Planner(read_manifest(desk), store_of(desk)).tasks_of("bert")

    found = tasks_with(motions)
    kinds = [task.kind for task in found]
    assert (kinds.count("clip"), kinds.count("practice"), kinds[0], kinds[-1]) == (20, 3, "base", "package")
    practice = [task for task in found if task.kind == "practice"]
    assert [task.settings["numbers"] for task in practice] == [[0, 2], [2, 4], [4, 5]]
    # The base fits some of the clips, whatever the order of the manifest; what practises more does not change it.
    seen = {clip["name"] for clip in found[0].settings["clips"]}
    assert len(seen) == 8
    assert {clip["name"] for clip in tasks_with(motions[::-1])[0].settings["clips"]} == seen
    more = tasks_with(motions, practice=7)
    assert {task.key for task in more} >= {task.key for task in found if task.kind in ("base", "looks", "clip")}
    without = [name for name in motions if name not in seen]
    assert tasks_with([name for name in motions if name != without[0]])[0].key == found[0].key


def test_a_character_that_is_gone_is_orphaned_and_goes_when_told(desk: Path) -> None:
    pretend(desk)
    (desk / "library.toml").write_text(
        TOML.replace("[characters.anna]", "[characters.ann]").replace('["anna"]', '["ann"]')
    )
    plan, store = planned(desk), store_of(desk)
    assert plan.orphans == ("anna.a3d",)
    publish_catalogue(read_manifest(desk), plan, store)
    names = removable(planned(desk), store)
    assert {"anna.a3d", "exports/anna/spz/walk.spz"} <= set(names)
    assert not any(name.startswith("bert") for name in names)
    assert (desk / "out" / "anna.a3d").exists()
    remove(store, names)
    assert not (desk / "out" / "anna.a3d").exists()
    assert planned(desk).orphans == ()
    assert [each.task.result for each in planned(desk).tasks if not each.is_wanted] == ["bert.a3d"]


def test_a_format_that_is_no_longer_wanted_is_orphaned_and_goes_when_told(desk: Path) -> None:
    pretend(desk)
    (desk / "library.toml").write_text(TOML.replace('export = ["spz"]', ""))
    store = store_of(desk)
    publish_catalogue(read_manifest(desk), planned(desk), store)
    assert planned(desk).orphans == ("exports/anna/spz",)
    remove(store, removable(planned(desk), store))
    publish_catalogue(read_manifest(desk), planned(desk), store)
    assert (list(store.all_names("exports/")), planned(desk).orphans) == ([], ())
    assert (desk / "out" / "anna.a3d").exists()
    assert due(desk) == {}
    (desk / "library.toml").write_text(TOML)
    assert due(desk) == {"new exports/anna/spz": ()}


def test_an_export_that_somebody_took_away_is_made_again(desk: Path) -> None:
    pretend(desk)
    (desk / "out" / "exports" / "anna" / "spz" / "walk.spz").unlink()
    assert due(desk) == {"changed exports/anna/spz": ("exports/anna/spz/walk.spz is no longer in the store",)}


def test_what_no_rule_chooses_is_said(desk: Path) -> None:
    more = '[characters.zoe]\navatar = "runner"\n[motions.later]\nfile = "run"\n[motions.x_test]\nfile = "run"\n'
    rules = TOML.replace("[[bake]]\nmotions", '[[bake]]\ncharacters = ["anna", "bert"]\nexclude = ["*_test"]\nmotions')
    rules = rules.replace('export = ["spz"]', 'motions = ["step", "walk"]')
    (desk / "library.toml").write_text(more + rules)
    assert planned(desk).unchosen == ("characters.zoe", "motions.later")


def test_a_failure_stays_one_until_something_changes(desk: Path) -> None:
    pretend(desk, failing="bert")
    assert due(desk) == {}, "the next bake leaves it alone"
    (failed,) = planned(desk).failed
    assert failed.task.result == "bert.a3d"
    assert failed.reasons == ("[bvh-cut] step.bvh: found half",), "the file that is at fault is named"
    (desk / "library.toml").write_text(TOML.replace('"standard"', '"high"'))
    assert "new bert.a3d" in due(desk)


def test_a_missing_file_stops_its_character_alone(desk: Path) -> None:
    (desk / "anna.ply").unlink()
    plan = planned(desk)
    assert [each.task.result for each in plan.tasks] == ["bert.a3d"]
    assert plan.broken["anna"].code == "library-file-missing"
    assert plan.broken["anna"].subject == "characters.anna.avatar"


def test_a_damaged_record_counts_as_none(desk: Path) -> None:
    pretend(desk)
    key = next(each.task.key for each in planned(desk).tasks if each.task.result == "bert.a3d")
    (desk / "out" / "tasks" / f"{key}.json").write_bytes(b"{")
    assert Planner(read_manifest(desk), store_of(desk)).plan().due == []  # told by a listing alone
    assert publish_catalogue(read_manifest(desk), planned(desk), store_of(desk))["bert"]["package"] == "bert.a3d"


def test_packages_that_the_library_did_not_make_are_left_alone(desk: Path) -> None:
    pretend(desk)
    store = store_of(desk)
    store.publish("mine.a3d", b"baked by hand")
    assert planned(desk).orphans == ()
    assert "mine.a3d" not in removable(planned(desk), store)


def test_what_was_made_by_a_bake_that_was_killed_is_known_to_be_ours(desk: Path) -> None:
    store = store_of(desk)
    store.publish("work/current/gone.a3d", b"0" * 32)
    store.publish("gone.a3d", b"published before the catalogue was")
    assert planned(desk).orphans == ("gone.a3d",)
    remove(store, removable(planned(desk), store))
    store.publish("gone.a3d", b"another one, baked by hand")
    assert planned(desk).orphans == ()


def test_a_default_practice_is_for_characters_that_can_practise(desk: Path) -> None:
    (desk / "library.toml").write_text(TOML.replace("[defaults]", "[defaults]\npractice = 4"))
    settings = {each.task.character: each.task.settings for each in planned(desk).tasks if each.task.kind == "package"}
    assert settings["bert"]["practice"] == 4
    assert "practice" not in settings["anna"]  # a file whose cloth nothing moves
