"""Docstrings become pages without loss, in whichever of the two forms a section begins."""

from __future__ import annotations

import pytest

from markdown_parts import docstring, table

TEXT = """Weigh a shared thing.

Because two accounts rarely share it; see :func:`~stillwatch.x` and ``n_accounts``.

Args:
    left: one, in bits.

    right: other.

Benign twin: a company card,
    and a university.

**Why it tells.** Few
share it.

Source: A1.

>>> 1 + 1
2

After."""


@pytest.fixture
def page() -> str:
    """Return the page of the example."""
    return docstring(TEXT, level=3)


def test_sections_become_headings_in_both_forms(page: str) -> None:
    headings = [line for line in page.splitlines() if line.startswith("### ")]
    assert headings == ["### Args", "### Benign twin", "### Why it tells", "### Source"]
    assert "### Benign twin\n\na company card,\nand a university.\n" in page


def test_no_word_is_lost(page: str) -> None:
    for word in ("Weigh", "rarely", "left: one", "right: other", "A1.", "After."):
        assert word in page


def test_examples_are_fenced_and_marks_translated(page: str) -> None:
    assert "```pycon\n>>> 1 + 1\n2\n```\n\nAfter." in page
    assert "`stillwatch.x` and `n_accounts`" in page
    assert page.count("```") == 2


def test_a_bar_in_a_cell_does_not_split_it() -> None:
    assert table(["a"], [["x | y"]]).splitlines()[-1] == "| x \\| y |"
