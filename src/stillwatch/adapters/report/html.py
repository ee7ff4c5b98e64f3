"""The report: one HTML file that opens offline, without script or outside request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from stillwatch.adapters.pages import environment_of, style_of
from stillwatch.adapters.report import reading, words
from stillwatch.adapters.report.charts import graph_chart, hours_chart, series_chart
from stillwatch.adapters.report.reading import Campaign, Family, mapping, rows, sequence
from stillwatch.adapters.report.redact import Piece, read_pieces
from stillwatch.adapters.report.visible import visible

_PACKAGE = "stillwatch.adapters.report"
N_ACCOUNTS_OPEN = 50
N_ACCOUNTS_MAX = 20_000
N_EVIDENCE = 6
N_EVIDENCE_MAX = 200
N_TEMPLATES = 12
_AGAINST_ZONE = 0.3  # part of the bar's width that stands left of zero

#: outlines of the marks for met, not met and could not tell.
_MARKS = {
    True: "M4 10.5l4 4 8-9",
    False: "M5 5l10 10M15 5l-10 10",
    None: "M7 7.5a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.1-1.5 2.4M10 15.2v.6",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A family's bar: offsets and lengths in per cent of the whole width."""

    family: Family
    zero: float
    pro: float
    con: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One prompt template: how many accounts and exchanges used it, and its pieces."""

    accounts: object
    exchanges: object
    pieces: list[Piece]


def render_html(
    result: Mapping[str, Any], *, title: str = "Campaign report", show_text: bool = False
) -> str:
    """The whole report as one self-contained HTML text.

    Args:
        result: the JSON contract, with an optional ``pictures`` block in each campaign.
        title: what the page is called.
        show_text: show the text of prompt templates; otherwise each word is replaced
            by a bar of its length.

    Returns:
        HTML without script and without any outside address; the same dict gives the
        same text.
    """
    template = _environment().get_template("report.html")
    found = reading.campaigns(result)
    return template.render(
        title=title,
        result=result,
        css=style_of(_PACKAGE, "static/report.css"),
        campaigns=found,
        watched=rows(result.get("watched")),
        not_looked=rows(result.get("not_looked")),
        settings=reading.settings_rows(result),
        window=mapping(result.get("window")),
        mode=mapping(result.get("settings")).get("mode"),
        show_text=show_text,
    )


@cache
def _environment() -> Environment:
    environment = environment_of(_PACKAGE)
    environment.filters.update(
        t=shown,
        plain=visible,
        count=words.count,
        big=words.big,
        bits=words.bits,
        percent=words.percent,
        time=lambda value: shown(reading.shown_time(value)),
        day=lambda value: shown(reading.shown_time(value, to_minute=False)),
        rows=rows,
        items=sequence,
        kind=reading.kind_of,
        odds=words.odds,
        rank=words.rank,
        number=words.number,
        name=lambda value: value.replace("_", " ") if isinstance(value, str) else value,
    )
    environment.globals.update(
        headline=reading.headline,
        family_bars=family_bars,
        series_chart=series_chart,
        hours_chart=hours_chart,
        graph_chart=graph_chart,
        templates_of=templates_of,
        mapping=mapping,
        claim_mark=claim_mark,
        watched_families=reading.read_families,
        n_open=N_ACCOUNTS_OPEN,
        n_most=N_ACCOUNTS_MAX,
        n_evidence=N_EVIDENCE,
        n_evidence_most=N_EVIDENCE_MAX,
        n_templates=N_TEMPLATES,
    )
    return environment


def shown(value: object, limit: int = 160) -> Markup:
    """Text of others, visible, escaped and kept apart from the direction around it."""
    return Markup("<bdi>{}</bdi>").format(visible(value, limit))


def claim_mark(met: bool | None) -> Markup:
    """A tick, a cross or a question mark as a small picture; the word stands beside it."""
    name = {True: "yes", False: "no", None: "unknown"}[met]
    return Markup(
        '<svg class="mark-{}" viewBox="0 0 20 20" aria-hidden="true"><path d="{}"></path></svg>'
    ).format(name, _MARKS[met])


def family_bars(families: list[Family]) -> list[Bar]:
    """Bars on one scale around one zero line, so that their lengths compare."""
    most_pro = max((family.pro_bits for family in families), default=0.0)
    most_con = max((-family.con_bits for family in families), default=0.0)
    left = _AGAINST_ZONE if most_con > 0 else 0.0
    per_bit = max(most_pro / (1 - left), most_con / left if left else 0.0, 1e-9)
    return [
        Bar(
            family=family,
            zero=round(100 * left, 2),
            pro=round(100 * family.pro_bits / per_bit, 2),
            con=round(-100 * family.con_bits / per_bit, 2),
        )
        for family in families
    ]


def templates_of(campaign: Campaign, show_text: bool) -> list[Example]:
    """The first templates of a campaign, ready to be shown."""
    return [
        Example(
            accounts=row.get("accounts"),
            exchanges=row.get("exchanges"),
            pieces=read_pieces(rows(row.get("pieces")), show_text=show_text),
        )
        for row in rows(campaign.pictures.get("templates"))[:N_TEMPLATES]
    ]
