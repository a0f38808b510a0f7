"""Announcement: what a server says of itself once it answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OfferedAvatar:
    """One package of the catalogue."""

    avatar_id: str
    gaussian_count: int
    clip_names: tuple[str, ...]
    size_bytes: int


@dataclass(frozen=True)
class Announcement:
    """Attributes:
    address: ``host:port`` for clients.
    avatars: what is offered.
    metrics_ports: where Prometheus finds metrics, one for each worker.
    gateway_port: for browsers.
    gateway_token: of this run; None where the server checks tokens of its own.
    """

    address: str
    avatars: tuple[OfferedAvatar, ...]
    metrics_ports: tuple[int, ...] = ()
    gateway_port: int | None = None
    gateway_token: str | None = None
