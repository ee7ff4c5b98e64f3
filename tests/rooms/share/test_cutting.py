"""What is withheld leaves no trace in what is released."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.model.errors import NotAllowed
from stillwatch.model.marking import Marking, Purpose, Tlp
from stillwatch.model.party import Party
from stillwatch.share.cutting import cut, is_word, released_bundle
from stillwatch.share.markings import marking_object
from stillwatch.share.reading import marking_for, read_bundle
from stillwatch.share.releasing import may_release
from tests.rooms.share.marked import HOLDS, MARKINGS, NOW_US, PARTIES, marking, party
from tests.rooms.share.told import bulletin, campaign, complaints, of_type


def known(*marks: Marking) -> dict[str, Marking]:
    return {marking_object(one)["id"]: one for one in marks}


@settings(max_examples=60, deadline=None)
@given(st.lists(MARKINGS, min_size=1, max_size=2), PARTIES, st.sampled_from(Purpose))
def test_nothing_goes_that_may_not_and_nothing_mentions_it(
    marks: list[Marking], who: Party, purpose: Purpose
) -> None:
    """All pairs of marking and recipient, bundles mixed."""
    marks = [m for m in marks if m.owner == "omega"] or [marking()]
    objects = [
        one
        for at, m in enumerate(marks)
        for one in bulletin(m, campaign=campaign(id=f"c{at}"))["objects"]
    ]
    # A note that tells of both, and a sighting of the second by the first.
    notes = [one for one in objects if one["type"] == "note"]
    both = {**notes[0], "id": "note--11111111-1111-4111-8111-111111111111",
            "object_refs": [one["id"] for one in objects if one["type"] == "campaign"]}  # fmt: skip
    markings = known(*marks)
    found = cut([*objects, both], markings, who, NOW_US, purpose)
    for one in found.objects:
        mine = marking_for(one, markings)
        assert is_word(one) == (mine is None)
        if mine is not None:
            assert may_release(mine, who, NOW_US, purpose)
    told = orjson.dumps(found.objects).decode()
    for name in found.withheld:
        assert name not in told
    if not any(may_release(m, who, NOW_US, purpose) for m in marks):
        assert found.objects == ()


def test_a_stranger_gets_nothing_and_is_told_why() -> None:
    told, markings = bulletin(), known(marking())
    with pytest.raises(NotAllowed, match="may not go to KP; s is not one of the members"):
        released_bundle(told, markings, party("s", jurisdiction="KP", communities=frozenset()),
                        NOW_US)  # fmt: skip


def test_a_member_gets_all_of_it_and_it_is_valid() -> None:
    told = bulletin()
    got = released_bundle(told, known(marking()), party(), NOW_US)
    assert got["objects"] == told["objects"]
    assert complaints(got) == []
    assert read_bundle(orjson.dumps(got)) == (told["objects"], [])


def test_what_is_marked_with_an_unknown_marking_is_withheld() -> None:
    other = marking(Tlp.GREEN, basis=HOLDS)
    assert cut(bulletin()["objects"], known(other), party(), NOW_US).objects == ()
    assert cut(bulletin()["objects"], {}, party(), NOW_US).objects == ()


def test_one_object_of_two_markings_goes_where_both_let_it() -> None:
    wide, narrow = marking(Tlp.GREEN), marking(Tlp.RED, partners=frozenset({"alpha"}))
    told = bulletin(wide)
    refs = [marking_object(m)["id"] for m in (wide, narrow)]
    for one in told["objects"]:
        if one["type"] == "campaign":
            one["object_marking_refs"] = refs
    markings = known(wide, narrow)
    assert of_type({"objects": cut(told["objects"], markings, party(), NOW_US).objects}, "campaign")
    left = cut(told["objects"], markings, party("beta"), NOW_US).objects
    assert {one["type"] for one in left if not is_word(one)} == {"indicator"}
    assert of_type(told, "campaign")[0]["id"] not in orjson.dumps(left).decode()
