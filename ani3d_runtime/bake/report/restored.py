"""The report of a restored bake: pictures before and after, losses, trajectories, costs, and every setting."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

import numpy as np

import ani3d_runtime
from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.coarse.render import render_coarse
from ani3d_runtime.bake.coarse.sheet import coarse_sheet
from ani3d_runtime.bake.report.close_ups import close_ups
from ani3d_runtime.bake.report.page import Drawing, Figure, Picture, ReportTable
from ani3d_runtime.bake.report.plots import PALETTE, Line, line_plot
from ani3d_runtime.bake.restoration.plan import RestorationPlan
from ani3d_runtime.bake.restoration.restorer import RestoredClip
from ani3d_runtime.bake.restoration.video import RestoredVideo
from ani3d_runtime.bake.sampling.trajectory import Trajectory
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.render.image import contact_sheet
from ani3d_runtime.residual import ResidualLayer

_COLUMNS = 6
_SMALLEST_PX = 160
_LIBRARIES = ("numpy", "numba", "torch", "gsplat", "diffusers", "safetensors")


def clip_figures(avatar: Avatar, clip: RestoredClip, truth: ResidualLayer | None = None) -> list[Figure]:
    """Pictures of a few trajectories, and plots.

    Args:
        avatar: whose clip it is.
        clip: restored.
        truth: the true layer, where it is known; it gets a row of its own.
    """
    plan = clip.restoration.plan
    layers: dict[str, ResidualLayer | None] = {"rigid": None, "restored": clip.restoration.layer}
    if truth is not None:
        layers["simulated"] = truth
    figures: list[Figure] = [
        Picture.of(picture, f"{clip.motion.name}, garments near by: {', '.join(layers)}.")
        for picture in close_ups(avatar, clip.motion, layers)
    ]
    for video in clip.videos:
        rows = "coarse, restored by the prior, fitted" + ("" if truth is None else ", and the truth")
        sheet = before_and_after(avatar, clip.motion, video, clip.restoration.layer, truth)
        figures.append(Picture.of(sheet, f"{clip.motion.name}, {video.trajectory.name}: {rows}."))
    first = clip.videos[0]
    figures.append(
        Picture.of(
            _enlarged(coarse_sheet(first.coarse)),
            f"What the prior is told along {first.trajectory.name}: pictures, what is preserved (white), normals.",
        )
    )
    figures.append(Drawing(losses_drawing(clip), "Losses of the fit over its steps."))
    figures.append(
        Drawing(
            trajectories_drawing(plan, clip.motion),
            "Trajectories: the cameras from above, the actor's root in grey; and azimuth over time, a line each.",
        )
    )
    return figures


def clip_tables(clip: RestoredClip) -> list[ReportTable]:
    """What the stages cost, and what the plan was."""
    restoration = clip.restoration
    plan, name = restoration.plan, clip.motion.name
    costs = [
        (c.stage, c.units, c.reused, round(c.seconds, 2), round(c.cpu_seconds, 2), round(c.peak_bytes / 1e6, 1))
        for c in restoration.costs
    ]
    layer = restoration.layer
    moved = np.linalg.norm(layer.dpos_m, axis=2) * 1e3 if len(layer.indices) else np.zeros((1, 1))
    facts: list[tuple[str, str | float]] = [
        ("frames", layer.frame_count),
        ("Gaussians that move", len(layer.indices)),
        ("displacement, mm rms", float(np.sqrt(np.mean(np.square(moved))))),
        ("displacement, mm max", float(moved.max())),
        ("trajectories", len(plan.trajectories)),
        ("pictures restored", plan.picture_count),
        ("picture width, px", plan.size_px[1]),
        ("picture height, px", plan.size_px[0]),
        ("camera distance, m", plan.distance_m),
    ]
    return [
        ReportTable(f"{name}: stages", ("stage", "done", "reused", "seconds", "CPU seconds", "peak MB"), costs),
        ReportTable(f"{name}: figures", ("figure", "value"), facts),
    ]


def versions() -> dict[str, str]:
    """What computed it."""
    found = {"ani3d": ani3d_runtime.__version__, "python": platform.python_version(), "machine": platform.platform()}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def before_and_after(
    avatar: Avatar,
    motion: Motion,
    video: RestoredVideo,
    layer: ResidualLayer,
    truth: ResidualLayer | None = None,
) -> Float32Array:
    """[h, w, 3] rows coarse, restored, fitted, and truth where it is known; columns along the trajectory."""
    chosen = np.unique(np.linspace(0, video.trajectory.frame_count - 1, _COLUMNS).astype(int))
    path = Trajectory(
        video.trajectory.name,
        tuple(video.trajectory.cameras[index] for index in chosen),
        video.trajectory.times_s[chosen],
        video.trajectory.fps,
    )
    rows = {
        "coarse": video.coarse.rgb[chosen],
        "restored": video.rgb[chosen],
        "fitted": render_coarse(avatar, motion, path, layer=layer).rgb,
    }
    if truth is not None:
        rows["truth"] = render_coarse(avatar, motion, path, layer=truth).rgb
    pictures = [_enlarged(picture) for row in rows.values() for picture in row]
    labels = [name if column == 0 else "" for name in rows for column in range(len(chosen))]
    return contact_sheet(pictures, columns=len(chosen), labels=labels)


def losses_drawing(clip: RestoredClip) -> str:
    """A plot per term."""
    losses = clip.restoration.losses
    if len(losses) < 2:
        return "<p>Too few steps for a curve.</p>"
    return "".join(
        line_plot(
            [Line(losses[:, 0], losses[:, column])],
            title=title,
            x_label="step",
            width=440,
            height=220,
            log_y=bool((losses[:, column] > 0).all()),
        )
        for column, title in ((1, "loss of pictures"), (2, "loss of cloth"))
    )


def trajectories_drawing(plan: RestorationPlan, motion: Motion) -> str:
    """Cameras from above, and azimuth over time."""
    root = motion.root_translation_m.astype(np.float64)
    above = [Line(root[:, 0], -root[:, 2], "#9ca3af", "root")]
    over_time: list[Line] = []
    for number, turn in enumerate(plan.rounds):
        for index, trajectory in enumerate(turn.trajectories):
            colour = PALETTE[number % len(PALETTE)]
            label = f"round {number + 1}" if index == 0 and len(plan.rounds) > 1 else ""
            eyes = np.stack([camera.position_m for camera in trajectory.cameras]).astype(np.float64)
            above.append(Line(eyes[:, 0], -eyes[:, 2], colour))
            azimuth = azimuths_deg(trajectory)
            # A line that leaves at 360° comes in again at 0°.
            folded = np.mod(azimuth, 360.0)
            folded[1:][np.abs(np.diff(folded)) > 180] = np.nan
            over_time.append(Line(trajectory.times_s, folded, colour, label))
    return line_plot(above, title="from above, m", x_label="x", width=400, height=400, square=True) + line_plot(
        over_time, title="azimuth, degrees", x_label="time, s", width=480, height=400
    )


def azimuths_deg(trajectory: Trajectory) -> Float64Array:
    """[F] where each camera stands around what it looks at: 0 before the face, positive towards +X, unwrapped."""
    backward = np.stack([-camera.world_to_camera[2, :3] for camera in trajectory.cameras]).astype(np.float64)
    return np.rad2deg(np.unwrap(np.arctan2(backward[:, 0], backward[:, 2])))


def _enlarged(picture: Float32Array) -> Float32Array:
    """Small pictures with their pixels repeated, so that they can be seen."""
    times = max(1, -(-_SMALLEST_PX // picture.shape[0]))
    return np.repeat(np.repeat(picture, times, axis=0), times, axis=1)


def summary_of(clips: Sequence[RestoredClip]) -> str:
    """One sentence for the head of the page."""
    pictures = sum(clip.restoration.plan.picture_count for clip in clips)
    names = ", ".join(clip.motion.name for clip in clips)
    return f"{names}: {pictures} pictures restored and a residual field fitted to them."
