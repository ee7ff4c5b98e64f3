"""Pull and push against a real server, and against servers that misbehave."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest

from stillwatch.adapters.taxii.client_state import ClientState
from stillwatch.adapters.taxii.connection import Connection, Credentials
from stillwatch.adapters.taxii.pulling import Pull, Pulled
from stillwatch.adapters.taxii.pushing import Push, Pushed
from stillwatch.model.errors import BadInput, BadSettings, OutsideFailed
from stillwatch.share.taxii_media import MEDIA
from tests.house.tree import ROOT
from tests.rooms.share.taxii_hub import PASSWORD, Hub, emptied, fill, hub, name_of, thing

WHEN = "2026-01-01T00:00:00.000001Z"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    store = str(folder / "db")
    asyncio.run(fill(store))
    with hub(store, folder, max_content_length=20_000, page_objects=10) as found:
        yield found


@pytest.fixture
def at(served: Hub) -> Iterator[Hub]:
    yield served
    asyncio.run(emptied(served.store))


def connected(url: str, who: str = "ann") -> Connection:
    return Connection(url, Credentials(user=who, password=PASSWORD), backoff_s=0.01)


def pulled(url: str, folder: Path, who: str = "ann", **options: Any) -> Pulled:
    with ClientState(folder / "state") as state:
        return Pull(connected(url, who), url, folder / "in", state, **options).run()


def pushed(url: str, folder: Path, *paths: Path, who: str = "ann") -> Pushed:
    with ClientState(folder / "sent") as state:
        return Push(connected(url, who), url, state).run(paths)


def bundle(path: Path, *things: Any) -> Path:
    path.write_bytes(orjson.dumps({"type": "bundle", "id": name_of(1, "bundle"),
                                   "objects": things}))  # fmt: skip
    return path


def handed_on(folder: Path) -> list[Any]:
    """Objects of all bundles, in the order of their names."""
    found: list[Any] = []
    for path in sorted((folder / "in").glob("*.json")):
        told = orjson.loads(path.read_bytes())
        assert told["type"] == "bundle"
        found += told["objects"]
    return found


def test_what_is_pushed_here_is_pulled_there_once(at: Hub, tmp_path: Path) -> None:
    path = bundle(tmp_path / "b.json", *(thing(i) for i in range(150)))
    sent = pushed(at.url, tmp_path, path)
    assert (sent.n_objects, sent.n_taken, sent.n_failed) == (150, 150, 0)
    assert sent.n_envelopes > 1
    got = pulled(at.url, tmp_path, "bob")
    assert (got.n_objects, got.n_pages, got.n_refused) == (150, 15, 0)
    assert [one["id"] for one in handed_on(tmp_path)] == [name_of(i) for i in range(150)]
    assert pulled(at.url, tmp_path, "bob").n_objects == 0
    again = pushed(at.url, tmp_path, path)
    assert (again.n_known, again.n_objects) == (1, 0)


def test_a_revocation_is_pulled_like_anything_else(at: Hub, tmp_path: Path) -> None:
    pushed(at.url, tmp_path, bundle(tmp_path / "b.json", thing(1), thing(2)))
    pulled(at.url, tmp_path)
    pushed(at.url, tmp_path, bundle(tmp_path / "c.json", thing(1, day=2, revoked=True)))
    got = pulled(at.url, tmp_path)
    assert (got.n_objects, got.n_revoked) == (1, 1)
    assert handed_on(tmp_path)[-1]["revoked"] is True


def test_types_are_pulled_apart(at: Hub, tmp_path: Path) -> None:
    pushed(at.url, tmp_path, bundle(tmp_path / "b.json", thing(1), thing(2, kind="malware")))
    one = pulled(at.url, tmp_path, filters={"match[type]": "malware"})
    assert one.n_objects == 1
    assert pulled(at.url, tmp_path).n_objects == 2


def test_a_pull_that_is_cut_off_goes_on_where_it_was(at: Hub, tmp_path: Path) -> None:
    at.add(*(thing(i) for i in range(40)))

    class CutOff(Exception):
        pass

    def cut(so_far: Pulled) -> None:
        if so_far.n_pages == 2:
            raise CutOff

    with pytest.raises(CutOff):
        pulled(at.url, tmp_path, said=cut)
    at.add(*(thing(i) for i in range(40, 45)))
    got = pulled(at.url, tmp_path)
    # The page that was written and not yet remembered comes twice, under the same name.
    assert got.n_objects == 35
    assert [one["id"] for one in handed_on(tmp_path)] == [name_of(i) for i in range(45)]


def test_a_pull_that_is_killed_at_any_moment_misses_nothing(at: Hub, tmp_path: Path) -> None:
    at.add(*(thing(i) for i in range(60)))
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD)
    words = [
        sys.executable, "-m", "stillwatch.cli.main", "share", "taxii", "pull", at.url, "--into",
        str(tmp_path / "in"), "--state", str(tmp_path / "state"), "--user", "bob",
        "--password-file", str(secret), "--page", "1",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    for wanted in (3, 20):
        process = subprocess.Popen(
            words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end_s = time.monotonic() + 60
        while len(list((tmp_path / "in").glob("*.json"))) < wanted and process.poll() is None:
            assert time.monotonic() < end_s
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
    got = pulled(at.url, tmp_path, "bob", n_page=1)
    assert got.n_objects < 60
    assert [one["id"] for one in handed_on(tmp_path)] == [name_of(i) for i in range(60)]


def test_two_pulls_do_not_share_a_state(at: Hub, tmp_path: Path) -> None:
    with ClientState(tmp_path / "state"), pytest.raises(OutsideFailed, match="another pull"):
        ClientState(tmp_path / "state")
    (tmp_path / "state" / "state.json").write_text('{"schema": "other"}')
    with pytest.raises(BadInput, match="no state"):
        ClientState(tmp_path / "state")


def test_a_push_says_what_was_not_taken_and_tries_again(at: Hub, tmp_path: Path) -> None:
    at.add(thing(2), who="bob")
    path = bundle(tmp_path / "b.json", thing(1), {"id": "nonsense"}, thing(2, day=2))
    for n_envelopes in (1, 1):
        sent = pushed(at.url, tmp_path, path)
        assert (sent.n_envelopes, sent.n_taken, sent.n_failed) == (n_envelopes, 1, 2)
    whys = dict(sent.failures)
    assert whys[name_of(2)] == "versions of this object come from another client"
    assert whys["nonsense"] == "its id is no STIX id"


@pytest.mark.parametrize("text", ["", "{", "7", '{"type": "bundle"}', '"x"'])
def test_a_file_that_is_no_bundle_is_named(at: Hub, tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"wrong\.json"):
        pushed(at.url, tmp_path, path)


def test_a_no_is_explained(at: Hub, tmp_path: Path) -> None:
    with pytest.raises(OutsideFailed, match=r"403.*Ask its operator"):
        pushed(at.url, tmp_path, bundle(tmp_path / "b.json", thing(1)), who="reader")
    with pytest.raises(OutsideFailed, match=r"404.*discover"):
        pulled(at.url, tmp_path, "eve")
    with pytest.raises(OutsideFailed, match=r"401.*See user"):
        pulled(at.url, tmp_path, "nobody")


@pytest.mark.parametrize("url", ["ftp://x/", "x", "http://partner.example/api/"])
def test_a_secret_does_not_cross_a_network_in_the_clear(url: str) -> None:
    with pytest.raises(BadSettings):
        connected(url)


Answer = Callable[[str, int], tuple[int, dict[str, str], bytes]]


class Odd:
    """A server that answers as a test wishes; ``asked`` holds what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[str] = []
        odd = self

        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                odd.asked.append(self.path)
                length = int(self.headers.get("content-length", 0))
                self.rfile.read(length)
                status, headers, body = answer(self.path, len(odd.asked))
                self.send_response(status)
                for name, value in {"Content-Type": MEDIA, **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_port}/api/collections/x/"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def page(*things: Any, when: str = WHEN, **more: Any) -> tuple[int, dict[str, str], bytes]:
    headers = {"X-TAXII-Date-Added-First": when, "X-TAXII-Date-Added-Last": when}
    return 200, headers, json.dumps({"objects": things, **more}).encode()


def test_a_server_that_asks_for_patience_gets_it(tmp_path: Path) -> None:
    def answer(path: str, n_asked: int) -> tuple[int, dict[str, str], bytes]:
        if n_asked < 3:
            return 429 if n_asked == 1 else 503, {"Retry-After": "0"}, b"{}"
        return page(thing(1))

    with Odd(answer) as url:
        assert pulled(url, tmp_path).n_objects == 1


def test_a_server_that_is_done_later_is_asked_until_then(tmp_path: Path) -> None:
    counts = {"total_count": 1, "success_count": 1, "failure_count": 0, "pending_count": 0}

    def answer(path: str, n_asked: int) -> tuple[int, dict[str, str], bytes]:
        if "status" in path:
            done = "complete" if n_asked > 4 else "pending"
            return 200, {}, json.dumps({"id": "ab-1", "status": done, **counts}).encode()
        if path.endswith("objects/"):
            return 202, {}, json.dumps({"id": "ab-1", "status": "pending"}).encode()
        return 200, {}, json.dumps({"max_content_length": 5_000}).encode()

    odd = Odd(answer)
    with odd as url:
        sent = pushed(url, tmp_path, bundle(tmp_path / "b.json", thing(1)))
    assert sent.n_taken == 1
    assert odd.asked[2:] == ["/api/status/ab-1/"] * 3


def test_a_next_that_is_no_longer_good_begins_anew(tmp_path: Path) -> None:
    def answer(path: str, n_asked: int) -> tuple[int, dict[str, str], bytes]:
        if "next" in path:
            return 404, {}, b"{}"
        return page(thing(1), more=n_asked == 1, next="old")

    with Odd(answer) as url:
        got = pulled(url, tmp_path)
    assert got.n_pages == 2
    assert len(handed_on(tmp_path)) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda p, n: (200, {"Content-Type": "text/html"}, b"<html>"), "text/html"),
        (lambda p, n: (200, {}, b"[" * 5_000), "in place of"),
        (lambda p, n: (200, {}, b'{"objects": 7}'), "no list"),
        (lambda p, n: (200, {}, json.dumps({"objects": [thing(1)]}).encode()), "when it added"),
        (lambda p, n: page(thing(n), more=True, next="same"), "again and again"),
        (lambda p, n: (200, {}, b'{"more": true}'), "not where"),
        (lambda p, n: page(thing(1), when="yesterday"), "no time"),
        (lambda p, n: page(thing(n), when=f"{2026 - n}-01-01T00:00:00Z", more=True,
                           next=str(n)), "back in time"),
        (lambda p, n: (302, {"Location": "http://elsewhere.example/"}, b""), "302"),
        (lambda p, n: (500, {}, b"\xff"), "500"),
    ],
    ids=range(10),
)  # fmt: skip
def test_a_server_that_misbehaves_is_left(tmp_path: Path, answer: Answer, said: str) -> None:
    with Odd(answer) as url, pytest.raises((OutsideFailed, BadInput), match=said):
        pulled(url, tmp_path)


def test_an_object_that_is_none_is_not_handed_on(tmp_path: Path) -> None:
    with Odd(lambda p, n: page(thing(1), {"id": "../../etc/passwd"}, 7)) as url:
        got = pulled(url, tmp_path)
    assert (got.n_objects, got.n_refused) == (1, 2)
    assert len(handed_on(tmp_path)) == 1


def test_a_moment_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    def answer(path: str, n_asked: int) -> tuple[int, dict[str, str], bytes]:
        headers = {"X-TAXII-Date-Added-First": "../../x", "X-TAXII-Date-Added-Last": WHEN}
        return 200, headers, json.dumps({"objects": [thing(1)]}).encode()

    with Odd(answer) as url:
        pulled(url, tmp_path)
    assert [path.parent.name for path in tmp_path.rglob("*T*.json")] == ["in"]


def test_an_answer_without_end_is_left(tmp_path: Path) -> None:
    body = b'{"objects": [' + b" " * (65 * 1024 * 1024)
    with Odd(lambda p, n: (200, {}, body)) as url, pytest.raises(OutsideFailed):
        pulled(url, tmp_path)
