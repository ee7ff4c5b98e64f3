"""No review knows where a vendor is from: the bar and the tool's file have no place for it."""

from __future__ import annotations

import ast
from pathlib import Path

from stillwatch.adapters.reviewing.toolfile import ORIGIN
from stillwatch.vet.review.bar import BAR
from tests.house.test_origin_is_no_feature import WORDS, _names
from tests.house.tree import PACKAGE, parsed, place, words_of

SOUGHT = (WORDS | ORIGIN) - {"origin", "flag", "government", "language", "languages"}
FILES = [
    *sorted((PACKAGE / "vet" / "review").rglob("*.py")),
    PACKAGE / "playbooks" / "reviewing.py",
    *sorted((PACKAGE / "adapters" / "reviewing").rglob("*.py")),
]


def test_neither_a_name_nor_a_field_of_a_review_speaks_of_origin() -> None:
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


def test_the_bar_is_one_list_without_a_vendor_in_it() -> None:
    told = " ".join(" ".join(str(getattr(one, f)) for f in one.__slots__) for one in BAR)
    assert not SOUGHT & set(words_of(told))
