"""The ``ani3d`` command line: global options, lazy commands, exit codes.

Exit codes: 0 ok, 1 failed, 2 usage, 3 done, with warnings, 130 interrupted by Ctrl-C, 143 by SIGTERM.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from ani3d_runtime import __version__
from ani3d_runtime.cli import exit_codes
from ani3d_runtime.cli.commands import COMMANDS, missing_extra, refuse_unknown_command
from ani3d_runtime.cli.console import Console
from ani3d_runtime.cli.termination import Terminated, raise_on_sigterm
from ani3d_runtime.errors import Ani3dError, UsageError

app = App(
    name="ani3d",
    help="Bake a Gaussian human once, play it anywhere, cloth and hair included.",
    version=__version__,
    help_format="markdown",
    suppress_keyboard_interrupt=False,
)
for _name, _summary in COMMANDS.items():
    app.command(f"ani3d_runtime.cli.{_name}:{_name}", name=_name, help=_summary)
app.command(
    "ani3d_runtime.cli.completion:install_completion",
    name="--install-completion",
    help="Complete commands and options at the Tab key.",
)


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
    try:
        refuse_unknown_command(tokens)
        command, bound, ignored = app.parse_args(tokens, exit_on_error=False, print_error=False)
        if "console" in ignored:
            bound.arguments["console"] = console
        code = command(*bound.args, **bound.kwargs)
    except CycloptsError as error:
        console.error(_misused(error, tokens))
        return exit_codes.USAGE
    except Ani3dError as error:
        console.error(error)
        return exit_codes.USAGE if isinstance(error, UsageError) else exit_codes.FAILED
    code = int(code) if isinstance(code, int) else exit_codes.OK
    return exit_codes.WITH_LOSS if code == exit_codes.OK and console.doubts else code


def _misused(error: CycloptsError, tokens: Sequence[str]) -> UsageError:
    command = f"ani3d {tokens[0]}" if tokens and tokens[0] in COMMANDS else "ani3d"
    return UsageError(
        "command-line",
        command,
        found=" ".join(str(error).split()) or type(error).__name__,
        expected=f"a command line as '{command} --help' shows",
        fix=f"Run '{command} --help'.",
    )


app.meta.default(_launch)
# run() answers Ctrl-C itself; cyclopts would exit without a word.
app.meta.suppress_keyboard_interrupt = False


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    tokens = sys.argv[1:] if arguments is None else list(arguments)
    try:
        result = app.meta(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:  # of a global option
        Console(json="--json" in tokens).error(_misused(error, tokens))
        return exit_codes.USAGE
    except ImportError as error:
        named = next((token for token in tokens if token in COMMANDS), "")
        Console(json="--json" in tokens).error(missing_extra(error, named))
        return exit_codes.FAILED
    except KeyboardInterrupt as interruption:
        sys.stderr.write("interrupted; nothing half-written was left behind\n")
        return exit_codes.TERMINATED if isinstance(interruption, Terminated) else exit_codes.INTERRUPTED
    except BrokenPipeError:
        # The reader of our stdout is gone; stop quietly as other command line tools do.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.FAILED
    return int(result) if isinstance(result, int) else exit_codes.OK


def main() -> None:
    """Entry point of the ``ani3d`` script."""
    # gRPC's own log would stand above our errors. Commands are imported later, and gRPC with them.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    raise_on_sigterm()
    raise SystemExit(run())
