"""``stillwatch share partners, export, retract, disclosures``: what leaves, and its record."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stillwatch.cli.bulletins import _purpose
from stillwatch.cli.exits import NONE_FOUND, WRONG_USE
from stillwatch.cli.sharing import BY, FOLDER, JSON, home_of, now_us, person, said, show
from stillwatch.cli.shell import Shell, pass_shell

if TYPE_CHECKING:
    from stillwatch.adapters.share.telling import Round

Beside = dict[Path, dict[str, Path]]
"""What was written beside each letter, by kind."""


STIX = click.option(
    "--stix", is_flag=True, help="Write the STIX bundle beside each letter, for TAXII."
)


@click.command()
@FOLDER
@JSON
@pass_shell
def partners(shell: Shell, /, folder: Path | None, *, as_json: bool) -> None:
    """List partners, their keys and what each was told.

    They stand in partners.toml of the folder, edited by hand.
    """
    from stillwatch.share.sealing import public_key

    home = home_of(shell, folder)
    told = Counter(e["to"] for e in home.log.read() if e["kind"] == "disclosed")
    roles = home.roles_of_partners()
    rows = [
        {
            **{k: v for k, v in party.to_json().items() if k != "public_key"},
            "roles": roles[party.name],
            "key": public_key(party.public_key).keyid[:16] if party.public_key else None,
            "n_told": told[party.name],
        }
        for party in home.partners().values()
    ]
    if as_json:
        show({"me": home.me.name, "partners": rows})
        return
    for row in rows:
        click.echo(
            f"{row['name']:16} {row['channel']:10} {row['jurisdiction'] or '??'}  "
            f"key {row['key'] or 'not known'}  told {row['n_told']}  "
            f"{', '.join(row['roles'] + row['communities'])}"
        )


@click.command()
@click.argument("bulletins", nargs=-1)
@click.option(
    "--to", "to", multiple=True, required=True, metavar="PARTNER", help="For whom; may be repeated."
)
@click.option(
    "--purpose", default="defence", metavar="WHAT", help="defence, research, enforcement or policy."
)
@STIX
@click.option("--misp", is_flag=True, help="Write a MISP event beside each letter (extra `misp`).")
@click.option("--again", is_flag=True, help="Write letters for what was told already, too.")
@BY
@FOLDER
@JSON
@pass_shell
def export(
    shell: Shell, /, bulletins: tuple[str, ...], to: tuple[str, ...], purpose: str, by: str | None,
    folder: Path | None, *, stix: bool, misp: bool, again: bool, as_json: bool,
) -> int:  # fmt: skip
    """Write sealed letters for partners, where the markings let it.

    BULLETINS are names; all that were made where none is given. A letter is in the log of
    disclosures before its file is there. Exit code 3 where something may not go.
    """
    from stillwatch.adapters.share import telling
    from stillwatch.adapters.share.beside import write_stix

    home = home_of(shell, folder)
    wanted = [telling.find(home, one) for one in bulletins] or telling.bulletins(home)
    done = telling.tell(
        home, wanted, [home.partner(one) for one in to], purpose=_purpose(purpose), now_us=now_us(),
        by=person(by), again=again,
    )  # fmt: skip
    beside: Beside = {one.file: {} for one in done.told}
    for file, others in beside.items():
        if stix:
            others["stix"] = write_stix(home, file)
        if misp:
            from stillwatch.adapters.share.misp import write_beside

            others["misp"] = write_beside(home, file)
    _round(done, beside, as_json=as_json)
    return WRONG_USE if any("already" not in why for _, _, why in done.refused) else NONE_FOUND


@click.command()
@click.argument("bulletin")
@click.option(
    "--why",
    required=True,
    metavar="REASON",
    help="false-positive, corrected, duplicate, legal-basis-lapsed or withdrawn.",
)
@STIX
@BY
@FOLDER
@JSON
@pass_shell
def retract(
    shell: Shell, /, bulletin: str, why: str, by: str | None, folder: Path | None, *, stix: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Take a bulletin back from everybody who was told of it.

    A letter for each of them is written in which every object is revoked, with the reason, although
    its marking may have lapsed since. `stillwatch share disclosures` says who has not confirmed.
    """
    from stillwatch.adapters.share import telling
    from stillwatch.adapters.share.beside import write_stix
    from stillwatch.model.errors import BadSettings
    from stillwatch.share.lists import Reason

    if why not in list(Reason):
        raise BadSettings("--why", f"must be one of {', '.join(Reason)}, found {why!r}")
    home = home_of(shell, folder)
    made = telling.find(home, bulletin)
    _, done = telling.retract(home, made, Reason(why), now_us=now_us(), by=person(by))
    beside = {one.file: {"stix": write_stix(home, one.file)} for one in done.told if stix}
    _round(done, beside, as_json=as_json)


@click.command()
@click.option(
    "--public",
    "for_public",
    is_flag=True,
    help="Counts alone, by year, channel and label, for a transparency report.",
)
@FOLDER
@JSON
@pass_shell
def disclosures(shell: Shell, /, folder: Path | None, *, for_public: bool, as_json: bool) -> None:
    """List what was told to whom, the chain checked, and who has not confirmed."""
    from stillwatch.adapters.share.record import counted, unconfirmed

    home = home_of(shell, folder)
    entries = home.log.read()
    if for_public:
        rows = counted(entries)
        if as_json:
            show({"schema": "stillwatch.transparency/1", "rows": rows})
        for row in () if as_json else rows:
            click.echo("  ".join(f"{key} {value}" for key, value in row.items()))
        return
    waiting = unconfirmed(entries)
    if as_json:
        show({"schema": "stillwatch.disclosures/1", "n_lines": len(entries), "entries": entries,
              "unconfirmed": waiting})  # fmt: skip
        return
    for entry in entries:
        click.echo(_line(entry))
    for one in waiting:
        click.echo(f"not confirmed: {one['what']} of {one['bulletin'][:12]} by {one['to']}, "
                   f"since {said(one['when_us'])}")  # fmt: skip


def _line(entry: dict[str, Any]) -> str:
    kind, when = entry["kind"], said(entry["when_us"])
    what = str(entry.get("bulletin") or entry.get("digest", ""))[:12]
    if kind in ("disclosed", "retracted"):
        basis = entry["basis"]["name"]
        return (f"{when}  {kind:10} {what}  to {entry['to']} ({entry['channel']})  {entry['tlp']}  "
                f"basis {basis}  for {entry['purpose']}  {len(entry['ids'])} objects  "
                f"by {entry['by']}")  # fmt: skip
    shown = {"kind", "when_us", "bulletin", "digest", "nth", "before", "line"}
    rest = {k: v for k, v in entry.items() if k not in shown}
    return f"{when}  {kind:10} {what}  " + "  ".join(f"{k} {v}" for k, v in rest.items())


def _round(done: Round, beside: Beside, *, as_json: bool) -> None:
    if as_json:
        show({
            "told": [
                {"bulletin": one.bulletin, "to": one.to, "file": str(one.file),
                 "digest": one.digest, "n_objects": one.n_objects, "n_withheld": one.n_withheld,
                 **{kind: str(path) for kind, path in beside.get(one.file, {}).items()}}
                for one in done.told
            ],
            "refused": [{"bulletin": b, "to": to, "why": why} for b, to, why in done.refused],
        })  # fmt: skip
        return
    for one in done.told:
        click.echo(f"{one.bulletin[:12]} to {one.to}: {one.n_objects} objects, "
                   f"{one.n_withheld} withheld: {one.file}")  # fmt: skip
        for path in beside.get(one.file, {}).values():
            click.echo(f"{'':12} {path}")
    for bulletin, to, why in done.refused:
        click.echo(f"{bulletin[:12]} to {to}: not written: {why}", err=True)
