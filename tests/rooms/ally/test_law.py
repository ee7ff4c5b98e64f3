"""Rule packs by date, transfers, access tiers, trend packs, labels."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.ally.members import load_packs
from stillwatch.ally.access import GIVES, Tier, access, closed
from stillwatch.ally.labels import LABELS, LANGUAGES, label
from stillwatch.ally.packs import ACTS, FACTS, Says, Status, compare, may_transfer, pack_from
from stillwatch.ally.trends import pooled, trends_of
from stillwatch.model.errors import BadInput, NotEnoughEvidence
from stillwatch.model.marking import LegalBasis, Purpose
from stillwatch.model.party import Party

PACKS = load_packs()
CASE = {
    "account_data_of_persons": True, "automated_measure": True, "campaign_found": True,
    "crosses_border": True,
}  # fmt: skip


def outcome(facts: dict[str, Any], act: str, codes: str, day: date) -> tuple[str, dict[str, str]]:
    found = compare(facts, [PACKS[code] for code in codes.split()], day)
    one = next(a for a in found["acts"] if a["act"] == act)
    return one["outcome"], {c: p["position"] for c, p in one["positions"].items()}


def test_seven_jurisdictions_each_with_source_and_dates() -> None:
    assert sorted(PACKS) == ["AU", "CA", "EU", "JP", "KR", "UK", "US"]
    for pack in PACKS.values():
        for rule in pack.rules:
            assert rule.source and rule.told
            assert rule.status is not Status.IN_FORCE or rule.since
            assert rule.status is not Status.PROPOSED or not rule.in_force(date(2030, 1, 1))


def test_a_ban_without_a_human_is_forbidden_in_one_and_permitted_in_another() -> None:
    said, positions = outcome(CASE, "automated_ban", "EU UK US", date(2026, 11, 25))
    assert (said, positions) == (
        "difference", {"EU": "forbids", "UK": "permits", "US": "silent"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "position"),
    [
        (date(2025, 9, 30), "permits"), (date(2025, 10, 1), "silent"),
        (date(2025, 12, 1), "permits"), (date(2026, 11, 25), "silent"),
    ],
)  # fmt: skip
def test_a_permission_that_lapsed_is_none(day: date, position: str) -> None:
    found = compare({"campaign_found": True}, [PACKS["US"]], day)
    act = next(a for a in found["acts"] if a["act"] == "share_with_providers")
    assert act["positions"]["US"]["position"] == position
    assert len(act["positions"]["US"]["not_in_force"]) == (1 if position == "permits" else 2)


@pytest.mark.parametrize(
    ("day", "position"),
    [(date(2023, 10, 29), "silent"), (date(2024, 6, 1), "requires"), (date(2025, 1, 20), "silent")],
)
def test_a_repealed_duty_was_one_while_it_stood(day: date, position: str) -> None:
    said, positions = outcome({"training_run_known": True}, "report_training_run", "US", day)
    assert positions == {"US": position}
    assert said == ("one speaks" if position == "requires" else "not in force")


def test_a_rule_that_begins_later_begins_then() -> None:
    for day, position in ((date(2026, 12, 9), "silent"), (date(2026, 12, 10), "requires")):
        assert outcome(CASE, "tell_the_person", "AU EU", day)[1]["AU"] == position


def pack(says: str, changed: dict[str, Any] | None = None) -> dict[str, Any]:
    rule = {
        "id": "r", "act": "keep_evidence", "says": says, "status": "in force",
        "since": date(2020, 1, 1), "told": "t", "source": "s", "verify": True, **(changed or {}),
    }  # fmt: skip
    return {"jurisdiction": says[:2].upper(), "name": "n", "as_of": date(2026, 1, 1),
            "rule": [rule]}  # fmt: skip


def test_one_requires_what_another_forbids_is_a_conflict() -> None:
    packs = [pack_from(pack("requires")), pack_from(pack("forbids"))]
    assert compare({}, packs, date(2026, 1, 1))["acts"][0]["outcome"] == "conflict"
    assert compare({}, packs[:1], date(2026, 1, 1))["acts"][0]["outcome"] == "one speaks"


@given(st.dictionaries(st.sampled_from(sorted(FACTS)), st.sampled_from([True, False, None])),
       st.dates(date(2010, 1, 1), date(2035, 1, 1)))  # fmt: skip
def test_every_case_has_an_answer_and_no_rule_is_dropped(facts: dict[str, Any], day: date) -> None:
    found = compare(facts, list(PACKS.values()), day)
    shown = {r["id"] for a in found["acts"] for p in a["positions"].values()
             for r in [*p["rules"], *p["not_in_force"]]}  # fmt: skip
    held = frozenset(name for name, value in facts.items() if value)
    wanted = {r.id for p in PACKS.values() for r in p.rules if r.applies(held)}
    assert shown == wanted
    assert set(found["not_known"]) == {n for n in FACTS if facts.get(n) is None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"act": "invade"}, {"when": ["rain"]}, {"says": "maybe"}, {"status": "soon"},
        {"since": "2020-01-01"}, {"until": date(2019, 1, 1)}, {"more": 1},
    ],
)  # fmt: skip
def test_a_pack_that_is_wrong_names_its_rule(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=r"rule r|2020"):
        pack_from(pack("permits", wrong))
    with pytest.raises(BadInput):
        compare({"weather": True}, [], date(2026, 1, 1))


def test_data_about_persons_goes_nowhere_by_default() -> None:
    def may(
        home: str, to: str, *, personal: bool = True, safe: frozenset[str] = frozenset()
    ) -> bool:
        return may_transfer(PACKS, home, to, personal=personal, safeguards=safe)[0]

    assert may("DE", "FR") and may("DE", "JP") and may("GB", "DE")
    assert not may("DE", "AU") and not may("JP", "US") and not may("ZZ", "US")
    assert may("DE", "AU", personal=False) and may("DE", "AU", safe=frozenset({"AU"}))


BASIS = LegalBasis(name="b", kind="contract", from_us=10, until_us=20)
ALLY = Party(name="p", jurisdiction="JP", communities=frozenset({"g7"}))


def test_access_is_opened_by_everything_together_and_ends() -> None:
    tier = Tier(
        name="trusted", gives=frozenset({"new_model_access", "trend_packs"}),
        communities=frozenset({"g7"}), jurisdictions=frozenset({"JP"}), basis=BASIS,
    )  # fmt: skip
    assert access([tier], ALLY, Purpose.DEFENCE, 15) == {
        "trend_packs": "trusted", "new_model_access": "trusted",
    }  # fmt: skip
    for party, purpose, now_us in (
        (ALLY, Purpose.DEFENCE, 20), (ALLY, Purpose.DEFENCE, 9), (ALLY, Purpose.POLICY, 15),
        (Party(name="p", jurisdiction="JP"), Purpose.DEFENCE, 15),
        (Party(name="p", communities=frozenset({"g7"})), Purpose.DEFENCE, 15),
    ):  # fmt: skip
        assert access([tier], party, purpose, now_us) == {}
        assert closed(tier, party, purpose, now_us)
    with pytest.raises(BadInput):
        Tier(name="x", gives=frozenset({"weights"}), basis=BASIS)
    assert GIVES[0] == "trend_packs"


def campaign(n: int, technique: str = "SWT-E2", month: int = 5) -> dict[str, Any]:
    return {
        "id": f"campaign:{n}", "first_seen": f"2026-{month:02}-03T00:00:00Z",
        "accounts": [{"account": f"who{n}.{i}"} for i in range(60)],
        "techniques": [technique, "ann@mail.example"],
    }  # fmt: skip


def test_a_trend_pack_holds_months_techniques_and_rounded_counts_alone() -> None:
    found = trends_of([campaign(n) for n in range(8)] + [campaign(9, "SWT-A1")])
    assert found["techniques"] == [{"month": "2026-05", "technique": "SWT-E2", "n": 10}]
    assert found["n_left_out"] == 1
    assert "who" not in str(found) and "mail" not in str(found)
    assert trends_of([campaign(n) for n in range(2)])["techniques"] == []


def test_a_pool_needs_three_nodes_in_every_cell() -> None:
    packs = [trends_of([campaign(n) for n in range(5)]) for _ in range(3)]
    assert pooled(packs)["techniques"][0]["n"] == 15
    odd = trends_of([campaign(n, "SWT-H9") for n in range(5)])
    assert [t["technique"] for t in pooled([*packs, odd])["techniques"]] == ["SWT-E2"]
    with pytest.raises(NotEnoughEvidence):
        pooled(packs[:2])
    for wrong in ({}, {"schema": "x"}, pooled(packs), packs[0] | {"techniques": [{"month": "x"}]}):
        with pytest.raises(BadInput):
            pooled([*packs, wrong])
    with pytest.raises(BadInput):
        trends_of([{"id": "campaign:1"}])


def test_every_label_stands_in_every_language() -> None:
    assert all(len(told) == len(LANGUAGES) and all(told) for told in LABELS.values())
    assert all(told[0] == word or word in {"one_operator", "industrial_scale", "fraud_enabled",
                                           "holds", "holds not", "advice"}
               for word, told in LABELS.items())  # fmt: skip
    assert label("forbids", "de") == "verbietet" and label("forbids", "xx") == "forbids [en]"
    assert {s.value for s in Says} <= set(LABELS) and len(ACTS) > 8
