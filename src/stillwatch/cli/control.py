"""``stillwatch control``: the list of its commands."""

from __future__ import annotations

import click

from stillwatch.cli.lazy import Entry, LazyGroup

_POLICY = "stillwatch.cli.policies"
_DECIDING = "stillwatch.cli.deciding"
_APPEALS = "stillwatch.cli.appeals"

ENTRIES: tuple[Entry, ...] = (
    Entry(name="check", module=_POLICY, attribute="check",
          line="Say whether a policy stands, and what it says."),
    Entry(name="explain", module=_POLICY, attribute="explain",
          line="Say why a rule holds or does not, part by part."),
    Entry(name="facts", module=_POLICY, attribute="facts",
          line="List the facts that a policy may speak of, and the rungs."),
    Entry(name="backtest", module=_POLICY, attribute="backtest",
          line="Say whom a policy would have touched, by rung."),
    Entry(name="propose", module=_DECIDING, attribute="propose",
          line="Let the rules decide about the campaigns that were found."),
    Entry(name="decide", module=_DECIDING, attribute="decide",
          line="Decide about a campaign or an account, as a person."),
    Entry(name="approve", module=_DECIDING, attribute="approve",
          line="Consent to a decision that waits for it."),
    Entry(name="undo", module=_DECIDING, attribute="undo",
          line="Take a decision back; what stood before it stands again."),
    Entry(name="kill", module=_DECIDING, attribute="kill",
          line="Stop all controls at once; verdicts go on being noted."),
    Entry(name="log", module=_DECIDING, attribute="log",
          line="List the log of decisions, its chain checked."),
    Entry(name="status", module=_DECIDING, attribute="status",
          line="Say what is in force, what waits and what is late."),
    Entry(name="verdicts", module=_DECIDING, attribute="verdicts",
          line="Sum up the record of verdicts: what was said, and what was done."),
    Entry(name="register", module=_APPEALS, attribute="register",
          line="Agree to a use beforehand: a study, a reseller, a migration."),
    Entry(name="step-up", module=_APPEALS, attribute="step_up",
          line="Note that a verification was asked for, passed or failed."),
    Entry(name="appeals", module=_APPEALS, attribute="appeals",
          line="Open, list and rule on appeals; publish how they end."),
)  # fmt: skip


@click.command(cls=LazyGroup, entries=ENTRIES)
def control() -> None:
    """Decide who may call and how much, and take it back."""
