"""Traffic: exchanges as compact arrays, content already turned into keyed sketches.

``TrafficBuilder`` takes batches in the exchanges contract one after another and puts
what is kept of them on a shelf; ``finish`` sorts that by time, which leaves about 80
bytes an exchange in memory. Lists of hashes stay on the shelf. No text survives unless
``keep_text`` is set, and then only a few examples an account.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.detect.apart import Renumbered
from stillwatch.detect.batches import LISTS, NAMED, USAGE, Batch, Named, read_batch
from stillwatch.detect.content import Sketched, sketch_content
from stillwatch.detect.lists import Lists
from stillwatch.detect.merging import coded_hashes, coded_names, sort_rows, spread_facts
from stillwatch.detect.names import Names
from stillwatch.detect.room import IN_MEMORY, Room
from stillwatch.detect.shelf import Memory, Shelf
from stillwatch.model.errors import NotEnoughEvidence
from stillwatch.stats.siphash import Key

__all__ = ["Sketched", "Traffic", "TrafficBuilder", "build_traffic", "sketch_content"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[Any]

#: columns of codes that nothing reads once links are made.
LINKED_ONLY = ("params", "tools", "system", "network", "operation")
N_EXAMPLES = 3
MOST_EXAMPLE_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Traffic:
    """A window of exchanges, sorted by time. Integers are as narrow as their values allow.

    Attributes:
        accounts: ``(n_accounts,)`` names, sorted; every other array holds positions in it.
        sent_us: ``(n,)`` microseconds since 1970, UTC, ascending.
        account: ``(n,)`` position of the account.
        codes: per column ``(n,)`` codes, -1 where null.
        names: per named column, what each code stands for.
        digest: ``(n,)`` keyed digest of the prompt, 0 where there is none.
        cell, n_tokens, flags: ``(n,)`` topic cell, size and classes of the prompt.
        turn: ``(n,)`` messages before the prompt, -1 where unknown, 32767 at most.
        status: ``(n,)`` HTTP status, 0 where unknown.
        tokens: per usage column ``(n,)`` counts, -1 where unknown.
        lists: shingles of prompts, replayed reasoning ids, long spans of prompts (heard)
            and of responses (spoken); on their shelf.
        since_us: columns of which at least one value was there, and when the first one was.
        examples: account position to a few prompts (empty unless kept).
        n_duplicates: exchanges dropped since their id had been seen.
        room: where its columns stand, and those that are made of it.
    """

    accounts: list[str]
    sent_us: I64
    account: I32
    codes: dict[str, Ints]
    names: dict[str, list[str]]
    digest: U64
    cell: npt.NDArray[np.uint8]
    n_tokens: npt.NDArray[np.uint16]
    flags: npt.NDArray[np.uint16]
    turn: Ints
    status: Ints
    tokens: dict[str, Ints]
    lists: dict[str, Lists]
    since_us: dict[str, int]
    examples: dict[int, list[str]]
    n_duplicates: int
    room: Room = field(default=IN_MEMORY, compare=False)

    @property
    def n(self) -> int:
        """How many exchanges."""
        return int(self.sent_us.size)

    def columns_by(self, now_us: int) -> frozenset[str]:
        """Columns of which a value was there before a moment."""
        return frozenset(name for name, us in self.since_us.items() if us < now_us)

    def nothing_yet(self, kind: npt.DTypeLike) -> Ints:
        """``(n,)`` zeros for something of each exchange."""
        out = self.room.column(self.n, kind)
        out[:] = 0
        return out

    def linked(self) -> Traffic:
        """The same without what only links are made of, for a window whose links are made."""
        return replace(
            self,
            codes={name: held for name, held in self.codes.items() if name not in LINKED_ONLY},
            lists={kind: Lists(kind, []) for kind in self.lists},
        )


@dataclass(slots=True)
class TrafficBuilder:
    """Collects batches; ``finish`` sorts them by time and gives a :class:`Traffic`.

    Args:
        key: key of the sketches.
        keep_text: keep a few prompts an account.
        shelf: where what is kept of the batches waits; in memory otherwise.
        hear: responses are kept somewhere in the logs, if not in every batch.
        room: where the columns of the traffic are to stand.
    """

    key: Key
    keep_text: bool = False
    shelf: Shelf = field(default_factory=Memory)
    hear: bool = False
    room: Room = IN_MEMORY
    _shelves: list[Shelf] = field(init=False)
    _n: int = 0
    _accounts: Names = field(default_factory=Names)
    _tables: dict[str, dict[str, int]] = field(init=False)
    _seen: dict[str, int] = field(default_factory=dict)
    _examples: dict[int, list[str]] = field(default_factory=dict)
    _begun: dict[str, int] = field(default_factory=dict)
    _fresh: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start on the first shelf."""
        self._shelves = [self.shelf]
        self._tables = {name: {} for name in NAMED}

    def add(self, batch: pa.RecordBatch, sketched: Sketched | None = None) -> None:
        """Take one batch in ``EXCHANGES_SCHEMA``.

        ``sketched`` is its content by :func:`sketch_content`, where the caller has
        made that already.
        """
        if batch.num_rows:
            self.take(read_batch(batch, self.key, sketched, self.hear), batch.column("prompt"))

    def take(self, batch: Batch, prompts: pa.Array) -> None:
        """Take what :func:`read_batch` made of a batch, on another core perhaps."""
        shelf = self._shelves[-1]
        for name, values in batch.rows.items():
            shelf.put(name, values)
        accounts = self._accounts.take(batch.accounts.names)[batch.accounts.code]
        shelf.put("account", accounts)
        if self.keep_text:
            self._keep_examples(accounts, batch.rows["digest"], prompts)
        for name, named in batch.names.items():
            shelf.put(name, _coded(named, self._tables[name]))
        for name, (hashes, code) in batch.hashed.items():
            shelf.put(f"{name} hashes", hashes)
            shelf.put(name, code)
        for kind, dealt in batch.lists.items():
            Lists(kind, [shelf]).put(dealt, self._n)
        self._see(batch.seen)
        self._n += batch.n

    def _see(self, seen: Mapping[str, int]) -> None:
        for name, us in seen.items():
            self._seen[name] = min(us, self._seen.get(name, us))

    def _keep_examples(self, codes: I32, digest: U64, prompts: pa.Array) -> None:
        _, first = np.unique(codes, return_index=True)
        for row in first:
            if digest[row]:
                text = str(prompts[int(row)].as_py())[:MOST_EXAMPLE_CHARS]
                self._keep_example(int(codes[row]), text)

    def _keep_example(self, account: int, text: str) -> None:
        kept = self._examples.setdefault(account, [])
        if len(kept) < N_EXAMPLES:
            kept.append(text)
            self._fresh.append((account, text))

    def cut(self) -> dict[str, Any]:
        """What was learnt since the last cut and stands on no shelf, fit for JSON."""
        learnt = {
            "n": self._n,
            "accounts": self._accounts.since(self._begun.get("account", 0)),
            "names": {
                name: list(islice(table, self._begun.get(name, 0), None))
                for name, table in self._tables.items()
            },
            "seen": dict(sorted(self._seen.items())),
            "examples": self._fresh,
        }
        self._begun = {name: len(table) for name, table in self._tables.items()}
        self._begun["account"] = len(self._accounts)
        self._fresh = []
        return learnt

    def resume(self, shelf: Shelf, learnt: Mapping[str, Any]) -> None:
        """Stand where a builder stood that filled ``shelf`` and was then cut."""
        self._shelves.append(shelf)
        self._n = learnt["n"]
        self._accounts.take(pa.array(learnt["accounts"], pa.string()))
        for name, table in self._tables.items():
            for one in learnt["names"][name]:
                table.setdefault(one, len(table))
        self._see(learnt["seen"])
        for account, text in learnt["examples"]:
            self._keep_example(account, text)
        self.cut()

    def join(self, shelf: Shelf, learnt: Mapping[str, Any]) -> None:
        """Take in what another builder put on ``shelf`` before its first cut, after all else."""
        numbers = {"account": self._accounts.take(pa.array(learnt["accounts"], pa.string()))}
        for name, table in self._tables.items():
            met = [table.setdefault(one, len(table)) for one in learnt["names"][name]]
            numbers[name] = np.array(met, np.int32)
        self._shelves.append(Renumbered(shelf, self._n, numbers))
        self._n += learnt["n"]
        self._see(learnt["seen"])
        for account, text in learnt["examples"]:
            self._keep_example(int(numbers["account"][account]), text)

    def go_on(self, shelf: Shelf) -> None:
        """Put what comes next on another shelf."""
        self._shelves.append(shelf)

    def finish(self) -> Traffic:
        """Sort by time, drop repeated ids, number the accounts by name.

        Raises:
            NotEnoughEvidence: there was no exchange at all.
        """
        if not self._n:
            raise NotEnoughEvidence("no exchanges were read", needed=1, had=0)
        rows, sent_us, n_duplicates = sort_rows(self._shelves, self.room)
        names_met = self._accounts.since(0)
        by_name = sorted(range(len(names_met)), key=names_met.__getitem__)
        rank = np.empty(len(names_met), np.int32)
        rank[by_name] = np.arange(len(names_met))
        codes, names = {}, {}
        for name in NAMED:
            codes[name], names[name] = coded_names(rows, name, list(self._tables[name]))
        codes |= coded_hashes(rows)
        flags, cell, n_tokens = spread_facts(rows)
        traffic = Traffic(
            accounts=[names_met[code] for code in by_name],
            sent_us=sent_us,
            account=rows.renamed("account", rank),
            codes=codes,
            names=names,
            digest=rows.spread("digest", np.uint64),
            cell=cell,
            n_tokens=n_tokens,
            flags=flags,
            turn=rows.spread("turn", np.int16),
            status=rows.spread("status", np.int16),
            tokens={name: rows.spread(name, np.int32) for name in USAGE},
            lists={kind: Lists(kind, self._shelves, rows.place) for kind in LISTS},
            since_us=dict(sorted(self._seen.items())),
            examples={int(rank[k]): v for k, v in self._examples.items()},
            n_duplicates=n_duplicates,
            room=self.room,
        )
        self.room.rest()
        return traffic


def _coded(named: Named, table: dict[str, int]) -> I32:
    """Places in ``table``, which grows by new names, -1 where null."""
    names = named.names.to_pylist()
    local = np.array([table.setdefault(v, len(table)) for v in names] or [0], np.int32)
    codes: I32 = np.where(named.code < 0, np.int32(-1), local[named.code])
    return codes


def build_traffic(
    batches: Iterable[pa.RecordBatch],
    key: Key,
    *,
    keep_text: bool = False,
    shelf: Shelf | None = None,
) -> Traffic:
    """Fold batches into a :class:`Traffic`; the short way for tests and small logs."""
    builder = TrafficBuilder(key, keep_text, shelf or Memory())
    for batch in batches:
        builder.add(batch)
    return builder.finish()
