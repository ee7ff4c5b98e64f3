"""Destroying: contents go, and the log says that they went, by whom and why."""

from __future__ import annotations

from collections.abc import Sequence

from stillwatch.adapters.custody.log import CustodyLog
from stillwatch.adapters.custody.sealing import end_with_inventory
from stillwatch.attribute.custody.kinds import (
    EXHIBIT,
    EXHIBITS,
    FORGOTTEN,
    ORIGINALS,
    forgotten_from,
)
from stillwatch.attribute.custody.ranges import ranges_of
from stillwatch.model.errors import BadInput


def forget(
    log: CustodyLog, case: str, numbers: Sequence[int], *, what: str, by: str, because: str
) -> int:
    """Destroy originals, or exhibits with their originals.

    The entry comes first, so that a crash leaves what is said to be gone and is still there;
    :func:`finish_forgetting` ends that. The commitments stay: they prove that something was there
    and, their salts gone, nothing of what.

    Args:
        log: where it is.
        case: whose exhibits.
        numbers: of the exhibits' entries.
        what: ``originals`` or ``exhibits``.
        by: the person who decides.
        because: why: a request, a retention rule, a court.

    Returns:
        how many contents went.

    Raises:
        BadInput: a number is no exhibit of the case, or nobody or no reason is named.
    """
    if not by.strip() or not because.strip() or what not in (ORIGINALS, EXHIBITS):
        raise BadInput("say who destroys it and why: both stand in the log for good.")
    with log.writing() as writer:
        known = {n for n, kind in log.vault.of_case(case) if kind == EXHIBIT}
        strange = sorted(set(numbers) - known)
        if strange or not numbers:
            raise BadInput(f"entry {strange[0] if strange else '?'} is no exhibit of {case}.")
        body = {"because": because, "by": by, "case": case, "entries": ranges_of(numbers),
                "what": what}  # fmt: skip
        writer.add(FORGOTTEN, body)
        writer.flush()
        n_gone = log.vault.destroy(numbers, exhibits=what == EXHIBITS)
        end_with_inventory(log, writer, case)
    return n_gone


def finish_forgetting(log: CustodyLog, case: str) -> int:
    """Destroy what a run that was killed said to have destroyed; returns how many contents went."""
    n_gone = 0
    with log.writing():
        numbers = [n for n, kind in log.vault.of_case(case) if kind == FORGOTTEN]
        for entry in log.entries(numbers):
            told = forgotten_from(entry)
            n_gone += log.vault.destroy(told.entries, exhibits=told.what == EXHIBITS)
    return n_gone
