"""``stillwatch share take, held``: what partners told us, apart from what we know ourselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stillwatch.adapters.report.visible import visible
from stillwatch.cli.exits import COULD_NOT_LOOK, NONE_FOUND, WRONG_USE
from stillwatch.cli.sharing import BY, FOLDER, JSON, home_of, limits_of, now_us, person, said, show
from stillwatch.cli.shell import Shell, pass_shell

if TYPE_CHECKING:
    from stillwatch.share.echoes import Heard, Record


@click.command()
@click.argument("files", nargs=-1, required=True,
                type=click.Path(path_type=Path, dir_okay=False))  # fmt: skip
@FOLDER
@JSON
@pass_shell
def take(shell: Shell, /, files: tuple[Path, ...], folder: Path | None, *, as_json: bool) -> int:
    """Take a partner's letter into quarantine, and write a receipt.

    FILES are sealed letters: bulletins, retractions, receipts. The seal must be that of a partner
    who is known. Nothing that is taken is acted on. Exit code 2 where some of it was refused.
    """
    from stillwatch.adapters.share import taking
    from stillwatch.model.errors import StillwatchError

    home, limits, rows = home_of(shell, folder), limits_of(shell), []
    for file in files:
        row: dict[str, Any] = {"file": str(file)}
        try:
            done = taking.take(home, taking.bytes_of(file, limits), now_us=now_us(), limits=limits)
        except StillwatchError as error:
            rows.append({**row, "taken": False, "refused": [{"where": "", "why": str(error)}]})
            continue
        row |= {
            "taken": True, "from": done.sender, "what": done.kind.value, "digest": done.digest,
            "objects": [{"id": o["id"], "type": o["type"]} for o in done.objects],
            "refused": [one.to_json() for one in done.refused],
            "receipt": str(done.receipt) if done.receipt else None,
        }  # fmt: skip
        rows.append(row)
    if as_json:
        show({"letters": rows})
    for row in () if as_json else rows:
        if row["taken"]:
            click.echo(f"{row['file']}: {row['what']} of {row['from']}, "
                       f"{len(row['objects'])} objects taken")  # fmt: skip
            if row["receipt"]:
                click.echo(f"  receipt {row['receipt']}")
        for one in row["refused"]:
            place = f"{visible(one['where'])}: " if one["where"] else ""
            why = visible(one["why"], 400)
            click.echo(f"{row['file']}: refused: {place}{why}", err=True)
    return COULD_NOT_LOOK if any(row["refused"] for row in rows) else NONE_FOUND


@click.command()
@click.argument("campaigns", nargs=-1)
@click.option(
    "--about",
    metavar="BULLETIN",
    help="Our bulletin that CAMPAIGNS were matched to; they are weighed together.",
)
@click.option(
    "--records",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="TOML: how each partner's statements were borne out.",
)
@click.option("--keep", is_flag=True, help="Do not delete what has expired.")
@FOLDER
@JSON
@pass_shell
def held(
    shell: Shell, /, campaigns: tuple[str, ...], about: str | None, records: Path | None,
    folder: Path | None, *, keep: bool, as_json: bool,
) -> None:  # fmt: skip
    """List what partners told, what it weighs, and drop what has expired.

    CAMPAIGNS are pseudonyms of partners; all where none is given. Without a record of how a
    partner's statements were borne out, its word weighs nothing. What was passed on, derived or
    made by a machine weighs nothing whoever says it, nor does what a partner says after we told it.
    """
    from stillwatch.adapters.share import record, taking, telling
    from stillwatch.share.echoes import findings_of

    home = home_of(shell, folder)
    n_dropped = 0 if keep else taking.drop(home, now_us())
    known = record.load_records(records) if records else {}
    made = telling.find(home, about) if about else None
    told_us = record.first_told(home.log.read(), made.name) if made else {}
    told = [
        one
        for one in taking.held(home, now_us())
        if not campaigns or one.notice.campaign.partition(":")[2].startswith(campaigns)
    ]
    rows = [_row(one, home.me.name, known, told_us) for one in told]
    together = (
        findings_of(
            told, about=f"campaign:{made.name}", me=home.me.name, records=known, told_us=told_us
        )
        if made
        else []
    )
    said_of_us = [
        {"from": sender, "about": one.about, "view": one.view.value, "saw_it": one.saw_it}
        for sender, one in taking.answers(home, now_us())
    ]
    if as_json:
        show({"schema": "stillwatch.heard/1", "n_dropped": n_dropped, "notices": rows,
              "answers": said_of_us, "findings": [one.to_json() for one in together]})  # fmt: skip
        return
    for row in rows:
        click.echo(
            f"{row['campaign'][9:21]}  {row['origin']:12} {row['tlp']:16} {row['origin_class']:12} "
            f"says {row['claimed_bits']:+.1f} bits, weighs {row['weighs_bits']:.1f}  "
            f"until {row['until']}"
        )
    for told_us_back in said_of_us:
        click.echo("  ".join(f"{key} {value}" for key, value in told_us_back.items()))
    for finding in together:
        click.echo(f"{finding.family:24} {finding.value.best:+.2f} bits")
    if n_dropped:
        click.echo(f"{n_dropped} objects had expired and were deleted", err=True)


@click.command()
@click.argument("campaign")
@click.option(
    "--view",
    "view_",
    required=True,
    metavar="VIEW",
    help="strongly-disagree, disagree, neutral, agree or strongly-agree.",
)
@click.option("--saw-it", is_flag=True, help="We saw it ourselves, too.")
@click.option(
    "--marking",
    "marking_file",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML: who may see the answer, as for `stillwatch share make`.",
)
@BY
@FOLDER
@JSON
@pass_shell
def answer(
    shell: Shell, /, campaign: str, view_: str, marking_file: Path, by: str | None,
    folder: Path | None, *, saw_it: bool, as_json: bool,
) -> int:  # fmt: skip
    """Say to a partner what we think of a campaign that it told.

    CAMPAIGN is its pseudonym, as `stillwatch share held` lists it. The answer holds the opinion,
    and whether we saw it too; nothing of what we know.
    """
    from stillwatch.adapters.share import taking, telling
    from stillwatch.adapters.share.marking_files import load_marking
    from stillwatch.model.errors import BadInput, BadSettings
    from stillwatch.model.marking import Purpose
    from stillwatch.share.answers import answer_of
    from stillwatch.share.lists import View

    if view_ not in list(View):
        raise BadSettings("--view", f"must be one of {', '.join(View)}, found {view_!r}")
    home, wanted = home_of(shell, folder), campaign.removeprefix("campaign:")
    found = [
        one for one in taking.held(home, now_us())
        if one.notice.campaign.partition(":")[2].startswith(wanted)
    ]  # fmt: skip
    if len(found) != 1:
        raise BadInput(f"no campaign {campaign[:60]!r} is held, or several.",
                       remedy="`stillwatch share held` lists them.")  # fmt: skip
    (one,) = found
    marking = load_marking(marking_file, home.me.name)
    bundle = answer_of(
        one.object_id, one.notice, View(view_), marking, secret=home.secret, now_us=now_us(),
        saw_it=saw_it, roles=home.roles,
    )  # fmt: skip
    made = telling.Made(name=one.notice.campaign.partition(":")[2], marking=marking, bundle=bundle)
    done = telling.tell(home, [made], [home.partner(one.sender)],
                        purpose=min(marking.purposes, key=list(Purpose).index),
                        now_us=now_us(), by=person(by))  # fmt: skip
    if as_json:
        show({"told": [{"to": t.to, "file": str(t.file), "digest": t.digest} for t in done.told],
              "refused": [{"to": to, "why": why} for _, to, why in done.refused]})  # fmt: skip
    for told in () if as_json else done.told:
        click.echo(f"to {told.to}: {told.file}")
    for _, to, why in done.refused:
        click.echo(f"to {to}: not written: {why}", err=True)
    return WRONG_USE if done.refused else NONE_FOUND


def _row(
    one: Heard, me: str, records: dict[str, Record], told_us: dict[str, int]
) -> dict[str, Any]:
    """One notice, weighed alone."""
    from stillwatch.share.echoes import findings_of

    found = findings_of([one], about=one.notice.campaign, me=me, records=records, told_us=told_us)
    return {
        "campaign": one.notice.campaign,
        "origin": one.notice.origin,
        "origin_class": one.notice.origin_class.value,
        "tlp": one.tlp,
        "techniques": list(one.notice.techniques),
        "claimed_bits": one.notice.weight.best,
        "weighs_bits": sum(f.value.best for f in found),
        "until": said(one.notice.until_us),
    }
