"""PlyFile and PlyTable: the elements of a PLY file, read without trusting it.

Format: G. Turk, "The PLY Polygon File Format" (1994). The declared count is held against the size of the file before
anything is allocated; binary data are mapped, so a column costs what it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.errors import PlyError

_MAX_HEADER_BYTES = 64 * 1024
# No count has more digits, and no number as text more bytes: arrays of text are as wide as their widest entry.
_MAX_COUNT_DIGITS, _MAX_TOKEN_BYTES = 15, 64
_TYPES = {
    "char": "i1",
    "int8": "i1",
    "uchar": "u1",
    "uint8": "u1",
    "short": "i2",
    "int16": "i2",
    "ushort": "u2",
    "uint16": "u2",
    "int": "i4",
    "int32": "i4",
    "uint": "u4",
    "uint32": "u4",
    "float": "f4",
    "float32": "f4",
    "double": "f8",
    "float64": "f8",
}
# Farther from the origin than this, in widths of the cloud, doubles are moved there before they become floats.
_FAR_SPREADS = 100.0
# Fewer have no width to speak of.
_FEWEST_CENTRED = 16
_BYTE_ORDER = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": "="}


@dataclass
class _Element:
    name: str
    count: int
    properties: list[tuple[str, str]]
    has_list: bool = False


@dataclass(frozen=True)
class _Header:
    byte_order: str
    is_ascii: bool
    elements: tuple[_Element, ...]
    data_offset: int


@dataclass(frozen=True)
class PlyFile:
    """An opened PLY, of which nothing but the header is read.

    Attributes:
        path: the file.
        vertex: its vertices.
    """

    path: Path
    vertex: PlyTable
    _header: _Header

    @classmethod
    def open(cls, path: Path | str) -> PlyFile:
        """Read the header and find the vertices.

        Raises:
            PlyError: ``ply-missing-file``, ``ply-not-ply``, ``ply-bad-header``, ``ply-list-property``, ``ply-empty``,
                ``ply-truncated``.
        """
        path = Path(path)
        if not path.is_file():
            raise PlyError(
                "ply-missing-file", path, found="no such file", expected="a 3DGS PLY file", fix="Check the path."
            )
        try:
            with path.open("rb") as stream:
                head = stream.read(_MAX_HEADER_BYTES)
        except OSError as exc:
            raise PlyError(
                "ply-missing-file", path, found=str(exc), expected="a readable file", fix="Check its permissions."
            ) from None
        header = _parse_header(path, head)
        return cls(path, _table(path, header, "vertex"), header)

    @property
    def element_names(self) -> tuple[str, ...]:
        """Names of the elements, in file order."""
        return tuple(element.name for element in self._header.elements)

    def element(self, name: str) -> PlyTable:
        """An element by its name.

        Raises:
            PlyError: as :meth:`open`.
        """
        return _table(self.path, self._header, name)


@dataclass(frozen=True)
class PlyTable:
    """One element of a PLY, such as its vertices.

    Attributes:
        path: where it was read.
        rows: [N] structured array with one field per property; a view of the file where it is binary.
    """

    path: Path
    rows: NDArray[Any]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the properties, in file order."""
        return tuple(self.rows.dtype.names or ())

    def require(self, names: Sequence[str]) -> None:
        """Refuse a table that lacks any of these properties.

        Raises:
            PlyError: ``ply-missing-property``, naming all that are missing.
        """
        missing = [name for name in names if name not in self.names]
        if not missing:
            return
        raise PlyError(
            "ply-missing-property",
            self.path,
            found=f"vertex properties {', '.join(self.names[:12])}{' …' if len(self.names) > 12 else ''}",
            expected=f"also {', '.join(missing)}",
            fix="Export the trained Gaussians (point_cloud.ply), not a mesh or a point cloud.",
        )

    def columns(self, names: Sequence[str], *, may_be_infinite: bool = False) -> Float32Array:
        """[N, len(names)] the named properties as float32.

        Raises:
            PlyError: ``ply-missing-property``, ``ply-not-finite``.
        """
        self.require(names)
        result = self._float32(names)
        bad = np.isnan(result) if may_be_infinite else ~np.isfinite(result)
        if bad.any():
            row, column = (int(i) for i in np.argwhere(bad)[0])
            kind = "NaN" if may_be_infinite else "NaN or infinite"
            raise PlyError(
                "ply-not-finite",
                self.path,
                found=f"{int(bad.sum())} values that are {kind}, the first in {names[column]} of vertex {row}",
                expected="numbers" if may_be_infinite else "finite numbers",
                fix="Pass --drop-nan to leave these Gaussians out.",
            )
        return result

    def centred_columns(self, names: Sequence[str]) -> Float32Array:
        """[N, len(names)] as :meth:`columns`; doubles far from the origin are moved to it first, or they would fall
        onto the coarse grid that float32 has out there.

        Raises:
            PlyError: as :meth:`columns`.
        """
        values = self.columns(names)
        fields = self.rows.dtype.fields or {}
        if len(self.rows) < _FEWEST_CENTRED or any(fields[name][0] != np.float64 for name in names):
            return values
        exact = np.stack([self.rows[name].astype(np.float64) for name in names], axis=1)
        middle = np.median(exact, axis=0)
        spread = float(np.median(np.abs(exact - middle)))
        if float(np.abs(middle).max()) < _FAR_SPREADS * max(spread, 1e-12):
            return values
        return (exact - middle).astype(np.float32)

    def whole_rows(self, names: Sequence[str], may_be_infinite: Sequence[str]) -> NDArray[np.bool_]:
        """[N] whether all the named properties of a row are numbers, and finite but for those that may be infinite."""
        unbounded = np.array([name in may_be_infinite for name in names])
        values = self._float32(names)
        whole: NDArray[np.bool_] = np.where(unbounded, ~np.isnan(values), np.isfinite(values))
        return np.logical_and.reduce(whole, axis=1)

    def only(self, keep: NDArray[np.bool_]) -> PlyTable:
        """The rows to keep, at least one of them.

        Raises:
            PlyError: ``ply-empty``.
        """
        if not keep.any():
            raise PlyError(
                "ply-empty",
                self.path,
                found="NaN in every Gaussian",
                expected="at least one that is whole",
                fix="Stop the training before it diverges.",
            )
        return PlyTable(self.path, self.rows[keep])

    def _float32(self, names: Sequence[str]) -> Float32Array:
        block = self._contiguous_block(names)
        if block is None:
            block = np.stack([self.rows[name] for name in names], axis=1)
        with np.errstate(over="ignore"):
            return block.astype(np.float32, order="C")

    def _contiguous_block(self, names: Sequence[str]) -> NDArray[Any] | None:
        """Neighbouring properties of one type as a strided [N, C] view: one pass over the file instead of C."""
        fields = self.rows.dtype.fields
        if fields is None or not len(self.rows):
            return None
        first_type, first_offset = fields[names[0]][:2]
        for index, name in enumerate(names):
            kind, offset = fields[name][:2]
            if kind != first_type or offset != first_offset + index * first_type.itemsize:
                return None
        first = self.rows[names[0]]
        shape, strides = (len(self.rows), len(names)), (self.rows.strides[0], first_type.itemsize)
        return np.lib.stride_tricks.as_strided(first, shape=shape, strides=strides, writeable=False)


def _bad_header(path: Path, found: str, expected: str) -> PlyError:
    return PlyError(
        "ply-bad-header", path, found=found, expected=expected, fix="Export the file again with another tool."
    )


def _parse_header(path: Path, head: bytes) -> _Header:
    if not head.startswith((b"ply\n", b"ply\r")):
        raise PlyError(
            "ply-not-ply",
            path,
            found="an empty file" if not head else f"a file that begins with {head[:8]!r}",
            expected="a file that begins with 'ply'",
            fix="Give a 3DGS PLY file.",
        )
    end = head.find(b"end_header")
    line_end = head.find(b"\n", end) if end >= 0 else -1
    if line_end < 0:
        raise _bad_header(path, f"no end_header in the first {len(head)} bytes", "a complete PLY header")
    form = ""
    elements: list[_Element] = []
    for raw in head[:end].splitlines()[1:]:
        words = raw.decode("ascii", errors="replace").split()
        if not words or words[0] in ("comment", "obj_info"):
            continue
        if words[0] == "format" and len(words) == 3 and words[1] in _BYTE_ORDER:
            form = words[1]
        elif words[0] == "element" and len(words) == 3 and _is_count(words[2]):
            elements.append(_Element(words[1], int(words[2]), []))
        elif words[0] == "property" and elements and len(words) == 3 and words[1] in _TYPES:
            elements[-1].properties.append((words[2], _TYPES[words[1]]))
        elif words[0] == "property" and elements and len(words) == 5 and words[1] == "list":
            elements[-1].has_list = True
        else:
            raise _bad_header(path, f"the header line {' '.join(words)[:80]!r}", "format, element or property lines")
    if not form:
        raise _bad_header(path, "no format line", "ascii, binary_little_endian or binary_big_endian")
    for element in elements:
        if len({name for name, _ in element.properties}) != len(element.properties):
            raise _bad_header(path, f"a property of {element.name} declared twice", "different names")
    return _Header(_BYTE_ORDER[form], form == "ascii", tuple(elements), line_end + 1)


def _is_count(word: str) -> bool:
    return word.isdigit() and len(word) <= _MAX_COUNT_DIGITS


def _table(path: Path, header: _Header, name: str) -> PlyTable:
    element, before = _element(path, header, name)
    return PlyTable(path, (_ascii_rows if header.is_ascii else _binary_rows)(path, header, element, before))


def _element(path: Path, header: _Header, name: str) -> tuple[_Element, list[_Element]]:
    """An element, and those that lie before it in the file."""
    names = [element.name for element in header.elements]
    if name not in names:
        raise _bad_header(path, f"elements {names}", f"an element named {name}")
    element = header.elements[names.index(name)]
    before = list(header.elements[: names.index(name)])
    if element.has_list or (any(e.has_list for e in before) and not header.is_ascii):
        raise PlyError(
            "ply-list-property",
            path,
            found=f"list properties in element {name} or before it",
            expected="numbers only",
            fix="Export the Gaussians alone, without faces.",
        )
    if element.count == 0 or not element.properties:
        raise PlyError(
            "ply-empty",
            path,
            found=f"element {name} with {element.count} rows of {len(element.properties)} properties",
            expected="at least one Gaussian",
            fix="Check that the file was exported completely.",
        )
    return element, before


def _truncated(path: Path, element: _Element, needed: int, there: int) -> PlyError:
    return PlyError(
        "ply-truncated",
        path,
        found=f"{there} bytes of data",
        expected=f"at least {needed} bytes for the {element.count} rows of {element.name} that the header declares",
        fix="Copy or export the file again; it was cut short.",
    )


def _binary_rows(path: Path, header: _Header, element: _Element, before: list[_Element]) -> NDArray[Any]:
    row = np.dtype([(name, header.byte_order + kind) for name, kind in element.properties])
    skip = sum(e.count * sum(int(kind[1]) for _, kind in e.properties) for e in before)
    there = path.stat().st_size - header.data_offset
    needed = skip + element.count * row.itemsize
    if there < needed:
        raise _truncated(path, element, needed, there)
    return np.memmap(path, dtype=row, mode="r", offset=header.data_offset + skip, shape=(element.count,))


def _ascii_rows(path: Path, header: _Header, element: _Element, before: list[_Element]) -> NDArray[Any]:
    width = len(element.properties)
    there = path.stat().st_size - header.data_offset
    # A number takes at least one digit and one separator.
    needed = 2 * element.count * width - 1
    if there < needed:
        raise _truncated(path, element, needed, there)
    with path.open("rb") as stream:
        stream.seek(header.data_offset)
        # Lines that hold nothing belong to no element.
        lines = [line for line in stream.read().split(b"\n") if line.strip()]
    skip = sum(e.count for e in before)
    tokens = b" ".join(lines[skip : skip + element.count]).split()
    if len(tokens) != element.count * width:
        raise _truncated(path, element, needed, there)
    if len(widest := max(tokens, key=len)) > _MAX_TOKEN_BYTES:
        raise PlyError(
            "ply-not-numeric",
            path,
            found=f"{widest[:20]!r} … of {len(widest)} bytes",
            expected=f"numbers of at most {_MAX_TOKEN_BYTES} bytes",
            fix="Export the file again.",
        )
    try:
        values = np.array(tokens).astype(np.float64).reshape(element.count, width)
    except ValueError as exc:
        raise PlyError(
            "ply-not-numeric", path, found=str(exc), expected="numbers", fix="Export the file again."
        ) from None
    rows = np.empty(element.count, dtype=[(name, "f8") for name, _ in element.properties])
    for index, (name, _) in enumerate(element.properties):
        rows[name] = values[:, index]
    return rows
