"""``stillwatch vet behaviour``: how does a model behave, and is it the same for everyone?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stillwatch.cli.exits import NONE_FOUND
from stillwatch.cli.shell import Shell, pass_shell
from stillwatch.model.errors import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable

    from stillwatch.adapters.asking import Endpoint, Estimate

_FILE = click.Path(path_type=Path, dir_okay=False)
_SAID = "Replies are content: they are kept in {}, readable by you alone, and nowhere else."


@click.command()
@click.argument("plan", type=_FILE)
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR",
    help="Folder of the replies and the manifest; a rerun goes on there.",
)  # fmt: skip
@click.option("--again", type=_FILE, metavar="FILE", help="Ask exactly what this manifest says.")
@click.option("--estimate", "only_estimate", is_flag=True, help="Say what it costs; ask nothing.")
@click.option("--yes", is_flag=True, help="Ask without a question on the terminal.")
@click.option("--sign", type=_FILE, metavar="KEY", help="Sign the manifest with this key.")
@click.option("--json", "as_json", is_flag=True, help="Print the part as JSON on stdout.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@pass_shell
def behaviour(
    shell: Shell, /, plan: Path, into: Path, again: Path | None, *, only_estimate: bool, yes: bool,
    sign: Path | None, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Ask the endpoints of PLAN (TOML) and judge what they answer.

    Guardrails, hijacking of agents, insecure code with phrases that have nothing to do with it,
    steering by government and language; against a reference where the plan has one. Exit code 1
    is a concern, 0 none, 2 undecided or not examined.
    """
    from stillwatch.adapters.behaving import load_job, load_packs, look
    from stillwatch.adapters.behaving.running import MANIFEST, costs
    from stillwatch.adapters.behaving.running import again as asked_again
    from stillwatch.cli.vet_shown import show_part
    from stillwatch.cli.vet_steering import show_steering

    told = shell.settings.behaviour
    packs, job = load_packs(told.packs), load_job(plan)
    if again is not None:
        job = asked_again(job, again, packs)
    _agreed(costs(job, packs, into), yes=yes or only_estimate)
    if only_estimate:
        return NONE_FOUND
    part = look(job, packs, into, python=told.python, told=_progress(quiet))
    if sign is not None:
        _sign(into / MANIFEST, sign)
    if not quiet:
        click.echo(_SAID.format(into), err=True)
    return show_part(part, as_json=as_json, own=lambda told: show_steering(told.measured))


def _agreed(costs: list[tuple[Endpoint, Estimate]], *, yes: bool) -> None:
    """Say what it costs, and have somebody agree to it."""
    from stillwatch.adapters.report.visible import visible
    from stillwatch.cli.vet_ask import consent, spoken

    for endpoint, cost in costs:
        click.echo(f"{visible(endpoint.model)} at {endpoint.url}: {spoken(cost)}", err=True)
        limit = endpoint.most_usd
        if limit is not None and cost.usd is not None and cost.usd.best > limit:
            raise NotAllowed(
                f"it costs about {cost.usd.best:.2f} USD and the limit is {limit:g} USD; ask "
                "fewer suites or samples, or raise most_usd",
                by_rule="most_usd",
            )
    consent([cost for _, cost in costs], yes=yes)


def _progress(quiet: bool) -> Callable[[str, int, int], None]:
    shown = {"at": -1}

    def say(who: str, done: int, wanted: int) -> None:
        percent = 100 * done // max(wanted, 1)
        if quiet or (percent == shown["at"] and done < wanted):
            return
        shown["at"] = percent
        if sys.stderr.isatty():
            click.echo(f"\r{who}: {done:,} of {wanted:,}", err=True, nl=done >= wanted)
        elif percent % 10 == 0:
            click.echo(f"{who}: {done:,} of {wanted:,}", err=True)

    return say


def _sign(manifest: Path, key: Path) -> None:
    """Put the manifest into a signed envelope beside it."""
    import orjson

    from stillwatch.adapters.settled import put_in_place
    from stillwatch.adapters.signing import load_key
    from stillwatch.adapters.signing import sign as signed

    envelope = signed(
        orjson.loads(manifest.read_bytes()), "behaviour-manifest", load_key(key, key.stem)
    )
    put_in_place(manifest.with_suffix(".dsse.json"), orjson.dumps(envelope))
