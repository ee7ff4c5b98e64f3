"""Traffic: exchanges as compact arrays, content already turned into keyed sketches.

``TrafficBuilder`` takes batches in the exchanges contract one after another and
keeps about 120 bytes an exchange; no text survives it unless ``keep_text`` is set,
and then only a few examples an account.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.detect.content import (
    Sketched,
    hashed_lists,
    ints,
    present,
    sketch_content,
    unpack_facts,
)
from stillwatch.model.errors import NotEnoughEvidence
from stillwatch.stats import sketches
from stillwatch.stats.siphash import Key

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

#: columns held as small integer codes, with their names kept for the reader.
NAMED = ("model", "client", "network", "pathway", "finish_reason", "operation")
#: columns held as codes of keyed digests; their text is not kept.
DIGESTED = ("address", "tls", "credential", "conversation")
N_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Ragged:
    """Lists of hashes: row ``i`` holds ``values[offsets[i]:offsets[i + 1]]``."""

    offsets: I64
    values: U64

    def rows(self) -> I64:
        """``(n_values,)`` the row of every value."""
        return np.repeat(np.arange(self.offsets.size - 1), np.diff(self.offsets))

    def take(self, order: I64) -> Ragged:
        """The same lists with rows in ``order``."""
        sizes = np.diff(self.offsets)[order]
        offsets = np.concatenate(([0], np.cumsum(sizes)))
        index = np.repeat(self.offsets[order] - offsets[:-1], sizes) + np.arange(offsets[-1])
        return Ragged(offsets, self.values[index])


@dataclass(frozen=True, slots=True)
class Traffic:
    """A window of exchanges, sorted by time.

    Attributes:
        accounts: ``(n_accounts,)`` names, sorted; every other array holds positions in it.
        sent_us: ``(n,)`` microseconds since 1970, UTC, ascending.
        account: ``(n,)`` position of the account.
        codes: per column ``(n,)`` codes, -1 where null.
        names: per named column, what each code stands for.
        digest: ``(n,)`` keyed digest of the prompt, 0 where there is none.
        cell, n_tokens, n_chars, flags: ``(n,)`` topic cell, size and classes of the prompt.
        turn: ``(n,)`` messages before the prompt, -1 where unknown.
        status: ``(n,)`` HTTP status, 0 where unknown.
        tokens: per usage column ``(n,)`` counts, -1 where unknown.
        shingles, replayed, heard, spoken: hashed lists: prompt shingles, replayed
            reasoning ids, long spans of prompts and of responses.
        columns: columns of which at least one value was there.
        examples: account position to a few prompts (empty unless kept).
        n_duplicates: exchanges dropped since their id had been seen.
    """

    accounts: list[str]
    sent_us: I64
    account: I32
    codes: dict[str, I32]
    names: dict[str, list[str]]
    digest: U64
    cell: npt.NDArray[np.uint8]
    n_tokens: I32
    n_chars: I32
    flags: npt.NDArray[np.uint16]
    turn: I32
    status: I32
    tokens: dict[str, I64]
    shingles: Ragged
    replayed: Ragged
    heard: Ragged
    spoken: Ragged
    columns: frozenset[str]
    examples: dict[int, list[str]]
    n_duplicates: int

    @property
    def n(self) -> int:
        """How many exchanges."""
        return int(self.sent_us.size)


@dataclass(slots=True)
class TrafficBuilder:
    """Collects batches; ``finish`` sorts them by time and gives a :class:`Traffic`."""

    key: Key
    keep_text: bool = False
    _parts: dict[str, list[npt.NDArray[Any]]] = field(default_factory=dict)
    _account_code: dict[str, int] = field(default_factory=dict)
    _name_code: dict[str, dict[str, int]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _examples: dict[int, list[str]] = field(default_factory=dict)

    def add(self, batch: pa.RecordBatch, sketched: Sketched | None = None) -> None:
        """Take one batch in ``EXCHANGES_SCHEMA``.

        ``sketched`` is its content by :func:`sketch_content`, where the caller has
        made that already, on another core.
        """
        if batch.num_rows == 0:
            return
        self._seen.update(f.name for f in batch.schema if present(batch.column(f.name)))
        put = self._put
        put("sent_us", np.asarray(batch.column("sent_at").cast(pa.int64())))
        put("id", sketches.digest_texts(batch.column("exchange_id"), self.key))
        codes = self._coded(batch.column("account"), self._account_code)
        put("account", codes)
        for name in NAMED:
            put(name, self._coded(batch.column(name), self._name_code.setdefault(name, {})))
        for name in DIGESTED:
            put(name, sketches.digest_texts(batch.column(name), self.key))
        put("params", self._params(batch))
        put("tools", self._tool_sets(batch.column("tools")))
        put("turn", ints(batch.column("turn"), np.int32, -1))
        put("status", ints(batch.column("status"), np.int32, 0))
        for name in ("input_tokens", "output_tokens", "reasoning_tokens"):
            put(name, ints(batch.column(name), np.int64, -1))
        sizes, values = hashed_lists(batch.column("replayed_reasoning"), self.key)
        put("replayed_sizes", sizes)
        put("replayed", values)
        s = sketched or sketch_content(batch, self.key)
        for name in Sketched.__slots__:
            put(name, getattr(s, name))
        if self.keep_text:
            self._keep_examples(codes, s, batch.column("prompt"))

    def _put(self, name: str, values: npt.NDArray[Any]) -> None:
        self._parts.setdefault(name, []).append(values)

    def _coded(self, column: pa.Array, table: dict[str, int]) -> I32:
        encoded = column.dictionary_encode()
        local = np.array(
            [table.setdefault(v, len(table)) for v in encoded.dictionary.to_pylist()] or [0],
            np.int32,
        )
        index = ints(encoded.indices, np.int64, -1)
        return np.where(index < 0, -1, local[np.maximum(index, 0)]).astype(np.int32)

    def _params(self, batch: pa.RecordBatch) -> U64:
        words = np.zeros(batch.num_rows, np.uint64)
        for name in ("temperature", "max_tokens", "samples", "logprobs"):
            column = pc.fill_null(batch.column(name).cast(pa.float64()), -1.0)
            word = np.asarray(column).astype(np.float64).view(np.uint64)
            words = (words ^ word) * np.uint64(0x9E3779B97F4A7C15)
            words ^= words >> np.uint64(31)
        return words

    def _tool_sets(self, column: pa.Array) -> U64:
        sizes, values = hashed_lists(column, self.key)
        out = np.zeros(len(column), np.uint64)
        np.add.at(out, np.repeat(np.arange(len(column)), sizes), values)
        return out

    def _keep_examples(self, codes: I32, s: Sketched, prompts: pa.Array) -> None:
        _, first = np.unique(codes, return_index=True)
        for row in first:
            kept = self._examples.setdefault(int(codes[row]), [])
            if len(kept) < N_EXAMPLES and s.digest[row]:
                kept.append(str(prompts[int(row)].as_py())[:2000])

    def finish(self) -> Traffic:
        """Sort by time, drop repeated ids, number the accounts by name.

        Raises:
            NotEnoughEvidence: there was no exchange at all.
        """
        if not self._parts:
            raise NotEnoughEvidence("no exchanges were read", needed=1, had=0)
        parts = {k: np.concatenate(v) for k, v in self._parts.items()}
        self._parts.clear()
        order = np.lexsort((parts["id"], parts["sent_us"]))
        _, first = np.unique(parts["id"][order], return_index=True)
        n_duplicates = int(order.size - first.size)
        return self._assemble(parts, order[np.sort(first)], n_duplicates=n_duplicates)

    def _assemble(
        self, parts: dict[str, npt.NDArray[Any]], order: I64, *, n_duplicates: int
    ) -> Traffic:
        names = sorted(self._account_code)
        rank = np.empty(len(names), np.int32)
        rank[[self._account_code[n] for n in names]] = np.arange(len(names))
        flags, cell, n_tok, n_chr = unpack_facts(parts["facts"][order])
        codes, values = {}, {}
        for name in NAMED:
            codes[name], values[name] = _by_name(parts[name][order], list(self._name_code[name]))
        for name in (*DIGESTED, "params", "tools", "system"):
            codes[name] = _compact(parts[name][order])
        return Traffic(
            accounts=names,
            sent_us=parts["sent_us"][order],
            account=rank[parts["account"][order]],
            codes=codes,
            names=values,
            digest=parts["digest"][order],
            cell=cell,
            n_tokens=n_tok,
            n_chars=n_chr,
            flags=flags,
            turn=parts["turn"][order],
            status=parts["status"][order],
            tokens={
                k: parts[k][order] for k in ("input_tokens", "output_tokens", "reasoning_tokens")
            },
            shingles=_ragged(parts, "shingle_sizes", "shingles").take(order),
            replayed=_ragged(parts, "replayed_sizes", "replayed").take(order),
            heard=_ragged(parts, "heard_sizes", "heard").take(order),
            spoken=_ragged(parts, "spoken_sizes", "spoken").take(order),
            columns=frozenset(self._seen),
            examples={int(rank[k]): v for k, v in self._examples.items()},
            n_duplicates=n_duplicates,
        )


def _by_name(codes: I32, names: list[str]) -> tuple[I32, list[str]]:
    """Codes that follow the order of their names, and not that of the rows."""
    ordered = sorted(range(len(names)), key=names.__getitem__)
    rank = np.full(len(names) + 1, -1, np.int32)
    rank[ordered] = np.arange(len(names))
    return rank[codes], [names[i] for i in ordered]


def _compact(hashes: U64) -> I32:
    """Codes 0.. for hashes, -1 where the hash is 0 (null)."""
    uniques, inverse = np.unique(hashes, return_inverse=True)
    shift = 1 if uniques.size and uniques[0] == 0 else 0
    return (inverse - shift).astype(np.int32)


def _ragged(parts: dict[str, npt.NDArray[Any]], sizes: str, values: str) -> Ragged:
    return Ragged(np.concatenate(([0], np.cumsum(parts[sizes]))).astype(np.int64), parts[values])


def build_traffic(
    batches: Iterable[pa.RecordBatch], key: Key, *, keep_text: bool = False
) -> Traffic:
    """Fold batches into a :class:`Traffic`; the short way for tests and small logs."""
    builder = TrafficBuilder(key, keep_text)
    for batch in batches:
        builder.add(batch)
    return builder.finish()
