"""Where somebody comes from enters no hypothesis, no finding and no record of a case."""

from __future__ import annotations

import ast
from pathlib import Path

from stillwatch.attribute.hypotheses import HYPOTHESES
from stillwatch.playbooks.case import KEPT
from tests.house.test_origin_is_no_feature import WORDS, _names
from tests.house.tree import PACKAGE, parsed, place, words_of

SOUGHT = WORDS | {"citizenship", "nation", "national", "foreign", "timezone", "jurisdiction"}
#: the signal that looks for another product's prompts, and where the list says so.
ALLOWED = {"foreign_residue"}
FILES = [
    PACKAGE / "playbooks" / "case.py",
    *sorted((PACKAGE / "attribute").rglob("*.py")),
    *sorted((PACKAGE / "adapters" / "cases").rglob("*.py")),
]


def test_neither_a_name_nor_a_field_of_a_case_speaks_of_origin() -> None:
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
        if text not in ALLOWED and SOUGHT & set(words_of(text))
    ]


def test_no_hypothesis_is_about_where_somebody_comes_from() -> None:
    for one in HYPOTHESES:
        told = " ".join((one.name, one.title, one.says, one.means))
        assert not SOUGHT & set(words_of(told)), one.name
    assert not SOUGHT & {word for name in KEPT for word in words_of(name)}
