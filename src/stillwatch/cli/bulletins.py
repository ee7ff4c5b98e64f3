"""``stillwatch share begin, make, check``: bulletins of ours, before anybody sees them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stillwatch.adapters.report.visible import visible
from stillwatch.cli.exits import COULD_NOT_LOOK, NONE_FOUND, WRONG_USE
from stillwatch.cli.sharing import BY, FOLDER, JSON, home_of, limits_of, now_us, person, said, show
from stillwatch.cli.shell import Shell, pass_shell

if TYPE_CHECKING:
    from stillwatch.adapters.share.home import Home
    from stillwatch.model.party import Party

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("name")
@click.option("--jurisdiction", required=True, metavar="CC", help="Where we keep things: US, DE.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="ROLE",
    help="What we are, such as model-provider; may be repeated.",
)
@FOLDER
@JSON
@pass_shell
def begin(
    shell: Shell, /, name: str, jurisdiction: str, roles: tuple[str, ...], folder: Path | None, *,
    as_json: bool,
) -> None:  # fmt: skip
    """Make the folder: keys, our name, an empty list of partners.

    NAME is what markings and partners call us. The public key that is printed is for partners;
    hand it over by a way on which nobody can change it.
    """
    from stillwatch.adapters.share.home import begin as made

    home = made(
        folder or shell.settings.share.folder, name, jurisdiction=jurisdiction, roles=list(roles)
    )
    if as_json:
        show({"name": home.me.name, "folder": str(home.folder), "roles": home.roles,
              "public_key": home.me.public_key})  # fmt: skip
        return
    click.echo(f"{home.folder}: {home.me.name}. Name partners in {home.folder / 'partners.toml'}.")
    click.echo(home.me.public_key, nl=False)


@click.command()
@click.argument("campaign")
@click.option(
    "--campaigns",
    "found",
    type=_FILE,
    required=True,
    metavar="FILE",
    help="What `stillwatch detect --json` printed; - for stdin.",
)
@click.option(
    "--marking",
    "marking_file",
    type=_FILE,
    required=True,
    metavar="FILE",
    help="TOML: label, end, legal basis, who may see it.",
)
@click.option(
    "--indicators",
    "indicator_file",
    type=_FILE,
    metavar="FILE",
    help="TOML: patterns that others can look for, each with its source span.",
)
@click.option(
    "--service",
    default="unknown",
    metavar="KIND",
    help="api, cloud, aggregator, consumer or unknown.",
)
@click.option(
    "--response",
    "responses",
    multiple=True,
    metavar="WHAT",
    help="What was done: a rung of the ladder, or its class; may be repeated.",
)
@click.option(
    "--rests-on",
    "rests_on",
    multiple=True,
    metavar="CAMPAIGN",
    help="A partner's campaign that it rests on, as `held` lists it; may be repeated.",
)
@BY
@FOLDER
@JSON
@pass_shell
def make(
    shell: Shell, /, campaign: str, found: Path, marking_file: Path, indicator_file: Path | None,
    service: str, responses: tuple[str, ...], rests_on: tuple[str, ...], by: str | None,
    folder: Path | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Make the bulletin of a campaign, or its next version.

    CAMPAIGN is its id. Nothing leaves: `stillwatch share export` does that. The bulletin holds
    numbers and words of fixed lists; no account, prompt, model name or sentence of the campaign.
    What rests on a partner's word says so, takes the stricter marking, and weighs nothing.
    """
    from stillwatch.adapters.share.marking_files import load_indicators, load_marking
    from stillwatch.adapters.share.taking import rested_on
    from stillwatch.adapters.share.telling import make as made_of
    from stillwatch.share.wire import Source

    sources: tuple[Source, ...]

    home = home_of(shell, folder)
    marking, sources = load_marking(marking_file, home.me.name), ()
    if rests_on:
        sources, marking = rested_on(home, rests_on, marking, now_us())
    done = made_of(
        home,
        _campaign(found, campaign),
        marking,
        now_us=now_us(),
        by=person(by),
        service=_service(service),
        responses=[_response(one) for one in responses],
        derived_from=sources,
        indicators=load_indicators(indicator_file) if indicator_file else (),
    )
    told = {
        "bulletin": done.name,
        "version": done.version,
        "tlp": done.marking.tlp.value,
        "until": said(done.marking.until_us),
        "n_objects": len(done.bundle["objects"]),
        "file": str(home.folder / "bulletins" / f"{done.name}.json"),
    }
    if as_json:
        show({**told, "bundle": done.bundle})
        return
    for name, value in told.items():
        click.echo(f"{name:10} {value}")


@click.command()
@click.argument("file", type=_FILE)
@click.option(
    "--to",
    "to",
    multiple=True,
    metavar="PARTNER",
    help="Say whether it would go to them, and why not; may be repeated.",
)
@click.option(
    "--purpose", default="defence", metavar="WHAT", help="defence, research, enforcement or policy."
)
@click.option("--oasis", is_flag=True, help="Ask the validator of OASIS too (extra `oasis`).")
@FOLDER
@JSON
@pass_shell
def check(
    shell: Shell, /, file: Path, to: tuple[str, ...], purpose: str, folder: Path | None, *,
    oasis: bool, as_json: bool,
) -> int:  # fmt: skip
    """Say whether a bundle stands, and to whom it may go.

    FILE is a bundle, a bulletin of ours, or a sealed letter. Exit code 2 where something of it
    would be refused, 3 where it may not go to somebody.
    """
    from stillwatch.share.reading import Taking, notices_in, read_bundle

    limits = limits_of(shell)
    data, sender, ours = _opened(shell, folder, file)
    objects, refused = read_bundle(data, Taking(sender=sender, limits=limits))
    told: dict[str, Any] = {
        "n_objects": len(objects),
        "n_campaigns": len(notices_in(objects)),
        "sender": sender or None,
        "refused": [one.to_json() for one in refused],
    }
    if oasis:
        from stillwatch.adapters.share.oasis import complaints

        told["oasis"] = complaints(data)
    if to:
        told["release"] = _release(home_of(shell, folder), objects, ours, to, purpose)
    if as_json:
        show(told)
    else:
        _print(told)
    if any(not one["allowed"] for one in told.get("release", ())):
        return WRONG_USE
    return COULD_NOT_LOOK if refused or told.get("oasis") else NONE_FOUND


def _release(
    home: Home, objects: list[dict[str, Any]], ours: Mapping[str, Any], to: tuple[str, ...],
    purpose: str,
) -> list[dict[str, Any]]:  # fmt: skip
    """What each of some partners would get, and why not more."""
    from stillwatch.share.cutting import cut
    from stillwatch.share.reading import markings_in

    known: list[Party] = list(home.partners().values())
    markings = {**markings_in(objects, home.me.name), **ours}
    found = []
    for name in to:
        done = cut(
            objects, markings, home.partner(name), now_us(), _purpose(purpose),
            by=home.me.name, home=home.me.jurisdiction, known=known,
        )  # fmt: skip
        why = sorted({
            one for told in done.withheld.values() for one in told
            if one != "nothing that is released refers to it"
        })  # fmt: skip
        found.append({"to": name, "allowed": done.says_something, "why": why,
                      "n_withheld": len(done.withheld)})  # fmt: skip
    return found


def _print(told: Mapping[str, Any]) -> None:
    click.echo(f"{told['n_objects']} objects stand, {told['n_campaigns']} of them campaigns"
               + (f", sealed by {told['sender']}" if told["sender"] else ""))  # fmt: skip
    for one in told["refused"]:
        click.echo(f"refused  {visible(one['where'])}: {visible(one['why'], 400)}")
    for line in told.get("oasis", ()):
        click.echo(f"oasis    {visible(line, 400)}")
    if "oasis" in told and not told["oasis"]:
        click.echo("oasis    valid, no warning")
    for one in told.get("release", ()):
        click.echo(f"{one['to']:12} {'may have it' if one['allowed'] else 'may not have it'}")
        for why in one["why"]:
            click.echo(f"{'':12} {visible(why, 400)}")


def _opened(shell: Shell, folder: Path | None, file: Path) -> tuple[bytes, str, Mapping[str, Any]]:
    """Bytes of the bundle, whose seal it bears, and the markings that we know of it."""
    import orjson

    from stillwatch.adapters.share.taking import bytes_of
    from stillwatch.adapters.share.telling import SCHEMA, read_made
    from stillwatch.share.sealing import looks_sealed, opened

    data = bytes_of(file, limits_of(shell))
    if looks_sealed(data):
        letter = opened(data, home_of(shell, folder).keys())
        return letter.content, letter.sender, {}
    if SCHEMA.encode() in data[:200]:
        made = read_made(file)
        return orjson.dumps(made.bundle), "", made.markings
    return data, "", {}


def _campaign(found: Path, name: str) -> Mapping[str, Any]:
    import orjson

    from stillwatch.model.errors import BadInput, OutsideFailed

    try:
        data = sys.stdin.buffer.read() if str(found) == "-" else found.read_bytes()
        told = orjson.loads(data)
        campaigns = told["campaigns"]
    except OSError as error:
        raise OutsideFailed(f"{found} cannot be read: {error.strerror}.") from None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise BadInput("is no result of `stillwatch detect --json`.", where=str(found)) from None
    hits = [c for c in campaigns if isinstance(c, Mapping) and str(c.get("id")).startswith(name)]
    if len(hits) != 1:
        known = ", ".join(str(c.get("id")) for c in campaigns if isinstance(c, Mapping))
        raise BadInput(
            f"{'no campaign' if not hits else 'several campaigns'} {name[:60]!r}.",
            where=str(found), remedy=f"There are: {known or 'none'}.",
        )  # fmt: skip
    return hits[0]


def _service(text: str) -> Any:
    from stillwatch.model.errors import BadSettings
    from stillwatch.share.lists import Service

    if text not in list(Service):
        raise BadSettings("--service", f"must be one of {', '.join(Service)}, found {text!r}")
    return Service(text)


def _response(text: str) -> Any:
    from stillwatch.model.errors import BadSettings
    from stillwatch.share.lists import OF_RUNG, Response

    if text in OF_RUNG:
        return OF_RUNG[text]
    if text not in list(Response):
        raise BadSettings("--response", f"must be one of {', '.join(Response)}, found {text!r}")
    return Response(text)


def _purpose(text: str) -> Any:
    from stillwatch.model.errors import BadSettings
    from stillwatch.model.marking import Purpose

    if text not in list(Purpose):
        raise BadSettings("--purpose", f"must be one of {', '.join(Purpose)}, found {text!r}")
    return Purpose(text)
