"""NpzArchive: a careful reader of numpy's .npz files.

Nothing is unpickled, every declared shape is checked against the bytes that are there before memory is taken, and only
the arrays asked for are read, checksums and all.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ani3d_runtime.errors import InputError

_LOCAL_HEADER_BYTES = 30
# Deflate cannot shrink anything more than about 1032 times, so a larger claim is a lie.
_MAX_EXPANSION = 1040
_BLOCK_BYTES = 1 << 22
# What zipfile raises over damaged, encrypted or exotic archives; NotImplementedError is a RuntimeError.
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)


@dataclass(frozen=True)
class _Entry:
    info: zipfile.ZipInfo
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran_order: bool
    header_bytes: int


class NpzArchive:
    """An open .npz file.

    Args:
        path: the file.
        error: the kind of error that refusals are raised as.
        code_prefix: first part of the error codes.

    Raises:
        InputError: ``<prefix>-missing-file``, ``<prefix>-not-npz``.
    """

    def __init__(self, path: Path | str, *, error: type[InputError] = InputError, code_prefix: str = "npz") -> None:
        self.path = Path(path)
        self._error = error
        self._prefix = code_prefix
        if not self.path.is_file():
            raise error(
                f"{code_prefix}-missing-file",
                self.path,
                found="no such file",
                expected="an .npz file",
                fix="Check the path.",
            )
        try:
            with zipfile.ZipFile(self.path) as archive:
                infos = archive.infolist()
        except _ZIP_ERRORS as exc:
            raise error(
                f"{code_prefix}-not-npz",
                self.path,
                found=f"something that is not a complete .npz file ({exc})",
                expected="a file written by numpy.savez or numpy.savez_compressed",
                fix="Write the file again; it may have been cut short.",
            ) from None
        self._infos = {info.filename.removesuffix(".npy"): info for info in infos}

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arrays, sorted."""
        return tuple(sorted(self._infos))

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of an array, without reading it."""
        return self._entry(name).shape

    def array(self, name: str) -> NDArray[Any]:
        """An array, read into memory.

        Raises:
            InputError: ``<prefix>-missing-array``, ``-pickled``, ``-truncated``.
        """
        entry = self._checked_entry(name)
        count = math.prod(entry.shape)
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(entry.info) as stream:
                stream.read(entry.header_bytes)
                # One byte more than there is: only at the end of the stream does zipfile compare its checksum.
                flat = np.frombuffer(stream.read(count * entry.dtype.itemsize + 1), dtype=entry.dtype)
        except _ZIP_ERRORS as exc:
            raise self._truncated(name, str(exc), "undamaged data") from None
        if flat.size != count:
            raise self._truncated(name, f"{flat.size} values", f"{count} values")
        return flat.reshape(entry.shape, order="F" if entry.fortran_order else "C")

    def mapped(self, name: str) -> NDArray[Any]:
        """An array as a view of the file where that holds it uncompressed (``numpy.savez``), else read into memory.

        For arrays larger than memory. The file must stay as it is while the array is used.

        Raises:
            InputError: as :meth:`array`.
        """
        entry = self._checked_entry(name)
        if entry.info.compress_type != zipfile.ZIP_STORED or 0 in entry.shape:
            return self.array(name)
        start = self._data_offset(entry.info)
        self._check_sum(name, entry.info, start)
        order = "F" if entry.fortran_order else "C"
        return np.memmap(
            self.path, entry.dtype, mode="r", offset=start + entry.header_bytes, shape=entry.shape, order=order
        )

    def _checked_entry(self, name: str) -> _Entry:
        """The entry, after its declared shape is found to be what the file can hold."""
        entry = self._entry(name)
        size = math.prod(entry.shape) * entry.dtype.itemsize
        # A zip records both sizes; whichever lies, no more than the file can hold is allocated.
        room = entry.info.file_size - entry.header_bytes
        if size != room or entry.info.file_size > _MAX_EXPANSION * max(entry.info.compress_size, 64):
            raise self._truncated(name, f"{room} bytes of data", f"{size} bytes for shape {entry.shape}")
        return entry

    def _data_offset(self, info: zipfile.ZipInfo) -> int:
        with self.path.open("rb") as stream:
            stream.seek(info.header_offset)
            local = stream.read(_LOCAL_HEADER_BYTES)
        name_and_extra = int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
        return info.header_offset + _LOCAL_HEADER_BYTES + name_and_extra

    def _check_sum(self, name: str, info: zipfile.ZipInfo, start: int) -> None:
        """Compare the stored bytes with the zip's checksum, which a mapping would never look at."""
        checksum, left = 0, info.file_size
        with self.path.open("rb") as stream:
            stream.seek(start)
            while left and (block := stream.read(min(left, _BLOCK_BYTES))):
                checksum = zlib.crc32(block, checksum)
                left -= len(block)
        if left or checksum != info.CRC:
            raise self._truncated(name, f"data with checksum {checksum:08x}", f"checksum {info.CRC:08x}")

    def _entry(self, name: str) -> _Entry:
        info = self._infos.get(name)
        if info is None:
            raise self._error(
                f"{self._prefix}-missing-array",
                self.path,
                found=f"arrays {', '.join(self.names) or 'none'}",
                expected=f"an array named {name}",
                fix=f"Save the file with {name}=….",
            )
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(info) as stream:
                shape, fortran_order, dtype = _read_header(stream)
                header_bytes = stream.tell()
        except Exception as exc:
            # numpy reads a header as Python's text, and lets out whatever tokenizer, parser and dtype refuse it with.
            raise self._truncated(
                name, f"a header that cannot be read ({str(exc)[:80]})", "a numpy array header"
            ) from None
        if dtype.hasobject:
            raise self._error(
                f"{self._prefix}-pickled",
                f"{self.path}: {name}",
                found="pickled Python objects, which can run code when they are read",
                expected="a plain numeric array",
                fix=f"Save {name} as float32 or float16 with numpy.savez.",
            )
        return _Entry(info, shape, dtype, fortran_order, header_bytes)

    def _truncated(self, name: str, found: str, expected: str) -> InputError:
        return self._error(
            f"{self._prefix}-truncated",
            f"{self.path}: {name}",
            found=found,
            expected=expected,
            fix="Write the file again; it is damaged or was cut short.",
        )


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = npy.read_magic(stream)
    if version == (1, 0):
        return npy.read_array_header_1_0(stream)
    if version == (2, 0):
        return npy.read_array_header_2_0(stream)
    raise ValueError(f"npy version {version[0]}.{version[1]}")
