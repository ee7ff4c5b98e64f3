"""Contact: a host that a tool reached, how the line was secured, and what the reply told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

OLD_TLS = ("SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How a line was secured, as measured.

    Args:
        version: such as ``TLSv1.3``; empty where it was not seen.
        alpn: protocol agreed upon in the handshake.
        issuer: of the certificate, organisation and name.
        subject: whom it names.
        not_after_us: until when it holds; None where it was not seen.
        verified: it leads to an authority that is trusted here and names the host; None where
            nobody checked.
        fault: why it does not.
        old_versions: older versions that the host takes; None where that could not be tried.
    """

    version: str = ""
    alpn: str = ""
    issuer: str = ""
    subject: str = ""
    not_after_us: int | None = None
    verified: bool | None = None
    fault: str = ""
    old_versions: tuple[str, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        old = None if self.old_versions is None else list(self.old_versions)
        return {
            "version": self.version, "alpn": self.alpn, "issuer": self.issuer,
            "subject": self.subject, "not_after_us": self.not_after_us,
            "verified": self.verified, "fault": self.fault, "old_versions": old,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A host that was reached.

    Args:
        host: its name, or its address where no name was seen.
        port: of it.
        secured: by TLS.
        seen: how: ``measured``, or the name of the recording.
        n: requests, or connections.
        addresses: it was reached at.
        tls: how it was secured; None where that was not seen.
        headers: of replies, those that tell who handled it; small names, no cookies, no keys.
        redirects: hosts that it sent on to.
    """

    host: str
    port: int
    secured: bool
    seen: str
    n: int = 1
    addresses: tuple[str, ...] = ()
    tls: Tls | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    redirects: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "host": self.host, "port": self.port, "secured": self.secured, "seen": self.seen,
            "n": self.n, "addresses": list(self.addresses),
            "tls": None if self.tls is None else self.tls.to_json(),
            "headers": dict(self.headers), "redirects": list(self.redirects),
        }  # fmt: skip


def merged(contacts: Iterable[Contact]) -> list[Contact]:
    """One contact for each host, port and way it was seen; by host."""
    found: dict[tuple[str, int, bool, str], Contact] = {}
    for one in contacts:
        key = (one.host, one.port, one.secured, one.seen)
        had = found.get(key)
        if had is None:
            found[key] = one
            continue
        found[key] = replace(
            had,
            n=had.n + one.n,
            addresses=tuple(sorted({*had.addresses, *one.addresses})),
            tls=_weaker(had.tls, one.tls),
            headers={**one.headers, **had.headers},
            redirects=tuple(sorted({*had.redirects, *one.redirects})),
        )
    return [found[key] for key in sorted(found)]


def _weaker(one: Tls | None, two: Tls | None) -> Tls | None:
    """The one that is worse for whoever sends."""
    if one is None or two is None:
        return one or two
    bad = [x for x in (one, two) if x.verified is False or x.version in OLD_TLS]
    return bad[0] if bad else one


def within(host: str, patterns: Iterable[str]) -> bool:
    """Whether a host is one of the names, ``*.name`` being everything below it.

    >>> within("eu.api.vendor.example", ["*.vendor.example"])
    True
    >>> within("vendor.example.elsewhere.example", ["*.vendor.example", "vendor.example"])
    False
    """
    name = host.rstrip(".").casefold()
    for pattern in patterns:
        wanted = pattern.rstrip(".").casefold()
        if name == wanted or (wanted.startswith("*.") and name.endswith(wanted[1:])):
            return True
    return False
