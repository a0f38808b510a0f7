"""Hostile packages by the million: an intact one is taken apart, changed where it hurts, and given fresh checksums."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import msgpack

from ani3d_runtime.package.layout import pack
from ani3d_runtime.testing.forgery import (
    CLIP,
    CODING,
    CRITICAL,
    GROUP,
    HEADER_FIELDS,
    NAME,
    OFFSET,
    STORED,
    ForgedSection,
    Forgery,
    with_header,
    with_table,
)

# Where counters, signs and widths turn over.
NUMBERS = (0, 1, -1, 2, 3, 4, 5, 127, 128, 255, 256, 1024, 1025, 4095, 4096, 65535, 65536, 16_000_000, 2**24, 2**31 - 1,
           2**31, 2**32 - 1, 2**32, 2**40, 2**53, 2**63 - 1)  # fmt: skip
FLOATS = (0.0, -0.0, -1.0, 1e-45, 1e-3, 1e6, 3.5e38, 1e300, math.inf, -math.inf, math.nan)
BYTES = (0x00, 0x01, 0x02, 0x03, 0x7E, 0x7F, 0x80, 0x81, 0xFE, 0xFF)
# Little-endian float32: NaN, both infinities, the largest, a denormal, minus one.
FLOAT_BYTES = tuple(bytes.fromhex(h) for h in ("0000c07f", "0000807f", "000080ff", "ffff7f7f", "01000000", "000080bf"))
MAPS = ("manifest", "skeleton")
_MAX_EDITS = 4
# Codec, shift, length, no escapes, and the first symbol after the mode byte of `rans`.
_TABLE = re.compile(
    rb"(?:\x00[\x00-\x18][\x01-\x7f]\x00\x00|\x01[\x00-\x18][\x02-\x7f]\x01\x00\x00)([\x00-\xff])", re.DOTALL
)


class Mutator:
    """Endless changed packages of a corpus; mutation number k is the same in every run.

    Args:
        corpus: intact packages.
        seed: of the whole series.

    Attributes:
        corpus: the same.
    """

    def __init__(self, corpus: Sequence[bytes], seed: int = 0) -> None:
        self.corpus = tuple(corpus)
        self._corpus = [(package, Forgery.of(package)) for package in corpus]
        self._weights = [len(forgery.sections) for _, forgery in self._corpus]
        self._seed = seed
        self._kinds: list[tuple[str, int, Callable[[random.Random], bytes]]] = [
            ("payload", 60, self._payload),
            ("map", 14, self._map),
            ("entries", 8, self._entries),
            ("splice", 6, self._splice),
            ("sections", 4, self._sections),
            ("coding", 4, self._coding),
            ("table", 2, self._table),
            ("header", 1, self._header),
            ("raw", 1, self._raw),
        ]

    @property
    def kinds(self) -> tuple[str, ...]:
        """What mutations are called."""
        return tuple(name for name, _, _ in self._kinds)

    def mutation(self, number: int) -> tuple[str, bytes]:
        """(kind, package) of mutation ``number``."""
        dice = random.Random(f"{self._seed}/{number}")
        kind, _, make = dice.choices(self._kinds, [weight for _, weight, _ in self._kinds])[0]
        return kind, make(dice)

    def _forgery(self, dice: random.Random) -> Forgery:
        # What has more sections has more to damage.
        _, intact = dice.choices(self._corpus, self._weights)[0]
        return Forgery([replace(section) for section in intact.sections])

    def _payload(self, dice: random.Random) -> bytes:
        """Bytes inside one or two sections; the first bytes, where counts are, more often."""
        forgery = self._forgery(dice)
        candidates = [s for s in forgery.sections if s.name not in MAPS and s.data]
        for _ in range(dice.choice((1, 1, 1, 2))):
            section = dice.choice(candidates)
            integers = _plain_integers(section.data)
            if integers and dice.random() < 0.6:
                section.data = _with_other_integers(section.data, integers, dice)
            else:
                section.data = edited(section.data, dice)
        return forgery.to_bytes()

    def _map(self, dice: random.Random) -> bytes:
        """Values inside the manifest or the skeleton, now and then consistent with each other."""
        forgery = self._forgery(dice)
        section = forgery.section(dice.choice(MAPS))
        if section.codec or dice.random() < 0.1:
            section.data = edited(section.data, dice)
            return forgery.to_bytes()
        document = cast("dict[str, Any]", msgpack.unpackb(section.data))
        for _ in range(dice.choice((1, 1, 2))):
            _change_value(document, dice)
        if section.name == "manifest" and dice.random() < 0.2:
            count = dice.choice([n for n in NUMBERS if 0 < n <= 2**31])
            document |= {"gaussian_count": count, "level_sizes": [count], "part_counts": [count, 0, 0, 0, 0]}
        section.data = pack(document)
        return forgery.to_bytes()

    def _entries(self, dice: random.Random) -> bytes:
        """Fields of the table of contents."""

        def change(entries: list[list[Any]]) -> None:
            # The table is laid out again where its length changed; the same numbers must come each time.
            again = random.Random(place)
            for _ in range(again.choice((1, 1, 2))):
                entry = again.choice(entries)
                field = again.choice((NAME, CLIP, GROUP, OFFSET, STORED, CODING, CRITICAL))
                if field == NAME:
                    entry[NAME] = again.choice([other[NAME] for other in entries] + ["", "x" * 65, "splats.99", "pose"])
                elif field == CODING:
                    entry[CODING] = [again.choice((0, 1, 2, 3, 4, 255)), again.choice(NUMBERS)]
                elif field in (OFFSET, STORED) and again.random() < 0.5:
                    entry[field] = max(0, entry[field] + again.choice((-64, -1, 1, 64)))
                else:
                    entry[field] = again.choice(NUMBERS)

        place = dice.random()
        return self._forgery(dice).to_bytes(change)

    def _splice(self, dice: random.Random) -> bytes:
        """A section of another package or another place."""
        forgery, other = self._forgery(dice), self._forgery(dice)
        section = dice.choice([s for s in forgery.sections if s.name != "manifest"])
        like = [s for s in other.sections if s.name == section.name]
        section.data = dice.choice(like if like and dice.random() < 0.8 else other.sections).data
        return forgery.to_bytes()

    def _sections(self, dice: random.Random) -> bytes:
        """Sections left out, twice, or unheard of."""
        forgery = self._forgery(dice)
        action = dice.choice(("drop", "repeat", "unknown", "empty"))
        section = dice.choice(forgery.sections)
        if action == "drop":
            forgery.sections.remove(section)
        elif action == "repeat":
            forgery.sections.append(replace(section, group=dice.choice((section.group, 1, 7))))
        elif action == "unknown":
            forgery.sections.append(ForgedSection("smell", b"", critical=dice.random() < 0.5))
        else:
            section.data = b""
        return forgery.to_bytes()

    def _coding(self, dice: random.Random) -> bytes:
        """A codec around a section that was not coded with it, or with another length."""
        forgery = self._forgery(dice)
        section = dice.choice(forgery.sections)
        section.codec = dice.choice((0, 1, 2, 3))
        true = len(section.data)
        section.raw_bytes = dice.choice((true, true + 1, true - 1, 1024 * true, dice.choice(NUMBERS)))
        if dice.random() < 0.5:
            # A run of one byte is the shortest code of many bytes.
            section.codec, section.data, section.raw_bytes = 1, bytes([1, dice.choice(BYTES)]), dice.choice((1, 2048))
        return forgery.to_bytes()

    def _table(self, dice: random.Random) -> bytes:
        """Bytes of the table of contents."""
        package, _ = dice.choice(self._corpus)
        return with_table(package, lambda table: edited(table, dice)[: len(table)])

    def _header(self, dice: random.Random) -> bytes:
        """Fields of the header."""
        package, _ = dice.choice(self._corpus)
        field = dice.choice(list(HEADER_FIELDS))
        return with_header(package, **{field: dice.choice((*NUMBERS, len(package), len(package) - 1))})

    def _raw(self, dice: random.Random) -> bytes:
        """Damage that checksums find."""
        package, _ = dice.choice(self._corpus)
        return edited(package, dice)


def _plain_integers(data: bytes) -> list[range]:
    """Where the symbols of tables lie that are stored as they are: `raw`, or `rans` that did not pay."""
    return [range(match.start(1), match.start(1) + match[0][2] - (match[0][0] == 1)) for match in _TABLE.finditer(data)]


def _with_other_integers(data: bytes, tables: list[range], dice: random.Random) -> bytes:
    """Integers of tables changed and nothing else, so that sections parse and their values lie."""
    edited = bytearray(data)
    for _ in range(dice.randint(1, _MAX_EDITS)):
        table = dice.choice(tables)
        at = dice.choice(table)
        if at < len(edited):
            value = dice.choice((*BYTES, edited[at] + 1, edited[at] - 1, edited[at] + 2, dice.randrange(256)))
            # 255 would call for an escape.
            edited[at] = min(value % 256, 254)
    return bytes(edited)


def edited(data: bytes, dice: random.Random) -> bytes:
    """One to four edits of a few bytes."""
    edited = bytearray(data)
    for _ in range(dice.randint(1, _MAX_EDITS)):
        if not edited:
            return bytes([dice.choice(BYTES)])
        # Heads hold the counts: half of the edits go there.
        at = dice.randrange(min(len(edited), 48)) if dice.random() < 0.5 else dice.randrange(len(edited))
        action = dice.randrange(8)
        if action == 0:
            edited[at] ^= 1 << dice.randrange(8)
        elif action == 1:
            edited[at] = dice.choice(BYTES)
        elif action == 2:
            edited[at] = dice.randrange(256)
        elif action == 3:
            del edited[at : at + dice.choice((1, 1, 4, 16))]
        elif action == 4:
            edited[at:at] = bytes(dice.choice(BYTES) for _ in range(dice.choice((1, 1, 2, 5))))
        elif action == 5:
            edited[at : at + 4] = dice.choice(FLOAT_BYTES)
        elif action == 6:
            start = dice.randrange(len(edited))
            edited[at : at + 8] = edited[start : start + 8]
        else:
            # A LEB128 number of up to 35 bits.
            edited[at : at + 1] = b"\xff" * dice.randint(1, 4) + bytes([dice.choice((0x01, 0x07, 0x0F, 0x7F))])
    return bytes(edited)


def _change_value(document: dict[str, Any], dice: random.Random) -> None:
    """Walk down to a leaf and replace it, or leave a field out."""
    holder: Any = document
    key: Any = dice.choice(list(document))
    while isinstance(holder[key], (dict, list)) and holder[key] and dice.random() < 0.8:
        holder = holder[key]
        key = dice.choice(list(holder)) if isinstance(holder, dict) else dice.randrange(len(holder))
    value = holder[key]
    if dice.random() < 0.05:
        del holder[key]
    elif isinstance(value, bytes) and dice.random() < 0.8:
        holder[key] = edited(value, dice)
    elif isinstance(value, list) and dice.random() < 0.5:
        holder[key] = value * dice.choice((0, 2, 300))
    else:
        replacements: tuple[Any, ...] = (*NUMBERS, *FLOATS, "", "x" * 5000, "\x00", None, True, [], {}, b"")
        holder[key] = dice.choice(replacements)
