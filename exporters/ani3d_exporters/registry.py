"""Exporters by name, found through the ``ani3d.exporters`` entry-point group."""

from __future__ import annotations

import difflib
from pathlib import Path

from ani3d_exporters.base import Exporter
from ani3d_runtime.errors import UsageError
from ani3d_runtime.plugins import Plugins

EXPORTERS = Plugins("ani3d.exporters", Exporter)  # pyright: ignore[reportAbstractUsage]


def list_exporters() -> dict[str, str]:
    """Names and the objects that they stand for, without importing any of them."""
    return EXPORTERS.objects()


def load_exporter(name: str) -> Exporter:
    """The exporter called ``name``.

    Raises:
        UsageError: ``exporter-unknown``.
        ResourceError: ``plugin-broken``, when a plugin cannot be imported or does not fit the interface.
    """
    names = EXPORTERS.names()
    if name not in names:
        similar = difflib.get_close_matches(name, names, n=1)
        raise UsageError(
            "exporter-unknown",
            name,
            found="no exporter of that name",
            expected=f"one of {', '.join(names)}",
            fix=f"Did you mean {similar[0]!r}?" if similar else "See 'ani3d formats', or install the plugin for it.",
        )
    return EXPORTERS.load(name)


def exporter_of(output: Path) -> str:
    """Name of the exporter that an output's name stands for, such as ``spz`` for ``me.spz``.

    Raises:
        UsageError: ``export-no-format``, where it stands for none.
        ResourceError: ``plugin-broken``.
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
