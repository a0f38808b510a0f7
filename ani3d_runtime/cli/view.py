"""``ani3d view``: a package, a folder or a server in the browser, or a page of one file."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import webbrowser
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlencode

from cyclopts import Parameter

from ani3d_runtime.cli.choices import clip_of, refuse_existing
from ani3d_runtime.cli.connection import Connection
from ani3d_runtime.cli.console import Console, ConsoleArgument
from ani3d_runtime.errors import Ani3dError, InputError, UsageError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.store import Store, is_url, shown
from ani3d_runtime.replacing import replacing_file
from ani3d_runtime.server import AvatarServer, ServerOptions, run_until_signalled
from ani3d_runtime.server.options import GatewayOptions
from ani3d_runtime.viewer import BuiltPage, single_page

SUFFIX = ".a3d"
_ADDRESS = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}", re.ASCII)
_PIECE_BYTES = 1 << 20


def view(
    source: str,
    /,
    *,
    clip: str | None = None,
    export: Path | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    port: int | None = None,
    no_open: Annotated[bool, Parameter(negative="")] = False,
    connection: Connection | None = None,
    console: ConsoleArgument,
) -> None:
    """Show a package, a folder of packages or a server in the browser, until Ctrl-C.

    The page comes from this machine and asks nobody else for anything.

    Args:
        source: an .a3d file, a folder of them, the URL of a file or folder, or host:port of a gateway
            ('ani3d serve --gateway').
        clip: to begin with; the first one unless set.
        export: write a page of one file instead, with the package in it, to send to somebody.
        force: replace that page.
        port: port on this machine for the browser; any free one unless set.
        no_open: only say the address.
        connection: how to reach a gateway.
    """
    _refuse_idle(source, export, force, port, no_open, connection)
    page = BuiltPage()
    if export is not None:
        refuse_existing(export, force)
        with _package_file(source, console) as path:
            _export(page, path, export, clip, console)
    elif _is_address(source):
        from ani3d_runtime.cli.view_gateway import gateway_page

        link = gateway_page(source, (connection or Connection()).credentials())
        _open(_linked(link.url, link.token, None, clip), console, no_open)
    else:
        _serve(source, clip, port or 0, no_open, console)


def _serve(source: str, clip: str | None, port: int, no_open: bool, console: Console) -> None:
    """The server of this command, with the page, on this machine alone."""
    if (is_url(source) and not source.endswith(SUFFIX)) or Path(source).is_dir():
        _run(source if is_url(source) else Path(source), None, clip, port, no_open, console)
        return
    with _package_file(source, console) as path:
        with Package.open(path) as package:  # refused here, with its code and what to do
            if clip is not None:
                clip_of(package, clip)
        _run(path.parent, path.name[: -len(SUFFIX)], clip, port, no_open, console)


def _run(folder: Path | str, avatar: str | None, clip: str | None, port: int, no_open: bool, console: Console) -> None:
    options = ServerOptions(port=0, grace_s=0.0, gateway=GatewayOptions(port=port))

    def announce(server: AvatarServer) -> None:
        found = server.announcement()
        _open(_linked(f"http://127.0.0.1:{found.gateway_port}/", found.gateway_token, avatar, clip), console, no_open)
        console.say("stop with Ctrl-C")

    run_until_signalled(folder, options, announce)


def _linked(url: str, token: str | None, avatar: str | None, clip: str | None) -> str:
    """The page's address. What is behind the # is for the page alone: no server and no log gets it."""
    given = {"token": token, "avatar": avatar, "clip": clip}
    told = urlencode({name: value for name, value in given.items() if value is not None}, quote_via=quote)
    return f"{url}#{told}" if told else url


def _open(url: str, console: Console, no_open: bool) -> None:
    if console.json:
        sys.stdout.write(json.dumps({"ready": True, "url": url}) + "\n")  # one line, as 'ani3d serve' has it
        sys.stdout.flush()
        return
    console.out.print(url, soft_wrap=True, markup=False)
    if not no_open and _has_display() and not webbrowser.open(url):
        console.say("no browser opens from here; open this address in one")


def _has_display() -> bool:
    """False where a browser would be one of text, in the terminal of this command."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _export(page: BuiltPage, path: Path, output: Path, clip: str | None, console: Console) -> None:
    with Package.open(path) as package:
        if clip is not None:
            clip_of(package, clip)
    text = single_page(page, path.read_bytes(), path.name[: -len(SUFFIX)], clip).encode()
    with replacing_file(output) as file:
        file.write(text)
    report = {"page": str(output), "bytes": len(text)}
    console.result(report, f"{output}: {len(text) / 1e6:.1f} MB, one file; open it in any browser")


@contextmanager
def _package_file(source: str, console: Console) -> Generator[Path, None, None]:
    """A package as a file of this machine; one of a URL is fetched.

    Raises:
        InputError: ``file-not-found``.
        UsageError: ``view-not-a-package``.
    """
    if not source.endswith(SUFFIX):
        raise _not_a_package(source)
    if not is_url(source):
        if not Path(source).is_file():
            raise _missing(source)
        yield Path(source)
        return
    with tempfile.TemporaryDirectory(prefix="ani3d-view-") as folder:
        path = Path(folder) / (shown(source).rpartition("/")[2] or f"avatar{SUFFIX}")
        whole = Store(source).whole()
        size = whole.size()
        with console.progress(f"fetch {path.name}") as progress, path.open("wb") as file:
            for begin in range(0, size, _PIECE_BYTES):
                file.write(whole.read(begin, min(_PIECE_BYTES, size - begin)))
                progress(min(1.0, (begin + _PIECE_BYTES) / size))
        yield path


def _is_address(source: str) -> bool:
    return _ADDRESS.fullmatch(source) is not None and not Path(source).exists()


def _refuse_idle(
    source: str, export: Path | None, force: bool, port: int | None, no_open: bool, connection: Connection | None
) -> None:
    """Refuse options that would do nothing."""
    idle = [
        (force and export is None, "--force", "a page to replace, with --export"),
        (port is not None and export is not None, "--port", "no --export: a page of one file has no server"),
        (no_open and export is not None, "--no-open", "no --export: a page of one file is only written"),
        (port is not None and _is_address(source), "--port", "a package or a folder: a gateway has its own port"),
        (export is not None and _is_address(source), "--export", "a package: fetch it from the gateway first"),
        (connection is not None and not _is_address(source), "--token-file, --tls …", "host:port of a gateway"),
    ]
    for is_idle, option, expected in idle:
        if is_idle:
            raise UsageError(
                "view-idle-option", option, found="nothing that it is for", expected=expected, fix="Leave it out."
            )


def _missing(source: str) -> Ani3dError:
    return InputError(
        "file-not-found",
        source,
        found="no such file or folder",
        expected=f"a package ({SUFFIX}), a folder of packages, a URL, or host:port of a gateway",
        fix="Check the path; 'ani3d demo' makes demo/served/dancer.a3d.",
    )


def _not_a_package(source: str) -> Ani3dError:
    if not is_url(source) and not Path(source).exists():
        return _missing(source)
    return UsageError(
        "view-not-a-package",
        source,
        found="another ending",
        expected=f"a package, whose name ends in {SUFFIX}",
        fix="Bake one from it with 'ani3d bake', or name a package.",
    )
