"""``ani3d library``: bake a library of characters and motions that a manifest describes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from ani3d_runtime.cli import exit_codes
from ani3d_runtime.cli.console import Console, ConsoleArgument, table
from ani3d_runtime.cli.library_table import BakeTable
from ani3d_runtime.errors import Ani3dError, InputError, NotFoundError, UsageError
from ani3d_runtime.library.event import Event
from ani3d_runtime.library.manifest import MANIFEST_NAME, Manifest, read_manifest
from ani3d_runtime.library.plan import Plan, PlannedTask, Planner
from ani3d_runtime.library.record import Record
from ani3d_runtime.library.store import LibraryStore, open_store

library = App(name="library", help="Bake a library of characters and motions, on this machine or a farm.")
library.command(
    "ani3d_runtime.cli.library_status:status",
    name="status",
    help="Say how far a library is: what is done, what hosts are at, what failed and what to do about it.",
)
library.command(
    "ani3d_runtime.cli.library_report:report",
    name="report",
    help="Write a page about a library: characters that turn, clips, bounds, warnings, failures, and what has changed.",
)

ManifestPath = Annotated[Path, Parameter(name=["--manifest", "-m"])]
HERE = Path(MANIFEST_NAME)
_FIRST_LINES = """\
# What 'ani3d library bake' bakes; docs/library.md lists all keys.
[library]
name = "{name}"
store = "out"                    # a folder beside this file, or a URL such as s3://bucket/people

[defaults]
quality = "standard"             # preview, standard, high or archive

[characters.dancer]
avatar = "dancer"                # dancer, runner or longhair; or a file of Gaussians, relative to this one
detail = "low"
tags = ["demo"]

[motions.walk]
file = "walk"                    # dance, run, walk or cmu_01_01; or a .bvh, .fbx, .npz, …

[[bake]]
characters = ["*"]               # names, globs or tags
motions = ["*"]
"""


@library.command
def init(
    folder: Path = Path(),
    /,
    *,
    console: ConsoleArgument,
) -> int:
    """Write a first library.toml, to be changed by hand.

    Args:
        folder: where it goes; it is made where it is not there.
    """
    path = folder / MANIFEST_NAME
    if path.exists():
        raise UsageError(
            "output-exists", path, found="a file of that name", expected="a new file", fix="Change that one by hand."
        )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(_FIRST_LINES.format(name=folder.absolute().name), encoding="utf-8")
    console.result({"manifest": str(path)}, f"wrote {path}; next: ani3d library plan -m {path}")
    return exit_codes.OK


@library.command
def plan(
    *,
    manifest: ManifestPath = HERE,
    to: Annotated[str | None, Parameter(name="--to")] = None,
    exit_code: Annotated[bool, Parameter(negative="")] = False,
    console: ConsoleArgument,
) -> int:
    """Say what a bake would do, and why.

    Args:
        manifest: the library.toml, or its folder.
        to: write what is due as a farm takes it, to stdout: openjd, slurm or json, one command a task.
        exit_code: exit with 3 where something is due.
    """
    wanted, store = opened(manifest)
    found = Planner(wanted, store).plan()
    _say_unchosen(found, console)
    if to is not None:
        from ani3d_runtime.library.farm import job_text

        sys.stdout.write(job_text(to, wanted, found))
    else:
        console.result(found.to_json(), *_human(found))
    for name, error in found.broken.items():
        console.warn(f"{name} cannot be planned: [{error.code}] {error}")
    if found.broken:
        return exit_codes.FAILED
    return exit_codes.WITH_LOSS if exit_code and found.due else exit_codes.OK


@library.command
def bake(
    *,
    manifest: ManifestPath = HERE,
    only: Annotated[list[str] | None, Parameter(consume_multiple=False, negative="")] = None,
    workers: int | None = None,
    executor: str = "local",
    ray_address: str | None = None,
    retry_failed: Annotated[bool, Parameter(negative="")] = False,
    fail_fast: Annotated[bool, Parameter(negative="")] = False,
    console: ConsoleArgument,
) -> int:
    """Bake what is new or has changed. What is done stays done, whatever stops it.

    Args:
        manifest: the library.toml, or its folder.
        only: bake these characters alone: a name or a glob; repeat it for several.
        workers: most tasks at a time; as many as there are cores when left out.
        executor: local, or ray where the extra [cluster] is installed.
        ray_address: HOST:PORT of the Ray cluster; $RAY_ADDRESS, or the cluster of this machine, when left out.
        retry_failed: try again what failed and has not changed since.
        fail_fast: begin nothing more once something has failed.
    """
    from ani3d_runtime.library.baking import Baking
    from ani3d_runtime.library.catalogue import publish_catalogue
    from ani3d_runtime.library.executors import executor_named
    from ani3d_runtime.library.lease import Leases
    from ani3d_runtime.library.pace import Pace
    from ani3d_runtime.library.progress import HostProgress, write_plan

    wanted, store = opened(manifest)
    skew = Leases(store).clock_skew()
    if skew is not None:
        console.doubt(skew)
    whole = Planner(wanted, store).plan()
    _say_unchosen(whole, console)
    chosen, skipped = _chosen(whole, wanted, only or [], retry_failed=retry_failed)
    write_plan(store, (planned.task for planned in whole.tasks))
    pace = Pace()
    with (
        BakeTable(console, pace) as shown,
        HostProgress(store, pace) as progress,
        executor_named(executor, wanted, workers=workers, ray_address=ray_address) as running,
    ):

        def watch(event: Event) -> None:
            shown.note(event)
            progress.note(event)

        summary = Baking(chosen, store, running, watch, keep_going=not fail_fast).run()
    publish_catalogue(wanted, whole, store)
    if _is_changed(wanted):
        console.doubt(_manifest_changed(wanted))
    for name, error in chosen.broken.items():
        console.warn(f"{name} cannot be baked: [{error.code}] {error}")
    if skipped:
        console.warn(f"{skipped} tasks failed before and have not changed: --retry-failed tries them again")
    if not console.json:
        words = f"{summary.done} done, {summary.cached} unchanged, {summary.failed} failed, {summary.seconds:.1f} s"
        console.out.print(f"{wanted.name}: {words}; packages in {store.name}", soft_wrap=True, markup=False)
    if summary.failed or skipped:
        return exit_codes.FAILED
    return exit_codes.WITH_LOSS if summary.warned else exit_codes.OK


@library.command
def run(
    key: str,
    /,
    *,
    manifest: ManifestPath = HERE,
    character: str | None = None,
    attempt: int = 1,
    console: ConsoleArgument,
) -> int:
    """Do one task, as a farm's machine does. Doing it twice does no harm.

    Args:
        key: of the task, as 'ani3d library plan' lists it.
        manifest: the library.toml, or its folder.
        character: whose task it is, so that the others need not be planned.
        attempt: which one this is, for the record.
    """
    from ani3d_runtime.library.run import run_task
    from ani3d_runtime.library.task_process import end_with_parent

    end_with_parent()
    wanted, store = opened(manifest)
    planner = Planner(wanted, store)
    if character is not None and character not in wanted.characters:
        raise _no_task(key)
    names = wanted.characters if character is None else [character]
    task = next((task for name in names for task in planner.tasks_of(name) if task.key == key), None)
    if task is None:
        raise _no_task(key)

    def is_current() -> bool:
        try:
            again = read_manifest(manifest)
            found = Planner(again, store).tasks_of(task.character) if task.character in again.characters else []
        except Ani3dError:  # half an edit, a file that is being replaced: nothing that the task is to blame for
            return False
        return any(each.key == key for each in found)

    record = run_task(task, store, _told(console, key), attempt=attempt, is_current=is_current)
    _finish(console, record)
    return exit_codes.OK


@library.command
def validate(
    *,
    manifest: ManifestPath = HERE,
    console: ConsoleArgument,
) -> int:
    """Read every package of the store again, and compare it with the catalogue.

    Args:
        manifest: the library.toml, or its folder.
    """
    from ani3d_runtime.library.record import not_baked, read_catalogue
    from ani3d_runtime.library.upkeep import validated

    wanted, store = opened(manifest)
    if not read_catalogue(store):
        raise not_baked(store)
    with console.progress("validate") as progress:
        found = validated(store, progress)
    for name, error in found.items():
        if error is not None:
            console.warn(f"{name}: [{error.code}] {error}")
    wrong = {name: error.to_json() for name, error in found.items() if error is not None}
    packages = [name for name in found if name.endswith(".a3d")]
    facts = {"library": wanted.name, "packages": len(packages), "wrong": wrong}
    right = sum(found[name] is None for name in packages)
    console.result(facts, f"{right} of {len(packages)} packages are what the catalogue says")
    return exit_codes.FAILED if wrong else exit_codes.OK


@library.command
def gc(
    *,
    manifest: ManifestPath = HERE,
    yes: Annotated[bool, Parameter(negative="")] = False,
    console: ConsoleArgument,
) -> int:
    """List what no character of the manifest needs any more; remove it where told.

    Args:
        manifest: the library.toml, or its folder.
        yes: remove it.
    """
    from ani3d_runtime.library.catalogue import publish_catalogue
    from ani3d_runtime.library.upkeep import removable, remove

    wanted, store = opened(manifest)
    planner = Planner(wanted, store)
    found = removable(planner.plan(), store)
    if yes and found:
        remove(store, found)
        publish_catalogue(wanted, planner.plan(), store)
    verb = "removed" if yes else "would remove, with --yes,"
    console.result(
        {"removed" if yes else "removable": found},
        f"{verb} {len(found)} objects" + ("" if not found else ": " + ", ".join(found[:10])),
    )
    return exit_codes.OK


def opened(manifest: Path) -> tuple[Manifest, LibraryStore]:
    """The manifest, and the store that it names."""
    wanted = read_manifest(manifest)
    return wanted, open_store(wanted.store)


def _say_unchosen(plan: Plan, console: Console) -> None:
    """A character that is not baked is likely forgotten; a motion may be for later."""
    for place in plan.unchosen:
        kind, _, name = place.partition(".")
        if kind == "characters":
            console.doubt(_unchosen(place, name))
        else:
            console.remark(f"no [[bake]] chooses the motion {name}; it is not baked")


def _is_changed(wanted: Manifest) -> bool:
    """Whether a manifest reads otherwise by now, or not at all."""
    try:
        return read_manifest(wanted.path) != wanted
    except Ani3dError:
        return True


def _chosen(plan: Plan, manifest: Manifest, only: list[str], *, retry_failed: bool) -> tuple[Plan, int]:
    """What this bake is about, and how many of these tasks are left alone because they failed before."""
    tasks = plan.tasks
    for pattern in only:
        if not any(character.matches(pattern) for character in manifest.characters.values()):
            raise NotFoundError(
                "library-no-character",
                f"--only {pattern}",
                found="no character of that name or tag",
                expected=f"one of {', '.join(manifest.characters)}",
                fix="Check the spelling; globs such as 'hero_*' are taken.",
            )
    if only:
        chosen = {name for name, entry in manifest.characters.items() if any(map(entry.matches, only))}
        tasks = tuple(planned for planned in tasks if planned.task.character in chosen)
        plan = replace(plan, broken={name: error for name, error in plan.broken.items() if name in chosen})
    if retry_failed:
        again = (replace(each, state="new") if each.state == "failed" else each for each in tasks)
        return replace(plan, tasks=tuple(again)), 0
    plan = replace(plan, tasks=tuple(tasks))
    return plan, len(plan.failed)


def _told(console: Console, key: str) -> Callable[[str, float], None]:
    """How a task tells its executor, or a person, how it goes."""
    last = ["", 0.0]

    def tell(stage: str, fraction: float) -> None:
        moment = time.monotonic()
        if stage == last[0] and moment - float(last[1]) < 0.25 and fraction < 1:
            return
        last[:] = [stage, moment]
        if console.json:
            event = Event("task-progress", key, facts={"stage": stage, "fraction": round(fraction, 3)})
            sys.stdout.write(json.dumps(event.to_json()) + "\n")
            sys.stdout.flush()
        elif fraction == 0.0:
            console.say(f"{stage} …")

    return tell


def _finish(console: Console, record: Record) -> None:
    if console.json:
        told = {"event": "task-record", "key": record.key, "record": record.to_json()}
        sys.stdout.write(json.dumps(told, allow_nan=False) + "\n")
        sys.stdout.flush()
        return
    console.out.print(f"{record.result}: {record.bytes / 1e6:.2f} MB, {record.seconds:.1f} s", markup=False)


def _human(plan: Plan) -> list[object]:
    rows = table("state", "what", "why")
    shown = [planned for planned in plan.tasks if planned.is_wanted]
    for planned in shown[:200]:
        rows.add_row(planned.state, planned.task.label, _why(planned))
    for name in plan.orphans:
        reason = "nothing in the manifest wants it; 'ani3d library gc' removes it when told"
        rows.add_row("orphaned", name, reason)
    due, failed = len(plan.due), len(plan.failed)
    words = f"{due} due, {len(plan.tasks) - len(shown)} unchanged, {len(plan.orphans)} orphaned"
    if failed:
        words += f", {failed} failed before ('ani3d library bake --retry-failed' tries them again)"
    waiting = len(shown) - due - failed
    words += f", {waiting} wait for them" if waiting else ""
    if due and plan.cpu_hours is not None and plan.megabytes is not None:
        words += f"; about {plan.cpu_hours:.2f} CPU-hours and {plan.megabytes:.1f} MB, as earlier tasks took"
    elif due:
        words += "; what it takes is not known before a first task is done"
    return [rows, words] if shown or plan.orphans else [words]


def _why(planned: PlannedTask) -> str:
    more = len(planned.reasons) - 3
    return "; ".join(planned.reasons[:3]) + (f"; and {more} more" if more > 0 else "")


def _manifest_changed(manifest: Manifest) -> Ani3dError:
    return InputError(
        "library-manifest-changed",
        manifest.path,
        found="another content than when this bake began, which went by that",
        expected="a manifest that stays as it is meanwhile",
        fix="Run 'ani3d library bake' again: it bakes what is new.",
    )


def _unchosen(place: str, name: str) -> Ani3dError:
    return InputError(
        "library-unchosen",
        place,
        found="no [[bake]] that chooses it with a motion",
        expected="a rule that does, or it is not baked",
        fix=f'Add "{name}" to the characters of a [[bake]], or take the table out.',
    )


def _no_task(key: str) -> Ani3dError:
    return NotFoundError(
        "library-no-task",
        key,
        found="no task of that key",
        expected="a key that 'ani3d library plan --json' lists",
        fix="The manifest or a file has changed since; plan again.",
    )
