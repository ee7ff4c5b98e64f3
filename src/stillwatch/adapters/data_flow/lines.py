"""Measures a line: certificate, version of TLS, what was agreed upon, what a reply's headers tell.

One request without a key goes to each address that the user names; nothing follows a redirect.
"""

from __future__ import annotations

import socket
import ssl
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.x509.oid import NameOID

from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet.data_flow import Contact, Tls

SEEN: Final = "measured"
_ALPN: Final = ["h2", "http/1.1"]
_OLD: Final = (
    ("TLSv1.1", ssl.TLSVersion.TLSv1_1),
    ("TLSv1", ssl.TLSVersion.TLSv1),
)
_LONGEST: Final = 200


def measure(url: str, kept: frozenset[str], *, ca_file: Path | None, timeout_s: float) -> Contact:
    """Connect to an address, look at the line, and ask for it once.

    Args:
        url: ``https://`` or ``http://`` address.
        kept: headers that are kept, small letters.
        ca_file: authorities to trust instead of the system's, PEM.
        timeout_s: for each step.

    Raises:
        BadInput: it is no such address.
        OutsideFailed: nobody answers there.
    """
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise BadInput("is no address: the port is no number.", where=url) from None
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise BadInput("is no http:// or https:// address, or holds a name.", where=url)
    secured = parts.scheme == "https"
    addresses = _addresses(host, port)
    tls = _tls(host, port, ca_file, timeout_s) if secured else None
    headers, redirect = _asked(url, kept, timeout_s, secured=secured)
    return Contact(
        host=host, port=port, secured=secured, seen=SEEN, addresses=addresses, tls=tls,
        headers=headers, redirects=() if redirect in ("", host) else (redirect,),
    )  # fmt: skip


def _addresses(host: str, port: int) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutsideFailed(f"{host} has no address: {error}.") from None
    return tuple(sorted({str(one[4][0]) for one in found}))


def _tls(host: str, port: int, ca_file: Path | None, timeout_s: float) -> Tls:
    """How the line is secured; looked at again unchecked where the certificate does not hold."""
    fault = ""
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError as error:
        raise OutsideFailed(f"{ca_file} cannot be used: {error}.") from None
    context.set_alpn_protocols(_ALPN)
    try:
        with _shaken(context, host, port, timeout_s) as line:
            return _told(line, host, port, timeout_s, fault)
    except ssl.SSLCertVerificationError as error:
        fault = error.verify_message or "the certificate does not hold"
    except ssl.SSLError:
        fault = ""
    open_to_all = _unchecked()
    if not fault:
        # an old host: look at it as it is, and let nobody think that it was checked
        _take(open_to_all, ssl.TLSVersion.TLSv1, ssl.TLSVersion.MAXIMUM_SUPPORTED)
    open_to_all.set_alpn_protocols(_ALPN)
    try:
        with _shaken(open_to_all, host, port, timeout_s) as line:
            return _told(line, host, port, timeout_s, fault or "no current TLS was agreed upon")
    except ssl.SSLError as error:
        raise OutsideFailed(f"{host}:{port} speaks no TLS: {error.reason}.") from None


def _unchecked() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _take(context: ssl.SSLContext, low: ssl.TLSVersion, high: ssl.TLSVersion) -> None:
    """Let a line be as weak as old hosts have it; to look at, never to send anything over."""
    with warnings.catch_warnings():
        # that they are old is the point
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = low, high
    context.set_ciphers("ALL:@SECLEVEL=0")


@contextmanager
def _shaken(
    context: ssl.SSLContext, host: str, port: int, timeout_s: float
) -> Iterator[ssl.SSLSocket]:
    try:
        with (
            socket.create_connection((host, port), timeout=timeout_s) as plain,
            context.wrap_socket(plain, server_hostname=host) as line,
        ):
            yield line
    except ssl.SSLError:
        raise
    except OSError as error:
        raise OutsideFailed(f"{host}:{port} cannot be reached: {error}.") from None


def _told(line: ssl.SSLSocket, host: str, port: int, timeout_s: float, fault: str) -> Tls:
    data = line.getpeercert(binary_form=True)
    issuer = subject = ""
    not_after_us = None
    if data:
        try:
            told = x509.load_der_x509_certificate(data)
            issuer, subject = _name(told.issuer), _name(told.subject)
            not_after_us = round(told.not_valid_after_utc.timestamp() * 1e6)
        except ValueError:
            fault = fault or "the certificate cannot be read"
    return Tls(
        version=line.version() or "", alpn=line.selected_alpn_protocol() or "",
        issuer=issuer, subject=subject, not_after_us=not_after_us, verified=not fault,
        fault=fault, old_versions=_old(host, port, timeout_s),
    )  # fmt: skip


def _name(name: x509.Name) -> str:
    found = [
        str(one.value)
        for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
        for one in name.get_attributes_for_oid(oid)
    ]
    return ", ".join(dict.fromkeys(found))[:_LONGEST]


def _old(host: str, port: int, timeout_s: float) -> tuple[str, ...] | None:
    """Older versions that the host takes; None where this machine cannot even ask."""
    taken, tried = [], False
    for name, version in _OLD:
        context = _unchecked()
        try:
            _take(context, version, version)
        except (ssl.SSLError, ValueError):
            continue
        try:
            with _shaken(context, host, port, timeout_s):
                tried = True
                taken.append(name)
        except ssl.SSLError as error:
            # what this side refuses says nothing of the other
            tried = tried or error.reason not in ("NO_PROTOCOLS_AVAILABLE", "NO_CIPHERS_AVAILABLE")
        except OutsideFailed:
            tried = True
    return tuple(taken) if tried else None


def _asked(
    url: str, kept: frozenset[str], timeout_s: float, *, secured: bool
) -> tuple[Mapping[str, str], str]:
    """Headers of a reply, and the host that it redirects to; nothing where there is no reply.

    Raises:
        OutsideFailed: there is no line at all.
    """
    try:
        with (
            httpx.Client(verify=False, timeout=timeout_s, trust_env=False) as client,
            client.stream("GET", url) as reply,
        ):
            found = {
                name.lower(): value[:_LONGEST]
                for name, value in reply.headers.items()
                if name.lower() in kept
            }
            target = reply.headers.get("location", "") if reply.is_redirect else ""
    except httpx.HTTPError as error:
        # a line with TLS was seen before it was asked for anything; one without is seen here first
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) and not secured:
            raise OutsideFailed(f"{url} cannot be reached: {error}.") from None
        return {}, ""
    try:
        return found, urlsplit(target).hostname or ""
    except ValueError:
        return found, ""
