"""A live session that was recorded is a motion as any other: what was danced is what is baked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.body.retarget_live import SourceSkeleton
from ani3d_runtime.client import Client, LivePublisher, PublishOptions, Take
from ani3d_runtime.deformation import Frame
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.server import ServerOptions, serving

SKELETON = load_builtin_body().skeleton
DANCE = read_motion("dance", SKELETON).slice(20, 60)
FPS = 60.0  # it is danced at twice its rate

pytestmark = pytest.mark.timeout(120)


def joints_m(rotations: NDArray[Any], root: NDArray[Any]) -> NDArray[Any]:
    return SKELETON.global_transforms(rotations, root)[..., 3]


def dance(publisher: LivePublisher) -> None:
    """The dance once, as fast as it is taken; by the publisher's own clock at its rate."""
    answers = iter(publisher)
    for number in range(DANCE.frame_count):
        pose = DANCE.joint_rotations_wxyz[number], DANCE.root_translation_m[number]
        publisher.send(*pose, 5000 + number / FPS, curves=np.array([0.5], dtype=np.float32))
        next(answers)


def test_a_recorded_dance_is_baked_into_its_package(
    ani3d: Callable[..., Any], foreign_capture: Any, tmp_path: Path
) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    package = packages / "dancer.a3d"
    options = ("--motion", "walk", "--stop-frame", "4", "--rest-pose", "a", "--fit", "none")
    baked = ani3d("bake", foreign_capture.path, *options, "-o", package)
    assert baked.code == 0, baked.stderr
    take = tmp_path / "take.npz"
    with serving(packages, ServerOptions(port=0)) as server, Client(server.address) as client:
        command = [sys.executable, "-m", "ani3d_runtime.cli", "--json", "watch", server.address, "stage"]
        ticket = client.live.create("dancer", "stage")
        with client.live.publish(
            ticket, SourceSkeleton(curve_names=("Joy",)), PublishOptions(answers="light")
        ) as publisher:
            recording = subprocess.Popen(
                [*command, "--record", str(take), "--frames", str(DANCE.frame_count)],
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | {"ANI3D_CACHE_DIR": str(tmp_path / "cache")},
            )
            alarm = threading.Timer(60, recording.kill)
            alarm.start()
            while client.live.list()[0].subscriber_count == 0:
                time.sleep(0.02)
            dance(publisher)
            said = json.loads(recording.communicate()[0])
            alarm.cancel()
    assert recording.returncode == 0, said
    assert (said["take"], said["take_fps"], said["frames"]) == (str(take), FPS, DANCE.frame_count)
    assert said["take_curves"] == ["Joy"]
    with np.load(take) as saved:
        assert saved["curves"].tolist() == [[0.5]] * DANCE.frame_count
    added = ani3d("bake", "--motion", take, "--into", package)
    assert added.code == 0, added.stderr
    with Package.open(package) as opened:
        clip = opened.clip("take")
        assert (clip.fps, clip.frame_count) == (FPS, DANCE.frame_count)
        player = ClipPlayer(opened, "take")
        shown = [player.frame(number) for number in range(clip.frame_count)]
    found = joints_m(
        np.stack([frame.joint_rotations_wxyz for frame in shown]),
        np.stack([frame.root_translation_m for frame in shown]),
    )
    wanted = joints_m(DANCE.joint_rotations_wxyz, DANCE.root_translation_m)
    assert np.linalg.norm(found - wanted, axis=-1).max() < 2e-3


def frame_at(time_s: float, angle_rad: float, capture_time_s: float | None = None) -> Frame:
    rotations = np.array([[np.cos(angle_rad / 2), 0, np.sin(angle_rad / 2), 0]], dtype=np.float32)
    nothing = np.zeros((0, 3), dtype=np.float32)
    root = np.array([angle_rad, 0, 0], dtype=np.float32)
    return Frame(time_s, root, rotations, nothing, nothing, np.zeros(0, dtype=np.float32), None, capture_time_s)


def test_uneven_and_missing_poses_end_where_they_were(tmp_path: Path) -> None:
    """A turn of 1 rad/s: whenever its poses were captured, it is at t rad after t seconds."""
    generator = np.random.default_rng(3)
    captured = np.sort(np.arange(120) / 50 + generator.uniform(-0.004, 0.004, 120))
    captured = np.delete(captured, slice(40, 44))
    take = Take()
    take.add(frame_at(-20.0, 1.0, 80.0))  # what a late subscriber gets at once, of long ago
    for moment in captured:  # by the server's clock they bunch
        take.add(frame_at(np.ceil(moment * 10) / 10 + moment * 1e-6, moment, 100 + moment))
    take.add(frame_at(2.0, 9.0, 101.0))  # late
    assert take.save(tmp_path / "take.npz", ("pelvis",)) == 50
    with np.load(tmp_path / "take.npz") as saved:
        times = captured[0] + np.arange(len(saved["poses"])) / 50
        np.testing.assert_allclose(saved["poses"][:, 0, 1], times, atol=1e-5)
        np.testing.assert_allclose(saved["trans"][:, 0], times, atol=1e-5)
    assert not take.doubts("take.npz")


def test_curves_are_kept_under_their_names(tmp_path: Path) -> None:
    take = Take()
    for number in range(31):
        names = ("Joy",) if number < 20 else ("Joy", "jawOpen")
        curves = np.array([number / 30, 1.0][: len(names)], dtype=np.float32)
        take.add(replace(frame_at(number / 30, 0.0), curves=curves), names)
    assert take.curve_names == ("Joy", "jawOpen")
    take.save(tmp_path / "take.npz", ("pelvis",))
    with np.load(tmp_path / "take.npz") as saved:
        assert saved["curve_names"].tolist() == ["Joy", "jawOpen"]
        np.testing.assert_allclose(saved["curves"][:, 0], np.arange(31) / 30, atol=1e-6)
        assert (saved["curves"][0, 1], saved["curves"][-1, 1]) == (0.0, 1.0)
        assert len(saved["poses"]) == len(saved["curves"])


def test_what_is_likely_wrong_with_a_take_is_said(tmp_path: Path) -> None:
    take = Take()
    assert [doubt.code for doubt in take.doubts("x")] == ["take-empty"]
    for number in range(10):
        take.add(frame_at(number / 30, 0.0))
    for number in range(10):  # another publisher: only the server's clock goes on
        take.add(frame_at(3 + number / 30, 0.0, 7e5 + number / 30))
    assert [doubt.code for doubt in take.doubts("x")] == ["take-gaps"]
    assert take.save(tmp_path / "take.npz", ("pelvis",)) == 30
    assert len(np.load(tmp_path / "take.npz")["poses"]) == round((3 + 9 / 30) * 30) + 1
    take.add(frame_at(1e5, 0.0))
    assert [doubt.code for doubt in take.doubts("x")] == ["take-gaps", "take-full"]


def test_a_take_is_not_replaced_and_is_of_a_session(ani3d: Callable[..., Any], tmp_path: Path) -> None:
    there = tmp_path / "there.npz"
    there.touch()
    for path, code in ((there, "output-exists"), (tmp_path / "take.bvh", "take-suffix")):
        assert ani3d("watch", "127.0.0.1:1", "stage", "--record", path).error_code == code
    nowhere = ani3d("watch", "127.0.0.1:1", "--record", tmp_path / "take.npz")
    assert nowhere.error_code == "watch-record-no-session"
