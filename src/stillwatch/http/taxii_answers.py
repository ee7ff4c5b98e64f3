"""What the TAXII server says: envelopes, manifests, versions and errors, as bytes."""

from __future__ import annotations

import uuid
from typing import Any, Final

import orjson

from stillwatch.adapters.taxii.pages import Page
from stillwatch.http.asgi import NO_STORE, Headers, Reply
from stillwatch.http.taxii_entry import CHALLENGE
from stillwatch.share.taxii_media import MEDIA, STIX_MEDIA
from stillwatch.share.taxii_refusing import Refused
from stillwatch.share.taxii_times import text_of

_KIND: Final = (b"content-type", MEDIA.encode())
_VARY: Final = (b"vary", b"accept, authorization")
_NOSNIFF: Final = (b"x-content-type-options", b"nosniff")
_BASE: Final[Headers] = [_KIND, NO_STORE, _VARY, _NOSNIFF]


def told(value: Any, status: int = 200) -> Reply:
    """A resource."""
    return Reply(status, orjson.dumps(value), list(_BASE))


def raw(body: bytes, status: int = 200) -> Reply:
    """A resource that is spelled already."""
    return Reply(status, body, list(_BASE))


def refusal(error: Refused) -> Reply:
    """An error resource, with the headers that belong to its status."""
    reply = told({**error.to_json(), "error_id": str(uuid.uuid4())}, error.status)
    if error.status == 401:
        reply.headers.append(CHALLENGE)
    if error.retry_after_s:
        reply.headers.append((b"retry-after", str(error.retry_after_s).encode()))
    if error.status in (408, 413):
        reply.headers.append((b"connection", b"close"))
    return reply


def envelope(page: Page, next_token: str) -> Reply:
    """Objects (section 3.7), their bytes as they were kept."""
    return _paged(page, next_token, b"objects", page.bodies)


def manifest(page: Page, next_token: str) -> Reply:
    """What there is, without saying it (section 5.3.1)."""
    records = [
        orjson.dumps({
            "id": entry.id, "date_added": text_of(entry.added_us), "version": entry.said,
            "media_type": STIX_MEDIA,
        })
        for entry in page.entries
    ]  # fmt: skip
    return _paged(page, next_token, b"objects", records)


def versions(page: Page, next_token: str) -> Reply:
    """Versions of one object (section 5.8.1)."""
    return _paged(page, next_token, b"versions", [orjson.dumps(e.said) for e in page.entries])


def _paged(page: Page, next_token: str, name: bytes, parts: list[bytes]) -> Reply:
    more = b"true" if page.more else b"false"
    head = b'{"more":' + more
    if next_token:
        head += b',"next":' + orjson.dumps(next_token)
    # An empty list is no value in TAXII.
    body = b"".join((head, b',"', name, b'":[', b",".join(parts), b"]}")) if parts else head + b"}"
    reply = raw(body)
    if page.entries:
        first, last = page.entries[0].added_us, page.entries[-1].added_us
        reply.headers += [
            (b"x-taxii-date-added-first", text_of(first).encode()),
            (b"x-taxii-date-added-last", text_of(last).encode()),
        ]
    return reply
