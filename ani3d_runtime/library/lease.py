"""Leases: of several hosts that work on one library, one at a time does a task.

A lease is an object ``tasks/KEY.lease``, created exclusively and written anew while its holder lives. It has expired
when the store has seen nothing of it for its life, by the store's own clock: clocks of hosts do not matter. A lease
that is lost all the same, such as of a host that slept, costs work done twice and nothing else: results have names of
their contents' digests and are published whole.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from ani3d_runtime.errors import Ani3dError, ServiceError
from ani3d_runtime.library.holder import Holder
from ani3d_runtime.library.store import LibraryStore

LIFE_S = 60.0
SUFFIX = ".lease"
_TAKEOVER = ".takeover"
# Renewed so often in a life, so that two attempts may fail.
_RENEWALS = 3
_MAX_BYTES = 4096
# Hosts whose clock is so far from the store's write misleading times into records.
_SKEW_S = 120.0


@dataclass
class Lease:
    """A task that is ours.

    Attributes:
        key: of the task.
        holder: this process.
        lost: set when another host has taken it, which it does when ours was not renewed in time.
    """

    key: str
    holder: Holder
    lost: threading.Event = field(default_factory=threading.Event)


class Leases:
    """The leases of one store.

    Args:
        store: of the library.
        life_s: how long a lease lasts that is not renewed.
    """

    def __init__(self, store: LibraryStore, *, life_s: float = LIFE_S) -> None:
        self._store, self._life_s = store, life_s
        self._clock_offset_s: float | None = None

    @contextmanager
    def held(self, key: str) -> Generator[Lease, None, None]:
        """Hold a task's lease for a block of code, renewed by a thread.

        Raises:
            ServiceError: ``library-task-held`` while another process has it; ``store-*``.
        """
        lease = self.take(key)
        ended = threading.Event()
        renewing = threading.Thread(target=self._keep, args=(lease, ended), name="ani3d-lease", daemon=True)
        renewing.start()
        try:
            yield lease
        finally:
            ended.set()
            renewing.join(self._life_s)
            self.release(lease)

    def take(self, key: str) -> Lease:
        """Take a task's lease.

        Raises:
            ServiceError: ``library-task-held`` while another process has it; ``store-*``.
        """
        lease = Lease(key, Holder())
        if self._store.create(_name(key), _content(lease.holder)):
            return lease
        other = self.holder(key)
        is_free = (other is not None and other.is_gone) or self._is_old(_name(key))
        if not is_free or not self._take_over(lease, other):
            raise self._refusal(key, other)
        return lease

    def release(self, lease: Lease) -> None:
        """Give a lease back. Where the store does not answer, it expires."""
        with suppress(Ani3dError):
            if not lease.lost.is_set() and self._is_ours(lease):
                self._store.delete(_name(lease.key))

    def renew(self, lease: Lease) -> bool:
        """Make a lease last for another life; False, and ``lost`` is set, where another process has it."""
        if not self._is_ours(lease):
            lease.lost.set()
            return False
        self._store.publish(_name(lease.key), _content(lease.holder))
        return True

    def holder(self, key: str) -> Holder | None:
        """Who has a task's lease; None for nobody, or where what is stored says no such thing."""
        data = self._store.read(_name(key))
        with suppress(ValueError, TypeError, AttributeError):
            return None if data is None else Holder.from_json(json.loads(data[:_MAX_BYTES]))
        return None

    def is_held(self, key: str) -> bool:
        """True if a process that may be alive has a task's lease."""
        holder = self.holder(key)
        return holder is not None and not holder.is_gone and not self._is_old(_name(key))

    def clock_skew(self) -> ServiceError | None:
        """``library-clock-skew`` where this host's clock is far from the store's: a warning, of times in records."""
        difference_s = time.time() - self._store_now_s()
        if abs(difference_s) < _SKEW_S:
            return None
        return ServiceError(
            "library-clock-skew",
            self._store.name,
            found=f"a clock that is {difference_s:+,.0f} s from the store's",
            expected=f"less than {_SKEW_S:.0f} s, or times in records mislead (leases go by the store's clock)",
            fix="Set the clock of this machine, such as with NTP.",
        )

    def _keep(self, lease: Lease, ended: threading.Event) -> None:
        while not ended.wait(self._life_s / _RENEWALS):
            # A store that does not answer may do so at the next time; what is lost is found out then.
            with suppress(Ani3dError):
                if not self.renew(lease):
                    return

    def _is_ours(self, lease: Lease) -> bool:
        holder = self.holder(lease.key)
        return holder is not None and holder.token == lease.holder.token

    def _is_old(self, name: str) -> bool:
        written_s = self._store.modified_s(name)
        return written_s is None or self._store_now_s() - written_s > self._life_s

    def _take_over(self, lease: Lease, other: Holder | None) -> bool:
        """Take an expired lease, or one that is just given back; one process alone succeeds.

        Who creates the marker of the lease that has expired may replace it, unless it was replaced before: a process
        that is late meets another token then.
        """
        marker = f"tasks/{lease.key}.{'none' if other is None else other.token}{_TAKEOVER}"
        if not self._store.create(marker, b""):
            if self._is_old(marker):  # left by a process that ended in between
                self._store.delete(marker)
            return False
        try:
            if self.holder(lease.key) != other:
                return False
            self._store.publish(_name(lease.key), _content(lease.holder))
            return True
        finally:
            self._store.delete(marker)

    def _store_now_s(self) -> float:
        """The store's time: of an object that is written for it, once."""
        if self._clock_offset_s is None:
            probe = f"work/clock-{Holder().token}"
            self._store.publish(probe, b"")
            written_s = self._store.modified_s(probe)
            self._store.delete(probe)
            self._clock_offset_s = (time.time() if written_s is None else written_s) - time.monotonic()
        return time.monotonic() + self._clock_offset_s

    def _refusal(self, key: str, holder: Holder | None) -> ServiceError:
        who = "another process" if holder is None else f"process {holder.pid} of {holder.host}"
        return ServiceError(
            "library-task-held",
            key,
            found=f"{who}, which does it now",
            expected="a task that nobody does",
            fix=f"Wait for it; where that process is gone, the task is free after {self._life_s:.0f} s.",
        )


def _name(key: str) -> str:
    return f"tasks/{key}{SUFFIX}"


def _content(holder: Holder) -> bytes:
    return json.dumps(holder.to_json()).encode()
