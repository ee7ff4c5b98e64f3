"""Page: results and an ownership chain as one HTML file, without script or outside request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from stillwatch.adapters.pages import environment_of, style_of
from stillwatch.adapters.report.visible import visible
from stillwatch.adapters.screen.chain import chain_picture
from stillwatch.screen.answering import NOT_LEGAL_ADVICE
from stillwatch.screen.holdings import Graph
from stillwatch.screen.owning import Outcome, Ruling

_PACKAGE = "stillwatch.adapters.screen"
#: customers that are shown; the file of results has all.
MOST_SHOWN = 200
_RANK = {"review_by_a_person": 0, "could_not_look": 1, "ask_for_a_second_identifier": 2}
ADVICE = {
    "review_by_a_person": "more than a name fits: a person looks",
    "ask_for_a_second_identifier": "a name fits: ask for a second identifier",
    "could_not_look": "could not look",
    "go_on": "nothing found",
}


def render(
    results: Iterable[Mapping[str, Any]] | None,
    owned: Mapping[str, Any] | None,
    graph: Graph | None,
    rulings: Sequence[Ruling],
    *,
    day: str,
) -> str:
    """The page.

    Args:
        results: lines of a run; ``None`` for none.
        owned: answer about a company; ``None`` for none.
        graph: of the day.
        rulings: behind that answer, for the picture.
        day: ISO day.
    """
    counts: Counter[str] = Counter()
    shown: list[Mapping[str, Any]] = []
    for row in results or ():
        counts[row["advice"]] += 1
        if row["advice"] != "go_on":
            shown.append(row)
    shown.sort(key=lambda row: (_RANK.get(row["advice"], 9), -_best(row), row["customer"]))
    picture = Markup("")
    if graph is not None and owned is not None:
        drawn = next((one for one in rulings if one.outcome is not Outcome.NOT_REACHED), None)
        if drawn is not None:
            picture = chain_picture(graph, owned["about"], drawn)
    return _environment().get_template("screening.html").render(
        css=style_of(_PACKAGE, "templates/screening.css"), day=day, counts=counts,
        shown=shown[:MOST_SHOWN],
        n_hidden=max(0, len(shown) - MOST_SHOWN), has_results=results is not None, owned=owned,
        picture=picture, advice=ADVICE, note=NOT_LEGAL_ADVICE,
    )  # fmt: skip


def _best(row: Mapping[str, Any]) -> float:
    return max((float(one["p_name"]) for one in row.get("matches", ())), default=0.0)


@cache
def _environment() -> Environment:
    made = environment_of(_PACKAGE)
    made.filters["visible"] = visible
    return made
