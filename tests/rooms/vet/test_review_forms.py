"""Bill of materials, statement and page hold before the standards' own validators."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from in_toto_attestation.v1.statement import Statement

from stillwatch.adapters.reviewing.page import figure, page_of
from stillwatch.adapters.reviewing.validating import bom_fault, is_spdx
from stillwatch.model.errors import BadInput
from stillwatch.vet.part import Outcome, Severity
from stillwatch.vet.review import Dataset, Dissent, Mode, Tool, document_of
from stillwatch.vet.review.bom import bom_of
from stillwatch.vet.review.inventory import HashedFile, Inventory, tree_digest
from stillwatch.vet.review.statement import PREDICATE, TYPE, statement_of
from tests.rooms.vet.reviewed import INVENTORY, NOW_US, TOOL, part, parts, point, review_of

HOSTILE = (
    "<script>alert(1)</script>", "</title></style><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)', "{{ 7 * 7 }}{% raw %}", "\x1b[2J\x1b]0;owned\x07", "a\u202egnp.exe",
    "z" + "\u0301" * 300, "", "   ", "no_concern", "x" * 100_000,
)  # fmt: skip


def document(*given_: Any, **words: Any) -> dict[str, Any]:
    return document_of(review_of(*(given_ or parts()), **words), mode=Mode.PRIVATE, made_us=NOW_US)


def test_the_bill_of_materials_fits_the_schema_with_its_model_card() -> None:
    tool = replace(
        TOOL, built_on=("Base 3B",), limits=("knows nothing new",),
        datasets=(Dataset(name="Corpus", source="https://x.example", licence="CC-BY-4.0"),
                  Dataset(name="Traces", outputs_of=("a model",))),
    )  # fmt: skip
    bom = bom_of(document(*parts(behaviour=Outcome.CONCERN), tool=tool), spdx=True)
    assert bom_fault(bom) == ""
    card = bom["metadata"]["component"]["modelCard"]
    assert card["modelParameters"]["modelArchitecture"] == "LlamaForCausalLM"
    assert card["modelParameters"]["datasets"] == [{"ref": "dataset-0"}, {"ref": "dataset-1"}]
    metric = card["quantitativeAnalysis"]["performanceMetrics"][0]
    assert metric["confidenceInterval"] == {"lowerBound": "0.2", "upperBound": "0.4"}
    files = bom["metadata"]["component"]["components"]
    assert [one["hashes"][0]["content"] for one in files] == ["a" * 64, "b" * 64]
    assert bom["services"][0]["endpoints"] == ["https://api.example/v1"]


def test_a_bare_tool_has_a_bill_of_materials_too() -> None:
    bare = document(part("identity"), tool=Tool(name="Chat"), inventory=Inventory())
    assert bom_fault(bom_of(bare, spdx=False)) == ""


@pytest.mark.parametrize(
    "broken", [{"specVersion": "9"}, {"bomFormat": "X"}, {"serialNumber": "1"}, {"unknown": 1}]
)
def test_the_validator_finds_a_broken_bill_of_materials(broken: dict[str, Any]) -> None:
    assert bom_fault({**bom_of(document(), spdx=True), **broken})
    assert bom_fault(b"{") and bom_fault(b"\xff")


def test_the_serial_number_follows_from_the_content() -> None:
    one, two = (bom_of(document(), spdx=True)["serialNumber"] for _ in range(2))
    other = bom_of(document(tool=replace(TOOL, version="2.1")), spdx=True)["serialNumber"]
    assert one == two != other


@pytest.mark.parametrize(
    ("licence", "known"),
    [
        ("Apache-2.0", True),
        ("MIT OR GPL-3.0-only", True),
        ("Our own licence v1", False),
        ("", False),
    ],
)
def test_a_licence_is_an_spdx_expression_or_the_vendors_words(licence: str, known: bool) -> None:
    assert is_spdx(licence) is known
    told = document(tool=replace(TOOL, licence=licence))
    assert bom_fault(bom_of(told, spdx=is_spdx(licence))) == ""


def test_the_statement_is_one_of_in_toto_over_files_and_endpoints() -> None:
    told = statement_of(document(), {"report.json": b"x"})
    statement = Statement.copy_from_pb(_proto(told))
    statement.validate()
    assert (told["_type"], told["predicateType"]) == (TYPE, PREDICATE)
    assert [one["name"] for one in told["subject"]] == [
        "config.json", "w.safetensors", "endpoint:first",
    ]  # fmt: skip
    assert re.fullmatch("[0-9a-f]{64}", told["subject"][2]["digest"]["sha256"])


def _proto(told: dict[str, Any]) -> Any:
    from google.protobuf.json_format import Parse
    from in_toto_attestation.v1 import statement_pb2

    return Parse(json.dumps(told), statement_pb2.Statement())


def test_a_statement_about_nothing_is_refused() -> None:
    told = document(part("identity"), tool=Tool(name="Chat"), inventory=Inventory())
    with pytest.raises(BadInput, match="neither a file nor an endpoint"):
        statement_of(told, {})


def test_one_digest_of_many_files_depends_on_each_name_and_digest() -> None:
    one = tree_digest([("a", "0" * 64), ("b", "1" * 64)])
    assert one == tree_digest([("b", "1" * 64), ("a", "0" * 64)])
    assert one != tree_digest([("a", "1" * 64), ("b", "0" * 64)])
    assert tree_digest([("a\n" + "1" * 64 + " 1 b", "0" * 64)]) != one
    assert INVENTORY.digest.startswith("sha256:") and Inventory().digest == ""


class _Tags(HTMLParser):
    """Tags and the names of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(name for name, _ in attrs)))


def _tags(page: str) -> list[Any]:
    reader = _Tags()
    reader.feed(page)
    return reader.seen


def _with(word: str) -> dict[str, Any]:
    """A document in which others' words are all one word."""
    named = word or "x"
    odd = part(
        "behaviour", Outcome.CONCERN, subject=word, because=word, covered=(word,),
        not_covered=(word,), limits=(word,), tools={named: word}, known_evasions={named: (word,)},
        points=(point(title=word, observed=word, where=word or "x", method=word or "x"),),
    )  # fmt: skip
    tool = replace(TOOL, name=named, version=word or "1", vendor=word or "v", licence=word or "l",
                   purpose=word or "p", built_on=(word,), limits=(word,),
                   datasets=(Dataset(name=named, source=word or "s", licence=word or "l",
                                     outputs_of=(word,)),))  # fmt: skip
    dissent = Dissent(by=named.strip() or "x", said_on=date(2026, 11, 1), says=named.strip() or "x")
    return document(
        *(one for one in parts() if one.name != "behaviour"), odd, tool=tool, dissents=(dissent,),
        limits=(word,), by=named, inventory=Inventory(
            files=(HashedFile(named, 1, "c" * 64),), not_read=((named, word),)),
    )  # fmt: skip


PLAIN = _tags(page_of(_with("plain")))


@pytest.mark.parametrize("word", HOSTILE, ids=lambda word: repr(word[:20]))
def test_no_word_of_others_acts_in_the_page(word: str) -> None:
    page = page_of(_with(word))
    assert _tags(page) == PLAIN
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", page)
    assert len(page) < 400_000
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:|//)", page)


@given(st.text(max_size=60))
def test_no_text_at_all_acts_in_the_page(word: str) -> None:
    assert _tags(page_of(_with(word))) == PLAIN


def test_the_first_sheet_answers_before_anything_else() -> None:
    page = page_of(document(*parts(files=Outcome.CONCERN, data_flow=Outcome.NOT_EXAMINED)))
    places = [page.index(f'id="{name}"') for name in
              ("answer", "conditions", "table", "blind", "sure", "parts")]  # fmt: skip
    assert places == sorted(places)
    assert "Not looked at: </strong>Data flow." in page
    assert page.index("Not looked at") < page.index('id="conditions"')


def test_a_page_of_twenty_thousand_points_stays_small_and_says_how_many_more() -> None:
    many = part("behaviour", Outcome.CONCERN, points=tuple(point() for _ in range(20_000)))
    page = page_of(document(*(one for one in parts() if one.name != "behaviour"), many))
    assert "19,940 more points stand in the JSON" in page
    assert len(page) < 200_000


@pytest.mark.parametrize(
    ("value", "says"),
    [((0.25, 0.2, 0.31, "share"), "25% (20% to 31%)"), ((1.0, 1.0, 1.0, "entry"), "1 entry"),
     ((3.0, 2.0, 5.0, "bit"), "3 bits (2 to 5)"), ((1.5, 1.5, 1.5, "usd"), "1.5 usds")],
)  # fmt: skip
def test_a_number_is_said_with_its_interval_and_unit(value: Any, says: str) -> None:
    assert figure(dict(zip(("best", "low", "high", "unit"), value, strict=True))) == says


def test_severities_are_words_and_not_colours_alone() -> None:
    page = page_of(document(*parts(), part("files", Outcome.CONCERN, points=(
        point(Severity.CRITICAL), point(Severity.WARNING), point(Severity.NOTE)))))  # fmt: skip
    assert all(f'<b class="sev">{word}</b>' in page for word in ("critical", "warning", "note"))
