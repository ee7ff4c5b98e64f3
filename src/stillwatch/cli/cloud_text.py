"""What ``stillwatch cloud`` prints, and the options that its commands share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
FILE = click.Path(path_type=Path, dir_okay=False)
DAY = click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
    help="The day on which rules are read; today where none is named.",
)  # fmt: skip
RULES = click.option(
    "--rules", "own_rules", type=FILE, metavar="FILE", help="TOML with rules of your own.",
)  # fmt: skip


def day_of(told: datetime | None) -> date:
    """The day that was named, or today in UTC."""
    return datetime.now(UTC).date() if told is None else told.date()


def runs_text(result: dict[str, Any]) -> None:
    """Print runs for a terminal."""
    from stillwatch.adapters.cloud.page import headline, links_said, moment, short, span

    click.echo(headline(result))
    due = result["next_due"]
    click.echo(
        f"Next deadline: {due['day']}, {due['what']} ({due['rule']})."
        if due
        else f"No {'further ' if result['overdue'] else ''}deadline is known."
    )
    for late in result["overdue"]:
        click.echo(f"Overdue since {late['day']}: {late['what']} ({late['rule']}).")
    for run in result["runs"][:40]:
        accounts = ", ".join(clean(name) for name in run["accounts"][:5])
        more = len(run["accounts"]) - 5
        jobs = f"{len(run['jobs'])} job{'s' if len(run['jobs']) != 1 else ''}"
        rest = f" and {more} more" if more > 0 else ""
        click.echo(
            f"\n{short(run['run'])}  {run['word']:7}  {span(run['flop'])}\n"
            f"  {jobs} on {accounts}{rest}; "
            f"{moment(run['started_us'])} to {moment(run['ended_us'])}"
        )
        if run["flop"] is None:
            click.echo(f"  {clean(run['flop_why_not'])}")
        for sign in run["signs"]:
            click.echo(f"  {sign['family']}: {sign['bits']:+.1f} bits, {clean(sign['what'])}")
        for rule in run["rules"]:
            if rule["met"] != "could not look":
                rule_text(rule, "  ")
        if unseen := [rule["rule"] for rule in run["rules"] if rule["met"] == "could not look"]:
            click.echo(f"  cannot be answered without what it computed: {', '.join(unseen)}")
        if run["links"]:
            click.echo(f"  joined by {links_said(run['links'])}")
    if len(result["runs"]) > 40:
        click.echo(f"\n{len(result['runs']) - 40} more runs are in the JSON.")
    click.echo(
        f"\nJobs read: {result['n_jobs']:,}; smaller than the least that is looked at: "
        f"{result['n_small']:,}."
    )
    for one in result["could_not_look"]:
        click.echo(f"could not look: {one['why']} (jobs: {one['n_jobs']:,})")
    click.echo(f"\n{result['note']}")


def rule_text(rule: dict[str, Any], before: str) -> None:
    """Print what a rule says."""
    word = "BINDS" if rule["binds"] else rule["met"]
    click.echo(f"{before}{rule['kind']}: {rule['rule']}: {word}; {rule['standing']}")
    if rule["missing"]:
        click.echo(f"{before}  missing: {'; '.join(rule['missing'])}")
    if rule["due"]:
        click.echo(f"{before}  due {rule['due']['day']}: {rule['due']['what']}")
    if rule["doubt"]:
        click.echo(f"{before}  to check: {rule['doubt']}")


def customers_text(result: dict[str, Any]) -> None:
    """Print what records lack."""
    click.echo(f"{result['title']}: {result['standing']} on {result['day']}. {result['note']}")
    click.echo(f"{result['n_complete']} of {result['n_customers']} records are complete.")
    for duty in result["duties"]:
        click.echo(f"  {duty['day'] or 'no day':10}  {duty['what']}")
    for one in result["customers"]:
        told = [*(f"lacks {name}" for name in one["missing"]), *one["wrong"]]
        if one["may_go"]:
            told.append(f"may go since {one['keep_until']}")
        click.echo(f"  {clean(one['customer'])}: {'; '.join(told) or 'complete'}")


def draft_text(drafted: dict[str, Any]) -> None:
    """Print the draft of a report."""
    from stillwatch.adapters.cloud.page import short, span

    click.echo(f"Draft for {drafted['rule']} ({drafted['standing']}). {drafted['note']}")
    click.echo(
        f"  run {short(drafted['run_id'])}: {drafted['n_accounts']} accounts, "
        f"{drafted['n_records']} with a record"
    )
    for block in ("identity", "run"):
        for name, value in drafted[block].items():
            said = span(value) if name == "estimated_operations" and value else value
            click.echo(f"  {name:22} {'MISSING' if value is None else said}")
    for clock in drafted["clocks"]:
        click.echo(f"  due {clock['day']} ({clock['days_left']} days): {clock['what']}")


def clean(text: str) -> str:
    """Text of others, fit for a terminal."""
    from stillwatch.adapters.report.visible import visible

    return str(visible(text, 80))


def show(told: dict[str, Any]) -> None:
    """Print JSON."""
    import orjson

    click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
