"""The four forms of a report say the same, in the same bytes each time, and hide what they must."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import stix2

from stillwatch.adapters.cases.page import page_of, pdf_of
from stillwatch.adapters.cases.stix import EXTENSION, bundle_of
from stillwatch.adapters.report import words
from stillwatch.attribute import entries as kinds
from stillwatch.attribute.deadlines import STATUS
from tests.rooms.attribute.persons import (
    NAME,
    about_party,
    added,
    document,
    grown,
    nameable,
    opened,
)

HOSTILE = "</td><script>alert(1)</script> \u202egnp.exe \x1b[31m <img src=//evil.example/x>"


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """A report with everything in it."""
    case = nameable()
    case = grown(case, kinds.ANSWER, {"exclusion": "permitted_exception",
                                      "answer": "does not apply", "grounds": HOSTILE})  # fmt: skip
    decided = {
        "head": "0" * 64,
        "decisions": [{
            "id": "decision:1", "control": "slow", "mode": "enforce", "about": "the campaign",
            "by": "person", "name": "ann", "reason": "review", "starts_us": 0, "until_us": 10**12,
            "undoes": "", "undone": True,
        }],
        "appeals": {"open": 1, "granted": 2, "upheld": 3},
        "agreements": {"n_accounts": 82, "n_agreed": 0},
    }  # fmt: skip
    return document(grown(case, kinds.DECISIONS, decided, ""))


@pytest.fixture(scope="module")
def page(told: dict[str, Any]) -> str:
    return page_of(told, opened().record)


@pytest.fixture(scope="module")
def pdf(told: dict[str, Any], page: str) -> bytes:
    return pdf_of(page, told["head"])


def read_pdf(content: bytes, place: Path) -> str:
    """The text of a PDF, read by a program of others."""
    assert shutil.which("pdftotext"), "run tools/need_pango.sh"
    (place / "report.pdf").write_bytes(content)
    done = subprocess.run(
        ["pdftotext", "-raw", "-enc", "UTF-8", str(place / "report.pdf"), "-"],
        capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.decode()


def squeezed(text: str) -> str:
    """Without spaces, so that broken lines do not matter."""
    return re.sub(r"[\s\u00ad\u2066-\u2069]+", "", text)


def seen(page: str) -> str:
    """The words of a page."""
    bare = re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL)
    bare = re.sub(r"<[^>]+>", "", bare)
    for code, sign in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"),
                       ("&ndash;", "–"), ("&amp;", "&")):  # fmt: skip
        bare = bare.replace(code, sign)
    return bare


def said(told: dict[str, Any]) -> Iterator[str]:
    """What every form must say: ids, numbers, words."""
    yield from (told["case"], told["campaign"], told["head"], told["organisation"], told["as_of"])
    numbers = told["numbers"]
    yield from (words.count(numbers[k]) for k in ("n_accounts", "n_exchanges", "output_tokens"))
    yield from told["summary"]
    yield told["term"]["term"]
    for part in told["parts"]:
        yield f"{part['title']}{part['status']}"
    for claim in told["claims"]:
        yield from (claim["asks"], claim["word"])
    for one in told["ranking"]["ranked"]:
        yield f"{one['title']}"
        yield words.bits(one["against_it"]["best"])
    for factor in told["factors"]:
        yield from (factor["clause"], factor["status"])
    for exhibit in told["exhibits"]:
        yield from (exhibit["id"], exhibit["exhibit"])
    for limit in told["limits"]:
        yield limit["says"]
    for rate in told["error_rates"]["rows"]:
        yield from (rate["value"], rate["interval"])
    yield STATUS


def test_page_pdf_and_json_say_the_same(
    told: dict[str, Any], page: str, pdf: bytes, tmp_path: Path
) -> None:
    on_page, in_pdf = squeezed(seen(page)), squeezed(read_pdf(pdf, tmp_path))
    for text in said(told):
        wanted = squeezed(text)
        assert wanted in on_page, text
        assert wanted in in_pdf, text


def test_the_bundle_says_the_same_and_is_valid(told: dict[str, Any]) -> None:
    text = bundle_of(told)
    bundle = stix2.parse(text, allow_custom=True)
    by_kind: dict[str, list[Any]] = {}
    for one in bundle.objects:
        by_kind.setdefault(one.type, []).append(one)
    assert set(by_kind) == {"identity", "extension-definition", "campaign", "note", "opinion",
                            "grouping", "report"}  # fmt: skip
    (report,) = by_kind["report"]
    plain = orjson.loads(text)
    carried = next(o for o in plain["objects"] if o["type"] == "report")["extensions"][EXTENSION]
    for name in ("numbers", "claims", "parts", "term", "ranking", "exhibits", "factors", "limits",
                 "error_rates", "organisation", "naming", "head"):  # fmt: skip
        assert carried[name] == told[name], name
    assert by_kind["campaign"][0].name == told["campaign"]
    assert {n.abstract: n.content for n in by_kind["note"]}["Summary"] == "\n".join(told["summary"])
    refs = {o["id"] for o in plain["objects"]}
    assert set(report.object_refs) <= refs
    assert set(by_kind["grouping"][0].object_refs) <= refs


def test_the_same_case_gives_the_same_bytes(told: dict[str, Any], page: str, pdf: bytes) -> None:
    assert page_of(told, opened().record) == page
    assert bundle_of(told) == bundle_of(told)
    assert pdf_of(page, told["head"]) == pdf


def test_no_form_holds_the_name_or_an_account(
    told: dict[str, Any], page: str, pdf: bytes, tmp_path: Path
) -> None:
    forms = (page, read_pdf(pdf, tmp_path), bundle_of(told), orjson.dumps(told).decode())
    accounts = [a["account"] for a in opened().record["accounts"]]
    for form in forms:
        assert squeezed(NAME).lower() not in squeezed(form).lower()
        assert not [a for a in accounts if a in form]


def test_what_others_wrote_is_shown_and_does_nothing(
    told: dict[str, Any], page: str, pdf: bytes, tmp_path: Path
) -> None:
    assert "<script" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert not re.search(r"<\w[^<>]*\b(?:src|href)=(?![\"']data:)", page)
    assert "alert(1)" in read_pdf(pdf, tmp_path)


def test_a_closed_case_claims_nothing() -> None:
    case = grown(opened(), kinds.ANSWER, {"exclusion": "authorised_training", "answer": "applies",
                                          "grounds": "contract 7"})  # fmt: skip
    report = document(case)
    page = seen(page_of(report, case.record))
    assert "Closed: authorised training applies" in page
    assert "Rival accounts" not in page
    assert not [o for o in orjson.loads(bundle_of(report))["objects"] if o["type"] == "opinion"]


def test_every_box_is_filled_or_void_with_why(told: dict[str, Any]) -> None:
    assert [f["clause"] for f in told["factors"]] == [
        "3(11)(A)(i)", "3(11)(A)(ii)", "3(11)(A)(iii)", "3(11)(B)(i)", "3(11)(B)(ii)",
        "3(11)(B)(iii)", "3(11)(B)(iv)",
    ]  # fmt: skip
    assert all(f["status"] in ("filled", "void") and f["why"] for f in told["factors"])
    filled = [f for f in told["factors"] if f["status"] == "filled"]
    known = {e["id"] for e in told["exhibits"]}
    assert filled
    assert all(set(f["findings"]) <= known for f in filled)


def test_a_finding_from_outside_ends_the_single_source() -> None:
    names = {one["name"] for one in document(opened())["limits"]}
    assert "single_source" in names
    case = added(nameable(), about_party("external", direct=True, bits=7.0))
    assert "single_source" not in {one["name"] for one in document(case)["limits"]}


def test_dates_appear_only_where_an_enactment_is_supposed() -> None:
    from stillwatch.attribute.deadlines import deadlines_of

    none = deadlines_of(0, 1, None)
    assert none["status"] == "introduced, not law"
    assert all(row["due_us"] is None for row in none["rows"])
    rows = {row["name"]: row for row in deadlines_of(0, 1, 0)["rows"]}
    assert rows["assessment"]["due_us"] == 180 * 86_400_000_000
    assert rows["report"]["due_us"] == 210 * 86_400_000_000
    assert rows["list_entry"]["due_us"] is None
    assert not deadlines_of(0, 366 * 86_400_000_000)["conduct_in_past_year"]
