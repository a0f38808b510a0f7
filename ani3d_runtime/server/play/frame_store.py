"""FrameStore: serialised frames, each produced once for all its watchers."""

from __future__ import annotations

import asyncio
import functools
import weakref
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeAlias

from ani3d_runtime.codec.live.light_frames import LightFrameEncoder
from ani3d_runtime.errors import NotFoundError
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.rpc.frame_layout import pack_full, pack_light
from ani3d_runtime.rpc.v1 import frames_pb2, playback_pb2
from ani3d_runtime.server.assets.catalogue import CatalogueEntry
from ani3d_runtime.server.play.media_clock import MediaClock
from ani3d_runtime.server.stream.frame_form import FrameForm

PREFETCHED_TICKS = 8
# A client that changes its mind all the time must not fill the pool with what it does not want any more.
_MOST_PREFETCHING = 4

_PlayerKey: TypeAlias = tuple[str, str, int | None]
# What a source shows, in one string that is hashed once, and when.
_FrameKey: TypeAlias = tuple[str, float]


class FrameSource:
    """Frames of one clip in one mode, as serialised ``PlayResponse`` messages that hold nothing but the frame.

    A session puts its own fields before them: concatenated protobuf messages are one message.

    Attributes:
        entry: the package the frames belong to; held, because a package is closed with its entry.
        player: evaluates the clip; shared by all sources of the clip.
    """

    def __init__(
        self,
        store: FrameStore,
        entry: CatalogueEntry,
        player: ClipPlayer,
        clip: str,
        form: FrameForm,
        lod: int | None,
        *,
        with_detail: bool,
    ) -> None:
        self.entry = entry
        self.player = player
        self._store = store
        self._form = form
        self._with_detail = with_detail
        self._prefetching = 0
        self._name = f"{entry.digest} {lod} {form.name} {with_detail} {clip}"

    async def serialised(self, clock: MediaClock) -> bytes:
        """The frame that the clock shows."""
        time_s = clock.time_s
        key = self._name, time_s
        kept = self._store.kept(key)
        if kept is not None:
            return kept
        # A watcher that leaves must not take the frame away from the others.
        return await asyncio.shield(self._store.started(key, self._producer(clock, time_s)))

    def kept(self, clock: MediaClock) -> bytes | None:
        """The frame that the clock shows where it is at hand."""
        return self._store.kept((self._name, clock.time_s))

    def prefetch(self, clock: MediaClock) -> None:
        """Have a later frame ready when its time comes: decoding a group of frames can take several ticks."""
        if self._prefetching >= _MOST_PREFETCHING:
            return
        time_s = clock.time_ahead_s(PREFETCHED_TICKS)
        if time_s is not None and self._store.kept((self._name, time_s)) is None:
            self._prefetching += 1
            self._store.started((self._name, time_s), self._producer(clock, time_s)).add_done_callback(self._prefetched)

    def _prefetched(self, _: asyncio.Future[bytes]) -> None:
        self._prefetching -= 1

    def _producer(self, clock: MediaClock, time_s: float) -> Callable[[], bytes]:
        return functools.partial(self._produce, time_s, clock.index_of(time_s), clock.loop)

    def _produce(self, time_s: float, index: int, loop: bool) -> bytes:
        if self._form is FrameForm.FULL:
            payload = pack_full(self.player.pose(self.player.frame_at(time_s, loop)).cloud)
        elif self._form is FrameForm.STEPS:
            # A key each, so that one serves every watcher, whatever it saw before; a change is a third smaller.
            parents = self.entry.package.residual_model.node_parents
            encoder = LightFrameEncoder(parents, self.player.avatar.skeleton.joint_count)
            payload = encoder.key(self.player.light_frame_at(time_s, loop))
        elif self._with_detail:
            payload = pack_light(self.player.frame_at(time_s, loop))
        else:
            payload = pack_light(self.player.light_frame_at(time_s, loop))
        message = frames_pb2.Frame(time_s=time_s, frame_index=index, payload=payload)
        return playback_pb2.PlayResponse(frames=[message]).SerializeToString()


class FrameStore:
    """Produces frames on a bounded pool of threads and keeps the most recently used.

    All methods but what runs on the pool belong to one event loop.

    Args:
        pool: where frames are decoded.
        capacity_bytes: of serialised frames kept.
    """

    def __init__(self, pool: Executor, capacity_bytes: int) -> None:
        self._pool = pool
        self._capacity_bytes = capacity_bytes
        self._held_bytes = 0
        self._kept: OrderedDict[_FrameKey, bytes] = OrderedDict()
        self._pending: dict[_FrameKey, asyncio.Future[bytes]] = {}
        self._players: weakref.WeakValueDictionary[_PlayerKey, ClipPlayer] = weakref.WeakValueDictionary()

    async def source(
        self, entry: CatalogueEntry, clip: str, form: FrameForm, lod: int | None, *, with_detail: bool
    ) -> FrameSource:
        """The frames of a clip.

        Raises:
            NotFoundError: ``clip-not-found``, ``lod-not-found``.
            Ani3dError: why the clip cannot be read.
        """
        if clip not in entry.package.clip_names:
            raise NotFoundError(
                "clip-not-found",
                f"clip {clip[:128]!r} of {entry.avatar_id}",
                found="no such clip",
                expected=f"one of: {', '.join(entry.package.clip_names)}",
                fix="Name one of the avatar's clips.",
            )
        if lod == entry.package.level_count - 1:
            lod = None
        key = (entry.digest, clip, lod)
        player = self._players.get(key)
        if player is None:
            loop = asyncio.get_running_loop()
            make = functools.partial(ClipPlayer, entry.package, clip, lod=lod)
            made = await loop.run_in_executor(self._pool, make)
            player = self._players.setdefault(key, made)
        return FrameSource(self, entry, player, clip, form, lod, with_detail=with_detail)

    def kept(self, key: _FrameKey) -> bytes | None:
        """The bytes of ``key`` where they were produced not long ago."""
        frame = self._kept.get(key)
        if frame is not None:
            self._kept.move_to_end(key)
        return frame

    def started(self, key: _FrameKey, produce: Callable[[], bytes]) -> asyncio.Future[bytes]:
        """The bytes of ``key``, on their way since before or from now on."""
        pending = self._pending.get(key)
        if pending is None:
            pending = asyncio.get_running_loop().run_in_executor(self._pool, produce)
            self._pending[key] = pending
            pending.add_done_callback(functools.partial(self._arrived, key))
        return pending

    def _arrived(self, key: _FrameKey, future: asyncio.Future[bytes]) -> None:
        del self._pending[key]
        if future.cancelled() or future.exception() is not None:
            return
        frame = future.result()
        self._kept[key] = frame
        self._held_bytes += len(frame)
        while self._held_bytes > self._capacity_bytes:
            _, dropped = self._kept.popitem(last=False)
            self._held_bytes -= len(dropped)
