"""Commands about law, trends and access among allies."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from stillwatch.cli.allies import FILE, JSON, LANGUAGE, MEMBERS, print_json
from stillwatch.cli.exits import FOUND, NONE_FOUND

_PACKS = click.option(
    "--packs", "folder", type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR", help="Rule packs of your own instead of those that are shipped.",
)  # fmt: skip
_DAY = click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), help="On which it is asked; today by default."
)


@click.command()
@click.argument("case", type=FILE)
@click.option(
    "--in",
    "places",
    multiple=True,
    metavar="CODE",
    help="Jurisdictions to compare, such as US or EU; all by default.",
)
@_DAY
@_PACKS
@LANGUAGE
@JSON
def compare(
    case: Path, places: tuple[str, ...], day: datetime | None, folder: Path | None, language: str,
    *, as_json: bool,
) -> int:  # fmt: skip
    """Show where the law of jurisdictions agrees and conflicts in a case.

    CASE is JSON: {"facts": {"crosses_border": true, ...}}, each true, false or null. Exit code 1
    where there is a conflict. Not legal advice.
    """
    from stillwatch.adapters.ally.cases import read_case
    from stillwatch.adapters.ally.members import load_packs
    from stillwatch.ally.packs import SEATS, compare
    from stillwatch.model.errors import BadInput

    packs = load_packs(folder)
    codes = [SEATS.get(code.upper(), code.upper()) for code in places] or sorted(packs)
    if missing := [code for code in codes if code not in packs]:
        raise BadInput(f"no rule pack for {', '.join(missing)}; there are {', '.join(packs)}.")
    asked = day.date() if day else datetime.now(UTC).date()
    found = compare(read_case(case), [packs[c] for c in dict.fromkeys(codes)], asked)
    if as_json:
        print_json(found)
    else:
        _show(found, language)
    return FOUND if any(a["outcome"] == "conflict" for a in found["acts"]) else NONE_FOUND


@click.command()
@_DAY
@_PACKS
@JSON
def packs(day: datetime | None, folder: Path | None, *, as_json: bool) -> None:
    """List the rule packs: rules, dates, status, sources."""
    from stillwatch.adapters.ally.members import load_packs

    asked: date = day.date() if day else datetime.now(UTC).date()
    rows = [
        {"jurisdiction": code, "rule": rule.id, "act": rule.act, "says": rule.says.value,
         "status": rule.status.value, "in_force": rule.in_force(asked),
         "since": rule.since.isoformat() if rule.since else None,
         "until": rule.until.isoformat() if rule.until else None,
         "verify": rule.verify, "source": rule.source, "told": rule.told}
        for code, pack in load_packs(folder).items() for rule in pack.rules
    ]  # fmt: skip
    if as_json:
        print_json({"schema": "stillwatch.rule-packs/1", "day": asked.isoformat(), "rules": rows})
        return
    for row in rows:
        force = "in force" if row["in_force"] else f"not in force ({row['status']})"
        check = "  verify" if row["verify"] else ""
        head = f"{row['jurisdiction']}  {row['rule']:22} {row['says']:9} {row['act']:22}"
        click.echo(f"{head} {force}{check}")
    click.echo("Not legal advice.")


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--pool", is_flag=True, help="FILES are packs of several nodes; make one of them.")
def trends(files: tuple[Path, ...], *, pool: bool) -> None:
    """Make a de-identified trend pack, or pool those of several nodes. Prints JSON.

    FILES are what `stillwatch detect --json` printed, one a window, or packs. Cells of few are left
    out.
    """
    from stillwatch.adapters.ally.cases import read_json
    from stillwatch.adapters.results import load_result
    from stillwatch.ally.trends import pooled, trends_of

    if pool:
        print_json(pooled([read_json(file) for file in files]))
        return
    campaigns: dict[str, Any] = {}
    for file in files:
        campaigns |= {one["id"]: one for one in load_result(file)["campaigns"]}
    print_json(trends_of(campaigns.values()))


@click.command()
@click.argument("member")
@click.option(
    "--purpose",
    default="defence",
    show_default=True,
    type=click.Choice(("defence", "research", "enforcement", "policy")),
)
@MEMBERS
@JSON
def access(member: str, purpose: str, members: Path, *, as_json: bool) -> None:
    """Say what a member is given, by which access tier, and why not more."""
    from stillwatch.adapters.ally.members import load_members
    from stillwatch.adapters.ally.node import now_us
    from stillwatch.ally.access import access, closed
    from stillwatch.model.marking import Purpose

    told = load_members(members)
    party, moment, use = told.other(member).place().party, now_us(), Purpose(purpose)
    tiers = told.access_tiers()
    given = access(tiers, party, use, moment)
    shut = {t.name: list(why) for t in tiers if (why := closed(t, party, use, moment))}
    if as_json:
        print_json({"schema": "stillwatch.access/1", "member": member, "purpose": purpose,
                    "given": given, "closed": shut})  # fmt: skip
        return
    for thing, tier in given.items():
        click.echo(f"{thing:20} by {tier}")
    for tier, reasons in shut.items():
        click.echo(f"{tier} is closed: {'; '.join(reasons)}")
    if not given:
        click.echo("nothing is given")


def _show(found: dict[str, Any], language: str) -> None:
    from stillwatch.ally.labels import label

    click.echo(f"{found['day']}: {', '.join(found['facts']) or 'no facts'}")
    if found["not_known"]:
        click.echo(
            f"not known, so no rule that asks for it was looked at: {', '.join(found['not_known'])}"
        )
    for act in found["acts"]:
        click.echo(f"\n{act['what']}: {label(act['outcome'], language)}")
        for code, position in act["positions"].items():
            for rule in position["rules"]:
                check = " [verify]" if rule["verify"] else ""
                head = f"  {code}  {label(rule['says'], language)}"
                click.echo(f"{head}: {rule['told']} ({rule['source']}){check}")
            for rule in position["not_in_force"]:
                head = f"  {code}  {label('not in force', language)} ({_when(rule, found['day'])})"
                click.echo(f"{head}, would say {rule['says']}: {rule['told']}")
    click.echo(f"\n{found['note']}")


def _when(rule: dict[str, Any], day: str) -> str:
    """Why a rule does not bind on a day."""
    if rule["since"] and rule["since"] > day:
        return f"from {rule['since']}"
    if rule["until"] and rule["until"] <= day:
        return f"{rule['status']}, ended {rule['until']}"
    return str(rule["status"])
