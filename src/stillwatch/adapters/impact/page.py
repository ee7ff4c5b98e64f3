"""The estimate as a page that opens offline, and the page from which the PDF is set."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from stillwatch.adapters.impact import charts, telling
from stillwatch.adapters.pages import environment_of, style_of
from stillwatch.adapters.report import words
from stillwatch.adapters.report.html import shown
from stillwatch.adapters.report.visible import visible

_PACKAGE = "stillwatch.adapters.impact"


def page_of(document: Mapping[str, Any]) -> str:
    """The page.

    Args:
        document: of the schema ``stillwatch.impact/1``.
    """
    lags, about = document["lags"], document["subject"]
    return (
        _environment()
        .get_template("impact.html")
        .render(
            d=document,
            css=style_of(_PACKAGE, "templates/impact.css"),
            title=visible(about["case"] or about["campaign"] or "a quiet window", 80),
            titles=telling.TITLES,
            four=charts.four(document["quantities"]),
            lag=charts.suites(lags) if lags else Markup(""),
            tornado_tokens=charts.tornado(document["sensitivity"]["usable_tokens"], "token"),
            tornado_uplift=charts.tornado(document["sensitivity"]["uplift"], "share"),
            worlds=charts.with_and_without(document["worlds"]),
        )
    )


@cache
def _environment() -> Environment:
    environment = environment_of(_PACKAGE)
    environment.filters.update(
        t=shown,
        count=words.count,
        span=telling.span,
        lag_span=telling.lag_span,
        days=telling.days,
        day_count=lambda n: words.plural(n, "day"),
        usd=telling.usd,
        number=telling.number,
        percent=lambda value: words.percent(value, 0),
        name=lambda value: value.replace("_", " "),
        bare=lambda value: value.removeprefix("not recorded: "),
    )
    return environment
