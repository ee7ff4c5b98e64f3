"""Sends worlds to a Redis stream at a steady pace; what is sent was rendered before.

python sender.py render WORLD[,WORLD...] OUT.resp KEPT [DIRT_EVERY]
python sender.py send OUT.resp SOCKET PACE SECONDS LOG.csv

``PACE`` is exchanges a second, such as ``5000``, or how much faster than in life the worlds'
time goes by, such as ``2592x``.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.model.exchange import EXCHANGES_SCHEMA

STREAM = "exchanges"
#: what else stands in a stream, in turn; see :func:`dirt`.
KINDS = ("duplicate", "late", "malformed", "incomplete", "ahead")
_HEAD = struct.Struct("<IQ")
_TICK_S = 0.02
_MOST = 2_000
_LATE_US = 30 * 3_600_000_000
_FAR_US = 4_102_444_800_000_000

Due = Callable[[int, int], float]


def command(record: bytes, kept: int) -> bytes:
    """One XADD as it goes over the wire; Redis keeps so many entries, about."""
    parts = [b"XADD", STREAM.encode(), b"MAXLEN", b"~", str(kept).encode(), b"*", b"json", record]
    sized = (b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
    return b"*%d\r\n%s" % (len(parts), b"".join(sized))


def exchanges_of(worlds: list[Path]) -> Iterator[dict[str, Any]]:
    """Exchanges in order of time: of worlds one after another, or all together if they overlap."""
    files = [[*sorted((w / "exchanges").glob("*.parquet"))] or [w / "exchanges.parquet"]
             for w in worlds]  # fmt: skip
    groups = [[path] for one in files for path in one]
    if any(len(one) == 1 for one in files):
        groups = [[path for (path,) in groups]]
    names = set(EXCHANGES_SCHEMA.names)
    for group in groups:
        tables = [pq.read_table(path) for path in group]
        rows = pa.concat_tables(tables, promote_options="default").sort_by("sent_at")
        for batch in rows.to_batches(20_000):
            for row in batch.to_pylist():
                yield {k: v for k, v in row.items() if v is not None and k in names}


def dirt(kind: str, row: Mapping[str, Any], before: bytes, nth: int) -> bytes:
    """Something that a watcher has to set aside."""
    sent_us = int(row["sent_at"].timestamp() * 1e6)
    if kind == "duplicate":
        return before
    if kind == "late":
        return orjson.dumps({**row, "exchange_id": f"late{nth}", "sent_at": sent_us - _LATE_US})
    if kind == "ahead":
        return orjson.dumps({**row, "exchange_id": f"ahead{nth}", "sent_at": _FAR_US})
    if kind == "incomplete":
        return orjson.dumps({k: v for k, v in row.items() if k != "account"})
    return b'{"exchange_id": "half'


def render(worlds: list[Path], out: Path, kept: int, dirt_every: int) -> dict[str, Any]:
    """Write exchanges as commands, every so many with something else; says what there is."""
    counts: Counter[str] = Counter()
    lately: deque[bytes] = deque(maxlen=100)
    first_us = sent_us = 0
    with out.open("wb") as sink:
        for row in exchanges_of(worlds):
            sent_us = int(row["sent_at"].timestamp() * 1e6)
            first_us = first_us or sent_us
            records = [orjson.dumps(row)]
            lately.append(records[0])
            counts["exchanges"] += 1
            if dirt_every and counts["exchanges"] % dirt_every == 0:
                nth = counts["exchanges"] // dirt_every
                kind = KINDS[nth % len(KINDS)]
                records.append(dirt(kind, row, lately[0], nth))
                counts[kind] += 1
            for record in records:
                whole = command(record, kept)
                sink.write(_HEAD.pack(len(whole), sent_us))
                sink.write(whole)
    about = {"first_us": first_us, "last_us": sent_us, **counts}
    out.with_suffix(".json").write_text(json.dumps(about), encoding="utf-8")
    return about


def due_at(pace: str, first_us: int) -> Due:
    """From the number of an exchange and its time to the second at which it is sent."""
    if pace.endswith("x"):
        faster = float(pace[:-1]) * 1e6
        return lambda _, sent_us: (sent_us - first_us) / faster
    rate = float(pace)
    return lambda nth, _: nth / rate


def send(source: BinaryIO, place: str, pace: str, seconds: float, log: Path) -> int:
    """Send what is due, and write down what had been sent when."""
    stream = socket.socket(socket.AF_UNIX)
    stream.connect(place)
    head = source.read(_HEAD.size)
    due = due_at(pace, _HEAD.unpack(head)[1])
    begun, n, n_answers = time.time(), 0, 0
    said_s, sent_us = 0.0, 0
    with log.open("w", encoding="utf-8") as sink:
        sink.write("wall_s,n,sent_us\n")
        while head and (now := time.time()) - begun < seconds:
            wave: list[bytes] = []
            while head and len(wave) < _MOST:
                size, at_us = _HEAD.unpack(head)
                if due(n + len(wave), at_us) > now - begun:
                    break
                sent_us = at_us
                wave.append(source.read(size))
                head = source.read(_HEAD.size)
            if wave:
                stream.sendall(b"".join(wave))
                n += len(wave)
                # an answer to XADD is two lines
                while n_answers < n:
                    n_answers += stream.recv(1 << 20).count(b"$")
            if now - said_s >= 0.5:
                said_s = now
                sink.write(f"{time.time():.3f},{n},{sent_us}\n")
                sink.flush()
            if len(wave) < _MOST:
                time.sleep(_TICK_S)
        sink.write(f"{time.time():.3f},{n},{sent_us}\n")
    return n


def main() -> None:
    """Render or send."""
    what, *words = sys.argv[1:]
    if what == "render":
        worlds = [Path(one) for one in words[0].split(",")]
        every = int(words[3]) if len(words) > 3 else 0
        print(json.dumps(render(worlds, Path(words[1]), int(words[2]), every)))
        return
    with Path(words[0]).open("rb", buffering=1 << 20) as source:
        print(send(source, words[1], words[2], float(words[3]), Path(words[4])))


if __name__ == "__main__":
    main()
