"""Content: what is kept of a batch's prompts, system prompts and responses.

Text goes in, keyed sketches come out; where a batch carries sketches instead of text,
they pass as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.detect.classes import classify
from stillwatch.stats import sketches
from stillwatch.stats.siphash import Key
from stillwatch.stats.spans import span_texts

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]


def pack_facts(
    flags: npt.NDArray[np.uint16], cell: npt.NDArray[np.uint8], n_tok: I32, n_chr: I32
) -> U64:
    """Flags (16 bits), topic cell (8), tokens (16) and characters (24) in one word."""
    word: U64 = (
        flags.astype(np.uint64)
        | (cell.astype(np.uint64) << np.uint64(16))
        | (np.minimum(n_tok, 0xFFFF).astype(np.uint64) << np.uint64(24))
        | (np.minimum(n_chr, 0xFFFFFF).astype(np.uint64) << np.uint64(40))
    )
    return word


def unpack_facts(
    facts: U64,
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8], I32, I32]:
    """The inverse of :func:`pack_facts`."""
    return (
        (facts & np.uint64(0xFFFF)).astype(np.uint16),
        ((facts >> np.uint64(16)) & np.uint64(0xFF)).astype(np.uint8),
        ((facts >> np.uint64(24)) & np.uint64(0xFFFF)).astype(np.int32),
        (facts >> np.uint64(40)).astype(np.int32),
    )


def ints(column: pa.Array, kind: type, null: int) -> npt.NDArray[Any]:
    """``(n,)`` values of an integer column, ``null`` where there is none."""
    return np.asarray(pc.fill_null(column, null)).astype(kind)


def hashed_lists(column: pa.Array, key: Key) -> tuple[I64, U64]:
    """Sizes ``(n,)`` and hashes of a list column of strings or of ready hashes."""
    sizes = ints(pc.list_value_length(column), np.int64, 0)
    flat = column.flatten()
    if pa.types.is_uint64(flat.type):
        return sizes, np.asarray(flat).astype(np.uint64)
    return sizes, sketches.digest_texts(flat, key)


def present(column: pa.Array) -> bool:
    """Whether a column holds at least one value."""
    return bool(column.null_count < len(column))


@dataclass(slots=True)
class Sketched:
    """What is kept of the content of one batch; the unit of content-free mode."""

    digest: U64
    facts: U64
    system: U64
    shingle_sizes: I64
    shingles: U64
    heard_sizes: I64
    heard: U64
    spoken_sizes: I64
    spoken: U64


def sketch_content(batch: pa.RecordBatch, key: Key, hear: bool = False) -> Sketched:
    """Sketches of a batch's prompts, system prompts and responses.

    Where a batch already carries sketch columns and no text, those are taken as they
    are. Long spans, which echo needs, are made where responses are kept.

    Args:
        batch: in ``EXCHANGES_SCHEMA``.
        key: of the sketches.
        hear: responses are kept somewhere, if not in this batch.
    """
    prompt = batch.column("prompt")
    n = len(prompt)
    none = (np.zeros(n, np.int64), np.zeros(0, np.uint64))
    if present(prompt) or not present(batch.column("prompt_digest")):
        s = sketches.sketch_texts(prompt, key)
        flags = classify(prompt, s.same, s.plain)
        digest, facts = s.digest, pack_facts(flags, s.cell, s.n_tokens, s.n_chars)
        sizes, shingles = np.diff(s.offsets), s.shingles
    else:
        digest = np.asarray(pc.fill_null(batch.column("prompt_digest"), 0)).astype(np.uint64)
        facts = np.asarray(pc.fill_null(batch.column("prompt_facts"), 0)).astype(np.uint64)
        sizes, shingles = hashed_lists(batch.column("prompt_shingles"), key)
    if present(batch.column("system_prompt")):
        system = sketches.digest_texts(batch.column("system_prompt"), key)
    else:
        system = np.asarray(pc.fill_null(batch.column("system_digest"), 0)).astype(np.uint64)
    heard, spoken = none, none
    if present(batch.column("response")):
        spoken = _spans(batch.column("response"), key)
        heard = _spans(prompt, key)
    elif present(batch.column("response_spans")):
        spoken = hashed_lists(batch.column("response_spans"), key)
        heard = hashed_lists(batch.column("prompt_spans"), key)
    elif hear and present(prompt):
        heard = _spans(prompt, key)
    elif hear:
        heard = hashed_lists(batch.column("prompt_spans"), key)
    return Sketched(digest, facts, system, sizes, shingles, *heard, *spoken)


def _spans(texts: pa.Array, key: Key) -> tuple[I64, U64]:
    offsets, values = span_texts(texts, key)
    return np.diff(offsets), values
