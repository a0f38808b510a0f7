"""The same WGSL with fewer bytes, for pages that load it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import product
from string import ascii_letters, digits

# What slangc makes: u32(24), (24u) after an operator, a condition around an empty block, a type beside a value of it.
_INTEGER = re.compile(r"\b([ui])32\((\d+)\)")
# Not after ">", which ends types: bitcast<f32>(x).
_ALONE = re.compile(r"(?<=[<=&|+\-*/,(\[])\((\w+)\)")
_EMPTY_BLOCK = re.compile(r"if\(([^{}]*)\)\n\{\n\}\nelse\n\{\nbreak;\n\}")
_TYPE_OF_VALUE = re.compile(r"\bvar (\w+):[\w<>]+=")
_VECTOR = re.compile(r"vec([234])<([fiu])32>")
_NAME = re.compile(r"\b(?:[A-Za-z_]\w*_\d+|_[0-9a-f]+)\b")
_WORD = re.compile(r"\b\w+\b")
# "a - -b" keeps its space: "--" is another word.
_SPACED = re.compile(r"(?<!-) ?([+*/-]) ?(?!-)")
_LINE_END = re.compile(r"\n(?=[{}])|(?<=[{};,])\n")


def shortened(text: str) -> str:
    """WGSL as slangc writes it, without what no compiler needs; numbered names get one or two letters."""
    text = _INTEGER.sub(r"\2\1", text)
    text = _ALONE.sub(r"\1", _without_double_parentheses(text))
    text = _EMPTY_BLOCK.sub(r"if(!(\1))\n{\nbreak;\n}", text)
    text = _VECTOR.sub(r"vec\1\2", _TYPE_OF_VALUE.sub(r"var \1=", text))
    text = _SPACED.sub(r"\1", _renamed(text))
    return _LINE_END.sub("", text)


def _without_double_parentheses(text: str) -> str:
    opened: list[int] = []
    closing: dict[int, int] = {}
    for place, character in enumerate(text):
        if character == "(":
            opened.append(place)
        elif character == ")":
            closing[opened.pop()] = place
    double = {place for place, end in closing.items() if closing.get(place + 1) == end - 1}
    dropped = {place + 1 for place in double} | {closing[place] - 1 for place in double}
    return "".join(character for place, character in enumerate(text) if place not in dropped)


def _renamed(text: str) -> str:
    taken = set(_WORD.findall(text))
    free = (name for name in _short_names() if name not in taken)
    # The most frequent get one letter.
    names = {name: next(free) for name, _ in Counter(_NAME.findall(text)).most_common()}
    return _NAME.sub(lambda found: names[found[0]], text)


def _short_names() -> Iterator[str]:
    """One letter, then a letter and a digit: no keyword and no reserved word looks like that."""
    yield from ascii_letters
    yield from ("".join(pair) for pair in product(ascii_letters, digits))
