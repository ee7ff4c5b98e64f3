"""Where somebody comes from is never read by the search for campaigns."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from stillwatch.model import ACCOUNT_COLUMNS, EXCHANGE_COLUMNS
from tests.house.tree import PACKAGE, parsed, place, words_of

WORDS = {
    "continent",
    "countries",
    "country",
    "ethnicity",
    "geo",
    "geoip",
    "language",
    "languages",
    "locale",
    "nationality",
    "region",
    "regions",
    "surname",
    "timezone",
    "tz",
    "zoneinfo",
}

#: file name and the exact name or string that may stand in it, with the reason.
ALLOWED: dict[tuple[str, str], str] = {
    ("groups.py", "language"): "the word itself, which coercion of the language of reasoning uses",
    (
        "matcher.py",
        "LANGUAGES",
    ): "lists of cues are joined into one; which list a cue came from is lost",
    ("__init__.py", "LANGUAGES"): "the lists of cues, one a written language",
}

#: folder of the phrases that prompts are searched for; its strings are no columns.
CUES = "cues"

FILES = sorted((PACKAGE / "detect").rglob("*.py"))


def test_neither_a_name_nor_a_column_speaks_of_origin() -> None:
    wrong = [one for path in FILES for one in _spoken(path)]
    assert not wrong, wrong


def _spoken(path: Path) -> list[str]:
    tree = parsed(path)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    if path.parent.name == CUES:
        prose |= {id(node) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    wrong = []
    for node in ast.walk(tree):
        for text in () if id(node) in prose else _names(node):
            if WORDS & set(words_of(text)) and (path.name, text) not in ALLOWED:
                wrong.append(f"{place(path, node)} {text!r}")
    return wrong


def test_the_contract_holds_one_column_of_origin_and_says_who_may_not_read_it() -> None:
    columns = {name: what for name, _, what in (*EXCHANGE_COLUMNS, *ACCOUNT_COLUMNS)}
    of_origin = {name: what for name, what in columns.items() if WORDS & set(words_of(name))}
    assert of_origin == {"region": "never read by detect"}


@pytest.mark.parametrize("source", ["x = t['region']", "home_country = 1", "f(timezone=2)"])
def test_the_search_would_find_it(source: str) -> None:
    found = [text for node in ast.walk(ast.parse(source)) for text in _names(node)]
    assert any(WORDS & set(words_of(text)) for text in found)


def _names(node: ast.AST) -> list[str]:
    """Return the identifiers of a node, and its string where it could name a column."""
    names = [
        getattr(node, field)
        for field in ("id", "attr", "arg", "name", "module")
        if isinstance(getattr(node, field, None), str)
    ]
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value:
        names.append(node.value)
    return names
