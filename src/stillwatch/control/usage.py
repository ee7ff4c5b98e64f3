"""Usage: what accounts and keys have used of late, in a few numbers each.

Counts decay by half-lives, so that a moment's rate is a sum and nothing is rolled over at
midnight. Distinct networks and clients are counted by a bitmap of 64 cells an hour (linear
counting). Both can be merged: decayed counts add once they are brought to one moment, bitmaps
join by *or*; that is how replicas and snapshots put them together.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import exp
from typing import Any, Final

MINUTE_US: Final = 60e6
HOUR_US: Final = 3_600e6
DAY_US: Final = 86_400e6
_CELLS: Final = 64
#: by filled cells, how many things most likely filled them; all of them filled: 64 ln 64.
_DISTINCT: Final = tuple(
    round(_CELLS * math.log(_CELLS / max(_CELLS - n_full, 1))) for n_full in range(_CELLS + 1)
)


@dataclass(slots=True)
class Used:
    """Decayed counts of one account, as of ``at_us``; each sums to a count over its span."""

    at_us: int = 0
    minute: float = 0.0
    hour: float = 0.0
    day: float = 0.0
    tokens_day: float = 0.0
    refused_day: float = 0.0

    def bring_to(self, now_us: int) -> None:
        """Let time pass; a moment before the last one changes nothing."""
        past = now_us - self.at_us
        if past <= 0:
            return
        day = exp(-past / DAY_US)
        self.minute *= exp(-past / MINUTE_US)
        self.hour *= exp(-past / HOUR_US)
        self.day *= day
        self.tokens_day *= day
        self.refused_day *= day
        self.at_us = now_us

    def merge(self, other: Used) -> None:
        """Add what another replica counted."""
        now_us = max(self.at_us, other.at_us)
        theirs = Used(
            other.at_us, other.minute, other.hour, other.day, other.tokens_day, other.refused_day
        )
        self.bring_to(now_us)
        theirs.bring_to(now_us)
        self.minute += theirs.minute
        self.hour += theirs.hour
        self.day += theirs.day
        self.tokens_day += theirs.tokens_day
        self.refused_day += theirs.refused_day


@dataclass(slots=True)
class Spread:
    """Networks and clients of one credential in this hour and the last."""

    hour: int = 0
    networks: int = 0
    clients: int = 0
    last_networks: int = 0
    last_clients: int = 0

    def note(self, hour: int, network_bit: int, client_bit: int) -> None:
        """A request of an hour came from a network and a client."""
        if hour != self.hour:
            following = hour == self.hour + 1
            self.last_networks = self.networks if following else 0
            self.last_clients = self.clients if following else 0
            self.hour, self.networks, self.clients = hour, 0, 0
        self.networks |= network_bit
        self.clients |= client_bit

    def merge(self, other: Spread) -> None:
        """Join with what another replica saw; the later hour is kept."""
        for last, network, client in (
            (True, other.last_networks, other.last_clients),
            (False, other.networks, other.clients),
        ):
            hour = other.hour - last
            if hour == self.hour:
                self.networks |= network
                self.clients |= client
            elif hour == self.hour - 1:
                self.last_networks |= network
                self.last_clients |= client
            elif hour > self.hour:
                self.note(hour, network, client)


def distinct(cells: int) -> int:
    """How many distinct things filled the cells: linear counting, up to some 250.

    >>> distinct(0), distinct(0b1), distinct(0b111)
    (0, 1, 3)
    """
    return _DISTINCT[cells.bit_count()]


class Usage:
    """Usage of all accounts and credentials that were heard of in the last two days.

    Args:
        n_most: accounts, and credentials, that are kept; beyond it those longest silent go.
    """

    def __init__(self, n_most: int = 1_000_000) -> None:
        self.accounts: dict[str, Used] = {}
        self.credentials: dict[str, Spread] = {}
        self._n_most = n_most
        self._bits: dict[str, int] = {"": 0}

    def note(
        self, account: str, credential: str, network: str, client: str, now_us: int
    ) -> tuple[Used, Spread]:
        """Count one request; returns the account's usage and its credential's spread."""
        used = self.accounts.get(account)
        if used is None:
            used = self.accounts[account] = Used(now_us)
            if len(self.accounts) > self._n_most:
                self._drop(now_us)
        used.bring_to(now_us)
        used.minute += 1.0
        used.hour += 1.0
        used.day += 1.0
        key = credential or account
        spread = self.credentials.get(key)
        if spread is None:
            spread = self.credentials[key] = Spread(int(now_us // HOUR_US))
            if len(self.credentials) > self._n_most:
                self._drop_credentials(now_us)
        spread.note(int(now_us // HOUR_US), self._bit(network), self._bit(client))
        return used, spread

    def answered(self, account: str, output_tokens: int, *, refused: bool, now_us: int) -> None:
        """Count what came of a request."""
        used = self.accounts.get(account)
        if used is not None:
            used.bring_to(now_us)
            used.tokens_day += output_tokens
            used.refused_day += refused

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Everything, as plain tuples, for a snapshot."""
        for name, used in list(self.accounts.items()):
            yield ("a", name, used.at_us, used.minute, used.hour, used.day, used.tokens_day,
                   used.refused_day)  # fmt: skip
        for name, spread in list(self.credentials.items()):
            yield ("c", name, spread.hour, spread.networks, spread.clients,
                   spread.last_networks, spread.last_clients)  # fmt: skip

    def merge(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Join with the rows of a snapshot or of another replica."""
        for kind, name, *numbers in rows:
            if kind == "a":
                self.accounts.setdefault(name, Used()).merge(Used(*numbers))
            else:
                self.credentials.setdefault(name, Spread()).merge(Spread(*numbers))

    def _bit(self, text: str) -> int:
        bit = self._bits.get(text)
        if bit is None:
            if len(self._bits) > 65_536:
                self._bits = {"": 0}
            cell = hashlib.blake2b(text.encode(), digest_size=1).digest()[0] % _CELLS
            bit = self._bits[text] = 1 << cell
        return bit

    def _drop(self, now_us: int) -> None:
        """Forget who has not been heard of for two days, and at most half of the rest."""
        cut = now_us - 2 * DAY_US
        kept = {name: used for name, used in self.accounts.items() if used.at_us > cut}
        if len(kept) > self._n_most // 2:
            order = sorted(kept, key=lambda name: kept[name].at_us)
            kept = {name: kept[name] for name in order[len(kept) // 2 :]}
        self.accounts = kept
        self._drop_credentials(now_us)

    def _drop_credentials(self, now_us: int) -> None:
        """The same of credentials: an account may send as many as it likes."""
        hour = int((now_us - 2 * DAY_US) // HOUR_US)
        kept = {k: s for k, s in self.credentials.items() if s.hour > hour}
        if len(kept) > self._n_most // 2:
            order = sorted(kept, key=lambda name: kept[name].hour)
            kept = {name: kept[name] for name in order[len(kept) // 2 :]}
        self.credentials = kept
