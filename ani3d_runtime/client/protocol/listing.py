"""What a server offers, as clients see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ani3d_runtime.rpc.v1 import asset_pb2


@dataclass(frozen=True)
class ClipListing:
    """One baked motion of an avatar on a server."""

    name: str
    fps: float
    frame_count: int
    duration_s: float


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
        clips = tuple(ClipListing(c.name, c.fps, c.frame_count, c.duration_s) for c in message.clips)
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
