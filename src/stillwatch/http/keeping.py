"""The ledger of one process: what the log holds, what the book knows, and the gate."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from stillwatch.adapters.control.log import DecisionLog
from stillwatch.control import Enforcement, Gate, Policy
from stillwatch.control.appeals import Appeal, Ruling
from stillwatch.control.book import Book, Membership
from stillwatch.control.ledger import Thing
from stillwatch.model.errors import BadInput, OutsideFailed


class KeptLedger:
    """A :class:`~stillwatch.http.ledger.Ledger` over a log on disk.

    Args:
        log: the log.
        book: what is known of accounts and campaigns.
        gate: what decides; its enforcement is filled from the log.
    """

    def __init__(self, log: DecisionLog, book: Book, gate: Gate) -> None:
        self._log = log
        self._book = book
        self._gate = gate
        self.turn = threading.RLock()
        self._campaigns: dict[str, Mapping[str, Any]] = {}
        self._n_heard = -1
        self.appeals: Mapping[str, Appeal] = {}
        self.rulings: Mapping[str, Ruling] = {}

    @property
    def enforcement(self) -> Enforcement:
        """Decisions and approvals, folded."""
        return self._gate.enforcement

    @property
    def policy(self) -> Policy:
        """In force."""
        return self._gate.policy

    @property
    def members(self) -> Mapping[str, Membership]:
        """Accounts in campaigns."""
        return self._book.members

    @property
    def live(self) -> bool:
        """Whether anything is done at all."""
        return self._gate.live

    @property
    def case_key(self) -> bytes:
        """The secret that case numbers are made with."""
        return self._gate.case_key

    @property
    def n_heard(self) -> int:
        """Entries of the log that count here, whoever made this process hear them."""
        return self._n_heard

    def campaign(self, name: str) -> Mapping[str, Any] | None:
        """A campaign of the last result."""
        return self._campaigns.get(name)

    def learn_campaigns(self, path: Path) -> None:
        """Put a result in place of the former one.

        Raises:
            OutsideFailed: it cannot be read.
            BadInput: it is no result.
        """
        try:
            result = orjson.loads(path.read_bytes())
            self._book.learn_campaigns(result)
            self._campaigns = {str(one["id"]): one for one in result["campaigns"]}
        except OSError as error:
            raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadInput(
                f"is no result of `stillwatch detect --json`: {type(error).__name__}.",
                where=str(path),
            ) from None

    def write(self, *entries: Thing) -> None:
        """Write it down for good, then let it count."""
        with self.turn:
            self._log.append(*entries)
            self._hear()

    def catch_up(self) -> int:
        """Read what was written since, here or elsewhere; how many entries are new here."""
        with self.turn:
            self._log.refresh()
            return self._hear()

    def _hear(self) -> int:
        """Let count what the log holds.

        Requests are decided meanwhile, so a new fold is made beside the one in use and put in
        its place.
        """
        known = self._log.ledger
        n_new = len(known) - max(self._n_heard, 0)
        if len(known) == self._n_heard:
            return 0
        self._n_heard = len(known)
        moment = time.time_ns() // 1_000
        folded = known.enforcement
        after = Enforcement(folded.decisions.values(), folded.approvals.values())
        after.at(moment)
        self._gate.enforcement = after
        self._book.registry = known.registry
        for account, step in known.steps(moment).items():
            self._book.step_up(account, step)
        self.appeals, self.rulings = dict(known.appeals), dict(known.rulings)
        return n_new
