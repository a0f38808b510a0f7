"""``ani3d info``: what is inside a package."""

from __future__ import annotations

from ani3d_runtime.cli.console import ConsoleArgument, table
from ani3d_runtime.package.describe import PackageDescription, describe_package
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.recipe import Recipe


def info(package: str, /, *, console: ConsoleArgument) -> None:
    """Show what is inside a package, without decoding it.

    Args:
        package: an .a3d file, or its URL in a store, of which only what is shown is read.
    """
    with Package.open(package) as opened:
        description = describe_package(opened)
    console.result(description.to_json(), *_human(description))


def _human(description: PackageDescription) -> list[object]:
    facts = table("", "")
    facts.add_row("avatar", description.avatar_name)
    facts.add_row("format", f"{description.format_version}, written by {description.writer}")
    facts.add_row(
        "size", f"{description.file_bytes / 1e6:.2f} MB, {description.shared_bytes / 1e6:.2f} MB shared by all clips"
    )
    facts.add_row("Gaussians", f"{description.gaussian_count:,} (harmonics of degree {description.sh_degree})")
    facts.add_row("parts", ", ".join(f"{name} {count:,}" for name, count in description.part_counts.items()))
    facts.add_row("levels of detail", ", ".join(f"{size:,}" for size in description.level_sizes))
    facts.add_row("joints, nodes", f"{description.joint_count}, {description.node_count}")
    driver = sum(section.stored_bytes for section in description.sections if section.name == "driver")
    facts.add_row("driver", f"{driver / 1e3:.1f} KB: cloth and hair follow live motions" if driver else "none")
    bounds = ", ".join(f"{name} {bound * 1e3:g}" for name, bound in description.part_max_error_m.items())
    facts.add_row("position bounds, mm", f"{bounds} (rest-pose space)")
    facts.add_row("digest", description.digest)
    facts.add_row("recipe", _recipe_in_words(description))
    names = ("frames", "fps", "seconds", "MB", "KB/frame", "kbit/s", "max mm")
    clips = table("clip", *names, numeric=names)
    for clip in description.clips:
        clips.add_row(
            clip.name,
            f"{clip.frame_count}",
            f"{clip.fps:g}",
            f"{clip.duration_s:.2f}",
            f"{clip.stored_bytes / 1e6:.2f}",
            f"{clip.kb_per_frame:.1f}",
            f"{clip.bitrate_kbit_s:.0f}",
            f"{clip.error.max_m * 1e3:.3f}",
        )
    sections = table("section", "count", "KB", numeric=("count", "KB"))
    for section in description.sections:
        sections.add_row(section.name, f"{section.count}", f"{section.stored_bytes / 1e3:.1f}")
    shown: list[object] = [facts, "", clips, "", sections]
    return (
        shown
        if description.recipe is None
        else [*shown, "", _steps(description.recipe), "", _inputs(description.recipe)]
    )


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
