"""Sends a world to a Redis stream at a steady rate; what is sent was rendered before.

python sender.py render WORLD[,WORLD...] OUT.resp
python sender.py send OUT.resp SOCKET RATE SECONDS LOG.csv
"""

from __future__ import annotations

import socket
import struct
import sys
import time
from pathlib import Path
from typing import BinaryIO

import orjson
import pyarrow.parquet as pq

from stillwatch.model.exchange import EXCHANGES_SCHEMA

STREAM = "exchanges"
#: entries that Redis keeps, about: a minute and more, so that nothing unread is dropped.
KEPT = 600_000
_HEAD = struct.Struct("<IQ")
_TICK_S = 0.02


def command(record: bytes) -> bytes:
    """One XADD as it goes over the wire."""
    parts = [b"XADD", STREAM.encode(), b"MAXLEN", b"~", str(KEPT).encode(), b"*", b"json", record]
    sized = (b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
    return b"*%d\r\n%s" % (len(parts), b"".join(sized))


def render(worlds: list[Path], out: Path) -> int:
    """Write every exchange of some worlds, in order of time, as a command; gives how many."""
    names = [name for name in EXCHANGES_SCHEMA.names]
    n = 0
    with out.open("wb") as sink:
        for path in (p for w in worlds for p in sorted((w / "exchanges").glob("*.parquet"))):
            rows = pq.read_table(path).sort_by("sent_at")
            for batch in rows.to_batches(20_000):
                for row in batch.to_pylist():
                    sent_us = int(row["sent_at"].timestamp() * 1e6)
                    told = {k: row[k] for k in names if row.get(k) is not None}
                    whole = command(orjson.dumps(told))
                    sink.write(_HEAD.pack(len(whole), sent_us))
                    sink.write(whole)
                    n += 1
    return n


def send(source: BinaryIO, place: str, rate: float, seconds: float, log: Path) -> int:
    """Send so many a second, and write down what had been sent when."""
    stream = socket.socket(socket.AF_UNIX)
    stream.connect(place)
    begun, n, n_answers, rest = time.time(), 0, 0, b""
    said_s, sent_us = 0.0, 0
    with log.open("w", encoding="utf-8") as sink:
        sink.write("wall_s,n,sent_us\n")
        while (now := time.time()) - begun < seconds:
            due, wave = int((now - begun) * rate) - n, []
            for _ in range(due):
                head = source.read(_HEAD.size)
                if not head:
                    seconds = 0.0
                    break
                size, sent_us = _HEAD.unpack(head)
                wave.append(source.read(size))
            if wave:
                stream.sendall(b"".join(wave))
                n += len(wave)
                # an answer to XADD is two lines
                while n_answers < n:
                    rest = stream.recv(1 << 20)
                    n_answers += rest.count(b"$")
            if now - said_s >= 0.5:
                said_s = now
                sink.write(f"{time.time():.3f},{n},{sent_us}\n")
                sink.flush()
            time.sleep(_TICK_S)
    return n


def main() -> None:
    """Render or send."""
    what, *words = sys.argv[1:]
    if what == "render":
        print(render([Path(one) for one in words[0].split(",")], Path(words[1])))
        return
    with Path(words[0]).open("rb", buffering=1 << 20) as source:
        print(send(source, words[1], float(words[2]), float(words[3]), Path(words[4])))


if __name__ == "__main__":
    main()
