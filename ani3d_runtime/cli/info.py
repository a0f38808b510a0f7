"""``ani3d info``: what is inside a package, or what is understood of a file that is baked from."""

from __future__ import annotations

from math import degrees, hypot
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ani3d_runtime.body.readers import MotionOptions
from ani3d_runtime.body.readers.options import MotionAxes, Unit
from ani3d_runtime.cli.console import ConsoleArgument, table
from ani3d_runtime.cli.info_input import kind_of, show_input
from ani3d_runtime.errors import NotAPackageError, UsageError
from ani3d_runtime.geometry.frames import Axes
from ani3d_runtime.package.describe import PackageDescription, describe_package
from ani3d_runtime.package.playing import Playing
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.recipe import Recipe

# Of one marker, in the table for people; JSON has all.
_MOST_TIMES = 6


def info(
    file: str,
    /,
    *,
    picture: Path | None = None,
    axes: Axes | None = None,
    rest_pose: str | None = None,
    motion_axes: MotionAxes = "auto",
    motion_unit: Unit = "auto",
    joint_mapping: Path | None = None,
    reference_frame: int | None = None,
    take: str | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    console: ConsoleArgument,
) -> None:
    """Show what is inside a package, or what is understood of an avatar or a motion before it is baked.

    Args:
        file: an .a3d file, or its URL in a store, of which only what is shown is read; or a file of Gaussians or a
            motion, of which axes, unit, height, pose and doubts are shown. Exit code 3 says that there are doubts.
        picture: a .png to paint of an avatar or a motion: look at it before you bake.
        axes: of a file of Gaussians, as of ani3d bake.
        rest_pose: of a file of Gaussians, as of ani3d bake.
        motion_axes: of a motion, as of ani3d bake.
        motion_unit: of a motion, as of ani3d bake.
        joint_mapping: of a motion, as of ani3d bake.
        reference_frame: of a motion, as of ani3d bake.
        take: of a motion, as of ani3d bake.
        force: replace the picture.
    """
    kind = kind_of(file)
    options = MotionOptions(
        unit=motion_unit, axes=motion_axes, mapping=joint_mapping, reference_frame=reference_frame, take=take
    )
    if kind != "package":
        show_input(
            file,
            kind,
            axes=axes,
            rest_pose=rest_pose,
            motion=options,
            picture=picture,
            force=force,
            console=console,
        )
        return
    if picture is not None or axes is not None or rest_pose is not None or options != MotionOptions():
        raise UsageError(
            "info-idle-option",
            file,
            found="options of avatars and motions, and a package",
            expected="a file of Gaussians or a motion",
            fix="Leave them out; 'ani3d render' paints a package.",
        )
    with _opened(file) as opened:
        description = describe_package(opened)
    console.result(description.to_json(), *_human(description))


def _opened(file: str) -> Package:
    try:
        return Package.open(file)
    except NotAPackageError as error:
        raise NotAPackageError(
            "package-wrong-magic",
            error.subject,
            found=error.found,
            expected="an .a3d package, a file of Gaussians, or a motion",
            fix="Check the path: a file's name tells what it is, and 'ani3d formats' lists what is read.",
        ) from error


def _human(description: PackageDescription) -> list[object]:
    facts = table("", "")
    facts.add_row("avatar", description.avatar_name)
    facts.add_row("format", f"{description.format_version}, written by {description.writer}")
    facts.add_row(
        "size", f"{description.file_bytes / 1e6:.2f} MB, {description.shared_bytes / 1e6:.2f} MB shared by all clips"
    )
    facts.add_row("Gaussians", f"{description.gaussian_count:,} (harmonics of degree {description.sh_degree})")
    facts.add_row("parts", ", ".join(f"{name} {count:,}" for name, count in description.part_counts.items()))
    facts.add_row("levels of detail", _levels_in_words(description))
    facts.add_row("joints, nodes", f"{description.joint_count}, {description.node_count}")
    driver = sum(section.stored_bytes for section in description.sections if section.name == "driver")
    facts.add_row("driver", f"{driver / 1e3:.1f} KB: cloth and hair follow live motions" if driver else "none")
    bounds = ", ".join(f"{name} {bound * 1e3:g}" for name, bound in description.part_max_error_m.items())
    facts.add_row("position bounds, mm", f"{bounds} (rest-pose space)")
    facts.add_row("digest", description.digest)
    facts.add_row("recipe", _recipe_in_words(description))
    names = ("frames", "fps", "s", "MB", "KB/frame", "kbit/s", "max mm")
    clips = table("clip", *names, "plays", numeric=names)
    for clip in description.clips:
        clips.add_row(
            clip.name,
            f"{clip.frame_count}",
            f"{clip.fps:g}",
            f"{clip.period_s:.2f}",
            f"{clip.stored_bytes / 1e6:.2f}",
            f"{clip.kb_per_frame:.1f}",
            f"{clip.bitrate_kbit_s:.0f}",
            f"{clip.error.max_m * 1e3:.3f}",
            _playing_in_words(clip.playing),
        )
    sections = table("section", "count", "KB", numeric=("count", "KB"))
    for section in description.sections:
        sections.add_row(section.name, f"{section.count}", f"{section.stored_bytes / 1e3:.1f}")
    marked = any(clip.playing.markers for clip in description.clips)
    shown: list[object] = [facts, "", clips, *(["", _markers(description)] if marked else []), "", sections]
    return (
        shown
        if description.recipe is None
        else [*shown, "", _steps(description.recipe), "", _inputs(description.recipe)]
    )


def _playing_in_words(playing: Playing) -> str:
    """Such as ``loops, 1.20 m 15°, in place``: its way and turn in a period, short enough for 80 columns."""
    travel, words = playing.travel, ["loops" if playing.loops else "once"]
    if travel is not None:
        way = f"{hypot(travel.translation_m[0], travel.translation_m[2]):.2f} m"
        words.append(f"{way} {degrees(travel.heading_rad):.0f}°" if travel.heading_rad else way)
    return ", ".join([*words, *(["in place"] if playing.in_place else [])])


def _markers(description: PackageDescription) -> object:
    """Every name of a marker of a clip once, with its times."""
    rows = table("marker", "clip", "kind", "count", "at, seconds", numeric=("count",))
    for clip in description.clips:
        times: dict[tuple[str, str], list[float]] = {}
        for marker in clip.playing.markers:
            times.setdefault((marker.name, marker.kind), []).append(marker.time_s)
        for (name, kind), at in times.items():
            shown = ", ".join(f"{time_s:.2f}" for time_s in at[:_MOST_TIMES])
            rows.add_row(name, clip.name, kind, f"{len(at)}", shown + (", …" if len(at) > _MOST_TIMES else ""))
    return rows


def _levels_in_words(description: PackageDescription) -> str:
    sizes = ", ".join(f"{size:,}" for size in description.level_sizes)
    unfitted = len(description.level_sizes) - 1 - len(description.fitted_levels)
    return f"{sizes} ({unfitted} of them drawn larger, not fitted)" if unfitted else sizes


def _recipe_in_words(description: PackageDescription) -> str:
    refusal, recipe = description.recipe_refusal, description.recipe
    if refusal is not None:
        return f"cannot be read ({refusal.code}): {refusal.found}"
    if recipe is None:
        return "none: --into needs the avatar and its options"
    count = len(recipe.steps)
    files = len({file for step in recipe.steps for file in step.inputs})
    return f"{count} {'bake' if count == 1 else 'bakes'}, {files} input {'file' if files == 1 else 'files'}"


def _steps(recipe: Recipe) -> object:
    """Who baked which clips; the settings are in the JSON."""
    rows = table("clips", "made with")
    for step in recipe.steps:
        rows.add_row(", ".join(step.clips), ", ".join(f"{name} {value}" for name, value in step.made_with.items()))
    return rows


def _inputs(recipe: Recipe) -> object:
    """Every input file once, however many bakes read it."""
    rows = table("input", "name", "KB", "SHA-256", numeric=("KB",))
    for file in dict.fromkeys(file for step in recipe.steps for file in step.inputs):
        rows.add_row(file.role, file.name, f"{file.size_bytes / 1e3:.1f}", file.sha256)
    return rows
