"""What moves cloth and hair best in motions that were never baked, against the simulated truth; and what it costs.

    python -m benchmarks.driver [--json] [--motions dance run walk cmu_01_01] [--detail medium] [--practice 16]
        [--write docs/driver.md]

Every motion is held out in turn: the driver is fitted to the simulation of the others and of what it practises, which
is made up and holds none of them, then driven through it. Errors are root mean squares over control nodes and frames,
in rest-pose space, relative to those of the rigid layer. The limit is how far the truth goes from itself in a draught
that nobody feels, in the first frames of a motion: two runs of one unpredictable process are sqrt 2 times as far apart
as each is from the best forecast.

What is simulated and encoded is kept in the cache folder ``driver-benchmark``; delete it to begin anew.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.bake.characters import build_character
from ani3d_runtime.bake.driver_fit.clip_tracks import ClipTracks, clip_tracks
from ani3d_runtime.bake.driver_fit.correctives import fitted_correctives, joint_transforms, pose_features
from ani3d_runtime.bake.driver_fit.fit import fit_to_clips
from ani3d_runtime.bake.driver_fit.materials import swung
from ani3d_runtime.bake.driver_fit.practice import Practice
from ani3d_runtime.bake.practice_count import DEFAULT_MOTIONS
from ani3d_runtime.bake.recipe_numbers import CHARACTER
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.pose import Pose
from ani3d_runtime.body.readers.motion_file import read_motion
from ani3d_runtime.cache import cache_folder
from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.codec.sections.driver import encode_driver
from ani3d_runtime.codec.sections.driver_model import DriverModel
from ani3d_runtime.deformation import Detail, Frame
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.playback.driver import NodeDriver
from ani3d_runtime.playback.live import Driven
from ani3d_runtime.playback.picture import paint_posed
from ani3d_runtime.render.camera import Orbit, bounds_of
from ani3d_runtime.render.image import side_by_side, write_png
from ani3d_runtime.residual import ResidualLayer
from benchmarks.playback import processor

METHODS = (
    "rigid only",
    "nearest baked frame",
    "linear in the pose",
    "autoregressive",
    "(a) learned correctives",
    "(b) physics on nodes",
    "(a) + (b) without practice",
    "(a) + (b), what a package plays",
)
_TARGET_MS = 1.5
_RIDGE = 1.0
_MODES = 24
DRAUGHT_M_S = (0.02, 0.0, 0.0)
_APART_FRAMES = 100
_MARK = "<!-- table -->"


@dataclass(frozen=True)
class HeldOut:
    """One motion that the driver did not know.

    Attributes:
        rigid_rms_mm: rms displacement of nodes.
        errors: relative, in the order of ``METHODS``.
        apart: truth against truth in a draught, relative.
        cpu_ms: per frame of the whole driver, process time, as the clip's 30 poses a second come. cpu_60_ms: of 60.
        practice_cpu_s: of simulating practice, once per package.
        fit_cpu_s, section_bytes: of the driver, which practised.
    """

    motion: str
    rigid_rms_mm: float
    errors: tuple[float, ...]
    apart: float
    cpu_ms: float
    cpu_60_ms: float
    practice_cpu_s: float
    fit_cpu_s: float
    section_bytes: int


class Bench:
    """The dancer, its simulated clips and their control nodes."""

    def __init__(self, motions: Sequence[str], detail: str, practice: int) -> None:
        built = build_character("dancer", seed=0, detail=detail, progress=_silent)  # pyright: ignore[reportArgumentType]
        avatar = replace(built.avatar, binding=built.avatar.binding.snapped())
        self.character = replace(built, avatar=avatar)
        self.motions = [read_motion(name, avatar.skeleton) for name in motions]
        path = cache_folder("driver-benchmark") / f"{CHARACTER}-{detail}-{'-'.join(motions)}.a3d"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            clips = [ClipSource(m.name, m, self.character.simulate(m, _silent)) for m in self.motions]
            write_package(path, avatar, clips, bounds=PartBounds.of_quality("preview"))
        self.package = Package.open(path)
        self.tracks = clip_tracks(self.package)
        self.rest = self.package.deformation.node_rest_m.astype(np.float64)
        started = time.process_time()
        self.practice = Practice(self.character.simulate, practice).tracks(self.package, self.package.order, _silent)
        self.practice_cpu_s = time.process_time() - started

    def driver(self, model: DriverModel) -> NodeDriver:
        """A driver of the dancer."""
        return NodeDriver(model, self.package.skeleton, self.rest)

    def played(self, model: DriverModel, clip: ClipTracks) -> Float64Array:
        """[T, M, 3] what a model makes of a clip's poses."""
        driver = self.driver(model)
        driver.reset(clip.poses[0])
        moved = [driver.step(pose, 1 / clip.fps).node_displacements_m for pose in clip.poses]
        return np.stack(moved).astype(np.float64)

    def _timed(self, model: DriverModel, clip: ClipTracks) -> tuple[Float64Array, float]:
        """What :meth:`played` gives, and CPU milliseconds per frame."""
        started = time.process_time()
        moved = self.played(model, clip)
        return moved, (time.process_time() - started) / len(clip) * 1e3

    def held_out(self, index: int) -> HeldOut:
        """Fit to all clips but one, and drive that one."""
        clip, others = self.tracks[index], [t for k, t in enumerate(self.tracks) if k != index]
        started = time.process_time()
        model = fit_to_clips(self.package, others, _silent, self.practice)
        fit_s = time.process_time() - started
        unpractised = fit_to_clips(self.package, others, _silent)
        skeleton = self.package.skeleton
        skinning = [joint_transforms(skeleton, each) for each in others]
        moved = [each.displacements_m for each in others]
        hung = np.mean([each.mean(axis=0) for each in moved], axis=0)
        learned = fitted_correctives(skeleton, others, skinning, moved, hung)
        unmoved = replace(model.materials, share=np.zeros_like(model.materials.share))
        both, cpu_ms = self._timed(model, clip)
        _, cpu_60_ms = self._timed(model, replace(clip, fps=60.0))
        found = [
            np.zeros_like(clip.displacements_m),
            *self._regressed(clip, others, skinning),
            self.played(replace(model, materials=unmoved, correctives=learned), clip),
            swung(model, self.driver, clip),
            self.played(unpractised, clip),
            both,
        ]
        truth = clip.displacements_m
        return HeldOut(
            self.motions[index].name,
            1e3 * float(np.sqrt((truth**2).sum(axis=2).mean())),
            tuple(_relative(each, truth) for each in found),
            self._apart(self.motions[index]),
            cpu_ms,
            cpu_60_ms,
            self.practice_cpu_s,
            fit_s,
            len(encode_driver(model)),
        )

    def picture(self, index: int, model: DriverModel, frames: Sequence[int]) -> Float32Array:
        """Rigid layer, driver and truth in some frames, side by side, a row per frame."""
        clip, until = self.tracks[index], max(frames) + 1
        layer = self.character.simulate(_beginning(self.motions[index], until), _silent)
        driver = self.driver(model)
        driver.reset(clip.poses[0])
        driven = [driver.step(pose, 1 / clip.fps) for pose in clip.poses[:until]]
        deformers = Deformer(self.package.avatar(), self.package.deformation), Deformer(self.character.avatar)
        rows = [self._compared(deformers, clip.poses[frame], driven[frame], layer, frame) for frame in frames]
        return np.concatenate(rows)

    def _compared(
        self, deformers: tuple[Deformer, Deformer], pose: Pose, driven: Driven, layer: ResidualLayer, frame: int
    ) -> Float32Array:
        still = Driven(np.zeros_like(driven.node_displacements_m), _unturned(len(self.rest)), driven.coefficients)
        told = Detail(layer.indices, layer.dpos_m[frame], None if layer.drot_rad is None else layer.drot_rad[frame])
        hung, whole = deformers
        posed = [hung.pose(_frame(pose, still)), hung.pose(_frame(pose, driven)), whole.pose(_frame(pose, None, told))]
        orbit = Orbit(elevation_rad=0.08, width_px=300, height_px=440)
        points = posed[2].cloud.means_m
        low, high = bounds_of(points)
        target = (low + high) / 2
        camera = orbit.camera(target, 0.5, 1.08 * orbit.fitting_distance_m(np.clip(points, low, high), target, 0.5))
        labels = [f"rigid, frame {frame}", "driver", "truth"]
        return side_by_side([paint_posed(each, camera) for each in posed], labels=labels)

    def _regressed(
        self, clip: ClipTracks, others: Sequence[ClipTracks], skinning: Sequence[Float64Array]
    ) -> list[Float64Array]:
        """Nearest frame, linear, autoregressive."""
        skeleton = self.package.skeleton
        known = [pose_features(skeleton, each, moved) for each, moved in zip(others, skinning, strict=True)]
        asked = pose_features(skeleton, clip, joint_transforms(skeleton, clip))
        every = np.concatenate(known)
        mean, spread = every.mean(axis=0), every.std(axis=0) + 1e-3
        scaled = [np.clip((each - mean) / spread, -3, 3) for each in (*known, asked)]
        inputs, asked = np.concatenate(scaled[:-1]), scaled[-1]
        targets = np.concatenate([each.displacements_m.reshape(len(each), -1) for each in others])
        distances = (inputs**2).sum(axis=1)[None] - 2 * asked @ inputs.T
        nearest = targets[distances.argmin(axis=1)]
        linear = asked @ _ridge(inputs, targets)
        modes = np.linalg.svd(targets[:: max(1, len(targets) // 400)], full_matrices=False)[2][:_MODES]
        amounts = targets @ modes.T
        ends = np.cumsum([len(each) for each in others])
        going = np.setdiff1d(np.arange(len(amounts)), np.concatenate([[0], ends[:-1]]))
        step = _ridge(np.concatenate([amounts[going - 1], inputs[going]], axis=1), amounts[going])
        rolled, limits = [np.zeros(len(modes))], np.abs(amounts).max(axis=0)
        for row in asked:
            rolled.append(np.clip(np.concatenate([rolled[-1], row]) @ step, -limits, limits))
        shape = clip.displacements_m.shape
        return [each.reshape(shape) for each in (nearest, linear, np.array(rolled[1:]) @ modes)]

    def _apart(self, motion: Motion) -> float:
        beginning = _beginning(motion, _APART_FRAMES)
        still, blown = (self.character.simulate(beginning, _silent, wind_m_s=wind) for wind in ((0, 0, 0), DRAUGHT_M_S))
        return _relative(blown.dpos_m.astype(np.float64), still.dpos_m.astype(np.float64))


def _beginning(motion: Motion, count: int) -> Motion:
    rotations, root = motion.joint_rotations_wxyz[:count], motion.root_translation_m[:count]
    return replace(motion, joint_rotations_wxyz=rotations, root_translation_m=root)


def _frame(pose: Pose, driven: Driven | None, detail: Detail | None = None) -> Frame:
    none = np.zeros((0, 3), dtype=np.float32)
    return Frame(
        0.0,
        pose.root_translation_m,
        pose.joint_rotations_wxyz,
        none if driven is None else driven.node_displacements_m,
        np.zeros((0, 4), dtype=np.float32) if driven is None else driven.node_rotations_wxyz,
        np.zeros(0, dtype=np.float32),
        detail,
    )


def _unturned(count: int) -> Float32Array:
    return np.tile(np.array([1, 0, 0, 0], dtype=np.float32), (count, 1))


def _relative(found: Float64Array, truth: Float64Array) -> float:
    return float(np.sqrt(((found - truth) ** 2).sum() / (truth**2).sum()))


def _ridge(inputs: Float64Array, targets: Float64Array) -> Float64Array:
    gram = inputs.T @ inputs + _RIDGE * len(inputs) / 100 * np.eye(inputs.shape[1])
    return np.linalg.solve(gram, inputs.T @ targets)


def rows_of(found: Sequence[HeldOut]) -> list[tuple[str, list[str]]]:
    """The table, row by row."""
    rows = [(name, [f"{each.errors[k]:.2f}" for each in found]) for k, name in enumerate(METHODS)]
    rows.append(("truth against itself in a draught", [f"{each.apart:.2f}" for each in found]))
    rows.append(("limit of predictability", [f"{each.apart / np.sqrt(2):.2f}" for each in found]))
    rows.append(("rigid layer, mm rms", [f"{each.rigid_rms_mm:.0f}" for each in found]))
    rows.append((f"CPU ms a frame at 30/s (target {_TARGET_MS})", [f"{each.cpu_ms:.2f}" for each in found]))
    rows.append(("CPU ms a frame at 60/s", [f"{each.cpu_60_ms:.2f}" for each in found]))
    rows.append(("practice, CPU s", [f"{each.practice_cpu_s:.1f}" for each in found]))
    rows.append(("fit, CPU s", [f"{each.fit_cpu_s:.1f}" for each in found]))
    rows.append(("section, KB", [f"{each.section_bytes / 1e3:.1f}" for each in found]))
    return rows


def markdown(found: Sequence[HeldOut]) -> str:
    """The table as docs/driver.md has it."""
    names = " | ".join(each.motion for each in found)
    lines = [f"| held out: | {names} |", "|---|" + "---:|" * len(found)]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows_of(found))])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Drivers on held-out motions, against simulated truth.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--motions", nargs="+", default=["dance", "run", "walk", "cmu_01_01"])
    parser.add_argument("--detail", default="medium", help="level of detail of the dancer")
    parser.add_argument("--practice", type=int, default=DEFAULT_MOTIONS, help="made-up motions to learn from")
    parser.add_argument("--picture", type=Path, help="PNG of the first motion, held out: rigid, driver, truth")
    parser.add_argument("--frames", type=int, nargs="+", default=[90, 120, 135, 150], help="frames of the picture")
    parser.add_argument("--write", type=Path, help="put the table into this page")
    arguments = parser.parse_args()
    bench = Bench(arguments.motions, arguments.detail, arguments.practice)
    found = [bench.held_out(index) for index in range(len(bench.tracks))]
    if arguments.picture:
        model = fit_to_clips(bench.package, bench.tracks[1:], _silent, bench.practice)
        write_png(arguments.picture, bench.picture(0, model, arguments.frames))
    if arguments.write:
        head, _, tail = arguments.write.read_text(encoding="utf-8").partition(_MARK)
        after = tail.split(_MARK, 1)[1] if _MARK in tail else "\n"
        arguments.write.write_text(f"{head}{_MARK}\n\n{markdown(found)}\n\n{_MARK}{after}", encoding="utf-8")
    if arguments.json:
        rows = {name: cells for name, cells in rows_of(found)}
        motions = [each.motion for each in found]
        print(json.dumps({"benchmark": "driver", "cpu": processor(), "motions": motions, "rows": rows}))
        return
    table = Table("held out:", title=f"Driver on motions it does not know, relative to the rigid layer: {processor()}")
    for each in found:
        table.add_column(each.motion, justify="right")
    for name, cells in rows_of(found):
        table.add_row(name, *cells)
    Console().print(table)


def _silent(_: float) -> None:
    pass


if __name__ == "__main__":
    main()
