"""``ani3d library report``: a page about a library."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ani3d_runtime.cli import exit_codes
from ani3d_runtime.cli.console import ConsoleArgument
from ani3d_runtime.cli.library import HERE, ManifestPath, opened
from ani3d_runtime.errors import UsageError
from ani3d_runtime.library.report.write import write_report


def report(
    *,
    manifest: ManifestPath = HERE,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    console: ConsoleArgument,
) -> int:
    """Write a page about a library: characters that turn, clips, bounds, warnings, failures, and what has changed.

    The page holds all that it shows and fetches nothing; it can be opened from a disk, mailed, and put on a server.

    Args:
        manifest: the library.toml, or its folder.
        output: the .html file, of which the last report is replaced; index.html in the store when left out.
    """
    if output is not None and output.suffix.lower() not in (".html", ".htm"):
        raise UsageError(
            "library-report-suffix",
            output,
            found=f"suffix {output.suffix!r}",
            expected=".html",
            fix="Name the page so.",
        )
    wanted, _ = opened(manifest)
    with console.progress("report") as progress:
        written = write_report(wanted.store, wanted.name, output, doubt=console.doubt, progress=progress)
    counts = Counter(change.kind for change in written.changes)
    facts = written.facts
    result = {
        "output": written.place,
        "bytes": written.bytes,
        "characters": len(facts.characters),
        "clips": sum(len(character.clips) for character in facts.characters),
        "failures": len(facts.failures),
        "since": written.since,
        "changes": {kind: counts[kind] for kind in ("new", "changed", "gone")},
    }
    changed = "the first report" if written.since is None else f"{len(written.changes)} changed since {written.since}"
    console.result(
        result, f"wrote {written.place}: {len(facts.characters)} characters, {result['clips']} clips; {changed}"
    )
    return exit_codes.OK
