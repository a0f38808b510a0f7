"""``ani3d watch``: see a live session arrive, and say how well."""

from __future__ import annotations

import shlex
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ani3d_runtime.cli.choices import picture_size, refuse_existing, refuse_no_folder
from ani3d_runtime.cli.connection import Connection
from ani3d_runtime.cli.console import Console, ConsoleArgument, table
from ani3d_runtime.cli.tally import Tally
from ani3d_runtime.cli.watch_lines import WatchLines
from ani3d_runtime.client import Client, LiveSubscription, StreamRendition, Take, cached_package
from ani3d_runtime.client.protocol.live_messages import LiveListing
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import Ani3dError, NotFoundError, UsageError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.live import LivePlayer
from ani3d_runtime.playback.picture import paint_posed
from ani3d_runtime.render.camera import Orbit, bounds_of
from ani3d_runtime.render.image import write_png

# A stop of this machine for two seconds loses nothing of a take.
_RECORDING_CREDITS = 128


@dataclass(frozen=True)
class WatchReport:
    """The outcome of watching a session.

    Attributes:
        driven: cloth and hair move with the session; otherwise it plays the rigid layer.
        source: how its publisher was doing at the end: waiting, live or lost.
        source_losses: how often it was lost meanwhile.
        frames: received and posed.
        dropped: left out by the server because this machine was late.
        thinned: left out by the server because the link would not carry them.
        rendition: what the link got at the end; None where the server does not follow the link.
        reconnects: how often a lost connection was made anew.
        frames_per_s: received and posed per second.
        latency_ms_p50, latency_ms_p99: from the capture of a pose to its frame posed here, by the clocks of server and
            this machine; without what the fastest poses take to the server. None without frames.
        picture: of the last frame, if one was asked for.
        take: the file that was recorded, if one was asked for and a frame came.
        take_fps: its rate.
        take_curves: names of the curves in it, such as blend shapes of a face.
    """

    session: str
    avatar: str
    driven: bool
    source: str
    source_losses: int
    frames: int
    dropped: int
    reconnects: int
    seconds: float
    frames_per_s: float
    bytes_per_frame: float
    latency_ms_p50: float | None
    latency_ms_p99: float | None
    picture: str | None
    take: str | None = None
    take_fps: float | None = None
    take_curves: tuple[str, ...] = ()
    thinned: int = 0
    rendition: StreamRendition | None = None


def watch(
    server: str,
    session: str | None = None,
    /,
    *,
    frames: int | None = None,
    seconds: float | None = None,
    picture: Path | None = None,
    size: str = "512x512",
    record: Path | None = None,
    connection: Connection | None = None,
    console: ConsoleArgument,
) -> None:
    """Watch a live session: frame rate, latency from capture to here, state of the source, lost frames.

    The avatar's package is fetched once and kept in the cache. Ends with the session, or at Ctrl-C or SIGTERM.
    Without a session, list those that are open.

    Args:
        server: host:port of 'ani3d serve'.
        session: name of the live session; leave it out to list all.
        frames: stop after so many frames.
        seconds: stop after so many seconds.
        picture: PNG file to paint the last frame into at the end; it replaces the one that is there.
        size: of the picture.
        record: .npz file to write the poses into at the end, for 'ani3d bake --motion'. Frames are not posed here
            meanwhile, so that none is lost; latencies are those of their arrival.
        connection: how to reach the server.
    """
    for option, limit in (("--frames", frames), ("--seconds", seconds)):
        if limit is not None and not limit > 0:
            raise UsageError(
                "watch-bad-length", option, found=str(limit), expected="more than 0", fix="Leave it out, or raise it."
            )
    if picture is not None:
        _check_picture(picture)
    if record is not None:
        _check_take(record)
        if session is None:
            raise _nothing_to_record()
    picture_px = picture_size(size)
    with Client(server, credentials=(connection or Connection()).credentials()) as client:
        sessions = {listing.session_id: listing for listing in client.live.list()}
        if session is None:
            _list(list(sessions.values()), client.target, console)
            return
        if session not in sessions:
            raise _not_found(session, list(sessions))
        listing = client.manifest(sessions[session].avatar_id).avatar
        with console.progress(f"fetch {listing.avatar_id}") as progress:
            fetched = cached_package(client, listing, progress=progress)
        with Package.open(fetched.path) as package:
            player = LivePlayer(package)
            player.pose(player.still_frame())  # kernels are compiled, or loaded, before the clock runs
            seeing = _Seeing(player, console, None if record is None else Take())
            credits = None if record is None else _RECORDING_CREDITS
            note = seeing.note_source
            try:
                with client.live.subscribe(session, package=package, on_source=note, credits=credits) as stream:
                    seeing.until(stream, frames, seconds)
            finally:  # what came before a failure is kept
                if record is not None:
                    seeing.save(record, package.skeleton.joint_names)
            if picture is not None and seeing.last is not None:
                _paint(player, seeing.last, picture, picture_px)
                seeing.picture = str(picture)
    report = seeing.report(stream)
    console.result(asdict(report), *_human(report))


class _Seeing:
    """The frames of one subscription, posed as they come."""

    def __init__(self, player: LivePlayer, console: Console, take: Take | None = None) -> None:
        self.last: Frame | None = None
        self.picture: str | None = None
        self.recorded: tuple[str, float] | None = None
        self._player = player
        self._console = console
        self._take = take
        self._losses = 0
        self._tally = Tally()

    def note_source(self, state: str) -> None:
        """The publisher came, was lost, or came back."""
        self._losses += state == "lost"
        self._console.say(f"source {state}")

    def until(self, stream: LiveSubscription, frames: int | None, seconds: float | None) -> None:
        """Show frames until there were enough, the session ends, or Ctrl-C or SIGTERM comes."""
        is_over = threading.Event()

        def stop() -> None:
            is_over.set()
            stream.close()

        alarm = threading.Timer(seconds or threading.TIMEOUT_MAX, stop)
        alarm.daemon = True
        alarm.start()
        try:
            with WatchLines(stream, self._tally, self._console.say):
                self._show_all(stream, frames)
        except KeyboardInterrupt:  # how it ends
            pass
        except Ani3dError:
            if not is_over.is_set():
                raise
        finally:
            alarm.cancel()

    def report(self, stream: LiveSubscription) -> WatchReport:
        """The outcome so far."""
        received, header = stream.watch, stream.header
        count = self._tally.count
        seconds = self._tally.ended_s - self._tally.begun_s
        return WatchReport(
            session=header.session_id,
            avatar=header.avatar_id,
            driven=header.driven,
            source=received.source,
            source_losses=self._losses,
            frames=count,
            dropped=received.dropped_count,
            reconnects=received.reconnect_count,
            seconds=seconds,
            frames_per_s=(count - 1) / seconds if seconds > 0 else 0.0,
            bytes_per_frame=received.received_bytes / max(received.received_count, 1),
            latency_ms_p50=self._tally.latency_ms(50),
            latency_ms_p99=self._tally.latency_ms(99),
            picture=self.picture,
            take=None if self.recorded is None else self.recorded[0],
            take_fps=None if self.recorded is None else self.recorded[1],
            take_curves=() if self._take is None else self._take.curve_names,
            thinned=received.thinned_count,
            rendition=received.rendition,
        )

    def save(self, path: Path, joint_names: tuple[str, ...]) -> None:
        """Write the take, and say what is likely wrong with it."""
        assert self._take is not None
        if self._take.frame_count:
            self.recorded = str(path), self._take.save(path, joint_names)
        for doubt in self._take.doubts(str(path)):
            self._console.doubt(doubt)

    def _show_all(self, stream: LiveSubscription, limit: int | None) -> None:
        for frame in stream:
            assert isinstance(frame, Frame)
            if self._take is None:
                self._player.pose(frame)
            else:
                self._take.add(frame, stream.watch.curve_names)
            self.last = frame
            self._tally.add((time.time() - stream.header.session_start_time_s - frame.time_s) * 1000)
            is_full = self._take is not None and self._take.is_full
            if is_full or (limit is not None and self._tally.count >= limit):
                return


def _check_picture(path: Path) -> None:
    if path.suffix.lower() != ".png":
        raise UsageError(
            "picture-suffix", path, found=f"suffix {path.suffix!r}", expected=".png", fix="Name the file so."
        )
    refuse_no_folder(path)


def _check_take(path: Path) -> None:
    if path.suffix.lower() != ".npz":
        raise UsageError("take-suffix", path, found=f"suffix {path.suffix!r}", expected=".npz", fix="Name the file so.")
    refuse_existing(path, False, fix="Choose another name: a take is never replaced.")


def _nothing_to_record() -> UsageError:
    return UsageError(
        "watch-record-no-session",
        "--record",
        found="no session",
        expected="the session to record",
        fix="'ani3d watch SERVER' lists those that are open; name one behind the server.",
    )


def _paint(player: LivePlayer, frame: Frame, path: Path, picture_px: tuple[int, int]) -> None:
    posed = player.pose(frame)
    low, high = bounds_of(posed.cloud.means_m)
    orbit = Orbit(width_px=picture_px[0], height_px=picture_px[1])
    target = (low + high) / 2
    distance_m = orbit.fitting_distance_m(np.clip(posed.cloud.means_m, low, high), target, 0.0)
    write_png(path, paint_posed(posed, orbit.camera(target, 0.0, distance_m)))


def _list(sessions: list[LiveListing], target: str, console: Console) -> None:
    rows = table("session", "avatar", "source", "cloth and hair", "watchers", "frames", numeric=("watchers", "frames"))
    for listing in sessions:
        rows.add_row(
            listing.session_id,
            listing.avatar_id,
            listing.source,
            "moved" if listing.driven else "rigid",
            f"{listing.subscriber_count}",
            f"{listing.frame_count}",
        )
    data = {"sessions": [asdict(listing) for listing in sessions]}
    console.result(data, rows if sessions else f"{target} has no live sessions; 'ani3d retarget' opens one")


def _not_found(session: str, known: list[str]) -> NotFoundError:
    return NotFoundError(
        "live-session-not-found",
        f"live session {session}",
        found="no such session",
        expected=f"one of: {', '.join(known)}" if known else "a server with live sessions",
        fix="'ani3d watch SERVER' lists those that are open; 'ani3d retarget' opens one.",
    )


def _human(report: WatchReport) -> list[object]:
    rows = table("", "")
    layer = "cloth and hair moved by the package's driver" if report.driven else "rigid layer"
    rows.add_row("session", f"{report.session} of {report.avatar}, {layer}")
    rows.add_row("source", f"{report.source}, lost {report.source_losses} times")
    rows.add_row("frames", f"{report.frames} at {report.frames_per_s:.1f} per second, {report.dropped} lost")
    if report.rendition is not None and report.rendition.link_bytes_per_s:
        rows.add_row("slow link", f"{report.rendition.words()}; {report.thinned} frames left out")
    if report.reconnects:
        rows.add_row("connection", f"lost and made anew {report.reconnects} times")
    rows.add_row("on the wire", f"{report.bytes_per_frame / 1000:.1f} KB per frame")
    if report.latency_ms_p50 is not None:
        rows.add_row("capture to shown", f"{report.latency_ms_p50:.1f} ms median, {report.latency_ms_p99:.1f} ms p99")
    if report.take is not None:
        curves = f", {len(report.take_curves)} curves" if report.take_curves else ""
        rows.add_row("take", f"{report.take}, {report.take_fps:g} frames/s{curves}")
    lines: list[object] = [rows]
    if report.picture is not None:
        lines.append(f"picture: {report.picture}")
    if report.take is not None:
        lines.append(f"next: ani3d bake --motion {shlex.quote(report.take)} --into PACKAGE.a3d")
    return lines
