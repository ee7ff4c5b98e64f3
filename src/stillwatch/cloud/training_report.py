"""Report of a training run: the fields that a dated pack asks for, what is missing, what is due.

Nothing is sent. The report is a draft for people, who owe it where the rule is in force.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from stillwatch.cloud.customers import Pack
from stillwatch.cloud.regimes import NOT_ADVICE
from stillwatch.model.errors import BadInput
from stillwatch.model.quantity import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Which fields a report has.

    Args:
        rule: the rule that asks for it.
        identity: fields of the customer's record.
        run: fields of the run.
    """

    rule: str
    identity: tuple[str, ...]
    run: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A day on which something is due.

    Args:
        day: until when.
        what: what is due.
        days_left: from the day of the look; negative is overdue.
    """

    day: date
    what: str
    days_left: int


def form_from(told: Mapping[str, Any], *, where: str) -> Form:
    """The form that a parsed TOML file holds.

    Raises:
        BadInput: a field is missing.
    """
    try:
        entry = told["report"]
        return Form(
            rule=str(entry["id"]),
            identity=tuple(map(str, entry["identity"])),
            run=tuple(map(str, entry["run"])),
        )
    except (KeyError, TypeError) as error:
        raise BadInput(f"holds no form of a report: {error}.", where=where) from error


def clocks(
    pack: Pack, day: date, *, known_on: date | None, asked_on: Sequence[date] = ()
) -> list[Clock]:
    """What is due, the next first.

    Args:
        pack: how many days there are.
        day: the day of the look.
        known_on: the day on which the provider knew or had reason to believe; nothing where no
            run is to be told.
        asked_on: days on which the Department asked more.
    """
    due: list[tuple[date, str]] = []
    if known_on is not None and pack.report_due_days is not None:
        due.append((known_on + timedelta(days=pack.report_due_days), "report the training run"))
    if pack.answer_due_days is not None:
        due += [
            (asked + timedelta(days=pack.answer_due_days), f"answer the question of {asked}")
            for asked in asked_on
        ]
    return [Clock(day=when, what=what, days_left=(when - day).days) for when, what in sorted(due)]


def draft(
    form: Form,
    *,
    record: Mapping[str, Any] | None,
    operations: Quantity | None,
    started_on: date | None,
    ends_on: date | None,
    hardware: str,
    told: Mapping[str, str],
    show_identity: bool,
) -> dict[str, Any]:
    """The fields of a report, and which of them are missing.

    Args:
        form: which fields.
        record: the customer's; nothing where there is none.
        operations: estimated, with interval.
        started_on: day of the first job.
        ends_on: day of the last.
        hardware: primary accelerator and how many.
        told: what the customer told: ``training_practices``, ``weights_security``.
        show_identity: put the record's values in; otherwise only whether they are there.
    """
    run: dict[str, Any] = {
        "estimated_operations": None if operations is None else operations.to_json(),
        "anticipated_start": None if started_on is None else str(started_on),
        "anticipated_end": None if ends_on is None else str(ends_on),
        "primary_hardware": hardware or None,
        "training_practices": told.get("training_practices"),
        "weights_security": told.get("weights_security"),
    }
    held = record or {}
    identity = {
        name: (held.get(name) if show_identity else "on record") if held.get(name) else None
        for name in form.identity
    }
    values = {name: run.get(name) for name in form.run}
    missing = [name for name, value in (*identity.items(), *values.items()) if value is None]
    return {
        "rule": form.rule,
        "identity": identity,
        "run": values,
        "missing": missing,
        "note": NOT_ADVICE,
    }
