"""Task: one unit of work of a library, which a process of its own does from beginning to end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["base", "looks", "clip", "practice", "package", "export"]
# Where parts of packages lie in a store, and packages in other formats.
PARTS = "work/parts/"
EXPORTS = "exports/"
# Below it, for each result: the key of the task that made it.
CURRENT = "work/current/"
# Work of an avatar's levels of detail, of a stretch that a base fits, of a join, and of an export, where that of a clip
# is 1.
_LOOKS, _STRETCH, _JOIN, _EXPORT = 1.5, 0.4, 0.5, 0.3


@dataclass(frozen=True)
class Task:
    """What is to be made, and of what.

    Attributes:
        key: digest of everything that decides the result; :func:`key_of`.
        kind: ``package`` bakes a character with all its motions, or joins its parts; ``base``, ``looks``, ``clip`` and
            ``practice`` make such parts; ``export`` writes a package in another format.
        character: whose.
        result: name in the store of what is made.
        decides: what the key is a digest of: settings, digests of input files, recipe numbers.
        settings: what the work is done with, paths absolute; a JSON object.
        needs: keys of tasks that come before.
        cpus, gpus, memory_mb: to be kept free for it.
        retries: how often it may be tried again.
        timeout_s: after which it counts as hung; None for never.
    """

    key: str
    kind: Kind
    character: str
    result: str
    decides: Mapping[str, Any]
    settings: Mapping[str, Any]
    needs: tuple[str, ...] = ()
    cpus: float = 1.0
    gpus: float = 0.0
    memory_mb: int = 2000
    retries: int = 2
    timeout_s: float | None = None

    @property
    def work(self) -> float:
        """About how much it is, where that of a clip is 1; measured with small characters and short clips."""
        clips = len(self.settings.get("clips", ()))
        if self.kind == "package":
            return _JOIN if self.settings.get("made_of") else _LOOKS + clips
        if self.kind == "practice":
            return float(len(range(*self.settings["numbers"])))
        return {"base": 1 + _STRETCH * clips, "looks": _LOOKS, "clip": 1.0, "export": _EXPORT}[self.kind]

    @property
    def is_part(self) -> bool:
        """Whether it makes a part of a package, whose name is its key."""
        return self.kind not in ("package", "export")

    @property
    def label(self) -> str:
        """How people are told of it."""
        if self.kind == "clip":
            return f"{self.character}/{self.settings['clips'][0]['name']}"
        if self.kind == "practice":
            first, stop = self.settings["numbers"]
            return f"{self.character} (practice {first + 1} to {stop})"
        if self.is_part:
            return f"{self.character} ({self.kind})"
        return self.character if self.kind == "package" else self.result

    def to_json(self) -> dict[str, Any]:
        """As farms and scripts read it."""
        return asdict(self)


def made_of(task: Task, facts: Mapping[str, Any]) -> list[str]:
    """Names in the store of what a task makes.

    Args:
        task: which.
        facts: of its record, which lists the files of an export.
    """
    return [f"{task.result}/{file}" for file in facts.get("files", ())] if task.kind == "export" else [task.result]


def key_of(decides: Mapping[str, Any]) -> str:
    """SHA-256 of canonical JSON, 32 hexadecimal digits."""
    text = json.dumps(decides, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
