"""Logs: what the named accounts sent and got, counted; text is hashed and let go at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.impact.counted import REFUSED, Counted

I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

_ANSWERED, _REFUSED, _UNSAID = 1, 2, 0
_NO_PROMPT = np.uint64(0)


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of one batch that belong to named accounts."""

    ids: U64
    account: I64
    outcome: I64
    shown: I64
    reasoning: I64
    asked: I64
    prompt: U64


def count(
    batches: Iterable[pa.RecordBatch], membership: Mapping[str, float], fdr: float
) -> tuple[Counted, list[str]]:
    """Counts of the named accounts, and what the reader should know of them.

    An exchange id counts once; which of its copies is taken does not depend on their order.

    Args:
        batches: in the exchanges contract.
        membership: of each named account.
        fdr: of the campaign.
    """
    names = sorted(membership)
    wanted = pa.array(names, pa.string())
    parts, n_window = [], 0
    for batch in batches:
        n_window += batch.num_rows
        at = pc.index_in(batch.column("account").cast(pa.string()), value_set=wanted)
        mine = batch.filter(pc.is_valid(at))
        if mine.num_rows:
            position = at.drop_null().to_numpy(zero_copy_only=False).astype(np.int64)
            parts.append(_part(mine, position))
    whole = _joined(parts)
    n_copies = sum(p.ids.size for p in parts) - whole.ids.size
    n = len(names)

    def summed(values: I64) -> I64:
        return np.bincount(whole.account, values, n).astype(np.int64)

    given = whole.outcome != _REFUSED
    known = whole.shown >= 0
    with_prompt = given & (whole.prompt != _NO_PROMPT)
    counted = Counted(
        membership=np.array([membership[name] for name in names], np.float64),
        n_sent=np.bincount(whole.account, minlength=n).astype(np.int64),
        n_answered=summed((whole.outcome == _ANSWERED).astype(np.int64)),
        n_refused=summed((~given).astype(np.int64)),
        shown_tokens=summed(np.where(given & known, whole.shown, 0)),
        reasoning_tokens=summed(np.where(given, whole.reasoning, 0)),
        input_tokens=summed(whole.asked),
        n_without_tokens=summed((given & ~known).astype(np.int64)),
        n_prompts=int(with_prompt.sum()),
        n_distinct=int(np.unique(whole.prompt[with_prompt]).size),
        n_window=n_window, fdr=fdr,
    )  # fmt: skip
    notes = []
    if n_copies:
        notes.append(f"{n_copies:,} rows repeat the id of another one and were counted once.")
    silent = int((counted.n_sent == 0).sum())
    if silent:
        notes.append(f"{silent:,} of {n:,} named accounts have no row in these logs: are they the "
                     "logs that were searched?")  # fmt: skip
    return counted, notes


def _part(mine: pa.RecordBatch, account: I64) -> _Part:
    status = _ints(mine, "status", 0)
    finish = mine.column("finish_reason").cast(pa.string())
    refused = (status >= 400) | _told(pc.is_in(finish, value_set=pa.array(sorted(REFUSED))))
    out = _ints(mine, "output_tokens", -1)
    reasoning = np.clip(_ints(mine, "reasoning_tokens", 0), 0, None)
    finished = ((status >= 200) & (status < 300)) | ((status == 0) & _told(pc.is_valid(finish)))
    outcome = np.where(refused, _REFUSED, np.where(finished | (out > 0), _ANSWERED, _UNSAID))
    shown = np.where(out >= 0, np.clip(out - reasoning, 0, None), -1)
    return _Part(
        ids=_digests(mine.column("exchange_id").cast(pa.string())), account=account,
        outcome=outcome.astype(np.int64), shown=shown, reasoning=reasoning,
        asked=np.clip(_ints(mine, "input_tokens", 0), 0, None), prompt=_prompts(mine),
    )  # fmt: skip


def _ints(batch: pa.RecordBatch, name: str, missing: int) -> I64:
    column = pc.fill_null(batch.column(name).cast(pa.int64()), missing)
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.int64)


def _told(mask: pa.Array) -> npt.NDArray[np.bool_]:
    filled = pc.fill_null(mask, False)
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _prompts(batch: pa.RecordBatch) -> U64:
    """A digest of the prompt, 0 where it is known in neither form."""
    text = batch.column("prompt").cast(pa.string())
    there = _told(pc.is_valid(text))
    hashed = _digests(text) | np.uint64(1)
    digest = pc.fill_null(batch.column("prompt_digest").cast(pa.uint64()), 0)
    kept = np.asarray(digest.to_numpy(zero_copy_only=False), dtype=np.uint64)
    return np.where(there, hashed, kept)


def _digests(texts: pa.Array) -> U64:
    """BLAKE2b, so that whoever writes the prompts cannot make two of them look like one."""
    told = (hashlib.blake2b((t or "").encode(), digest_size=8).digest() for t in texts.to_pylist())
    return np.frombuffer(b"".join(told), np.uint64)


def _joined(parts: list[_Part]) -> _Part:
    """All rows, each id once, whatever their order."""
    if not parts:
        none, nothing = np.zeros(0, np.int64), np.zeros(0, np.uint64)
        return _Part(nothing, none, none, none, none, none, nothing)
    columns = [np.concatenate([getattr(p, name) for p in parts]) for name in _Part.__slots__]
    order = np.lexsort(tuple(columns[::-1]))
    ids = columns[0][order]
    first = np.ones(ids.size, np.bool_)
    first[1:] = ids[1:] != ids[:-1]
    return _Part(*(column[order][first] for column in columns))
