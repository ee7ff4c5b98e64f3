"""Addresses of servers: host and port of a setting, and whether only this machine reaches it."""

from __future__ import annotations

import ipaddress

from stillwatch.model.errors import BadSettings


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address_of(text: str, key: str, or_else: str = "") -> tuple[str, int]:
    """Host and port of ``HOST:PORT``; IPv6 hosts stand in brackets, no host is this machine.

    >>> address_of("[::1]:4318", "--listen")
    ('::1', 4318)

    Args:
        text: the address.
        key: the setting or option that it comes from.
        or_else: what the user is told may stand there as well.

    Raises:
        BadSettings: it is none.
    """
    host, sign, port = text.rpartition(":")
    if not sign or not (port.isascii() and port.isdecimal()) or int(port) > 65_535:
        raise BadSettings(key, f"{text!r} is no HOST:PORT, such as 127.0.0.1:9464{or_else}.")
    return host.strip("[]") or "127.0.0.1", int(port)
