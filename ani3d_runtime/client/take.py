"""Take: the frames of a live session, kept as a motion file."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import Ani3dError, MotionError, UsageError
from ani3d_runtime.geometry.quaternion import rotation_vector_from_quaternion, slerp
from ani3d_runtime.replacing import replacing_file

MAX_TAKE_S = 3600.0
MAX_TAKE_FRAMES = 500_000
# Where nothing comes for longer, something is missing.
_GAP_S = 0.5
# Two clocks that differ by more between two frames tell of a clock that was set, or of another publisher.
_CLOCKS_AGREE_S = 1.0
_USUAL_FPS = (24.0, 25.0, 30.0, 48.0, 50.0, 60.0, 72.0, 90.0, 100.0, 120.0, 240.0)
_NEAR_USUAL = 0.04
_SLOWEST_FPS, _FASTEST_FPS = 1.0, 240.0
_FPS_OF_ONE_FRAME = 30.0


class Take:
    """Keeps the poses of light frames as they come, and writes them as an .npz motion at an even rate.

    Poses come when they were captured, give or take; a motion has them at an even rate. The rate is that of most of
    the frames, or the usual one that is within 4 % of it. Poses between two frames lie on the straight way between
    them. Cloth and hair are not kept: a bake simulates them. Curves, such as blend shapes of a face, are kept under
    their names beside the motion.
    """

    def __init__(self) -> None:
        self._times_s: list[float] = []
        self._clocks_s: tuple[float, float | None] = (0.0, None)
        self._roots: list[Float32Array] = []
        self._rotations: list[Float32Array] = []
        self._curves: list[tuple[tuple[str, ...], Float32Array | None]] = []

    @property
    def frame_count(self) -> int:
        """Frames that were kept."""
        return len(self._times_s)

    @property
    def is_full(self) -> bool:
        """Whether it lasts an hour, or has half a million frames: no more are kept."""
        return self.frame_count >= MAX_TAKE_FRAMES or (self.frame_count > 0 and self._times_s[-1] >= MAX_TAKE_S)

    def add(self, frame: Frame, curve_names: tuple[str, ...] = ()) -> None:
        """Keep the pose of a frame of a live session; one that is not later than the last is left out.

        Args:
            frame: of the session.
            curve_names: what its curves are.
        """
        step_s = self._step_s(frame)
        if self.is_full or (self.frame_count and step_s <= 0):
            return
        self._clocks_s = frame.time_s, frame.capture_time_s
        if self.frame_count == 1 and step_s > _GAP_S:
            # Who comes late gets the latest frame at once, however old it is: it is no part of what follows.
            self._times_s, self._roots, self._rotations, self._curves = [], [], [], []
        self._times_s.append(self._times_s[-1] + step_s if self._times_s else 0.0)
        self._roots.append(frame.root_translation_m)
        self._rotations.append(frame.joint_rotations_wxyz)
        is_known = frame.curves is not None and len(frame.curves) == len(curve_names)
        self._curves.append((curve_names, frame.curves) if is_known else ((), None))

    def save(self, path: Path, joint_names: tuple[str, ...]) -> float:
        """Write an .npz motion: ``poses`` [T, J, 3] rotation vectors, ``trans`` [T, 3] metres, Y up, ``fps``, names.

        Where there were curves, ``curves`` [T, C] and ``curve_names`` as well; a curve is 0 where it did not come.

        Args:
            path: the file, which is there as a whole or not at all.
            joint_names: J names, in the order of the frames' joints.

        Returns:
            frames per second.

        Raises:
            UsageError: ``take-empty``. ResourceError: ``disk-full``, ``output-unwritable``.
        """
        if not self.frame_count:
            raise _empty(str(path))
        fps = self.fps
        times = np.array(self._times_s)
        grid = np.arange(int(np.floor(times[-1] * fps + 1e-6)) + 1) / fps
        after = np.clip(np.searchsorted(times, grid, side="right"), 1, max(len(times) - 1, 1))
        before = after - 1
        after = np.minimum(after, len(times) - 1)
        gap = np.maximum(times[after] - times[before], 1e-9)
        share = np.clip((grid - times[before]) / gap, 0.0, 1.0)
        roots = np.stack(self._roots)
        rotations = np.stack(self._rotations)
        vectors = np.empty((len(grid), rotations.shape[1], 3), dtype=np.float32)
        for joint in range(rotations.shape[1]):  # one by one, so that memory stays that of the take
            turns = slerp(rotations[before, joint], rotations[after, joint], share[:, None])
            vectors[:, joint] = rotation_vector_from_quaternion(turns)
        trans = roots[before] * (1 - share[:, None]) + roots[after] * share[:, None]
        names, values = self._all_curves()
        mixed = values[before] * (1 - share[:, None]) + values[after] * share[:, None]
        curves: dict[str, Any] = {"curves": mixed.astype(np.float32), "curve_names": np.array(names)} if names else {}
        with replacing_file(path) as file:
            np.savez_compressed(
                cast(IO[bytes], file),
                poses=vectors,
                trans=trans.astype(np.float32),
                fps=np.float64(fps),
                joint_names=np.array(joint_names),
                **curves,
            )
        return fps

    def _all_curves(self) -> tuple[list[str], Float32Array]:
        """All names, in the order in which they came, and [frames, C] their values."""
        names = list(dict.fromkeys(name for given, _ in self._curves for name in given))
        place = {name: column for column, name in enumerate(names)}
        values = np.zeros((self.frame_count, len(names)), dtype=np.float32)
        for row, (given, curves) in enumerate(self._curves):
            if curves is not None:
                values[row, [place[name] for name in given]] = curves
        return names, values

    @property
    def curve_names(self) -> tuple[str, ...]:
        """Of the curves that were kept."""
        return tuple(dict.fromkeys(name for given, _ in self._curves for name in given))

    @property
    def fps(self) -> float:
        """Frames per second of the motion, from how far most frames are from the next."""
        if self.frame_count < 2:
            return _FPS_OF_ONE_FRAME
        found = 1 / float(np.median(np.diff(self._times_s)))
        near = min(_USUAL_FPS, key=lambda usual: abs(usual - found))
        if abs(near - found) <= _NEAR_USUAL * near:
            return near
        return round(float(np.clip(found, _SLOWEST_FPS, _FASTEST_FPS)), 3)

    def doubts(self, subject: str) -> list[Ani3dError]:
        """What is likely wrong with the take: nothing came, something is missing, or it was cut off."""
        if not self.frame_count:
            return [_empty(subject)]
        found: list[Ani3dError] = []
        steps = np.diff(self._times_s)
        gaps = steps[steps > _GAP_S]
        if len(gaps):
            found.append(
                MotionError(
                    "take-gaps",
                    subject,
                    found=f"{len(gaps)} gap(s) without a pose, {float(gaps.sum()):.1f} s in all, the first at "
                    f"{self._times_s[int(np.argmax(steps > _GAP_S))]:.1f} s; bridged with a straight way",
                    expected=f"a pose at least every {_GAP_S:g} s",
                    fix="Bake the part that is whole with --start-frame and --stop-frame, or record it again.",
                )
            )
        if self.is_full:
            found.append(
                MotionError(
                    "take-full",
                    subject,
                    found=f"{self.frame_count:,} frames, {self._times_s[-1]:.0f} s; no more was recorded",
                    expected=f"at most {MAX_TAKE_S:g} s and {MAX_TAKE_FRAMES:,} frames",
                    fix="Record the rest into another file.",
                )
            )
        return found

    def _step_s(self, frame: Frame) -> float:
        """Seconds since the last frame, by the publisher's clock where it agrees with the server's roughly.

        The server's is an estimate that moves while it learns; the publisher's starts over with another publisher.
        """
        server_s = frame.time_s - self._clocks_s[0]
        if frame.capture_time_s is None or self._clocks_s[1] is None:
            return server_s
        publisher_s = frame.capture_time_s - self._clocks_s[1]
        return publisher_s if abs(publisher_s - server_s) < _CLOCKS_AGREE_S else server_s


def _empty(subject: str) -> UsageError:
    return UsageError(
        "take-empty",
        subject,
        found="no frame of the session; nothing was written",
        expected="at least one",
        fix="Start the publisher ('ani3d retarget'), then record.",
    )
