"""A stream of a real Redis is taken once, whoever dies in between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from stillwatch.adapters.live.sources.naming import source_of
from stillwatch.adapters.live.sources.redis_stream import RedisSource
from tests.rooms.adapters.live.taking import Taking, accounts_in
from tests.rooms.adapters.live.watched import PATIENCE_S, until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of the tests' own, on a socket in a folder of its own."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    assert program, "no redis-server is here: run `make setup`"
    here = tmp_path_factory.mktemp("redis")
    path = here / "socket"
    command = [program, "--port", "0", "--unixsocket", str(path), "--dir", str(here)]
    command += ["--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until(path.exists, "the socket of Redis")
        yield f"unix://{path}"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def client(server: str) -> Iterator[Any]:
    """A client of an empty Redis."""
    client: Any = redis.Redis.from_url(server)
    until(client.ping, "Redis")
    client.flushall()
    yield client
    client.close()


def add(client: Any, begin: int, n: int) -> None:
    """Add exchanges to the stream."""
    for i in range(begin, begin + n):
        record = {
            "exchange_id": f"e{i}", "sent_at": 1_772_409_600 + i, "account": f"a{i % 7}",
            "model": "m", "prompt": f"question {i}",
        }  # fmt: skip
        client.xadd("exchanges", {"exchange": json.dumps(record)})


def source(server: str, consumer: str = "one", idle_s: float = 60.0) -> Any:
    """Makes a source."""
    return lambda _: RedisSource(server, consumer=consumer, idle_s=idle_s, most=10)


def n_pending(client: Any) -> int:
    """Entries that were read and not acknowledged."""
    return int(client.xpending("exchanges", "stillwatch")["pending"])


def test_entries_are_acknowledged_when_they_are_on_the_disk(
    server: str, client: Any, tmp_path: Path
) -> None:
    add(client, 0, 35)
    with Taking(tmp_path / "state", source(server)) as taking:
        taking.wait_for(35)
        add(client, 35, 5)
        taking.wait_for(40)
        until(lambda: n_pending(client) == 0, "all acknowledged")
        taking.wait_drained()
    with Taking(tmp_path / "state", source(server)) as taking:
        add(client, 40, 1)
        taking.wait_for(41)
        assert not taking.tally.counts


def test_what_could_not_be_committed_stays_with_redis(
    server: str, client: Any, tmp_path: Path
) -> None:
    add(client, 0, 10)
    with Taking(tmp_path / "state", source(server)) as taking:
        taking.wait_for(10)
        until(lambda: n_pending(client) == 0, "all acknowledged")
        taking.log.append = _refuse  # type: ignore[method-assign]
        add(client, 10, 10)
        until(lambda: taking.committer.failed, "a commit that fails")
        (group,) = client.xinfo_groups("exchanges")
        # both of one answer: the watcher may still be reading the last of them
        assert group["pending"] > 0
        assert group["pending"] + group["lag"] == 10
    with Taking(tmp_path / "state", source(server)) as taking:
        taking.wait_for(20)
        until(lambda: n_pending(client) == 0, "all acknowledged")


def _refuse(*_: object) -> None:
    raise SystemExit("the disk is gone")


def test_what_a_dead_consumer_left_is_claimed_and_counted_once(
    server: str, client: Any, tmp_path: Path
) -> None:
    add(client, 0, 30)
    client.xgroup_create("exchanges", "stillwatch", id="0")
    client.xreadgroup("stillwatch", "dead", {"exchanges": ">"}, count=20)
    client.xdel("exchanges", client.xrange("exchanges", count=1)[0][0])
    with Taking(tmp_path / "state", source(server, idle_s=0.2)) as taking:
        taking.wait_for(29)
        until(lambda: n_pending(client) == 0, "all acknowledged")
        add(client, 5, 3)
        until(lambda: taking.tally.counts["duplicate"] >= 3, "three duplicates")
    assert taking.n == 29


def test_fields_may_be_the_columns(server: str, client: Any, tmp_path: Path) -> None:
    client.xadd("exchanges", {
        "exchange_id": "e", "sent_at": "2026-03-02T00:00:00Z", "account": "a", "model": "m",
        "output_tokens": "12", "tools": '["search"]',
    })  # fmt: skip
    client.xadd("exchanges", {"anything": '{"no": "exchange"}'})
    with Taking(tmp_path / "state", source(server)) as taking:
        taking.wait_for(1)
        until(lambda: taking.tally.counts["rejected: no known log format"], "a reject")
        assert not taking.tally.counts["nulled"]


def test_a_redis_that_goes_away_is_waited_for(tmp_path: Path) -> None:
    with Taking(tmp_path / "state", source(f"unix://{tmp_path / 'nothing'}")) as taking:
        until(lambda: taking.source.n_errors >= 1, "an error that is counted")
        assert not taking.source.is_drained


def started(here: Path, *words: str) -> subprocess.Popen[bytes]:
    """A Redis of this test's own in a folder."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    assert program
    (here / "socket").unlink(missing_ok=True)
    command = [program, "--port", "0", "--unixsocket", str(here / "socket"), "--dir", str(here)]
    process = subprocess.Popen([*command, "--save", "", *words], stdout=subprocess.DEVNULL)
    until((here / "socket").exists, "the socket of Redis")
    return process


def test_a_redis_that_is_killed_and_comes_back_is_gone_on_with(tmp_path: Path) -> None:
    here = tmp_path / "redis"
    here.mkdir()
    kept = ("--appendonly", "yes", "--appendfsync", "always")
    server = started(here, *kept)
    try:
        client: Any = redis.Redis.from_url(f"unix://{here / 'socket'}")
        until(client.ping, "Redis")
        add(client, 0, 20)
        with Taking(tmp_path / "state", source(f"unix://{here / 'socket'}")) as taking:
            taking.wait_for(20)
            server.kill()
            server.wait()
            until(lambda: taking.source.n_errors >= 1, "an error that is counted")
            server = started(here, *kept)
            until(lambda: client.xlen("exchanges") == 20, "what it kept")
            add(client, 20, 20)
            taking.wait_for(40)
            until(lambda: n_pending(client) == 0, "all acknowledged")
            n_errors = taking.source.n_errors
            server.kill()
            server.wait()
            until(lambda: taking.source.n_errors > n_errors, "another error")
            # this one has lost everything, the group too
            shutil.rmtree(here / "appendonlydir")
            server = started(here, *kept)
            until(client.ping, "Redis")
            add(client, 40, 5)
            taking.wait_for(45)
            until(lambda: n_pending(client) == 0, "all acknowledged")
        client.close()
    finally:
        server.kill()
        server.wait()


def test_an_address_names_stream_group_and_consumer() -> None:
    text = "valkeys://:secret@host:6380/3?stream=s&group=g&consumer=c&begin=$&idle_s=5&ssl_x=1"
    one = source_of(text, {}, None, once=True)
    assert isinstance(one, RedisSource)
    assert one.url == "rediss://:secret@host:6380/3?ssl_x=1"
    told = (one.stream, one.group, one.consumer, one.begin, one.idle_s)
    assert told == ("s", "g", "c", "$", 5.0)
    assert "secret" not in one.name


WATCHER = """
import sys
from stillwatch.cli.main import main
sys.argv = ["stillwatch", "watch", *sys.argv[1:]]
main()
"""


def test_a_watcher_killed_while_it_reads_a_stream_has_every_row_once(
    server: str, client: Any, tmp_path: Path
) -> None:
    env = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path),
        "PYTHONPATH": ":".join(p for p in sys.path if p),
    }  # fmt: skip
    address = f"{server}?stream=exchanges&consumer=one"
    words = [address, "--state", "state", "--listen", "", "--quiet", "--every", "1h"]
    log = tmp_path / "state" / "log"
    for nth in range(3):
        add(client, nth * 400, 400)
        watcher = subprocess.Popen([sys.executable, "-c", WATCHER, *words], cwd=tmp_path, env=env)
        before = _n_bytes(log)
        until(lambda before=before: _n_bytes(log) > before, "a commit", PATIENCE_S)
        watcher.send_signal(signal.SIGKILL)
        watcher.wait()
    with Taking(tmp_path / "other", source(server, "two", idle_s=0.1)) as left:
        left.wait_drained()
        n_left = left.n
    n_taken = len(accounts_in(tmp_path / "state"))
    assert n_taken + n_left >= 1200
    assert n_taken <= 1200 and n_left <= 1200


def _n_bytes(log: Path) -> int:
    return sum(path.stat().st_size for path in log.iterdir()) if log.is_dir() else 0
