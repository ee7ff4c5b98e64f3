"""``stillwatch control appeals|register``: contest, rule, publish; agree beforehand."""

from __future__ import annotations

import sys
from typing import Any

import click

from stillwatch.cli.shell import Shell, pass_shell

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
_BY = click.option("--by", "name", required=True, metavar="NAME", help="The person who decides.")


@click.group()
def appeals() -> None:
    """Open, list and rule on appeals; publish how they end."""


@appeals.command("open")
@click.argument("case")
@click.option("--account", required=True, help="Whose case it is; you must have made sure.")
@click.option("--campaign", default="", help="Its campaign, for cases about one.")
@click.option("--statement", default="", help="What the subject says.")
@_JSON
@pass_shell
def open_command(shell: Shell, /, case: str, *, as_json: bool, **options: Any) -> None:
    """Open an appeal for somebody who quotes CASE."""
    from stillwatch.adapters.control.desk import Desk, iso, now_us
    from stillwatch.control.appeals import contest

    desk = Desk(shell.settings)
    ledger, policy = desk.log.ledger, desk.policy()
    account, campaign = options["account"], options["campaign"]
    names = [f"rule:{rule.id}" for rule in policy.rules]
    names += [f"rule:{limit.id}" for limit in policy.limits]
    abouts = [*ledger.abouts(account, campaign), *names]
    if not campaign:
        abouts += [d.id for d in ledger.enforcement.decisions.values()]
    made = contest(
        case, account, abouts=abouts, appeals=ledger.appeals, case_key=desk.case_key(),
        now_us=now_us(), statement=options["statement"],
    )  # fmt: skip
    desk.log.append(made)
    _tell(made.to_json(), as_json, [f"{made.case} is open; a person rules by {iso(made.due_us)}"])


@appeals.command("list")
@_JSON
@pass_shell
def list_command(shell: Shell, /, *, as_json: bool) -> None:
    """List the appeals that wait, the longest first."""
    from stillwatch.adapters.control.desk import Desk, iso, now_us

    moment = now_us()
    found = Desk(shell.settings, read_only=True).log.ledger.open_appeals()
    rows = [{**one.to_json(), "id": one.id, "due_us": one.due_us} for one in found]
    lines = [
        f"{one.case}  due {iso(one.due_us)}{'  LATE' if one.due_us <= moment else ''}  {one.about}"
        for one in found
    ]
    _tell({"appeals": rows}, as_json, lines or ["no appeal waits"])


@appeals.command("rule")
@click.argument("case")
@click.option("--grant/--uphold", required=True, help="Take it back for the account, or not.")
@click.option("--why", required=True, help="For the subject, in words.")
@_BY
@_JSON
@pass_shell
def rule_command(shell: Shell, /, case: str, *, as_json: bool, **options: Any) -> None:
    """Rule on the appeal of CASE, as a person who neither made nor approved the decision."""
    from stillwatch.adapters.control.desk import Desk, now_us
    from stillwatch.control.appeals import Outcome, rule_on
    from stillwatch.model.errors import BadInput

    desk = Desk(shell.settings)
    ledger = desk.log.ledger
    found = [one for one in ledger.appeals.values() if one.case == case]
    if not found:
        raise BadInput("no appeal has this case number.", where=case)
    ruling, restores = rule_on(
        found[0],
        outcome=Outcome.GRANTED if options["grant"] else Outcome.UPHELD,
        name=options["name"],
        why=options["why"],
        rulings=ledger.rulings.values(),
        decision=ledger.enforcement.decisions.get(found[0].about),
        approvals=ledger.enforcement.approvals.values(),
        now_us=now_us(),
    )
    desk.log.append(*([ruling, restores] if restores else [ruling]))
    told = {"ruling": ruling.to_json(), "restores": restores.to_json() if restores else None}
    line = f"{case}: {ruling.outcome}" + (f"; {restores.id} restores it" if restores else "")
    _tell(told, as_json, [line])


@appeals.command("clock")
@_JSON
@pass_shell
def clock_command(shell: Shell, /, *, as_json: bool) -> None:
    """Ease the accounts whose 72 hours are over; run it every hour."""
    from stillwatch.adapters.control.desk import Desk, now_us
    from stillwatch.control.appeals import overdue

    desk = Desk(shell.settings)
    ledger = desk.log.ledger
    known = ledger.enforcement.decisions
    made = overdue(ledger.appeals.values(), ledger.rulings.values(), known, now_us())
    desk.log.append(*made)
    lines = [f"{d.about} falls to {d.control}: {d.note}" for d in made]
    _tell({"decisions": [d.to_json() for d in made]}, as_json, lines or ["no appeal is late"])


@appeals.command("rates")
@_JSON
@pass_shell
def rates_command(shell: Shell, /, *, as_json: bool) -> None:
    """Print the error rates, by rung, as they may be published."""
    from stillwatch.adapters.control.desk import Desk, now_us
    from stillwatch.control.published import error_rates

    desk = Desk(shell.settings, read_only=True)
    ledger, policy = desk.log.ledger, desk.policy()
    rungs = {rule.id: rule.rung.name for rule in policy.rules}
    rungs |= {limit.id: "burst_cut" for limit in policy.limits}
    rows = error_rates(
        ledger.enforcement.decisions, ledger.appeals.values(), ledger.rulings.values(),
        now_us(), rungs,
    )  # fmt: skip
    lines = [
        f"{r.rung:22} {r.n_decisions} decisions, {r.n_appeals} appeals, {r.n_ruled} ruled, "
        f"{r.n_granted} granted ({r.granted_low_95:.1%} to {r.granted_high_95:.1%}), "
        f"{r.n_late} late"
        for r in rows
    ]
    _tell({"error_rates": [r.to_json() for r in rows]}, as_json, lines or ["nothing was decided"])


@click.command()
@click.argument("account")
@click.option(
    "--use",
    required=True,
    type=click.Choice(["research", "evaluation", "reseller", "partner", "migration"]),
    help="What is agreed.",
)
@click.option("--id", "number", required=True, help="Number of the study or the contract.")
@click.option("--requests-a-day", type=float, required=True, help="The bound.")
@click.option("--until", required=True, help="30d, or an ISO time.")
@_BY
@click.option("--note", default="", help="What for, in a sentence.")
@_JSON
@pass_shell
def register(shell: Shell, /, account: str, *, as_json: bool, **options: Any) -> None:
    """Agree to a use beforehand: a study, a reseller, a migration.

    Within its bound ACCOUNT is spared what rules ask for; an auditor sees what was spared.
    """
    from stillwatch.adapters.control.desk import Desk, iso, moment_us, now_us
    from stillwatch.control.registry import Registration, Use

    moment = now_us()
    made = Registration(
        id=options["number"],
        account=account,
        use=Use(options["use"]),
        requests_a_day=options["requests_a_day"],
        starts_us=moment,
        until_us=moment_us(options["until"], moment),
        agreed_by=options["name"],
        note=options["note"],
    )
    Desk(shell.settings).log.append(made)
    line = f"{made.use} {made.id} for {account} until {iso(made.until_us)}"
    _tell(made.to_json(), as_json, [line])


@click.command("step-up")
@click.argument("account")
@click.argument("step", type=click.Choice(["asked", "passed", "failed"]))
@_JSON
@pass_shell
def step_up(shell: Shell, /, account: str, step: str, *, as_json: bool) -> None:
    """Note that a verification was asked for, passed or failed.

    One that was asked for and not completed in seven days has lapsed. What follows is the
    policy's to say; nobody is refused by this alone.
    """
    from stillwatch.adapters.control.desk import Desk, now_us
    from stillwatch.control.stepup import Event, Step

    moment, desk = now_us(), Desk(shell.settings)
    desk.log.append(Event(account, Step(step), moment))
    now = desk.log.ledger.steps(moment)[account]
    _tell({"account": account, "stands": now.value}, as_json, [f"{account}: {now.value}"])


def _tell(value: Any, as_json: bool, lines: list[str]) -> None:
    if as_json:
        from stillwatch.adapters.results import write_json

        write_json(value, sys.stdout.buffer)
        return
    for line in lines:
        click.echo(line)
