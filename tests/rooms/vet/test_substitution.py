"""Routes beside a reference: found, dated, excused, and never accused for what is innocent."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from benchmarks.vet.substitution.made import (
    answers,
    cut_under_load,
    keeping,
    since,
    speaking,
)
from stillwatch.lab.served_model import MadeModel, vocabulary
from stillwatch.model.errors import BadInput
from stillwatch.stats.proportions import holm
from stillwatch.vet import Answer, Outcome, Severity, part_from
from stillwatch.vet.substitution import (
    FAMILIES,
    Announced,
    battery_digest,
    compare,
    judge,
    pair,
    part_of,
    questions,
)
from stillwatch.vet.substitution.battery import TWICE_EVERY
from stillwatch.vet.substitution.pairing import NOTHING, REFUSED, kind_of

MODEL = MadeModel(family=3)
OTHER = MadeModel(family=3, drift=1.0)
N = 400


@cache
def usual(n: int = N) -> list[Answer]:
    return answers(questions(0, n, seed=1, n_samples=3), speaking(MODEL), np.random.default_rng(1))


def served(speak, n: int = N, route: str = "a") -> list[Answer]:
    return answers(questions(0, n, seed=1, route=route), speak, np.random.default_rng(2))


def judged(speak, *, other=(), announced=(), n: int = N):
    found = compare("a", served(speak, n), usual(n), other, n_planned=N, seed=1)
    return judge([found], alpha=1e-3, announced=announced)


def part(found, **more):
    return part_of(found, subject="v", alpha=1e-3, plan={}, reference="r", **more)


def test_every_question_is_new_and_the_same_for_every_route():
    one = questions(0, 2_000, seed=7, route="a")
    assert len({probe.messages[0].text for probe in one}) == 2_000
    assert len({probe.name for probe in one}) == 2_000
    assert {probe.tags["family"] for probe in one} == {family.name for family in FAMILIES}
    assert [p.messages for p in questions(500, 100, seed=7)] == [p.messages for p in one[500:600]]
    assert questions(0, 50, seed=8)[3].messages != one[3].messages
    assert sum(probe.n_samples == 2 for probe in one) == 2_000 // TWICE_EVERY
    assert battery_digest().startswith("battery:")
    with pytest.raises(BadInput):
        questions(1_000_000, 10, seed=1)


@pytest.mark.parametrize(
    ("text", "finish", "n_words", "kind"),
    [
        ("**Teal**\n", "stop", 1, "teal"),
        ("“Forty-two”.", "stop", 1, "forty-two"),
        ("New York City!", "stop", 2, "new york"),
        ("Ünïcode ﬁsh", "stop", 2, "ünïcode fish"),
        ("", "stop", 1, NOTHING),
        ("\u202e\x00!!!", "stop", 1, NOTHING),
        ("", "content_filter", 1, REFUSED),
        ("Turqu", "length", 1, None),
        ("Blue is a", "length", 1, "blue"),
        ("x", "error", 1, None),
        ("a" * 10**6, "stop", 1, "a" * 40),
    ],
)
def test_answers_are_told_by_their_first_words(text: str, finish: str, n_words: int, kind):
    said = Answer(
        probe="0", sample=0, text=text, said_model="", finish=finish, input_tokens=None,
        output_tokens=None, asked_us=0, took_us=0,
    )  # fmt: skip
    assert kind_of(said, n_words) == kind


def test_another_model_is_found_its_share_held_and_its_beginning_dated():
    other = answers(questions(0, N, seed=1), speaking(OTHER), np.random.default_rng(5))
    (one,) = judged(since(speaking(MODEL), speaking(OTHER), 200), other=other)
    found = one.compared
    assert one.differs and found.p == 1 / 20_000 and found.most_log2_e > 15
    assert found.share.low <= 0.5 <= found.share.high and found.share.high < 0.6
    assert found.began is not None and found.began_us is not None
    low, _, high = found.began_us
    assert low <= 60_000_000 * 200 <= high and high - low < 60_000_000 * 40
    told = part([one])
    assert told.outcome is Outcome.CONCERN and "a are not drawn" in told.because
    assert told.points[0].severity is Severity.CRITICAL
    assert told.points[0].value is not None and told.points[0].value.low > 0.3
    assert part_from(json.loads(json.dumps(told.to_json()))) == told
    words = {word for word in vocabulary(200) if len(word) > 4}
    assert not words & set(json.dumps(told.to_json()).split())


def test_innocent_routes_are_not_accused():
    for speak in (
        keeping(speaking(MODEL)),
        cut_under_load(speaking(MODEL), 0.1),
        speaking(MODEL, jitter=0.02),
    ):
        (one,) = judged(speak)
        assert not one.differs and one.p_adjusted > 1e-3
        assert part([one]).outcome is Outcome.NO_CONCERN or one.compared.n < N


def test_a_reference_that_keeps_its_answers_accuses_nobody():
    asked = questions(0, N, seed=1, n_samples=3)
    kept = answers(asked, keeping(speaking(MODEL)), np.random.default_rng(1))
    found = compare("a", served(speaking(MODEL)), kept, n_planned=N, seed=1)
    assert found.p is not None and found.p < 1e-3
    assert "reference_kept" in {lead.kind for lead in found.leads}
    told = part(judge([found], alpha=1e-3))
    assert told.outcome is Outcome.UNDECIDED and "draws anew" in told.because


def test_a_reference_that_keeps_some_answers_is_an_open_account():
    asked, rng = questions(0, N, seed=1, n_samples=3), np.random.default_rng(1)
    fresh = answers(asked, speaking(MODEL), rng)
    held = {one.probe: one for one in answers(asked, keeping(speaking(MODEL)), rng)}
    some = [replace(held[one.probe], sample=one.sample) if int(one.probe) % 40 < 36 else one
            for one in fresh]  # fmt: skip
    found = compare("a", served(speaking(MODEL)), some, n_planned=N, seed=1)
    assert "reference_often_kept" in {lead.kind for lead in found.leads}


def test_kept_answers_and_cut_answers_are_said():
    kept = compare("a", served(keeping(speaking(MODEL)), 1_000), usual(1_000), n_planned=N, seed=1)
    assert "cached" in {lead.kind for lead in kept.leads}
    cut = compare("a", served(cut_under_load(speaking(MODEL), 0.2)), usual(), n_planned=N, seed=1)
    assert "cut" in {lead.kind for lead in cut.leads}
    assert cut.dropped["the route's answer was cut"] > 40 and cut.n < N
    assert cut.p is None
    told = part(judge([cut], alpha=1e-3))
    assert told.outcome is Outcome.UNDECIDED
    assert any("was cut" in line for line in told.not_covered)


def test_text_before_the_questions_and_another_temperature_are_open_accounts():
    (one,) = judged(speaking(MODEL, system="You are very kind."))
    assert one.differs and "system_text" in {lead.kind for lead in one.compared.leads}
    assert "An innocent account is open" in part([one]).because
    (one,) = judged(speaking(replace(MODEL, temperature=0.6)))
    assert one.differs and "tilt" in {lead.kind for lead in one.compared.leads}


def test_an_announced_version_is_no_accusation():
    speak = since(speaking(MODEL), speaking(OTHER), 200)
    when = Announced(route="a", at_us=60_000_000 * 200, note="version 2")
    (one,) = judged(speak, announced=[when])
    told = part([one])
    assert one.differs and one.announced == when
    assert told.outcome is Outcome.UNDECIDED and "announced" in told.because
    early = replace(when, at_us=60_000_000 * 20)
    (one,) = judged(speak, announced=[early, replace(when, route="b")])
    assert one.announced is None and part([one]).outcome is Outcome.CONCERN


def test_too_little_is_no_verdict():
    found = compare("a", [], [], n_planned=N, seed=1)
    told = part(judge([found], alpha=1e-3))
    assert told.outcome is Outcome.NOT_EXAMINED and told.points[0].value is None
    few = compare("a", served(speaking(OTHER), 90), usual(90), n_planned=N, seed=1)
    loud = replace(few, most_log2_e=400.0)
    (one,) = judge([loud], alpha=1e-3)
    # However loud: too few questions for a word on it.
    assert not one.differs and part([one]).outcome is Outcome.UNDECIDED


def test_the_planned_look_is_taken_once_on_the_first_questions():
    whole = served(speaking(OTHER), 600)
    early = compare("a", whole[:430], usual(600), n_planned=N, seed=1)
    late = compare("a", whole, usual(600), n_planned=N, seed=1)
    assert early.p == late.p and late.n == 600 > early.n >= N
    assert late.most_log2_e >= early.most_log2_e


def test_pairs_survive_gaps_repeats_and_disorder():
    rng = np.random.default_rng(0)
    mine, theirs = served(speaking(MODEL), 100), usual(100)
    rng.shuffle(mine)  # type: ignore[arg-type]
    gone = [one for one in theirs if int(one.probe) % 3]
    found = pair(mine, gone)
    assert found.strata.n == sum(nth % 3 > 0 for nth in range(100))
    assert found.dropped == {"the reference has no answer": 34}
    assert list(found.questions) == sorted(found.questions)
    failed = [replace(one, finish="error", text="") for one in mine]
    assert pair(failed, theirs).dropped == {"the route did not answer": 100}


def test_holm_is_never_below_a_single_value_and_keeps_their_order():
    values = [0.2, 1e-5, 0.03, 1.0]
    found = holm(values)
    assert found == [pytest.approx(v) for v in (0.4, 4e-5, 0.09, 1.0)]
    assert holm([]) == []
