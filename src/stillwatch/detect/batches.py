"""Batches: what is kept of one batch of exchanges, made without anything from before it.

That makes it work for any thread: the traffic's builder only numbers names and puts
the rest on a shelf.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.detect.content import Sketched, hashed_lists, ints, present, sketch_content
from stillwatch.detect.lists import Dealt, deal, deal_values
from stillwatch.detect.numbering import Numbers
from stillwatch.detect.shelf import narrowed
from stillwatch.stats.siphash import Key
from stillwatch.stats.sketches import digest_texts

I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

#: columns held as small integer codes, with their names kept for the reader.
NAMED = ("model", "client", "network", "pathway", "finish_reason", "operation")
#: columns held as codes of keyed digests; their text is not kept.
DIGESTED = ("address", "tls", "credential", "conversation")
#: columns held as codes of hashes that are made of one or several columns.
HASHED = (*DIGESTED, "params", "tools", "system")
USAGE = ("output_tokens", "reasoning_tokens")
#: kinds of lists of hashes that rows carry.
LISTS = ("shingles", "replayed", "heard", "spoken")
_MOST_TURNS = 2**15 - 1


@dataclass(frozen=True, slots=True)
class Named:
    """A column of names: ``(n,)`` places in ``names``, -1 where null."""

    code: I64
    names: pa.Array


@dataclass(frozen=True, slots=True)
class Batch:
    """What is kept of one batch of ``n`` exchanges.

    Attributes:
        rows: per column ``(n,)`` integers.
        accounts: who sent each.
        names: the columns of ``NAMED``.
        hashed: per column of ``HASHED`` the different hashes, and ``(n,)`` places in them.
        lists: per kind of ``LISTS`` the hashes that rows carry.
        seen: columns with at least one value, and when the first exchange with one was sent.
    """

    n: int
    rows: dict[str, npt.NDArray[Any]]
    accounts: Named
    names: dict[str, Named]
    hashed: dict[str, tuple[U64, npt.NDArray[Any]]]
    lists: dict[str, Dealt]
    seen: dict[str, int]


def read_batch(batch: pa.RecordBatch, key: Key, sketched: Sketched | None = None) -> Batch:
    """Reduce a batch in ``EXCHANGES_SCHEMA`` to what is kept of it.

    Args:
        batch: at least one exchange.
        key: of the hashes.
        sketched: its content by ``sketch_content``, where that was made already.
    """
    s = sketched or sketch_content(batch, key)
    accounts = _named(batch.column("account"))
    rows = {
        "sent_us": np.asarray(batch.column("sent_at").cast(pa.int64())),
        "id": digest_texts(batch.column("exchange_id"), key),
        "turn": np.minimum(ints(batch.column("turn"), np.int32, -1), _MOST_TURNS),
        "status": ints(batch.column("status"), np.int32, 0),
        "digest": s.digest,
        "facts": s.facts,
    }
    rows |= {name: ints(batch.column(name), np.int64, -1) for name in USAGE}
    hashed = {name: digest_texts(batch.column(name), key) for name in DIGESTED}
    hashed |= {"params": _params(batch), "tools": _tool_sets(batch.column("tools"), key)}
    hashed["system"] = s.system
    return Batch(
        batch.num_rows,
        rows={name: narrowed(values) for name, values in rows.items()},
        accounts=accounts,
        names={name: _named(batch.column(name)) for name in NAMED},
        hashed={name: _different(values) for name, values in hashed.items()},
        lists=_lists(batch, s, accounts, key),
        seen=_seen(batch, rows["sent_us"]),
    )


def _seen(batch: pa.RecordBatch, sent_us: I64) -> dict[str, int]:
    """Columns with a value, and the first moment of one."""
    whole, out = int(sent_us.min()), {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if column.null_count == 0:
            out[name] = whole
        elif present(column):
            out[name] = int(sent_us[np.asarray(column.is_valid())].min())
    return out


def _named(column: pa.Array) -> Named:
    encoded = column.dictionary_encode()
    return Named(ints(encoded.indices, np.int64, -1), encoded.dictionary)


def _params(batch: pa.RecordBatch) -> U64:
    words = np.zeros(batch.num_rows, np.uint64)
    for name in ("temperature", "max_tokens", "samples", "logprobs"):
        column = pc.fill_null(batch.column(name).cast(pa.float64()), -1.0)
        word = np.asarray(column).astype(np.float64).view(np.uint64)
        words = (words ^ word) * np.uint64(0x9E3779B97F4A7C15)
        words ^= words >> np.uint64(31)
    return words


def _tool_sets(column: pa.Array, key: Key) -> U64:
    sizes, values = hashed_lists(column, key)
    out = np.zeros(len(column), np.uint64)
    np.add.at(out, np.repeat(np.arange(len(column)), sizes), values)
    return out


def _different(values: U64) -> tuple[U64, npt.NDArray[Any]]:
    numbers = Numbers()
    code = numbers.take(values)
    return numbers.known.copy(), narrowed(code)


def _lists(batch: pa.RecordBatch, s: Sketched, accounts: Named, key: Key) -> dict[str, Dealt]:
    names = digest_texts(accounts.names, key)
    told = s.digest > 0
    dealt = {"shingles": deal(names[accounts.code], told, s.shingle_sizes, s.shingles)}
    sizes, values = hashed_lists(batch.column("replayed_reasoning"), key)
    for kind, each in (
        ("replayed", (sizes, values)),
        ("heard", (s.heard_sizes, s.heard)),
        ("spoken", (s.spoken_sizes, s.spoken)),
    ):
        if each[1].size:
            dealt[kind] = deal_values(*each)
    return dealt
