"""Appeals: opened once, ruled by another person within 72 hours, restored, counted."""

from __future__ import annotations

import pytest

from stillwatch.control.appeals import (
    DUE_US,
    Appeal,
    Outcome,
    contest,
    overdue,
    rule_on,
    summary,
)
from stillwatch.control.deciding import approve
from stillwatch.control.published import error_rates
from stillwatch.model.errors import BadInput, NotAllowed
from tests.rooms.control.policies import NOW_US, campaign, rule
from tests.rooms.control.test_gate import KEY, House


def opened(house: House, account: str = "a-1", now_us: int = NOW_US) -> Appeal:
    verdict = house.ask(account)
    abouts = list(house.gate.enforcement.decisions)
    return contest(
        verdict.case,
        account,
        abouts=abouts,
        appeals={},
        case_key=KEY,
        now_us=now_us,
        statement="I teach.",
    )


def test_a_granted_appeal_restores_the_account_and_leaves_the_others() -> None:
    house = House(rule())
    appeal = opened(house)
    assert appeal.due_us == NOW_US + DUE_US
    decision = house.gate.enforcement.decisions[appeal.about]
    ruling, restores = rule_on(
        appeal, outcome=Outcome.GRANTED, name="bob", why="A school.", rulings=[],
        decision=decision, approvals=[], now_us=NOW_US,
    )  # fmt: skip
    assert restores is not None
    house.gate.enforcement.add(restores)
    assert (house.ask("a-1").status, house.ask("a-2").status) == (200, 403)
    with pytest.raises(NotAllowed, match="ruled on"):
        rule_on(
            appeal, outcome=Outcome.UPHELD, name="cyd", why="No.", rulings=[ruling],
            decision=decision, approvals=[], now_us=NOW_US,
        )  # fmt: skip


def test_a_case_is_contested_once_and_by_its_own_account() -> None:
    house = House(rule())
    appeal = opened(house)
    abouts = [appeal.about]
    with pytest.raises(BadInput, match="does not belong"):
        contest(appeal.case, "a-2", abouts=abouts, appeals={}, case_key=KEY, now_us=NOW_US)
    with pytest.raises(NotAllowed, match="before"):
        contest(
            appeal.case.replace("-", " ").lower(), "a-1", abouts=abouts,
            appeals={appeal.id: appeal}, case_key=KEY, now_us=NOW_US,
        )  # fmt: skip


def test_nobody_rules_on_what_they_decided() -> None:
    house = House()
    house.person("refuse", "campaign:1")
    appeal = opened(house)
    decision = house.gate.enforcement.decisions[appeal.about]
    with pytest.raises(NotAllowed, match="made the decision"):
        rule_on(
            appeal, outcome=Outcome.GRANTED, name="ann", why="x", rulings=[],
            decision=decision, approvals=[], now_us=NOW_US,
        )  # fmt: skip


def test_nobody_rules_on_what_they_approved() -> None:
    house = House(rule(rung="suspend"))
    enforcement = house.gate.enforcement
    (decision,) = enforcement.decisions.values()
    enforcement.add(
        *(approve(enforcement, decision.id, name=name, now_us=NOW_US) for name in ("ann", "bob"))
    )
    appeal = opened(house)
    assert appeal.about == decision.id
    for name in ("ann", "bob"):
        with pytest.raises(NotAllowed, match=f"{name} approved the decision"):
            rule_on(
                appeal, outcome=Outcome.UPHELD, name=name, why="x", rulings=[], decision=decision,
                approvals=enforcement.approvals.values(), now_us=NOW_US,
            )  # fmt: skip
    ruling, _ = rule_on(
        appeal, outcome=Outcome.UPHELD, name="cyd", why="x", rulings=[], decision=decision,
        approvals=enforcement.approvals.values(), now_us=NOW_US,
    )  # fmt: skip
    assert ruling.name == "cyd"


def test_an_account_whose_72_hours_are_over_falls_to_friction_until_somebody_rules() -> None:
    house = House()
    house.person("suspend", "campaign:1", until_us=NOW_US + 20 * 24 * 3600 * 1_000_000)
    appeal = opened(house)
    known = house.gate.enforcement.decisions
    assert overdue([appeal], [], known, appeal.due_us - 1) == []
    (eased,) = overdue([appeal], [], known, appeal.due_us)
    house.gate.enforcement.add(eased)
    assert overdue([appeal], [], house.gate.enforcement.decisions, appeal.due_us + 1) == []
    late = appeal.due_us + 1
    assert (house.ask("a-1", late).does, house.ask("a-2", late).does) == ("slow", "suspend")


def test_a_layman_can_read_what_was_seen_and_learns_of_nobody_else() -> None:
    house = House(rule())
    decision = house.gate.enforcement.decisions[house.ask("a-1").decision]
    lines = summary(decision, campaign("a-1", "a-2"))
    text = " ".join(lines)
    assert "2 accounts that together sent 1,200 requests" in text
    assert "The same words in 9 of 10 accounts." in text
    assert "contest" in text
    assert not any(word in text for word in ("a-1", "a-2", "SWS-", "bits", "fdr"))


def test_error_rates_are_counted_by_rung_with_their_interval() -> None:
    names = [f"a-{i}" for i in range(10)]
    house = House(rule(), members=campaign(*names))
    appeals = [opened(house, name) for name in names]
    known = house.gate.enforcement.decisions
    rulings = [
        rule_on(
            one, outcome=Outcome.GRANTED if place < 2 else Outcome.UPHELD, name="bob", why="x",
            rulings=[], decision=known[one.about], approvals=[], now_us=NOW_US + 3_600_000_000,
        )[0]
        for place, one in enumerate(appeals[:8])
    ]  # fmt: skip
    rows = {r.rung: r for r in error_rates(known, appeals, rulings, NOW_US + DUE_US + 1)}
    row = rows["refuse"]
    assert (row.n_decisions, row.n_appeals, row.n_ruled, row.n_granted) == (1, 10, 8, 2)
    assert row.granted_share == 0.25
    assert row.granted_low_95 < 0.25 < row.granted_high_95
    assert (row.hours_median, row.n_late) == (1.0, 2)
