"""Motion capture tools plug in: VMC over a real UDP socket, BVH files by the clock, through the command line."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path

import numpy as np
import pytest
from pythonosc.osc_message import OscMessage
from scipy.spatial.transform import Rotation

from ani3d_runtime.body.readers.notes import Remark
from ani3d_runtime.body.retarget_live import LiveRetargeter, SourceSkeleton
from ani3d_runtime.cli import retarget
from ani3d_runtime.cli.app import run
from ani3d_runtime.client import Client, PublishOptions
from ani3d_runtime.client.publish_keys import PublishKeys
from ani3d_runtime.client.sources import vmc as live_vmc
from ani3d_runtime.client.sources.bvh import BvhSource
from ani3d_runtime.client.sources.feed import Feed, SourcePose
from ani3d_runtime.client.sources.vmc import VmcSource
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import MotionError, ResourceError
from ani3d_runtime.rpc.scope import Scope
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.server.trust.tokens import TokenKeys
from ani3d_runtime.testing.packages import write_body_package
from tests import waiting
from tests.vmc_performer import (
    BUNDLE_START,
    FACE,
    FPS,
    NAMES,
    OFFSETS,
    PARENTS,
    SKELETON,
    WALK,
    Performer,
    bundle_of,
    bundled,
    message,
    sending,
)

BVH_FRAMES = 30
GARBAGE = (
    b"",
    b"\xff" * 300,
    b"/VMC/Ext/Bone/Pos",
    b"#bundle\0" + b"\xff" * 20,
    BUNDLE_START + (-4).to_bytes(4, "big", signed=True) + b"/a\0\0,\0\0\0",  # after the element comes itself again
)
# python-osc logs every parameter of a type that it does not know.
RARE = b"/VMC/Ext/OK\0," + b"c" * 999 + bytes(4 * 1000)

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def settles_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_vmc, "SETTLED_S", 0.1)


@pytest.mark.usefixtures("settles_soon")
@pytest.mark.parametrize(
    ("way", "is_late"),
    [
        ("virtual motion capture", False),
        ("virtual motion capture", True),
        ("sample", True),
        ("single", True),
        ("clock first", False),
    ],
)
def test_vmc_poses_are_the_performers(way: str, is_late: bool) -> None:
    """Also for those who begin to listen in the middle of a frame.

    A machine that is too busy for a moment tears the burst of a frame apart, and cannot help it; a fault always does.
    """
    for _ in range(3):
        with contextlib.suppress(AssertionError):
            perform_and_compare(way, is_late)
            return
    perform_and_compare(way, is_late)


def perform_and_compare(way: str, is_late: bool) -> None:
    source = VmcSource(0, wait_s=5.0, silence_s=0.3)
    with closing(source), closing(Performer(source.port, way=way)) as performer:

        def perform() -> None:
            time.sleep(0.05)
            for one in performer.messages(59)[14:] if is_late else ():
                performer.client.send(one)
            for number in range(25):
                performer.send(number)
                time.sleep(1 / FPS)

        thread = threading.Thread(target=perform)
        thread.start()
        retargeter = LiveRetargeter(source.skeleton, SKELETON)
        poses = list(source.poses())
        thread.join()
    assert retargeter.report.naming == "Unity"
    assert set(retargeter.report.missing) == {"left_hand", "right_hand"}
    assert len(poses) >= 15
    numbers: list[int] = []
    for pose in poses:
        body = retargeter.pose(pose.rotations_wxyz, pose.root_position, 0.02)
        distances = np.abs(WALK.root_translation_m[:25] - body.root_translation_m).max(axis=1)
        numbers.append(int(distances.argmin()))
        assert distances.min() < 1e-4
        expected = WALK.joint_rotations_wxyz[numbers[-1]]
        cosines = np.abs((np.delete(body.joint_rotations_wxyz, [22, 23], 0) * np.delete(expected, [22, 23], 0)).sum(1))
        np.testing.assert_allclose(cosines, 1, atol=1e-5)
    assert numbers == list(range(numbers[0], 25)), "no frame is missing, comes twice or is torn"
    assert source.garbled_count == 0


@pytest.mark.usefixtures("settles_soon")
def test_garbage_on_the_port_is_counted_and_harmless(caplog: pytest.LogCaptureFixture) -> None:
    nested = message("/VMC/Ext/OK", 1).dgram
    for _ in range(500):
        nested = bundle_of(nested)
    source = VmcSource(0, wait_s=5.0, silence_s=0.3)
    with closing(source), closing(Performer(source.port)) as performer:

        def perform() -> None:
            time.sleep(0.05)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wild:
                for number in range(20):
                    performer.send(number)
                    for garbage in (*GARBAGE, nested, RARE):
                        wild.sendto(garbage, ("127.0.0.1", source.port))
                    performer.client.send(message("/VMC/Ext/Bone/Pos", "Hips", 0.0, 0.0))
                    performer.client.send(message("/VMC/Ext/Bone/Pos", "Hips", *["x"] * 7))
                    performer.client.send(message("/VMC/Ext/Bone/Pos", "Hips", *[float("nan")] * 7))
                    time.sleep(0.02)

        thread = threading.Thread(target=perform)
        thread.start()
        poses = list(source.poses())
        thread.join()
    assert len(poses) >= 8
    assert source.garbled_count >= 20
    assert not caplog.records
    assert all(np.isfinite(pose.rotations_wxyz).all() for pose in poses)


def test_nobody_performing_and_a_taken_port_are_said() -> None:
    with closing(VmcSource(0, wait_s=0.3)) as source:
        with pytest.raises(ResourceError) as taken:
            VmcSource(source.port)
        assert taken.value.code == "vmc-port-in-use"
        with pytest.raises(MotionError) as nobody:
            _ = source.skeleton
        assert nobody.value.code == "vmc-no-performer"


STAND = message("/VMC/Ext/Root/Pos", "root", *[0.0] * 6, 1.0)


@pytest.mark.usefixtures("settles_soon")
def test_a_face_of_another_tool_goes_with_the_body_and_does_not_disturb_it() -> None:
    said: list[Remark] = []
    over = threading.Event()
    turned_away = message("/VMC/Ext/Bone/Pos", "Head", *[0.0] * 4, 1.0, 0.0, 0.0)
    source = VmcSource(0, wait_s=20.0, silence_s=20.0, say=said.append)
    face = bundled(turned_away, message("/VMC/Ext/Blend/Val", "jawOpen", 0.25))
    with closing(source), closing(Performer(source.port)) as body, sending(source.port, face):
        thread = threading.Thread(target=perform_until, args=(body, over), daemon=True)
        thread.start()
        head = source.skeleton.joint_names.index("Head")
        turns, curves = [], []
        for pose in source.poses():
            turns.append(pose.rotations_wxyz[head])
            if source.skeleton.curve_names == ("jawOpen",):
                curves.append(pose.curves)
            if len(curves) == 8:
                break
        over.set()
        thread.join()
    assert all(abs(turn[0]) > 0.5 for turn in turns)
    assert all(values.tolist() == [0.25] for values in curves[1:])
    assert any("blend shapes (jawOpen)" in str(each) for each in said)


def perform_until(performer: Performer, over: threading.Event) -> None:
    while not over.wait(1 / FPS):
        performer.send(5)


@pytest.mark.parametrize("sent", [FACE, STAND], ids=["face", "root"])
def test_who_sends_no_body_is_nobody_performing(sent: OscMessage) -> None:
    with closing(VmcSource(0, wait_s=0.5)) as source, sending(source.port, sent):
        started_s = time.monotonic()
        with pytest.raises(MotionError) as nobody:
            _ = source.skeleton
        assert nobody.value.code == "vmc-no-performer"
        assert time.monotonic() - started_s < 2


@pytest.mark.parametrize(("seconds", "silence_s"), [(0.6, None), (None, 0.6)])
@pytest.mark.parametrize("face_goes_on", [True, False])
def test_poses_end_in_time_when_no_more_come(
    seconds: float | None, silence_s: float | None, face_goes_on: bool
) -> None:
    source = VmcSource(0, wait_s=5.0, seconds=seconds, silence_s=silence_s)
    with closing(source):
        with closing(Performer(source.port)) as performer, ThreadPoolExecutor(1) as pool:
            first = pool.submit(lambda: source.skeleton)
            while not first.done():
                performer.send(0)
                time.sleep(0.02)
        with sending(source.port, FACE) if face_goes_on else nullcontext():
            started_s = time.monotonic()
            list(source.poses())
            assert 0.4 < time.monotonic() - started_s < 2


@pytest.mark.usefixtures("settles_soon")
def test_of_two_performers_one_is_followed_and_without_a_model_nothing_moves() -> None:
    said: list[Remark] = []
    source = VmcSource(0, wait_s=5.0, silence_s=0.3, say=said.append)
    with closing(source), closing(Performer(source.port)) as one, closing(Performer(source.port, size=0.5)) as other:

        def perform() -> None:
            time.sleep(0.05)
            for number in range(30):
                one.has_model = number < 20
                one.send(number)
                other.send(number)
                time.sleep(1 / FPS)

        thread = threading.Thread(target=perform)
        thread.start()
        _ = source.skeleton
        heights = [float(pose.root_position[1]) for pose in source.poses()]
        thread.join()
    assert 8 <= len(heights) <= 20
    assert min(heights) > 0.8
    assert sum("sends a body too" in str(each) for each in said) == 1
    assert sum("no model" in str(each) for each in said) == 1


def test_half_a_performer_is_named_for_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_vmc, "_TELL_AFTER_S", 0.1)
    said: list[str] = []
    with closing(VmcSource(0, wait_s=0.4, say=said.append)) as source, closing(Performer(source.port)) as performer:
        over = threading.Event()

        def perform() -> None:
            number = 0
            while not over.wait(0.02):
                for one in performer.messages(number % 60):
                    if not str(one.params[0]).startswith("Left"):
                        performer.client.send(one)
                number += 1

        thread = threading.Thread(target=perform)
        thread.start()
        with pytest.raises(MotionError) as raised:
            _ = source.skeleton
        over.set()
        thread.join()
    assert raised.value.code == "vmc-no-performer"
    assert "LeftUpperLeg" in raised.value.found
    assert len(said) == 1
    assert "LeftUpperLeg" in said[0], "long before it is given up"


def write_bvh(path: Path) -> Path:
    """The first second of the walk, in centimetres, under SMPL's names."""
    motion = WALK.slice(0, BVH_FRAMES)
    turns = Rotation.from_quat(motion.joint_rotations_wxyz.reshape(-1, 4), scalar_first=True)
    angles = turns.as_euler("ZXY", degrees=True).reshape(BVH_FRAMES, -1)
    root = (motion.root_translation_m + SKELETON.zero_joints_m[0]) * 100
    lines: list[str] = ["HIERARCHY"]
    order: list[int] = []

    def joint(index: int) -> None:
        order.append(index)
        lines.append(f"{'JOINT' if index else 'ROOT'} {NAMES[index]} {{")
        lines.append("OFFSET " + " ".join(f"{value * 100:.6f}" for value in OFFSETS[index]))
        place = "" if index else "Xposition Yposition Zposition "
        lines.append(f"CHANNELS {3 if index else 6} {place}Zrotation Xrotation Yrotation")
        for child in np.flatnonzero(index == PARENTS):
            joint(int(child))
        lines.append("}")

    joint(0)
    lines += ["MOTION", f"Frames: {len(root)}", f"Frame Time: {1 / WALK.fps:.7f}"]
    for position, row in zip(root, angles.reshape(len(root), -1, 3), strict=True):
        lines.append(" ".join(f"{value:.6f}" for value in (*position, *row[order].reshape(-1))))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def bvh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bvh(tmp_path_factory.mktemp("bvh") / "walk.bvh")


def test_a_bvh_file_is_played_by_the_clock(bvh: Path) -> None:
    seconds = 1.5 * BVH_FRAMES / WALK.fps
    source = BvhSource(bvh, loop=True, seconds=seconds)
    started = time.monotonic()
    poses = list(source.poses())
    assert time.monotonic() - started == pytest.approx(seconds, abs=0.3)
    assert BVH_FRAMES < len(poses) <= 1.5 * BVH_FRAMES + 1
    assert sum(pose.discontinuous for pose in poses) <= 1
    gaps = np.diff([pose.capture_time_s for pose in poses])
    np.testing.assert_allclose(gaps * WALK.fps, np.rint(gaps * WALK.fps), atol=1e-3)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AvatarServer]:
    folder = tmp_path_factory.mktemp("catalogue")
    write_body_package(folder / "ada.a3d")
    shutil.copy(folder / "ada.a3d", folder / "bob.a3d")
    with serving(folder) as running:
        yield running


@contextmanager
def retargeting(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """``ani3d retarget`` in a process of its own, which does not outlive the block."""
    command = [sys.executable, "-m", "ani3d_runtime.cli", "--json", "retarget", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def frames_of(client: Client, session_id: str, count: int, process: subprocess.Popen[str]) -> list[Frame]:
    """The first frames of a session that a process is about to open."""
    while all(session.session_id != session_id for session in client.live.list()):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    found: list[Frame] = []
    with client.live.subscribe(session_id, credits=16) as watched:
        for frame in watched:
            assert isinstance(frame, Frame)
            found.append(frame)
            if len(found) == count:
                break
    return found


def assert_shows_the_walk(frames: list[Frame], exact: float = 1.0) -> None:
    """A share of the frames at least is exact; bones of lost datagrams are where they were."""
    found: list[bool] = []
    for frame in frames:
        distances = np.abs(WALK.root_translation_m - frame.root_translation_m).max(axis=1)
        expected = WALK.joint_rotations_wxyz[distances.argmin()]
        cosines = np.abs((frame.joint_rotations_wxyz[:22] * expected[:22]).sum(axis=1))
        found.append(bool(distances.min() < 1e-3 and np.abs(cosines - 1).max() < 1e-4))
    assert np.mean(found) >= exact


def test_the_command_line_plays_a_bvh_file_live(server: AvatarServer, bvh: Path) -> None:
    arguments = ("--bvh", bvh, "--realtime", "--loop", "--server", server.address, "--avatar", "ada")
    with retargeting(*arguments, "--session", "stage") as process, Client(server.address) as client:
        assert_shows_the_walk(frames_of(client, "stage", 20, process))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0, err
        report = json.loads(out)
        assert report["sent"] >= 20
        assert (report["refused"], report["epoch"], report["session_id"]) == (0, 1, "stage")
        assert report["mapping"]["naming"] == "SMPL"
        assert client.live.list() == [], "the performance is over, and its session with it"


def test_a_publisher_that_was_killed_is_started_again_under_its_name(
    server: AvatarServer,
    bvh: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ANI3D_CACHE_DIR", str(tmp_path / "cache"))
    arguments = (
        "--bvh",
        bvh,
        "--realtime",
        "--loop",
        "--server",
        server.address,
        "--avatar",
        "ada",
        "--session",
        "x",
    )
    with Client(server.address) as client:
        with retargeting(*arguments) as first:
            frames_of(client, "x", 5, first)
            with retargeting(*arguments) as second:
                _, err = second.communicate(timeout=20)
                assert "live-session-exists" in err, "the first one is alive"
            first.kill()
            first.wait()
        waiting.until(lambda: [each.source for each in client.live.list()] == ["lost"], limit_s=5)
        with retargeting(*arguments[:-4], "--avatar", "bob", "--session", "x") as another:
            _, err = another.communicate(timeout=20)
            assert "live-session-exists" in err, "it is not what is wanted"
        with retargeting(*arguments) as third:
            assert_shows_the_walk(frames_of(client, "x", 5, third))
            third.send_signal(signal.SIGINT)
            out, err = third.communicate(timeout=20)
            assert third.returncode == 0, err
        assert json.loads(out)["epoch"] == 2
        assert client.live.list() == []
        kept = tmp_path / "cache" / "publish-keys"
        assert not list(kept.iterdir())
        client.live.create("ada", "x")
        PublishKeys().keep(server.address, "x", "an old key")
        monkeypatch.setattr(retarget, "_was_left", lambda *_: True)
        assert run(["retarget", *map(str, arguments)]) == 1
        assert "live-session-exists" in capsys.readouterr().err, "and not that the key is wrong"
        assert not list(kept.iterdir())


def test_who_may_not_publish_is_told_before_a_performer_is_waited_for(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    TokenKeys.write_new(keys)
    token = TokenKeys.read(keys).issue("reader", frozenset({Scope.READ}), 60.0)
    (tmp_path / "token").write_text(token)
    write_body_package(tmp_path / "ada.a3d")
    with serving(tmp_path, ServerOptions(port=0, token_keys=keys)) as guarded:
        arguments = ("--vmc", "0", "--server", guarded.address, "--avatar", "ada", "--token-file", tmp_path / "token")
        with retargeting(*arguments) as process:
            _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "scope-missing" in err


def test_the_command_line_takes_a_vmc_tool(server: AvatarServer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    over = threading.Event()

    def perform() -> None:
        with closing(Performer(port, lost=0.05)) as performer:
            number = 0
            while not over.wait(1 / 60):
                # Until the tool listens, the system says that nobody does.
                with suppress(ConnectionRefusedError):
                    performer.send(number % 60)
                number += 1

    thread = threading.Thread(target=perform)
    thread.start()
    arguments = ("--vmc", port, "--server", server.address, "--avatar", "ada", "--session", "vmc", "--seconds", 2)
    try:
        with retargeting(*arguments) as process, Client(server.address) as client:
            assert_shows_the_walk(frames_of(client, "vmc", 30, process), exact=0.7)
            out, err = process.communicate(timeout=30)
    finally:
        over.set()
        thread.join()
    assert process.returncode == 0, err
    report = json.loads(out)
    assert report["mapping"]["naming"] == "Unity"
    assert report["sent"] > 30


class GrowingSource:
    """A source whose skeleton has one joint more after some poses."""

    def __init__(self) -> None:
        self.skeleton = SourceSkeleton(NAMES[:22])

    def poses(self) -> Iterator[SourcePose]:
        for number in range(40):
            if number == 20:
                self.skeleton = SourceSkeleton(NAMES[:23])
            turns = np.tile(np.float32([1, 0, 0, 0]), (len(self.skeleton.joint_names), 1))
            yield SourcePose(turns, np.zeros(3, dtype=np.float32), number / FPS)
            time.sleep(0.01)


def test_another_skeleton_begins_an_epoch_of_the_same_session(server: AvatarServer) -> None:
    with Client(server.address) as client:
        ticket = client.live.create("ada", "grows")
        feed = Feed(client, ticket, "ada", GrowingSource(), PublishOptions(), lambda _: None)
        report = feed.run()
        client.live.end(ticket)
    assert report.mapping is not None
    assert (report.epoch, report.refused, len(report.mapping.matched)) == (2, 0, 23)
    assert report.sent == 40


def test_without_realtime_the_mapping_is_shown_and_nothing_sent(bvh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--json", "retarget", "--bvh", str(bvh)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["frames"] == BVH_FRAMES
    assert report["mapping"]["missing"] == []
    assert report["mapping"]["matched"]["pelvis"] == "pelvis"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "retarget-usage"),
        (("--bvh", "a.bvh", "--vmc", "1"), "retarget-usage"),
        (("--vmc", "39539"), "retarget-usage"),
        (("--vmc", "39539", "--server", "127.0.0.1:1"), "retarget-usage"),
        (("--bvh", "a.bvh", "--realtime", "--server", "a:1", "--avatar", "b", "--publish-key", "c"), "retarget-usage"),
        (("--bvh", "a.bvh", "--rest-pose", "first"), "retarget-usage"),
        (("--vmc", "0", "--vmc-from", "here:x", "--server", "a:1", "--avatar", "b"), "retarget-usage"),
        (("--bvh", "nobody.bvh"), "motion-missing-file"),
    ],
)
def test_misuse_is_refused(arguments: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--json", "retarget", *arguments]) == (2 if code == "retarget-usage" else 1)
    error = json.loads(capsys.readouterr().err.strip().splitlines()[-1])["error"]
    assert error["code"] == code
    assert error["fix"]
