"""``stillwatch detect`` and ``stillwatch explain``: find campaigns, and say why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from stillwatch.adapters.engines.address import parse_engine
from stillwatch.adapters.readers import FORMATS
from stillwatch.cli.exits import FOUND, NONE_FOUND
from stillwatch.cli.shell import Shell, pass_shell
from stillwatch.cli.watching import watching

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("logs", nargs=-1, required=True)
@click.option(
    "--accounts", type=_FILE, metavar="FILE", help="Account table: Parquet, JSONL or CSV."
)
@click.option("--releases", type=_FILE, metavar="FILE", help="Model releases, JSON.")
@click.option(
    "--format", "form", type=click.Choice(["auto", *FORMATS]), default="auto", show_default=True,
    help="Format of LOGS.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
@click.option("--report", type=_FILE, metavar="FILE", help="Write a self-contained HTML report.")
@click.option(
    "--features", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Write, for each campaign, the numbers its weights follow from.",
)  # fmt: skip
@click.option(
    "--rejects", type=_FILE, metavar="FILE", help="Write rows that were set aside, JSONL."
)
@click.option("--strict", is_flag=True, help="Stop at the first malformed row.")
@click.option("--show-text", is_flag=True, help="Show prompt templates as text, not redacted.")
@click.option("--account", metavar="NAME", help="Account of rows that name none (batch files).")
@click.option("--sent-at", metavar="TIME", help="Time of rows that have none (batch files).")
@click.option(
    "--state", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Keep finished steps here; a run that was cut off goes on from them.",
)  # fmt: skip
@click.option(
    "--engine", metavar="ENGINE", default="local", show_default=True,
    help="Where logs are read: local, or ray://HOST:PORT.",
)  # fmt: skip
@click.option(
    "--engine-unauthenticated", "unauthenticated", is_flag=True,
    help="Use a cluster that lets everybody in.",
)  # fmt: skip
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@pass_shell
def detect(shell: Shell, /, **options: Any) -> int:
    """Find coordinated campaigns in API traffic.

    LOGS are files, folders or globs; .gz and .zst are read as they are.
    """
    from stillwatch.adapters.looking import look
    from stillwatch.adapters.results import save_last, write_json

    with watching(quiet=options["quiet"]) as progress:
        result = look(shell.settings, **_request(options), progress=progress)
    if options["report"]:
        _write_report(result, options["report"], shell, show_text=options["show_text"])
    public = _without_text(result, show_text=options["show_text"])
    save_last(public)
    if options["as_json"]:
        write_json(public, sys.stdout.buffer)
    else:
        from rich.console import Console

        from stillwatch.adapters.report import render_terminal

        render_terminal(public, Console())
    return FOUND if result["campaigns"] else NONE_FOUND


@click.command()
@click.argument("target")
@click.option(
    "--result", type=_FILE, metavar="FILE", help="A saved --json result; else the last run's."
)
@click.option(
    "--check", type=click.Path(path_type=Path), metavar="PATH",
    help="Recompute its weights from what detect --features wrote: 0 all agree, 1 some do not.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the record itself.")
def explain(target: str, result: Path | None, check: Path | None, *, as_json: bool) -> int:
    """Say why a campaign, a watched cluster or an account was named.

    TARGET is an id, or enough of its beginning. With --check it is a campaign; the result is
    not needed then, and its numbers are held against the recomputed ones where it is there.
    """
    from rich.console import Console

    from stillwatch.adapters.report import render_explain
    from stillwatch.adapters.results import load_last, load_result, record_of, write_json

    if check:
        return _check(target, result, check, as_json=as_json)
    loaded = load_result(result) if result else load_last()
    if as_json:
        write_json(record_of(loaded, target), sys.stdout.buffer)
    else:
        render_explain(loaded, target, Console())
    return NONE_FOUND


def _check(target: str, result: Path | None, path: Path, *, as_json: bool) -> int:
    """Recompute the weights of a campaign from its terms."""
    from rich.console import Console

    from stillwatch.adapters.features import check_features, load_features
    from stillwatch.adapters.report import render_recheck
    from stillwatch.adapters.results import find_last, load_result, record_of, write_json

    features = load_features(path, target)
    campaign = str(features["campaign"])
    record = record_of(load_result(result), campaign) if result else find_last(campaign)
    report = check_features(features, record)
    if as_json:
        write_json(report, sys.stdout.buffer)
    else:
        render_recheck(report, Console())
    return NONE_FOUND if report["agrees"] else FOUND


def _request(options: dict[str, Any]) -> dict[str, Any]:
    defaults = {"account": options["account"], "sent_at": options["sent_at"]}
    engine = options["engine"]
    return {
        "logs": options["logs"],
        "accounts": options["accounts"],
        "releases": options["releases"],
        "form": options["form"],
        "rejects": options["rejects"],
        "strict": options["strict"],
        # on other machines text stays where it was read: a report from there shows no templates
        "keep_text": options["show_text"] or bool(options["report"] and not parse_engine(engine)),
        "defaults": {k: v for k, v in defaults.items() if v},
        "state": options["state"],
        "engine": engine,
        "unauthenticated": options["unauthenticated"],
        "features": options["features"],
    }


def _write_report(result: dict[str, Any], path: Path, shell: Shell, *, show_text: bool) -> None:
    from stillwatch.adapters.report import render_html
    from stillwatch.adapters.results import write_whole

    page = render_html(result, show_text=show_text or shell.settings.report.show_text)
    write_whole(path, page.encode())
    click.echo(f"report: {path}", err=True)


def _without_text(result: dict[str, Any], *, show_text: bool) -> dict[str, Any]:
    """The result without template text, unless it was asked for."""
    if show_text:
        return result
    stripped = []
    for campaign in result["campaigns"]:
        pictures = {k: v for k, v in campaign.get("pictures", {}).items() if k != "templates"}
        stripped.append({**campaign, "pictures": pictures})
    return {**result, "campaigns": stripped}
