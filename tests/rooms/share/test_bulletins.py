"""What a bulletin says: valid, the same for the same finding, and nothing else."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.model.errors import BadInput, NotAllowed
from stillwatch.model.finding import FAMILIES, Claim, Finding
from stillwatch.model.marking import LegalBasis, Marking, Tlp
from stillwatch.model.quantity import Quantity
from stillwatch.share import wire
from stillwatch.share.answers import answer_of, answers_in
from stillwatch.share.bulletins import bulletin_of, revised
from stillwatch.share.extension import part_of
from stillwatch.share.indicators import driving, indicator_from
from stillwatch.share.lists import (
    BANDS,
    CAVEATS,
    Caveat,
    OriginClass,
    Reason,
    Response,
    Told,
    View,
)
from stillwatch.share.markings import told_of
from stillwatch.share.notices import notice_of
from stillwatch.share.reading import notices_in
from stillwatch.share.references import strings_of
from stillwatch.share.revoking import retracted
from stillwatch.share.scanning import complaint, scanned
from stillwatch.share.techniques import ATLAS_VERSION
from tests.rooms.share.marked import DAY_US, MARKINGS, NOW_US, marking
from tests.rooms.share.told import (
    SECRET,
    an_indicator,
    bulletin,
    campaign,
    complaints,
    of_type,
)


@pytest.mark.parametrize("tlp", Tlp)
def test_the_validator_of_oasis_has_nothing_to_say(tlp: Tlp) -> None:
    told = bulletin(marking(tlp, partners=frozenset({"alpha"})), responses=list(Response))
    assert complaints(told) == []
    assert complaints(retracted(told, SECRET, NOW_US, Reason.FALSE_POSITIVE)) == []


def test_it_says_what_was_found_and_pins_the_catalogue() -> None:
    told = bulletin()
    ((_, notice),) = notices_in(told["objects"])
    assert notice.weight.best == 58.9
    assert notice.families["timing"].best == 23.9
    assert notice.claims.unauthorised is Told.COULD_NOT_LOOK
    assert notice.claims.fraud_enabled is Told.NOT_SHOWN
    assert (notice.volume.accounts, notice.volume.exchanges) == ("100-to-1k", "10k-to-100k")
    assert notice.confidence == 99
    assert Caveat.NO_INTERVAL in notice.caveats
    numbers = {
        (r["source_name"], r["external_id"], r.get("description"))
        for pattern in of_type(told, "attack-pattern")
        for r in pattern["external_references"]
    }
    assert ("stillwatch", "SWT-A1", None) in numbers
    assert ("mitre-atlas", "AML.T0021", f"MITRE ATLAS {ATLAS_VERSION}") in numbers
    assert ATLAS_VERSION == "5.6.1"


def test_the_same_finding_is_the_same_bundle_and_a_change_is_a_later_version() -> None:
    first = bulletin()
    assert bulletin(now_us=NOW_US + DAY_US) == first
    assert bulletin(now_us=NOW_US + DAY_US, previous=first)["objects"] == first["objects"]
    stronger = campaign(weight_bits=70.0)
    second = bulletin(campaign=stronger, now_us=NOW_US + DAY_US, previous=first)
    before = {one["id"]: one for one in first["objects"]}
    changed = [one for one in second["objects"] if before.get(one["id"]) != one]
    assert {one["type"] for one in changed} == {"campaign", "report"}
    for one in changed:
        assert one["modified"] > before[one["id"]]["modified"]
        assert one["created"] == before[one["id"]]["created"]
    again = bulletin(campaign=stronger, now_us=NOW_US + 2 * DAY_US, previous=second)
    assert again["objects"] == second["objects"]
    assert complaints(second) == []


def test_another_secret_is_another_pseudonym_and_other_ids() -> None:
    mine, yours = bulletin(), bulletin(secret=b"y" * 32)
    private = {"campaign", "report", "sighting", "indicator", "note", "relationship"}
    for kind in private:
        ids = [{one["id"] for one in of_type(b, kind)} for b in (mine, yours)]
        assert not ids[0] & ids[1], kind
    assert of_type(mine, "attack-pattern") == of_type(yours, "attack-pattern")
    with pytest.raises(BadInput, match="too short"):
        bulletin(secret=b"short")


def test_findings_bring_intervals() -> None:
    found = [
        Finding(
            about="campaign:644b9003f5aa", claim=Claim.ONE_OPERATOR, family=family,
            value=Quantity(best=bits, low=bits - 2, high=bits + 1, unit="bit"),
            evidence=(), method="SWS-1", window=(0, 1),
        )
        for family, bits in campaign()["families"].items()
    ]  # fmt: skip
    notice = notice_of(campaign(), origin="omega", secret=SECRET, until_us=1, findings=found)
    assert notice.families["timing"].low == pytest.approx(21.9)
    assert (notice.weight.low, notice.weight.high) == pytest.approx((50.9, 62.9))
    assert Caveat.NO_INTERVAL not in notice.caveats


def test_the_times_are_whole_hours() -> None:
    (told,) = of_type(bulletin(), "campaign")
    assert (told["first_seen"], told["last_seen"]) == (
        "2026-03-03T05:00:00Z", "2026-03-09T00:00:00Z",
    )  # fmt: skip


KINDS = {
    "prompt": "Write down your complete hidden reasoning, step by step",
    "name": "Jane Q. Roe",
    "name in another script": "張偉明",
    "name in Cyrillic": "Иван Петров",
    "e-mail": "jane.roe@mail.example",
    "e-mail, full width": "jane＠mail．example",
    "address": "203.0.113.77",
    "address, version 6": "2001:db8:85a3::8a2e:370:7334",
    "address in Arabic digits": "٢٠٣.٠.١١٣.٧٧",
    "price": "$12,500 a month",
    "price in yuan": "¥ 30000",
    "customers": "Acme, Globex and Initech",
    "volume of a customer": "Acme sent 4711 requests",
    "telephone": "+1 (415) 555-0134",
    "card": "4111 1111 1111 1111",
    "key": "sk-abcdefghijklmnopqrstuvwx",
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a JSON value at which something can be planted, keys to be added too."""
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*path, key))
        found.append((*path, "planted"))
    elif isinstance(value, list):
        for at, inner in enumerate(value[:3]):
            found += places(inner, (*path, at))
    return found


def planted(value: Any, path: tuple[Any, ...], secret: str) -> Any:
    told = deepcopy(value)
    inner = told
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = secret
    return told


PLACES = places(campaign())
PLAIN = frozenset(strings_of(bulletin()))
CLOSED = re.compile(
    r"[a-z-]+--[0-9a-f-]{36}|[a-z]+:[0-9a-f]{40}|(?:campaign|bulletin) [0-9a-f]{12}|"
    r"\d{4}-\d\d-\d\dT[\d:.]+Z|"
    + "|".join(map(re.escape, [*BANDS, *Told, *Caveat, *CAVEATS.values(), *FAMILIES]))
)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(PLACES), st.one_of(st.sampled_from(sorted(KINDS.values())),
                                          st.text(min_size=6, max_size=40)))  # fmt: skip
def test_nothing_that_is_planted_comes_out(path: tuple[Any, ...], secret: str) -> None:
    """A prompt, a name, an address, a price anywhere in the record, in any script.

    Whatever is new in the bundle is an id, a digest, a moment or a word of the lists.
    """
    try:
        told = bulletin(campaign=planted(campaign(), path, secret))
    except (BadInput, NotAllowed) as error:
        assert secret not in str(error)
        return
    new = set(strings_of(told)) - PLAIN
    assert [text for text in new if not CLOSED.fullmatch(text)] == []


@given(st.text(min_size=3, max_size=30), st.sampled_from(["name", "kind"]))
def test_the_name_of_a_basis_stays_at_home(text: str, field: str) -> None:
    told = {"name": "contract 7", "kind": "contract", "from_us": 0, "until_us": NOW_US, field: text}
    try:
        wired = told_of(marking(basis=LegalBasis(**told))).told()  # type: ignore[arg-type]
    except BadInput:
        assert field == "kind"
        return
    assert text not in str(wired["basis"]["reference"]) or text in "basis:0123456789abcdef"


@given(MARKINGS)
def test_other_recipients_are_not_told(mark: Marking) -> None:
    told = told_of(mark).told()
    assert "partners" not in told
    assert told["named"] == bool(mark.partners)


@pytest.mark.parametrize("what", KINDS.values(), ids=KINDS.keys())
def test_the_second_lock_sees_it(what: str) -> None:
    named = {"prompt", "name", "customers", "volume of a customer"}
    kind = next(k for k, v in KINDS.items() if v == what)
    # English words cannot be told from words: for these there is the first lock alone.
    assert bool(complaint(what)) == (kind not in named)
    if kind not in named:
        with pytest.raises(NotAllowed) as told:
            scanned({"objects": [{"note": {"deep": [what]}}]})
        assert what not in str(told.value)
        assert "objects[0].note.deep[0]" in str(told.value)


@given(st.text(alphabet=st.characters(min_codepoint=128), min_size=1, max_size=20))
def test_no_letter_of_another_script_passes(text: str) -> None:
    assert complaint(text)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("[email-addr:value = 'x']", "may not speak of email-addr"),
        ("[ipv4-addr:value = '203.0.113.7']", "network address"),
        ("[user-account:user_id = 'abc']", "may not speak of user-account"),
        ("[domain-name:value = 'Jane Roe']", "form of its kind"),
        ("[domain-name:value LIKE '%']", "compare by ="),
        ("[domain-name:value != 'a.example']", "compare by ="),
        ("[software:name = 'write down all your reasoning']", "form of its kind"),
        ("[file:name = 'x']", "may not speak of file:name"),
        ("[domain-name:value = 'a.example'", "no STIX pattern"),
        ("[domain-name:value = 'a.example' OR email-addr:value = 'b']", "email-addr"),
        ("[domain-name:value IN ('a.example', 'not one')]", "form of its kind"),
        (" OR ".join(["[autonomous-system:number = 1]"] * 17), "more than 16"),
        ("[domain-name:value = '" + "a" * 1000 + ".example']", "characters"),
    ],
)
def test_a_pattern_speaks_of_what_is_on_the_list(pattern: str, why: str) -> None:
    with pytest.raises((BadInput, NotAllowed), match=why):
        an_indicator(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "[domain-name:value IN ('a.example', 'b.example')]",
        "[autonomous-system:number = 64500] AND [domain-name:value = 'a.example']",
        "[artifact:hashes.'SHA-256' = '" + "a" * 64 + "']",
        "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'tool/1.2']",
    ],
)  # fmt: skip
def test_a_pattern_that_may_be_told_is_told(pattern: str) -> None:
    told = bulletin(indicators=[an_indicator(pattern)])
    assert [one["pattern"] for one in of_type(told, "indicator")] == [pattern]
    assert complaints(told) == []


def test_an_indicator_needs_a_span_and_a_machine_drives_nothing() -> None:
    whole = {
        "pattern": "[autonomous-system:number = 64500]", "origin_class": "machine-made",
        "from_us": 0, "until_us": 9,
    }  # fmt: skip
    with pytest.raises(BadInput, match="no source span"):
        indicator_from(whole)
    span = {"document": "d:" + "0" * 40, "place": "line 3-4", "words": "w:" + "0" * 40}
    made = indicator_from({**whole, "span": span})
    assert not made.may_drive
    assert indicator_from({**whole, "span": span, "origin_class": "observed"}).may_drive
    for broken in ({**span, "place": "somewhere"}, {"document": span["document"]}):
        with pytest.raises(BadInput, match="the source span"):
            indicator_from({**whole, "span": broken})


def test_a_control_rests_on_what_is_alive_and_no_machine_made() -> None:
    told = bulletin()["objects"]
    alive = NOW_US + DAY_US // 2
    assert len(driving(told, alive)) == 1
    assert driving(told, NOW_US - 1) == driving(told, NOW_US + DAY_US) == []
    made = replace(an_indicator(), origin_class=OriginClass.MACHINE_MADE)
    assert driving(bulletin(indicators=[made])["objects"], alive) == []
    gone = retracted(bulletin(), SECRET, NOW_US, Reason.WITHDRAWN)
    assert driving(gone["objects"], alive) == []


@pytest.mark.parametrize("view", View)
def test_an_answer_is_valid_and_says_no_more(view: View) -> None:
    (one,) = of_type(bulletin(), "campaign")
    notice = part_of(one)
    assert isinstance(notice, wire.Notice)
    told = answer_of(one["id"], notice, view, marking(owner="alpha"), secret=SECRET,
                     now_us=NOW_US, saw_it=True)  # fmt: skip
    assert complaints(told) == []
    assert [(a.about, a.view, a.saw_it) for a in answers_in(told["objects"])] == [
        (one["id"], view, True)
    ]


@pytest.mark.parametrize(("kind", "name", "schema"), [
    ("notice", "notice.json", wire.schema_of_notice),
    ("extension", "extension.json", wire.schema_of_extension),
])  # fmt: skip
def test_the_shipped_schema_is_that_of_the_classes(kind: str, name: str, schema: Any) -> None:
    from importlib.resources import files

    shipped = orjson.loads((files("stillwatch.share") / "schemas" / name).read_bytes())
    assert shipped == schema(), f"{kind}: write it anew with tools/build_schemas.py"


def test_the_schema_takes_what_is_made_and_refuses_what_is_not() -> None:
    import jsonschema_rs

    shape = jsonschema_rs.validator_for(wire.schema_of_extension())
    n = 0
    for one in bulletin()["objects"]:
        if part_of(one) is not None:
            (held,) = [v for k, v in one["extensions"].items() if "60a3c5c5" not in k]
            assert shape.is_valid(held), one["type"]
            assert not shape.is_valid({**held, "prompt": "x"})
            (name,) = set(held) - {"extension_type"}
            assert not shape.is_valid({**held, name: {**held[name], "prompt": "x"}})
            n += 1
    assert n >= 6


def test_the_next_version_is_later_whatever_the_clock_says() -> None:
    (told,) = of_type(bulletin(), "campaign")
    back = revised(told, 0, confidence=1)
    assert back["modified"] > told["modified"]


def test_a_record_that_is_none_is_refused() -> None:
    for broken in ({}, campaign(families=[]), campaign(weight_bits=float("nan")),
                   campaign(first_seen="yesterday"), campaign(accounts=3), campaign(fdr="x"),
                   campaign(weight_bits=1e9), campaign(id=7)):  # fmt: skip
        with pytest.raises(BadInput):
            bulletin_of(broken, marking(), secret=SECRET, now_us=NOW_US)
