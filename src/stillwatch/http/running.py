"""One replica: everything it holds, how it keeps up with files, and the app in front."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import gc
import logging
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import orjson

from stillwatch.adapters.control.case_key import case_key
from stillwatch.adapters.control.log import DecisionLog
from stillwatch.adapters.control.policies import load_policy
from stillwatch.adapters.control.verdicts import VerdictRecord
from stillwatch.adapters.envoy.bootstrap import route_table
from stillwatch.adapters.envoy.files import put
from stillwatch.adapters.gateway.leading import Leading
from stillwatch.adapters.gateway.settings import ReplicaSettings
from stillwatch.adapters.gateway.shared_limits import SharedLimits
from stillwatch.adapters.gateway.tokens import Callers, load_callers
from stillwatch.control import Book, Gate, Limits
from stillwatch.control.appeals import overdue
from stillwatch.control.deciding import propose
from stillwatch.http.answers import Answers
from stillwatch.http.appeals import Appeals
from stillwatch.http.calls import listening
from stillwatch.http.console import Console
from stillwatch.http.control import SERIES, Mouths, now_us
from stillwatch.http.core import Core
from stillwatch.http.counting import Counts
from stillwatch.http.desk import Desk
from stillwatch.http.health import Health
from stillwatch.http.keeping import KeptLedger
from stillwatch.http.openapi import described
from stillwatch.http.others import Others
from stillwatch.http.routes import App
from stillwatch.http.upkeep import Source, Upkeep
from stillwatch.model.errors import BadInput, OutsideFailed

log = logging.getLogger("stillwatch.http")

LOG_NAME: Final = "decisions.jsonl"
"""The log of decisions, in the folder of ``control``; its commands read and write it too."""
STANDING_NAME: Final = "standing.json"
"""What stands as friction, for the other replicas of the machine."""
VERDICTS_NAME: Final = "verdicts.jsonl"
"""What was said and done, for ``stillwatch control verdicts``; all replicas add to one file."""
RENEW_US: Final = 3_600_000_000
"""Rules and the clock of appeals are asked this often where nothing has changed."""
SWITCH_S: Final = 0.000_5
"""A file that is read beside must not hold a decision up for longer."""


class Replica:
    """One process of the service.

    Args:
        told: its settings.
        counts: path of the table of counters that all replicas of a machine share.
    """

    def __init__(self, told: ReplicaSettings, counts: Path) -> None:
        self._told = told
        self._settings = told.serve
        self._callers = load_callers(told.serve.callers)
        self.book = Book()
        limits, key = _limits(told), case_key(told.folder, told.case_key)
        if told.replicas > 1 and told.case_key is None:
            log.warning("other machines know no case number of this one: set control.case_key")
        self.gate = Gate(load_policy(told.policy), limits, live=told.live, case_key=key)
        self.log = DecisionLog(told.folder / LOG_NAME)
        self.ledger = KeptLedger(self.log, self.book, self.gate)
        self.record = VerdictRecord(told.folder / VERDICTS_NAME)
        self.core = Core(self.book, self.gate, record=self.record)
        self._leading = Leading(told.folder / "leader")
        self._others = Others(told.store, self.log) if told.store else None
        self._renew_at_us = 0
        self._n_followed = -1
        self.upkeep = Upkeep(self._sources(), self._after)
        self.counts = Counts(SERIES, counts, os.getpid())
        answers = Answers(told.serve.public_url)
        named = told.serve.account_header, told.serve.credential_header
        self.mouths = Mouths(self.core, answers, self.counts, *named)

    def app(self) -> App:
        """The app in front of it."""
        callers = self._callers
        appeals, desk = Appeals(self.ledger), Desk(self.ledger)
        routes = [
            *self.mouths.routes(),
            *desk.routes(),
            *appeals.routes(),
            *Console(self.ledger, appeals, desk).routes(),
            *Health(self.counts, self.upkeep, self.ledger).routes(),
        ]
        return App([*routes, described(routes)], callers, lambda: self._running(callers))

    @contextlib.asynccontextmanager
    async def _running(self, callers: Callers) -> AsyncIterator[None]:
        sys.setswitchinterval(SWITCH_S)
        self.ledger.catch_up()
        self.upkeep.start()
        # What was read stays; the collector need not look at it again.
        gc.freeze()
        async with contextlib.AsyncExitStack() as stack:
            if self._settings.grpc_listen:
                answer = self.mouths.envoy_grpc
                door = listening(self._settings.grpc_listen, answer, callers)
                await stack.enter_async_context(door)
            self.record.start()
            stack.callback(self.record.stop)
            keeping = asyncio.create_task(self.upkeep.go_on())
            try:
                yield
            finally:
                keeping.cancel()
                await asyncio.gather(keeping, return_exceptions=True)
                self._leading.give_up()

    def _sources(self) -> list[Source]:
        told = self._settings
        found = []
        if self._told.policy is not None:
            found.append(Source("policy", self._told.policy, self._learn_policy))
        found.append(Source("callers", told.callers, self._learn_callers))
        if self._told.leaked_keys is not None:
            found.append(Source("leaked keys", self._told.leaked_keys, self._learn_leaked))
        if told.accounts is not None:
            found.append(Source("accounts", told.accounts, self._learn_accounts))
        if told.credentials is not None:
            found.append(Source("credentials", told.credentials, self._learn_credentials))
        if told.campaigns is not None:
            learn = self.ledger.learn_campaigns
            found.append(Source("campaigns", told.campaigns, learn, needed=False))
        standing = self._told.folder / STANDING_NAME
        learn_standing = self._learn_standing
        found.append(Source("standing", standing, learn_standing, needed=False, counts=False))
        return found

    def _learn_standing(self, path: Path) -> None:
        try:
            self.core.tell(orjson.loads(path.read_bytes()))
        except (OSError, orjson.JSONDecodeError):
            raise OutsideFailed(f"{path} cannot be read.") from None

    def _learn_policy(self, path: Path) -> None:
        self.gate.policy = load_policy(path)

    def _learn_callers(self, path: Path) -> None:
        self._callers.become(load_callers(path))

    def _learn_leaked(self, path: Path) -> None:
        try:
            self.book.leaked = frozenset(path.read_text(encoding="utf-8").split())
        except (OSError, UnicodeDecodeError) as error:
            raise OutsideFailed(f"{path} cannot be read: {error}.") from None

    def _learn_accounts(self, path: Path) -> None:
        # Arrow is imported only where there is a table to read.
        from stillwatch.adapters.control.history import account_rows
        from stillwatch.adapters.readers import read_accounts

        self.book.learn_accounts(account_rows(read_accounts(path)))

    def _learn_credentials(self, path: Path) -> None:
        self.core.whose = read_credentials(path)

    def _after(self, changed: bool) -> None:
        """What follows from a look: decisions that are due, and what stands told anew."""
        leads = self._leading.leads()
        if leads and self._others is not None:
            with self.ledger.turn:
                leads = self._others.exchange()
        self.ledger.catch_up()
        # Somebody at this replica's desk may have made it hear them before this look.
        n_heard = self.ledger.n_heard
        heard = n_heard != self._n_followed
        if leads and (changed or heard or now_us() >= self._renew_at_us):
            self._decide()
        if self._leading.leads() and (changed or heard or now_us() >= self._renew_at_us):
            self._tell_standing()
        self._n_followed = n_heard

    def _tell_standing(self) -> None:
        """Write down what stands as friction; one replica of a machine goes through it for all."""
        moment = now_us()
        found = dict(self.core.found(moment))
        ends_us = self.gate.enforcement.at(moment).horizon_us
        self._renew_at_us = min(ends_us, moment + RENEW_US)
        put(self._told.folder / STANDING_NAME, found, mode=0o600)
        if self._settings.envoy_routes is not None:
            table = route_table(found, self._settings.account_header)
            put(self._settings.envoy_routes, table, mode=0o644)

    def _decide(self) -> None:
        """Write down what rules and the clock of appeals ask for; one replica does so."""
        moment, enforcement = now_us(), self.gate.enforcement
        due = propose(self.gate.policy, self.book.members, enforcement, moment)
        appeals, rulings = self.ledger.appeals.values(), self.ledger.rulings.values()
        for decision in [*due, *overdue(appeals, rulings, enforcement.decisions, moment)]:
            self.ledger.write(decision)


def _limits(told: ReplicaSettings) -> Limits:
    """In the store where one is named, else in a file that the processes of a machine map."""
    if told.store is None:
        told.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return SharedLimits(told.folder / "limits")
    from stillwatch.adapters.control.redis_limits import RedisLimits, connect

    return RedisLimits(connect(told.store), n_replicas=told.replicas * told.serve.workers)


def read_credentials(path: Path) -> dict[str, str]:
    """Accounts by digest of their credential.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: it lacks a column, or a row lacks a value.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if not {"credential", "account"} <= set(rows.fieldnames or ()):
                raise BadInput("it needs the columns credential and account", where=str(path))
            found = {str(row["credential"]).lower(): str(row["account"]) for row in rows}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OutsideFailed(f"{path} cannot be read: {error}.") from None
    if any(not key or not name or name == "None" for key, name in found.items()):
        raise BadInput("a row lacks a value", where=str(path))
    return found
