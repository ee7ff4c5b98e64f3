"""A connection to somebody's TAXII 2.1 server: patient, bounded, and credentials kept to one host.

Waits are the server's to ask for (``Retry-After``), up to a bound of ours; answers that are too
long, in another form or from another place than was asked are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urljoin, urlsplit

import orjson
import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import Retry, Timeout, make_headers

from stillwatch.model.errors import BadInput, BadSettings, OutsideFailed
from stillwatch.share.taxii_media import MEDIA, TAXII

MOST_ANSWER_BYTES: Final = 64 * 1024 * 1024
TIMES: Final = 8
LONGEST_WAIT_S: Final = 300
_AGAIN: Final = (429, 502, 503, 504)
_HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """How a client proves who it is.

    Args:
        user: name for HTTP basic authentication.
        password: for the same.
        token: bearer token.
        certificate: client certificate with its key, PEM.
        ca: authorities that the server's certificate is checked with, PEM; else the system's.
        plain_http: send them without TLS to another machine all the same.
    """

    user: str = ""
    password: str = ""
    token: str = ""
    certificate: Path | None = None
    ca: Path | None = None
    plain_http: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said.

    Args:
        status: of HTTP.
        told: the resource.
        headers: in small letters.
    """

    status: int
    told: Mapping[str, Any]
    headers: Mapping[str, str]


class Connection:
    """Speaks to one server.

    Args:
        base: address of its discovery, an API root or a collection.
        credentials: who we are.
        backoff_s: first wait where a server gives no time; doubled each time.

    Raises:
        BadSettings: the address is none, or would carry a secret in the clear.
    """

    def __init__(self, base: str, credentials: Credentials, backoff_s: float = 0.5) -> None:
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadSettings("URL", f"{base!r} is no http:// or https:// address.")
        secret = bool(credentials.password or credentials.token)
        far = parts.scheme == "http" and parts.hostname not in _HERE
        if far and secret and not credentials.plain_http:
            raise BadSettings(
                "URL",
                f"{base} is plain HTTP, and the secret would cross the network readable. Use "
                "https://, or --plain-http if you mean it.",
            )
        self._base = base if base.endswith("/") else f"{base}/"
        self._place = (parts.scheme, parts.netloc)
        self._headers = {"accept": MEDIA, "user-agent": "stillwatch"}
        if credentials.token:
            self._headers["authorization"] = f"Bearer {credentials.token}"
        elif credentials.user:
            pair = f"{credentials.user}:{credentials.password}"
            self._headers |= make_headers(basic_auth=pair)
        again = Retry(
            total=TIMES, redirect=0, backoff_factor=backoff_s, backoff_max=LONGEST_WAIT_S,
            status_forcelist=_AGAIN, retry_after_max=LONGEST_WAIT_S, allowed_methods=None,
            raise_on_status=False,
        )  # fmt: skip
        certificate = str(credentials.certificate) if credentials.certificate else None
        self._pool = urllib3.PoolManager(
            num_pools=2, retries=again, timeout=Timeout(connect=15.0, read=120.0),
            ca_certs=str(credentials.ca) if credentials.ca else None, cert_file=certificate,
        )  # fmt: skip

    def get(self, address: str = "", fields: Mapping[str, str] | None = None) -> Answer:
        """Ask for a resource.

        Args:
            address: relative to the base.
            fields: of the query.

        Raises:
            OutsideFailed: the server does not answer, or not with TAXII.
        """
        query = f"?{urlencode(fields, quote_via=quote)}" if fields else ""
        return self._ask("GET", urljoin(self._base, address) + query)

    def post(self, address: str, body: bytes) -> Answer:
        """Send an envelope.

        Raises:
            OutsideFailed: the server does not answer, or not with TAXII.
        """
        return self._ask("POST", urljoin(self._base, address), body)

    def close(self) -> None:
        """Let go of it."""
        self._pool.clear()

    def _ask(self, method: str, address: str, body: bytes | None = None) -> Answer:
        parts = urlsplit(address)
        if (parts.scheme, parts.netloc) != self._place:
            raise OutsideFailed(f"the server leads to another place, {parts.netloc}.")
        headers = dict(self._headers)
        if body is not None:
            headers["content-type"] = MEDIA
        try:
            reply = self._pool.request(
                method, address, body=body, headers=headers, preload_content=False, redirect=False
            )
            content = b"".join(_bounded(reply))
        except (HTTPError, OSError, ValueError) as error:
            raise OutsideFailed(
                f"{parts.netloc} does not answer: {type(error).__name__}.",
                remedy="What was done stays done; run it again.",
            ) from None
        found = {name.lower(): value for name, value in reply.headers.items()}
        kind = found.get("content-type", "").partition(";")[0].strip().lower()
        return Answer(reply.status, _resource(content, kind, reply.status, parts.netloc), found)


def objects_in(answer: Answer) -> list[Any]:
    """The objects of an envelope.

    Raises:
        BadInput: it is no envelope.
    """
    found = answer.told.get("objects", [])
    if not isinstance(found, list):
        raise BadInput("the server's envelope holds no list of objects.")
    return found


def _bounded(reply: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    n_bytes = 0
    try:
        for piece in reply.stream(65_536, decode_content=True):
            n_bytes += len(piece)
            if n_bytes > MOST_ANSWER_BYTES:
                raise ValueError("too long")
            yield piece
    except BaseException:
        reply.close()
        raise
    reply.release_conn()


def _resource(content: bytes, kind: str, status: int, host: str) -> Mapping[str, Any]:
    """The resource in an answer; an error may come in any form."""
    try:
        told = orjson.loads(content) if content else {}
    except orjson.JSONDecodeError:
        told = None
    if status >= 300:
        return told if isinstance(told, dict) else {}
    if kind != TAXII or not isinstance(told, dict):
        raise OutsideFailed(f"{host} answers with {kind or 'nothing'} in place of {TAXII}.")
    return told


def refused(answer: Answer, doing: str) -> OutsideFailed:
    """What to raise where a server said no."""
    said = str(answer.told.get("description") or answer.told.get("title") or "no reason")[:300]
    remedies = {
        401: "See user, password or token.",
        403: "Ask its operator for the right.",
        404: "See the address and the collection; `discover` lists them.",
    }
    return OutsideFailed(
        f"{doing}: the server said {answer.status}, {said.rstrip('.')}.",
        remedy=remedies.get(answer.status, ""),
    )
