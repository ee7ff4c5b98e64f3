"""The ledger at several replicas: each pushes its entries to a stream and pulls the others'.

Every replica's own log is the truth for it; the stream only carries. Entries are a set, so
that they may come twice and in any order. A store that was away misses nothing: what it has
not confirmed is pushed again. A store that has lost everything is told so by its epoch, and is
given all of it anew.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

import orjson
import redis

from stillwatch.adapters.control.log import DecisionLog
from stillwatch.control.ledger import Thing, thing_of
from stillwatch.model.errors import BadInput

_PUSH: Final = """
if redis.call('SADD', KEYS[2], ARGV[1]) == 1 then
  redis.call('XADD', KEYS[1], '*', 'kind', ARGV[2], 'body', ARGV[3])
  return 1
end
return 0
"""
_PAGE: Final = 500


class Replicator:
    """Keeps one replica's log and the shared stream level.

    Args:
        log: this replica's log.
        client: of the store.
        prefix: of the keys.

    Attributes:
        n_unread: rows of the stream that are no entry as far as this version knows.
    """

    def __init__(
        self, log: DecisionLog, client: redis.Redis, *, prefix: str = "stillwatch:entries"
    ) -> None:
        self._log = log
        self._client = client
        self._stream, self._ids = prefix, f"{prefix}:ids"
        self._epoch_key = f"{prefix}:epoch"
        self._push = client.register_script(_PUSH)
        self._confirmed: set[str] = set()
        self._epoch = ""
        self._last = "0-0"
        self.n_unread = 0

    def step(self) -> tuple[int, int]:
        """Push and pull once; returns how many entries went out and how many were new.

        Raises:
            redis.RedisError: the store is away; what it did not confirm goes out next time.
        """
        self._same_store()
        return self._pushed(), self._pulled()

    def _same_store(self) -> None:
        self._client.set(self._epoch_key, secrets.token_hex(8), nx=True)
        epoch = _text(self._client.get(self._epoch_key))
        if epoch != self._epoch:
            self._epoch, self._last = epoch, "0-0"
            self._confirmed.clear()

    def _pushed(self) -> int:
        n_new = 0
        for entry in self._log.ledger.entries():
            if entry.id in self._confirmed:
                continue
            body = orjson.dumps(entry.body)
            told: Any = self._push(
                keys=[self._stream, self._ids], args=[entry.id, entry.kind, body]
            )
            n_new += int(told)
            self._confirmed.add(entry.id)
        return n_new

    def _pulled(self) -> int:
        n_new = 0
        while True:
            told: Any = self._client.xread({self._stream: self._last}, count=_PAGE)
            pages = told.values() if isinstance(told, Mapping) else [p for _, p in told or ()]
            rows = [row for page in pages for row in _flat(page)]
            if not rows:
                return n_new
            found = [_thing(fields) for _, fields in rows]
            self.n_unread += found.count(None)
            n_new += self._log.append(*(thing for thing in found if thing is not None))
            self._last = _text(rows[-1][0])


def _thing(fields: Mapping[bytes, bytes]) -> Thing | None:
    """The thing of a row; ``None`` for what this version cannot read: the rest must be heard."""
    try:
        return thing_of(_text(fields[b"kind"]), orjson.loads(fields[b"body"]))
    except (BadInput, KeyError, AttributeError, TypeError, ValueError):
        return None


def _flat(page: Any) -> list[tuple[Any, Mapping[bytes, bytes]]]:
    """Rows of one stream, whichever protocol the client speaks."""
    if page and isinstance(page[0], list) and page[0] and isinstance(page[0][0], (tuple, list)):
        return [(row[0], row[1]) for row in page[0]]
    return [(row[0], row[1]) for row in page]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
