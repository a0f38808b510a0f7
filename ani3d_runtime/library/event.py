"""Events: what happens while a library is baked, as JSON lines for scripts and as a stream for tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ani3d_runtime.library.record import now

EventName = Literal["plan", "task-queued", "task-started", "task-progress", "task-finished", "task-failed", "summary"]


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes:
        event: which.
        key: of the task; empty for ``plan`` and ``summary``.
        kind, character, result, label: of the task; people are told the label.
        facts: what there is to say: ``attempt`` and ``worker``; ``stage`` and ``fraction``; ``digest``, ``bytes``,
            ``seconds`` and ``peak_mb``; ``code``, ``found``, ``expected``, ``fix`` and ``will_retry``; ``done``,
            ``cached``, ``failed`` and ``seconds``.
        time: UTC, ISO 8601.
    """

    event: EventName
    key: str = ""
    kind: str = ""
    character: str = ""
    result: str = ""
    label: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    time: str = field(default_factory=now)

    def to_json(self) -> dict[str, Any]:
        """One flat map."""
        named = {name: getattr(self, name) for name in ("key", "kind", "character", "result", "label")}
        return {"event": self.event, "time": self.time, **{k: v for k, v in named.items() if v}, **self.facts}
