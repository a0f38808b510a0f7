"""Live sessions against a real server: poses in, frames out, to everybody who watches."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.body.retarget_live import SourceSkeleton
from ani3d_runtime.client import AsyncClient, Client, LivePublisher, LiveSubscription, LiveTicket, PublishOptions
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import NotFoundError, ServiceError, UsageError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.rpc.frame_layout import FullFrame
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.server.live.session import LiveSession
from ani3d_runtime.testing.packages import write_body_package
from tests import waiting

SKELETON = load_builtin_body().skeleton
WALK = read_motion("cmu_01_01", SKELETON).slice(0, 60)
OFFSETS = SKELETON.zero_joints_m - np.where(SKELETON.parents[:, None] >= 0, SKELETON.zero_joints_m[SKELETON.parents], 0)
SOURCE = SourceSkeleton(SKELETON.joint_names, SKELETON.parents, OFFSETS)
ANSWERED = PublishOptions(answers="light", credits=64)
MAX_LIVE_SESSIONS = 6
until = partial(waiting.until, limit_s=5.0)

pytestmark = pytest.mark.timeout(120)  # the first to come waits for kernels to be compiled


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AvatarServer]:
    folder = tmp_path_factory.mktemp("live")
    write_body_package(folder / "ada.a3d")
    options = ServerOptions(port=0, grace_s=1.0, max_live_sessions=MAX_LIVE_SESSIONS)
    with serving(folder, options) as running:
        yield running


@pytest.fixture
def client(server: AvatarServer) -> Iterator[Client]:
    with Client(server.address) as connected:
        yield connected


@pytest.fixture
def ticket(client: Client) -> Iterator[LiveTicket]:
    created = client.live.create("ada")
    yield created
    with suppress(NotFoundError):  # some tests end it themselves
        client.live.end(created)


def send(publisher: LivePublisher, number: int, **options: Any) -> None:
    root = WALK.root_translation_m[number] + SKELETON.zero_joints_m[0]
    publisher.send(WALK.joint_rotations_wxyz[number], root, **options)


def assert_shows(frame: object, number: int, *, within: float = 1e-5) -> None:
    assert isinstance(frame, Frame)
    np.testing.assert_allclose(frame.root_translation_m, WALK.root_translation_m[number], atol=within)
    cosines = np.abs((frame.joint_rotations_wxyz * WALK.joint_rotations_wxyz[number]).sum(axis=1))
    np.testing.assert_allclose(cosines, 1, atol=1e-5)


def code_of_what_stops(act: Callable[[], None]) -> str:
    """Do it again and again until the server has had enough."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            act()
        except ServiceError as error:
            return error.code
        time.sleep(0.01)
    return "never stopped"


def test_every_pose_becomes_a_frame_for_the_publisher_and_everybody_else(client: Client, ticket: LiveTicket) -> None:
    with (
        client.live.subscribe(ticket.session_id) as one,
        client.live.subscribe(ticket.session_id) as two,
        client.live.publish(ticket, SOURCE, ANSWERED) as publisher,
    ):
        assert publisher.header.joint_names == SKELETON.joint_names
        assert publisher.header.session_id == one.header.session_id == ticket.session_id
        assert publisher.mapping.naming == "SMPL"
        answers, first, second = iter(publisher), iter(one), iter(two)
        for number in range(30):
            send(publisher, number, capture_time_s=7000 + number / 64)
            answer = next(answers)
            assert_shows(answer, number)
            for frame in (next(first), next(second)):
                assert isinstance(frame, Frame)
                assert isinstance(answer, Frame)
                assert frame.time_s == answer.time_s
                assert frame.capture_time_s == answer.capture_time_s == 7000 + number / 64
                np.testing.assert_array_equal(frame.joint_rotations_wxyz, answer.joint_rotations_wxyz)
        assert (one.watch.source, one.watch.epoch, one.watch.dropped_count) == ("live", 1, 0)


def test_curves_go_with_the_poses_to_everybody_under_their_names(client: Client, ticket: LiveTicket) -> None:
    faces = replace(SOURCE, curve_names=("jawOpen", "Joy"))
    with client.live.subscribe(ticket.session_id) as early:
        with client.live.publish(ticket, faces) as publisher:
            send(publisher, 0, curves=[0.25, 1.0])
            first = next(iter(early))
            assert early.watch.curve_names == ("jawOpen", "Joy")
            assert first.curves.tolist() == [0.25, 1.0]
            with client.live.subscribe(ticket.session_id) as late:
                assert next(iter(late)).curves.tolist() == [0.25, 1.0]
                assert late.watch.curve_names == ("jawOpen", "Joy")
            for wrong in ([0.5], [float("nan"), 0.0]):
                send(publisher, 1, curves=wrong)
            send(publisher, 2)
            assert next(iter(early)).curves is None
        with client.live.publish(ticket, replace(SOURCE, curve_names=("A",))) as publisher:
            send(publisher, 3, curves=[0.75])
            assert next(iter(early)).curves.tolist() == [0.75]
            assert early.watch.curve_names == ("A",)


@pytest.mark.parametrize("names", [("A", "A"), ("",), ("x" * 65,), tuple(map(str, range(257)))])
def test_curves_that_cannot_be_named_are_refused(client: Client, ticket: LiveTicket, names: tuple[str, ...]) -> None:
    with pytest.raises(ServiceError) as caught:
        client.live.publish(ticket, replace(SOURCE, curve_names=names))
    assert caught.value.code == "source-invalid"


def test_in_place_the_way_over_the_ground_is_left_out(client: Client, ticket: LiveTicket) -> None:
    with client.live.publish(ticket, SOURCE, replace(ANSWERED, in_place=True)) as publisher:
        answers = iter(publisher)
        for number in (30, 59):
            send(publisher, number)
            frame = next(answers)
            assert isinstance(frame, Frame)
            root = WALK.root_translation_m[number]
            assert np.linalg.norm(root[[0, 2]]) > 0.05
            np.testing.assert_allclose(frame.root_translation_m, [0, root[1], 0], atol=1e-5)
            cosines = np.abs((frame.joint_rotations_wxyz * WALK.joint_rotations_wxyz[number]).sum(axis=1))
            np.testing.assert_allclose(cosines, 1, atol=1e-5)


def test_full_frames_are_the_posed_gaussians(client: Client, server: AvatarServer, ticket: LiveTicket) -> None:
    with Package.open(server.catalogue.directory / "ada.a3d") as package:
        player = ClipPlayer(package, "stroll", layer="rigid")
        baked = player.frame(12)
        expected = player.pose(baked).cloud
        with (
            client.live.subscribe(ticket.session_id, "full") as full,
            client.live.publish(ticket, options=ANSWERED) as publisher,
        ):
            publisher.send(baked.joint_rotations_wxyz, baked.root_translation_m, 12.5)
            frame = next(iter(full))
    assert isinstance(frame, FullFrame)
    assert (frame.capture_time_s, baked.capture_time_s) == (12.5, None)
    np.testing.assert_allclose(frame.means_m, expected.means_m, atol=1e-6)


def test_frames_in_whole_steps_for_those_who_hold_the_package(
    client: Client, server: AvatarServer, ticket: LiveTicket
) -> None:
    """One that sees all, one that drops most, one that comes late: each decodes what it gets."""
    with Package.open(server.catalogue.directory / "ada.a3d") as package:

        def subscribed(credits: int) -> LiveSubscription:
            return client.live.subscribe(ticket.session_id, credits=credits, package=package)

        with (
            subscribed(64) as quick,
            subscribed(1) as slow,
            client.live.publish(ticket, SOURCE, replace(ANSWERED, package=package)) as publisher,
        ):
            answers, quick_frames, slow_frames = iter(publisher), iter(quick), iter(slow)
            for number in range(30):
                send(publisher, number)
                for frames in (answers, quick_frames):
                    assert_shows(next(frames), number, within=4e-4)
                if number in (0, 11, 12, 29):
                    until(lambda: client.live.list()[0].frame_count > number)  # noqa: B023
                    assert_shows(next(slow_frames), number, within=4e-4)
            assert slow.watch.dropped_count == 26
            with subscribed(4) as late:
                assert_shows(next(iter(late)), 29, within=4e-4)
            bytes_per_frame = quick.watch.received_bytes / quick.watch.received_count
            assert bytes_per_frame < 0.5 * (32 + 12 + 16 * len(SKELETON.joint_names))


def test_who_comes_late_sees_the_latest_at_once(client: Client, ticket: LiveTicket) -> None:
    with client.live.publish(ticket, SOURCE, ANSWERED) as publisher:
        answers = iter(publisher)
        for number in range(5):
            send(publisher, number)
            next(answers)
        for mode in ("light", "full"):
            with client.live.subscribe(ticket.session_id, mode) as late:  # type: ignore[arg-type]
                frame = next(iter(late))
                assert late.watch.source == "live"
                if mode == "light":
                    assert_shows(frame, 4)


def test_the_source_is_lost_and_found(client: Client, ticket: LiveTicket) -> None:
    states: list[str] = []
    with client.live.subscribe(ticket.session_id, on_source=states.append) as watched:
        listener = threading.Thread(target=lambda: list(watched))
        listener.start()
        first = client.live.publish(ticket, SOURCE)
        until(lambda: states == ["waiting", "live"])
        first.close()
        until(lambda: states[-1] == "lost", limit_s=1.0)
        second = client.live.publish(ticket, SOURCE)
        until(lambda: states == ["waiting", "live", "lost", "live"])
        assert (first.epoch, second.epoch) == (1, 2)
        client.live.end(ticket)
        listener.join(5)
        assert not listener.is_alive()
        second.close()


def test_a_publisher_that_shows_life_and_sends_no_poses_is_idle_and_not_lost(
    client: Client, ticket: LiveTicket
) -> None:
    states: list[str] = []
    with client.live.subscribe(ticket.session_id, on_source=states.append) as watched:
        listener = threading.Thread(target=lambda: list(watched))
        listener.start()
        with client.live.publish(ticket, SOURCE) as publisher:
            time.sleep(1.0)
            assert client.live.list()[0].source == "idle"
            send(publisher, 0)
            until(lambda: states == ["waiting", "live", "idle", "live"])
            until(lambda: states[-1] == "idle")
        until(lambda: states[-1] == "lost")
        client.live.end(ticket)
        listener.join(5)


def test_an_old_publisher_cannot_write_into_the_new_epoch(client: Client, ticket: LiveTicket) -> None:
    with client.live.subscribe(ticket.session_id) as watched, client.live.publish(ticket, SOURCE) as old:
        send(old, 0)
        frames = iter(watched)
        assert_shows(next(frames), 0)
        with client.live.publish(ticket, SOURCE) as new:
            assert code_of_what_stops(lambda: send(old, 10)) == "live-fenced"
            with pytest.raises(ServiceError) as raised:
                client.live.publish(ticket, SOURCE, PublishOptions(resume_epoch=old.epoch))
            assert raised.value.code == "live-fenced"
            send(new, 20)
            assert_shows(next(frames), 20)
            assert watched.watch.epoch == 2


def test_a_publisher_may_resume_its_own_epoch(client: Client, ticket: LiveTicket) -> None:
    with client.live.publish(ticket, SOURCE) as before:
        pass
    with client.live.publish(ticket, SOURCE, PublishOptions(resume_epoch=before.epoch)) as after:
        assert after.epoch == before.epoch + 1


def test_bad_poses_are_refused_alone(client: Client, ticket: LiveTicket) -> None:
    other_ticket = client.live.create("ada")
    with (
        client.live.publish(ticket, SOURCE, ANSWERED) as publisher,
        client.live.publish(other_ticket, SOURCE, ANSWERED) as other,
    ):
        root = np.ones(3, dtype=np.float32)
        good = WALK.joint_rotations_wxyz[0]
        answers = iter(publisher)
        for rotations, code in (
            (np.full_like(good, np.nan), "pose-not-finite"),
            (good * np.float32(3), "pose-not-unit"),
            (good[:7], "pose-wrong-length"),
            (np.zeros((0, 4), dtype=np.float32), "pose-wrong-length"),
        ):
            publisher.send(rotations, root)
            send(publisher, 1)
            assert_shows(next(answers), 1)
            assert publisher.watch.refused_code == code
        publisher.send(good, root, float("nan"))
        send(publisher, 2)
        assert_shows(next(answers), 2)
        assert publisher.watch.refused_code == "pose-time-not-finite"
        publisher.send(good, root, time.time() * 1e9)
        send(publisher, 4)
        assert_shows(next(answers), 4)
        assert publisher.watch.refused_code == "pose-time-too-far"
        assert publisher.watch.refused_message
        send(other, 3)
        assert_shows(next(iter(other)), 3)
        assert other.watch.refused_count == 0
    client.live.end(other_ticket)


def test_gaps_of_the_mapping_are_reported_when_publishing_begins(client: Client, ticket: LiveTicket) -> None:
    names = tuple(
        {"spine3": "Ribs", "left_hand": "Wand", "right_foot": "Skate"}.get(name, name) for name in SKELETON.joint_names
    )
    with client.live.publish(ticket, SourceSkeleton(names, SKELETON.parents, OFFSETS)) as publisher:
        report = publisher.mapping
    assert set(report.missing) == {"spine3", "left_hand", "right_foot"}
    assert set(report.unused) == {"Ribs", "Wand", "Skate"}
    assert report.matched["left_hip"] == "left_hip"


def test_a_jitter_buffer_evens_out_what_the_network_bunched(client: Client, ticket: LiveTicket) -> None:
    options = PublishOptions(answers="light", credits=64, jitter_buffer_s=0.15)
    step_s = 0.02
    with client.live.publish(ticket, SOURCE, options) as publisher:
        started = time.monotonic()

        def bunched() -> None:
            for number in range(30):
                # Five at a time, the first of them 80 ms after it was captured.
                time.sleep(max(0.0, started + (number // 5 + 1) * 5 * step_s - time.monotonic()))
                send(publisher, number, capture_time_s=number * step_s)

        sender = threading.Thread(target=bunched)
        sender.start()
        arrivals: list[float] = []
        times: list[float] = []
        for frame in publisher:
            arrivals.append(time.monotonic())
            times.append(frame.time_s)
            assert isinstance(frame, Frame)
            if np.allclose(frame.root_translation_m, WALK.root_translation_m[29], atol=1e-5):
                break
        sender.join()
    # The first bunch teaches the server how fast a pose can travel.
    assert len(times) >= 25
    assert np.median(np.abs(np.diff(times[-20:]) - step_s)) < 1e-3
    assert np.median(np.abs(np.diff(arrivals[-20:]) - step_s)) < 0.75 * step_s, "bunched it would be all of it"


def test_a_slow_subscriber_gets_the_latest_and_disturbs_nobody(client: Client, ticket: LiveTicket) -> None:
    with (
        client.live.subscribe(ticket.session_id, credits=1) as slow,
        client.live.publish(ticket, SOURCE, ANSWERED) as publisher,
    ):
        answers = iter(publisher)
        slow_frames = iter(slow)
        send(publisher, 0)
        next(answers)
        assert_shows(next(slow_frames), 0)
        for number in range(1, 40):
            send(publisher, number)
            assert_shows(next(answers), number)
        until(lambda: client.live.list()[0].frame_count == 40)
        assert_shows(next(slow_frames), 39)
        assert slow.watch.dropped_count == 38


def test_sessions_are_named_listed_and_limited(client: Client) -> None:
    tickets = [client.live.create("ada", f"stage-{number}") for number in range(MAX_LIVE_SESSIONS)]
    assert [session.session_id for session in client.live.list()] == sorted(t.session_id for t in tickets)
    with pytest.raises(ServiceError) as raised:
        client.live.create("ada")
    assert raised.value.code == "service-too-many-sessions"
    for ticket in (tickets[0], *tickets[2:]):
        client.live.end(ticket)
    with client.live.publish(tickets[1], SOURCE):
        assert [session.session_id for session in client.live.list()] == ["stage-1"]
        for call, kind, code in (
            (lambda: client.live.create("ada", "stage-1"), ServiceError, "live-session-exists"),
            (lambda: client.live.create("ada", "../stage"), ServiceError, "live-bad-session-id"),
            (lambda: client.live.create("nobody"), NotFoundError, "avatar-not-found"),
            (lambda: client.live.subscribe("stage-9"), NotFoundError, "live-session-not-found"),
            (lambda: client.live.publish(LiveTicket("stage-1", "guess", 0)), ServiceError, "live-wrong-key"),
            (lambda: client.live.end(LiveTicket("stage-1", "", 0)), ServiceError, "live-wrong-key"),
            (lambda: client.live.subscribe("stage-1", credits=0), UsageError, "live-bad-option"),
        ):
            with pytest.raises(kind) as raised:
                call()
            assert raised.value.code == code
            assert raised.value.fix
        bad = SourceSkeleton(tuple(f"b{n}" for n in range(24)), SKELETON.parents, OFFSETS)
        for source, options, code in (
            (bad, PublishOptions(), "retarget-unknown-joints"),
            (SOURCE, PublishOptions(jitter_buffer_s=9.0), "live-bad-jitter-buffer"),
        ):
            with pytest.raises(ServiceError) as raised:
                client.live.publish(tickets[1], source, options)
            assert raised.value.code == code
    client.live.end(tickets[1])


def test_a_session_without_a_publisher_is_abandoned_one_with_an_idle_one_is_not(server: AvatarServer) -> None:
    options = ServerOptions(port=0, grace_s=0.5, abandoned_after_s=0.3)
    with serving(server.catalogue.directory, options) as strict, Client(strict.address) as client:
        with client.live.publish(client.live.create("ada", "kept"), SOURCE):
            client.live.create("ada", "left")
            until(lambda: [session.session_id for session in client.live.list()] == ["kept"])
        until(lambda: not client.live.list())


def test_streams_that_are_on_their_way_into_a_session_that_ends_are_told(server: AvatarServer) -> None:
    """Whatever the moment: refused, or ended; nobody waits for a session that is gone, and nobody is called fenced."""
    package = server.catalogue.find("ada").package

    async def publish(client: AsyncClient, ticket: LiveTicket, told: set[str]) -> None:
        try:
            async with await client.live.publish(ticket, SOURCE, ANSWERED) as publisher:
                for number in range(200):
                    root = WALK.root_translation_m[0] + SKELETON.zero_joints_m[0]
                    await publisher.send(WALK.joint_rotations_wxyz[0], root + number)
                    await asyncio.sleep(0.005)
                    if publisher.watch.ended:
                        return
        except (NotFoundError, ServiceError) as error:
            told.add(error.code)

    async def subscribe(client: AsyncClient, ticket: LiveTicket) -> None:
        with suppress(NotFoundError):
            async with await client.live.subscribe(ticket.session_id, package=package) as watched:
                async for _ in watched:
                    pass

    async def main() -> None:
        told: set[str] = set()
        async with AsyncClient(server.address) as client:
            for number in range(60):
                ticket = await client.live.create("ada")
                streams = [publish(client, ticket, told), subscribe(client, ticket), subscribe(client, ticket)]
                running = asyncio.gather(*streams)
                await asyncio.sleep(number % 15 * 4e-4)
                await client.live.end(ticket)
                await asyncio.wait_for(running, 5)
        # gRPC's asyncio face loses the status where a write meets the end of the stream.
        assert told <= {"live-session-not-found", "service-unreachable", "service-failed"}

    asyncio.run(main())


def test_a_defect_of_ours_ends_the_stream_that_met_it(
    client: Client, ticket: LiveTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise ValueError("injected")

    monkeypatch.setattr(LiveSession, "advance", fail)
    with client.live.publish(ticket, SOURCE, PublishOptions(jitter_buffer_s=0.3)) as publisher:
        assert code_of_what_stops(lambda: send(publisher, 0)) == "service-failed"


def test_a_publisher_that_leaves_at_once_leaves_no_session_behind(server: AvatarServer) -> None:
    options = ServerOptions(port=0, grace_s=0.5, abandoned_after_s=0.5, max_live_sessions=200)

    async def main(address: str) -> None:
        async with AsyncClient(address) as client:
            for number in range(100):
                leaving = asyncio.create_task(client.live.publish(await client.live.create("ada"), SOURCE))
                await asyncio.sleep(number % 20 * 3e-4)
                leaving.cancel()
                with suppress(asyncio.CancelledError):
                    await (await leaving).close()
            for _ in range(100):
                if not await client.live.list():
                    return
                await asyncio.sleep(0.05)
            raise AssertionError(await client.live.list())

    with serving(server.catalogue.directory, options) as strict:
        asyncio.run(main(strict.address))


def test_asyncio_clients_publish_and_subscribe(server: AvatarServer) -> None:
    async def main() -> None:
        states: list[str] = []
        async with AsyncClient(server.address) as client:
            ticket = await client.live.create("ada")
            async with (
                await client.live.subscribe(ticket.session_id, on_source=states.append) as watched,
                await client.live.publish(ticket, SOURCE) as publisher,
            ):
                frames = aiter(watched)
                assert publisher.mapping.naming == "SMPL"
                for number in range(10):
                    root = WALK.root_translation_m[number] + SKELETON.zero_joints_m[0]
                    await publisher.send(WALK.joint_rotations_wxyz[number], root)
                    assert_shows(await anext(frames), number)
                async with await client.live.publish(ticket, SOURCE):
                    code = ""
                    while not code:
                        try:
                            await publisher.send(WALK.joint_rotations_wxyz[0], root)
                            await asyncio.sleep(0.01)
                        except ServiceError as error:
                            code = error.code
                    # gRPC's asyncio face loses the status where a write meets the end of the stream.
                    assert code in ("live-fenced", "service-unreachable", "service-failed")
                await client.live.end(ticket)
                async for _ in frames:
                    pass
                assert watched.watch.ended
            assert states[:2] == ["waiting", "live"]
            assert ticket.session_id not in [session.session_id for session in await client.live.list()]

    asyncio.run(main())
