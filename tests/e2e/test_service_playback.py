"""Playing from a real server: frames equal local evaluation, and commands do what they say."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.client import AsyncClient, Client, PlayOptions
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import Ani3dError, NotFoundError, ServiceError, UsageError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.rpc.frame_layout import FullFrame
from ani3d_runtime.server import AvatarServer, serving
from ani3d_runtime.testing.packages import write_synthetic_package

FRAMES = 40
FPS = 30.0
EVERY_FRAME = PlayOptions(pacing="every-frame", credits=16)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    write_synthetic_package(folder / "ada.a3d", frame_count=FRAMES, fps=FPS)
    return folder


@pytest.fixture(scope="module")
def server(catalogue: Path) -> Iterator[AvatarServer]:
    with serving(catalogue) as running:
        yield running


@pytest.fixture
def client(server: AvatarServer) -> Iterator[Client]:
    with Client(server.address) as connected:
        yield connected


@pytest.fixture(scope="module")
def player(catalogue: Path) -> Iterator[ClipPlayer]:
    with Package.open(catalogue / "ada.a3d") as package:
        yield ClipPlayer(package, "walk")


def assert_same_frame(found: Frame, expected: Frame) -> None:
    for name in (
        "root_translation_m",
        "joint_rotations_wxyz",
        "node_displacements_m",
        "node_rotations_wxyz",
        "coefficients",
    ):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert (found.detail is None) == (expected.detail is None)
    if found.detail is not None and expected.detail is not None:
        np.testing.assert_array_equal(found.detail.indices, expected.detail.indices)
        for name in ("dpos_m", "drot_rad", "dlogscale", "dcolour"):
            channel, wanted = getattr(found.detail, name), getattr(expected.detail, name)
            assert (channel is None) == (wanted is None)
            if wanted is not None:
                np.testing.assert_array_equal(channel, wanted)


def light(frame: object) -> Frame:
    assert isinstance(frame, Frame)
    return frame


def times_of(frames: object) -> list[float]:
    return [round(light(frame).time_s * FPS, 3) for frame in frames]  # type: ignore[attr-defined]


def test_light_frames_equal_local_evaluation(client: Client, player: ClipPlayer) -> None:
    with client.play("ada", "walk", EVERY_FRAME) as playback:
        header = playback.header
        frames = [light(frame) for frame in playback]
    assert (header.fps, header.frame_count, header.gaussian_count) == (FPS, FRAMES, 200)
    assert header.joint_names == player.avatar.skeleton.joint_names
    assert len(frames) == FRAMES
    for index, frame in enumerate(frames):
        assert frame.time_s == index / FPS
        assert_same_frame(frame, player.frame(index))
    streamed, local = player.pose(frames[7]), player.pose(player.frame(7))
    np.testing.assert_array_equal(streamed.cloud.means_m, local.cloud.means_m)
    np.testing.assert_array_equal(streamed.cloud.sh, local.cloud.sh)


def test_frames_between_frames_are_interpolated_as_locally(client: Client, player: ClipPlayer) -> None:
    options = PlayOptions(pacing="every-frame", credits=16, rate=0.3, start_time_s=0.5)
    with client.play("ada", "walk", options) as playback:
        frames = [light(frame) for frame in islice(playback, 12)]
    for step, frame in enumerate(frames):
        assert frame.time_s == pytest.approx(0.5 + step * 0.3 / FPS, abs=1e-6)
        assert_same_frame(frame, player.frame_at(frame.time_s))


def test_detail_is_left_out_on_request(client: Client, player: ClipPlayer) -> None:
    with client.play("ada", "walk", PlayOptions(pacing="every-frame", with_detail=False)) as playback:
        frame = light(next(iter(playback)))
    assert frame.detail is None
    assert_same_frame(frame, player.light_frame(0))


def test_light_frames_in_whole_steps_for_those_who_hold_the_package(client: Client, player: ClipPlayer) -> None:
    options = replace(EVERY_FRAME, with_detail=False)
    with client.play("ada", "walk", options) as playback:
        list(playback)
        floats_bytes = playback.watch.received_bytes
    with client.play("ada", "walk", replace(options, package=player.package)) as playback:
        list(playback)
        # Envelopes are most of so small an avatar's frames.
        assert playback.watch.received_bytes < 0.7 * floats_bytes
    with client.play("ada", "walk", replace(options, package=player.package)) as playback:
        frames = iter(playback)
        first = [light(next(frames)) for _ in range(5)]
        playback.seek(20 / FPS)
        rest = [light(frame) for frame in frames]
    for index, frame in zip((0, 1, 2, 3, 4, *range(20, FRAMES)), (*first, *rest), strict=True):
        expected = player.light_frame(index)
        np.testing.assert_allclose(frame.root_translation_m, expected.root_translation_m, atol=2e-4)
        np.testing.assert_allclose(frame.node_displacements_m, expected.node_displacements_m, atol=1e-3)
        cosines = np.abs((frame.joint_rotations_wxyz * expected.joint_rotations_wxyz).sum(axis=1))
        np.testing.assert_allclose(cosines, 1, atol=1e-5)


def test_a_part_of_a_clip_is_played_and_looped(client: Client) -> None:
    part = (10 / FPS, 13 / FPS)
    with client.play("ada", "walk", replace(EVERY_FRAME, range_s=part)) as playback:
        assert times_of(playback) == [10, 11, 12, 13]
        playback.set_range(None, 2 / FPS)
        playback.seek(0.0)
        assert times_of(playback) == [0, 1, 2]
    with client.play("ada", "walk", replace(EVERY_FRAME, range_s=part, loop=True)) as playback:
        assert times_of(islice(playback, 7)) == [10, 11, 12, 10, 11, 12, 10]
    for bad in ((0.5, 0.2), (-1.0, None), (0.0, 99.0)):
        with pytest.raises(ServiceError) as raised:
            client.play("ada", "walk", PlayOptions(range_s=bad))
        assert raised.value.code == "play-bad-range"


def test_a_coarser_level_of_detail_is_sent_on_request(client: Client, player: ClipPlayer) -> None:
    sizes = player.package.manifest.level_sizes
    options = PlayOptions(mode="full", pacing="every-frame", start_time_s=1.0, lod=0)
    with client.play("ada", "walk", options) as playback:
        assert playback.header.gaussian_count == sizes[0]
        frame = next(iter(playback))
    assert isinstance(frame, FullFrame)
    coarse = ClipPlayer(player.package, "walk", lod=0)
    np.testing.assert_array_equal(frame.means_m, coarse.pose(coarse.frame(30)).cloud.means_m)
    with pytest.raises(Ani3dError) as raised:
        client.play("ada", "walk", PlayOptions(lod=99))
    assert raised.value.code == "lod-not-found"


def test_frames_that_are_ready_share_responses(client: Client) -> None:
    options = PlayOptions(pacing="every-frame", credits=64, loop=True)
    with client.play("ada", "walk", options) as playback:
        assert times_of(islice(playback, 3 * (FRAMES - 1))) == [*range(FRAMES - 1)] * 3
        assert len(playback.watch.latencies_s) < 0.7 * playback.watch.received_count


def test_full_frames_are_the_posed_gaussians(client: Client, player: ClipPlayer) -> None:
    options = PlayOptions(mode="full", pacing="every-frame", start_time_s=1.0)
    with client.play("ada", "walk", options) as playback:
        for step, frame in enumerate(islice(playback, 3)):
            assert isinstance(frame, FullFrame)
            cloud = player.pose(player.frame(30 + step)).cloud
            np.testing.assert_array_equal(frame.means_m, cloud.means_m)
            np.testing.assert_allclose(frame.quats_wxyz, cloud.quats_wxyz, atol=2e-5)
            np.testing.assert_allclose(frame.scales_m, cloud.scales_m, rtol=1e-3)
            np.testing.assert_allclose(frame.opacities, cloud.opacities, atol=5e-4)


def test_real_time_keeps_the_clock_and_is_fresh(client: Client) -> None:
    started = time.monotonic()
    with client.play("ada", "walk") as playback:
        count = len(list(playback))
        assert count + playback.watch.dropped_count == FRAMES
        assert np.median(playback.watch.latencies_s) < 0.05
    assert (FRAMES - 1) / FPS <= time.monotonic() - started < 2 * FRAMES / FPS


def test_another_frame_rate(client: Client) -> None:
    options = PlayOptions(pacing="every-frame", frame_rate_hz=15.0)
    with client.play("ada", "walk", options) as playback:
        assert playback.header.frame_rate_hz == 15.0
        assert times_of(islice(playback, 4)) == [0, 2, 4, 6]


def test_backwards_and_loop(client: Client) -> None:
    options = PlayOptions(pacing="every-frame", rate=-1.0, loop=True, start_time_s=2 / FPS)
    with client.play("ada", "walk", options) as playback:
        assert times_of(islice(playback, 5)) == [2, 1, 0, 38, 37]


def test_backwards_begins_at_the_end_unless_told_where(client: Client) -> None:
    with client.play("ada", "walk", PlayOptions(pacing="every-frame", rate=-1.0)) as playback:
        assert times_of(playback) == list(range(FRAMES - 1, -1, -1))
    with client.play("ada", "walk", PlayOptions(pacing="every-frame", rate=-1.0, start_time_s=0.0)) as playback:
        assert times_of(playback) == [0]


def test_seek_shows_nothing_of_before(client: Client) -> None:
    with client.play("ada", "walk", EVERY_FRAME) as playback:
        frames = iter(playback)
        assert times_of(islice(frames, 2)) == [0, 1]
        playback.seek(20 / FPS)
        assert times_of(islice(frames, 3)) == [20, 21, 22]
        playback.seek(5 / FPS)
        assert times_of(islice(frames, 2)) == [5, 6]


def test_a_clip_that_ended_can_be_taken_up_again(client: Client) -> None:
    with client.play("ada", "stand", EVERY_FRAME) as playback:
        assert len(list(playback)) == FRAMES
        assert list(playback) == []
        playback.seek(38 / FPS)
        assert times_of(playback) == [38, 39]


def test_pause_stops_the_clock_and_resume_goes_on_from_there(client: Client) -> None:
    with client.play("ada", "walk") as playback:
        frames = iter(playback)
        next(frames)
        playback.pause()
        threading.Timer(0.5, playback.resume).start()
        gaps: list[float] = []
        last = time.monotonic()
        indices: list[int] = []
        for frame in islice(frames, 10):
            gaps.append(time.monotonic() - last)
            last = time.monotonic()
            indices.append(round(light(frame).time_s * FPS))
        assert max(gaps) > 0.4
        assert playback.watch.dropped_count <= 1
        assert indices == list(range(indices[0], indices[0] + 10))


def test_rate_changes_in_flight(client: Client) -> None:
    with client.play("ada", "walk", PlayOptions(pacing="every-frame", credits=1)) as playback:
        frames = iter(playback)
        next(frames)
        playback.set_rate(5.0)
        steps = np.diff(times_of(islice(frames, 6)))
        assert set(np.round(steps[-3:], 3)) == {5.0}


def test_two_watchers_share_nothing_but_the_frames(client: Client) -> None:
    with client.play("ada", "walk", EVERY_FRAME) as one, client.play("ada", "walk", EVERY_FRAME) as two:
        first, second = iter(one), iter(two)
        next(first)
        one.seek(10 / FPS)
        assert times_of(islice(second, 3)) == [0, 1, 2]
        assert times_of(islice(first, 3)) == [10, 11, 12]


def test_a_slow_client_gets_the_latest_and_drops_are_counted(client: Client) -> None:
    interval_s = 0.15
    with client.play("ada", "walk", PlayOptions(loop=True, credits=2)) as playback:
        for _ in islice(playback, 12):
            time.sleep(interval_s)
        # Two credits: a frame waits behind at most two others.
        assert max(playback.watch.latencies_s) < 3 * interval_s
        assert playback.watch.dropped_count > 12


def test_a_slow_client_that_wants_every_frame_gets_every_frame(client: Client) -> None:
    with client.play("ada", "walk", PlayOptions(pacing="every-frame", credits=2)) as playback:
        indices = []
        for frame in islice(playback, 8):
            time.sleep(0.05)
            indices.append(round(light(frame).time_s * FPS))
        assert indices == list(range(8))
        assert playback.watch.dropped_count == 0


@pytest.mark.parametrize(
    ("avatar", "clip", "options", "kind", "code"),
    [
        ("nobody", "walk", PlayOptions(), NotFoundError, "avatar-not-found"),
        ("../ada", "walk", PlayOptions(), NotFoundError, "avatar-not-found"),
        ("ada", "fly", PlayOptions(), NotFoundError, "clip-not-found"),
        ("ada", "walk", PlayOptions(rate=0.0), UsageError, "play-bad-rate"),
        ("ada", "walk", PlayOptions(rate=float("nan")), UsageError, "play-bad-rate"),
        ("ada", "walk", PlayOptions(start_time_s=99.0), ServiceError, "play-bad-time"),
        ("ada", "walk", PlayOptions(frame_rate_hz=1e9), ServiceError, "play-bad-frame-rate"),
        ("ada", "walk", PlayOptions(frame_rate_hz=1e-310), ServiceError, "play-bad-frame-rate"),
        ("ada", "walk", PlayOptions(mode="heavy"), UsageError, "play-bad-option"),  # type: ignore[arg-type]
    ],
)
def test_refusals_name_what_would_have_been_right(
    client: Client, avatar: str, clip: str, options: PlayOptions, kind: type[Ani3dError], code: str
) -> None:
    with pytest.raises(kind) as raised:
        client.play(avatar, clip, options)
    assert raised.value.code == code
    assert raised.value.fix
    assert raised.value.expected


def test_a_bad_command_in_flight_ends_the_stream_with_its_error(client: Client) -> None:
    with client.play("ada", "walk", PlayOptions(loop=True)) as playback:
        frames = iter(playback)
        next(frames)
        playback.seek(-5.0)
        with pytest.raises(ServiceError) as raised:
            for _ in frames:
                pass
    assert raised.value.code == "play-bad-time"


def test_asyncio_client_plays_seeks_and_pauses(server: AvatarServer, player: ClipPlayer) -> None:
    async def main() -> None:
        async with AsyncClient(server.address) as client:
            async with await client.play("ada", "walk", EVERY_FRAME) as playback:
                frames = aiter(playback)
                for index in range(3):
                    assert_same_frame(light(await anext(frames)), player.frame(index))
                await playback.seek(30 / FPS)
                assert light(await anext(frames)).time_s == 30 / FPS
                await playback.pause()
                await playback.seek(0.0)
                await playback.set_rate(2.0)
                await playback.resume()
                assert light(await anext(frames)).time_s == 0.0
                rest = [light(frame).time_s async for frame in frames]
                assert rest[-1] == pytest.approx(38 / FPS)
            with pytest.raises(NotFoundError):
                await client.play("ada", "fly")

    asyncio.run(main())


def test_sessions_are_gone_when_their_clients_are(client: Client, server: AvatarServer) -> None:
    playbacks = [client.play("ada", "walk", PlayOptions(loop=True)) for _ in range(20)]
    assert server.playback.session_count == 20
    for playback in playbacks:
        next(iter(playback))
        playback.close()
    deadline = time.monotonic() + 2
    while server.playback.session_count and time.monotonic() < deadline:
        time.sleep(0.005)
    assert server.playback.session_count == 0


def test_a_package_baked_again_does_not_disturb_who_watches_the_old_one(tmp_path: Path) -> None:
    path = write_synthetic_package(tmp_path / "ada.a3d", frame_count=FRAMES)
    with Package.open(path) as package:
        before = [ClipPlayer(package, "walk").frame(index) for index in range(FRAMES)]
    options = PlayOptions(pacing="every-frame", credits=1)
    with serving(tmp_path) as server, Client(server.address) as client, client.play("ada", "walk", options) as old:
        frames = iter(old)
        assert_same_frame(light(next(frames)), before[0])
        write_synthetic_package(path, frame_count=FRAMES, seed=9)
        with client.play("ada", "walk", EVERY_FRAME) as new:
            assert new.header.digest != old.header.digest
            first = light(next(iter(new)))
            assert not np.array_equal(first.root_translation_m, before[0].root_translation_m)
        gc.collect()
        for index, frame in enumerate(frames, start=1):
            assert_same_frame(light(frame), before[index])
