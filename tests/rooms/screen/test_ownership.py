"""Whom rules of ownership reach: published examples, three dates, rings, unknowns, and laws."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.adapters.screen.shipped import load_regimes
from stillwatch.model.errors import BadInput
from stillwatch.screen.cascade import cascade
from stillwatch.screen.holdings import Graph, Holding, Node, graph_from, share_of
from stillwatch.screen.owning import Outcome, Ruling, governing, rule_on
from stillwatch.screen.regimes import Effect, Reach, regimes_from

REGIMES = load_regimes(None)


def graph(
    held: list[tuple[str, str, Any]],
    listed: dict[str, str],
    seats: tuple[tuple[str, str], ...] = (),
) -> Graph:
    names = sorted(
        {one for row in held for one in row[:2]} | set(listed) | {p for s in seats for p in s}
    )
    return graph_from(
        {
            "schema": "stillwatch.ownership/1",
            "parties": [
                {"id": name, "listed": [{"list": listed[name]}] if name in listed else []}
                for name in names
            ],
            "holdings": [{"owner": a, "owned": b, "share": share} for a, b, share in held],
            "seats": [{"person": person, "of": of} for person, of in seats],
        },
        "made",
    )


def asked(found: Graph, about: str, day: str, regime: str) -> Ruling:
    return next(one for one in rule_on(found, about, day, REGIMES) if one.regime.id == regime)


@pytest.mark.parametrize(
    ("held", "about", "outcome"),
    [
        ([("x", "a", "50%"), ("a", "b", "50%")], "b", Outcome.REACHED),
        ([("x", "a", "25%"), ("y", "a", "25%")], "a", Outcome.REACHED),
        ([("x", "a", "50%"), ("x", "b", "10%"), ("a", "b", "40%")], "b", Outcome.REACHED),
        (
            [("x", "a", "25%"), ("x", "b", "25%"), ("a", "c", "50%"), ("b", "c", "50%")],
            "c", Outcome.NOT_REACHED,
        ),
        ([("x", "a", "49.99%")], "a", Outcome.DILIGENCE),
        ([("x", "a", "1/3"), ("y", "a", "1/6")], "a", Outcome.REACHED),
        ([("a", "b", "60%"), ("b", "a", "60%"), ("x", "z", "1%")], "a", Outcome.NOT_REACHED),
    ],
    ids=["chain", "aggregate", "both ways", "not multiplied", "a hair less", "thirds", "ring"],
)  # fmt: skip
def test_published_examples(held: list[Any], about: str, outcome: Outcome) -> None:
    found = graph(held, {"x": "ofac-sdn", "y": "ofac-sdn"})
    assert asked(found, about, "2026-01-15", "us-ofac-50").outcome is outcome


def test_one_question_on_three_dates_has_three_answers() -> None:
    found = graph([("x", "t", "50%")], {"x": "bis-el"})
    before = [one.regime.id for one in rule_on(found, "t", "2025-09-28", REGIMES)]
    assert "us-bis-affiliates" not in before
    for day, binds in (
        ("2025-09-29", True), ("2025-11-09", True), ("2025-11-10", False), ("2026-11-09", False),
        ("2026-11-10", True),
    ):  # fmt: skip
        ruling = asked(found, "t", day, "us-bis-affiliates")
        assert ruling.outcome is Outcome.REACHED
        assert ruling.binds is binds, day
        assert (ruling.layer is Effect.LEGAL_PROHIBITION) is binds


def test_before_aggregation_two_halves_of_a_half_did_not_add_up() -> None:
    found = graph([("x", "a", "25%"), ("y", "a", "25%")], {"x": "ofac-sdn", "y": "ofac-sdn"})
    assert asked(found, "a", "2014-08-12", "us-ofac-50").outcome is Outcome.DILIGENCE
    assert asked(found, "a", "2014-08-13", "us-ofac-50").outcome is Outcome.REACHED


def test_more_than_half_is_not_half() -> None:
    found = graph([("x", "a", "50%")], {"x": "uk"})
    assert asked(found, "a", "2026-01-01", "uk-freeze").outcome is Outcome.DILIGENCE
    more = graph([("x", "a", "50.01%")], {"x": "uk"})
    assert asked(more, "a", "2026-01-01", "uk-freeze").outcome is Outcome.REACHED


def test_an_unknown_share_is_a_hold_and_never_a_pass() -> None:
    found = graph([("x", "a", None), ("z", "a", "30%")], {"x": "bis-el"})
    ruling = asked(found, "a", "2025-10-15", "us-bis-affiliates")
    assert ruling.outcome is Outcome.HOLD
    assert "Red Flag 29" in " ".join(ruling.because)
    assert ruling.layer is Effect.LEGAL_PROHIBITION
    assert governing(rule_on(found, "a", "2025-10-15", REGIMES)) == ruling


def test_what_others_have_for_certain_rules_a_hold_out() -> None:
    found = graph([("x", "a", None), ("z", "a", "51%")], {"x": "bis-el"})
    assert asked(found, "a", "2025-10-15", "us-bis-affiliates").outcome is Outcome.DILIGENCE


def test_ranges_and_possible_owners_go_on_down_the_chain() -> None:
    found = graph([("x", "a", {"low": "40%", "high": "60%"}), ("a", "b", "50%")], {"x": "ofac-sdn"})
    assert asked(found, "b", "2026-01-01", "us-ofac-50").outcome is Outcome.HOLD


def test_a_shared_board_is_diligence() -> None:
    found = graph([("z", "t", "100%")], {"x": "bis-el"}, (("p", "t"), ("p", "x")))
    ruling = asked(found, "t", "2025-10-15", "us-bis-affiliates")
    assert ruling.outcome is Outcome.DILIGENCE
    assert ruling.layer is Effect.RISK_NOTE
    assert not ruling.binds


def test_the_most_restrictive_rule_comes_first() -> None:
    found = graph([("x", "t", "50%"), ("y", "t", "50%")], {"x": "ofac-sdn", "y": "bis-el"})
    first = governing(rule_on(found, "t", "2026-11-20", REGIMES))
    assert first is not None
    assert first.regime.id == "us-ofac-50"


def test_holdings_have_their_days() -> None:
    told = {
        "schema": "stillwatch.ownership/1",
        "parties": [
            {"id": "x", "listed": [{"list": "ofac-sdn", "from": "2020-01-01"}]},
            {"id": "a"},
        ],
        "holdings": [{"owner": "x", "owned": "a", "share": 0.6, "until": "2024-06-01"}],
    }
    found = graph_from(told, "made")
    outcomes = [
        asked(found, "a", day, "us-ofac-50").outcome
        for day in ("2019-12-31", "2020-01-01", "2024-05-31", "2024-06-01")
    ]
    none, yes = Outcome.NOT_REACHED, Outcome.REACHED
    assert outcomes == [none, yes, yes, none]


@pytest.mark.parametrize(
    "share", ["50", 50, -0.1, "half", True, {"low": 0.6, "high": 0.5}, {"least": 1}, "1/0", "nan"]
)
def test_a_share_that_is_none_is_refused(share: object) -> None:
    with pytest.raises(BadInput):
        share_of(share, "made")


def test_shares_beyond_the_whole_are_refused() -> None:
    with pytest.raises(BadInput, match="add up to 110%"):
        graph([("x", "a", "60%"), ("z", "a", "50%")], {}).on("2026-01-01")


SHARES = st.sampled_from([Fraction(k, 20) for k in (1, 4, 5, 6, 8, 10, 11)])
NAMES = "abcdef"


@st.composite
def graphs(draw: st.DrawFn, *, ranges: bool = False) -> Graph:
    holdings = []
    for owned in NAMES:
        left = Fraction(1)
        for owner in draw(st.sets(st.sampled_from(NAMES), max_size=3)):
            low = min(left, draw(SHARES))
            high = min(Fraction(1), low + draw(SHARES)) if ranges and draw(st.booleans()) else low
            if owner != owned and low > 0:
                holdings.append(Holding(owner=owner, owned=owned, low=low, high=high))
                left -= low
    return Graph(nodes={one: Node(id=one, name=one) for one in NAMES}, holdings=tuple(holdings))


def least_closed(graph: Graph, listed: set[str], reach: Reach) -> set[str]:
    """The meet of every set that holds the listed and is closed: no step, no order, no queue."""
    held = set(NAMES)
    for size in range(len(NAMES) + 1):
        for chosen in combinations(NAMES, size):
            inside = set(chosen)
            if listed <= inside and all(
                name in inside
                or not reach.met(
                    sum(
                        (h.low for h in graph.holdings if h.owned == name and h.owner in inside),
                        Fraction(0),
                    )
                )
                for name in NAMES
            ):
                held &= inside
    return held - listed


@given(graphs(), st.sets(st.sampled_from(NAMES), min_size=1, max_size=2))
@settings(max_examples=200, deadline=None)
def test_the_cascade_is_the_least_closed_set(graph: Graph, listed: set[str]) -> None:
    assert set(cascade(graph, listed, Reach()).certain) == least_closed(graph, listed, Reach())


@given(graphs(ranges=True), st.sampled_from(NAMES))
@settings(max_examples=60, deadline=None)
def test_more_listed_never_reaches_fewer(graph: Graph, listed: str) -> None:
    one = cascade(graph, [listed], Reach())
    two = cascade(graph, {listed, "a"}, Reach())
    assert one.tainted() <= two.tainted()
    assert not set(one.possible) & set(one.certain)


@given(graphs(ranges=True), st.sampled_from(NAMES))
@settings(max_examples=60, deadline=None)
def test_knowing_more_never_unsays_what_was_certain(graph: Graph, listed: str) -> None:
    before = cascade(graph, [listed], Reach())
    told = tuple(
        Holding(owner=h.owner, owned=h.owned, low=h.low, high=h.low) for h in graph.holdings
    )
    after = cascade(Graph(nodes=graph.nodes, holdings=told), [listed], Reach())
    assert set(before.certain) <= set(after.certain) | set(before.certain)
    assert set(after.certain) <= set(before.certain) | set(before.possible)


def test_regimes_that_overlap_or_name_nothing_are_refused() -> None:
    head = 'schema = "stillwatch.regimes/1"\nas_known_on = "2026-01-01"\n'
    body = """[[regime]]
id = "a"
name = "A"
jurisdiction = "X"
lists = ["l"]
effect = "legal_prohibition"
severity = 1
says = "s"
"""
    status = '[[regime.status]]\nfrom = "{}"\nuntil = "{}"\nstatus = "{}"\nsource = "s"\n'
    wrong = (
        status.format("2020-01-01", "", "in_force") + status.format("2021-01-01", "", "repealed"),
        status.format("2020-01-01", "2019-01-01", "in_force"),
        status.format("2020-01-01", "", "maybe"),
        status.format("soon", "", "in_force"),
        "",
    )
    for text in wrong:
        with pytest.raises(BadInput):
            regimes_from(tomllib.loads(head + body + text), "made")
    assert regimes_from(
        tomllib.loads(head + body + status.format("2020-01-01", "", "in_force")), "made"
    ).of_list("l")
