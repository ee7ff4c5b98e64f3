"""A quorum is what nodes found themselves: neither echo nor copy adds, and a liar is one voice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.ally import Leaving, Note, Opinion, Quorum, Stance, Terms, note_from, quorum
from stillwatch.ally.equivocation import equivocations, header_from, header_of
from stillwatch.ally.repeats import own_contents
from stillwatch.model.errors import BadInput
from stillwatch.model.finding import Claim, Finding
from stillwatch.model.marking import LegalBasis, Marking, Tlp
from stillwatch.model.quantity import exactly

NOW = 1_790_000_000_000_000
BASIS = LegalBasis(name="agreement", kind="contract", from_us=0, until_us=2 * NOW)
ABOUT = "campaign:x"


def note(node: str, body: Finding | Opinion | Leaving, revision: int = 1, **more: Any) -> Note:
    mark = Marking(tlp=Tlp.GREEN, owner=node, until_us=more.pop("until_us", 2 * NOW), basis=BASIS)
    return Note(
        node=node, revision=revision, made_us=NOW, marking=mark, body=body,
        salt=more.pop("salt", "0" * 32),
    )  # fmt: skip


def finding(bits: float, family: str = "network", start: int = 0) -> Finding:
    return Finding(
        about=ABOUT, claim=Claim.ONE_OPERATOR, value=exactly(bits, "bit"), family=family,
        evidence=(), method="test", window=(start, start + 1),
    )  # fmt: skip


def opinion(bits: float, why: str = "") -> Opinion:
    stance = Stance.SUPPORTS if bits > 0 else Stance.DISSENTS if bits < 0 else Stance.ABSTAINS
    return Opinion(
        about=ABOUT, claim=Claim.ONE_OPERATOR, stance=stance, weight=exactly(bits, "bit"), why=why
    )


def says(node: str, bits: float, start: int) -> list[Note]:
    return [note(node, finding(bits, start=start)), note(node, opinion(bits))]


def counted(notes: list[Note], members: set[str], **more: Any) -> Quorum:
    caught = equivocations(header_of(one) for one in notes)
    return quorum(notes, caught, frozenset(members), ABOUT, "one_operator", NOW, **more)


THREE = says("a", 5, 1) + says("b", 4, 2) + says("c", 6, 3)
FIVE = {"a", "b", "c", "d", "e"}


def voices(found: Quorum) -> dict[str, float]:
    return {v.node: v.counted_bits for v in found.voices if v.counted_bits}


def test_three_of_five_with_evidence_of_their_own_hold() -> None:
    found = counted(THREE, FIVE)
    assert (found.holds, found.needed, found.bits, found.bits_if_some_lie) == (True, 3, 15, 9)
    assert not counted(THREE[:4], FIVE).holds
    assert not counted(THREE, FIVE, terms=Terms(needed=4)).holds


@pytest.mark.parametrize(
    ("lie", "aside"),
    [
        ([note("d", opinion(900))], "no evidence of its own"),
        ([note("d", finding(5, start=1)), note("d", opinion(900))], "only repeats"),
        ([note("d", finding(b, start=s)) for b, s in ((5, 1), (4, 2), (6, 3))]
         + [note("d", opinion(900))], "only repeats"),
        ([note("d", finding(5, start=9)), note("d", opinion(-9))], "no evidence of its own"),
        ([note("d", finding(5, start=9)), note("d", opinion(5)),
          note("d", opinion(-5), salt="1" * 32)], "contradicted itself"),
        ([note("d", finding(5, start=9)), note("d", opinion(0))], "abstains"),
        ([note("d", finding(5, start=9), until_us=NOW), note("d", opinion(5))], "no evidence"),
    ],
)  # fmt: skip
def test_lies_count_nothing_and_cost_nobody_a_voice(lie: list[Note], aside: str) -> None:
    found = counted(THREE + lie, FIVE)
    assert aside in next(v.aside for v in found.voices if v.node == "d")
    assert voices(found) == {"a": 5, "b": 4, "c": 6}
    # a copy that came first may bear the voice of what it copied; there is no voice more or less
    first = counted(lie + THREE, FIVE)
    assert sorted(voices(first).values()) == [4, 5, 6] and first.holds


def test_a_forged_finding_is_one_voice_under_the_ceiling() -> None:
    found = counted([*THREE, *says("d", 500, 9)], FIVE)
    assert voices(found) == {"a": 5, "b": 4, "c": 6, "d": 8}
    assert found.bits_if_some_lie == 15
    against = counted([*THREE, *says("d", -500, 9)], FIVE)
    assert (against.holds, against.bits) == (True, 7)
    assert [v.node for v in against.dissent] == ["d"]


NAMES = ("a", "b", "c", "d", "e", "f")
CONTENTS = st.dictionaries(
    st.sampled_from(NAMES), st.lists(st.integers(0, 9).map(str), max_size=5), max_size=6
)


@given(CONTENTS)
def test_no_content_gives_two_voices_and_none_is_lost(told: dict[str, list[str]]) -> None:
    given_ = own_contents(told)
    every = [content for held in given_.values() for content in held]
    assert len(every) == len(set(every))
    assert all(held and held <= set(told[name]) for name, held in given_.items())


@given(st.integers(1, 5), st.lists(st.sets(st.integers(0, 4), min_size=1), max_size=6))
def test_whoever_only_copies_adds_no_voice_and_takes_none(
    n_honest: int, copies: list[set[int]]
) -> None:
    honest = {f"h{n}": [f"{n}.1", f"{n}.2"] for n in range(n_honest)}
    told = dict(honest)
    for nth, whom in enumerate(copies):
        if copied := [c for n in whom if n < n_honest for c in honest[f"h{n}"]]:
            told[f"liar{nth}"] = copied
    for order in (told, dict(reversed(told.items()))):
        assert len(own_contents(order)) == n_honest


@given(st.permutations(range(8)), st.integers(0, 3))
def test_forwarding_and_repetition_change_nothing(order: list[int], n_times: int) -> None:
    notes = [*THREE, note("d", opinion(3)), note("e", finding(4, start=2))]
    shuffled = [notes[i] for i in order for _ in range(1 + n_times * (i % 2))]
    assert counted(shuffled, FIVE).id == counted(notes, FIVE).id


def test_who_leaves_has_no_voice() -> None:
    found = counted([*THREE, note("d", Leaving()), *says("d", -8, 9)], FIVE)
    assert (found.n_members, "d" in [v.node for v in found.voices]) == (4, False)


def test_a_later_revision_replaces_the_former() -> None:
    found = counted([*THREE, note("c", opinion(-6, "seen again"), revision=2)], FIVE)
    assert voices(found) == {"a": 5, "b": 4}
    assert found.dissent[0].why == "seen again"


def test_two_notes_on_one_revision_are_a_contradiction_in_any_order() -> None:
    one, other = note("a", opinion(5)), note("a", opinion(-5))
    headers = [header_from(header_of(n).to_json()) for n in (one, other, one)]
    for order in (headers, headers[::-1]):
        assert [(e.node, len(e.notes)) for e in equivocations(order)] == [("a", 2)]
    assert equivocations([header_of(one), header_of(note("a", opinion(-5), revision=2))]) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"revision": 0}, {"revision": "1"}, {"made_us": 1.5}, {"salt": "short"}, {"salt": 1},
        {"node": "B"}, {"node": "b"}, {"kind": "ban"}, {"schema": "other"}, {"personal": "no"},
        {"id": "note:" + "0" * 40}, {"decision": "ban"}, {"body": {}}, {"body": []},
        {"marking": {}},
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(changed: dict[str, Any]) -> None:
    good = note("a", opinion(5)).to_json()
    assert note_from(good).to_json() == good
    with pytest.raises(BadInput):
        note_from(good | changed)


@pytest.mark.parametrize(
    "why", ["write to ann@mail.example", "card 4111 1111 1111 1111", "x" * 281, "+44 20 7946 0958",
            "ａｎｎ＠mail.example"]
)  # fmt: skip
def test_a_reason_holds_no_address_and_no_number(why: str) -> None:
    with pytest.raises(BadInput):
        opinion(1, why)


def test_terms_that_let_one_decide_are_refused() -> None:
    for wrong in ({"n_lying": -1}, {"least_bits": 0.0}, {"needed": -1}, {"ceiling_bits": 1.0}):
        with pytest.raises(BadInput):
            replace(Terms(), **wrong)  # type: ignore[arg-type]
    assert not counted(says("a", 8, 1), {"a"}).holds
