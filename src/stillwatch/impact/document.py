"""Document: the contract ``stillwatch.impact/1``, from which screen, page and PDF are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stillwatch.impact.assumptions import Assumptions, Origin
from stillwatch.impact.collateral import Line
from stillwatch.impact.counted import Counted
from stillwatch.impact.counterfactual import Swing, tornado, worlds
from stillwatch.impact.economics import costs
from stillwatch.impact.lag import SuiteLag
from stillwatch.impact.quantities import Estimate, answers, attempts, usable_tokens
from stillwatch.impact.uplift import Learning, elsewhere, share_of_gap, uplift
from stillwatch.model.quantity import Quantity

SCHEMA: Final = "stillwatch.impact/1"
LIMITS: Final = (
    "The four quantities answer four questions. They are never added, and no one number stands "
    "for what was taken.",
    "Whoever is named may be innocent; a share of what is counted here may be an honest "
    "customer's. The low ends weigh every account by its membership.",
    "What was bought from others or logged by resellers leaves no trace in these logs.",
    "That tokens could close a gap does not say that anybody trained on them.",
    "The lab's students are small and their task is one table; the shape of the curve is theirs.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an estimate is about.

    Args:
        campaign: its id, or empty where none was found.
        case: id of its case, or empty.
        source: where it was read from, as a digest or a name without a folder.
        first_seen, last_seen: as the result has them; empty where there is no campaign.
        days: from the first to the last exchange, at least a day.
        logs_read: whether the logs were counted, or the result's sums alone.
        defence: that was in force, as the lab calls it; ``none`` where nothing is told.
    """

    campaign: str
    case: str
    source: str
    first_seen: str
    last_seen: str
    days: float
    logs_read: bool
    defence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lags:
    """What public results say of one model.

    Args:
        model: name; empty where none was asked about.
        is_example: whether it is the shipped reference and nobody's suspected copy.
        suites: what each suite says.
        published: what others published of it, as they said it.
        inflation: per suite, points by which public tasks flatter it.
        as_of: day of the youngest row.
        n_rows, n_models, n_benchmarks: of the table.
    """

    model: str
    is_example: bool
    suites: tuple[SuiteLag, ...]
    published: tuple[Mapping[str, Any], ...]
    inflation: Mapping[str, Quantity]
    as_of: str
    n_rows: int
    n_models: int
    n_benchmarks: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "model": self.model, "is_example": self.is_example,
            "suites": [one.to_json() for one in self.suites],
            "published": [dict(one) for one in self.published],
            "inflation": {name: q.to_json() for name, q in self.inflation.items()},
            "as_of": self.as_of, "n_rows": self.n_rows, "n_models": self.n_models,
            "n_benchmarks": self.n_benchmarks,
        }  # fmt: skip


def document_of(
    subject: Subject, counted: Counted, learning: Learning, know: Assumptions, *,
    lags: Lags | None, collateral: Mapping[str, Sequence[Line]], notes: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Everything that can be said of what left, what it bought and what it cost.

    Args:
        subject: what it is about.
        counted: what was sent and got.
        learning: what the lab's students teach.
        know: the assumptions in force.
        lags: of a model, where public results were looked at.
        collateral: ledgers by their scope.
        notes: sentences of the reader, such as rows that were set aside.
    """
    tokens = usable_tokens(counted, know)
    assert tokens.value is not None
    inside = uplift(tokens.value, learning, know, defence=subject.defence)
    four = (attempts(counted, know), answers(counted, know), tokens, inside)
    outside = elsewhere(inside.value, know)
    bill = costs(counted, tokens.value, subject.days, know)
    could_have_been = worlds(
        tokens.value, learning, know, in_force=subject.defence, usd_per_mtok=bill[0].per_mtok
    )
    return {
        "schema": SCHEMA,
        "subject": {
            "campaign": subject.campaign, "case": subject.case, "source": subject.source,
            "first_seen": subject.first_seen, "last_seen": subject.last_seen,
            "days": subject.days, "logs_read": subject.logs_read, "defence": subject.defence,
        },
        "counted": counted.to_json(),
        "quantities": [one.to_json() for one in four],
        "elsewhere": outside.to_json(),
        "costs": [one.to_json() for one in bill],
        "worlds": [one.to_json() for one in could_have_been],
        "sensitivity": {
            "usable_tokens": _swings(counted, learning, know, tokens, subject.defence),
            "uplift": _swings(counted, learning, know, inside, subject.defence),
        },
        "lab": learning.to_json(),
        "lags": lags and lags.to_json(),
        "guesses": [one.to_json() for one in know if one.origin is Origin.GUESS],
        "collateral": {scope: [line.to_json() for line in lines]
                       for scope, lines in collateral.items()},
        "assumptions": [one.to_json() for one in know if one.origin is not Origin.GUESS],
        "limits": list(LIMITS),
        "notes": list(notes),
    }  # fmt: skip


def _swings(
    counted: Counted, learning: Learning, know: Assumptions, of: Estimate, defence: str
) -> list[dict[str, Any]]:
    """The tornado of one of the four, on its best value; what moves nothing is left out."""

    def result(here: Assumptions) -> float:
        tokens = usable_tokens(counted, here).value
        assert tokens is not None
        if of.name == "usable_tokens":
            return tokens.best
        return share_of_gap(tokens, learning, here, defence).best

    found: list[Swing] = tornado(of.rests_on, know, result)
    return [one.to_json() for one in found if one.width > 0]
