"""The rules of TAXII that need no server: times, marks, tokens, splitting, taking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.model.errors import BadInput
from stillwatch.model.marking import Channel, Tlp
from stillwatch.model.party import Party
from stillwatch.share.extension import EXTENSION
from stillwatch.share.markings import marking_object
from stillwatch.share.taxii_asking import Ask, ask_of
from stillwatch.share.taxii_media import check_accepted, check_sent
from stillwatch.share.taxii_objects import Arrived, Unfit, arrived, objects_of
from stillwatch.share.taxii_paging import next_token, place_of
from stillwatch.share.taxii_refusing import Refused
from stillwatch.share.taxii_sight import ORDER, TLP_IDS, ByMarking, level_of, refs_of, seen_by
from stillwatch.share.taxii_splitting import envelopes
from stillwatch.share.taxii_taking import Held, sorted_out
from stillwatch.share.taxii_times import ns_of, text_of, us_of
from tests.rooms.share.marked import marking
from tests.rooms.share.taxii_hub import MARKS, name_of, thing

KEY = b"k" * 32
START = datetime(1970, 1, 1, tzinfo=UTC)


@given(st.datetimes(datetime(1700, 1, 1), datetime(2260, 1, 1)))
def test_a_moment_comes_back_as_it_went(moment: datetime) -> None:
    us = (moment.replace(tzinfo=UTC) - START) // timedelta(microseconds=1)
    assert us_of(text_of(us)) == us
    assert ns_of(text_of(us)) == us * 1_000


@given(st.text(max_size=40))
def test_what_is_no_time_is_refused_and_nothing_else_is_raised(text: str) -> None:
    try:
        ns_of(text)
    except BadInput:
        return
    assert text[-1] in "zZ"


def test_versions_differ_in_the_ninth_digit() -> None:
    assert ns_of("2026-01-01T00:00:00.000000001Z") - ns_of("2026-01-01T00:00:00Z") == 1
    assert ns_of("2016-12-31T23:59:60Z") == ns_of("2017-01-01T00:00:00Z")


@given(st.text(max_size=60))
def test_a_forged_next_is_refused(token: str) -> None:
    with pytest.raises(Refused, match="another question"):
        place_of(KEY, token, b"question")


@given(st.integers(-(2**63), 2**63 - 1), st.binary(max_size=40), st.binary(max_size=40))
def test_a_next_means_one_place_to_one_question(place: int, one: bytes, other: bytes) -> None:
    token = next_token(KEY, place, one)
    assert place_of(KEY, token, one) == place
    for key, bound in ((KEY, other), (b"x" * 32, one)):
        if (key, bound) != (KEY, one):
            with pytest.raises(Refused):
                place_of(key, token, bound)


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=40)), max_size=6))
def test_any_query_is_a_question_or_refused(pairs: list[tuple[str, str]]) -> None:
    names = ["limit", "next", "added_after", "match[id]", "match[version]"]
    for given_pairs in (pairs, [(names[i % 5], value) for i, (_, value) in enumerate(pairs)]):
        try:
            assert isinstance(ask_of(given_pairs), Ask)
        except Refused as error:
            assert error.status == 400


def test_a_question_is_bound_without_its_limit_and_place() -> None:
    plain = ask_of([("match[type]", "a,b")])
    assert plain.digest == ask_of([("match[type]", "b,a"), ("limit", "5"), ("next", "x")]).digest
    assert plain.digest != ask_of([("match[type]", "a")]).digest


@given(st.text(max_size=80))
def test_any_header_is_answered(text: str) -> None:
    for check in (check_accepted, check_sent):
        try:
            check(text)
        except Refused as error:
            assert error.status in (406, 415)


@given(st.lists(st.integers(2, 60), max_size=60), st.integers(40, 200), st.integers(1, 9))
def test_envelopes_hold_everything_in_order_and_fit(
    sizes: list[int], longest: int, n_most: int
) -> None:
    objects = [orjson.dumps("x" * (n - 2)) for n in sizes]
    parts = list(envelopes(objects, longest, n_most))
    found = [orjson.dumps(one) for part in parts for one in orjson.loads(part)["objects"]]
    assert found == objects
    for part in parts:
        n_objects = len(orjson.loads(part)["objects"])
        assert 1 <= n_objects <= n_most
        assert len(part) <= longest or n_objects == 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["id", "type", "modified", "x", "object_marking_refs"]),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_whatever_arrives_is_an_object_or_unfit(value: Any) -> None:
    found = arrived(value)
    assert isinstance(found, Arrived) or found.why


def test_an_object_is_the_same_in_any_order_of_its_keys() -> None:
    one = thing(1)
    other = dict(reversed(one.items()))
    first, second = arrived(one), arrived(other)
    assert isinstance(first, Arrived)
    assert isinstance(second, Arrived)
    assert first.digest == second.digest
    assert orjson.loads(first.body) == one


def test_an_envelope_of_too_many_is_sent_in_parts() -> None:
    with pytest.raises(Refused, match="in parts"):
        objects_of(orjson.dumps({"objects": [1] * 20_001}))


STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 4), st.booleans(), st.integers(0, 1)), max_size=25
)


@given(STEPS, STEPS)
def test_taking_twice_takes_nothing_new_and_order_of_writers_does_not_lose(
    one: list[tuple[int, int, bool, int]], other: list[tuple[int, int, bool, int]]
) -> None:
    held: dict[str, list[Held]] = {}
    for writer, steps in (("one", one), ("other", other), ("one", one), ("other", other)):
        things = [
            arrived(thing(n, day=day, revoked=revoked, name=str(content)))
            for n, day, revoked, content in steps
        ]
        found = sorted_out(things, held, writer)
        assert len(found.successes) + len(found.failures) == len(things)
        for new in found.fresh:
            held.setdefault(new.id, []).append(
                Held(new.version_ns, new.digest, writer, new.revoked)
            )
        if writer == "one" and steps is one:
            again = sorted_out(things, held, writer)
            assert not again.fresh
    for versions in held.values():
        moments = [version.version_ns for version in versions]
        assert len(moments) == len(set(moments))
        assert len({version.owner for version in versions}) == 1


def _nothing(ref: str) -> None:
    del ref


@pytest.mark.parametrize("label", list(Tlp))
@pytest.mark.parametrize("up_to", list(Tlp))
def test_a_label_is_seen_by_whom_it_may_be(label: Tlp, up_to: Tlp) -> None:
    one = {"object_marking_refs": [MARKS[label]]}
    within = ORDER.index(label) <= ORDER.index(up_to)
    clear = label is Tlp.CLEAR
    for party, may in (
        (Party(name="a"), within),
        (Party(name="b", channel=Channel.PUBLIC), clear),
        (Party(name="c", channel=Channel.GOVERNMENT), clear),
        (Party(name="d", client_of=frozenset({"us"})), within and label is not Tlp.AMBER_STRICT),
    ):
        assert seen_by(party, up_to, ByMarking())(one, _nothing) is may


def test_the_narrowest_of_several_labels_counts() -> None:
    refs = [MARKS[Tlp.CLEAR], MARKS[Tlp.RED], MARKS[Tlp.GREEN]]
    assert level_of({"object_marking_refs": refs}, _nothing) is Tlp.RED
    parts = {"granular_markings": [{"marking_ref": MARKS[Tlp.RED]}]}
    assert level_of(parts, _nothing) is Tlp.RED
    assert level_of({}, _nothing) is Tlp.AMBER
    assert refs_of({"object_marking_refs": [*refs, "marking-definition--x"]}) == {
        "marking-definition--x"
    }


@pytest.mark.parametrize(
    ("definition", "level"),
    [
        (None, None),
        ({}, None),
        ({"definition_type": "statement", "definition": {"statement": "mine"}}, Tlp.AMBER),
        ({"definition": {"tlp": "green"}}, Tlp.GREEN),
        ({"definition": {"tlp": "white"}}, Tlp.CLEAR),
        ({"extensions": {"x": {"tlp_2_0": "amber+strict"}}}, Tlp.AMBER_STRICT),
        ({"extensions": {"x": {"tlp_2_0": "purple"}}}, None),
        ({"extensions": [], "definition": "x"}, None),
        ({"definition_type": "statement", "extensions": {"x": {"tlp_2_0": "red"}}}, Tlp.RED),
        ({"definition_type": "statement", "extensions": {"x": {"tlp_2_0": "purple"}}}, None),
        ({"definition_type": "statement", "extensions": {"x": {"tlp_2_0": ["red"]}}}, None),
        ({"definition": {"tlp": "white"}, "extensions": {"x": {"tlp_2_0": "red"}}}, Tlp.RED),
    ],
)
def test_a_definition_is_read_or_withholds(definition: Any, level: Tlp | None) -> None:
    found = level_of({"object_marking_refs": ["marking-definition--x"]}, {
        "marking-definition--x": definition
    }.get)  # fmt: skip
    assert found is level


def test_the_fixed_ids_are_those_of_the_standard() -> None:
    assert len(TLP_IDS) == 9
    assert TLP_IDS["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"] is Tlp.RED


def _definition(**fields: Any) -> dict[str, Any]:
    return thing(7, kind="marking-definition", mark=None, definition_type="statement", **fields)


def test_a_marking_definition_is_short() -> None:
    assert isinstance(arrived(_definition(definition={"statement": "x" * 15_000})), Arrived)
    long = arrived(_definition(definition={"statement": "x" * 17_000}))
    assert isinstance(long, Unfit)
    assert "16384" in long.why


def test_a_marking_of_ours_is_taken_under_its_digest_alone() -> None:
    ours = marking_object(marking())
    assert isinstance(arrived(ours), Arrived)
    forged = arrived({**ours, "id": name_of(7, "marking-definition")})
    assert isinstance(forged, Unfit)
    assert "digest" in forged.why
    assert isinstance(arrived(_definition(extensions={EXTENSION: {}})), Unfit)


def test_of_a_maker_its_id_is_kept_and_nothing_longer() -> None:
    maker = name_of(7, "identity")
    for ref, kept in ((maker, True), ("x" * 900_000, False), (7, False)):
        found = arrived(thing(1, created_by_ref=ref))
        assert isinstance(found, Arrived)
        assert ("created_by_ref" in orjson.loads(found.parts)) is kept
