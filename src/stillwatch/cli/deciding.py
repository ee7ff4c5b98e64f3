"""``stillwatch control decide|approve|undo|kill|propose|log|status``: what persons do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from stillwatch.cli.shell import Shell, pass_shell

_FILE = click.Path(path_type=Path, dir_okay=False)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
_BY = click.option("--by", "name", required=True, metavar="NAME", help="The person who decides.")
_NOTE = click.option("--note", default="", help="A sentence for the log.")
_CAMPAIGNS = click.option(
    "--campaigns", type=_FILE, help="A saved --json result of detect; else the last run's."
)


@click.command()
@_CAMPAIGNS
@_JSON
@pass_shell
def propose(shell: Shell, /, campaigns: Path | None, *, as_json: bool) -> None:
    """Let the rules decide about the campaigns that were found.

    What they say is logged. Decisions that need a person wait until one approves.
    """
    from stillwatch.adapters.control.desk import Desk, campaigns_from, now_us

    made = Desk(shell.settings).propose(campaigns_from(campaigns), now_us())
    _tell([d.to_json() for d in made], as_json, "decisions", [_line(d) for d in made])


@click.command()
@click.argument("control")
@click.argument("about")
@click.option("--until", required=True, help="24h, 7d, or an ISO time.")
@_BY
@click.option("--reason", default="review", show_default=True, help="A reason code.")
@click.option("--because", multiple=True, help="Id of the evidence.")
@click.option("--share", type=float, help="Only for this share of the cluster (a canary).")
@click.option("--shadow", is_flag=True, help="Note only.")
@_CAMPAIGNS
@_NOTE
@_JSON
@pass_shell
def decide(shell: Shell, /, control: str, about: str, *, as_json: bool, **options: Any) -> None:
    """Decide about a campaign or an account, as a person.

    CONTROL is a rung of the ladder, such as observe, slow, refuse or ban_cluster; ABOUT is
    campaign:... or account:... .
    """
    from stillwatch.adapters.control.desk import Desk, campaigns_from, moment_us, now_us
    from stillwatch.control.deciding import by_person
    from stillwatch.model.decision import Mode

    moment = now_us()
    desk = Desk(shell.settings)
    members: set[str] = set()
    if about.startswith("account:") and control not in ("observe", "verify", "slow"):
        found = campaigns_from(options["campaigns"])
        members = {str(m["account"]) for c in found["campaigns"] for m in c["accounts"]}
    share = options["share"]
    made = by_person(
        control,
        about,
        name=options["name"],
        now_us=moment,
        until_us=moment_us(options["until"], moment),
        reason=options["reason"],
        because=options["because"],
        members=members,
        answers=desk.policy().answers,
        mode=Mode.SHADOW if options["shadow"] else Mode.CANARY if share else Mode.ENFORCE,
        share=share or 1.0,
        note=options["note"],
    )
    desk.log.append(made)
    _tell(made.to_json(), as_json, "", [_line(made)])


@click.command()
@click.argument("decision")
@_BY
@_NOTE
@_JSON
@pass_shell
def approve(shell: Shell, /, decision: str, name: str, note: str, *, as_json: bool) -> None:
    """Consent to a decision that waits for it.

    DECISION is an id, or enough of its beginning.
    """
    from stillwatch.adapters.control.desk import Desk, now_us
    from stillwatch.control.deciding import approve as consent

    desk = Desk(shell.settings)
    found = desk.decision(decision)
    made = consent(
        desk.log.ledger.enforcement, found.id, name=name, now_us=now_us(), note=note
    )  # fmt: skip
    desk.log.append(made)
    _tell(made.to_json(), as_json, "", [f"{found.id} approved by {name}"])


@click.command()
@click.argument("decision")
@_BY
@_NOTE
@_JSON
@pass_shell
def undo(shell: Shell, /, decision: str, name: str, note: str, *, as_json: bool) -> None:
    """Take a decision back; what stood before it stands again.

    DECISION is an id, or enough of its beginning; an undo can itself be undone.
    """
    from stillwatch.adapters.control.desk import Desk, now_us
    from stillwatch.model.decision import By
    from stillwatch.model.decision import undo as take_back

    desk = Desk(shell.settings)
    found = desk.decision(decision)
    made = take_back(found, by=By.PERSON, name=name, made_us=now_us(), note=note)
    desk.log.append(made)
    _tell(made.to_json(), as_json, "", [f"{found.id} is taken back by {made.id}"])


@click.command()
@_BY
@click.option("--until", help="24h, 7d, or an ISO time; 30 days where nothing is said.")
@_NOTE
@_JSON
@pass_shell
def kill(shell: Shell, /, name: str, until: str | None, note: str, *, as_json: bool) -> None:
    """Stop all controls at once; verdicts go on being noted.

    `stillwatch control undo` with the id that is printed starts them again.
    """
    from stillwatch.adapters.control.desk import Desk, moment_us, now_us
    from stillwatch.control.deciding import kill as stop

    moment = now_us()
    until_us = moment_us(until, moment) if until else None
    made = stop(name=name, now_us=moment, until_us=until_us, note=note)
    Desk(shell.settings).log.append(made)
    _tell(made.to_json(), as_json, "", [_line(made)])


@click.command()
@_JSON
@pass_shell
def log(shell: Shell, /, *, as_json: bool) -> None:
    """List the log of decisions, its chain checked."""
    from stillwatch.adapters.control.desk import Desk

    found = Desk(shell.settings, read_only=True).log
    entries = list(found.ledger.entries())
    rows = [{"kind": e.kind, "id": e.id, "body": e.body} for e in entries]
    lines = [f"{e.kind:12} {e.id}  {_brief(e.body)}" for e in entries]
    lines.append(f"{found.n_lines} lines, the chain is whole, head {found.head}")
    _tell({"n_lines": found.n_lines, "head": found.head, "entries": rows}, as_json, "", lines)


@click.command()
@_JSON
@pass_shell
def status(shell: Shell, /, *, as_json: bool) -> None:
    """Say what is in force, what waits and what is late."""
    from stillwatch.adapters.control.desk import Desk, iso, now_us

    desk, moment = Desk(shell.settings, read_only=True), now_us()
    ledger = desk.log.ledger
    standing = ledger.enforcement.at(moment)
    waiting = ledger.open_appeals()
    late = [one for one in waiting if one.due_us <= moment]
    policy = desk.policy()
    told = {
        "live": desk.section.live,
        "stopped": standing.all_shadow.id if standing.all_shadow else None,
        "policy": {"name": policy.name, "digest": policy.digest},
        "in_force": [d.to_json() for d in standing.decisions],
        "waiting_for_approval": [d.to_json() for d in standing.waiting],
        "open_appeals": [one.to_json() for one in waiting],
        "late_appeals": [one.id for one in late],
    }
    mode = "stopped by the kill switch" if standing.all_shadow else (
        "live" if desk.section.live else "shadow mode: nothing is done"
    )  # fmt: skip
    lines = [f"policy {policy.name} {policy.digest}; {mode}"]
    lines += [f"in force  {_line(d)}" for d in standing.decisions]
    lines += [f"waiting   {_line(d)}; {d.n_approvals} must approve" for d in standing.waiting]
    lines += [f"appeal    {one.case} due {iso(one.due_us)}" for one in waiting]
    lines += [f"LATE      {one.case}" for one in late]
    _tell(told, as_json, "", lines)


@click.command()
@_JSON
@pass_shell
def verdicts(shell: Shell, /, *, as_json: bool) -> None:
    """Sum up the record of verdicts: what was said, and what was done.

    A line a rule or limit: in shadow mode it says what would have been done.
    """
    from stillwatch.adapters.control.desk import VERDICTS_NAME
    from stillwatch.adapters.control.verdicts import summed

    rows = summed(shell.settings.control.folder / VERDICTS_NAME)
    lines = [
        f"{row['rule']:24} "
        + ", ".join(f"{key} {value}" for key, value in row.items() if key != "rule")
        for row in rows
    ]
    _tell({"verdicts": rows}, as_json, "", lines or ["nothing was said"])


def _line(decision: Any) -> str:
    from stillwatch.adapters.control.desk import iso

    mode = "" if decision.mode == "enforce" else f" ({decision.mode} {decision.share:.0%})"
    return (
        f"{decision.id}  {decision.control}{mode} {decision.about} until {iso(decision.until_us)}"
        f" by {decision.by} {decision.name}"
    )


def _brief(body: dict[str, Any]) -> str:
    wanted = ("control", "about", "decision", "appeal", "account", "outcome", "name", "case")
    return " ".join(str(body[key]) for key in wanted if body.get(key))


def _tell(value: Any, as_json: bool, key: str, lines: list[str]) -> None:
    if as_json:
        from stillwatch.adapters.results import write_json

        write_json({key: value} if key else value, sys.stdout.buffer)
        return
    for line in lines:
        click.echo(line)
