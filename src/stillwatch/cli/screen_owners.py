"""``stillwatch screen own``, ``shells`` and ``report``: owners, what shells share, and a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stillwatch.cli.exits import FOUND, NONE_FOUND
from stillwatch.cli.screen import need_extra
from stillwatch.cli.screen_lists import iso_day, print_json
from stillwatch.cli.shell import Shell, pass_shell
from stillwatch.model.errors import BadSettings

if TYPE_CHECKING:
    from stillwatch.screen.holdings import Graph
    from stillwatch.screen.owning import Ruling

_FILE = click.Path(path_type=Path, dir_okay=False)
_DATE = click.option("--date", "day", metavar="DAY", help="ISO day; today where none is named.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


@click.command()
@click.argument("graph", type=_FILE)
@click.option("--about", metavar="ID", help="The company; every one that is not listed else.")
@_DATE
@click.option("--html", type=_FILE, metavar="FILE", help="Write a page with a picture.")
@_JSON
@pass_shell
def own(
    shell: Shell, /, graph: Path, about: str | None, day: str | None, html: Path | None, *,
    as_json: bool,
) -> int:  # fmt: skip
    """Say what the rules of ownership say of a company on a day.

    GRAPH is JSON of stillwatch.ownership/1, or FollowTheMoney entities. Exit code 1 where a rule
    that is in force reaches it or cannot be ruled out.
    """
    need_extra()
    from stillwatch.adapters.screen.graphs import load_graph

    if html is not None and about is None:
        raise BadSettings("--html", "needs --about: a page is about one company.")
    known, digest = load_graph(graph)
    wanted = iso_day(day)
    those = [about] if about is not None else [
        one.id for one in known.nodes.values() if not one.listed and _is_owned(known, one.id)
    ]  # fmt: skip
    found = [_asked(shell, known, one, wanted, digest) for one in those]
    answers = [told for told, _ in found]
    if html is not None:
        _write_page(html, None, known, found[0], wanted)
    if as_json:
        print_json(answers[0] if about is not None else {"date": wanted, "answers": answers})
    else:
        for told in answers:
            _show(told)
        if html is not None:
            click.echo(f"Page written to {html}.")
    return FOUND if any(told["governing"] for told in answers) else NONE_FOUND


@click.command()
@click.argument("profiles", type=_FILE)
@_JSON
@pass_shell
def shells(shell: Shell, /, profiles: Path, *, as_json: bool) -> int:
    """Say which customers share what a shell company shares.

    PROFILES has a JSON object a line: customer, name, listed, officers, address, payment, domain,
    phone, catalogue_makers. Diligence, never a verdict: exit code 1 where something is to be looked
    into.
    """
    need_extra()
    from stillwatch.adapters.report.visible import visible
    from stillwatch.adapters.screen.graphs import load_profiles
    from stillwatch.screen.shells import signals

    found = signals(load_profiles(profiles))
    if as_json:
        print_json({"diligence": found, "note": "Diligence, not a verdict. Not legal advice."})
    else:
        for one in found:
            click.echo(f"{visible(one['customer'])}: {' '.join(one['says'])}")
        click.echo("Diligence, not a verdict." if found else "Nothing to look into was found.")
    return FOUND if found else NONE_FOUND


@click.command()
@click.option("--results", type=_FILE, metavar="FILE", help="Results of a run, .jsonl.")
@click.option("--graph", type=_FILE, metavar="FILE", help="Ownership graph.")
@click.option("--about", metavar="ID", help="The company in it.")
@_DATE
@click.option("--out", type=_FILE, required=True, metavar="FILE", help="The page.")
@_JSON
@pass_shell
def report(
    shell: Shell, /, results: Path | None, graph: Path | None, about: str | None,
    day: str | None, out: Path, *, as_json: bool,
) -> None:  # fmt: skip
    """Write a page of results and of an ownership chain."""
    need_extra()
    from stillwatch.adapters.screen.graphs import load_graph

    if results is None and graph is None:
        raise BadSettings("--results", "name results, or a graph with --about.")
    if (graph is None) != (about is None):
        raise BadSettings("--about", "a graph needs the company, and a company its graph.")
    wanted = iso_day(day)
    known, found = None, None
    if graph is not None and about is not None:
        known, digest = load_graph(graph)
        found = _asked(shell, known, about, wanted, digest)
    _write_page(out, results, known, found, wanted)
    if as_json:
        print_json({"page": str(out)})
    else:
        click.echo(f"Page written to {out}.")


def _is_owned(graph: Graph, name: str) -> bool:
    return any(one.owned == name for one in graph.holdings)


def _asked(
    shell: Shell, graph: Graph, about: str, day: str, digest: str
) -> tuple[dict[str, Any], list[Ruling]]:
    from stillwatch.adapters.screen.shipped import load_regimes
    from stillwatch.screen.answering import ownership_answer
    from stillwatch.screen.owning import rule_on

    regimes = load_regimes(shell.settings.screen.regimes)
    rulings = rule_on(graph, about, day, regimes)
    told = ownership_answer(
        about, graph.nodes[about].name, rulings, day=day, regimes=regimes, graph=digest,
        caveats=graph.on(day).caveats,
    )  # fmt: skip
    return told, rulings


def _write_page(
    out: Path, results: Path | None, graph: Graph | None,
    found: tuple[dict[str, Any], list[Ruling]] | None, day: str,
) -> None:  # fmt: skip
    from stillwatch.adapters.screen.page import render
    from stillwatch.adapters.settled import put_in_place
    from stillwatch.model.errors import OutsideFailed

    told, rulings = found or (None, [])
    text = render(
        None if results is None else _lines(results), told,
        None if graph is None else graph.on(day), rulings, day=day,
    )  # fmt: skip
    try:
        put_in_place(out, text.encode("utf-8"))
    except OSError as error:
        raise OutsideFailed(f"{out} cannot be written: {error.strerror}.") from None


def _lines(path: Path) -> list[dict[str, Any]]:
    import orjson

    from stillwatch.adapters.screen.formats.listfile import content
    from stillwatch.model.errors import BadInput

    try:
        rows = [orjson.loads(line) for line in content(path).splitlines() if line.strip()]
    except orjson.JSONDecodeError as error:
        raise BadInput(f"is no file of results: {error}.", where=str(path)) from None
    if not all(isinstance(row, dict) and {"customer", "advice"} <= set(row) for row in rows):
        raise BadInput("is no file of results of `screen check`.", where=str(path))
    return rows


def _show(told: dict[str, Any]) -> None:
    from stillwatch.adapters.report.visible import visible

    first = told["governing"]
    head = f"{visible(told['name'])} on {told['date']}: "
    if first is None:
        click.echo(f"{head}no rule of ownership in force reaches or holds it.")
    else:
        click.echo(f"{head}{first['outcome']} under {first['name']}.")
    for key in ("legal_prohibition", "policy_choice", "risk_note"):
        for one in told[key]:
            status = one["status"].replace("_", " ")
            outcome = one["outcome"].replace("_", " ")
            click.echo(f"  {key.replace('_', ' ')}: {one['name']}, {status}: {outcome}")
            for line in one["because"]:
                click.echo(f"    {visible(line, 300)}")
            click.echo(f"    {one['source']}")
            if one["to_verify"]:
                click.echo(f"    To be verified: {one['to_verify']}")
    for line in told["no_such_rule_on_this_day"]:
        click.echo(f"  no such rule on this day: {line}")
    for line in told["could_not_look"]:
        click.echo(f"  {visible(line, 300)}")
    click.echo(f"  {told['note']}")
