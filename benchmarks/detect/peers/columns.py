"""Columns as integer codes, and account x trait matrices: what most peers start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.detect.peers.interface import World
from stillwatch.model.errors import NotEnoughEvidence

Codes = NDArray[np.int64]

#: an Arrow array or chunked array; its element type is not known before reading.
Column = Any

#: characters of the head and of the tail of a prompt that stand for its template.
TEMPLATE_CHARS = 40


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as codes: ``codes`` (n_rows,), -1 where null; ``values`` the distinct values."""

    codes: Codes
    values: list[Any]


def encode(column: Column) -> Coded:
    """Number the distinct values of a column in order of appearance."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    coded: Column = pc.dictionary_encode(whole)
    numbers = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    return Coded(numbers.astype(np.int64), coded.dictionary.to_pylist())


def accounts_of(world: World) -> Coded:
    """The account of every exchange."""
    return encode(world.exchanges["account"])


def times_us(world: World) -> Codes:
    """When each exchange was sent, in microseconds since 1970 (n_rows,), ascending."""
    sent = world.exchanges["sent_at"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return np.asarray(sent.to_numpy(), dtype=np.int64)


def present(world: World, name: str) -> Column:
    """A column of the exchanges that holds something.

    Raises:
        NotEnoughEvidence: every value is null.
    """
    column = world.exchanges[name]
    if column.null_count == len(column):
        raise NotEnoughEvidence(f"column {name} is absent", needed=1, had=0)
    return column


def _tidy(column: Column) -> Column:
    lower = pc.utf8_lower(column)
    return pc.replace_substring_regex(lower, pattern=r"[0-9]+|\s+", replacement=" ")


def _filled(column: Column) -> Column:
    return pc.fill_null(column.cast(pa.large_string()), "")


def trait(world: World, name: str) -> Coded:
    """A trait of every exchange.

    ``head`` and ``tail`` are the first and the last ``TEMPLATE_CHARS`` characters of the
    prompt, in lower case, with digits masked; ``digest`` is the whole prompt; ``stack`` is
    client and TLS fingerprint together; any other name is a column.
    """
    if name in ("head", "tail"):
        prompt = present(world, "prompt")
        cut = 3 * TEMPLATE_CHARS
        span = (0, cut) if name == "head" else (-cut, None)
        text = pc.utf8_trim_whitespace(_tidy(pc.utf8_slice_codeunits(prompt, *span)))
        span = (0, TEMPLATE_CHARS) if name == "head" else (-TEMPLATE_CHARS, None)
        return encode(pc.utf8_slice_codeunits(text, *span))
    if name == "digest":
        source = "prompt" if world.exchanges["prompt"].null_count == 0 else "prompt_digest"
        return encode(present(world, source))
    if name == "stack":
        client, tls = (_filled(present(world, column)) for column in ("client", "tls"))
        return encode(pc.binary_join_element_wise(client, tls, pa.scalar("|", pa.large_string())))
    return encode(present(world, name))


def incidence(
    rows: Codes, columns: Codes, n_rows: int, *, df_least: int, df_most: int
) -> sparse.csr_array:
    """Binary account x trait matrix (n_rows, n_kept), float64.

    Args:
        rows: account code of every observation.
        columns: trait code of every observation, -1 for none.
        n_rows: number of accounts.
        df_least: drop traits seen on fewer accounts.
        df_most: drop traits seen on more accounts (pairs grow with its square).
    """
    known = columns >= 0
    if not known.any():
        return sparse.csr_array((n_rows, 0))
    width = int(columns.max()) + 1
    pairs = np.unique(rows[known] * width + columns[known])
    row, column = pairs // width, pairs % width
    df = np.bincount(column, minlength=width)
    kept = (df >= df_least) & (df <= df_most)
    number = np.cumsum(kept) - 1
    chosen = kept[column]
    return sparse.csr_array(
        (np.ones(int(chosen.sum())), (row[chosen], number[column[chosen]])),
        shape=(n_rows, int(kept.sum())),
    )


def account_trait(world: World, name: str, account_names: Sequence[str]) -> Codes:
    """A trait out of the account table, one code an account, -1 where unknown."""
    table = world.accounts
    if table is None or name not in table.column_names:
        return np.full(len(account_names), -1, dtype=np.int64)
    coded = encode(table[name])
    at = dict(zip(table["account"].to_pylist(), coded.codes.tolist(), strict=True))
    return np.array([at.get(account, -1) for account in account_names], dtype=np.int64)


def by_name(names: Sequence[str], scores: NDArray[Any]) -> dict[str, float]:
    """Scores (n_accounts,) keyed by account."""
    return dict(zip(names, np.asarray(scores, dtype=np.float64).tolist(), strict=True))
