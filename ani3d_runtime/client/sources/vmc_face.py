"""VmcFace: blend shapes as VMC tools send them, and whose they are. Asks no clock itself.

A face comes as ``/VMC/Ext/Blend/Val NAME VALUE`` messages and ``/VMC/Ext/Blend/Apply`` after them, often from a tool of
its own beside the one that sends the body. Avatars have no face that it would move: the values are carried with the
poses as curves, under the names that the tool gives them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.client.sources.vmc_senders import SenderFilter, plain_address, written

MOST_CURVES, LONGEST_NAME = 256, 64
# Values are between 0 and 1 by convention; nobody means more than this.
_MOST_VALUE = 1000.0
# Names are settled when no new one has come for so long.
_SETTLED_S = 0.5
_GONE_AFTER_S = 1.0
_MOST_OTHERS = 16
_NAMES_SHOWN, _NAME_SHOWN = 4, 32


class VmcFace:
    """The latest values of one face.

    A tool that sends a face and no body goes before the one that sends the body: who runs it wants its face.

    Args:
        only: who may send the face; None for anybody.
        say: takes a sentence about whose face it is.

    Attributes:
        names: of the curves, in the order in which they came; they change when new ones have settled.
        followed: who sends it.
    """

    def __init__(self, only: SenderFilter | None, say: Say) -> None:
        self.names: tuple[str, ...] = ()
        self.followed: tuple[str, int] | None = None
        self._only = only
        self._say = say
        self._values: dict[str, float] = {}
        self._new_s = self._heard_s = -math.inf
        self._is_body = False
        self._others: set[tuple[str, int]] = set()
        self._said_many = False

    def take(self, sender: tuple[str, int], given: Sequence[list[Any]], now_s: float, *, is_body: bool) -> bool:
        """The blend shapes of one datagram: a name and a value each.

        Args:
            sender: address and port.
            given: arguments of the messages.
            now_s: when it came.
            is_body: the sender sends a body, too.

        Returns:
            whether they count.
        """
        sender = (plain_address(sender[0]), sender[1])
        if sender != self.followed and not self._begins(sender, given, now_s, is_body=is_body):
            return False
        self._heard_s, self._is_body = now_s, self._is_body or is_body
        for arguments in given:
            self._keep(arguments, now_s)
        return True

    def settle(self, now_s: float) -> bool:
        """Take new names over once they are all there; whether there were any."""
        if len(self._values) == len(self.names) or now_s - self._new_s < _SETTLED_S:
            return False
        self.names = tuple(self._values)
        return True

    def values(self) -> Float32Array | None:
        """[C] the latest value of each name; None without names."""
        if not self.names:
            return None
        return np.array([self._values.get(name, 0.0) for name in self.names], dtype=np.float32)

    def was_busy(self, until_s: float) -> None:
        """Nobody was listened to until then, so nobody was silent."""
        self._heard_s = max(self._heard_s, until_s)

    def _begins(self, sender: tuple[str, int], given: Sequence[list[Any]], now_s: float, *, is_body: bool) -> bool:
        allowed = self._only is None or self._only.allows(*sender)
        is_free = self.followed is None or now_s - self._heard_s > _GONE_AFTER_S
        if not allowed or not (is_free or (self._is_body and not is_body)):
            if sender not in self._others and len(self._others) < _MOST_OTHERS:
                self._others.add(sender)
                follows = "nobody's yet" if self.followed is None else f"that of {written(self.followed)}"
                self._say(f"{written(sender)} sends a face too, which is left out; taken is {follows} (see --vmc-from)")
            return False
        self._others.discard(sender)
        self.followed, self._is_body = sender, is_body
        self._values, self._new_s = {}, now_s
        names = [str(arguments[0]) for arguments in given]
        shown = ", ".join(name[:_NAME_SHOWN] for name in names[:_NAMES_SHOWN])
        more = " …" if len(names) > _NAMES_SHOWN else ""
        self._say(
            f"{written(sender)} sends blend shapes ({shown}{more}); they go with the poses and into takes, "
            "and move nothing: avatars have no face yet"
        )
        return True

    def _keep(self, arguments: list[Any], now_s: float) -> None:
        name, value = str(arguments[0]), arguments[1] if len(arguments) > 1 else None
        if not isinstance(value, int | float) or not abs(value) <= _MOST_VALUE:
            return
        if name not in self._values:
            if not 0 < len(name) <= LONGEST_NAME or len(self._values) >= MOST_CURVES:
                if not self._said_many:
                    self._said_many = True
                    self._say(
                        f"blend shapes beyond {MOST_CURVES}, or of names longer than {LONGEST_NAME}, are left out"
                    )
                return
            self._new_s = now_s
        self._values[name] = float(value)
