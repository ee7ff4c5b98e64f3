"""Whatever a result holds in place of what it should: a case is opened and told, or refused."""

from __future__ import annotations

import copy
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.cases.contract import check_campaign, check_result
from stillwatch.adapters.cases.page import page_of
from stillwatch.adapters.cases.stix import bundle_of
from stillwatch.adapters.cases.tables import likelihoods
from stillwatch.attribute import entries as kinds
from stillwatch.attribute.book import case_of
from stillwatch.attribute.entries import Entry, entry_from
from stillwatch.model.errors import StillwatchError
from stillwatch.playbooks.case import body_of, campaign_of
from tests.rooms.attribute.found import result
from tests.rooms.attribute.persons import START_US, document

ODD = st.one_of(
    st.none(), st.booleans(), st.just(""), st.just("x\u202e<b>"), st.just(-1), st.just(1e300),
    st.just([]), st.just({}), st.just([None]), st.just({"a": 1}), st.just("2026-13-45"),
    st.just([{"hypothesis": 7, "bits": "x"}]), st.just([{"signal": "SWS-1"}]),
)  # fmt: skip


def plain() -> dict[str, Any]:
    """The result as a file would give it, with few links to draw."""
    told: dict[str, Any] = orjson.loads(orjson.dumps(result(), option=orjson.OPT_SERIALIZE_NUMPY))
    told["campaigns"] = told["campaigns"][1:2]
    told["campaigns"][0]["pictures"]["graph"] = {"nodes": [{"id": "a-1"}], "edges": []}
    told["campaigns"][0]["accounts"] = told["campaigns"][0]["accounts"][:3]
    return told


PLAIN = plain()
CAMPAIGN = PLAIN["campaigns"][0]
PLACES = [
    *((name,) for name in CAMPAIGN),
    *(("signals", 0, name) for name in CAMPAIGN["signals"][0]),
    *(("accounts", 0, name) for name in CAMPAIGN["accounts"][0]),
    *(("claims", name) for name in CAMPAIGN["claims"]),
    *(("rivals", 0, name) for name in CAMPAIGN["rivals"][0]),
    ("pictures", "accounts_over_time"), ("pictures", "graph"), ("pictures", "graph", "nodes"),
]  # fmt: skip


@given(st.sampled_from(PLACES), ODD, st.booleans())
def test_an_odd_field_is_told_or_refused(place: tuple[Any, ...], odd: Any, gone: bool) -> None:
    told = copy.deepcopy(PLAIN)
    inner: Any = told["campaigns"][0]
    for step in place[:-1]:
        inner = inner[step]
    if gone:
        del inner[place[-1]]
    else:
        inner[place[-1]] = odd
    try:
        check_result(told)
        check_campaign(campaign_of(told, CAMPAIGN["id"]))
        body = body_of(told, CAMPAIGN["id"], likelihoods())
        entry = Entry(n=1, kind=kinds.OPENED, made_us=START_US, by="", body=body, before="")
        again = entry_from(orjson.loads(orjson.dumps(entry.to_json())))
        report = document(case_of([again]))
    except StillwatchError:
        return
    assert "<b>" not in page_of(report, body["record"]).replace("</b>", "")
    assert orjson.loads(bundle_of(report))


@given(st.sampled_from(list(PLAIN)), ODD, st.booleans())
def test_an_odd_result_is_told_or_refused(name: str, odd: Any, gone: bool) -> None:
    told = dict(PLAIN)
    if gone:
        del told[name]
    else:
        told[name] = odd
    try:
        check_result(told)
        body_of(told, CAMPAIGN["id"], likelihoods())
    except StillwatchError:
        return
    assert name not in ("campaigns", "n_tested", "schema", "window") or odd
