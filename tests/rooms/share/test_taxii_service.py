"""The TAXII server as it is run: processes that are killed, replicas, many writers, TLS."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import http.client
import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stillwatch.adapters.taxii.directory import Listed
from stillwatch.adapters.taxii.opening import opened
from stillwatch.control.limits import LocalLimits
from stillwatch.http.taxii_entry import Door
from stillwatch.model.party import Party
from stillwatch.share.taxii_refusing import Refused
from stillwatch.share.taxii_words import Client
from tests.ports import free_port
from tests.rooms.http.served import raw
from tests.rooms.http.service import start, stop, wait_for
from tests.rooms.share.postgres_here import new_database, postgres
from tests.rooms.share.taxii_hub import (
    AT,
    HASHED,
    Hub,
    administer,
    fill,
    grants_of,
    name_of,
    thing,
)
from tests.rooms.share.taxii_hub import hub as hub_here

PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with postgres() as folder:
        yield folder


@contextlib.contextmanager
def running(
    store: str, folder: Path, *options: str, workers: int = 1, port: int = 0, settings: str = ""
) -> Iterator[tuple[Hub, subprocess.Popen[bytes]]]:
    """Run ``stillwatch share taxii serve`` while the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stillwatch.toml").write_text(f"[taxii]\nrequests_a_minute = 1000000\n{settings}")
    port = port or free_port()
    words = [
        "share", "taxii", "serve", "--store", store, "--listen", f"127.0.0.1:{port}",
        "--workers", str(workers), *options,
    ]  # fmt: skip
    said = folder / "stderr"
    process = start(words, folder, said)
    try:
        if "--certificate" not in options:
            wait_for(port, process, said.read_text, "/readyz")
        yield Hub(store, port), process
    finally:
        stop(process)


def _store(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        store = str(folder / "objects.db")
    else:
        store = new_database(request.getfixturevalue("cluster"))
    asyncio.run(fill(store))
    return store


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """One server of two processes, with clients of every kind."""
    folder = tmp_path_factory.mktemp("pair")
    store = str(folder / "db")
    asyncio.run(fill(store))
    few = Client(name="few", party=Party(name="few"), password=HASHED, grants={},
                 requests_a_minute=12)  # fmt: skip
    small = replace(few, name="small", requests_a_minute=0, bytes_an_hour=100)
    operator = replace(few, name="op", requests_a_minute=0, operator=True)

    async def add(admin: Any) -> None:
        for client in (few, small, operator):
            await admin.put_client(client, new=True)
            await admin.grant(client.name, 1, grants_of(True))

    administer(store, add)
    with running(store, folder / "run", workers=2) as (hub, _):
        yield hub


async def cut_off(store: str) -> None:
    """End every other connection to a database, as a restart does."""
    database = opened(store)
    await database.open()
    async with database.reading() as turn:
        await turn.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await database.close()


class Writer(threading.Thread):
    """Sends envelope after envelope, and notes what was acknowledged."""

    def __init__(self, hubs: Sequence[Hub], first: int, end: threading.Event) -> None:
        super().__init__()
        self._hubs, self._first, self._end = hubs, first, end
        self.acknowledged: list[int] = []

    def run(self) -> None:
        """Send until it is told to end."""
        number = self._first
        while not self._end.is_set():
            batch = range(number, number + 5)
            hub = self._hubs[number // 5 % len(self._hubs)]
            with contextlib.suppress(OSError, http.client.HTTPException):
                got = hub.ask("POST", f"{AT}objects/", {"objects": [thing(i) for i in batch]})
                if got.status == 202 and got.told["success_count"] == 5:
                    self.acknowledged += batch
            number += 5


@pytest.mark.parametrize(("kind", "n_kills"), [("sqlite", 3), ("postgres", 1)])
def test_what_was_acknowledged_is_there_after_a_kill(
    kind: str, n_kills: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    store = _store(kind, tmp_path, request)
    rng, port, known = random.Random(7), free_port(), set[int]()
    for round_ in range(n_kills + 1):
        end = threading.Event()
        with running(store, tmp_path / "run", port=port) as (hub, process):
            assert {name_of(i) for i in known} <= set(hub.ids(limit="5000"))
            if round_ == n_kills:
                break
            writers = [Writer([hub], 1_000_000 * round_ + 10_000 * w, end) for w in range(4)]
            for one in writers:
                one.start()
            wait_s = time.monotonic() + PATIENCE_S
            wanted = rng.randint(10, 60)
            while sum(len(one.acknowledged) for one in writers) < wanted:
                assert time.monotonic() < wait_s
                time.sleep(0.005)
            os.killpg(process.pid, signal.SIGKILL)
            end.set()
            for one in writers:
                one.join()
                known.update(one.acknowledged)
    assert len(known) >= 10 * n_kills


def test_two_replicas_on_one_database_lose_and_hide_nothing(cluster: str, tmp_path: Path) -> None:
    store = new_database(cluster)
    asyncio.run(fill(store))
    end = threading.Event()
    seen: list[str] = []
    with (
        running(store, tmp_path / "one") as (one, _),
        running(store, tmp_path / "two") as (two, process),
    ):
        writers = [Writer([one, two], 10_000 * w, end) for w in range(4)]
        for writer in writers:
            writer.start()

        def poll() -> None:
            """As a client does: what came after the last moment that was seen, replica by turn."""
            after, number = "", 0
            while True:
                last = end.is_set() and not any(writer.is_alive() for writer in writers)
                hub = (one, two)[number % 2] if process.poll() is None else one
                number += 1
                fields = {"limit": "20", **({"added_after": after} if after else {})}
                with contextlib.suppress(OSError, http.client.HTTPException):
                    got = hub.ask("GET", f"{AT}objects/", fields=fields, who="bob")
                    if got.status != 200:
                        continue
                    seen.extend(o["id"] for o in got.told.get("objects", []))
                    after = got.headers.get("x-taxii-date-added-last", after)
                    if last and not got.told["more"]:
                        return

        poller = threading.Thread(target=poll)
        poller.start()
        for wanted in (100, 200):
            wait_s = time.monotonic() + PATIENCE_S
            while sum(len(writer.acknowledged) for writer in writers) < wanted:
                assert time.monotonic() < wait_s
                time.sleep(0.01)
            if wanted == 100:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        end.set()
        for writer in writers:
            writer.join()
        poller.join()
        acknowledged = {name_of(i) for writer in writers for i in writer.acknowledged}
        assert acknowledged <= set(seen)
        assert len(seen) == len(set(seen))
        assert set(one.ids(limit="1000")) == set(seen)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_of_twenty_writers_of_one_object_one_is_first(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with contextlib.ExitStack() as stack:
        if kind == "sqlite":
            hub = request.getfixturevalue("pair")
        else:
            store = _store(kind, tmp_path, request)
            hub, _ = stack.enter_context(running(store, tmp_path / "run", workers=2))

        def send(number: int) -> Any:
            return hub.add(thing(1), thing(2, name=f"of {number}"), thing(100 + number))

        with ThreadPoolExecutor(20) as pool:
            found = list(pool.map(send, range(20)))
        fresh = [s for status in found for s in status["successes"] if "message" not in s]
        assert [s["id"] for s in fresh].count(name_of(1)) == 1
        assert [s["id"] for s in fresh].count(name_of(2)) == 1
        assert sum(status["failure_count"] for status in found) == 19
        manifest = hub.ask("GET", f"{AT}manifest/", fields={"limit": "100"}).told["objects"]
        assert len(manifest) == 22
        moments = [one["date_added"] for one in manifest]
        assert moments == sorted(set(moments))


def test_a_quota_is_one_for_all_processes(pair: Hub) -> None:
    got = [pair.ask("GET", "/api/", who="few") for _ in range(20)]
    n_good = sum(one.status == 200 for one in got)
    assert 12 <= n_good <= 16
    refused = next(one for one in got if one.status != 200)
    assert refused.status == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.told["title"] == "More than was agreed to"
    # Bytes are counted once they have gone; the next request meets a closed door.
    assert pair.ask("GET", "/api/", who="small").status == 200
    late = pair.ask("GET", "/api/", who="small")
    assert late.status == 429
    assert int(late.headers["retry-after"]) > 60
    assert pair.ask("GET", "/api/").status == 200


def test_wrong_passwords_are_slowed_and_right_ones_go_on(pair: Hub) -> None:
    # ann:nonsense, to both processes; each has found ann's own password right before.
    for _ in range(8):
        assert pair.ask("GET", "/api/").status == 200
    wrong = {"Authorization": "Basic YW5uOm5vbnNlbnNl"}
    got = [pair.ask("GET", "/api/", who="", **wrong).status for _ in range(40)]
    assert set(got[:10]) == {401}
    assert 429 in got
    # Known a short while ago, and not locked out by who guesses.
    assert pair.ask("GET", "/api/").status == 200
    for header in ("Basic", "Basic ???", "Basic YW5u", "Bearer", "Bearer sw_x", "Digest x",
                   "Bearer sw_" + "A" * 43, "Basic " + "A" * 9_000):  # fmt: skip
        answer = pair.ask("GET", "/api/", who="", Authorization=header)
        assert answer.status == 401, header
        assert "Basic" in answer.headers["www-authenticate"]
    assert "nonsense" not in (Path(pair.store).parent / "run" / "stderr").read_text()


def test_drawn_names_do_not_cost_a_derivation_each_without_end() -> None:
    door = Door(LocalLimits(), 60, 1_000_000)
    listed = Listed()

    async def status(name: str, address: str) -> int:
        pair = base64.b64encode(f"{name}:nonsense".encode())
        with pytest.raises(Refused) as refused:
            headers = {b"authorization": b"Basic " + pair}
            await door.client_of(headers, "", address, listed, 1_000_000)
        return refused.value.status

    async def asked() -> list[int]:
        return [await status(f"name-{n}", "192.0.2.1") for n in range(120)] + [
            await status("name", "192.0.2.2")
        ]

    got = asyncio.run(asked())
    door.passwords.close()
    assert set(got[:100]) == {401}
    assert set(got[102:120]) == {429}
    assert got[-1] == 401


@pytest.mark.parametrize("believed", [False, True])
def test_an_address_that_a_client_claims_counts_where_a_proxy_stands_in_front(
    believed: bool, tmp_path: Path
) -> None:
    store = str(tmp_path / "db")
    asyncio.run(fill(store))
    settings = f"behind_proxy = {str(believed).lower()}\n"
    with running(store, tmp_path / "run", settings=settings) as (hub, _):
        got = []
        for n in range(20):
            wrong = "Basic YW5uOm5vbnNlbnNl"
            address = f"192.0.2.{n}"
            answer = hub.ask("GET", "/api/", who="", Authorization=wrong, X_Forwarded_For=address)
            got.append(answer.status)
        assert (429 in got) is not believed


def test_numbers_are_for_operators(pair: Hub) -> None:
    pair.add(thing(900))
    text = pair.ask("GET", "/metrics", who="op").body.decode()
    line = next(x for x in text.splitlines() if 'method="POST",status="202"' in x)
    assert float(line.split()[-1]) >= 1
    assert "stillwatch_taxii_request_seconds_bucket" in text
    assert pair.ask("GET", "/metrics").status == 404


def test_what_is_taken_from_a_client_is_gone_within_seconds(pair: Hub) -> None:
    assert pair.ask("GET", AT, who="bob").status == 200
    administer(pair.store, lambda admin: admin.grant("bob", 1, None))
    administer(pair.store, lambda admin: admin.remove_client("reader"))
    end_s = time.monotonic() + PATIENCE_S
    while {pair.ask("GET", AT, who="bob").status for _ in range(8)} != {404}:
        assert time.monotonic() < end_s
    while {pair.ask("GET", AT, who="reader").status for _ in range(2)} not in ({401}, {429}):
        assert time.monotonic() < end_s


def test_a_database_that_goes_away_is_met_again(cluster: str, tmp_path: Path) -> None:
    store = new_database(cluster)
    asyncio.run(fill(store))
    with hub_here(store, tmp_path) as hub:
        hub.add(thing(1))
        asyncio.run(cut_off(store))
        end_s = time.monotonic() + PATIENCE_S
        statuses = set()
        while (got := hub.ask("GET", f"{AT}objects/")).status != 200:
            statuses.add(got.status)
            assert time.monotonic() < end_s
        assert statuses <= {503}
        assert len(got.told["objects"]) == 1
        assert hub.add(thing(2))["success_count"] == 1


def test_a_slow_sender_and_a_slow_reader_are_let_go(tmp_path: Path) -> None:
    store = str(tmp_path / "db")
    asyncio.run(fill(store))
    with running(store, tmp_path / "run", settings="slow_s = 1\n") as (hub, _):
        assert raw(hub.port, b"GET /api/ HTTP/1.1\r\nhost: x\r\nx-slow").startswith(b"HTTP/1.1 408")
        hub.add(*(thing(i, name="x" * 4_000) for i in range(2_000)))
        hub.ask("GET", f"{AT}objects/")
        with socket.create_connection(("127.0.0.1", hub.port)) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            # ann:correct horse battery
            line.sendall(
                f"GET {AT}objects/?limit=2000 HTTP/1.1\r\nhost: x\r\nauthorization: Basic "
                "YW5uOmNvcnJlY3QgaG9yc2UgYmF0dGVyeQ==\r\n\r\n".encode()
            )
            time.sleep(3)
            n_bytes = 0
            with contextlib.suppress(ConnectionResetError):
                while piece := line.recv(1 << 20):
                    n_bytes += len(piece)
        assert n_bytes < 8_000_000
        assert len(hub.ids(limit="2000")) == 2_000


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a server's certificate and a client's, made by openssl."""
    folder = tmp_path_factory.mktemp("tls")

    def ssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    ssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority")
    for name, subject, alternative in (
        ("server", "/CN=localhost", "DNS:localhost,IP:127.0.0.1"),
        ("client", "/CN=partner.example", "DNS:partner.example"),
    ):
        ssl("req", *new[:5], "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        (folder / f"{name}.ext").write_text(f"subjectAltName={alternative}\n")
        ssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days",
            "2", "-CAcreateserial", "-extfile", f"{name}.ext", "-out", f"{name}.pem")  # fmt: skip
    both = (folder / "client.pem").read_text() + (folder / "client.key").read_text()
    (folder / "both.pem").write_text(both)
    return folder


def test_a_certificate_lets_a_client_in(authority: Path, tmp_path: Path) -> None:
    from stillwatch.adapters.taxii.connection import Connection, Credentials
    from stillwatch.model.errors import OutsideFailed

    store = str(tmp_path / "db")
    asyncio.run(fill(store))
    partner = Client(
        name="partner", party=Party(name="partner"), certificate="partner.example", grants={}
    )

    async def add(admin: Any) -> None:
        await admin.put_client(partner, new=True)
        await admin.grant("partner", 1, grants_of(True))

    administer(store, add)
    options = (
        "--certificate", str(authority / "server.pem"), "--key", str(authority / "server.key"),
        "--client-ca", str(authority / "ca.pem"),
    )  # fmt: skip
    with running(store, tmp_path / "run", *options) as (hub, _):
        base = f"https://localhost:{hub.port}{AT}"
        ca = authority / "ca.pem"
        known = Credentials(ca=ca, certificate=authority / "both.pem")
        with_ = Connection(base, known, backoff_s=0.2)
        answer = with_.get()
        assert answer.status == 200, answer
        assert answer.told["can_write"] is True
        with_.close()
        stranger = Connection(base, Credentials(ca=ca))
        assert stranger.get().status == 401
        stranger.close()
        with pytest.raises(OutsideFailed, match="does not answer"):
            Connection(base, Credentials(), backoff_s=0.01).get()
