"""A topic is taken once, whoever dies in between.

The brokers are those of librdkafka itself: they speak Kafka's protocol on a port of this machine,
groups and offsets included.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest

from stillwatch.adapters.live.sources.kafka import KafkaSource, settings_in
from stillwatch.adapters.live.sources.naming import source_of
from stillwatch.model.errors import BadInput, BadSettings
from tests.rooms.adapters.live.taking import Taking, accounts_in
from tests.rooms.adapters.live.watched import PATIENCE_S, until

N_PARTITIONS = 4


@dataclass(frozen=True)
class Brokers:
    """Brokers, and a producer that writes to them."""

    producer: Any
    servers: str

    def add(self, topic: str, begin: int, n: int) -> None:
        for i in range(begin, begin + n):
            record = {
                "exchange_id": f"e{i}", "sent_at": 1_772_409_600 + i, "account": f"a{i % 7}",
                "model": "m", "prompt": f"question {i}",
            }  # fmt: skip
            self.say(topic, json.dumps(record).encode(), i % N_PARTITIONS)
        assert self.producer.flush(20) == 0

    def say(self, topic: str, value: bytes | None, partition: int = 0) -> None:
        self.producer.produce(topic, value=value, partition=partition)

    def committed(self, topic: str, group: str = "stillwatch") -> int:
        """How many messages a group has said to be safe."""
        asking = confluent_kafka.Consumer({"bootstrap.servers": self.servers, "group.id": group})
        every = [confluent_kafka.TopicPartition(topic, i) for i in range(N_PARTITIONS)]
        try:
            return sum(max(0, one.offset) for one in asking.committed(every, timeout=20))
        finally:
            asking.close()


@pytest.fixture(scope="module")
def brokers() -> Iterator[Brokers]:
    """Two brokers of the tests' own."""
    producer = confluent_kafka.Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 2})
    every = producer.list_topics(timeout=20).brokers.values()
    yield Brokers(producer, ",".join(f"{one.host}:{one.port}" for one in every))


def source(brokers: Brokers, topic: str, most: int = 10) -> Any:
    """Makes a source; it leaves its group soon after it was killed."""
    more = {"session.timeout.ms": "6000", "heartbeat.interval.ms": "500"}
    return lambda _: KafkaSource(brokers.servers, topic, more=more, most=most)


def test_offsets_follow_what_is_on_the_disk(brokers: Brokers, tmp_path: Path) -> None:
    brokers.add("a", 0, 35)
    with Taking(tmp_path / "state", source(brokers, "a")) as taking:
        taking.wait_for(35)
        brokers.add("a", 35, 5)
        taking.wait_for(40)
        until(lambda: brokers.committed("a") == 40, "all offsets committed")
        taking.wait_drained()
    with Taking(tmp_path / "state", source(brokers, "a")) as taking:
        brokers.add("a", 40, 1)
        taking.wait_for(41)
        assert not taking.tally.counts


def test_what_could_not_be_written_is_given_again(brokers: Brokers, tmp_path: Path) -> None:
    brokers.add("b", 0, 10)
    with Taking(tmp_path / "state", source(brokers, "b")) as taking:
        taking.wait_for(10)
        until(lambda: brokers.committed("b") == 10, "all offsets committed")
        taking.log.append = _refuse  # type: ignore[method-assign]
        brokers.add("b", 10, 10)
        until(lambda: taking.committer.failed, "a commit that fails")
        assert brokers.committed("b") == 10
    with Taking(tmp_path / "state", source(brokers, "b")) as taking:
        taking.wait_for(20)
        until(lambda: brokers.committed("b") == 20, "all offsets committed")


def _refuse(*_: object) -> None:
    raise SystemExit("the disk is gone")


def test_what_is_no_exchange_is_counted_and_passed(brokers: Brokers, tmp_path: Path) -> None:
    brokers.say("c", b"\xff\x00 not json")
    brokers.say("c", None)
    brokers.say("c", b'{"no": "exchange"}')
    brokers.add("c", 0, 4)
    brokers.add("c", 0, 3)
    with Taking(tmp_path / "state", source(brokers, "c")) as taking:
        taking.wait_for(4)
        until(lambda: brokers.committed("c") == 10, "all offsets committed")
        assert taking.tally.counts["duplicate"] == 3
        assert taking.tally.counts["rejected: no known log format"] == 1
        taking.wait_drained()


def test_a_broker_that_is_away_is_waited_for(tmp_path: Path) -> None:
    with Taking(tmp_path / "state", lambda _: KafkaSource("127.0.0.1:9", "t")) as taking:
        until(lambda: taking.source.n_errors >= 1, "an error that is counted")
        assert not taking.source.is_drained


def test_a_watcher_killed_while_it_reads_a_topic_has_every_row_once(
    brokers: Brokers, tmp_path: Path
) -> None:
    log, program = tmp_path / "state" / "log", "from stillwatch.cli.main import main; main()"
    env = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path),
        "PYTHONPATH": ":".join(p for p in sys.path if p),
    }  # fmt: skip
    (tmp_path / "kafka.properties").write_text(
        "session.timeout.ms=6000\nheartbeat.interval.ms=500\n"
    )
    address = f"kafka://{brokers.servers}/d?settings=kafka.properties"
    words = ["watch", address, "--state", "state", "--listen", "", "--quiet", "--every", "1h"]
    command = [sys.executable, "-c", program, *words]
    for nth in range(2):
        brokers.add("d", nth * 400, 400)
        watcher = subprocess.Popen(command, cwd=tmp_path, env=env)
        before = _n_bytes(log)
        until(lambda before=before: _n_bytes(log) > before, "a commit", PATIENCE_S)
        watcher.send_signal(signal.SIGKILL)
        watcher.wait()
    watcher = subprocess.Popen(command, cwd=tmp_path, env=env)
    until(lambda: brokers.committed("d") == 800, "all offsets committed", PATIENCE_S)
    watcher.send_signal(signal.SIGTERM)
    assert watcher.wait() == 0
    assert len(accounts_in(tmp_path / "state")) == 800


def _n_bytes(log: Path) -> int:
    return sum(path.stat().st_size for path in log.iterdir()) if log.is_dir() else 0


def test_an_address_names_brokers_topic_and_group(tmp_path: Path) -> None:
    file = tmp_path / "client.properties"
    file.write_text("# how to log in\nsasl.password = a=b \n\nsecurity.protocol=SASL_SSL\n")
    text = f"kafka://one:9092,two:9092/traffic?group=g&begin=latest&settings={file}"
    one = source_of(text, {}, None, once=True)
    assert isinstance(one, KafkaSource)
    told = (one.servers, one.topic, one.group, one.begin)
    assert told == ("one:9092,two:9092", "traffic", "g", "latest")
    assert one.more == {"sasl.password": "a=b", "security.protocol": "SASL_SSL"}
    assert "a=b" not in one.name


@pytest.mark.parametrize(
    "text", ["kafka://host:9092", "kafka:///t", "kafka://u:p@h/t", "kafka://h/t?x=1",
             "kafka://h/t?begin=0"],
)  # fmt: skip
def test_an_address_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(BadSettings):
        source_of(text, {}, None, once=False)


@pytest.mark.parametrize("line", ["enable.auto.commit=true", "group.id=x", "no value", "=x"])
def test_settings_that_break_what_is_promised_are_refused(line: str, tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text(f"client.id=x\n{line}\n")
    with pytest.raises(BadInput) as caught:
        settings_in(file)
    assert caught.value.where == f"{file}:2"


def test_settings_that_the_client_does_not_know_are_an_error(tmp_path: Path) -> None:
    one = KafkaSource("h:1", "t", more={"no.such": "1"})
    with pytest.raises(BadSettings, match=r"no\.such"):
        one.run(None, None)  # type: ignore[arg-type]
