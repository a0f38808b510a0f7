"""``ani3d --install-completion``: commands and options at the Tab key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

from cyclopts import Parameter
from cyclopts.completion import ShellDetectionError, detect_shell

from ani3d_runtime.cli.app import app
from ani3d_runtime.cli.choices import refuse_no_folder
from ani3d_runtime.cli.console import ConsoleArgument
from ani3d_runtime.errors import ResourceError, UsageError
from ani3d_runtime.replacing import replacing_path

Shell: TypeAlias = Literal["bash", "zsh", "fish"]


def install_completion(
    *,
    shell: Shell | None = None,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    console: ConsoleArgument,
) -> None:
    """Complete commands and options at the Tab key of bash, zsh or fish.

    Args:
        shell: the one that runs when left out.
        output: file for the script. Left out, it is written where the shell looks for it, and named in the shell's
            start-up file.
    """
    chosen = shell or _running_shell()
    try:
        if output is None:
            script = app.install_completion(shell=chosen)
        else:
            refuse_no_folder(output)
            script = output
            with replacing_path(output) as partial:
                partial.write_text(app.generate_completion(shell=chosen), "utf-8")
    except OSError as error:
        raise ResourceError(
            "output-unwritable",
            error.filename or "completion script",
            found=error.strerror or str(error),
            expected="a file that can be written",
            fix="Pass --output FILE, and source that file in the shell's start-up file.",
        ) from None
    then = "source it in the shell's start-up file" if output else f"start a new {chosen} to use it"
    console.result({"shell": chosen, "script": str(script)}, f"wrote {script}; {then}")


def _running_shell() -> Shell:
    try:
        found = detect_shell()
    except ShellDetectionError:
        found = "an unknown shell"
    for shell in get_args(Shell):
        if shell == found:
            return shell
    raise UsageError(
        "shell-unknown",
        "--shell",
        found=found,
        expected=" or ".join(get_args(Shell)),
        fix="Pass --shell bash, zsh or fish.",
    )
