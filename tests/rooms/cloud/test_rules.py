"""Dated rules: one run at three dates, duties apart from choices, records and deadlines."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.cloud.records import read_books
from stillwatch.adapters.cloud.shipped import form, packs, rules, shipped
from stillwatch.cloud.customers import Books, duties, look
from stillwatch.cloud.regimes import Answer, Measured, ask, rules_from
from stillwatch.cloud.training_report import clocks, draft
from stillwatch.model.errors import BadInput
from stillwatch.model.quantity import Quantity, exactly

RUN = Measured(flop=exactly(2e26, "flop"), crossed_on=date(2026, 1, 20))
WHOLE = {
    "customer": "c1", "name": "N", "address": "A", "payment_means": "card",
    "payment_source": "bank",
    "payment_instrument": "x", "email": "e", "phone": "p",
    "access_log": [{"address": "192.0.2.1", "seen_at": "2026-01-01T00:00:00Z"}],
    "beneficial_owners": ["O"], "foreign_determination": False, "foreign_evidence": ["register"],
    "verification_method": "documentary", "verified_at": "2026-01-01", "risk_rating": "low",
}  # fmt: skip


def said(day: str, measured: Measured = RUN) -> dict[str, Answer]:
    return {answer.rule: answer for answer in ask(rules(), measured, date.fromisoformat(day))}


def test_one_run_at_four_dates_has_four_answers() -> None:
    binding = {
        day: sorted(name for name, answer in said(day).items() if answer.binds)
        for day in ("2023-01-01", "2024-06-01", "2025-06-01", "2026-02-01")
    }
    assert binding == {
        "2023-01-01": [],
        "2024-06-01": ["us-eo14110-model"],
        "2025-06-01": [],
        "2026-02-01": ["eu-ai-act-51", "us-ca-sb53"],
    }


def test_days_on_which_force_begins_and_ends() -> None:
    assert not said("2025-08-01")["eu-ai-act-51"].binds
    assert said("2025-08-02")["eu-ai-act-51"].binds
    assert said("2025-01-19")["us-eo14110-model"].binds
    assert not said("2025-01-20")["us-eo14110-model"].binds
    assert said("2026-02-01")["eu-ai-act-51"].due == (
        date(2026, 2, 3),
        "notify the Commission (Article 52(1))",
    )


def test_an_interval_across_the_line_could_be_either_and_binds_nobody() -> None:
    wide = Measured(flop=Quantity(best=1.1e25, low=5e24, high=2e25, unit="flop"))
    answer = said("2026-02-01", wide)["eu-ai-act-51"]
    assert (answer.met, answer.binds) == ("could be either", False)
    assert said("2026-02-01", Measured())["eu-ai-act-51"].met == "could not look"


def test_what_a_rule_asks_for_is_missing_until_told() -> None:
    assert said("2024-06-01")["us-eo14110-bio"].missing == ("biological sequences",)
    told = Measured(flop=exactly(2e23, "flop"), facts={"biological_sequences": True})
    assert said("2024-06-01", told)["us-eo14110-bio"].binds
    other = Measured(flop=exactly(2e23, "flop"), facts={"biological_sequences": False})
    assert said("2024-06-01", other)["us-eo14110-bio"].met == "below"


def test_a_cluster_needs_both_its_peak_and_its_network() -> None:
    def met(peak: float | None, fabric: float | None) -> str:
        measured = Measured(cluster_flop_s=peak, fabric_gbit_s=fabric)
        return said("2024-06-01", measured)["us-eo14110-cluster"].met

    assert met(2e20, 400.0) == "above"
    assert met(2e20, 100.0) == "below"
    assert met(1e20, 400.0) == "below"
    assert met(2e20, None) == "could not look"


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_what_was_never_law_never_binds_and_what_is_proposed_neither(day: date) -> None:
    for rule in rules():
        (answer,) = ask([rule], RUN, day) or [None]
        if answer is not None and (rule.never_law or not rule.on(day).applies):
            assert not answer.binds


def test_rules_of_ones_own_are_read_and_wrong_ones_refused() -> None:
    entry = {
        "id": "own", "title": "t", "jurisdiction": "-", "kind": "policy", "whose": "us",
        "measure": "run_flop", "above": 1e22, "source": "us",
        "status": [{"from": "2026-01-01", "status": "in force"}],
    }  # fmt: skip
    (rule,) = rules_from({"rule": [entry]}, where="own")
    (answer,) = ask([rule], RUN, date(2026, 2, 1))
    assert (answer.kind, answer.met, answer.binds) == ("policy choice", "above", False)
    for wrong in ({"kind": "x"}, {"above": -1}, {"surprise": 1}, {"status": []},
                  {"status": [{"from": "2026-01-01", "status": "perhaps"}]}):  # fmt: skip
        with pytest.raises(BadInput):
            rules_from({"rule": [{**entry, **wrong}]}, where="own")


def test_every_shipped_rule_has_a_source_and_doubts_are_marked() -> None:
    for entry in (*shipped("regimes")["rule"], *shipped("customers")["pack"]):
        assert entry["source"], entry["id"]
    assert any("(verify)" in entry.get("doubt", "") for entry in shipped("regimes")["rule"])


def test_a_whole_record_is_complete_and_each_field_taken_away_is_missed() -> None:
    pack, day = packs()[0], date(2026, 2, 1)
    assert look(WHOLE, pack, day).complete
    for name, _ in pack.fields:
        assert look({**WHOLE, name: None}, pack, day).missing == (name,)


@pytest.mark.parametrize(
    "wrong",
    [{"risk_rating": "huge"}, {"verification_method": "guess"}, {"verified_at": "2027-01-01"},
     {"access_log": [{"address": "192.0.2.1"}]}, {"foreign_determination": "maybe"}],
)  # fmt: skip
def test_values_that_cannot_be_are_named_and_not_shown(wrong: dict[str, object]) -> None:
    found = look({**WHOLE, **wrong}, packs()[0], date(2026, 2, 1))
    assert len(found.wrong) == 1
    assert "huge" not in found.wrong[0]


def test_records_are_kept_two_years_after_closure_leap_days_too() -> None:
    closed = {**WHOLE, "closed_on": "2024-02-29"}
    found = look(closed, packs()[0], date(2026, 3, 1))
    assert (found.keep_until, found.may_go) == (date(2026, 2, 28), True)
    assert not look(closed, packs()[0], date(2026, 2, 28)).may_go


def test_certification_and_resellers_are_owed() -> None:
    books = Books(customers={"c": {**WHOLE, "reseller": "r"}}, certified_on=date(2025, 1, 1))
    owed = duties(books, packs()[0], date(2026, 2, 1))
    assert owed[0] == (date(2026, 1, 1), "certify the program (overdue)")
    assert "reseller r" in owed[1][1]


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(0, 60))
def test_reports_are_due_fifteen_days_after(known: date, later: int) -> None:
    day = known + timedelta(days=later)
    due = clocks(packs()[0], day, known_on=known, asked_on=[day])
    assert [one.day for one in due] == sorted(one.day for one in due)
    assert {one.day for one in due} == {known + timedelta(days=15), day + timedelta(days=15)}


def test_a_draft_names_what_is_missing_and_keeps_identity_back() -> None:
    told = draft(
        form(), record=WHOLE, operations=exactly(1e26, "flop"), started_on=date(2026, 1, 1),
        ends_on=None, hardware="8 x h100", told={}, show_identity=False,
    )  # fmt: skip
    assert told["missing"] == ["anticipated_end", "training_practices", "weights_security"]
    assert set(told["identity"].values()) == {"on record"}


def test_a_file_of_records_refuses_unknown_fields_and_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text('{"customer": "a"}\n{"customer": "b", "passport": 1}\n', encoding="utf-8")
    with pytest.raises(BadInput, match=r"c\.jsonl:2: unknown field 'passport'"):
        read_books(path)
