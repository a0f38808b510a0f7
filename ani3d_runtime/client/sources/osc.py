"""osc: the messages of a datagram in Open Sound Control 1.0, by itself or in bundles within bundles.

python-osc reads single messages here, not bundles: it recurses into them as deep as a sender likes, and stays for ever
in one that has an element of size -4 (1.10.2). It also logs every parameter of a type that it does not know.
"""

from __future__ import annotations

from collections.abc import Collection

from pythonosc.osc_message import OscMessage, ParseError

_BUNDLE = b"#bundle\0"
_TIME_BYTES, _SIZE_BYTES = 8, 4
_TYPES = frozenset(b"ifsbhdTFN")


def messages_of(datagram: bytes, addresses: Collection[str]) -> list[OscMessage]:
    """The messages of a datagram in their order, whatever times their bundles have.

    Args:
        datagram: of a sender.
        addresses: of the messages that are wanted; others, and those with parameters of rare types, are passed over.

    Raises:
        ParseError: it is not OSC.
        ValueError: a string in it is not UTF-8.
    """
    messages: list[OscMessage] = []
    waiting = [datagram]
    while waiting:
        packet = waiting.pop()
        if packet.startswith(_BUNDLE):
            waiting.extend(reversed(_elements(packet)))
        elif OscMessage.dgram_is_message(packet):
            if _is_wanted(packet, addresses):
                messages.append(OscMessage(packet))
        else:
            raise ParseError("neither a message nor a bundle")
    return messages


def _is_wanted(message: bytes, addresses: Collection[str]) -> bool:
    address, rest = _text(message)
    types, _ = _text(rest)
    return address.decode() in addresses and _TYPES.issuperset(types.removeprefix(b","))


def _text(data: bytes) -> tuple[bytes, bytes]:
    """A string, and what follows it at the next multiple of four bytes."""
    text = data.partition(b"\0")[0]
    return text, data[(len(text) // 4 + 1) * 4 :]


def _elements(bundle: bytes) -> list[bytes]:
    elements: list[bytes] = []
    start = len(_BUNDLE) + _TIME_BYTES
    if len(bundle) < start:
        raise ParseError("a bundle without a time")
    while start < len(bundle):
        size = int.from_bytes(bundle[start : start + _SIZE_BYTES], "big")
        start += _SIZE_BYTES
        if start + size > len(bundle):
            raise ParseError("an element that goes beyond its bundle")
        elements.append(bundle[start : start + size])
        start += size
    return elements
