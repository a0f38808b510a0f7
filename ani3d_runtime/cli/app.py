"""The ``ani3d`` command line: global options, lazy commands, exit codes.

Exit codes: 0 ok, 1 failed, 2 usage, 3 done but with loss, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from ani3d_runtime import __version__
from ani3d_runtime.cli.console import Console
from ani3d_runtime.errors import Ani3dError, UsageError

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_WITH_LOSS = 3
EXIT_INTERRUPTED = 130

COMMANDS = (
    ("demo", "Bake, verify, stream and film the built-in dancer."),
    ("bake", "Make an .a3d package from an avatar and its motions."),
    ("info", "Show what is inside a package."),
    ("validate", "Check a package, and its error against the source residual."),
    ("export", "Write frames of a package in another tool's format."),
    ("render", "Render a frame, a clip or a turntable of a package."),
    ("serve", "Serve a folder of packages over gRPC."),
    ("play", "Stream a clip from a server, and film it if asked."),
    ("formats", "List what can be read and written."),
    ("doctor", "Check this machine and installation."),
)

app = App(
    name="ani3d",
    help="Bake a Gaussian human once, play it anywhere, cloth and hair included.",
    version=__version__,
    help_format="markdown",
    suppress_keyboard_interrupt=False,
)
for _name, _summary in COMMANDS:
    app.command(f"ani3d_runtime.cli.{_name}:{_name}", name=_name, help=_summary)


def _launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    json: Annotated[bool, Parameter(negative="")] = False,
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], negative="")] = False,
    verbose: Annotated[bool, Parameter(name=["--verbose", "-v"], negative="")] = False,
    no_progress: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Run one command.

    Args:
        tokens: the command and its arguments.
        json: print the result as JSON on stdout, and errors as JSON on stderr.
        quiet: print nothing but results and errors.
        verbose: say more on stderr.
        no_progress: show no progress bars.
    """
    console = Console(json=json, quiet=quiet, verbose=verbose, show_progress=not (no_progress or json))
    command, bound, ignored = app.parse_args(tokens, exit_on_error=False)
    if "console" in ignored:
        bound.arguments["console"] = console
    try:
        code = command(*bound.args, **bound.kwargs)
    except Ani3dError as error:
        console.error(error)
        return EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED
    return int(code) if isinstance(code, int) else 0


app.meta.default(_launch)
# run() answers Ctrl-C itself; cyclopts would exit without a word.
app.meta.suppress_keyboard_interrupt = False


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        result = app.meta(arguments, exit_on_error=False, result_action="return_value")
    except CycloptsError:
        return EXIT_USAGE
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; nothing half-written was left behind\n")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our stdout is gone; stop quietly as other command line tools do.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    return int(result) if isinstance(result, int) else 0


def main() -> None:
    """Entry point of the ``ani3d`` script."""
    raise SystemExit(run())
