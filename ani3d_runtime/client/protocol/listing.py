"""What a server offers, as clients see it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ani3d_runtime.geometry.travel import Travel
from ani3d_runtime.package.playing import Marker, Playing
from ani3d_runtime.rpc.v1 import asset_pb2


@dataclass(frozen=True)
class ClipListing:
    """One baked motion of an avatar on a server.

    Attributes:
        duration_s: from the first frame to the last; a looping clip starts over ``1 / fps`` later.
        playing: whether it loops, how its root is meant to be played, its markers.
    """

    name: str
    fps: float
    frame_count: int
    duration_s: float
    playing: Playing = field(default_factory=Playing)

    @classmethod
    def from_message(cls, message: asset_pb2.ClipSummary) -> ClipListing:
        """The clip of a listing that a server sent."""
        moved = message.travel
        travel = Travel((moved.x_m, moved.y_m, moved.z_m), moved.heading_rad) if message.HasField("travel") else None
        markers = tuple(Marker(m.name, m.time_s, m.kind) for m in message.markers)
        playing = Playing(message.loops, travel, message.in_place, markers)
        return cls(message.name, message.fps, message.frame_count, message.duration_s, playing)


@dataclass(frozen=True)
class AvatarListing:
    """One avatar on a server.

    Attributes:
        avatar_id: what requests name.
        name: what it was baked as.
        size_bytes: length of the package.
        digest: SHA-256 of the package's content, hexadecimal.
    """

    avatar_id: str
    name: str
    size_bytes: int
    digest: str
    gaussian_count: int
    joint_count: int
    clips: tuple[ClipListing, ...]

    @classmethod
    def from_message(cls, message: asset_pb2.AvatarSummary) -> AvatarListing:
        """The listing that a server sent."""
        clips = tuple(map(ClipListing.from_message, message.clips))
        return cls(
            message.avatar_id,
            message.name,
            message.size_bytes,
            message.digest,
            message.gaussian_count,
            message.joint_count,
            clips,
        )


@dataclass(frozen=True)
class RemoteManifest:
    """The manifest of a package on a server.

    Attributes:
        avatar: what the list says about it.
        manifest: the package's own words, as `ani3d info --json` prints them.
    """

    avatar: AvatarListing
    manifest: dict[str, Any]

    @classmethod
    def from_message(cls, message: asset_pb2.GetManifestResponse) -> RemoteManifest:
        """The manifest that a server sent."""
        return cls(AvatarListing.from_message(message.avatar), json.loads(message.manifest_json))
