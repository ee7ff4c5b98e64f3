"""The report as a page, and the page as a PDF: one template for both.

Bytes depend on the case alone: dates come from it, the identifier of the PDF is the digest of its
last entry, and nothing is fetched from anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from stillwatch.adapters.cases import pictures
from stillwatch.adapters.pages import environment_of, pdf_of, style_of
from stillwatch.adapters.report import words
from stillwatch.adapters.report.html import shown
from stillwatch.attribute.document import iso

__all__ = ["page_of", "pdf_of"]

_PACKAGE = "stillwatch.adapters.cases"


@dataclass(frozen=True, slots=True)
class Scale:
    """Where bits stand on the rail of the rivals, in per cent of its width."""

    low: float
    high: float

    def at(self, bits: float) -> float:
        """Place of a number of bits."""
        place = 100 * (min(max(bits, self.low), self.high) - self.low) / (self.high - self.low)
        return round(place, 2)


def rail(value: Mapping[str, float], scale: Scale) -> Markup:
    """A number of bits with its interval on one scale, as a picture."""
    low, best, high, zero = (scale.at(x) for x in (value["low"], value["best"], value["high"], 0.0))
    return pictures.image(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 12" preserveAspectRatio="none">'
        '<rect width="100" height="12" fill="#f3f6f8"/>'
        f'<rect x="{zero - 0.2:.2f}" width="0.4" height="12" fill="#6d7b88"/>'
        f'<rect x="{low:.2f}" y="5" width="{max(high - low, 0.3):.2f}" height="2" fill="#7ba8c6"/>'
        f'<rect x="{best - 0.8:.2f}" y="2.5" width="1.6" height="7" fill="#1d5c86"/></svg>',
        alt=f"{value['best']:.1f} bits",
    )


def page_of(document: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """The report as HTML that opens offline, without script.

    Args:
        document: of the schema ``stillwatch.case-report/1``.
        record: the campaign, for the pictures.
    """
    drawn, families = pictures.graph(record)
    return _environment().get_template("case.html").render(
        d=document, css=style_of(_PACKAGE, "templates/case.css"), scale=_scale(document), rail=rail,
        series=pictures.series(record), graph=drawn, families=families,
    )  # fmt: skip


def _scale(document: Mapping[str, Any]) -> Scale:
    ranking = document["ranking"]
    told = [r["against_it"] for r in ranking["ranked"]] if ranking else []
    low = min([0.0, *(t["low"] for t in told)])
    high = max([1.0, *(t["high"] for t in told)])
    room = 0.04 * (high - low)
    return Scale(low - room, high + room)


@cache
def _environment() -> Environment:
    environment = environment_of(_PACKAGE)
    environment.filters.update(
        t=shown,
        count=words.count,
        bits=words.bits,
        percent=words.percent,
        iso=iso,
        name=lambda value: value.replace("_", " "),
    )
    return environment
