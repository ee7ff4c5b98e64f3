"""What comes to the door wrongly is refused, whatever it is, and nothing of it is logged."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from stillwatch.adapters.gateway.tokens import Caller, Callers, Role, new_token
from stillwatch.http.asgi import Reply, Request, as_json
from stillwatch.http.entry import ANYBODY, PUBLIC, READERS
from stillwatch.http.routes import App, Route
from stillwatch.model.errors import BadInput, NotAllowed, OutsideFailed
from tests.rooms.http.served import call, raw, served

LIMIT = 4_096
GATEWAY, AUDITOR, OLD = new_token(), new_token(), new_token()
SECRET = "the prompt that nobody may read"


def _echo(request: Request) -> Reply:
    return as_json({"n_bytes": len(request.body), "name": getattr(request.caller, "name", "")})


def _fault(request: Request) -> Reply:
    raise RuntimeError(request.body.decode())


def _refused(request: Request) -> Reply:
    raise {"/bad": BadInput("bad"), "/rule": NotAllowed("no", by_rule="r")}.get(
        request.tail, OutsideFailed("away")
    )


def _route(method: str, path: str, roles: frozenset[Role], answer: object, **more: object) -> Route:
    return Route(method=method, path=path, roles=roles, answer=answer, what="a test", **more)  # type: ignore[arg-type]


ROUTES = [
    _route("GET", "/open", PUBLIC, _echo),
    _route("POST", "/echo", ANYBODY, _echo, max_body_bytes=LIMIT),
    _route("GET", "/read", READERS, _echo),
    _route("POST", "/fault", PUBLIC, _fault),
    _route("POST", "/beside", PUBLIC, _fault, blocks=True),
    _route("*", "/refused/*", PUBLIC, _refused),
]
CALLERS = Callers(
    {
        bytes.fromhex(GATEWAY[1]): Caller("gw", frozenset({Role.GATEWAY})),
        bytes.fromhex(AUDITOR[1]): Caller("ann", frozenset({Role.AUDITOR})),
        bytes.fromhex(OLD[1]): Caller(
            "old", frozenset({Role.GATEWAY}), datetime.now(UTC) - timedelta(seconds=1)
        ),
    },
    {},
)


@pytest.fixture(scope="module", params=["a task each", "quick"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """The door, where requests are answered by tasks, and where the protocol answers itself."""
    quick = request.param == "quick"
    routes = [replace(r, quick=quick and "*" not in r.path and not r.blocks) for r in ROUTES]
    with served(App(routes, CALLERS)) as found:
        yield found


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def basic(token: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"me:{token}".encode()).decode()}


@pytest.mark.parametrize(
    "headers",
    [bearer(GATEWAY[0]), basic(GATEWAY[0]), {"x-stillwatch-token": GATEWAY[0]}],
    ids=["bearer", "basic", "own header"],
)
def test_a_good_token_comes_in_by_three_ways(port: int, headers: dict[str, str]) -> None:
    got = call(port, "POST", "/echo", b"{}", headers)
    assert (got.status, got.told) == (200, {"n_bytes": 2, "name": "gw"})
    assert got.headers["cache-control"] == "no-store"


WRONG = {
    "none": {},
    "empty": {"authorization": ""},
    "no scheme": {"authorization": GATEWAY[0]},
    "scheme alone": {"authorization": "Bearer"},
    "unknown": bearer(new_token()[0]),
    "its digest": bearer(GATEWAY[1]),
    "cut": bearer(GATEWAY[0][:-1]),
    "longer": bearer(GATEWAY[0] + "A"),
    "other case": bearer(GATEWAY[0].swapcase()),
    "default": bearer("sk-1234"),
    "changeme": bearer("changeme"),
    "past its time": bearer(OLD[0]),
    "bad base64": {"authorization": "Basic %%%"},
    "no password": {"authorization": "Basic " + base64.b64encode(b"me").decode()},
    "other scheme": {"authorization": f"Digest {GATEWAY[0]}"},
    "8 kB": bearer("sw_" + "A" * 8_192),
    "NULs": bearer("sw_" + "%00" * 20),
    "own header wins": {**bearer(GATEWAY[0]), "x-stillwatch-token": "sw_wrong"},
}


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
def test_a_wrong_token_is_nobodys(port: int, headers: dict[str, str]) -> None:
    got = call(port, "POST", "/echo", b"{}", headers)
    assert got.status == 401
    assert got.headers["www-authenticate"].startswith("Bearer")
    for value in headers.values():
        assert len(value) < 8 or value.encode() not in got.body


def test_a_role_opens_its_own_doors_only(port: int) -> None:
    assert call(port, "GET", "/read", headers=bearer(AUDITOR[0])).status == 200
    got = call(port, "GET", "/read", headers=bearer(GATEWAY[0]))
    assert got.status == 403
    assert "auditor" in got.told["error"]["what"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({}, 200),
    ],
)
def test_another_sites_page_changes_nothing(
    port: int, headers: dict[str, str], status: int
) -> None:
    assert call(port, "POST", "/echo", b"{}", {**basic(GATEWAY[0]), **headers}).status == status


def _head(*lines: str) -> bytes:
    return "\r\n".join([*lines, "host: here", "", ""]).encode("latin-1")


def test_a_body_that_is_too_long_is_refused_before_it_is_read(port: int) -> None:
    auth = f"x-stillwatch-token: {GATEWAY[0]}"
    answer = raw(port, _head("POST /echo HTTP/1.1", auth, "content-length: 999999999"))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()


def test_a_body_without_a_length_is_bounded_too(port: int) -> None:
    auth = f"x-stillwatch-token: {GATEWAY[0]}"
    head = _head("POST /echo HTTP/1.1", auth, "transfer-encoding: chunked")
    piece = b"400\r\n" + b"x" * 1_024 + b"\r\n"
    answer = raw(port, head, *[piece] * 8)
    assert answer.startswith(b"HTTP/1.1 413 ")
    exact = raw(port, head, *[piece] * 4, b"0\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n")
    assert exact.startswith(b"HTTP/1.1 200 ")
    assert b'"n_bytes":4096' in exact


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"POST /echo HT",),
        (b"POST /echo HTTP/1.1\r\nhost: here\r\nx-slow: ",),
        (
            _head("POST /echo HTTP/1.1", f"x-stillwatch-token: {GATEWAY[0]}", "content-length: 9"),
            b"a",
        ),
    ],
    ids=["nothing", "line", "header", "body"],
)
def test_who_is_too_slow_is_given_up(port: int, pieces: tuple[bytes, ...]) -> None:
    answer = raw(port, *pieces)
    assert answer == b"" if not any(pieces) else answer.startswith(b"HTTP/1.1 408 ")


def test_empty_lines_keep_no_connection_open(port: int) -> None:
    assert raw(port, b"\r\n\r\n") == b""
    whole = b"GET /open HTTP/1.1\r\nhost: h\r\n\r\n"
    assert raw(port, b"\r\n" + whole + b"\r\n").startswith(b"HTTP/1.1 200 ")


MALFORMED = {
    "no HTTP": b"hello\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "NULs": b"\x00" * 64,
    "space in a name": b"GET /open HTTP/1.1\r\nbad name: x\r\n\r\n",
    "two lengths": b"POST /open HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "length and chunks": (
        b"POST /open HTTP/1.1\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "negative length": b"POST /open HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
    "bad chunk": b"POST /open HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_request_is_refused_and_closed(port: int, sent: bytes) -> None:
    answer = raw(port, sent)
    assert answer == b"" or answer.split(b" ", 2)[1] in (b"400", b"408", b"404", b"405")
    assert call(port, "GET", "/open").status == 200


def test_an_endless_head_is_cut(port: int) -> None:
    answer = raw(port, b"GET /open HTTP/1.1\r\n", *[b"x-more: " + b"y" * 4_000 + b"\r\n"] * 20)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert raw(port, b"GET /" + b"a" * 70_000).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("name", ["authorization", "x-stillwatch-token", "x-stillwatch-account"])
def test_two_headers_that_say_who_speaks_are_one_too_many(port: int, name: str) -> None:
    answer = raw(port, _head("GET /open HTTP/1.1", f"{name}: a", f"{name}: b", "connection: close"))
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/echo", 405),
        ("DELETE", "/open", 405),
        ("GET", "/refused/bad", 400),
        ("PUT", "/refused/rule", 403),
        ("GET", "/refused/else", 503),
    ],
)
def test_what_is_not_there_or_fails_says_so(port: int, method: str, path: str, status: int) -> None:
    got = call(port, method, path)
    assert got.status == status
    assert got.told["error"]["what"]


@pytest.mark.parametrize("path", ["/fault", "/beside"])
def test_a_fault_is_told_without_what_was_sent(
    port: int, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        got = call(port, "POST", path, SECRET.encode(), bearer(GATEWAY[0]))
    assert got.status == 500
    assert "RuntimeError at test_door.py" in caplog.text
    for told in (caplog.text, got.body.decode()):
        assert SECRET not in told
        assert GATEWAY[0] not in told


def test_requests_that_were_sent_together_are_answered_in_order(port: int) -> None:
    last = b"GET /open HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"
    answer = raw(port, b"GET /open HTTP/1.1\r\nhost: h\r\n\r\n" * 3 + last)
    assert answer.count(b"HTTP/1.1 200 ") == 4
