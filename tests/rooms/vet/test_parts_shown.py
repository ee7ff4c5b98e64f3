"""Parts on the screen and as JSON: alike for every examination, with one set of exit codes."""

from __future__ import annotations

import json

import pytest

from stillwatch.cli.lazy import LazyGroup
from stillwatch.cli.vet import ENTRIES
from stillwatch.cli.vet_shown import show_part, show_parts
from stillwatch.model.quantity import Quantity
from stillwatch.vet import Outcome, Part, Point, Severity, part_from

POINT = Point(
    title="it does \x1b[31mharm", severity=Severity.CRITICAL, observed="seen twice.",
    where="route-a", value=Quantity(best=0.5, low=0.25, high=0.75, unit="share"), p_value=1e-7,
    log2_e=21.5, method="a test",
)  # fmt: skip


def part(outcome: Outcome, n_open: int = 1) -> Part:
    return Part(
        name="lineage", subject="student", outcome=outcome, because="Because of that.",
        points=(POINT,), covered=("answers",), limits=("mind the gap",), tools={"a": "1"},
        not_covered=tuple(f"nobody saw {nth}" for nth in range(n_open)),
        known_evasions={"a": ("a way past",)},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "code", "word"),
    [
        (Outcome.CONCERN, 1, "CONCERN"),
        (Outcome.NO_CONCERN, 0, "no concern"),
        (Outcome.UNDECIDED, 2, "UNDECIDED"),
        (Outcome.NOT_EXAMINED, 2, "NOT EXAMINED"),
    ],
)
def test_a_part_is_said_first_and_ends_the_program(capsys, outcome, code, word):
    assert show_part(part(outcome), as_json=False) == code
    shown = capsys.readouterr().out
    assert shown.startswith(f"{word}: lineage of student\n  Because of that.\n")
    for said in (
        "CRITICAL", "(route-a)", "50.0% (25.0% to 75.0%); p = 1e-07; e = 21.5 bits; a test",
        "Not looked at", "Looked at", "Mind", "Known to get past this", "With a 1.",
    ):  # fmt: skip
        assert said in shown
    assert "\x1b" not in shown
    assert show_part(part(outcome), as_json=True) == code
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "stillwatch.vetting/1"
    assert part_from(told) == part(outcome)


def test_a_table_of_its_own_stands_below_what_is_said_as_a_whole(capsys):
    show_part(part(Outcome.CONCERN), as_json=False, own=lambda _: print("a table"), points=False)
    shown = capsys.readouterr().out
    assert shown.index("Because") < shown.index("a table") < shown.index("Not looked at")
    assert "CRITICAL" not in shown


def test_long_lists_are_cut_and_say_so(capsys):
    show_part(part(Outcome.CONCERN, n_open=45), as_json=False)
    shown = capsys.readouterr().out
    assert "nobody saw 29" in shown
    assert "nobody saw 30" not in shown
    assert "and 15 more; --json lists all." in shown


def test_of_several_parts_the_gravest_ends_the_program(capsys):
    concern, none, undecided = (
        part(one) for one in (Outcome.CONCERN, Outcome.NO_CONCERN, Outcome.UNDECIDED)
    )
    assert show_parts([none, undecided]) == 2
    assert show_parts([undecided, concern]) == 1
    assert show_parts([none, none]) == 0
    assert capsys.readouterr().out.count(": lineage of student") == 6


def test_a_command_stands_once_in_a_list():
    assert len({one.name for one in ENTRIES}) == len(ENTRIES)
    with pytest.raises(ValueError, match="twice"):
        LazyGroup(entries=[*ENTRIES, ENTRIES[0]])
