"""The few things that every chart needs: escaped markup, short numbers, clean lists."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from stillwatch.adapters.report import words
from stillwatch.adapters.report.reading import sequence


def num(value: float) -> str:
    """A coordinate with at most one decimal and no needless zero."""
    shown = f"{value:.1f}"
    shown = shown.removesuffix(".0")
    return "0" if shown == "-0" else shown


def join(parts: Iterable[str]) -> Markup:
    """Pieces of markup put together; plain text among them is escaped."""
    return Markup("").join(parts)


def figures(value: object, n_expected: int | None = None) -> list[float]:
    """The numbers of a list, 0 where one is missing, none below 0.

    Args:
        value: the list of the contract.
        n_expected: cut or fill with zeros to this length.
    """
    found = [max(0.0, words.number(item) or 0.0) for item in sequence(value)]
    if n_expected is None:
        return found
    return (found + [0.0] * n_expected)[:n_expected]
