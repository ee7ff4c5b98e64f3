"""``stillwatch control check|explain|facts|backtest``: read a policy, and try it on history."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

_FILE = click.Path(path_type=Path, dir_okay=False)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


@click.command()
@click.argument("policy", default="default")
@_JSON
def check(policy: str, *, as_json: bool) -> None:
    """Say whether a policy stands, and what it says.

    POLICY is a TOML or JSON file, or the word default for the one that is shipped.
    """
    from stillwatch.adapters.control.policies import load_policy
    from stillwatch.control.explaining import described

    found = load_policy(policy)
    rows = described(found)
    if as_json:
        _print({"name": found.name, "digest": found.digest, "stands": True, "rules": rows,
                "limits": [one.id for one in found.limits]})  # fmt: skip
        return
    click.echo(
        f"{found.name} stands: {len(found.rules)} rules, {len(found.limits)} limits, "
        f"digest {found.digest}; no rule above friction can hold outside a campaign"
    )
    for row in rows:
        approvers = f", {row['approvers']} must approve" if row["approvers"] else ""
        click.echo(f"\n{row['rule']}: {row['rung']} ({row['state']}){approvers}")
        click.echo(f"  when     {row['when']}")
        for key in ("does", "bound", "appeal", "reversal"):
            click.echo(f"  {key:8} {row[key]}")
        click.echo(f"  expires  {row['expires_h']:g} h; about {row['about']}; {row['reason']}")


@click.command()
@click.argument("policy")
@click.argument("rule")
@click.option(
    "--fact", "given", multiple=True, metavar="NAME=VALUE", help="Such as account.age_days=3."
)
@_JSON
def explain(policy: str, rule: str, given: tuple[str, ...], *, as_json: bool) -> None:
    """Say why a rule holds or does not, part by part.

    POLICY is a file or the word default; RULE is the id of a rule or a limit.
    """
    from stillwatch.adapters.control.policies import load_policy
    from stillwatch.control.explaining import named, parts_of
    from stillwatch.control.trying import facts_from

    facts = facts_from(dict(_fact(text) for text in given))
    one = named(load_policy(policy), rule)
    parts = parts_of(one, facts, 0)
    holds = all(part.holds is True for part in parts)
    if as_json:
        told = [{"text": p.text, "holds": p.holds, "seen": p.seen} for p in parts]
        _print({"rule": rule, "holds": holds, "parts": told})
        return
    click.echo(f"{rule} {'holds' if holds else 'does not hold'}")
    words = {True: "true", False: "false", None: "unknown"}
    for part in parts:
        seen = ", ".join(f"{name} = {value}" for name, value in part.seen.items())
        click.echo(f"  {words[part.holds]:8} {part.text}\n{'':11}{seen}")


@click.command()
@_JSON
def facts(*, as_json: bool) -> None:
    """List the facts that a policy may speak of, and the rungs."""
    from stillwatch.control.facts import groups
    from stillwatch.control.ladder import LADDER

    rows = [
        {"fact": f.name, "type": str(f.kind), "can_be_unknown": f.nullable, "is": f.what}
        for _, found in groups()
        for f in found
    ]
    rungs = [
        {"rung": r.name, "does": r.does, "approvers": r.n_rule_approvals,
         "only_members": r.needs_campaign, "off_by_default": r.off_by_default}
        for r in LADDER
    ]  # fmt: skip
    if as_json:
        _print({"facts": rows, "rungs": rungs})
        return
    for row in rows:
        unknown = ", can be unknown" if row["can_be_unknown"] else ""
        click.echo(f"{row['fact']:28} {row['type']:20} {row['is']}{unknown}")
    click.echo("")
    for rung in rungs:
        click.echo(f"{rung['rung']:28} {rung['does']}")


@click.command()
@click.argument("policy")
@click.argument("logs", nargs=-1, required=True)
@click.option("--campaigns", type=_FILE, required=True, help="What detect --json found in LOGS.")
@click.option("--accounts", type=_FILE, help="Account table.")
@click.option("--releases", type=_FILE, help="Model releases, JSON.")
@click.option("--truth", type=_FILE, help="Truth of a labelled world.")
@click.option("--shadow", is_flag=True, help="As the states stand, in shadow mode.")
@click.option("--join-after", default="3h", show_default=True,
              help="From a new member's first request to its being known.")  # fmt: skip
@_JSON
def backtest(policy: str, logs: tuple[str, ...], *, as_json: bool, **options: Any) -> None:
    """Say whom a policy would have touched, by rung.

    LOGS are replayed in order of time; what was found in them acts from the moment that it
    was found. Without --truth, accounts outside every campaign stand in for the innocent.
    """
    from stillwatch.adapters.control.backtesting import backtest as run
    from stillwatch.adapters.control.policies import load_policy
    from stillwatch.control.reading import duration_us
    from stillwatch.control.replaying import Delays

    given = {name: options[name] for name in ("campaigns", "accounts", "releases", "truth")}
    delays = Delays(join_us=duration_us(options["join_after"], "--join-after"))
    told = run(load_policy(policy), logs, live=not options["shadow"], delays=delays, **given)
    if as_json:
        _print(told)
    else:
        _show(told)


def _show(told: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    out = Console()
    out.print(
        f"{told['n_exchanges']:,} exchanges of {told['n_accounts']:,} accounts; "
        f"{told['n_decisions']} decisions of rules; the innocent are: {told['benign_are']}"
    )
    key = "does" if told["live"] else "says"
    table = Table(title=f"what the policy {key}", title_justify="left")
    names = ("rung", "accounts", "exchanges", "benign", "share", "95% interval")
    for name in names:
        table.add_column(name, justify="left" if name == "rung" else "right", no_wrap=True)
    for row in told[key]:
        interval = f"{row['benign_low_95']:.1e} to {row['benign_high_95']:.1e}"
        table.add_row(
            row["rung"], f"{row['n_accounts']:,}", f"{row['n_exchanges']:,}",
            f"{row['n_benign_accounts']:,}", f"{row['benign_share']:.1e}", interval,
        )  # fmt: skip
    out.print(table)
    friction = told["friction"]
    out.print(
        f"touched exchanges of the innocent: {friction['n_touched']:,} of "
        f"{friction['n_benign_exchanges']:,} ({friction['share']:.4%})"
    )
    rows = Table(title="answered in full after detection", title_justify="left")
    for name in ("campaign", "accounts", "named", "exchanges after", "in full", "of named"):
        rows.add_column(name, justify="left" if name == "campaign" else "right")
    for row in told["campaigns"]:
        rows.add_row(
            row["campaign"], f"{row['n_accounts']:,}", f"{row['n_named']:,}",
            f"{row['n_after']:,}", _share(row["in_full_share"]), _share(row["named_in_full_share"]),
        )  # fmt: skip
    out.print(rows)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"


def _fact(text: str) -> tuple[str, Any]:
    """A fact from the command line; its value read as the fact's type."""
    import orjson

    from stillwatch.control.declaring import Kind
    from stillwatch.control.facts import BY_NAME

    name, sign, value = text.partition("=")
    if not sign:
        raise click.BadParameter(f"--fact {text}: write NAME=VALUE")
    fact = BY_NAME.get(name)
    if fact is not None and fact.kind is Kind.STRING:
        return name, value
    try:
        return name, orjson.loads(value)
    except orjson.JSONDecodeError:
        raise click.BadParameter(f"--fact {text}: {value!r} is no JSON value") from None


def _print(value: dict[str, Any]) -> None:
    from stillwatch.adapters.results import write_json

    write_json(value, sys.stdout.buffer)
