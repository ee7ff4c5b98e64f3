"""Laws of cases: no way to a name with less, no word beyond its evidence, no lost history."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stillwatch.adapters.cases.tables import likelihoods
from stillwatch.attribute import entries as kinds
from stillwatch.attribute.bands import BANDS, band_of, probability
from stillwatch.attribute.book import Case, case_of
from stillwatch.attribute.claims import QUESTIONS, VERBS, judge
from stillwatch.attribute.evidence import is_direct
from stillwatch.attribute.exclusions import APPLIES, NOT_APPLIES, NOT_LOOKED
from stillwatch.attribute.naming import NOT_NAMED, holds_name, name_to_show, naming_of
from stillwatch.attribute.parts import ADVERSARIAL, MET
from stillwatch.attribute.ranking import rank
from stillwatch.attribute.signoffs import statement
from stillwatch.model.errors import BadInput, NotAllowed
from stillwatch.model.finding import Claim, Finding
from stillwatch.model.quantity import Quantity
from tests.rooms.attribute.persons import (
    NAME,
    PEOPLE,
    ROSTER,
    about_party,
    added,
    document,
    grown,
    nameable,
    opened,
    proposed,
    signed,
)

FAMILIES = ("payment", "identity", "external", "partner:one", "partner:two", "network")


def texts(value: Any) -> list[str]:
    """Every text of a document."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [t for one in value.values() for t in texts(one)]
    return [t for one in value for t in texts(one)] if isinstance(value, list) else []


steps = st.lists(
    st.one_of(
        st.tuples(st.just("propose"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("finding"), st.sampled_from(FAMILIES), st.booleans(),
                  st.sampled_from([-5.0, 2.0, 6.0])),
        st.tuples(st.just("sign"), st.sampled_from(PEOPLE),
                  st.sampled_from(["analyst", "red_team"]),
                  st.sampled_from(["consents", "consents", "dissents"])),
        st.tuples(st.just("note"), st.just(f"I think it is {NAME}.")),
    ),
    max_size=14,
)  # fmt: skip


def played(case: Case, moves: list[tuple[Any, ...]]) -> Case:
    """The case after some moves of persons."""
    for move in moves:
        match move:
            case ("propose", by):
                case = proposed(case, by=by)
            case ("finding", family, direct, bits):
                case = added(case, about_party(family, direct=direct, bits=bits, low=min(bits, 3)))
            case ("sign", name, role, verdict):
                case = signed(case, name, role, verdict)
            case ("note", text):
                case = grown(case, kinds.NOTE, {"text": text})
    return case


def enough(moves: list[tuple[Any, ...]]) -> bool:
    """Told a second time, in the plainest way: whether everything is there for a name."""
    proposals = [m for m in moves if m[0] == "propose"]
    matter = [i for i, m in enumerate(moves) if m[0] in ("propose", "finding")]
    if not proposals:
        return False
    sums: dict[str, list[float]] = {}
    direct = set()
    for _, family, is_record, bits in (m for m in moves if m[0] == "finding"):
        origin = "partner" if family.startswith("partner:") else family
        best, worst = sums.setdefault(origin, [0.0, 0.0])
        sums[origin] = [max(best, bits), min(worst, bits)]
        if is_record and origin != "partner" and bits > 0:
            direct.add(origin)
    told = [about_party(f, direct=d, bits=b, low=min(b, 3)) for _, f, d, b in
            (m for m in moves if m[0] == "finding")]  # fmt: skip
    band = judge(QUESTIONS[3], told, n_alike=1).band
    if band is None or band.word not in ("likely", "very likely", "almost certain"):
        return False
    support = {f for f, (best, worst) in sums.items() if best + worst >= 3.0}
    last = [m for m in moves[matter[-1] :] if m[0] == "sign"]
    against = {m[1] for m in last if m[3] == "dissents"}
    consent = {m[1] for m in last if m[3] == "consents"} - against
    red = {m[1] for m in last if m[3] == "consents" and m[2] == "red_team"} & consent
    return (
        len(support) >= 3 and bool(direct & support) and not against
        and len(consent) >= 2 and bool(red - {m[1] for m in proposals})
    )  # fmt: skip


WAY = [
    ("propose", "ann"),
    ("finding", "payment", True, 6.0),
    ("finding", "identity", False, 6.0),
    ("finding", "external", False, 6.0),
    ("sign", "bob", "red_team", "consents"),
    ("sign", "cyn", "analyst", "consents"),
]


@given(steps)
@example(WAY)
@example([*WAY, ("sign", "dan", "analyst", "dissents")])
@example([*WAY[:4], ("finding", "network", False, -5.0), *WAY[4:]])
@example([("propose", "bob"), *WAY[1:]])
@example([("propose", "bob"), *WAY])
def test_no_way_leads_to_a_name_with_less(moves: list[tuple[Any, ...]]) -> None:
    case = played(opened(), moves)
    naming = naming_of(case, ROSTER)
    assert naming.may_be_named == enough(moves)
    assert not any(holds_name(text, [NAME]) for text in texts(document(case)))
    if not naming.may_be_named:
        with pytest.raises(NotAllowed):
            name_to_show(case, naming)


def test_the_whole_way_leads_there() -> None:
    assert enough(WAY)
    assert naming_of(played(opened(), WAY), ROSTER).may_be_named


def test_a_name_comes_only_where_it_is_asked_for() -> None:
    case = nameable()
    assert name_to_show(case, naming_of(case, ROSTER)) == NAME
    quiet, shown = document(case), document(case, NAME)
    assert quiet["organisation"] == NOT_NAMED
    assert not any(holds_name(text, [NAME]) for text in texts(quiet))
    assert shown["organisation"] == NAME


def test_a_name_that_was_proposed_before_stays_hidden_when_another_is_shown() -> None:
    old = "Sundial Partners"
    case = proposed(opened(), old)
    told = Finding(
        about=case.campaign, claim=Claim.OPERATOR,
        value=Quantity(best=1.0, low=0.0, high=2.0, unit="bit"), family="external",
        evidence=("page:1",), method="x y z", window=(0, 1), observed="paid by SUNDIAL partners",
    )  # fmt: skip
    case = added(case, told)
    case = case_of([*case.entries, *_moved(nameable(), case)])
    case = signed(signed(case, "bob", "red_team"), "cyn")
    shown = document(case, name_to_show(case, naming_of(case, ROSTER)))
    assert shown["organisation"] == NAME
    assert not any(holds_name(text, [old]) for text in texts(shown))
    assert told.id not in texts(shown)
    assert told.id in texts(document(added(opened(), told)))


def _moved(other: Case, after: Case) -> list[kinds.Entry]:
    """The proposal and the findings of another case, as entries after this one's."""
    out: list[kinds.Entry] = []
    for entry in other.entries:
        if entry.kind in (kinds.PROPOSED, kinds.FINDING):
            last = out[-1] if out else after.entries[-1]
            out.append(
                kinds.Entry(
                    n=last.n + 1, kind=entry.kind, made_us=last.made_us, by=entry.by,
                    body=entry.body, before=last.id,
                )
            )  # fmt: skip
    return out


def test_a_signature_lapses_when_something_is_added_and_another_case_cannot_use_it() -> None:
    case = added(nameable(), about_party("network", direct=False))
    naming = naming_of(case, ROSTER)
    assert not naming.may_be_named
    assert {one.why for one in naming.signed} == {"something was added since"}
    moved = grown(opened(1), kinds.SIGNED, dict(nameable().entries[-1].body), "cyn")
    (one,) = naming_of(moved, ROSTER).signed
    assert not one.counts


def test_a_signature_that_was_changed_or_made_by_nobody_on_the_roster_does_not_count() -> None:
    case = opened()
    told = statement(case, name="eve", role="red_team", verdict="consents")
    forged = grown(case, kinds.SIGNED, {"statement": told, "signature": "00" * 64}, "eve")
    assert not naming_of(forged, ROSTER).signed[0].counts
    good = signed(case, "bob").entries[-1].body
    changed = {**good, "statement": {**good["statement"], "verdict": "dissents"}}
    assert not naming_of(grown(case, kinds.SIGNED, changed, "bob"), ROSTER).signed[0].counts


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=3, max_size=12)


@given(NAMES, st.sampled_from(["{}", "it is {}!", "{}-group", "X{}Y", "{} {}"]))
def test_a_proposed_name_is_in_no_text_of_a_report(name: str, frame: str) -> None:
    case = opened()
    told = Finding(
        about=case.campaign, claim=Claim.INTENT,
        value=Quantity(best=1.0, low=0.0, high=2.0, unit="bit"), family="external",
        evidence=("page:1",), method="x y z", window=(0, 1), observed=frame.format(name, name),
    )  # fmt: skip
    case = added(case, told)
    try:
        case = proposed(case, name)
    except BadInput:
        return
    assert not any(holds_name(text, [name]) for text in texts(document(case)) if text != NOT_NAMED)


bits = st.floats(-20, 20, allow_nan=False).map(lambda x: round(x, 1))


def weighed(claim: Claim, family: str, value: float, *, direct: bool = False) -> Finding:
    return Finding(
        about="campaign:1", claim=claim,
        value=Quantity(best=value, low=value - 1, high=value + 1, unit="bit"), family=family,
        evidence=("admission:1" if direct else "page:1",), method="a b c", window=(0, 1),
    )  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(FAMILIES), bits), max_size=6))
def test_intent_never_exceeds_suggests_without_direct_evidence(
    told: list[tuple[str, float]],
) -> None:
    found = [weighed(Claim.INTENT, family, value) for family, value in told]
    assert not any(is_direct(f) for f in found)
    judged = judge(QUESTIONS[-1], found, n_alike=40)
    assert VERBS.index(judged.verb) <= VERBS.index("suggests")
    assert judged.band is None or judged.band.high_percent <= 80


def test_intent_is_indicated_by_direct_evidence_and_only_by_strong() -> None:
    strong = [weighed(Claim.INTENT, "external", 8.0, direct=True)]
    assert judge(QUESTIONS[-1], strong, n_alike=40).verb == "indicates"
    weak = [weighed(Claim.INTENT, "external", -8.0, direct=True)]
    assert judge(QUESTIONS[-1], weak, n_alike=40).verb == "does not show"


@given(
    st.permutations(list(opened().findings)),
    st.lists(st.sampled_from(range(8)), max_size=5),
)
def test_neither_order_nor_repetition_changes_a_ranking_or_a_claim(
    order: list[Finding], again: list[int]
) -> None:
    table = likelihoods()
    whole = opened().findings
    found = [*order, *(order[i % len(order)] for i in again)]
    assert rank(found, table).to_json() == rank(whole, table).to_json()
    for question in QUESTIONS:
        assert judge(question, found, n_alike=40) == judge(question, whole, n_alike=40)


@given(bits, bits)
def test_more_odds_never_give_a_weaker_word(one: float, other: float) -> None:
    low, high = sorted((one, other))
    places = [BANDS.index(band_of(probability(x))) for x in (low, high)]
    assert places == sorted(places)


@given(st.lists(st.sampled_from([APPLIES, NOT_APPLIES, NOT_LOOKED]), min_size=3, max_size=3),
       st.lists(st.sampled_from(["met: x", "not shown: x", "could not look: x", ""]), min_size=4,
                max_size=4))  # fmt: skip
def test_the_strongest_word_needs_four_parts_and_every_exclusion_looked_at(
    answers: list[str], told: list[str]
) -> None:
    case = opened(1)
    body = dict(case.entries[0].body)
    names = ("industrial_scale", "covert", "unauthorised", "fraud_enabled")
    body["record"] = {**body["record"], "claims": dict(zip(names, told, strict=True))}
    case = grown(case, kinds.UPDATED, body, "")
    for name, answer in zip(
        ("authorised_training", "permitted_exception", "express_authorisation"), answers,
        strict=True,
    ):  # fmt: skip
        case = grown(
            case, kinds.ANSWER, {"exclusion": name, "answer": answer, "grounds": "read"}, "ann"
        )
    report = document(case)
    denied = answers[2] == NOT_APPLIES and told[2] in ("could not look: x", "")
    met = [t.startswith(f"{MET}:") for t in told]
    all_met = all((*met[:2], met[2] or denied, met[3]))
    looked = set(answers) == {NOT_APPLIES}
    fits = bool(report["ranking"]) and report["ranking"]["best"] in ("harvest", "rerouted")
    assert (report["term"]["term"] == ADVERSARIAL) == (all_met and looked and fits)
    if APPLIES in answers:
        assert report["closed_by"]
        assert report["claims"] == report["parts"] == report["factors"] == []


@given(st.data())
def test_no_entry_can_be_changed_taken_out_or_put_elsewhere(data: st.DataObject) -> None:
    whole = [e.to_json() for e in nameable().entries]
    place = data.draw(st.integers(0, len(whole) - 1))
    kind = data.draw(st.sampled_from(["drop", "swap", "change", "twice"]))
    told = [dict(one) for one in whole]
    match kind:
        case "drop":
            del told[place]
        case "swap":
            other = (place + 1) % len(told)
            told[place], told[other] = told[other], told[place]
        case "change":
            told[place]["made_us"] += 1
        case "twice":
            told.insert(place, told[place])
    if kind == "drop" and place == len(whole) - 1:
        return  # the end may be missing: a seal over the head tells that, see custody
    with pytest.raises(BadInput):
        case_of([kinds.entry_from(one) for one in told])
