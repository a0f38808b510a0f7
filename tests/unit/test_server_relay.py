"""Sessions of another process, before anybody has to do with them; the bus is one within this process."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import pytest

from ani3d_runtime.errors import NotFoundError
from ani3d_runtime.playback.live import LivePlayer
from ani3d_runtime.rpc.v1 import frames_pb2
from ani3d_runtime.server.assets.catalogue import Catalogue, CatalogueEntry
from ani3d_runtime.server.bus.local import LocalBus
from ani3d_runtime.server.live.relay.directory import SessionDirectory
from ani3d_runtime.server.live.relay.pipe import PipeCall
from ani3d_runtime.server.live.session import LiveSession
from ani3d_runtime.testing.packages import write_body_package

STAGE = "stage"
NO_ANSWER_S = 0.05
pytestmark = pytest.mark.timeout(30)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("catalogue")
    for avatar_id in ("ada", "grace"):
        write_body_package(folder / f"{avatar_id}.a3d", frame_count=2)
    return Catalogue(folder)


class Owner:
    """The process that has the session: as much of its service as others ask for."""

    def __init__(self, bus: LocalBus, pool: ThreadPoolExecutor) -> None:
        self.directory = SessionDirectory(bus, pool, self, lambda _: None)
        self._pool = pool

    async def create(self, entry: CatalogueEntry) -> LiveSession:
        session = LiveSession(STAGE, entry, LivePlayer(entry.package), self._pool, 1.0)
        await self.directory.offer(session)
        self._session = session
        return session

    def header_of(self, session: LiveSession) -> bytes:
        return frames_pb2.Header(avatar_id=session.entry.avatar_id).SerializeToString()

    async def serve_pipe(self, pipe: PipeCall) -> None:
        """Nobody publishes."""

    def end_session(self, session_id: str, publish_key: str, *, is_admin: bool) -> None:
        self.directory.withdraw(self._session)


class HungUpBus(LocalBus):
    """A bus on which nobody listens, which it takes a while to say."""

    async def ask(self, subject: str, body: bytes, timeout_s: float = NO_ANSWER_S) -> bytes:
        await asyncio.sleep(NO_ANSWER_S)
        return await super().ask(subject, body, timeout_s)


Story: TypeAlias = Callable[[Owner, SessionDirectory], Coroutine[Any, Any, None]]


def tell(story: Story, bus: LocalBus) -> None:
    """A story of two processes."""

    async def begin() -> None:
        with ThreadPoolExecutor(1) as pool:
            owner = Owner(bus, pool)
            await story(owner, SessionDirectory(bus, pool, owner, lambda _: None))

    asyncio.run(begin())


def test_a_session_that_was_only_asked_about_is_forgotten(catalogue: Catalogue) -> None:
    async def story(owner: Owner, elsewhere: SessionDirectory) -> None:
        session = await owner.create(catalogue.find("ada"))
        found = await elsewhere.find(STAGE)
        assert await elsewhere.find(STAGE) is found, "many that come at once have one in common"
        owner.directory.withdraw(session)
        await asyncio.sleep(1.1)
        elsewhere.tick()
        with pytest.raises(NotFoundError):
            await elsewhere.find(STAGE)

    tell(story, LocalBus())


def test_a_name_that_is_ended_from_elsewhere_and_used_again_is_the_new_session(catalogue: Catalogue) -> None:
    async def story(owner: Owner, elsewhere: SessionDirectory) -> None:
        for avatar_id in ("ada", "grace"):
            session = await owner.create(catalogue.find(avatar_id))
            assert (await elsewhere.find(STAGE)).header.avatar_id == avatar_id
            await elsewhere.end(STAGE, session.publish_key, is_admin=False)

    tell(story, LocalBus())


def test_a_client_that_hangs_up_while_a_session_is_sought_leaves_no_error_behind() -> None:
    complaints: list[dict[str, Any]] = []

    async def story(owner: Owner, elsewhere: SessionDirectory) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, complaint: complaints.append(complaint))
        client = asyncio.create_task(elsewhere.find(STAGE))
        await asyncio.sleep(NO_ANSWER_S / 2)
        client.cancel()
        await asyncio.sleep(2 * NO_ANSWER_S)
        gc.collect()

    tell(story, HungUpBus())
    assert not complaints
