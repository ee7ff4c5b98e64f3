"""All routes of a vendor together: which differ, and what may be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from stillwatch.model.quantity import Quantity
from stillwatch.stats.proportions import holm
from stillwatch.vet.part import Outcome, Part, Point, Severity
from stillwatch.vet.substitution.battery import battery_digest
from stillwatch.vet.substitution.comparing import Compared
from stillwatch.vet.substitution.leads import Lead

METHOD: Final = "substitution 1 (exchangeable marks; bets)"
#: questions below which nothing is said of a route.
FEWEST: Final = 100
LIMITS: Final = (
    "It says that a route's answers are not drawn as the reference's are. A model that was swapped "
    "is one account of that; text put before the questions, another temperature, coarser weights "
    "and a version that was announced are others.",
    "A model whose short answers are as the reference's is not seen, nor is a share of it; how "
    "close is too close stands in the table of power of the benchmark, made on made models.",
    "A vendor who knows the questions can send them to the right model. Ask over accounts and at "
    "times that do not stand out, and draw another seed for another plan.",
    "Whatever speaks through the reference is taken to be right: if it changes, or gives kept "
    "answers to some of what it is asked again, all routes differ.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A change that the vendor announced.

    Args:
        route: whose; empty for all.
        at_us: from when on.
        note: what was announced.
    """

    route: str
    at_us: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A route with its place among the others.

    Args:
        compared: what its answers say.
        p_adjusted: Holm's, over all routes of the plan.
        differs: whether it is at most the rate of false alarms that was asked for.
        announced: the change that was announced within the interval of its beginning.
    """

    compared: Compared
    p_adjusted: float
    differs: bool
    announced: Announced | None


def judge(
    routes: Sequence[Compared], *, alpha: float, announced: Sequence[Announced] = ()
) -> list[Judged]:
    """Say which routes differ, with false alarms at most ``alpha`` over all of them together.

    Args:
        routes: every route of the plan, those without answers too.
        alpha: in (0, 1).
        announced: changes that a vendor announced.
    """
    adjusted = holm([
        one.p_either if one.n >= FEWEST and one.is_comparable else 1.0 for one in routes
    ])  # fmt: skip
    return [
        Judged(
            compared=one, p_adjusted=p, differs=p <= alpha,
            announced=_announced(one, announced) if p <= alpha else None,
        )
        for one, p in zip(routes, adjusted, strict=True)
    ]  # fmt: skip


def part_of(
    judged: Sequence[Judged], *, subject: str, alpha: float, plan: dict[str, Any], reference: str
) -> Part:
    """The part of a vetting.

    Args:
        judged: all routes.
        subject: what was examined.
        alpha: rate of false alarms over all routes.
        plan: what was fixed beforehand, plain values; travels with the result.
        reference: what the routes were compared with, in words.
    """
    outcome, because = _outcome(judged, alpha)
    not_covered = []
    for one in judged:
        found = one.compared
        if found.n < found.n_planned:
            not_covered.append(
                f"Route {found.route}: {found.n:,} of {found.n_planned:,} planned questions could "
                "be compared."
            )
        for reason, n in sorted(found.dropped.items()):
            not_covered.append(f"Route {found.route}: {n:,} questions left out, because {reason}.")
    order = sorted(judged, key=lambda one: (not one.differs, one.p_adjusted))
    return Part(
        name="substitution", subject=subject, outcome=outcome, because=because,
        points=tuple(point for one in order for point in _points(one, alpha)),
        covered=tuple(
            f"Route {one.compared.route}: {one.compared.n:,} questions beside {reference}."
            for one in judged
        ),
        not_covered=tuple(not_covered), limits=LIMITS,
        tools={"stillwatch.vet.substitution": "1", "battery": battery_digest()},
        known_evasions={"battery": (
            "questions that are recognised can be sent to the right model",
            "a substitute that was trained on the reference's answers answers alike",
        )},
        measured={
            "alpha": alpha, "plan": plan,
            "routes": [
                {**one.compared.to_json(), "p_adjusted": one.p_adjusted, "differs": one.differs,
                 "announced": None if one.announced is None else
                 {"at_us": one.announced.at_us, "note": one.announced.note}}
                for one in judged
            ],
        },
    )  # fmt: skip


def _outcome(judged: Sequence[Judged], alpha: float) -> tuple[Outcome, str]:
    differ = [one for one in judged if one.differs]
    silent = [one for one in differ if one.announced is None]
    if silent:
        names = ", ".join(one.compared.route for one in silent)
        rivals = any(lead.explains for one in silent for lead in open_leads(one))
        more = " An innocent account is open; see the points." if rivals else ""
        return Outcome.CONCERN, (
            f"Answers by {names} are not drawn as the reference's are (false alarms at most "
            f"{alpha:g} over {len(judged)} routes).{more}"
        )
    if differ:
        names = ", ".join(one.compared.route for one in differ)
        return Outcome.UNDECIDED, (
            f"Answers by {names} differ since a change that was announced; the reference is of "
            "before it. Make a reference of the new version."
        )
    kept = [one.compared.route for one in judged if not one.compared.is_comparable]
    if kept:
        return Outcome.UNDECIDED, (
            f"The reference gives one answer whenever it is asked the same: {', '.join(kept)} "
            "cannot be held against it. Ask a reference that draws anew."
        )
    short = [one.compared for one in judged if one.compared.n < one.compared.n_planned]
    if all(one.compared.n == 0 for one in judged):
        return Outcome.NOT_EXAMINED, "No question could be compared yet."
    if short:
        return Outcome.UNDECIDED, (
            f"No difference so far; {len(short)} of {len(judged)} routes have fewer questions than "
            "planned."
        )
    return Outcome.NO_CONCERN, (
        f"No route's answers differ from the reference's in {judged[0].compared.n_planned:,} "
        "questions each. Close models are not told apart."
    )


def open_leads(one: Judged) -> list[Lead]:
    """Leads that stand: an account of a difference needs one."""
    return [lead for lead in one.compared.leads if one.differs or lead.kind != "tilt"]


def _points(one: Judged, alpha: float) -> list[Point]:
    found = one.compared
    share = found.share
    value = None
    # where nothing differs and nobody was named, a share is no measurement
    if found.n >= FEWEST and (one.differs or found.against_candidate):
        value = Quantity(best=share.best, low=share.low, high=share.high, unit="share")
    said = _difference(one, alpha)
    severity = Severity.NOTE
    if one.differs:
        known = found.against_candidate and share.low > 0
        severity = Severity.CRITICAL if known else Severity.WARNING
        severity = Severity.NOTE if one.announced else severity
    main = Point(
        title="answers differ from the reference's" if one.differs else "no difference shown",
        severity=severity, observed=said, where=found.route, value=value,
        p_value=max(one.p_adjusted, 1e-300), log2_e=found.most_log2_e, method=METHOD,
    )  # fmt: skip
    leads = [
        Point(
            title="an innocent account is open" if lead.explains else "a lead",
            severity=Severity.NOTE, observed=lead.said, where=found.route, method="leads, no test",
        )
        for lead in open_leads(one)
    ]  # fmt: skip
    return [main, *leads]


def _difference(one: Judged, alpha: float) -> str:
    found, share = one.compared, one.compared.share
    by_p = "not taken yet" if found.p is None else f"{found.p:.2g}"
    told = [
        f"{found.n:,} questions; p {by_p} at the planned {found.n_planned:,}, "
        f"{found.most_log2_e:.1f} bits by bets, {one.p_adjusted:.2g} with both over all routes "
        f"(alarm at {alpha:g})."
    ]
    if found.n >= FEWEST and found.against_candidate:
        told.append(
            f"The candidate gave {share.best:.0%} of the answers ({share.low:.0%} to "
            f"{share.high:.0%})."
        )
    elif one.differs and share.low >= 0.005:
        told.append(f"Another source gave at least {share.low:.0%} of the answers.")
    elif one.differs:
        told.append("How much came from elsewhere cannot be said.")
    if one.differs and found.began is not None:
        told.append(
            "It was so before the first look."
            if found.began.low == 0
            else "It began while it was looked at."
        )
    elif one.differs:
        told.append("Since when cannot be said.")
    if one.announced is not None:
        told.append(f"Announced: {one.announced.note}.")
    return " ".join(told)


def _announced(found: Compared, announced: Sequence[Announced]) -> Announced | None:
    """The announced change that fits when the difference began."""
    for one in announced:
        if one.route not in ("", found.route) or found.began_us is None or found.began is None:
            continue
        low, _, high = found.began_us
        if (found.began.low == 0 or low <= one.at_us) and one.at_us <= high:
            return one
    return None
