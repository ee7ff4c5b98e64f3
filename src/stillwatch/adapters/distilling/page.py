"""The page of a rehearsal: one HTML file that opens offline."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment

from stillwatch.adapters.distilling import pictures
from stillwatch.adapters.pages import environment_of
from stillwatch.lab.distilling.attacks import ATTACKS
from stillwatch.lab.distilling.defences import BY_NAME
from stillwatch.lab.distilling.evidence import NAIVE, TESTS
from stillwatch.lab.distilling.students import SOURCES


def render(told: Mapping[str, Any]) -> str:
    """The whole page.

    Args:
        told: the contract ``stillwatch.distil/1``.
    """
    rows = told["students"]
    return (
        _environment()
        .get_template("distil.html")
        .render(
            told=told,
            rows=rows,
            tests=(*TESTS, NAIVE),
            naive=NAIVE,
            headlines=headlines(told),
            accuracies=pictures.accuracies(rows),
            p_values=pictures.p_values(rows),
            legend=pictures.legend(),
            false_alarms=pictures.false_alarms(told["calibration"]) if told["calibration"] else "",
            defences=BY_NAME,
            attacks=ATTACKS,
            sources=SOURCES,
        )
    )


def headlines(told: Mapping[str, Any]) -> list[str]:
    """What a reader should know first; only of students that were trained."""
    at = {row["name"]: row for row in told["students"]}
    found = []

    def right(name: str) -> str:
        return f"{at[name]['accuracy']['best']:.0%}"

    if {"none", "form"} <= at.keys():
        found.append(
            f"With {at['none']['attacker']['n_answered']:,} whole answers a student is right in "
            f"{right('none')} of problems; one that knows the form alone, in {right('form')}."
        )
    pairs = (
        ("answer only", "answer only, inverted", "Results alone leave"),
        ("conclusion first", "conclusion first, reordered", "The conclusion first leaves"),
        ("account cap", "account cap, more accounts", "A cap an account leaves"),
    )
    for plain, attacked, words in pairs:
        if {plain, attacked} <= at.keys():
            found.append(
                f"{words} it at {right(plain)}; a campaign that adapts is back at "
                f"{right(attacked)}."
            )
    ours = [row for row in told["students"] if not row["innocent"] and row["source"] == "served"]
    n_ours = sum(row["verdict"] == "ours" for row in ours)
    innocent = [row for row in told["students"] if row["innocent"]]
    n_accused = sum(row["verdict"] != "not found" for row in innocent)
    if ours:
        found.append(f"{n_ours} of {len(ours)} students of served answers are found to be ours.")
    if innocent:
        found.append(f"{n_accused} of {len(innocent)} innocent students are suspected.")
    for row in told["calibration"]:
        if not row["valid"]:
            level = row["levels"][1]
            found.append(
                f"The common test without deduplication accuses an innocent student under "
                f"{level['share']:.1%} of wrong keys at a level of 1%."
            )
    return found


@cache
def _environment() -> Environment:
    environment = environment_of("stillwatch.adapters.distilling")
    environment.filters["p"] = pictures.shown
    return environment
