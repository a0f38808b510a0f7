"""Store: packages at any URL that fsspec knows, such as s3://bucket/characters, read by ranges.

Needs the extra ``store``. Errors name URLs without what may be secret in them: user, password and query.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ani3d_runtime.errors import Ani3dError, InputError, ServiceError, UsageError
from ani3d_runtime.package.readable import truncated

BLOCK_BYTES = 64 << 10
CACHE_BYTES = 64 << 20
# A read this long is of a whole section or of a download: kept, it would push out what is asked for again and again.
LONG_READ_BYTES = 512 << 10
# After a failure the store is left alone for so long, so that not every thread waits for it to fail again.
_REST_S = 1.0
_CONNECT_S, _READ_S = 5.0, 20.0
_ATTEMPTS = 2
_MARKS = ("ETag", "etag", "Last-Modified", "LastModified", "last_modified", "mtime", "modified", "created")
_NOT_FOUND, _DENIED_STATUS = 404, (401, 403)
# Of botocore, whose classes are not at hand where S3 is not used.
_DENIED_ERRORS = ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "TokenRetrievalError")

_T = TypeVar("_T")


def is_url(source: str | Path) -> bool:
    """True if a path is the URL of a store, and not a path on this machine."""
    return isinstance(source, str) and "://" in source


def shown(source: str | Path) -> str:
    """A path, or a URL as it may stand in logs and errors."""
    if not (isinstance(source, str) and is_url(source)):
        return str(source)
    parts = urlsplit(source)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@dataclass(frozen=True)
class ObjectState:
    """The state that distinguishes an object from one that replaces it.

    Attributes:
        size_bytes: its length.
        mark: its ETag, or when it was written, as the store says.
    """

    size_bytes: int
    mark: str


class BlockCache:
    """The blocks that were used last, of all objects of a store; threads may share it.

    Args:
        capacity_bytes: of all blocks.
    """

    def __init__(self, capacity_bytes: int) -> None:
        self._capacity = max(1, capacity_bytes // BLOCK_BYTES)
        self._kept: OrderedDict[tuple[str, ObjectState, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: str, state: ObjectState, number: int) -> bytes | None:
        """A block, where it is kept."""
        with self._lock:
            block = self._kept.get((path, state, number))
            if block is not None:
                self._kept.move_to_end((path, state, number))
            return block

    def put(self, path: str, state: ObjectState, number: int, block: bytes) -> None:
        """Keep a block."""
        with self._lock:
            self._kept[path, state, number] = block
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)


class Store:
    """A folder of objects. Any thread may call it.

    Args:
        url: of the folder, or of one object.
        cache_bytes: of blocks that are kept in memory, for all objects together.

    Attributes:
        name: how errors name it.

    Raises:
        UsageError: ``store-unknown-protocol``.
    """

    def __init__(self, url: str, *, cache_bytes: int = CACHE_BYTES) -> None:
        # An extra, and slow to load.
        from fsspec.core import url_to_fs

        self.name = shown(url).rstrip("/")
        self._blocks = BlockCache(cache_bytes)
        self._rests_until_s = 0.0
        self._failure: Ani3dError | None = None
        with _coded(self.name):
            self._fs, root = url_to_fs(url, use_listings_cache=False, skip_instance_cache=True, **time_limits(url))
        if hasattr(self._fs, "retries"):  # s3fs tries again by itself, and botocore below it
            self._fs.retries = _ATTEMPTS
        self._root = str(root).rstrip("/")

    def listed(self, suffix: str) -> dict[str, ObjectState]:
        """Objects of the folder whose names end so, by name.

        Raises:
            InputError: ``file-not-found``. ServiceError: ``store-unreachable``, ``store-denied``.
        """

        def ask() -> dict[str, ObjectState]:
            states: dict[str, ObjectState] = {}
            for info in self._fs.ls(self._root, detail=True):
                name = str(info["name"]).partition("?")[0].rpartition("/")[2]
                if name.endswith(suffix) and info.get("type") != "directory":
                    # A listing of a web server has names alone.
                    states[name] = _state(info if info.get("size") is not None else self._fs.info(info["name"]))
            return states

        return self._asked(self.name, ask)

    def readable(self, name: str, state: ObjectState) -> StoreReadable:
        """An object of the folder, as it was listed."""
        return StoreReadable(self, f"{self._root}/{name}", f"{self.name}/{name}", state)

    def whole(self) -> StoreReadable:
        """The object at the store's own URL.

        Raises:
            InputError: ``file-not-found``. ServiceError: ``store-unreachable``, ``store-denied``.
        """
        state = self._asked(self.name, lambda: _state(self._fs.info(self._root)))
        return StoreReadable(self, self._root, self.name, state)

    def fetched(self, path: str, name: str, begin: int, end: int) -> bytes:
        """A range of an object, in one request.

        Raises:
            ServiceError: ``store-unreachable``, ``store-denied``, ``store-no-ranges``.
            BrokenPackageError: ``package-truncated``.
        """
        data = self._asked(name, lambda: bytes(self._fs.cat_file(path, start=begin, end=end)))
        if len(data) > end - begin:
            raise ServiceError(
                "store-no-ranges",
                name,
                found=f"{len(data)} bytes in answer to a range of {end - begin}",
                expected="a server that sends ranges",
                fix="Serve the packages with one that does: object stores, nginx, Apache, Caddy.",
            )
        if len(data) < end - begin:
            raise truncated(name, begin, end - begin, len(data))
        return data

    def block_range(self, path: str, name: str, state: ObjectState, first: int, last: int) -> bytes:
        """Blocks ``first`` to ``last`` of an object; those that are not kept are fetched, neighbours in one request."""
        found = {number: self._blocks.get(path, state, number) for number in range(first, last + 1)}
        for begin, end in _runs([number for number, block in found.items() if block is None]):
            offset = begin * BLOCK_BYTES
            data = self.fetched(path, name, offset, min((end + 1) * BLOCK_BYTES, state.size_bytes))
            for number in range(begin, end + 1):
                start = number * BLOCK_BYTES - offset
                found[number] = block = data[start : start + BLOCK_BYTES]
                self._blocks.put(path, state, number, block)
        return b"".join(block for block in found.values() if block is not None)

    def _asked(self, name: str, ask: Callable[[], _T]) -> _T:
        if self._failure is not None and time.monotonic() < self._rests_until_s:
            raise self._failure
        try:
            with _coded(name):
                return ask()
        except ServiceError as error:
            if error.code == "store-unreachable":
                self._failure, self._rests_until_s = error, time.monotonic() + _REST_S
            raise


class StoreReadable:
    """One object of a store, as it was when its state was looked up.

    Attributes:
        name: how errors name it.
    """

    def __init__(self, store: Store, path: str, name: str, state: ObjectState) -> None:
        self.name = name
        self._store = store
        self._path = path
        self._state = state

    def size(self) -> int:
        """Length in bytes."""
        return self._state.size_bytes

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset``; short reads come from blocks that are kept."""
        end = offset + length
        if end > self._state.size_bytes:
            raise truncated(self.name, offset, length, max(0, self._state.size_bytes - offset))
        if length == 0:
            return b""
        if length >= LONG_READ_BYTES:
            return self._store.fetched(self._path, self.name, offset, end)
        first = offset // BLOCK_BYTES
        data = self._store.block_range(self._path, self.name, self._state, first, (end - 1) // BLOCK_BYTES)
        return data[offset - first * BLOCK_BYTES : end - first * BLOCK_BYTES]


def _state(info: dict[str, Any]) -> ObjectState:
    marks = [f"{key}={info[key]}" for key in _MARKS if info.get(key) is not None]
    return ObjectState(int(info.get("size") or 0), " ".join(marks))


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of consecutive numbers."""
    begin = None
    for index, number in enumerate(numbers):
        if begin is None:
            begin = number
        if index + 1 == len(numbers) or numbers[index + 1] != number + 1:
            yield begin, number
            begin = None


def time_limits(url: str) -> dict[str, Any]:
    """Options of fsspec for a URL: limits of time, so that a store that does not answer is noticed."""
    protocol = url.partition("://")[0]
    if protocol in ("s3", "s3a"):
        retries = {"max_attempts": _ATTEMPTS}
        return {"config_kwargs": {"connect_timeout": _CONNECT_S, "read_timeout": _READ_S, "retries": retries}}
    if protocol in ("http", "https"):
        import aiohttp

        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_READ_S)
        return {"client_kwargs": {"timeout": timeout}}
    return {}


@contextmanager
def _coded(name: str) -> Generator[None, None, None]:
    """Turn errors of fsspec and its libraries into coded ones; their own text may hold keys."""
    try:
        yield
    except (Ani3dError, ImportError):
        raise
    except FileNotFoundError as error:
        cause = error.__cause__
        if isinstance(cause, Exception) and getattr(cause, "status", None) != _NOT_FOUND:
            raise _no_answer(name, cause) from None  # so the file system for HTTP says that it had none
        raise InputError(
            "file-not-found", name, found="nothing there", expected="a package", fix="Check the URL."
        ) from None
    except ValueError as error:
        if not str(error).startswith("Protocol not known"):
            raise
        raise UsageError(
            "store-unknown-protocol",
            name,
            found=name.partition("://")[0],
            expected="a protocol that fsspec knows, such as s3 or https",
            fix="Check the URL.",
        ) from None
    except Exception as error:
        raise _no_answer(name, error) from None


def _no_answer(name: str, error: Exception) -> ServiceError:
    status = getattr(error, "status", None)
    kind = type(error).__name__ if status is None else f"HTTP status {status}"
    if isinstance(error, PermissionError) or status in _DENIED_STATUS or kind in _DENIED_ERRORS:
        return ServiceError(
            "store-denied",
            name,
            found=f"a refusal ({kind})",
            expected="permission to list and to read",
            fix="Check the credentials of this process, for S3 the AWS_* variables, and the store's policy.",
        )
    return ServiceError(
        "store-unreachable",
        name,
        found=f"no answer ({kind})",
        expected="a store that answers",
        fix="Check the URL, the network, and for S3 AWS_ENDPOINT_URL and AWS_REGION; then try again.",
    )
