"""What a driver does when the root is put elsewhere or turned in one step: snap turns, jumps, cuts, respawns.

    python -m benchmarks.motion.turns a.a3d [--rates 30 60 90] [--picture docs/images/motion-snap-turn.webp] [--json]

The avatar stands in the first pose of a clip until its cloth hangs still; then its root moves as the row says, and it
stands again. Distances are those of the nodes to a driver that was reset in the last pose and has settled. A driver
that carries cloth and hair along has nothing to recover from. Last rows: the clip `run` on the way at 3 m/s, turned on
the way, against the same run that was never turned; and one that was only nudged, because folds that run never come the
same way twice.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.pose import Pose
from ani3d_runtime.geometry.quaternion import multiply, quaternion_from_rotation_vector, rotate
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.driver import driver_of
from ani3d_runtime.playback.live import LivePlayer
from ani3d_runtime.playback.picture import paint_posed
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.render.camera import Orbit, bounds_of
from ani3d_runtime.render.image import side_by_side

_SETTLING_S, _WATCHED_S, _OFF_M = 3.0, 6.0, 0.05
_RUN_M_S = 3.0


class Event(NamedTuple):
    """How the root goes from its place to another one.

    Attributes:
        turn_rad: [3] rotation vector. shift_m: [3]. over_s: how long it takes; 0 for one step.
    """

    name: str
    turn_rad: tuple[float, float, float]
    shift_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    over_s: float = 0.0


class Row(NamedTuple):
    """What came of an event.

    Attributes:
        peak_mm: how far a node was off at most.
        off_1_s, off_6_s: nodes more than 50 mm off so long after.
        recovered_s: after which all nodes stay within 50 mm; None for never.
        resets: of the driver.
    """

    name: str
    hz: int
    peak_mm: float
    off_1_s: int
    off_6_s: int
    recovered_s: float | None
    resets: int


EVENTS = (
    *(Event(f"turn {degrees}°", (0, np.radians(degrees), 0)) for degrees in (15, 20, 30, 45, 90, 180)),
    Event("turn 180° over 0.1 s", (0, np.pi, 0), over_s=0.1),
    Event("turn 180° over 0.2 s", (0, np.pi, 0), over_s=0.2),
    *(Event(f"jump {metres} m", (0, 0, 0), (0, 0, metres)) for metres in (0.1, 0.2, 0.3, 0.5, 0.7, 5.0)),
    Event("jump 0.7 m over 0.05 s", (0, 0, 0), (0, 0, 0.7), over_s=0.05),
    Event("turn 90° and jump 2 m", (0, np.pi / 2, 0), (1.2, 0, 1.6)),
    Event("tilt 90°, as who gets up", (np.pi / 2, 0, 0)),
)

# What a driver that runs makes of next to nothing: how far two runs go apart by themselves.
_NUDGE = Event("nudged by 10 mm", (0, 0, 0), (0, 0, 0.01))


def moved(pose: Pose, event: Event, share: float) -> Pose:
    """The pose, turned and shifted about its root by a share of an event."""
    turn = quaternion_from_rotation_vector(share * np.array([event.turn_rad]))[0]
    rotations = pose.joint_rotations_wxyz.copy()
    rotations[0] = multiply(turn, rotations[0].astype(np.float64))
    root = pose.root_translation_m + share * np.array(event.shift_m, dtype=np.float32)
    return Pose(root.astype(np.float32), rotations.astype(np.float32))


def standing(package: Package, pose: Pose, event: Event, hz: int) -> Row:
    """An event while the avatar stands in ``pose``."""
    player, last = LivePlayer(package, driver_of(package)), moved(pose, event, 1.0)
    settled = _places(package, [last] * round(_SETTLING_S * hz), hz)[-1]
    for step in range(round(_SETTLING_S * hz)):
        player.step(pose, step / hz)
    start = round(_SETTLING_S * hz)
    steps = max(1, round(event.over_s * hz))
    poses = [moved(pose, event, min(1.0, (k + 1) / steps)) for k in range(round(_WATCHED_S * hz))]
    before = player.reset_count
    found = np.stack([player.step(each, (start + k) / hz).node_displacements_m for k, each in enumerate(poses)])
    return _row(event.name, hz, found[steps - 1 :] - settled, player.reset_count - before)


def respawning(package: Package, pose: Pose, hz: int) -> Row:
    """A fall of a second, and standing where it began."""
    player, start = LivePlayer(package, driver_of(package)), round(_SETTLING_S * hz)
    still = [player.step(pose, step / hz).node_displacements_m for step in range(start)][-1]
    for step in range(hz):
        way = np.array([0, -0.5 * 9.81 * (step / hz) ** 2, 0])
        player.step(_at(pose, way), (start + step) / hz)
    before, start = player.reset_count, start + hz
    found = [player.step(pose, (start + k) / hz).node_displacements_m for k in range(round(_WATCHED_S * hz))]
    return _row("falls for 1 s, respawns", hz, np.stack(found).astype(np.float64) - still, player.reset_count - before)


def running(package: Package, event: Event, hz: int) -> Row:
    """An event on the way, against the same way without: the way after it is turned with the root."""
    clip = ClipPlayer(package, "run", layer="rigid")
    count = round(4 * hz)
    straight: list[Pose] = []
    for k in range(count):
        frame = clip.frame_at(k / hz)
        pose = Pose(frame.root_translation_m, frame.joint_rotations_wxyz)
        straight.append(_at(pose, np.array([0, 0, k * _RUN_M_S / hz])))
    turn = quaternion_from_rotation_vector(np.array([event.turn_rad]))[0]
    pivot = straight[count // 2 - 1].root_translation_m
    turned = straight[: count // 2]
    for pose in straight[count // 2 :]:
        way = (pose.root_translation_m - pivot).astype(np.float64)
        turned.append(_at(moved(pose, event, 1.0), rotate(turn, way) - way))
    wanted, found = _places(package, straight, hz), _places(package, turned, hz)
    return _row(f"running, {event.name}", hz, (found - wanted)[count // 2 :], 0)


def _at(pose: Pose, shift_m: Float64Array) -> Pose:
    root = pose.root_translation_m + shift_m.astype(np.float32)
    return Pose(root.astype(np.float32), pose.joint_rotations_wxyz)


def _places(package: Package, poses: Sequence[Pose], hz: int) -> Float64Array:
    """[T, M, 3] displacements of the nodes over poses of a player of its own."""
    player = LivePlayer(package, driver_of(package))
    return np.stack([player.step(pose, k / hz).node_displacements_m for k, pose in enumerate(poses)]).astype(np.float64)


def _row(name: str, hz: int, apart_m: Float64Array, resets: int) -> Row:
    distances = np.linalg.norm(apart_m, axis=2)
    off = np.flatnonzero((distances > _OFF_M).any(axis=1))
    recovered = 0.0 if len(off) == 0 else None if off[-1] == len(distances) - 1 else float(off[-1] + 1) / hz
    after = [int((distances[min(round(s * hz), len(distances) - 1)] > _OFF_M).sum()) for s in (1.0, 6.0)]
    return Row(name, hz, 1e3 * float(distances.max()), after[0], after[1], recovered, resets)


def picture(package: Package, pose: Pose, path: Path) -> None:
    """A snap turn of 180 degrees, seen from the avatar's own right: before, 1 frame, 12 frames, 0.5 s and 6 s after."""
    from PIL import Image

    hz, half = 60, Event("", (0, np.pi, 0))
    player, shown = LivePlayer(package, driver_of(package)), []
    after = {0: "before", 1: "1 frame after", 12: "12 frames", 30: "0.5 s", 360: "6 s"}
    start = round(_SETTLING_S * hz)
    for step in range(start + 361):
        number = step - start
        frame = player.step(moved(pose, half, float(number > 0)), step / hz)
        if number in after:
            posed = player.pose(frame)
            low, high = bounds_of(posed.cloud.means_m)
            orbit = Orbit(elevation_rad=0.08, width_px=200, height_px=380)
            distance_m = orbit.fitting_distance_m(posed.cloud.means_m, (low + high) / 2, 0.5)
            shown.append(paint_posed(posed, orbit.camera((low + high) / 2, 0.7, 1.1 * distance_m)))
    strip = side_by_side(shown, labels=list(after.values()))
    Image.fromarray((np.clip(strip, 0, 1) * 255).astype(np.uint8)).save(path, quality=80, method=6)


def rows_of(package: Package, rates: Sequence[int], tell: Callable[[str], None]) -> list[Row]:
    """Every event at every rate."""
    motion = package.clip(package.clip_names[0]).motion()
    pose = Pose(motion.root_translation_m[0], motion.joint_rotations_wxyz[0])
    rows: list[Row] = []
    for hz in rates:
        for event in EVENTS:
            tell(event.name)
            rows.append(standing(package, pose, event, hz))
        rows.append(respawning(package, pose, hz))
        if "run" in package.clip_names:
            rows += [running(package, event, hz) for event in (*EVENTS[3:6], _NUDGE)]
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Snap turns and jumps of a driven avatar.")
    parser.add_argument("package", type=Path)
    parser.add_argument("--rates", type=int, nargs="+", default=[30, 60, 90], help="poses a second")
    parser.add_argument("--picture", type=Path, help="WebP of a snap turn by 180 degrees")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    console = Console(stderr=True)
    with Package.open(arguments.package) as package, console.status("") as status:
        if driver_of(package) is None:
            raise SystemExit(f"{arguments.package}: a package without a driver")
        motion = package.clip(package.clip_names[0]).motion()
        pose = Pose(motion.root_translation_m[0], motion.joint_rotations_wxyz[0])
        if arguments.picture:
            picture(package, pose, arguments.picture)
        rows = rows_of(package, arguments.rates, status.update)
        nodes = package.manifest.node_count
    if arguments.json:
        print(json.dumps({"benchmark": "turns", "nodes": nodes, "rows": [row._asdict() for row in rows]}))
        return
    table = Table("event", title=f"{arguments.package.name}: {nodes} nodes, off by more than 50 mm")
    for head in ("Hz", "peak mm", "off after 1 s", "off after 6 s", "all within 50 mm after s", "resets"):
        table.add_column(head, justify="right")
    for row in rows:
        within = "never" if row.recovered_s is None else f"{row.recovered_s:.2f}"
        cells = f"{row.hz}", f"{row.peak_mm:.0f}", f"{row.off_1_s}", f"{row.off_6_s}", within, f"{row.resets}"
        table.add_row(row.name, *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
