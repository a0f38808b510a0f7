"""Commands: their names, in the order of the help, and the extras that some of them need."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from ani3d_runtime.errors import ResourceError, UsageError

# The module ``ani3d_runtime.cli.NAME`` is imported when its command runs, and not before.
COMMANDS = {
    "demo": "Bake, verify, stream and film the built-in dancer.",
    "bake": "Make an .a3d package from an avatar and its motions.",
    "restore": "Restore a coarse video with a generative prior.",
    "library": "Bake a library of characters and motions, on this machine or a farm.",
    "info": "Show what is inside a package, or what is understood of an avatar or a motion.",
    "validate": "Check a package, and its error against the source residual.",
    "view": "Show a package, a folder or a server in the browser.",
    "export": "Write frames of a package in another tool's format.",
    "render": "Render a frame, a clip or a turntable of a package.",
    "serve": "Serve a folder of packages over gRPC.",
    "token": "Issue a bearer token for a server, or make its key.",
    "play": "Stream a clip from a server, and film it if asked.",
    "retarget": "Move an avatar live by a BVH file or a motion capture tool.",
    "watch": "Watch a live session: frame rate, latency, lost frames.",
    "formats": "List what can be read and written.",
    "doctor": "Check this machine and installation.",
}

# What may stand in a command's place. Global options are taken away before.
FLAGS = ("--help", "-h", "--version", "--install-completion")
GLOBAL_OPTIONS = ("--json", "--quiet", "--verbose", "--no-progress")

# Modules that only an extra brings.
EXTRAS = {
    "scipy": "bake",
    "torch": "bake",
    "gsplat": "bake",
    "smplx": "smplx",
    "imageio_ffmpeg": "video",
    "fsspec": "store",
    "pythonosc": "live",
    "aiohttp": "gateway",
    "nats": "bus",
    "s3fs": "store",
    "ray": "cluster",
}


def refuse_unknown_command(tokens: Sequence[str]) -> None:
    """Refuse a first word that is neither a command nor an option of ``ani3d`` itself.

    The parser would look for a similar name by importing every command, and so whatever the slowest of them needs.

    Raises:
        UsageError: ``command-line``.
    """
    if not tokens or tokens[0] in COMMANDS or tokens[0] in FLAGS:
        return
    is_option = tokens[0].startswith("-")
    known = (*GLOBAL_OPTIONS, *FLAGS) if is_option else tuple(COMMANDS)
    similar = difflib.get_close_matches(tokens[0], known, n=1)
    raise UsageError(
        "command-line",
        "ani3d",
        found=f"no {'option' if is_option else 'command'} {tokens[0]!r}",
        expected=f"one of: {', '.join(known)}",
        fix=f"Did you mean 'ani3d {similar[0]}'?" if similar else "Run 'ani3d --help'.",
    )


def missing_extra(error: ImportError, command: str) -> ResourceError:
    """``extra-missing``, for a module that comes with an extra which is not installed.

    Raises:
        ImportError: ``error`` itself, where another module is missing: that is a defect.
    """
    cause = error if isinstance(error, ModuleNotFoundError) else error.__cause__
    name = cause.name if isinstance(cause, ModuleNotFoundError) and cause.name else ""
    extra = EXTRAS.get(name.partition(".")[0])
    if extra is None:
        raise error
    return ResourceError(
        "extra-missing",
        f"ani3d {command}",
        found=f"no module {name}",
        expected=f"ani3d-runtime with its [{extra}] extra",
        fix=f"Run: pip install 'ani3d-runtime[{extra}]'",
    )
