"""The desk: log, policy and campaigns put together from the settings, for commands and mouths."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stillwatch.adapters.control.case_key import case_key
from stillwatch.adapters.control.log import DecisionLog
from stillwatch.adapters.control.policies import load_policy
from stillwatch.adapters.results import load_last, load_result
from stillwatch.adapters.settings import Settings
from stillwatch.control import Book, Policy
from stillwatch.control.deciding import propose
from stillwatch.control.reading import duration_us
from stillwatch.model.decision import Decision
from stillwatch.model.errors import BadInput

LOG_NAME = "decisions.jsonl"
SNAPSHOT_NAME = "state.json"
VERDICTS_NAME = "verdicts.jsonl"


class Desk:
    """Where decisions are made.

    Args:
        settings: what is in force.
        read_only: look only; nothing is made or locked.
    """

    def __init__(self, settings: Settings, *, read_only: bool = False) -> None:
        self.section = settings.control
        self.log = DecisionLog(self.section.folder / LOG_NAME, read_only=read_only)

    @property
    def snapshot(self) -> Path:
        """Where limits and usage are kept."""
        return self.section.folder / SNAPSHOT_NAME

    def policy(self) -> Policy:
        """The policy in force."""
        return load_policy(self.section.policy)

    def case_key(self) -> bytes:
        """The secret that case numbers are made with."""
        return case_key(self.section.folder, self.section.case_key)

    def propose(self, campaigns: dict[str, Any], moment_us: int) -> list[Decision]:
        """Let the rules speak of what was found, and log what they say."""
        book = self.book(moment_us)
        book.learn_campaigns(campaigns)
        made = propose(self.policy(), book.members, self.log.ledger.enforcement, moment_us)
        self.log.append(*made)
        return made

    def book(self, moment_us: int) -> Book:
        """A book with what the log and the settings know: agreements, step-ups, leaked keys.

        Raises:
            BadInput: the file of leaked keys cannot be read.
        """
        made = Book(self.log.ledger.registry)
        for account, step in self.log.ledger.steps(moment_us).items():
            made.step_up(account, step.value)
        if self.section.leaked_keys is not None:
            made.leaked = _lines(self.section.leaked_keys)
        return made

    def decision(self, beginning: str) -> Decision:
        """The one decision whose id begins like this.

        Raises:
            BadInput: there is none, or more than one.
        """
        known = self.log.ledger.enforcement.decisions
        wanted = beginning.removeprefix("decision:")
        found = [d for i, d in known.items() if i.removeprefix("decision:").startswith(wanted)]
        if len(found) != 1:
            how_many = f"{len(found)} decisions begin" if found else "no decision begins"
            raise BadInput(
                f"{how_many} with {beginning!r}.",
                where=str(self.log.path),
                remedy="`stillwatch control log` lists them.",
            )
        return found[0]


def _lines(path: Path) -> frozenset[str]:
    try:
        return frozenset(path.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"the leaked keys cannot be read: {error}.", where=str(path)) from error


def campaigns_from(path: Path | None) -> dict[str, Any]:
    """A saved result of ``detect`` or ``watch``; the last run's where none is named."""
    return load_result(path) if path else load_last()


def now_us() -> int:
    """Microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000


def moment_us(text: str, now: int) -> int:
    """The moment of ``24h`` from now, or of an ISO time.

    Raises:
        BadInput: it is neither.
    """
    try:
        return now + duration_us(text)
    except BadInput:
        pass
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"{text!r} is no moment.", where="until", remedy="Write 24h, 7d or 2026-12-01T00:00Z."
        ) from None
    return round((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() * 1e6)


def iso(us: int) -> str:
    """A moment as RFC 3339, to the second."""
    return datetime.fromtimestamp(us / 1e6, UTC).isoformat(timespec="seconds").replace(
        "+00:00", "Z"
    )  # fmt: skip
