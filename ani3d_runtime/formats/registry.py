"""Importers by kind and file, found through the ``ani3d.importers`` entry-point group."""

from __future__ import annotations

from pathlib import Path

from ani3d_runtime.errors import InputError
from ani3d_runtime.formats.importer import Importer, Kind
from ani3d_runtime.plugins import Plugins

IMPORTERS = Plugins("ani3d.importers", Importer)  # pyright: ignore[reportAbstractUsage]
_HEAD_BYTES = 64


def importers(kind: Kind | None = None) -> dict[str, Importer]:
    """Importers by name, of one kind or of all.

    Raises:
        ResourceError: ``plugin-broken``, when a plugin cannot be imported or does not fit the interface.
    """
    found = {name: IMPORTERS.load(name) for name in IMPORTERS.names()}
    return {name: importer for name, importer in found.items() if kind in (None, importer.kind)}


def suffixes(kind: Kind) -> tuple[str, ...]:
    """Suffixes of all files of a kind that can be read, sorted."""
    return tuple(sorted({suffix for importer in importers(kind).values() for suffix in importer.suffixes}))


def importer_for(path: Path, kind: Kind) -> Importer:
    """The importer of a file, told by its suffix and held against its first bytes.

    Raises:
        InputError: ``import-unknown-format``; ``import-wrong-suffix`` where the file is certainly of another format.
    """
    known = importers(kind).values()
    suffix = path.suffix.lower()
    named = [importer for importer in known if suffix in importer.suffixes]
    head = _head(path)
    certain = [importer for importer in known if importer.recognises(head)]
    fitting = [importer for importer in named if importer in certain] or ([] if certain else named)
    if fitting:
        return fitting[0]
    if not certain:
        raise InputError(
            "import-unknown-format",
            path,
            found=f"a file ending in {suffix!r} that begins with {head[:8]!r}",
            expected=f"{kind} files: {', '.join(suffixes(kind))}",
            fix="Export it in one of these formats; 'ani3d formats' says more.",
        )
    other = certain[0]
    raise InputError(
        "import-wrong-suffix",
        path,
        found=f"{other.description}, by its first bytes",
        expected=f"a name that ends in {' or '.join(other.suffixes)}",
        fix=f"Rename it to {path.stem}{other.suffixes[0]}.",
    )


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD_BYTES)
    except OSError:
        # Readers refuse it with what they expect there.
        return b""
