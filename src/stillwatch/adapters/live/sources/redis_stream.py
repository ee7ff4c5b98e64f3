"""Redis or Valkey Streams: a consumer group, acknowledged when rows are on the disk.

Entries that this consumer had before a crash, or that another left lying, are claimed and
read again; what of them is in the log already is known by its id and counted once.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import redis

from stillwatch.adapters.live.arrivals import Arrival, Intake, Outcome

#: fields of an entry that hold one JSON record.
RECORD_FIELDS = (b"exchange", b"json", b"data", b"payload", b"record")
_BLOCK_MS = 200
_RETRY_S = 1.0
_CLAIM_EVERY_S = 5.0

Entry = tuple[bytes, Mapping[bytes, bytes] | None]


@dataclass(slots=True)
class RedisSource:
    """Follows a stream as one consumer of a group.

    Attributes:
        url: ``redis://``, ``rediss://`` or ``unix://``.
        stream, group, consumer: as Redis calls them.
        begin: where a group that is made begins: ``0`` at the first entry, ``$`` after the last.
        idle_s: entries that another consumer left for so long are claimed.
        most: entries read at a time.
        name, n_errors, is_drained, backlog: see :class:`Source`.
    """

    url: str
    stream: str = "exchanges"
    group: str = "stillwatch"
    consumer: str = "watch"
    begin: str = "0"
    idle_s: float = 60.0
    most: int = 1000
    name: str = ""
    n_errors: int = 0
    is_drained: bool = False
    backlog: float = 0.0
    _acks: deque[list[bytes]] = field(default_factory=deque)
    _claimed_s: float = 0.0
    _handed: int = 0

    def __post_init__(self) -> None:
        """Be called after the stream."""
        self.name = self.name or f"redis:{self.stream}"

    def run(self, intake: Intake, stop: threading.Event) -> None:
        """Hand arrivals over until told to stop; what is acknowledged late is said at the end."""
        client: Any = redis.Redis.from_url(self.url, health_check_interval=15)
        while not stop.is_set():
            try:
                self._make_group(client)
                self._own_pending(client, intake, stop)
                while not stop.is_set():
                    self._round(client, intake, stop)
            except redis.RedisError:
                self.n_errors += 1
                self.is_drained = False
                stop.wait(_RETRY_S)
        self._client = client

    _client: Any = None

    def close(self) -> None:
        """Acknowledge what was committed since the last round."""
        if self._client is not None:
            try:
                self._acknowledge(self._client)
                self._client.close()
            except redis.RedisError:
                self.n_errors += 1

    def _make_group(self, client: Any) -> None:
        try:
            client.xgroup_create(self.stream, self.group, id=self.begin, mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def _own_pending(self, client: Any, intake: Intake, stop: threading.Event) -> None:
        """What this consumer was given before it last stopped."""
        after = b"0"
        while not stop.is_set():
            entries = self._read(client, after)
            if not entries:
                return
            self._hand_over(entries, intake, stop)
            after = entries[-1][0]

    def _round(self, client: Any, intake: Intake, stop: threading.Event) -> None:
        self._acknowledge(client)
        entries = self._read(client, b">")
        if entries:
            self._hand_over(entries, intake, stop)
        elif not self._acks and not self._handed:
            self.is_drained = True
        if time.monotonic() - self._claimed_s >= min(_CLAIM_EVERY_S, self.idle_s):
            self._claimed_s = time.monotonic()
            self._claim(client, intake, stop)
            self._measure(client)

    def _read(self, client: Any, after: bytes) -> list[Entry]:
        found = client.xreadgroup(
            self.group, self.consumer, {self.stream: after}, count=self.most, block=_BLOCK_MS
        )
        if isinstance(found, dict):
            batches = [inner for lists in found.values() for inner in lists]
            flat = batches if not batches or isinstance(batches[0], tuple) else batches[0]
            return cast(list[Entry], list(flat))
        return [entry for _, entries in found or () for entry in entries]

    def _claim(self, client: Any, intake: Intake, stop: threading.Event) -> None:
        """What a consumer that is gone left unacknowledged."""
        idle_ms, after = int(self.idle_s * 1000), b"0-0"
        while not stop.is_set():
            after, entries, *_ = client.xautoclaim(
                self.stream, self.group, self.consumer, idle_ms, start_id=after, count=self.most
            )
            if entries:
                self._hand_over(entries, intake, stop)
            if after == b"0-0":
                return

    def _measure(self, client: Any) -> None:
        for about in client.xinfo_groups(self.stream):
            if about["name"] == self.group.encode():
                lag = about.get("lag")
                self.backlog = float((lag or 0) + about.get("pending", 0))

    def _acknowledge(self, client: Any) -> None:
        while self._acks:
            client.xack(self.stream, self.group, *self._acks[0])
            self._acks.popleft()
            self._handed -= 1

    def _hand_over(self, entries: Sequence[Entry], intake: Intake, stop: threading.Event) -> None:
        self.is_drained = False
        ids = [number for number, _ in entries]
        arrival = Arrival(self.name, arrived_s=int(ids[0].partition(b"-")[0]) / 1000)
        arrival.positions = {self.stream: ids[-1].decode()}
        for _, fields in entries:
            # an entry that was deleted while it was pending has no fields
            if fields:
                _take(arrival, fields)

        def done(_: Outcome) -> None:
            self._acks.append(ids)

        arrival.done = done
        self._handed += 1
        while not intake.put(arrival, wait_s=0.5):
            if stop.is_set():
                self._handed -= 1
                return


def _take(arrival: Arrival, fields: Mapping[bytes, bytes]) -> None:
    """An entry is one JSON record in a field, or has the columns as its fields."""
    for name in RECORD_FIELDS:
        if name in fields:
            arrival.take(fields[name])
            return
    if len(fields) == 1:
        arrival.take(next(iter(fields.values())))
        return
    arrival.rows.append({name.decode("utf-8", "replace"): _plain(v) for name, v in fields.items()})


def _plain(value: bytes) -> Any:
    if value[:1] == b"[":
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            pass
    return value.decode("utf-8", "replace")
