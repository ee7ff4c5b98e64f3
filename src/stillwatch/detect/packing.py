"""Packing: what is kept of a batch as bytes, and several batches as one.

Packed batches stand on their own: nothing in one is numbered by another, so that they can
be kept in any pieces, put together, and let go one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from stillwatch.detect.batches import HASHED, LISTS, NAMED, Batch, Named
from stillwatch.detect.lists import N_SHARES, Dealt
from stillwatch.detect.shelf import narrowed
from stillwatch.stats.texts import buffers

I64 = npt.NDArray[np.int64]
Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

_HEAD_BYTES = 8


def pack(batch: Batch) -> bytes:
    """A batch as bytes that :func:`unpack` reads."""
    arrays = [(name, np.ascontiguousarray(values)) for name, values in _arrays(batch)]
    about = {
        "n": batch.n,
        "seen": batch.seen,
        "arrays": [[name, values.dtype.str, values.size] for name, values in arrays],
    }
    head = orjson.dumps(about)
    parts = [len(head).to_bytes(_HEAD_BYTES, "little"), head]
    return b"".join([*parts, *(values.tobytes() for _, values in arrays)])


def unpack(data: bytes) -> Batch:
    """The batch that was packed; its arrays are read-only views of ``data``."""
    begin = _HEAD_BYTES + int.from_bytes(data[:_HEAD_BYTES], "little")
    about = orjson.loads(data[_HEAD_BYTES:begin])
    held: dict[str, Array] = {}
    for name, kind, size in about["arrays"]:
        held[name] = np.frombuffer(data, np.dtype(kind), size, begin)
        begin += held[name].nbytes
    return Batch(
        n=about["n"],
        rows={n.removeprefix("row "): v for n, v in held.items() if n.startswith("row ")},
        accounts=_named(held, "accounts"),
        names={name: _named(held, name) for name in NAMED},
        hashed={name: (held[f"hashes {name}"], held[f"hashed {name}"]) for name in HASHED},
        lists={kind: _dealt(held, kind) for kind in LISTS if f"{kind} bounds" in held},
        seen=about["seen"],
    )


def _arrays(batch: Batch) -> Iterator[tuple[str, Array]]:
    for name, values in batch.rows.items():
        yield f"row {name}", values
    for name, named in (("accounts", batch.accounts), *batch.names.items()):
        yield f"code {name}", narrowed(named.code)
        if len(named.names):
            data, offsets = buffers(named.names)
            yield f"ends {name}", narrowed(offsets - offsets[0])
            yield f"bytes {name}", data[offsets[0] : offsets[-1]]
    for name, (hashes, code) in batch.hashed.items():
        yield f"hashes {name}", hashes
        yield f"hashed {name}", code
    for kind, dealt in batch.lists.items():
        yield f"{kind} bounds", narrowed(dealt.bounds)
        yield f"{kind} row", narrowed(dealt.row)
        yield f"{kind} ends", narrowed(dealt.ends)
        yield f"{kind} values", dealt.values


def _named(held: dict[str, Array], name: str) -> Named:
    code = held[f"code {name}"].astype(np.int64)
    if f"ends {name}" not in held:
        return Named(code, pa.array([], pa.string()))
    ends = held[f"ends {name}"].astype(np.int32)
    data = np.ascontiguousarray(held[f"bytes {name}"])
    names = pa.StringArray.from_buffers(ends.size - 1, pa.py_buffer(ends), pa.py_buffer(data))
    return Named(code, names)


def _dealt(held: dict[str, Array], kind: str) -> Dealt:
    return Dealt(
        held[f"{kind} bounds"].astype(np.int64),
        held[f"{kind} row"].astype(np.int32),
        held[f"{kind} ends"].astype(np.int64),
        held[f"{kind} values"],
    )


def only(batch: Batch, keep: Mask) -> Batch:
    """Some rows of a batch, in their order; names that none of them bears are gone.

    Args:
        batch: any.
        keep: ``(n,)`` which rows stay. When a column first had a value is known exactly if
            these are the rows before a moment; else as if the first of them had it.
    """
    place = np.cumsum(keep, dtype=np.int32) - 1
    sent_us = batch.rows["sent_us"][keep]
    first_us, last_us = (int(sent_us.min()), int(sent_us.max())) if sent_us.size else (0, -1)
    return replace(
        batch,
        n=int(keep.sum()),
        rows={name: values[keep] for name, values in batch.rows.items()},
        accounts=_borne(batch.accounts, keep),
        names={name: _borne(named, keep) for name, named in batch.names.items()},
        hashed={name: (hashes, code[keep]) for name, (hashes, code) in batch.hashed.items()},
        lists={kind: _lists_of(dealt, keep, place) for kind, dealt in batch.lists.items()},
        seen={n: max(us, first_us) for n, us in batch.seen.items() if us <= last_us},
    )


def _borne(named: Named, keep: Mask) -> Named:
    code = named.code[keep]
    met = np.zeros(len(named.names) + 1, bool)
    met[code] = True
    met[-1] = False
    rank = np.append(np.cumsum(met[:-1]) - 1, -1)
    return Named(rank[code], named.names.filter(pa.array(met[:-1])))


def _lists_of(dealt: Dealt, keep: Mask, place: npt.NDArray[np.int32]) -> Dealt:
    mine = keep[dealt.row]
    sizes = np.diff(dealt.ends, prepend=0)
    bounds = np.concatenate(([0], np.cumsum(mine)))[dealt.bounds]
    values = dealt.values[np.repeat(mine, sizes)]
    return Dealt(bounds, place[dealt.row[mine]], np.cumsum(sizes[mine]), values)


def joined(batches: Sequence[Batch]) -> Batch:
    """Several batches as one, their rows one after another.

    Args:
        batches: at least one.
    """
    if len(batches) == 1:
        return batches[0]
    begins = np.cumsum([0, *(one.n for one in batches)])
    return Batch(
        n=int(begins[-1]),
        rows={
            name: np.concatenate([one.rows[name] for one in batches]) for name in batches[0].rows
        },
        accounts=_one_table([one.accounts for one in batches]),
        names={name: _one_table([one.names[name] for one in batches]) for name in NAMED},
        hashed={name: _one_set([one.hashed[name] for one in batches]) for name in HASHED},
        lists={kind: _one_deal(batches, kind, begins) for kind in LISTS if _any(batches, kind)},
        seen=_seen(batches),
    )


def _seen(batches: Sequence[Batch]) -> dict[str, int]:
    out: dict[str, int] = {}
    for one in batches:
        for name, us in one.seen.items():
            out[name] = min(us, out.get(name, us))
    return out


def _any(batches: Sequence[Batch], kind: str) -> bool:
    return any(kind in one.lists for one in batches)


def _one_table(tables: list[Named]) -> Named:
    encoded = pa.concat_arrays([one.names for one in tables]).dictionary_encode()
    place = np.append(np.asarray(encoded.indices).astype(np.int64), -1)
    begins = np.cumsum([0, *(len(one.names) for one in tables)])
    codes = [
        place[np.where(one.code < 0, place.size - 1, one.code + begin)]
        for one, begin in zip(tables, begins, strict=False)
    ]
    return Named(np.concatenate(codes), encoded.dictionary)


def _one_set(sets: list[tuple[npt.NDArray[np.uint64], Array]]) -> tuple[Array, Array]:
    hashes, place = np.unique(np.concatenate([known for known, _ in sets]), return_inverse=True)
    begins = np.cumsum([0, *(known.size for known, _ in sets)])
    codes = [place[code + begin] for (_, code), begin in zip(sets, begins, strict=False)]
    return hashes, narrowed(np.concatenate(codes))


def _one_deal(batches: Sequence[Batch], kind: str, begins: I64) -> Dealt:
    held = [(one.lists[kind], begin) for one, begin in zip(batches, begins, strict=False)
            if kind in one.lists]  # fmt: skip
    deals = [one for one, _ in held]
    share = np.concatenate([np.repeat(np.arange(N_SHARES), np.diff(one.bounds)) for one in deals])
    rows = np.concatenate([one.row.astype(np.int64) + begin for one, begin in held])
    sizes = np.concatenate([np.diff(one.ends, prepend=0) for one in deals]).astype(np.int64)
    values = np.concatenate([one.values for one in deals])
    starts = np.cumsum(sizes) - sizes
    order = np.argsort(share, kind="stable")
    ends = np.cumsum(sizes[order])
    at = np.repeat(starts[order] - ends + sizes[order], sizes[order]) + np.arange(values.size)
    bounds = np.concatenate(([0], np.cumsum(np.bincount(share, minlength=N_SHARES))))
    return Dealt(bounds, rows[order].astype(np.int32), ends, values[at])
