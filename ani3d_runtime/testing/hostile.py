"""What a reader makes of a hostile package: read, or refused with a code, soon and within bounded memory."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

from ani3d_runtime.errors import InputError, PackageError, ResourceError
from ani3d_runtime.package.addition import stage_of, with_added
from ani3d_runtime.package.readable import BytesReadable
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import ClipPlayer

READ = "read"
_MAX_FRAMES = 4096


@dataclass(frozen=True)
class Verdict:
    """One package, tried.

    Attributes:
        outcome: ``read``, the code of the refusal, or ``crash: …`` for any other error.
        seconds: process CPU time that it took.
    """

    outcome: str
    seconds: float

    @property
    def crashed(self) -> bool:
        """Whether something happened that must not."""
        return self.outcome.startswith("crash")


def tried(package: bytes) -> Verdict:
    """Read everything in a package and pose the first and the last frame of each clip."""
    started = time.process_time()
    try:
        read_everything(package)
        outcome = READ
    except (PackageError, ResourceError) as refusal:
        outcome = refusal.code
    except Exception as error:
        outcome = f"crash: {type(error).__name__}: {str(error)[:120]}"
    return Verdict(outcome, time.process_time() - started)


def read_everything(data: bytes) -> None:
    """What a player, a validator, a browser of packages and a bake that adds a clip would ask for.

    Raises:
        PackageError: the package is refused. ResourceError: an optional codec is not installed.
    """
    package = Package.open(BytesReadable(data))
    package.check_padding()
    avatar = package.avatar()
    _ = package.input_order, package.deformation, package.thumbnail_png
    for level in range(package.level_count - 1):
        package.shown_at(level)
    for name in package.clip_names:
        clip = package.clip(name)
        if clip.frame_count <= _MAX_FRAMES:
            clip.motion()
        player = ClipPlayer(package, name)
        for frame in (0, clip.frame_count - 1):
            player.pose(player.frame(frame))
    with_added(package, ())
    # A package that was changed may be of another avatar than it says itself.
    with contextlib.suppress(InputError):
        stage_of(package, avatar.take(package.input_order))
