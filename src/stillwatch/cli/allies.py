"""Commands of a node among allies."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stillwatch.adapters.report.visible import visible
from stillwatch.cli.exits import COULD_NOT_LOOK, FOUND, NONE_FOUND

if TYPE_CHECKING:
    from stillwatch.adapters.ally.node import Node

FILE = click.Path(path_type=Path, dir_okay=False)
MEMBERS = click.option(
    "--members", type=FILE, default=Path("ally.toml"), show_default=True, metavar="FILE",
    help="Who we are, and who the other members are.",
)  # fmt: skip
_MARKING = click.option(
    "--marking", type=FILE, required=True, metavar="FILE",
    help="TOML: who may see it, for what, until when, on what legal basis.",
)  # fmt: skip
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
_CLAIMS = (
    "industrial_scale", "covert", "unauthorised", "fraud_enabled", "one_operator", "collection",
    "operator", "organisation", "intent",
)  # fmt: skip
LANGUAGE = click.option(
    "--language", type=click.Choice(("en", "de", "es", "fr", "it", "ja", "ko", "pt")),
    default="en", show_default=True, help="Of the labels.",
)  # fmt: skip


@click.command()
@click.argument("name")
@click.argument("file", type=FILE)
@JSON
def key(name: str, file: Path, *, as_json: bool) -> None:
    """Draw a node's key; print the public half."""
    from stillwatch.adapters.signing import new_key

    public = new_key(file, name).public_pem
    if as_json:
        print_json({"name": name, "public_key": public})
    else:
        click.echo(public, nl=False)


@click.command()
@MEMBERS
@click.option("--listen", default="127.0.0.1:9490", show_default=True, metavar="HOST:PORT")
@click.option(
    "--every",
    "every_s",
    type=click.FloatRange(0.1, 86_400),
    default=30.0,
    show_default=True,
    help="Seconds between two pulls.",
)
@click.option("--certificate", type=FILE, metavar="FILE", help="PEM; it then speaks TLS.")
@click.option("--key-file", type=FILE, metavar="FILE", help="Key of the certificate, PEM.")
@click.option("--plain-http", is_flag=True, help="Listen beyond this machine without TLS.")
def serve(
    members: Path, listen: str, every_s: float, certificate: Path | None, key_file: Path | None,
    *, plain_http: bool,
) -> int:  # fmt: skip
    """Give members what they may have, and pull from them.

    Ends at SIGTERM. What was taken is on the disk; it may be killed at any moment.
    """
    from stillwatch.adapters.addresses import address_of
    from stillwatch.http.ally import ally_app
    from stillwatch.http.for_partners import check_clear, run_app

    host, port = address_of(listen, "--listen")
    check_clear("--listen", host, certificate, key_file, plain_http=plain_http)
    run_app(ally_app(_node(members), _say, every_s), host, port, certificate, key_file)
    return NONE_FOUND


@click.command()
@MEMBERS
@JSON
def pull(members: Path, *, as_json: bool) -> None:
    """Pull from every member once."""
    from stillwatch.adapters.ally.pulling import pull_all

    found = pull_all(_node(members), lambda line: None)
    if as_json:
        print_json({"schema": "stillwatch.ally-pull/1", "members": found})
        return
    for name, what in found.items():
        click.echo(f"{name:20} {visible(what or 'nothing new', 400)}")


@click.command()
@click.argument("campaigns", type=FILE)
@click.argument("campaign")
@_MARKING
@MEMBERS
@click.option("--about", default="", metavar="REF", help="Subject that allies know it by.")
@JSON
def tell(
    campaigns: Path, campaign: str, marking: Path, members: Path, about: str, *, as_json: bool
) -> None:
    """Tell allies of a campaign, marked.

    CAMPAIGNS is what `stillwatch detect --json` printed. One finding for each family of evidence is
    told, and that we support the claim; no account, no text, no address.
    """
    from stillwatch.adapters.ally.members import load_marking
    from stillwatch.adapters.results import load_result, record_of
    from stillwatch.ally.notes import Opinion, Stance
    from stillwatch.model.finding import Claim, Finding
    from stillwatch.model.quantity import exactly
    from stillwatch.playbooks.allied import findings_of

    node = _node(members)
    mark, personal = load_marking(marking, node.name)
    record = record_of(load_result(campaigns), campaign)
    findings = findings_of(record, about)
    if not findings or sum(f.value.best for f in findings) <= 0:
        raise click.UsageError("nothing speaks for this campaign; there is nothing to tell")
    opinion = Opinion(
        about=findings[0].about, claim=Claim.ONE_OPERATOR, stance=Stance.SUPPORTS,
        weight=exactly(round(sum(f.value.best for f in findings), 1), "bit"),
        rests_on=tuple(f.id for f in findings), why="found in our own traffic",
    )  # fmt: skip
    said: list[Finding | Opinion] = [*findings, opinion]
    told = [node.tell(one, mark, personal=personal) for one in said]
    if as_json:
        print_json({"schema": "stillwatch.ally-told/1", "about": findings[0].about,
                    "notes": [note.id for note in told]})  # fmt: skip
        return
    click.echo(f"told {len(findings)} findings and an opinion about {findings[0].about}")


@click.command()
@click.argument("about")
@click.argument("stance", type=click.Choice(("supports", "dissents", "abstains")))
@click.option(
    "--bits",
    type=float,
    default=0.0,
    show_default=True,
    help="Our confidence: weight of evidence, negative where we dissent.",
)
@click.option("--claim", type=click.Choice(_CLAIMS), default="one_operator", show_default=True)
@click.option("--why", default="", help="A sentence; no names, no content.")
@_MARKING
@MEMBERS
@JSON
def say(
    about: str, stance: str, bits: float, claim: str, why: str, marking: Path, members: Path, *,
    as_json: bool,
) -> None:  # fmt: skip
    """Co-sign a claim with our confidence, dissent or abstain.

    Only findings of our own, told before, make it count; see `ally tell`.
    """
    from stillwatch.adapters.ally.members import load_marking
    from stillwatch.ally.notes import Opinion, Stance
    from stillwatch.model.finding import Claim
    from stillwatch.model.quantity import exactly

    node = _node(members)
    mark, personal = load_marking(marking, node.name)
    note = node.tell(
        Opinion(about=about, claim=Claim(claim), stance=Stance(stance),
                weight=exactly(bits, "bit"), why=why),
        mark, personal=personal,
    )  # fmt: skip
    if as_json:
        print_json({"schema": "stillwatch.ally-told/1", "about": about, "notes": [note.id]})
    else:
        click.echo(f"said: {stance}, {bits:g} bits, revision {note.revision}")


@click.command()
@click.argument("about")
@click.option("--claim", type=click.Choice(_CLAIMS), default="one_operator", show_default=True)
@click.option(
    "--statement",
    type=FILE,
    metavar="FILE",
    help="Write it signed, with the headers that its voices signed.",
)
@LANGUAGE
@MEMBERS
@JSON
def quorum(
    about: str, claim: str, statement: Path | None, language: str, members: Path, *, as_json: bool
) -> int:
    """Say what the members think of a claim; advice only.

    Exit code 1 where the quorum holds, 0 where it does not.
    """
    from stillwatch.adapters.ally.statements import statement_of
    from stillwatch.adapters.results import write_whole
    from stillwatch.ally.labels import label

    node = _node(members)
    found = node.quorum(about, claim)
    if statement is not None:
        write_whole(statement, statement_of(node, found))
    if as_json:
        print_json(found.to_json())
        return FOUND if found.holds else NONE_FOUND
    holds = label("holds" if found.holds else "holds not", language)
    click.echo(f"{about}, {label(claim, language)}: {holds}")
    click.echo(
        f"{found.bits:.1f} bits, {found.bits_if_some_lie:.1f} without the strongest; "
        f"{found.needed} of {found.n_members} needed"
    )
    for voice in found.voices:
        told = label(voice.aside, language) if voice.aside else f"{voice.counted_bits:+.1f} bits"
        stance = label(voice.stance, language) if voice.stance else ""
        click.echo(f"  {voice.node:20} {stance:14} {voice.said_bits:+7.1f} said  {told}")
    click.echo(label("advice", language))
    return FOUND if found.holds else NONE_FOUND


@click.command()
@MEMBERS
@JSON
def status(members: Path, *, as_json: bool) -> int:
    """List what is held, who contradicted itself, what was refused.

    Exit code 1 where a node contradicted itself, 2 where something is held that may not be.
    """
    node = _node(members)
    held, caught, breaches = node.store.held(), node.caught(), node.breaches()
    log = node.log.read()
    refused = [{n: x[n] for n in ("from", "why")} for x in log if x["what"] == "refused"]
    told: dict[str, Any] = {
        "schema": "stillwatch.ally-status/1",
        "node": node.name,
        "notes": dict(sorted(Counter(h.note.node for h in held).items())),
        "subjects": sorted({h.note.body.about for h in held if hasattr(h.note.body, "about")}),
        "left": [name for name in node.members.places if node.has_left(name)],
        "contradicted_themselves": [
            {"node": c.node, "topic_mark": c.topic_mark, "revision": c.revision,
             "notes": list(c.notes)} for c in caught
        ],
        "may_not_be_held": [{"note": h.note.id, "why": list(why)} for h, why in breaches],
        "refused": refused[-50:],
        "n_given": dict(sorted(Counter(
            {to: sum(len(x["notes"]) for x in log if x["what"] == "given" and x["to"] == to)
             for to in node.members.places if to != node.name}
        ).items())),
    }  # fmt: skip
    if as_json:
        print_json(told)
    else:
        for name, value in told.items():
            if name != "schema":
                click.echo(f"{name:24} {value}")
    if breaches:
        return COULD_NOT_LOOK
    return FOUND if caught else NONE_FOUND


@click.command()
@_MARKING
@MEMBERS
@click.confirmation_option(prompt="Leave the allies for good?")
def leave(marking: Path, members: Path) -> None:
    """Leave the allies; let go of what others did not publish.

    Others pull the note that says so once more, count our voice no longer and let go of what we
    did not publish. Delete the folder when they have.
    """
    from stillwatch.adapters.ally.members import load_marking
    from stillwatch.ally.notes import Leaving

    node = _node(members)
    mark, _ = load_marking(marking, node.name)
    node.tell(Leaving(), mark, personal=False)
    click.echo(f"left; let go of {node.drop()} notes")


@click.command()
@click.argument("to")
@click.argument("file", type=FILE)
@MEMBERS
def pack(to: str, file: Path, members: Path) -> None:
    """Write a signed bundle for a member that no network reaches: all that TO may have."""
    from stillwatch.adapters.ally.pulling import pack as packed
    from stillwatch.adapters.results import write_whole

    data = packed(_node(members), to)
    write_whole(file, data)
    click.echo(f"{len(data):,} bytes for {to} in {file}")


@click.command()
@click.argument("file", type=FILE)
@MEMBERS
@JSON
def unpack(file: Path, members: Path, *, as_json: bool) -> None:
    """Take a signed bundle; each thing in it is checked alone."""
    from stillwatch.adapters.ally.pulling import MOST_BYTES, unpack
    from stillwatch.model.errors import OutsideFailed

    try:
        with file.open("rb") as source:
            data = source.read(MOST_BYTES + 1)
    except OSError as error:
        raise OutsideFailed(f"{file} cannot be read: {error.strerror}.") from None
    counts = unpack(_node(members), data)
    if as_json:
        print_json({"schema": "stillwatch.ally-pull/1", "members": {"bundle": counts}})
        return
    click.echo(", ".join(f"{n} {name}" for name, n in counts.items()) or "nothing in it")


def print_json(value: dict[str, Any]) -> None:
    """Print a contract on stdout."""
    from stillwatch.adapters.results import write_json

    write_json(value, sys.stdout.buffer)


def _node(members: Path) -> Node:
    from stillwatch.adapters.ally.members import load_members
    from stillwatch.adapters.ally.node import Node

    return Node(load_members(members))


def _say(line: str) -> None:
    """Say a line; what others wrote in it moves no cursor."""
    from stillwatch.adapters.report.visible import visible

    click.echo(visible(line, 400), err=True)
