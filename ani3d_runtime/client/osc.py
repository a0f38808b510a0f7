"""osc: the messages of a datagram in Open Sound Control 1.0, by itself or in bundles within bundles.

python-osc reads single messages here, not bundles: it recurses into them as deep as a sender likes, and stays for ever
in one that has an element of size -4 (1.10.2).
"""

from __future__ import annotations

from pythonosc.osc_message import OscMessage, ParseError

_BUNDLE = b"#bundle\0"
_TIME_BYTES, _SIZE_BYTES = 8, 4


def messages_of(datagram: bytes) -> list[OscMessage]:
    """In the order that they stand in, whatever times their bundles have.

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
            messages.append(OscMessage(packet))
        else:
            raise ParseError("neither a message nor a bundle")
    return messages


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
