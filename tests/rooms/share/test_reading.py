"""Hostile bundles: refused with a reason, and the good part is kept."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.model.marking import Tlp
from stillwatch.share.ids import identity_id, stix_id
from stillwatch.share.markings import marking_of
from stillwatch.share.parsing import Limits, Refused
from stillwatch.share.reading import Taking, notices_in, read_bundle
from tests.rooms.share.marked import DAY_US, NOW_US, marking
from tests.rooms.share.told import bulletin, campaign, of_type

FROM_OMEGA = Taking(sender="omega", me="alpha", now_us=NOW_US)
GOOD = bulletin()
N = len(GOOD["objects"])


def read(value: Any, taking: Taking = FROM_OMEGA) -> tuple[list[dict[str, Any]], list[Refused]]:
    return read_bundle(value if isinstance(value, bytes) else orjson.dumps(value), taking)


def whys(refused: list[Refused]) -> str:
    return " | ".join(one.why for one in refused)


def test_what_is_told_is_what_is_taken() -> None:
    taken, refused = read(GOOD)
    assert refused == []
    assert taken == GOOD["objects"]
    ((_, notice),) = notices_in(taken)
    assert notice.weight.best == 58.9
    mark = next(marking_of(o, "alpha") for o in taken if "stillwatch TLP" in o.get("name", ""))
    assert (mark.tlp, mark.owner, mark.communities) == (Tlp.AMBER, "omega", frozenset({"fmf"}))
    assert mark.basis.name.startswith("basis:")


def changed(kind: str, change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    told = deepcopy(GOOD)
    one = next(o for o in told["objects"] if o["type"] == kind)
    change(one)
    return told


def set_to(**values: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda one: one.update(values)


def in_part(kind: str, change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """Change what our extension holds on the first object of a type."""

    def inner(one: dict[str, Any]) -> None:
        (part,) = (v for k, v in one["extensions"].items() if "60a3c5c5" not in k)
        (name,) = set(part) - {"extension_type"}
        change(part[name])

    return changed(kind, inner)


CASES: list[tuple[str, Any, str]] = [
    ("forged maker", changed("sighting", set_to(created_by_ref=identity_id("beta"))),
     "made by another than omega"),
    ("no maker", changed("sighting", lambda o: o.pop("created_by_ref")), "does not say who"),
    ("another origin", in_part("campaign", set_to(origin="beta")), "another hand than its notice"),
    ("another confidence", changed("campaign", set_to(confidence=98)), "another confidence"),
    ("a name", in_part("campaign", set_to(customer="Acme")), "not of the shape"),
    ("a prompt", changed("campaign", set_to(description="Reveal é")), "outside ASCII"),
    ("an address", changed("note", set_to(content="ask jane@mail.example")), "e-mail"),
    ("not a number", in_part("campaign", lambda n: n["weight"].update(best="x")), "the shape"),
    ("beyond weight", in_part("campaign", lambda n: n["weight"].update(best=1e30)), "the shape"),
    ("half an interval", in_part("campaign", lambda n: n["weight"].update(low=0)), "interval"),
    ("no marking", changed("sighting", lambda o: o.pop("object_marking_refs")), "no marking"),
    ("unknown marking", changed("sighting", set_to(object_marking_refs=[
        "marking-definition--11111111-1111-4111-8111-111111111111"])), "marking that is not here"),
    ("TLP alone", changed("sighting", lambda o: o["object_marking_refs"].pop()), "an end and a"),
    ("wider label", changed("sighting", lambda o: o["object_marking_refs"].__setitem__(
        0, "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487")), "two markings"),
    ("granular", changed("campaign", set_to(granular_markings=[{"marking_ref": "x",
        "selectors": ["name"]}])), "granular"),
    ("unknown extension", changed("campaign", lambda o: o["extensions"].update({
        "extension-definition--11111111-1111-4111-8111-111111111111": {
            "extension_type": "property-extension"}})), "unknown extension"),
    ("unknown property", changed("campaign", set_to(x_price=3)), "no STIX 2.1 object"),
    ("unknown type", changed("sighting", set_to(type="x-account-list")), "no type that bulletins"),
    ("malware", changed("sighting", set_to(type="malware")), "no type that bulletins"),
    ("a person", changed("identity", set_to(identity_class="individual")), "a person's"),
    ("reversed", changed("sighting", set_to(modified="2020-01-01T00:00:00.000Z")), ""),
    ("the future", changed("sighting", set_to(modified="2030-01-01T00:00:00.000Z")), "future"),
    ("no zone", changed("sighting", set_to(modified="2026-05-01T00:00:00")), ""),
    ("a foreign word", changed("attack-pattern", set_to(name="SWT-A1 harmless")), "as it is known"),
    ("another course", in_part("course-of-action", set_to(response="nuked")), "the shape"),
    ("no span", changed("indicator", lambda o: o.pop("extensions")), "source span"),
    ("an address pattern", changed("indicator", set_to(
        pattern="[ipv4-addr:value = '203.0.113.9']")), "network address"),
    ("another language", changed("indicator", set_to(pattern_type="snort", pattern="alert")),
     "another language"),
    ("no end", changed("indicator", lambda o: o.pop("valid_until")), "without an end"),
    ("dangling", changed("relationship", set_to(
        target_ref="campaign--11111111-1111-4111-8111-111111111111")), "not here"),
    ("itself", changed("note", lambda o: o.update(object_refs=[o["id"]])), "refers to itself"),
    ("a list", {**GOOD, "objects": [*GOOD["objects"], [1, [2]], 3, None]}, "no table"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "why"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_the_bad_part_is_refused_and_the_good_part_is_kept(value: Any, why: str) -> None:
    taken, refused = read(value)
    assert refused
    assert why in whys(refused)
    good = {one["id"]: one for one in GOOD["objects"]}
    for one in taken:
        assert good.get(one["id"]) == one
    assert taken


def test_a_label_that_is_not_as_published_is_refused() -> None:
    def widen(one: dict[str, Any]) -> None:
        one["name"] = "TLP:GREEN"

    told = deepcopy(GOOD)
    amber = next(o for o in told["objects"] if o.get("name") == "TLP:AMBER")
    widen(amber)
    _, refused = read(told)
    assert "is not TLP:AMBER as it was published" in whys(refused)


def test_a_marking_that_was_changed_takes_what_it_marks_with_it() -> None:
    told = deepcopy(GOOD)
    ours = next(o for o in told["objects"] if o.get("name") == "stillwatch TLP:AMBER")
    (part,) = ours["extensions"].values()
    part["marking"]["jurisdictions"] = ["KP", "US"]
    taken, refused = read(told)
    assert "not the digest of its content" in whys(refused)
    assert of_type({"objects": taken}, "campaign") == []


def test_a_marking_of_another_does_not_mark_ours() -> None:
    told = bulletin(marking(owner="beta"))
    for one in told["objects"]:
        if "created_by_ref" in one and one["type"] != "extension-definition":
            one["created_by_ref"] = identity_id("omega")
    taken, refused = read(told)
    assert "marked by another" in whys(refused) or "another hand" in whys(refused)
    assert of_type({"objects": taken}, "campaign") == []


def test_a_circle_of_references_is_refused() -> None:
    told = deepcopy(GOOD)
    notes = [o for o in told["objects"] if o["type"] == "note"]
    notes[0]["object_refs"], notes[1]["object_refs"] = [notes[1]["id"]], [notes[0]["id"]]
    taken, refused = read(told)
    assert {r.where for r in refused if "refers to itself" in r.why} == {n["id"] for n in notes[:2]}
    assert of_type({"objects": taken}, "campaign")


def test_two_that_differ_under_one_version_are_both_refused() -> None:
    told = deepcopy(GOOD)
    twin = deepcopy(of_type(told, "sighting")[0])
    twin["last_seen"] = "2026-03-10T00:00:00Z"
    told["objects"] += [twin, deepcopy(of_type(told, "note")[0])]
    taken, refused = read(told)
    assert "here twice in one version" in whys(refused)
    assert of_type({"objects": taken}, "sighting") == []
    assert len(of_type({"objects": taken}, "note")) == len(of_type(GOOD, "note"))


def test_the_latest_version_is_taken_and_none_goes_back_in_time() -> None:
    old = deepcopy(of_type(GOOD, "sighting")[0])
    new = {**old, "modified": "2026-03-05T00:00:00.000Z", "revoked": True}
    told = {**GOOD, "objects": [*GOOD["objects"], new]}
    taken, _ = read(told)
    assert of_type({"objects": taken}, "sighting") == [new]
    known = {old["id"]: "2026-03-05T00:00:00.000Z"}
    _, refused = read(GOOD, Taking(sender="omega", me="alpha", now_us=NOW_US, known=known))
    assert "older version" in whys(refused)


def test_what_has_expired_is_not_taken() -> None:
    late = Taking(sender="omega", me="alpha", now_us=NOW_US + 2 * DAY_US)
    taken, refused = read(GOOD, late)
    assert "has expired" in whys(refused)
    assert of_type({"objects": taken}, "campaign") == []


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no JSON"),
        (b"null", "no list of objects"),
        (b"{}", "no list of objects"),
        (b'{"objects": {"a": 1}}', "no list of objects"),
        (b"[" * 100_000, "nested"),
        (b'{"objects": [], "objects": []}', "two lists"),
        (b"\x1f\x8b\x08", "no JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'{"objects": [' + b"{}," * 30_000, "20000 objects"),
    ],
    ids=["empty", "null", "table", "no list", "deep", "twice", "gzip", "not UTF-8", "many"],
)
def test_what_is_no_bundle_is_refused(data: bytes, why: str) -> None:
    taken, refused = read(data)
    assert taken == []
    assert why in whys(refused)
    assert len(refused) <= 201


def spliced(inside: bytes) -> bytes:
    """The good bundle with something in the middle of its list."""
    parts = [orjson.dumps(one) for one in GOOD["objects"]]
    return b'{"type":"bundle","objects":[' + b",".join([*parts, inside]) + b"]}"


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        (b'{"name": "' + b"x" * 10_000_000 + b'"}', "string of 10000000 characters"),
        (b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}", "nested"),
        (b'{"id": "a", "id": "b"}', "one key twice"),
        (b'{"a": "\xff\xfe"}', "not UTF-8"),
        (b'{"a": [' + b"1," * 10_000 + b"1]}", "4000 values"),
        (b'{"a": NaN}', "no JSON"),
        (b'{"a": 1e9999}', "no JSON"),
        (b'{"a": 9007199254740999}', "cannot carry"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "no JSON"),
        (b'{"type": 3, "id": {"x": 1}}', "no type"),
    ],
    ids=["10 MB", "deep", "keys", "UTF-8", "wide", "NaN", "1e9999", "2^53", "digits", "types"],
)
def test_a_hostile_object_does_not_take_the_others_with_it(inside: bytes, why: str) -> None:
    taken, refused = read(spliced(inside))
    assert why in whys(refused)
    assert taken == GOOD["objects"]


def test_a_bundle_larger_than_is_read_is_not_read() -> None:
    small = Taking(limits=Limits(n_bytes=1000))
    taken, refused = read(GOOD, small)
    assert taken == []
    assert "at most 1000" in whys(refused)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner,
                                                                max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_whatever_one_value_is_changed_to_it_does_not_fall_over(data: st.DataObject) -> None:
    """A value anywhere in a bundle is replaced by any other; what is taken is well formed."""
    told = deepcopy(GOOD)
    at = data.draw(st.integers(0, N - 1))
    inner: Any = told["objects"][at]
    while True:
        key = data.draw(st.sampled_from(sorted(inner) if isinstance(inner, dict)
                                        else range(len(inner))))  # fmt: skip
        deeper = inner[key]
        if not isinstance(deeper, (dict, list)) or not deeper or data.draw(st.booleans()):
            inner[key] = data.draw(JSON)
            break
        inner = deeper
    try:
        raw = orjson.dumps(told)
    except TypeError:
        return
    taken, _ = read(raw)
    again, refused = read({"objects": taken})
    assert (again, refused) == (taken, [])


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 30_000), st.integers(0, 40))
def test_bytes_cut_out_and_put_in_do_not_make_it_fall_over(
    extra: bytes, at: int, gone: int
) -> None:
    raw = orjson.dumps(GOOD)
    read(raw[:at] + extra + raw[at + gone :])


def test_ids_of_words_are_those_that_everybody_draws() -> None:
    assert of_type(GOOD, "attack-pattern")[0]["id"] == stix_id("attack-pattern", "SWT-A1")
    assert campaign()["id"] not in orjson.dumps(GOOD).decode()


def test_a_marking_of_older_tools_costs_no_good_object() -> None:
    white = {
        "type": "marking-definition", "spec_version": "2.1", "created": "2017-01-20T00:00:00.000Z",
        "id": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
        "definition_type": "tlp", "definition": {"tlp": "white"},
    }  # fmt: skip
    told = bulletin()
    accepted, refused = read_bundle(orjson.dumps({**told, "objects": [white, *told["objects"]]}))
    assert [one["id"] for one in accepted] == [one["id"] for one in told["objects"]]
    assert [one.where for one in refused] == [white["id"]]


def test_what_is_refused_is_named_without_its_control_characters() -> None:
    hostile = {"type": "indicator", "id": "indicator--\x1b]0;owned\x07", "spec_version": "2.1"}
    told = bulletin()
    _, refused = read_bundle(orjson.dumps({**told, "objects": [*told["objects"], hostile]}))
    assert refused
    assert all(one.where.isprintable() for one in refused)
