"""Reads recordings of a tool at work: HAR files, and CSV of a packet capture.

Hosts, ports, versions and the headers that tell are kept. Paths, queries, bodies, cookies and keys
are read past.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeGuard
from urllib.parse import urlsplit

import ijson

from stillwatch.adapters.nesting import shallow
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet.data_flow import Contact, Tls

#: columns, and what tshark and others call them.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "host": ("host", "server_name", "sni", "tls.handshake.extensions_server_name"),
    "address": ("address", "ip.dst", "ipv6.dst", "ip"),
    "port": ("port", "tcp.dstport", "udp.dstport"),
    "version": ("tls", "tls_version", "tls.handshake.version"),
    "alpn": ("alpn", "tls.handshake.extensions_alpn_str"),
    "n": ("n", "count", "connections"),
}
_VERSIONS: Final = {
    "0x0300": "SSLv3", "0x0301": "TLSv1", "0x0302": "TLSv1.1", "0x0303": "TLSv1.2",
    "0x0304": "TLSv1.3", "tls 1.0": "TLSv1", "tls 1.1": "TLSv1.1", "tls 1.2": "TLSv1.2",
    "tls 1.3": "TLSv1.3",
}  # fmt: skip
_LONGEST: Final = 200
_LATEST_S: Final = 253_402_300_800  # the year 10000


def read_har(path: Path, kept: frozenset[str]) -> Iterator[Contact]:
    """Contacts of a HAR file, a request each; the file is read as a stream.

    Args:
        path: as browsers and mitmproxy (``--set hardump=FILE``) write it.
        kept: headers that are kept, small letters.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is no HAR.
    """
    n = 0
    try:
        with path.open("rb") as file:
            # a number too long for Python would end the process; as a machine's it is an error
            events = shallow(ijson.basic_parse(file, use_float=True))
            for entry in ijson.items(ijson.parse(events), "log.entries.item"):
                n += 1
                if (found := _entry(entry, path.name, kept)) is not None:
                    yield found
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    except (ijson.JSONError, ValueError, OverflowError, RecursionError) as error:
        raise BadInput(f"is no HAR: {str(error)[:100]}.", where=str(path)) from None
    if not n:
        raise BadInput("holds no entry: is it a HAR, and was anything recorded?", where=str(path))


def _entry(entry: Any, seen: str, kept: frozenset[str]) -> Contact | None:
    if not isinstance(entry, Mapping):
        return None
    request, reply = _table(entry.get("request")), _table(entry.get("response"))
    try:
        parts = urlsplit(str(request.get("url", "")))
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.scheme not in ("http", "https", "ws", "wss"):
        return None
    secured = parts.scheme in ("https", "wss")
    headers = {}
    for one in reply.get("headers") or ():
        told = _table(one)
        name = str(told.get("name", "")).lower()
        if name in kept:
            headers[name] = str(told.get("value", ""))[:_LONGEST]
    address = str(entry.get("serverIPAddress") or "").strip("[]")[:60]
    return Contact(
        host=host, port=port or (443 if secured else 80), secured=secured, seen=seen,
        addresses=(address,) if address else (), tls=_details(entry, reply) if secured else None,
        headers=headers, redirects=_redirect(str(reply.get("redirectURL") or ""), host),
    )  # fmt: skip


def _details(entry: Mapping[str, Any], reply: Mapping[str, Any]) -> Tls | None:
    """What browsers tell of the line; None where they do not."""
    told = _table(entry.get("_securityDetails") or reply.get("_securityDetails"))
    if not told:
        return None
    until = told.get("validTo")
    version = str(told.get("protocol", ""))
    return Tls(
        version=_VERSIONS.get(version.lower(), version)[:20],
        issuer=str(told.get("issuer", ""))[:_LONGEST],
        subject=str(told.get("subjectName", ""))[:_LONGEST],
        not_after_us=round(until * 1e6) if _is_time(until) else None,
        verified=None,
    )


def _is_time(value: Any) -> TypeGuard[int | float]:
    """Whether it is seconds since 1970 of a day that calendars have."""
    return isinstance(value, (int, float)) and 0 < value < _LATEST_S


def _redirect(target: str, host: str) -> tuple[str, ...]:
    try:
        found = urlsplit(target).hostname
    except ValueError:
        return ()
    return (found,) if found and found != host else ()


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def read_csv(path: Path) -> Iterator[Contact]:
    """Contacts of a CSV with a header, a connection a row, as ``tshark -T fields`` writes it.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: no column names a host or an address, or a port is none.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            sample = file.readline()
            file.seek(0)
            rows = csv.DictReader(file, delimiter="\t" if "\t" in sample else ",")
            names = _columns(rows.fieldnames or (), path)
            for row in rows:
                if (found := _row(row, names, path, rows.line_num)) is not None:
                    yield found
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"is no CSV: {error}.", where=str(path)) from None


def _columns(there: Any, path: Path) -> dict[str, str]:
    known = {str(name).strip().lower(): str(name) for name in there}
    found = {}
    for column, ways in COLUMNS.items():
        for way in ways:
            if way in known:
                found[column] = known[way]
                break
    if not {"host", "address"} & set(found):
        raise BadInput(
            f"no column {' or '.join(COLUMNS['host'] + COLUMNS['address'])}.", where=str(path)
        )
    return found


def _row(
    row: Mapping[str, str | None], names: Mapping[str, str], path: Path, line: int
) -> Contact | None:
    told = {column: (row.get(name) or "").strip() for column, name in names.items()}
    host = told.get("host") or told.get("address") or ""
    if not host:
        return None
    try:
        port = int(told.get("port") or 443)
        n = int(told.get("n") or 1)
    except ValueError:
        raise BadInput("the port or the count is no number.", where=f"{path}:{line}") from None
    said = told.get("version", "").split(",")[-1].lower()
    version = _VERSIONS.get(said, said)[:20]
    secured = bool(version or told.get("alpn") or told.get("host")) and port != 80
    tls = (
        Tls(version=version, alpn=told.get("alpn", "")[:20])
        if version or told.get("alpn")
        else None
    )
    address = told.get("address", "")[:60]
    return Contact(
        host=host[:255], port=port, secured=secured, seen=path.name, n=max(n, 1),
        addresses=(address,) if address and address != host else (), tls=tls,
    )  # fmt: skip
