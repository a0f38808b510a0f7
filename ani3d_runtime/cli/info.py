"""``ani3d info``: what is inside a package."""

from __future__ import annotations

from pathlib import Path

from ani3d_runtime.cli.console import ConsoleArgument, table
from ani3d_runtime.package.describe import describe_package
from ani3d_runtime.package.reader import Package


def info(package: Path, /, *, console: ConsoleArgument) -> None:
    """Show what is inside a package.

    Args:
        package: an .a3d file.
    """
    with Package.open(package) as opened:
        description = describe_package(opened).to_json()
    console.result(description, *_human(description))


def _human(description: dict[str, object]) -> list[object]:
    rows = table("", "")
    for key, value in description.items():
        if not isinstance(value, (dict, list)):
            rows.add_row(key, str(value))
    return [rows]
