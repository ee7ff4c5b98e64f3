"""The report as a page: its first sheet answers, the others say why; the PDF is the same page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from jinja2 import Environment
from markupsafe import Markup

from stillwatch.adapters.pages import environment_of, style_of
from stillwatch.adapters.report import words
from stillwatch.adapters.report.html import shown

_PACKAGE: Final = "stillwatch.adapters.reviewing"
#: rows of a table that a page shows; the JSON holds all.
N_POINTS, N_FILES, N_LINES = 60, 200, 40
_WORDS: Final = {
    "concern": "Concern",
    "no_concern": "No concern",
    "undecided": "Undecided",
    "not_examined": "Not examined",
}
#: outlines within 20 by 20: a mark never stands without its word.
_MARKS: Final = {
    "concern": "M10 3.5 18 17H2zM10 8.5v4M10 14.6v.4",
    "no_concern": "M4 10.5l4 4 8-9",
    "undecided": "M7 7.5a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.1-1.5 2.4M10 15.2v.6",
    "not_examined": "M4 10h12",
}
_COLOURS: Final = {
    "concern": "#b3372f", "no_concern": "#0a7a5c", "undecided": "#a06a00",
    "not_examined": "#6a737b",
}  # fmt: skip
_STATES: Final = {
    "not_asked": "The vendor was not asked yet.",
    "waiting": "The vendor was asked and may still reply.",
    "replied": "The vendor replied.",
    "silent": "The vendor was asked and did not reply in time.",
}


def page_of(document: Mapping[str, Any]) -> str:
    """A report as HTML that opens offline, without script.

    Args:
        document: of the schema ``stillwatch.review/1``.
    """
    parts: dict[str, list[Any]] = {}
    for part in document["parts"]:
        parts.setdefault(part["name"], []).append(part)
    return _environment().get_template("review.html").render(
        d=document, css=style_of(_PACKAGE, "templates/review.css"), parts=parts,
        blind=[e["title"] for e in document["not_examined"] if e["applies"]],
        states=_STATES, n_points=N_POINTS, n_files=N_FILES, n_lines=N_LINES,
    )  # fmt: skip


def says(value: object, limit: int = 160) -> Markup:
    """Others' words as a sentence: the first letter is made a capital."""
    text = value if isinstance(value, str) else str(value)
    return shown(text[:1].upper() + text[1:], limit)


def mark(outcome: str) -> Markup:
    """The mark of an outcome and its word; the picture is for the eye alone."""
    return Markup(
        '<span class="mark {0}"><svg viewBox="0 0 20 20" width="14" height="14" '
        'aria-hidden="true"><path d="{1}" fill="none" stroke="{2}" stroke-width="2.2" '
        'stroke-linecap="round" stroke-linejoin="round"></path></svg> {3}</span>'
    ).format(outcome, _MARKS[outcome], _COLOURS[outcome], _WORDS[outcome])


def rail(value: Mapping[str, Any]) -> Markup:
    """A share with its interval on a line from 0 to 1; nothing for another unit."""
    low, best, high = (float(value[name]) for name in ("low", "best", "high"))
    if value["unit"] != "share" or low < 0 or high > 1:
        return Markup("")
    return Markup(
        '<svg class="rail" viewBox="0 0 100 10" width="110" height="11" aria-hidden="true">'
        '<rect x="0" y="4.4" width="100" height="1.2" fill="#b8c2ca"></rect>'
        '<rect x="{:.2f}" y="3.2" width="{:.2f}" height="3.6" fill="#7ba8c6"></rect>'
        '<circle cx="{:.2f}" cy="5" r="2.6" fill="#1d6ea5"></circle></svg>'
    ).format(100 * low, max(100 * (high - low), 0.6), 2.6 + 94.8 * best)


def figure(value: Mapping[str, Any]) -> str:
    """A number as a person says it.

    >>> figure({"best": 0.25, "low": 0.2, "high": 0.31, "unit": "share"})
    '25% (20% to 31%)'
    """
    best, low, high = (float(value[name]) for name in ("best", "low", "high"))
    if value["unit"] == "share" and low >= 0 and high <= 1:
        told = [words.percent(x, 0 if x >= 0.1 or x == 0 else 1) for x in (best, low, high)]
    else:
        told = [words.count(x) if x == round(x) else f"{x:,.3g}" for x in (best, low, high)]
        unit = str(value["unit"])[:40]
        told[0] = f"{told[0]} {unit}{'' if best == 1 or unit.endswith('s') else 's'}"
    return told[0] if low == high else f"{told[0]} ({told[1]} to {told[2]})"


def chance(p: float) -> str:
    """A p-value in few signs.

    >>> chance(3.2e-09), chance(0.04)
    ('p = 3.2e-09', 'p = 0.04')
    """
    return f"p = {p:.2g}"


@cache
def _environment() -> Environment:
    environment = environment_of(_PACKAGE)
    environment.filters.update(t=shown, count=words.count, mark=mark, rail=rail, figure=figure,
                               chance=chance, says=says, plural=words.plural)  # fmt: skip
    return environment
