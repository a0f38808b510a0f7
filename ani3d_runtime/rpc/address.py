"""Addresses of servers: ``host:port``, an IPv6 address in brackets; a host alone with or without them."""

from __future__ import annotations

import ipaddress
import re

_BRACKETED = re.compile(r"\[([^\[\]]*)\]")


def bare_host(host: str) -> str:
    """A host as a socket takes it: ``[::1]``, as URLs and ``host:port`` have it, is ``::1``."""
    match = _BRACKETED.fullmatch(host.strip())
    return match[1] if match and is_ipv6(match[1]) else host


def address_of(host: str, port: int | str) -> str:
    """``host:port``; an IPv6 address in brackets."""
    return f"{in_url(host)}:{port}"


def in_url(host: str) -> str:
    """A host as a URL has it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def is_ipv6(host: str) -> bool:
    """Whether this is an IPv6 address, without brackets; ``fe80::1%eth0`` is one."""
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False


def canonical(host: str) -> str:
    """A host in lower case; an address in its one short spelling, without brackets."""
    bare = bare_host(host).lower()
    return str(ipaddress.ip_address(bare)) if is_ipv6(bare) else bare
