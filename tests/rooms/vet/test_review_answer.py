"""What a review answers follows from the bar, never milder than what its parts say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.reviewing.contract import read_report
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.playbooks.reviewing import examine
from stillwatch.vet.part import Outcome, Part, Severity
from stillwatch.vet.review import BAR, Answer, Mode, Tool, document_of
from stillwatch.vet.review.reading import GRAVEST_FIRST
from tests.rooms.vet.reviewed import NOW_US, TOOL, part, parts, point, review_of

#: from the mildest to the gravest.
MILDEST_FIRST = [a.value for a in (Answer.NOTHING_AGAINST, Answer.ON_CONDITIONS, Answer.NOT_KNOWN,
                                   Answer.DO_NOT_RUN)]  # fmt: skip
GRAVE = (point(Severity.CRITICAL),)
NAMES = [one.name for one in BAR]
ESSENTIAL = [one.name for one in BAR if one.essential]


def told(*given: Part, **words: Any) -> dict[str, Any]:
    document = document_of(review_of(*given, **words), mode=Mode.PRIVATE, made_us=NOW_US)
    read_report(json.dumps(document).encode(), "report")
    return document


def answer(*given: Part, **words: Any) -> str:
    return str(told(*given, **words)["answer"]["answer"])


def test_everything_examined_without_a_concern_says_nothing_against_and_never_safe() -> None:
    document = told(*parts())
    assert document["answer"]["answer"] == "nothing_against"
    assert document["answer"]["conditions"] == []
    assert document["not_examined"] == []
    assert "safe." in document["limits"][0] and "Nothing here says" in document["limits"][0]


@pytest.mark.parametrize("name", ESSENTIAL)
@pytest.mark.parametrize("outcome", [Outcome.UNDECIDED, Outcome.NOT_EXAMINED])
def test_nothing_is_known_before_what_is_essential_was_decided(name: str, outcome: Outcome) -> None:
    document = told(*parts(**{name: outcome}))
    assert document["answer"]["answer"] == "not_known"
    assert [c["of"] for c in document["answer"]["conditions"]] == [
        next(one.title for one in BAR if one.name == name)
    ]


@pytest.mark.parametrize("name", [n for n in NAMES if n != "lineage"])
def test_a_critical_point_in_what_is_about_running_forbids_it(name: str) -> None:
    others = [one for one in parts() if one.name != name]
    document = told(*others, part(name, Outcome.CONCERN, points=GRAVE))
    assert document["answer"]["answer"] == "do_not_run"
    assert document["outcome"] == "concern"


def test_whose_model_it_was_trained_on_is_a_matter_of_counsel_not_of_running() -> None:
    others = [one for one in parts() if one.name != "lineage"]
    document = told(*others, part("lineage", Outcome.CONCERN, points=GRAVE))
    assert document["answer"]["answer"] == "on_conditions"
    assert "counsel" in document["answer"]["conditions"][0]["do"]


@given(
    outcomes=st.lists(st.sampled_from(list(Outcome)), min_size=7, max_size=7),
    at=st.integers(0, 6), grave=st.booleans(),
)  # fmt: skip
def test_a_concern_more_never_makes_the_answer_milder(
    outcomes: list[Outcome], at: int, grave: bool
) -> None:
    before = parts(**dict(zip(NAMES, outcomes, strict=True)))
    worse = part(NAMES[at], Outcome.CONCERN, points=GRAVE if grave else (point(),))
    first, second = answer(*before), answer(*before, worse)
    assert second != "nothing_against"
    if grave and NAMES[at] != "lineage":
        assert second == "do_not_run"
    if outcomes[at] not in (Outcome.NOT_EXAMINED, Outcome.UNDECIDED):
        assert MILDEST_FIRST.index(second) >= MILDEST_FIRST.index(first)


@given(st.permutations(parts(files=Outcome.CONCERN, lineage=Outcome.UNDECIDED)))
def test_the_order_of_parts_changes_nothing(shuffled: list[Part]) -> None:
    assert told(*shuffled) == told(*parts(files=Outcome.CONCERN, lineage=Outcome.UNDECIDED))


@given(st.text(min_size=1, max_size=30).filter(lambda s: s.strip() and "Works" not in s))
def test_the_bar_is_the_same_whoever_the_vendor_is(vendor: str) -> None:
    given_ = parts(behaviour=Outcome.CONCERN)
    one = told(*given_)
    other = told(*given_, tool=replace(TOOL, vendor=vendor))
    assert other.pop("tool") == {**one.pop("tool"), "vendor": vendor}
    assert one == other


def test_no_number_stands_for_the_whole() -> None:
    document = told(*parts(files=Outcome.CONCERN))
    keys = {key for row in document["examinations"] for key in row} | set(document["answer"])
    assert not {"score", "grade", "rating", "total"} & (keys | set(document))


@pytest.mark.parametrize(
    ("contradictory", "read", "says"),
    [
        (part("files", points=GRAVE), "concern", "critical point"),
        (part("files", Outcome.NOT_EXAMINED, points=GRAVE), "concern", "critical point"),
        (part("files", points=(), covered=()), "undecided", "names nothing"),
        (part("files", subject="sha256:" + "0" * 64), "undecided", "not about the files"),
    ],
)
def test_a_part_that_contradicts_itself_is_read_more_gravely(
    contradictory: Part, read: str, says: str
) -> None:
    document = told(*(one for one in parts() if one.name != "files"), contradictory)
    row = next(row for row in document["examinations"] if row["name"] == "files")
    assert row["outcome"] == read
    assert any(says in line for line in document["contradictions"])
    assert document["answer"]["answer"] != "nothing_against"


def test_of_parts_that_disagree_the_graver_stands_and_both_are_told() -> None:
    document = told(*parts(), part("behaviour", Outcome.CONCERN))
    row = next(row for row in document["examinations"] if row["name"] == "behaviour")
    assert (row["outcome"], row["told"]) == ("concern", ["no_concern", "concern"])
    assert "the graver stands" in document["contradictions"][0]
    assert GRAVEST_FIRST[0] is Outcome.CONCERN


def test_a_part_that_tells_no_digest_is_a_loose_end_and_keeps_its_outcome() -> None:
    loose = part("files", subject="model")
    document = told(*(one for one in parts() if one.name != "files"), loose)
    assert "nothing shows that it is about the files" in document["loose_ends"][0]
    assert document["answer"]["answer"] == "nothing_against"
    assert told(*parts())["loose_ends"] == []


def test_what_nobody_looked_at_stands_with_the_reason_also_where_it_does_not_apply() -> None:
    bare = Tool(name="Chat", endpoints=TOOL.endpoints, datasets=())
    document = told(part("identity"), part("behaviour"), tool=bare)
    blind = {row["name"]: (row["applies"], row["why"]) for row in document["not_examined"]}
    assert set(blind) == {"signature", "files", "substitution", "data_flow", "lineage"}
    assert blind["files"] == (False, "it does not apply: no files of the tool were handed in.")
    assert blind["data_flow"][1].startswith("nobody looked")
    # Files do not apply and hold nothing up; where requests go is essential and was not seen.
    assert document["answer"]["because"][0].startswith("Data flow")
    assert all(c["of"] != "Files" for c in document["answer"]["conditions"])


def test_a_part_that_the_bar_does_not_have_is_refused() -> None:
    with pytest.raises(BadInput, match="no examination 'taste'"):
        told(*parts(), part("taste"))


def test_one_examination_that_fails_stops_no_other() -> None:
    def broken() -> Part:
        raise OutsideFailed("the scanner is not there.")

    said: list[str] = []
    runners = {"files": broken, "identity": lambda: part("identity"), "lineage": broken}
    made = examine([part("lineage")], runners, said.append)
    assert [(one.name, one.outcome) for one in made] == [
        ("identity", Outcome.NO_CONCERN), ("files", Outcome.NOT_EXAMINED),
        ("lineage", Outcome.NO_CONCERN),
    ]  # fmt: skip
    assert said == ["Identity", "Files"]
    assert "the scanner is not there" in made[1].because


def test_a_re_test_must_lie_ahead() -> None:
    with pytest.raises(BadInput, match="not after the report"):
        told(*parts(), retest_on=date(2026, 11, 26))
