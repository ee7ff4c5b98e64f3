"""A bulletin becomes a MISP event and comes back, by MISP's own library."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.adapters.share.misp import bundle_from, event_from, event_of, opinions_in
from stillwatch.model.errors import BadInput
from stillwatch.model.marking import Marking, Tlp
from stillwatch.share.lists import Reason, Response, Service
from stillwatch.share.reading import read_bundle
from stillwatch.share.revoking import retracted
from stillwatch.share.techniques import BY_ID
from tests.rooms.share.marked import MARKINGS, NOW_US, marking
from tests.rooms.share.told import SECRET, an_indicator, bulletin, campaign

PATTERNS = (
    "[domain-name:value = 'relay.example']",
    "[autonomous-system:number = 64500]",
    "[domain-name:value IN ('a.example', 'b.example')]",
    "[file:hashes.'SHA-256' = '" + "ab" * 32 + "']",
)


@settings(max_examples=12, deadline=None)
@given(
    MARKINGS,
    st.lists(st.sampled_from(sorted(BY_ID)), unique=True, max_size=6),
    st.lists(st.sampled_from(Response), unique=True, max_size=3),
    st.lists(st.sampled_from(PATTERNS), unique=True),
    st.sampled_from(Service),
    st.floats(-300, 300),
    st.booleans(),
)
def test_what_goes_to_misp_comes_back(
    mark: Marking, techniques: list[str], responses: list[Response], patterns: list[str],
    service: Service, bits: float, gone: bool,
) -> None:  # fmt: skip
    told = bulletin(
        mark, campaign=campaign(techniques=techniques, weight_bits=bits), responses=responses,
        indicators=[an_indicator(p) for p in patterns], service=service,
    )  # fmt: skip
    if gone:
        told = retracted(told, SECRET, NOW_US, Reason.CORRECTED)
    event = event_from(event_of(told).to_json().encode())
    back, lost = bundle_from(event)
    assert lost == []
    assert back["objects"] == told["objects"]
    assert read_bundle(orjson.dumps(back))[0] == read_bundle(orjson.dumps(told))[0]


def test_it_says_what_people_in_misp_look_for() -> None:
    event = event_of(bulletin(marking(Tlp.AMBER_STRICT)))
    tags = {tag.name for tag in event.tags}
    assert {"tlp:amber+strict", 'stillwatch:technique="SWT-A1"'} <= tags
    assert ("domain", "relay.example") in {(a.type, a.value) for a in event.attributes}
    assert event.distribution == 0
    assert event.Orgc.name == "omega"


def test_what_was_added_in_misp_is_listed_and_opinions_are_read() -> None:
    event = event_of(bulletin())
    event.add_attribute("ip-dst", "198.51.100.7")
    event.add_object(name="person", comment="x", standalone=False)
    event.add_opinion(opinion="90", comment="agreed", authors="x@y.example")
    event.add_note("looks right")
    back, lost = bundle_from(event_from(event.to_json().encode()))
    assert back["objects"] == bulletin()["objects"]
    assert {one.why.split(";")[0] for one in lost} == {
        "is an attribute ip-dst", "is an object 'person' of others", "is an opinion of MISP",
        "is a note of MISP",
    }  # fmt: skip
    assert [view.value for _, view in opinions_in(event)] == ["strongly-agree"]
    assert "198.51.100.7" not in orjson.dumps(back).decode()


@pytest.mark.parametrize("data", [b"", b"[]", b"3", b'{"Event": 3}', b'{"Event": {"info": "x"}}',
                                  b'{"Event": {"Object": [{"name": 3}]}}'])  # fmt: skip
def test_what_is_no_event_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        bundle_from(event_from(data))


@pytest.mark.parametrize("path", ["", "/a/b/c", "/0000", "/extensions/0009/x", "/" + "a/" * 60])
def test_values_that_do_not_fit_are_lost_and_the_rest_is_kept(path: str) -> None:
    told = orjson.loads(event_of(bulletin()).to_json())
    broken = told["Object"][-1]["Attribute"][3]
    broken["object_relation"] = path
    back, lost = bundle_from(event_from(orjson.dumps(told)))
    assert len(lost) == 1
    assert back["objects"] == bulletin()["objects"][:-1]


@pytest.mark.parametrize(
    "held",
    [
        {"name": "../../../../etc/passwd"},
        {"name": "domain-ip", "Object": [{"name": "a/b"}]},
        {"name": "domain-ip", "misp_objects_path_custom": "/tmp"},
        {"name": None},
    ],
)
def test_an_event_opens_no_file_of_its_choice(held: dict[str, object]) -> None:
    told = {"Event": {"info": "x", "Object": [held]}}
    with pytest.raises(BadInput, match="template"):
        event_from(orjson.dumps(told))


def test_a_time_beyond_time_is_refused() -> None:
    with pytest.raises(BadInput, match="no MISP event"):
        event_from(orjson.dumps({"Event": {"info": "x", "publish_timestamp": 1e30}}))
