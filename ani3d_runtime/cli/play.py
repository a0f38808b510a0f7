"""``ani3d play``: stream a clip from a server, and film it if asked."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter

from ani3d_runtime.cli.choices import clip_name_of, picture_size, refuse_existing
from ani3d_runtime.cli.connection import Connection
from ani3d_runtime.cli.console import Console, ConsoleArgument, table
from ani3d_runtime.cli.media_time import MediaTime
from ani3d_runtime.client import AvatarListing, Client, Playback, PlayOptions, StreamRendition, cached_package
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import NotFoundError, ServiceError, UsageError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.picture import ClipPainter
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.render.video import check_suffix, write_video
from ani3d_runtime.rpc.rate import checked_rate

_NAMES_IN_ERROR = 10


@dataclass(frozen=True)
class PlayReport:
    """The outcome of a playback.

    Attributes:
        frames: received and posed.
        dropped: frames the server left out because this machine was late.
        thinned: frames the server left out because the link would not carry them.
        rendition: what the link got at the end; None where the server does not follow the link.
        reconnects: how often a lost connection was made anew.
        seconds: from the first frame to the end of the last one's posing or painting.
        frames_per_s: received and posed per second.
        latency_ms_p50, latency_ms_p99: age of a frame on arrival, by both machines' wall clocks.
        downloaded_bytes: of the package; 0 when it was cached.
        video: the film, if one was asked for.
    """

    avatar: str
    clip: str
    frames: int
    dropped: int
    thinned: int
    rendition: StreamRendition | None
    reconnects: int
    seconds: float
    frames_per_s: float
    bytes_per_frame: float
    latency_ms_p50: float
    latency_ms_p99: float
    downloaded_bytes: int
    package: str
    video: str | None


def play(
    server: str,
    avatar: str | None = None,
    /,
    *,
    clip: str | None = None,
    render: Path | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    size: str = "512x512",
    frames: int | None = None,
    seconds: float | None = None,
    rate: float = 1.0,
    loop: Annotated[bool, Parameter(negative="")] = False,
    every_frame: Annotated[bool, Parameter(negative="")] = False,
    connection: Connection | None = None,
    console: ConsoleArgument,
) -> None:
    """Stream a clip from a server, pose every frame, and film it if asked.

    The package is fetched once and kept in the cache; frames then come over the network.
    Without an avatar, list what the server offers.

    Args:
        server: host:port of 'ani3d serve'.
        avatar: id of the avatar; leave it out to list all.
        clip: name of the clip; may be left out where the avatar has one.
        render: film to write, .mp4 or .webp.
        force: replace the film.
        size: of the film's pictures.
        frames: stop after so many frames.
        seconds: stop after so many seconds of media time; at rate 2 they last half as long.
        rate: speed; 2 is twice as fast, -1 backwards from the clip's end.
        loop: start again at the end; stops after --frames or --seconds, or at Ctrl-C or SIGTERM.
        every_frame: as fast as this machine can pose them, dropping none; always so when filming.
        connection: how to reach the server.
    """
    if loop and render is not None and frames is None and seconds is None:
        raise UsageError(
            "play-endless-film",
            "--loop --render",
            found="a film without end",
            expected="--frames or --seconds",
            fix="Say how long the film shall be.",
        )
    _check_length(frames, seconds)
    if render is not None:
        check_suffix(render)
        refuse_existing(render, force)
    picture_px = picture_size(size)
    options = PlayOptions(
        pacing="every-frame" if every_frame or render is not None else "real-time",
        rate=checked_rate(rate),
        loop=loop,
        with_detail=False,
    )
    with Client(server, credentials=(connection or Connection()).credentials()) as client:
        if avatar is None:
            is_play_wanted = any(value is not None for value in (clip, render, frames, seconds))
            _list_offers(client, console, is_play_wanted=is_play_wanted)
            return
        listing = client.manifest(avatar).avatar
        clip_name = _chosen_clip(listing, clip)
        with console.progress(f"fetch {avatar}") as progress:
            fetched = cached_package(client, listing, progress=progress)
        with Package.open(fetched.path) as package:
            screen = _Screen(package, clip_name, None if render is None else picture_px)
            with client.play(avatar, clip_name, options) as playback:
                if playback.header.digest != listing.digest:
                    raise _package_changed(avatar)
                showing = _Showing(playback, screen.player, options.rate, frames, seconds)
                with console.progress(f"play {clip_name}") as progress:
                    screen.show(showing.frames(progress), render, playback.header.frame_rate_hz)
    report = showing.report(avatar, fetched.received_bytes, fetched.path, render)
    console.result(asdict(report), *_human(report, console))


class _Screen:
    """Takes frames, and poses them or paints them into a film.

    The first frame is shown before the clock runs, because kernels are compiled and the avatar is decoded then.
    """

    def __init__(self, package: Package, clip: str, picture_px: tuple[int, int] | None) -> None:
        self._painter: ClipPainter | None = None
        if picture_px is None:
            self.player = ClipPlayer(package, clip)
            self.player.pose(self.player.frame(0))
        else:
            width, height = picture_px
            self._painter = ClipPainter(package, clip, view="residual", width_px=width, height_px=height)
            self.player = self._painter.player
            self._painter.paint(self.player.frame(0))

    def show(self, frames: Iterator[Frame], film: Path | None, frame_rate_hz: float) -> None:
        """Show every frame that comes."""
        painter = self._painter
        if painter is None or film is None:
            for frame in frames:
                self.player.pose(frame)
        else:
            write_video(film, (painter.paint(frame) for frame in frames), frame_rate_hz)


class _Showing:
    """The frames of one playback, until it ends or enough were seen."""

    def __init__(
        self, playback: Playback, player: ClipPlayer, rate: float, frames: int | None, seconds: float | None
    ) -> None:
        self._playback = playback
        self._player = player
        self._frames = frames
        self._seconds = seconds
        self._media = MediaTime(playback.header.period_s, rate / playback.header.frame_rate_hz)
        self._count = 0
        self._started_s = self._ended_s = 0.0

    def frames(self, progress: ProgressCallback) -> Iterator[Frame]:
        """Every frame, with the detail that this machine has in its package anyway and that is not streamed."""
        for frame in self._playback:
            assert isinstance(frame, Frame)
            self._ended_s = time.monotonic()
            self._started_s = self._started_s or self._ended_s
            yield replace(frame, detail=self._player.frame_at(frame.time_s).detail)
            self._count += 1
            self._media.show(frame.time_s, self._playback.watch.dropped_count)
            self._ended_s = time.monotonic()
            progress(self._fraction_done())
            if self._is_enough():
                return

    def _fraction_done(self) -> float:
        by_count = self._count / self._frames if self._frames is not None else 0.0
        seconds = self._seconds if self._seconds is not None else self._playback.header.duration_s
        by_time = self._media.gone_by_s / seconds if seconds > 0 else 0.0
        return min(1.0, max(by_count, by_time))

    def _is_enough(self) -> bool:
        by_count = self._frames is not None and self._count >= self._frames
        return by_count or (self._seconds is not None and self._media.has_reached(self._seconds))

    def report(self, avatar: str, downloaded_bytes: int, package: Path, video: Path | None) -> PlayReport:
        """The outcome so far."""
        watch = self._playback.watch
        seconds = self._ended_s - self._started_s
        latencies_ms = np.array(watch.latencies_s or [0.0]) * 1000
        return PlayReport(
            avatar=avatar,
            clip=self._playback.header.clip,
            frames=self._count,
            dropped=watch.dropped_count,
            thinned=watch.thinned_count,
            rendition=watch.rendition,
            reconnects=watch.reconnect_count,
            seconds=seconds,
            frames_per_s=(self._count - 1) / seconds if seconds > 0 else 0.0,
            bytes_per_frame=watch.received_bytes / max(watch.received_count, 1),
            latency_ms_p50=float(np.percentile(latencies_ms, 50)),
            latency_ms_p99=float(np.percentile(latencies_ms, 99)),
            downloaded_bytes=downloaded_bytes,
            package=str(package),
            video=None if video is None else str(video),
        )


def _list_offers(client: Client, console: Console, *, is_play_wanted: bool) -> None:
    """Print the server's avatars, or refuse a clip or film of no avatar with their names."""
    avatars = client.list_avatars()
    if is_play_wanted:
        names = ", ".join(avatar.avatar_id for avatar in avatars[:_NAMES_IN_ERROR])
        raise UsageError(
            "avatar-not-named",
            "AVATAR",
            found="no avatar named",
            expected=f"one of: {names}" if names else "a server that offers avatars",
            fix=f"ani3d play {client.target} AVATAR; without further options it lists all.",
        )
    rows = table("avatar", "clips", "Gaussians", "MB", numeric=("Gaussians", "MB"))
    for avatar in avatars:
        clips = ", ".join(f"{clip.name} ({clip.duration_s:.1f} s)" for clip in avatar.clips)
        rows.add_row(avatar.avatar_id, clips, f"{avatar.gaussian_count:,}", f"{avatar.size_bytes / 1e6:.1f}")
    offers = {"server": client.target, "avatars": [asdict(avatar) for avatar in avatars]}
    console.result(offers, rows if avatars else f"{client.target} offers no avatars yet")


def _check_length(frames: int | None, seconds: float | None) -> None:
    if frames is not None and frames < 1:
        raise _bad_length("--frames", frames, "at least 1")
    if seconds is not None and not 0 < seconds < math.inf:
        raise _bad_length("--seconds", seconds, "more than 0")


def _bad_length(option: str, found: float, expected: str) -> UsageError:
    fix = "Leave the option out to play the whole clip."
    return UsageError("play-bad-length", option, found=str(found), expected=expected, fix=fix)


def _chosen_clip(avatar: AvatarListing, clip: str | None) -> str:
    names = [listed.name for listed in avatar.clips]
    chosen = clip_name_of(names, clip)
    if chosen in names:
        return chosen
    raise NotFoundError(
        "clip-not-found",
        f"clip {chosen!r} of {avatar.avatar_id}",
        found="no such clip",
        expected=f"one of: {', '.join(names)}",
        fix="Name one of the avatar's clips.",
    )


def _package_changed(avatar: str) -> ServiceError:
    return ServiceError(
        "service-digest-changed",
        avatar,
        found="frames of a package that was baked again a moment ago",
        expected="frames of the package that was fetched",
        fix="Run the same command again.",
    )


def _human(report: PlayReport, console: Console) -> list[object]:
    rows = table("", "")
    rows.add_row("frames", f"{report.frames} at {report.frames_per_s:.1f} per second, {report.dropped} dropped")
    if report.rendition is not None and report.rendition.link_bytes_per_s:
        rows.add_row("slow link", f"{report.rendition.words()}; {report.thinned} frames left out")
    if report.reconnects:
        rows.add_row("connection", f"lost and made anew {report.reconnects} times")
    rows.add_row("on the wire", f"{report.bytes_per_frame / 1000:.1f} KB per frame")
    rows.add_row("latency", f"{report.latency_ms_p50:.1f} ms median, {report.latency_ms_p99:.1f} ms p99")
    rows.add_row("package", f"{report.downloaded_bytes / 1e6:.1f} MB fetched" if report.downloaded_bytes else "cached")
    if console.verbose:
        rows.add_row("cached at", report.package)
    return [rows] if report.video is None else [rows, f"film: {report.video}"]
