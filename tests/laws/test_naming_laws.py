"""Laws of naming: families that are three, persons that are two, and none of them one twice."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stillwatch.attribute.book import Case
from stillwatch.attribute.naming import naming_of, supports
from tests.rooms.attribute.persons import (
    PARTY,
    ROSTER,
    about_party,
    added,
    nameable,
    opened,
    proposed,
    signed,
)


@pytest.mark.parametrize("without", range(3))
def test_each_family_is_needed(without: int) -> None:
    case = proposed(opened())
    families = [("payment", True), ("identity", False), ("external", False)]
    for nth, (family, direct) in enumerate(families):
        if nth != without:
            case = added(case, about_party(family, direct=direct))
    case = signed(signed(case, "bob", "red_team"), "cyn")
    assert not naming_of(case, ROSTER).may_be_named


def test_one_person_twice_is_one_and_the_proposer_is_no_red_team() -> None:
    base = Case(nameable().entries[:-2])
    twice = signed(signed(base, "bob", "red_team"), "bob", "analyst")
    assert any("different persons" in lack for lack in naming_of(twice, ROSTER).lacks)
    own = signed(signed(base, "ann", "red_team"), "cyn")
    assert any("red team" in lack for lack in naming_of(own, ROSTER).lacks)


def test_whoever_ever_proposed_it_is_no_red_team_and_stands_on_the_roster() -> None:
    base = Case(nameable().entries[:-2])
    for first in ("bob", "Bob ", "somebody"):
        case = proposed(Case(base.entries), by=first)
        case = signed(signed(proposed(case, by="ann"), "bob", "red_team"), "cyn")
        naming = naming_of(case, ROSTER)
        missing = "roster" if first == "somebody" else "red team"
        assert [missing in lack for lack in naming.lacks] == [True]
    # Whoever proposed another organisation did not propose this one.
    case = proposed(proposed(base, "Sundial Partners", by="bob"), by="ann")
    assert naming_of(signed(signed(case, "bob", "red_team"), "cyn"), ROSTER).may_be_named


@given(
    st.dictionaries(
        st.sampled_from(["payment", "identity", "external", "network", "timing"]),
        st.sets(st.integers(0, 6), min_size=1, max_size=3),
        min_size=1,
    ),
    st.randoms(use_true_random=False),
)
@example({"payment": {0}, "identity": {0}, "external": {0}}, Random(0))
@example({"payment": {0, 1}, "identity": {2}, "external": {1, 2}}, Random(0))
def test_families_that_rest_on_one_record_count_as_one(
    records: dict[str, set[int]], random: Random
) -> None:
    told = [
        replace(about_party(family, direct=False), id="", evidence=(f"payment_record:{n}",))
        for family, refs in records.items()
        for n in refs
    ]
    random.shuffle(told)
    families, direct = supports(told, PARTY)
    # Told a second time: a record pulls in whatever rests on it, until nothing is added.
    groups = set()
    for family in records:
        group = {family}
        for _ in records:
            refs = set().union(*(records[one] for one in group))
            group |= {one for one, its in records.items() if its & refs}
        groups.add("+".join(sorted(group)))
    assert set(families) == set(direct) == groups
    assert len(families) == len(groups)
