"""LibraryStore: where packages and records of a library lie; a folder, or any URL that fsspec knows."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.request import url2pathname

from ani3d_runtime.errors import Ani3dError, ResourceError, ServiceError, UsageError
from ani3d_runtime.package.store import shown, time_limits
from ani3d_runtime.replacing import replacing_path

# What systems say where a file cannot have two names: FAT, some shares.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


class LibraryStore(ABC):
    """Objects by name, such as ``anna.a3d`` or ``tasks/KEY.json``; each is there as a whole or not at all.

    Attributes:
        name: how errors name it.
    """

    name: str

    @abstractmethod
    def read(self, name: str) -> bytes | None:
        """An object; None where there is none."""

    @abstractmethod
    def publish(self, name: str, content: bytes | Path) -> None:
        """Write an object, or replace it.

        Args:
            name: of the object.
            content: bytes, or a file of this machine.

        Raises:
            ResourceError, ServiceError: why it could not be written.
        """

    @abstractmethod
    def create(self, name: str, content: bytes) -> bool:
        """Write an object unless there is one of that name; whether it was written. Only one of several wins."""

    @abstractmethod
    def fetch(self, name: str, path: Path) -> bool:
        """Copy an object to a file of this machine; False where there is none."""

    @abstractmethod
    def names(self, prefix: str) -> Iterator[str]:
        """Names of the objects below a prefix that ends in ``/``, or at the top where it is empty; without it."""

    @abstractmethod
    def all_names(self, prefix: str) -> Iterator[str]:
        """Names of the objects below a prefix at any depth, without it; ``/`` between folders."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Remove an object, where there is one."""

    @abstractmethod
    def modified_s(self, name: str) -> float | None:
        """When an object was written, seconds since 1970 by the store's clock; None where there is none."""


def open_store(place: str) -> LibraryStore:
    """The store at a folder or URL.

    Raises:
        UsageError: ``store-unknown-protocol``. ServiceError: ``store-*``. ImportError: without the extra ``store``.
    """
    protocol, is_url, rest = place.partition("://")
    if not is_url or protocol in ("file", "local"):
        return FolderStore(Path(url2pathname(rest) if is_url else place))
    return RemoteStore(place)


class FolderStore(LibraryStore):
    """A folder, of this machine or of a file server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = str(folder)

    def read(self, name: str) -> bytes | None:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return self._path(name).read_bytes()
        return None

    def publish(self, name: str, content: bytes | Path) -> None:
        path = self._path(name)
        self._make_folder(path.parent)
        with replacing_path(path) as partial:
            if isinstance(content, bytes):
                partial.write_bytes(content)
            else:
                shutil.copyfile(content, partial)
            with partial.open("rb") as file:
                os.fsync(file.fileno())

    def create(self, name: str, content: bytes) -> bool:
        path = self._path(name)
        self._make_folder(path.parent)
        # A link is made or not, with all of its content; a file that is opened exclusively is seen half-written.
        own = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(6).hex()}.part")
        try:
            own.write_bytes(content)
            os.link(own, path)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise self._unwritable(path, error) from None
            return self._create_slowly(path, content)
        finally:
            own.unlink(missing_ok=True)
        return True

    def _create_slowly(self, path: Path, content: bytes) -> bool:
        """As ``create``, where files cannot have two names: for a moment others see it empty."""
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            return False
        except OSError as error:
            raise self._unwritable(path, error) from None
        return True

    def fetch(self, name: str, path: Path) -> bool:
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(self._path(name), path)
            return True
        return False

    def names(self, prefix: str) -> Iterator[str]:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(self.folder / prefix) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and entry.is_file():
                    yield entry.name

    def all_names(self, prefix: str) -> Iterator[str]:
        top = self.folder / prefix
        for folder, _, files in os.walk(top):
            place = os.path.relpath(folder, top).replace(os.sep, "/")
            for file in files:
                if not file.startswith("."):
                    yield file if place == "." else f"{place}/{file}"

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def modified_s(self, name: str) -> float | None:
        with contextlib.suppress(FileNotFoundError):
            return self._path(name).stat().st_mtime
        return None

    def _path(self, name: str) -> Path:
        return self.folder / name

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(folder, error) from None

    @staticmethod
    def _unwritable(path: Path, error: OSError) -> ResourceError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return ResourceError(
                "disk-full",
                path,
                found=str(error.strerror),
                expected="room for what is published",
                fix="Free some space, and run the same command again.",
            )
        return ResourceError(
            "output-unwritable",
            path,
            found=str(error.strerror or error),
            expected="a folder that may be written",
            fix="Check the store in library.toml and its permissions.",
        )


class RemoteStore(LibraryStore):
    """Objects at a URL, such as ``s3://bucket/people``. Object stores write an object as a whole."""

    def __init__(self, url: str) -> None:
        from fsspec.core import url_to_fs

        self.name = shown(url).rstrip("/")
        with self._coded():
            self._fs, root = url_to_fs(url, use_listings_cache=False, skip_instance_cache=True, **time_limits(url))
        self._root = str(root).rstrip("/")

    def read(self, name: str) -> bytes | None:
        with self._coded(), contextlib.suppress(FileNotFoundError):
            return bytes(self._fs.cat_file(self._path(name)))
        return None

    def publish(self, name: str, content: bytes | Path) -> None:
        with self._coded():
            if isinstance(content, bytes):
                self._fs.pipe_file(self._path(name), content)
            else:
                self._fs.put_file(str(content), self._path(name))

    def create(self, name: str, content: bytes) -> bool:
        with self._coded():
            try:
                self._fs.pipe_file(self._path(name), content, mode="create")
            except FileExistsError:
                return False
        return True

    def fetch(self, name: str, path: Path) -> bool:
        with self._coded(), contextlib.suppress(FileNotFoundError):
            self._fs.get_file(self._path(name), str(path))
            return True
        return False

    def names(self, prefix: str) -> Iterator[str]:
        found: list[dict[str, Any]] = []
        with self._coded(), contextlib.suppress(FileNotFoundError):
            found = self._fs.ls(self._path(prefix).rstrip("/"), detail=True)
        for info in found:
            name = str(info["name"]).rpartition("/")[2]
            if info.get("type") != "directory" and name:
                yield name

    def all_names(self, prefix: str) -> Iterator[str]:
        top = self._path(prefix).rstrip("/")
        found: list[str] = []
        with self._coded(), contextlib.suppress(FileNotFoundError):
            found = self._fs.find(top)
        for name in found:
            yield str(name).lstrip("/").removeprefix(f"{top.lstrip('/')}/")

    def delete(self, name: str) -> None:
        with self._coded(), contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(self._path(name))

    def modified_s(self, name: str) -> float | None:
        with self._coded(), contextlib.suppress(FileNotFoundError):
            return float(self._fs.modified(self._path(name)).timestamp())
        return None

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextlib.contextmanager
    def _coded(self) -> Generator[None, None, None]:
        """Errors of fsspec and its libraries as coded ones; their own text may hold keys."""
        try:
            yield
        except (Ani3dError, FileNotFoundError, FileExistsError, ImportError):
            raise
        except Exception as error:
            if isinstance(error, ValueError) and str(error).startswith("Protocol not known"):
                raise UsageError(
                    "store-unknown-protocol",
                    self.name,
                    found=self.name.partition("://")[0],
                    expected="a protocol that fsspec knows, such as s3",
                    fix="Correct the store in library.toml.",
                ) from None
            raise ServiceError(
                "store-unreachable",
                self.name,
                found=f"no answer ({type(error).__name__})",
                expected="a store that can be read and written",
                fix="Check the URL, the credentials and the network; then run the same command again.",
            ) from None
