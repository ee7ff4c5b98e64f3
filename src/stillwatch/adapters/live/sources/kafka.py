"""Kafka topics: one member of a consumer group, whose offsets follow what is on the disk.

Offsets are committed to the brokers only after the rows are safe, so that a watcher that was
killed is given again what it had not finished; what of that is in the log already is known by
its id and counted once. The client is Confluent's, on librdkafka.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stillwatch.adapters.live.arrivals import Arrival, Intake, Outcome
from stillwatch.model.errors import BadInput, BadSettings, OutsideFailed

#: what a reader of its own settings may not change: the promises above rest on them.
OURS: Mapping[str, Any] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "enable.partition.eof": True,
}
_WAIT_S = 0.2
_RETRY_S = 1.0
_MEASURE_EVERY_S = 5.0
_LEAVE_S = 10.0
#: librdkafka tells each attempt at a broker that is away; they are counted instead.
_QUIET = logging.getLogger("stillwatch.kafka")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False

#: partition to the offset after the last one that was handed over.
Reached = Mapping[tuple[str, int], int]


@dataclass(slots=True)
class KafkaSource:
    """Follows a topic as one member of a consumer group.

    Attributes:
        servers: ``host:port,host:port``, brokers to begin with.
        topic, group: as Kafka calls them.
        begin: where a partition begins of which the group has read nothing yet:
            ``earliest`` or ``latest``.
        more: further settings of librdkafka by their own names; how to log in, and with what.
        most: messages read at a time.
        name, n_errors, is_drained, backlog: see :class:`Source`.
    """

    servers: str
    topic: str
    group: str = "stillwatch"
    begin: str = "earliest"
    more: Mapping[str, str] = field(default_factory=dict)
    most: int = 1000
    name: str = ""
    n_errors: int = 0
    is_drained: bool = False
    backlog: float = 0.0
    _safe: deque[Reached] = field(default_factory=deque)
    _handed: int = 0
    _at_end: set[tuple[str, int]] = field(default_factory=set)
    _measured_s: float = 0.0
    _client: Any = None

    def __post_init__(self) -> None:
        """Be called after the topic."""
        self.name = self.name or f"kafka:{self.topic}"

    def run(self, intake: Intake, stop: threading.Event) -> None:
        """Hand arrivals over until told to stop."""
        kafka = client_library()
        settings = {
            "auto.offset.reset": self.begin,
            **self.more,
            **OURS,
            "bootstrap.servers": self.servers,
            "group.id": self.group,
            "error_cb": self._failed,
        }
        try:
            self._client = kafka.Consumer(settings, logger=_QUIET)
        except kafka.KafkaException as error:
            raise BadSettings("SOURCE", f"{self.name}: {error.args[0].str()}.") from error
        self._client.subscribe([self.topic], on_revoke=self._revoked, on_lost=self._lost)
        while not stop.is_set():
            try:
                self._round(intake, stop)
            except kafka.KafkaException as error:
                self._failed(error.args[0])
                stop.wait(_RETRY_S)

    def close(self) -> None:
        """Tell the brokers what was committed since the last round, and leave the group."""
        if self._client is None:
            return
        kafka = client_library()
        try:
            self._acknowledge()
        except kafka.KafkaException as error:
            self._failed(error.args[0])
        leaving = threading.Thread(target=self._client.close, daemon=True)
        leaving.start()
        leaving.join(_LEAVE_S)

    def _round(self, intake: Intake, stop: threading.Event) -> None:
        self._acknowledge()
        kafka, found = client_library(), []
        for message in self._client.consume(self.most, timeout=_WAIT_S):
            error = message.error()
            if error is None:
                self._at_end.discard((message.topic(), message.partition()))
                found.append(message)
            elif error.code() == kafka.KafkaError._PARTITION_EOF:
                self._at_end.add((message.topic(), message.partition()))
            else:
                self._failed(error)
        if found:
            self._hand_over(found, intake, stop)
        elif not self._safe and not self._handed:
            mine = {(one.topic, one.partition) for one in self._client.assignment()}
            self.is_drained = bool(mine) and mine <= self._at_end
        if time.monotonic() - self._measured_s >= _MEASURE_EVERY_S:
            self._measured_s = time.monotonic()
            self._measure()

    def _hand_over(self, messages: Sequence[Any], intake: Intake, stop: threading.Event) -> None:
        self.is_drained = False
        reached: dict[tuple[str, int], int] = {}
        stamps_ms = [stamp for kind, stamp in (one.timestamp() for one in messages) if kind]
        now_s = time.time()
        arrival = Arrival(
            self.name, arrived_s=min([now_s, *(stamp / 1000 for stamp in stamps_ms if stamp > 0)])
        )
        for message in messages:
            reached[message.topic(), message.partition()] = message.offset() + 1
            # a message without a value takes an earlier one back; there is nothing to take
            if (data := message.value()) is not None:
                arrival.take(data)
        arrival.positions = {f"{topic}[{part}]": to for (topic, part), to in reached.items()}

        def done(_: Outcome) -> None:
            self._safe.append(reached)

        arrival.done = done
        self._handed += 1
        while not intake.put(arrival, wait_s=0.5):
            if stop.is_set():
                self._handed -= 1
                return

    def _acknowledge(self) -> None:
        """Tell the brokers how far rows are on the disk."""
        reached: dict[tuple[str, int], int] = {}
        n_safe = len(self._safe)
        for _ in range(n_safe):
            one = self._safe.popleft()
            reached.update({place: max(to, reached.get(place, 0)) for place, to in one.items()})
        self._handed -= n_safe
        mine = {(one.topic, one.partition) for one in self._client.assignment()}
        kept = {place: to for place, to in reached.items() if place in mine}
        if kept:
            partition = client_library().TopicPartition
            offsets = [partition(topic, part, to) for (topic, part), to in kept.items()]
            self._client.commit(offsets=offsets, asynchronous=False)

    def _revoked(self, _client: Any, partitions: Sequence[Any]) -> None:
        """Others take over: say what is safe while one may still speak for it."""
        try:
            self._acknowledge()
        except client_library().KafkaException as error:
            self._failed(error.args[0])
        self._lost(_client, partitions)

    def _lost(self, _client: Any, partitions: Sequence[Any]) -> None:
        self._at_end -= {(one.topic, one.partition) for one in partitions}

    def _measure(self) -> None:
        behind = 0
        for one in self._client.position(self._client.assignment()):
            _, high = self._client.get_watermark_offsets(one, cached=True)
            if one.offset >= 0 and high >= 0:
                behind += max(0, high - one.offset)
        self.backlog = float(behind)

    def _failed(self, _error: Any) -> None:
        self.n_errors += 1
        self.is_drained = False


def settings_in(path: Path) -> dict[str, str]:
    """Settings of librdkafka from a file of ``name=value`` lines, as Kafka's tools read them.

    Raises:
        BadInput: the file cannot be read, or a line is none, or names what is ours to set.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot be read: {error}.", where=str(path)) from error
    found: dict[str, str] = {}
    for nth, line in enumerate(lines, 1):
        name, equals, value = line.partition("=")
        if not line.strip() or line.lstrip().startswith(("#", "!")):
            continue
        if not equals or not name.strip():
            raise BadInput("is no line name=value.", where=f"{path}:{nth}")
        if name.strip() in {*OURS, "group.id", "bootstrap.servers"}:
            raise BadInput(
                f"{name.strip()} is set by the watcher.", where=f"{path}:{nth}",
                remedy="Take the line out; brokers and group stand in the address.",
            )  # fmt: skip
        found[name.strip()] = value.strip()
    return found


def client_library() -> Any:
    """The client.

    Raises:
        OutsideFailed: it is not installed.
    """
    try:
        import confluent_kafka
    except ImportError as error:
        raise OutsideFailed(
            "Kafka needs the package confluent-kafka.", remedy="pip install 'stillwatch[kafka]'"
        ) from error
    return confluent_kafka
