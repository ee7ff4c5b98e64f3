"""No policy can speak of where somebody comes from: such a fact cannot be declared."""

from __future__ import annotations

import ast
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from stillwatch.adapters.control.policies import shipped_text
from stillwatch.control import facts
from stillwatch.control.book import Call
from stillwatch.control.declaring import FORBIDDEN, Fact, Kind
from stillwatch.control.facts import FACTS
from stillwatch.model.errors import NotAllowed
from tests.house.test_origin_is_no_feature import WORDS, _names
from tests.house.tree import PACKAGE, parsed, place, words_of

FILES = sorted((PACKAGE / "control").rglob("*.py"))
#: what is searched for in the source: the words of the search for campaigns, and their kin.
SOUGHT = WORDS | {"citizenship", "nation", "timezone", "utcoffset"}


@pytest.mark.parametrize(
    "name",
    [
        "account.country", "account.nationality", "request.language", "request.tz",
        "account.time_zone", "account.surname", "account.name_script", "key.geo_city",
        "account.region", "request.locale", "account.passport_country", "request.utc_offset",
    ],
)  # fmt: skip
def test_a_fact_of_origin_cannot_be_declared(name: str) -> None:
    with pytest.raises(NotAllowed, match="origin is no fact"):
        Fact(name, Kind.STRING, "x")


def test_no_declared_fact_and_no_field_behind_one_speaks_of_origin() -> None:
    groups = [getattr(facts, f"{group.capitalize()}Facts") for group in
              ("request", "account", "campaign", "cluster", "usage", "key")]  # fmt: skip
    names = {fact.name for fact in FACTS}
    names |= {field.name for made in (*groups, Call) for field in fields(made)}
    wrong = {name for name in names if (FORBIDDEN | WORDS) & set(words_of(name))}
    assert not wrong


def test_every_fact_has_its_field_and_every_field_its_fact() -> None:
    declared = {fact.path for fact in FACTS}
    for group in {group for group, _ in declared}:
        held = {field.name for field in fields(getattr(facts, f"{group.capitalize()}Facts"))}
        assert held == {attribute for g, attribute in declared if g == group}, group


def test_the_shipped_policy_speaks_of_declared_facts_alone() -> None:
    told = tomllib.loads(shipped_text())
    for one in (*told["rule"], *told["limit"]):
        assert not SOUGHT & set(words_of(one.get("when", ""))), one["id"]


def test_neither_a_name_nor_a_column_of_the_room_speaks_of_origin() -> None:
    wrong = [one for path in FILES for one in _spoken(path)]
    assert not wrong, wrong


def _spoken(path: Path) -> list[str]:
    tree = parsed(path)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        f"{place(path, node)} {text!r}"
        for node in ast.walk(tree)
        if id(node) not in prose
        for text in _names(node)
        if SOUGHT & set(words_of(text))
    ]
