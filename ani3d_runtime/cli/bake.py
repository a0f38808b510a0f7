"""``ani3d bake``: an .a3d package from an avatar and its motions."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from ani3d_runtime.bake.character_names import DetailName
from ani3d_runtime.bake.quality import BakeQuality
from ani3d_runtime.bake.restoration.settings import RestoreSettings
from ani3d_runtime.body.readers import MotionOptions, builtin_motion_names
from ani3d_runtime.body.readers.options import Ground, MotionAxes, Unit
from ani3d_runtime.cli import exit_codes
from ani3d_runtime.cli.console import Console, ConsoleArgument, table
from ani3d_runtime.errors import UsageError
from ani3d_runtime.geometry.frames import Axes
from ani3d_runtime.package.writer import WriteReport

# What bakes comes with an extra. This module does without, so that help and completion do, too.
if TYPE_CHECKING:
    from ani3d_runtime.bake.job import BakeReport
    from ani3d_runtime.bake.restoration.plan import RestorationPlan
    from ani3d_runtime.bake.settings import BakeSettings

_OF_A_PLY = ("axes", "drop_nan", "fit", "rest_pose", "parts", "drop_floor", "drop_strays")
_OF_A_BUILT_IN = ("seed", "detail")


def bake(
    avatar: str | None = None,
    /,
    *,
    motion: Annotated[list[str] | None, Parameter(consume_multiple=False, negative="")] = None,
    clip_name: Annotated[list[str] | None, Parameter(consume_multiple=False, negative="")] = None,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    into: Path | None = None,
    residual: Annotated[list[str] | None, Parameter(consume_multiple=False, negative="")] = None,
    body: str | None = None,
    axes: Axes | None = None,
    drop_nan: Annotated[bool, Parameter(negative="")] = False,
    fit: Literal["auto", "none"] | None = None,
    drop_floor: Annotated[bool, Parameter(negative="")] = False,
    drop_strays: Annotated[bool, Parameter(negative="")] = False,
    rest_pose: str | None = None,
    parts: Path | None = None,
    max_error_mm: float | None = None,
    quality: BakeQuality | None = None,
    motion_unit: Unit = "auto",
    motion_axes: MotionAxes = "auto",
    joint_mapping: Path | None = None,
    reference_frame: int | None = None,
    take: str | None = None,
    ground: Ground = "keep",
    lock_feet: Annotated[bool, Parameter(negative="")] = False,
    fps: float | None = None,
    start_frame: int = 0,
    stop_frame: int | None = None,
    loop: Annotated[list[str] | None, Parameter(consume_multiple=False, negative="")] = None,
    markers: Path | None = None,
    in_place: Annotated[bool, Parameter(negative="")] = False,
    seed: int | None = None,
    detail: DetailName | None = None,
    practice: int | None = None,
    avatar_from: str | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    restoring: Annotated[RestoreSettings | None, Parameter(name="*", group="Restored residuals", negative="")] = None,
    console: ConsoleArgument,
) -> int:
    """Make an .a3d package from an avatar and its motions.

    Args:
        avatar: dancer, runner or longhair; or a file of Gaussians, such as .ply, .spz or .sog ('ani3d formats' lists
            all). May be left out with --into.
        motion: dance, run, walk or cmu_01_01; or an AMASS or plain .npz, or a .bvh. Give it once per clip. A clip is
            named after the file's stem.
        clip_name: name of the clip; once per motion, in the same order. Left out: the file's stem.
        output: the .a3d file to write.
        into: an .a3d file to add the clips to, instead of --output. What it holds stays byte for byte; the avatar and
            its options are as it was baked with; the driver is fitted anew.
        residual: none, simulated, restored by a generative prior, a plugin's name, or an .npz with dpos_m [T, N, 3]
            and optional drot_rad, dlogscale, dcolour. Once for all clips or once per clip. Left out: simulated for a
            built-in avatar, none for a PLY.
        body: your own SMPL, SMPL-H or SMPL-X .npz or .pkl; builtin when left out.
        axes: how the file's axes lie: rdf (3DGS), yup or zup; when left out, as its format says, or rdf, and others
            where the body stands in those.
        drop_nan: leave Gaussians with NaN out instead of refusing the file.
        fit: auto, the default, turns, moves and scales the file to the body; none takes its metres as they are.
        drop_floor: leave out a floor that was captured around the feet.
        drop_strays: leave out Gaussians far from the body.
        rest_pose: the pose the file was captured in: t (the default), a, auto to have it found, or an .npz with poses,
            and optional trans and betas. Where the person stands otherwise, that is found, used and said.
        parts: .npz with parts [N] for the PLY; guessed when left out.
        max_error_mm: bound on every Gaussian's position in every frame, in rest-pose space; 1 mm when neither it nor
            --quality is given.
        quality: bounds that differ from part to part, the face tightest and hair loosest, which --max-error-mm wins
            over; and the effort that restoring takes, a draft's when left out.
        motion_unit: unit of a motion file; detected and said when auto.
        motion_axes: axes of a motion file's world; judged by whether the body stands in them when auto.
        joint_mapping: JSON from a skeleton's joint names to the body's, where they are no known tool's.
        reference_frame: frame of a .bvh, counted before --start-frame, in which the person stands as the body does,
            upright and looking ahead; found when left out.
        take: which take of a motion file with several: the name that the warning about them has; of a BVH, the number
            of its MOTION section.
        ground: keep leaves the root as captured, floor puts the steps at height zero.
        lock_feet: plant standing feet: they do not slide, and their soles are on the floor. Built-in motions have them
            planted.
        fps: resample motions to this rate; the capture's own when left out.
        start_frame: first frame of a motion to keep; CMU captures begin with a T pose at frame 0. Cloth is simulated
            through up to 4 s before it, from the last cut on, which takes as long as baking these frames would.
        stop_frame: frame before which to stop.
        loop: bake one period of a motion, joined so that it loops without a seam: auto finds the period, START-END
            says it (the pose of START comes again at END). NAME=auto and NAME=START-END are for one of several motions,
            and win over --loop auto for all. Frames are those that are baked: counted after --start-frame, --stop-frame
            and --fps.
        markers: JSON of your own markers: {"CLIP": [{"name": "bell", "time_s": 0.5}]}, or "frame" for "time_s".
            Contacts of feet are found and stored besides.
        in_place: players leave the root's way over the ground out unless asked: for clips that a character controller
            leads. It is for all motions of this bake. The root's path stays in the package.
        seed: of a built-in avatar; 0 when left out.
        detail: how many Gaussians a built-in avatar has; medium when left out.
        practice: so many made-up motions of 4 s are simulated, beside the clips, to fit what drives cloth and hair
            live; 16 when left out, 0 for none. They are not stored. Not where a residual comes from a file.
        avatar_from: the plugin that makes the avatar of a picture, or of a folder of pictures, given as AVATAR; 'ani3d
            formats' lists what is installed.
        force: replace the output; with --into, the clips of the same name.
        dry_run: read and check every input, say what restoring would take, and write nothing.
    """
    chosen = {
        "avatar": avatar,
        "motions": tuple(motion or ()) or None,
        "residuals": tuple(residual or ()),
        "body": body,
        "axes": axes,
        "fit": fit,
        "rest_pose": rest_pose,
        "drop_nan": drop_nan or None,
        "drop_floor": drop_floor or None,
        "drop_strays": drop_strays or None,
        "parts": parts,
        "motion_options": MotionOptions(
            unit=motion_unit,
            axes=motion_axes,
            mapping=joint_mapping,
            start=start_frame,
            stop=stop_frame,
            fps=fps,
            ground=ground,
            lock_feet=lock_feet,
            reference_frame=reference_frame,
            take=take,
        ),
        "clip_names": tuple(clip_name or ()) or None,
        "loops": tuple(loop or ()) or None,
        "markers": markers,
        "in_place": in_place,
        "max_error_m": None if max_error_mm is None else max_error_mm * 1e-3,
        "quality": quality,
        "restoring": restoring,
        "seed": seed,
        "detail": detail,
        "practice": practice,
        "overwrite": force,
    }
    from ani3d_runtime.bake.job import run_bake
    from ani3d_runtime.bake.report.command import flag_of

    try:
        given = {name: value for name, value in chosen.items() if value is not None}
        _refuse_incomplete(given, output, into)
        if avatar_from is not None:
            given |= _generated(avatar_from, given, console)
        settings = _settings(given, output, into)
        report = run_bake(settings, console.progress, dry_run=dry_run)
    except UsageError as error:
        flag = flag_of(error.subject)
        if flag is None:
            raise
        raise UsageError(error.code, flag, found=error.found, expected=error.expected, fix=error.fix) from None
    for note in report.notes:
        console.say(f"note: {note}")
    for warning in report.warnings:
        console.doubt(warning)
    console.result(report.to_json(), *_human(report))
    return exit_codes.OK


def _generated(generator: str, given: Mapping[str, object], console: Console) -> dict[str, Any]:
    """The fields of an avatar that a plugin makes of pictures, which says itself how it stands."""
    from ani3d_runtime.bake.generators.avatar import generated_avatar

    idle = [name for name in ("axes", "rest_pose", "parts", *_OF_A_BUILT_IN) if name in given]
    if idle or "avatar" not in given:
        raise UsageError(
            "bake-avatar-from",
            f"--{idle[0].replace('_', '-')}" if idle else "AVATAR",
            found="an option of avatars that are there" if idle else "none",
            expected="pictures in place of the avatar, and what made them says the rest",
            fix=f"ani3d bake --avatar-from {generator} photo.jpg --motion dance -o me.a3d",
        )
    with console.progress(f"avatar by {generator}") as progress:
        return generated_avatar(generator, Path(str(given["avatar"])), progress)


def _refuse_incomplete(given: Mapping[str, object], output: Path | None, into: Path | None) -> None:
    """Refuse a command that says too little; nothing has been done for it yet."""
    if "motions" not in given:
        raise UsageError(
            "bake-no-motion",
            "--motion",
            found="none",
            expected=f"a motion file, or one of {', '.join(builtin_motion_names())}",
            fix="Name one: --motion walk, or --motion YOURS.bvh; once per clip.",
        )
    if (into is None) == (output is None):
        raise UsageError(
            "bake-output-or-into",
            "--output",
            found="neither --output nor --into" if into is None else "both --output and --into",
            expected="one of the two",
            fix="-o writes a new package, --into adds clips to one that is there.",
        )
    if into is None and "avatar" not in given:
        raise UsageError(
            "bake-no-avatar",
            "AVATAR",
            found="none",
            expected="a built-in name or a 3DGS .ply",
            fix="Name one: ani3d bake dancer --motion dance -o dancer.a3d",
        )


def _settings(given: dict[str, Any], output: Path | None, into: Path | None) -> BakeSettings:
    """The settings: given values over a package's recipe, or over the defaults."""
    from ani3d_runtime.bake.into import settings_into
    from ani3d_runtime.bake.settings import BakeSettings

    if into is not None:
        return settings_into(into, given)
    assert output is not None
    settings = BakeSettings(**given, output=output)
    _refuse_idle_options(given, settings.is_builtin)
    return settings


def _refuse_idle_options(given: Mapping[str, object], is_builtin: bool) -> None:
    """Refuse options that say nothing about this kind of avatar."""
    idle = [name for name in (_OF_A_PLY if is_builtin else _OF_A_BUILT_IN) if name in given]
    if idle:
        raise UsageError(
            "bake-idle-option",
            f"--{idle[0].replace('_', '-')}",
            found=f"an option of {'a PLY' if is_builtin else 'built-in avatars'}, and the avatar {given['avatar']}",
            expected=f"an avatar from a {'3DGS .ply' if is_builtin else 'built-in name'}",
            fix="Leave the option out.",
        )


def _human(report: BakeReport) -> list[object]:
    if report.written is None:
        done = f"every input can be baked: {report.gaussian_count:,} Gaussians; nothing was written"
        plans = report.plans.items()
        return [done, *(line for name, plan in plans for line in (_planned(name, plan), *map(str, plan.recipe)))]
    seconds = sum(report.stage_seconds.values())
    head = (
        f"{report.settings.output}: {report.gaussian_count:,} Gaussians, "
        f"{report.written.file_bytes / 1e6:.2f} MB, baked in {seconds:.1f} s"
    )
    clips = [clip.name for clip in report.written.clips]
    named = f" --clip {shlex.quote(clips[-1])}" if len(clips) > 1 else ""
    look = f"next: ani3d render {report.settings.output}{named} --frame 0 -o frame.png"
    if report.settings.report is not None:
        look = f"next: open {report.settings.report}"
    return [head, clip_table(report.written), look]


def _planned(name: str, plan: RestorationPlan) -> str:
    first = plan.trajectories[0]
    return (
        f"{name}: {len(plan.trajectories)} trajectories of {first.frame_count} pictures of "
        f"{plan.size_px[1]}x{plan.size_px[0]}, in {len(plan.rounds)} round(s), {plan.fit_steps:,} steps of the fit; "
        f"about {plan.memory_bytes / 1e9:.1f} GB of memory and {plan.disk_bytes / 1e9:.2f} GB of disk"
    )


def clip_table(written: WriteReport) -> object:
    """Sizes and verified errors, a row per clip."""
    names = ("frames", "MB", "KB/frame", "rms mm", "p99.9 mm", "max mm")
    rows = table("clip", *names, numeric=names)
    for clip in written.clips:
        rows.add_row(
            clip.name,
            f"{clip.frame_count}",
            f"{clip.stored_bytes / 1e6:.2f}",
            f"{clip.stored_bytes / clip.frame_count / 1e3:.1f}",
            *(f"{value * 1e3:.3f}" for value in (clip.error.rms_m, clip.error.p99_9_m, clip.error.max_m)),
        )
    return rows
