"""``stillwatch cloud``: runs, reports, customers' records, rules on a day, private matching."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stillwatch.cli.cloud_private import asked_privately, offer
from stillwatch.cli.cloud_replay import replay
from stillwatch.cli.cloud_rules import customers, rules
from stillwatch.cli.cloud_sketching import sketch
from stillwatch.cli.cloud_text import (
    DAY,
    FILE,
    JSON,
    RULES,
    clean,
    day_of,
    draft_text,
    runs_text,
    show,
)
from stillwatch.cli.exits import FOUND, NONE_FOUND
from stillwatch.cli.shell import Shell, pass_shell

if TYPE_CHECKING:
    from stillwatch.cloud.customers import Books

_LOGS = click.argument("logs", nargs=-1, required=True, type=click.Path(path_type=Path))
_READING = (
    click.option("--strict", is_flag=True, help="Stop at the first row that cannot be read."),
    click.option(
        "--drop-columns", is_flag=True,
        help="Pass over columns that are no coarse telemetry, unread, instead of refusing.",
    ),
    click.option(
        "--map", "column_map", default="", metavar="NAME",
        help="Columns of a public trace: helios, pai, acme, openb, philly, or a TOML file.",
    ),
    click.option(
        "--time-zone", default="", metavar="NAME",
        help="Zone of times without an offset, such as Europe/Berlin; UTC where none is named.",
    ),
    click.option(
        "--rejects", type=FILE, metavar="FILE", help="Write rows that were set aside, as JSON."
    ),
    click.option(
        "--customers", type=FILE, metavar="FILE",
        help="Customers' records: foreign determinations for rules that ask, agreements.",
    ),
    click.option(
        "--matches", type=FILE, metavar="FILE", help="What `cloud match --json` found."
    ),
    click.option(
        "--least-hours", type=click.FloatRange(min=0), default=1.0, show_default=True,
        help="Device hours below which a job is left out.",
    ),
    click.option(
        "--keep", type=FILE, metavar="FILE",
        help="Write what the answer rests on here, for `cloud replay`.",
    ),
    click.option("--quiet", is_flag=True, help="No progress on stderr."),
)  # fmt: skip


def _reading(command: Any) -> Any:
    for option in reversed(_READING):
        command = option(command)
    return command


@click.group()
def cloud() -> None:
    """Oversee compute: runs, thresholds on a day, customers' records."""


cloud.add_command(sketch)
cloud.add_command(offer)
cloud.add_command(customers)
cloud.add_command(rules)
cloud.add_command(replay)


@cloud.command()
@_LOGS
@_reading
@RULES
@DAY
@JSON
def runs(logs: tuple[Path, ...], *, as_json: bool, **chosen: Any) -> int:
    """List training runs in LOGS: who, how much, how sure, which rule.

    LOGS are sacct --parsable2, kubectl -o json, Prometheus answers or text, CSV or Parquet.
    Exit code 1 where a rule binds or a run is matched to a campaign.
    """
    result, _ = _overseen(logs, **chosen)
    if as_json:
        show(result)
    else:
        runs_text(result)
    return _code(result)


@cloud.command()
@_LOGS
@_reading
@RULES
@DAY
@JSON
@click.option("--html", type=FILE, metavar="FILE", help="Write the page here.")
@click.option("--run", "run_id", metavar="ID", help="Draft the report of this training run.")
@click.option(
    "--known-on", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
    help="Day on which the run was known of; the end of the run where none is named.",
)  # fmt: skip
@click.option(
    "--asked-on", type=click.DateTime(["%Y-%m-%d"]), multiple=True, metavar="YYYY-MM-DD",
    help="Day on which the authority asked more; may be given again.",
)  # fmt: skip
@click.option("--practices", default="", help="What the customer says of its training practices.")
@click.option("--security", default="", help="What the customer says of how weights are secured.")
@click.option("--show-identity", is_flag=True, help="Put the customer's identity in the draft.")
def report(
    logs: tuple[Path, ...], *, as_json: bool, html: Path | None, run_id: str | None,
    known_on: datetime | None, asked_on: tuple[datetime, ...], practices: str, security: str,
    show_identity: bool, **chosen: Any,
) -> int:  # fmt: skip
    """Write the page on LOGS, or draft the report of one training run with its deadlines."""
    from stillwatch.adapters.cloud.page import render
    from stillwatch.adapters.cloud.sketch_files import write_whole

    result, books = _overseen(logs, **chosen)
    if html is not None:
        write_whole(html, render(result).encode())
        click.echo(f"wrote {html}", err=True)
    if run_id is None:
        if as_json:
            show(result)
        elif html is None:
            runs_text(result)
        return _code(result)
    run = _one_run(result, run_id)
    told = {"training_practices": practices, "weights_security": security}
    drafted = _drafted(
        run, books, {k: v for k, v in told.items() if v},
        day=date.fromisoformat(result["day"]), known_on=known_on and known_on.date(),
        asked_on=[one.date() for one in asked_on], show_identity=show_identity,
    )  # fmt: skip
    if as_json:
        show(drafted)
    else:
        draft_text(drafted)
    return NONE_FOUND


@cloud.command()
@click.argument("provider", type=FILE)
@click.argument("accounts", type=FILE)
@click.option(
    "--names", type=FILE, metavar="FILE", help="The cloud's own file of whose number is whose."
)
@click.option(
    "--with", "partner", metavar="PARTNER",
    help="Ask this provider privately; PROVIDER is its offer.json then.",
)  # fmt: skip
@click.option(
    "--terms", type=FILE, default=Path("matching.toml"), show_default=True, metavar="FILE",
    help="Who we are, and where PARTNER answers; see `share match`.",
)  # fmt: skip
@click.option(
    "--most-asked",
    type=click.IntRange(1, 100),
    default=3,
    show_default=True,
    help="With --with: accounts whose hours are asked about, for each campaign.",
)
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True)
@JSON
@pass_shell
def match(
    shell: Shell, /, provider: Path, accounts: Path, names: Path | None, partner: str | None,
    terms: Path, most_asked: int, processes: int, *, as_json: bool,
) -> int:  # fmt: skip
    """Compare a provider's campaigns (PROVIDER) with a cloud's ACCOUNTS.

    Both files are sketches, compared by whoever holds both; no key is needed. With --with neither
    side shows its sketches: the cloud asks the provider by private set intersection.
    Exit code 1 where a match may be said.
    """
    from stillwatch.adapters.cloud.sketch_files import from_json, named, read_json
    from stillwatch.cloud.matching import SHARE
    from stillwatch.cloud.matching import match as matched

    if partner:
        found = asked_privately(
            provider, accounts, partner=partner, terms=terms, processes=processes,
            most_asked=most_asked, python=shell.settings.match.python,
        )  # fmt: skip
    else:
        sides = [from_json(read_json(path), where=str(path)) for path in (provider, accounts)]
        found = matched(*sides)
    if names is not None:
        found = named(found, {str(k): str(v) for k, v in read_json(names).items()})
    n_blind = sum(one.p_timing is None for one in found)
    result = {
        "schema": "stillwatch.matches/1", "n_pairs": len(found), "n_could_not_look": n_blind,
        "share_false": SHARE, "privately": bool(partner),
        "matches": [one.to_json() for one in found],
    }  # fmt: skip
    if as_json:
        show(result)
    else:
        said = [one for one in found if one.said]
        click.echo(
            f"{len(found)} pairs, {n_blind} whose hours were not compared; {len(said)} may be "
            f"said (at most {SHARE:.0%} of these are expected to be false)."
        )
        for one in (said or found)[:20]:
            bits = ", ".join(f"{k} {v:+.1f}" for k, v in one.bits.items())
            word = "matched" if one.said else "not said"
            click.echo(f"  {word:8}  {one.campaign}  {clean(one.account)}  bits: {bits}")
    return FOUND if any(one.said for one in found) else NONE_FOUND


def _overseen(
    logs: tuple[Path, ...], *, strict: bool, drop_columns: bool, column_map: str,
    time_zone: str, rejects: Path | None, customers: Path | None, matches: Path | None,
    least_hours: float, own_rules: Path | None, day: datetime | None, quiet: bool,
    keep: Path | None,
) -> tuple[dict[str, Any], Books]:  # fmt: skip
    from stillwatch.adapters.cloud.overseeing import overseen
    from stillwatch.cli.progress import Steps

    with nullcontext() if quiet else Steps() as steps:
        result, books, notes = overseen(
            logs, strict=strict, drop_columns=drop_columns, column_map=column_map,
            time_zone=time_zone, rejects=rejects, customers=customers, matches=matches,
            least_hours=least_hours, own_rules=own_rules, day=day_of(day), keep=keep,
            on_progress=None if steps is None else steps.rows,
        )  # fmt: skip
    for note in notes:
        click.echo(note, err=True)
    return result, books


def _drafted(
    run: dict[str, Any], books: Books, told: dict[str, str], **when: Any
) -> dict[str, Any]:
    from stillwatch.adapters.cloud.overseeing import drafted

    return drafted(run, books, told, **when)


def _one_run(result: dict[str, Any], told: str) -> dict[str, Any]:
    from stillwatch.model.errors import BadInput

    found = [r for r in result["runs"] if r["run"].removeprefix("run:").startswith(
        told.removeprefix("run:"))]  # fmt: skip
    if len(found) != 1:
        raise BadInput(
            "names no run." if not found else f"names {len(found)} runs.",
            where=told[:60],
            remedy="`stillwatch cloud runs` lists them.",
        )
    return dict(found[0])


def _code(result: dict[str, Any]) -> int:
    told = any(
        run["word"] == "matched" or any(rule["binds"] for rule in run["rules"])
        for run in result["runs"]
    )
    return FOUND if told else NONE_FOUND
