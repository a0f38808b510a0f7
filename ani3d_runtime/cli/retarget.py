"""``ani3d retarget``: move an avatar live, by a BVH file or a motion capture tool."""

from __future__ import annotations

import contextlib
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.retarget_live import LiveRetargeter, MappingReport
from ani3d_runtime.cli.connection import Connection
from ani3d_runtime.cli.console import Console, ConsoleArgument
from ani3d_runtime.client import Client, Credentials, PublishOptions
from ani3d_runtime.client.protocol.live_messages import LiveTicket
from ani3d_runtime.client.publish_keys import PublishKeys
from ani3d_runtime.client.sources.bvh import BvhSource
from ani3d_runtime.client.sources.feed import Feed, FeedReport, PoseSource
from ani3d_runtime.errors import Ani3dError, ForbiddenError, UsageError
from ani3d_runtime.playback.player import Layer
from ani3d_runtime.rpc.address import address_of, bare_host
from ani3d_runtime.rpc.jitter_buffer import checked_jitter_buffer

_NAMES_SHOWN = 8
_LAST_PORT = 65_535
_MOST_SENDERS = 2


@dataclass(frozen=True)
class _Target:
    server: str
    avatar: str
    session: str
    publish_key: str
    layer: Layer
    credentials: Credentials


def retarget(
    *,
    bvh: Path | None = None,
    vmc: int | None = None,
    vmc_host: str = "127.0.0.1",
    vmc_from: list[str] | None = None,
    rest_pose: Literal["sent", "first", "usual"] | None = None,
    server: str | None = None,
    avatar: str | None = None,
    session: str = "",
    publish_key: str = "",
    realtime: Annotated[bool, Parameter(negative="")] = False,
    loop: Annotated[bool, Parameter(negative="")] = False,
    seconds: float | None = None,
    mapping: Path | None = None,
    layer: Literal["residual", "rigid"] = "residual",
    lock_feet: Annotated[bool, Parameter(negative="")] = False,
    in_place: Annotated[bool, Parameter(negative="")] = False,
    jitter_buffer_s: float = 0.0,
    connection: Connection | None = None,
    console: ConsoleArgument,
) -> None:
    """Move an avatar on a server live, by a BVH file or by a motion capture tool that speaks VMC (OSC over UDP).

    With --bvh alone, say which joints would be matched, and send nothing.

    Args:
        bvh: motion file to play by the clock; needs --realtime to be sent.
        vmc: UDP port to listen on for a motion capture tool; 39539 by convention, 0 takes any free one.
        vmc_host: address to listen on; ::1 and [::1] are the same.
        vmc_from: ADDRESS[:PORT] of the tool to follow, where several send; otherwise the first that sends a body.
            Twice: of the tool whose body is followed, then of the one whose face is.
        rest_pose: what a tool's bones turn from: sent (a VRM, as the protocol has it), first (the pose at the start,
            for bones with axes of their own: stand in a T pose), usual (a usual person, for bones without positions).
        server: host:port of 'ani3d serve'.
        avatar: id of the avatar.
        session: name of the live session, for those who watch; chosen by the server if left out.
        publish_key: of a session that is already open, to take it over.
        realtime: send the file as if it were captured now.
        loop: start the file again at its end.
        seconds: stop after so many; otherwise at the file's end, or at Ctrl-C or SIGTERM.
        mapping: JSON file {"their joint": "our joint"} for a BVH file with names of its own.
        layer: residual moves cloth and hair too, where the package has a driver for them; rigid leaves it out.
        lock_feet: keep a foot that stands where it stands.
        in_place: leave the root's way over the ground out, for avatars that a character controller moves.
        jitter_buffer_s: hold poses back for so long, so that late ones still come in time; at most 1.
        connection: how to reach the server.
    """
    if (bvh is None) == (vmc is None):
        raise _misused("--bvh, --vmc", "both" if bvh else "neither", "one source", "Pass --bvh FILE or --vmc PORT.")
    _check_numbers(vmc, seconds, jitter_buffer_s)
    of_bvh = {"--loop": loop, "--mapping": mapping, "--realtime": realtime}
    idle = [option for option, value in of_bvh.items() if value]
    if vmc is not None and idle:
        raise _misused(idle[0], "an option of --bvh, and --vmc", "--bvh FILE", f"Leave {idle[0]} out.")
    of_vmc = {"--vmc-from": vmc_from, "--rest-pose": rest_pose}
    idle = [option for option, value in of_vmc.items() if value is not None]
    if bvh is not None and idle:
        raise _misused(idle[0], "an option of --vmc, and --bvh", "--vmc PORT", f"Leave {idle[0]} out.")
    if bvh is not None and not realtime:
        _refuse_idle_unsent(
            {
                "--server": server,
                "--avatar": avatar,
                "--session": session,
                "--publish-key": publish_key,
                "--loop": loop,
                "--seconds": seconds,
                "--layer": layer != "residual",
                "--lock-feet": lock_feet,
                "--in-place": in_place,
                "--jitter-buffer-s": jitter_buffer_s,
            }
        )
        _show_mapping(BvhSource(bvh, mapping=mapping), console)
        return
    if server is None or avatar is None:
        missing = "--server" if server is None else "--avatar"
        raise _misused(missing, "none", "where to send the motion, and whose", "Pass --server HOST:PORT --avatar ID.")
    if publish_key and not session:
        raise _misused("--publish-key", "a key and no session", "both", "Pass --session NAME too.")
    credentials = (connection or Connection()).credentials()
    target = _Target(server, avatar, session, publish_key, layer, credentials)
    options = PublishOptions(lock_feet=lock_feet, in_place=in_place, jitter_buffer_s=jitter_buffer_s)
    if bvh is not None:
        _publish(
            BvhSource(bvh, mapping=mapping, loop=loop, seconds=seconds, say=console.remark), target, options, console
        )
        return
    # python-osc comes with an extra; the rest of this command does without.
    from ani3d_runtime.client.sources.vmc import VmcSource
    from ani3d_runtime.client.sources.vmc_senders import SenderFilter

    if len(vmc_from or []) > _MOST_SENDERS:
        found = f"{len(vmc_from or [])} of them"
        raise _misused("--vmc-from", found, "the tool of the body, and that of the face", "Leave the others out.")
    body_from, face_from, *_ = [*map(SenderFilter.parsed, vmc_from or []), None, None]
    source = VmcSource(
        vmc or 0,
        host=bare_host(vmc_host),
        seconds=seconds,
        say=console.remark,
        rest_pose=rest_pose or "sent",
        only_from=body_from,
        face_from=face_from,
    )
    try:
        console.say(f"listening for VMC on UDP {address_of(bare_host(vmc_host), source.port)}")
        _publish(source, target, options, console)
    finally:
        source.close()


def _refuse_idle_unsent(options: dict[str, object]) -> None:
    """Refuse options of what is sent where nothing is: with --bvh alone."""
    idle = [option for option, value in options.items() if value]
    if idle:
        raise _misused(
            idle[0],
            "an option of what is sent, and no --realtime, without which joints are matched and nothing is sent",
            "--realtime",
            f"Pass --realtime, or leave {idle[0]} out.",
        )


def _check_numbers(vmc: int | None, seconds: float | None, jitter_buffer_s: float) -> None:
    if vmc is not None and not 0 <= vmc <= _LAST_PORT:
        raise _misused("--vmc", str(vmc), f"a UDP port from 0 to {_LAST_PORT}", "39539 is the usual one.")
    if seconds is not None and not 0 < seconds < math.inf:
        raise _misused("--seconds", f"{seconds:g}", "more than 0", "Leave it out to go on until Ctrl-C.")
    checked_jitter_buffer(jitter_buffer_s)


def _publish(source: PoseSource, target: _Target, options: PublishOptions, console: Console) -> None:
    keys = PublishKeys()
    with Client(target.server, credentials=target.credentials) as client:
        _check_may_publish(client, target.server)
        skeleton = source.skeleton  # a performer is waited for before the session is opened
        ticket, refusal = _opened(client, target, keys, console)

        def keep(ticket: LiveTicket) -> None:
            keys.keep(target.server, ticket.session_id, ticket.publish_key)

        feed = Feed(client, ticket, target.avatar, source, options, console.say, layer=target.layer, on_ticket=keep)
        console.detail(f"{len(skeleton.joint_names)} joints; publish key {ticket.publish_key}")
        try:
            feed.run()
        except KeyboardInterrupt:  # how a performance ends
            pass
        except Ani3dError as error:
            if refusal is None or error.code != "live-wrong-key":
                raise
            # The name is somebody else's by now: what was kept is of no use.
            keys.forget(target.server, ticket.session_id)
            raise refusal from None
        if not target.publish_key:
            with contextlib.suppress(Ani3dError):  # the server may be gone by now
                client.live.end(feed.ticket)
            keys.forget(target.server, ticket.session_id)
    report = feed.report
    data: dict[str, Any] = {"session_id": ticket.session_id, "avatar": target.avatar, **asdict(report)}
    console.result(data, *_human(report))


def _check_may_publish(client: Client, server: str) -> None:
    """A performer may be long in coming: what the server would refuse then is refused now."""
    info = client.server_info()
    if "publish" not in info.scopes:
        raise ForbiddenError(
            "scope-missing",
            server,
            found=f"{info.principal} with the scopes {', '.join(sorted(info.scopes)) or 'none'}",
            expected="the scope publish",
            fix="Ask whoever runs the server for a token with it.",
        )


def _opened(
    client: Client, target: _Target, keys: PublishKeys, console: Console
) -> tuple[LiveTicket, Ani3dError | None]:
    """The session: a new one, that of the key, or the one that a publisher of this user's left when it died.

    Returns:
        its ticket; for one that was left, why there is no new one.
    """
    if target.publish_key:
        return LiveTicket(target.session, target.publish_key, 0.0), None
    try:
        ticket = client.live.create(target.avatar, target.session, layer=target.layer)
    except Ani3dError as error:
        key = keys.of(target.server, target.session)
        if error.code != "live-session-exists" or key is None or not _was_left(client, target):
            raise
        console.say(f"live session {target.session} is still open, from a publisher that is gone; taking it over")
        return LiveTicket(target.session, key, 0.0), error
    keys.keep(target.server, ticket.session_id, ticket.publish_key)
    motion = "cloth and hair move with it" if ticket.driven else "rigid layer"
    console.say(f"live session {ticket.session_id} of {target.avatar}, {motion}; Ctrl-C ends it")
    return ticket, None


def _was_left(client: Client, target: _Target) -> bool:
    """True if the session is the one that is wanted and has lost its publisher, as far as this client may see."""
    try:
        session = next((each for each in client.live.list() if each.session_id == target.session), None)
    except ForbiddenError:
        return True
    if session is None or session.source != "lost" or session.avatar_id != target.avatar:
        return False
    return not (session.driven and target.layer == "rigid")


def _show_mapping(source: BvhSource, console: Console) -> None:
    report = LiveRetargeter(source.skeleton, load_builtin_body().skeleton).report
    data = {"frames": source.frame_count, "fps": source.fps, "mapping": asdict(report)}
    console.result(data, f"{source.frame_count} frames at {source.fps:g} Hz", *_mapping_lines(report))
    console.say("nothing was sent; add --realtime --server HOST:PORT --avatar ID to play it")


def _human(report: FeedReport) -> list[str]:
    lines = [f"{report.sent} poses sent, {report.lost} lost, {report.refused} refused, {report.reconnects} reconnects"]
    if report.refused_code:
        lines.append(f"last refused: {report.refused_code}")
    return lines + (_mapping_lines(report.mapping) if report.mapping is not None else [])


def _mapping_lines(report: MappingReport) -> list[str]:
    def listed(names: tuple[str, ...]) -> str:
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        return (", ".join(names[:_NAMES_SHOWN]) or "none") + more

    return [
        f"{report.naming} names, {len(report.matched)} joints matched",
        f"body joints that nothing moves: {listed(report.missing)}",
        f"source joints that move nothing: {listed(report.unused)}",
    ]


def _misused(subject: str, found: str, expected: str, fix: str) -> UsageError:
    return UsageError("retarget-usage", subject, found=found, expected=expected, fix=fix)
