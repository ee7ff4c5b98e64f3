"""Columns of made traffic as plain arrays, before they become Arrow tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.lab.ragged import Ints, Ragged, stack
from stillwatch.lab.rhythm import Floats


@dataclass(slots=True)
class AccountRows:
    """One entry an account; digests are 64-bit, 0 means null, codes of -1 mean null."""

    key: npt.NDArray[np.uint64]
    opened_us: Ints
    plan: Ints
    programme: Ints
    verification: Ints
    payment: npt.NDArray[np.uint64]
    contact: npt.NDArray[np.uint64]
    device: npt.NDArray[np.uint64]
    organisation: npt.NDArray[np.uint64]
    disclosed: Ints
    region: Ints

    def __len__(self) -> int:
        """Number of accounts."""
        return len(self.key)

    def take(self, rows: Ints) -> AccountRows:
        """The accounts asked for, in that order."""
        return AccountRows(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


@dataclass(slots=True)
class Habits:
    """What an account does when nothing else is said, one entry an account."""

    client: Ints
    tls_variant: Ints
    temperature: Floats
    max_tokens: Ints
    model: Ints
    swift_share: Floats
    adopts_us: Ints
    network: Ints
    host: Ints
    lease_days: Ints
    away_network: Ints
    away_host: Ints
    away_share: Floats
    pathway: Ints
    system: Ints
    tools: Ints
    tongue: Ints
    subjects: Ints
    peak_hour: Floats
    thinks: Floats
    since_us: Ints
    until_us: Ints
    verbosity: Floats
    samples: Ints
    logprobs: Ints

    def take(self, rows: Ints) -> Habits:
        """The habits of the accounts asked for, in that order."""
        return Habits(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


@dataclass(slots=True)
class Group:
    """Accounts with their habits."""

    accounts: AccountRows
    habits: Habits

    def __len__(self) -> int:
        """Number of accounts."""
        return len(self.accounts)

    def take(self, rows: Ints) -> Group:
        """The accounts asked for with their habits, in that order."""
        return Group(self.accounts.take(rows), self.habits.take(rows))


@dataclass(slots=True)
class ExchangeRows:
    """One entry an exchange; -1 (or NaN) means null; ``account`` counts inside the cohort."""

    account: Ints
    sent_us: Ints
    model: Ints
    credential: npt.NDArray[np.uint64]
    conversation: npt.NDArray[np.uint64]
    turn: Ints
    operation: Ints
    pathway: Ints
    temperature: Floats
    max_tokens: Ints
    samples: Ints
    logprobs: Ints
    input_tokens: Ints
    output_tokens: Ints
    reasoning_tokens: Ints
    status: Ints
    finish: Ints
    address: Ints
    network: Ints
    client: Ints
    tls: Ints
    system: Ints
    tools: Ints
    prompt: Ragged
    replayed: Ragged
    response: Ragged

    def __len__(self) -> int:
        """Number of exchanges."""
        return len(self.account)

    def take(self, rows: Ints) -> ExchangeRows:
        """The rows asked for, in that order."""
        moved: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            moved[f.name] = value.take(rows) if isinstance(value, Ragged) else value[rows]
        return ExchangeRows(**moved)

    def pack(self) -> ExchangeRows:
        """The same rows in the smallest types that hold them."""
        small: dict[str, Any] = {k: getattr(self, k).astype(t) for k, t in _SMALL.items()}
        for name in ("prompt", "replayed", "response"):
            small[name] = getattr(self, name).pack()
        return replace(self, **small)


_SMALL: dict[str, npt.DTypeLike] = {
    "account": np.int32,
    "model": np.int8,
    "turn": np.int16,
    "operation": np.int8,
    "pathway": np.int8,
    "temperature": np.float32,
    "max_tokens": np.int32,
    "samples": np.int8,
    "logprobs": np.int8,
    "input_tokens": np.int32,
    "output_tokens": np.int32,
    "reasoning_tokens": np.int32,
    "status": np.int16,
    "finish": np.int8,
    "address": np.uint32,
    "network": np.int16,
    "client": np.int16,
    "tls": np.int16,
    "system": np.int32,
    "tools": np.int16,
}


def join_exchanges(parts: Sequence[ExchangeRows]) -> ExchangeRows:
    """Rows of all parts, one after another; the parts are emptied column by column.

    So no more than one column is held twice. ``account`` is left as it is; a single part
    is given back as it is.
    """
    if len(parts) == 1:
        return parts[0]
    joined: dict[str, Any] = {}
    for f in fields(ExchangeRows):
        values = [getattr(p, f.name) for p in parts]
        joined[f.name] = stack(values) if isinstance(values[0], Ragged) else np.concatenate(values)
        for part in parts:
            setattr(part, f.name, None)
    return ExchangeRows(**joined)


def join_accounts(parts: Sequence[AccountRows]) -> AccountRows:
    """Accounts of all parts, one after another."""
    return AccountRows(
        **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(AccountRows)}
    )


@dataclass(slots=True)
class Cohort:
    """Accounts, what they sent, and the truth about them.

    ``started_us`` is one entry an account. A cohort without accounts goes on for those of
    the cohort before it.
    """

    accounts: AccountRows
    rows: ExchangeRows
    started_us: Ints
    campaign: str | None = None
    twin: str | None = None
