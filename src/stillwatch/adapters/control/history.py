"""History for a replay: exchanges in order of time, accounts, what was found, what is true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.adapters.labelled import read_columns
from stillwatch.adapters.readers import open_exchanges, read_accounts, read_releases
from stillwatch.control import Book, Call
from stillwatch.control.replaying import Row
from stillwatch.model.errors import BadInput

#: columns that a request's facts are made from; content is never read.
COLUMNS = (
    "sent_at", "account", "model", "credential", "operation", "pathway", "max_tokens", "samples",
    "logprobs", "network", "address", "client", "output_tokens", "reasoning_tokens",
    "replayed_reasoning",
)  # fmt: skip
_BATCH = 65_536


@dataclass(frozen=True, slots=True)
class History:
    """Exchanges, sorted by time."""

    table: pa.Table

    @property
    def first_us(self) -> dict[str, int]:
        """By account, its first exchange."""
        by = self.table.group_by("account").aggregate([("sent_us", "min")])
        return dict(zip(by["account"].to_pylist(), by["sent_us_min"].to_pylist(), strict=True))

    def rows(self) -> Iterator[Row]:
        """The exchanges, one by one."""
        for batch in self.table.to_batches(max_chunksize=_BATCH):
            columns = {name: batch[name].to_pylist() for name in batch.schema.names}
            yield from (_row(values) for values in _tuples(columns))


def read_history(logs: Sequence[str | Path], *, form: str = "auto") -> History:
    """Read exchanges, without their content, and sort them by time.

    Raises:
        BadInput: there are none.
    """
    batches = []
    for batch in open_exchanges(list(logs), format=form):
        kept = pa.Table.from_batches([batch]).select(list(COLUMNS))
        sent = kept["sent_at"].cast(pa.int64())
        n_replayed = pc.fill_null(pc.list_value_length(kept["replayed_reasoning"]), 0)
        kept = kept.drop_columns(["sent_at", "replayed_reasoning"])
        batches.append(kept.append_column("sent_us", sent).append_column("n_replayed", n_replayed))
    if not batches:
        raise BadInput("there are no exchanges.", where=", ".join(map(str, logs)))
    whole = pa.concat_tables(batches)
    order = np.argsort(whole["sent_us"].to_numpy(), kind="stable")
    return History(whole.take(pa.array(order)))


def fill_book(book: Book, accounts: Path | None, releases: Path | None) -> None:
    """Fill a book from an account table and a releases file."""
    if accounts is not None:
        book.learn_accounts(account_rows(read_accounts(accounts)))
    if releases is not None:
        book.released_us = {one.model: one.released_at_us for one in read_releases(releases)}


def account_rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    """Rows as :meth:`Book.learn_accounts` takes them; ``region`` is left where it is."""
    opened = table["opened_at"].cast(pa.int64()).to_pylist()
    names = ("account", "plan", "programme", "verification", "disclosed")
    columns = [table[name].to_pylist() for name in names]
    for moment, *values in zip(opened, *columns, strict=True):
        yield {"opened_us": moment, **dict(zip(names, values, strict=True))}


def read_truth(path: Path) -> Mapping[str, tuple[str | None, str | None]]:
    """By account, its true campaign and its twin."""
    table = read_columns(path, ("account", "campaign", "twin"))
    columns = [table[name].to_pylist() for name in ("account", "campaign", "twin")]
    return {a: (c, t) for a, c, t in zip(*columns, strict=True)}


def _tuples(columns: Mapping[str, list[Any]]) -> Iterator[tuple[Any, ...]]:
    names = (
        "account", "credential", "model", "operation", "pathway", "network", "address", "client",
        "max_tokens", "samples", "logprobs", "reasoning_tokens", "n_replayed", "sent_us",
        "output_tokens",
    )  # fmt: skip
    return zip(*(columns[name] for name in names), strict=True)


def _row(values: tuple[Any, ...]) -> Row:
    (
        account, credential, model, operation, pathway, network, address, client, max_tokens,
        samples, logprobs, reasoning, n_replayed, sent_us, output_tokens,
    ) = values  # fmt: skip
    call = Call(
        account=account,
        credential=credential or "",
        model=model or "",
        operation=operation or "chat",
        pathway=pathway or "",
        network=network or address or "",
        client=client or "",
        max_tokens=max_tokens,
        samples=samples or 1,
        logprobs=bool(logprobs),
        reasoning=bool(reasoning),
        replayed_reasoning=n_replayed,
    )
    return Row(call, sent_us, output_tokens or 0)
