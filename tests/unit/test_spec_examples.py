"""The bytes that the pages of the specification show are what our codec reads and writes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ani3d_runtime.codec import entropy
from ani3d_runtime.codec.primitives.cursor import Cursor
from ani3d_runtime.codec.primitives.integers import decode_integers, encode_integers, row_lengths

PAGE = Path(__file__).parents[2] / "spec" / "SPEC.md"


def shown() -> list[bytes]:
    """The examples in their order: pairs of digits, two blanks and more before what they mean."""
    blocks = re.findall(r"```hex\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = [[re.match(r"(?:[0-9a-f]{2} {1,2})*[0-9a-f]{2}", line) for line in block.splitlines()] for block in blocks]
    return [bytes.fromhex("".join(match[0] for match in block if match)) for block in lines]


def test_the_payload_of_three_bytes_decodes_as_the_page_says() -> None:
    payload, _, _ = shown()
    assert entropy.decode("rans", payload, 3) == bytes([0, 0, 1])


def test_both_tables_of_three_integers_decode_as_the_page_says() -> None:
    _, *tables = shown()
    for table in tables:
        cursor = Cursor(table, "example")
        assert decode_integers(cursor, row_lengths(1, 3)).tolist() == [3, -2, 200]
        cursor.expect_end()


def test_the_table_with_low_bits_is_what_the_writer_writes() -> None:
    _, _, table = shown()
    assert encode_integers(np.array([3, -2, 200]), row_lengths(1, 3), "raw") == table
