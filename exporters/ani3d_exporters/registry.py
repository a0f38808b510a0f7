"""Exporters by name, found through the ``ani3d.exporters`` entry-point group."""

from __future__ import annotations

import difflib
from importlib.metadata import entry_points
from pathlib import Path

from ani3d_exporters.base import Exporter
from ani3d_runtime.errors import ResourceError, UsageError

GROUP = "ani3d.exporters"


def list_exporters() -> dict[str, str]:
    """Names and the objects that they stand for, without importing any of them."""
    return {entry.name: entry.value for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)}


def load_exporter(name: str) -> Exporter:
    """The exporter called ``name``.

    Raises:
        UsageError: ``exporter-unknown``.
        ResourceError: ``exporter-broken``, when a plugin cannot be imported or does not fit the interface.
    """
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        similar = difflib.get_close_matches(name, found, n=1)
        raise UsageError(
            "exporter-unknown",
            name,
            found="no exporter of that name",
            expected=f"one of {', '.join(sorted(found))}",
            fix=f"Did you mean {similar[0]!r}?" if similar else "See 'ani3d formats', or install the plugin for it.",
        )
    try:
        exporter = found[name].load()()
    except (ImportError, AttributeError, TypeError) as error:
        raise ResourceError(
            "exporter-broken",
            found[name].value,
            found=f"{type(error).__name__}: {error}",
            expected="an importable Exporter class",
            fix="Reinstall or update the plugin.",
        ) from error
    if not isinstance(exporter, Exporter):
        raise ResourceError(
            "exporter-broken",
            found[name].value,
            found=f"a {type(exporter).__name__}",
            expected="a subclass of ani3d_exporters.base.Exporter",
            fix="Update the plugin.",
        )
    return exporter


def exporter_of(output: Path) -> str:
    """Name of the exporter that an output's name stands for, such as ``spz`` for ``me.spz``.

    Raises:
        UsageError: ``export-no-format``, where it stands for none.
        ResourceError: ``exporter-broken``.
    """
    name = output.name.lower()
    endings = {ending: known for known in list_exporters() for ending in load_exporter(known).follows}
    fitting = [ending for ending in endings if name.endswith(ending)]
    if fitting:
        # me.compressed.ply ends in .ply, too.
        return endings[max(fitting, key=len)]
    raise UsageError(
        "export-no-format",
        output,
        found="a name that stands for no format",
        expected=f"a name that ends in {', '.join(sorted(endings))}, or --to FORMAT",
        fix="Name the output so, or pass --to; for many frames a folder and, for instance, --to ply-sequence.",
    )
