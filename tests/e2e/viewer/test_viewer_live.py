"""Live sessions in the viewer: watched, opened and ended from pages."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from ani3d_runtime.client import Client, LiveTicket
from ani3d_runtime.server import AvatarServer
from tests.viewer_pages import Open, pictures, plays

if TYPE_CHECKING:
    pass


@contextmanager
def performing(client: Client, ticket: LiveTicket) -> Generator[None]:
    """A performer who stands there, until the block ends."""
    over = threading.Event()

    def perform() -> None:
        with client.live.publish(ticket) as publisher:
            rotations = np.zeros((len(publisher.header.joint_names), 4), dtype=np.float32)
            rotations[:, 0] = 1
            while not over.wait(0.05):
                publisher.send(rotations, np.zeros(3, dtype=np.float32))

    thread = threading.Thread(target=perform)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_live_session_is_watched_while_its_performer_goes_and_comes_back(opened: Open, server: AvatarServer) -> None:
    with Client(server.address) as client:
        ticket = client.live.create("ada", "stage")
        page = opened("&avatar=live:stage")
        page.locator("#live[data-state='waiting']").wait_for()
        assert page.is_hidden("#scrub")
        for _ in range(2):
            with performing(client, ticket):
                page.locator("#live[data-state='live']").wait_for()
                drawn = pictures(page)
                drawn()
            page.locator("#live[data-state='lost']").wait_for()
        client.live.end(ticket)
        page.locator("#live[data-state='ended']").wait_for()


def test_sessions_come_and_go_without_a_reload(opened: Open, server: AvatarServer) -> None:
    page = opened("")
    page.locator("button.card").first.wait_for()
    assert page.locator("button.card[data-live]").count() == 0
    with Client(server.address) as client:
        ticket = client.live.create("ada", "late")
        card = page.locator("button.card[data-id='live:late']")
        card.wait_for()
        with performing(client, ticket):
            card.click()
            page.locator("#live[data-state='live']").wait_for()
            pictures(page)()
        client.live.end(ticket)
    page.locator("#live[data-state='ended']").wait_for()
    page.click("#avatars")
    card.wait_for(state="detached")


def test_a_page_goes_live_and_another_watches(opened: Open, server: AvatarServer) -> None:
    performer = opened()
    plays(performer)
    performer.click("#share")
    performer.fill("#session-name", "no name")
    performer.click("#perform")
    performer.locator("#perform-words", has_text="live-bad-session-id").wait_for()
    performer.fill("#session-name", "stage-2")
    performer.click("#perform")
    performer.locator("#perform[aria-pressed='true']").wait_for()
    watcher = opened("&avatar=live:stage-2")
    watcher.locator("#live[data-state='live']").wait_for()
    pictures(watcher)()
    with Client(server.address) as client:
        assert [each.session_id for each in client.live.list()] == ["stage-2"]
    performer.bring_to_front()
    performer.click("#perform")
    performer.locator("#perform[aria-pressed='false']").wait_for()
    watcher.locator("#live[data-state='ended']").wait_for()
