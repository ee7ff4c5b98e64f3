"""``stillwatch share match``: private matching with a partner."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from stillwatch.cli.exits import NONE_FOUND
from stillwatch.cli.shell import Shell, pass_shell

_FILE = click.Path(path_type=Path, dir_okay=False)
_TERMS = click.option(
    "--terms", type=_FILE, default=Path("matching.toml"), show_default=True, metavar="FILE",
    help="Who we are, what we hold, and what partners may ask.",
)  # fmt: skip
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
_KINDS = ("email", "phone", "instrument", "address", "prefix", "device", "behaviour")
_PURPOSES = ("defence", "research", "enforcement", "policy")


@click.group()
def match() -> None:
    """Find what a partner holds too, and learn nothing else."""


@match.command()
@click.argument("name")
@click.argument("file", type=_FILE)
@_JSON
def key(name: str, file: Path, *, as_json: bool) -> None:
    """Draw our signing key into FILE; print the public half, for partners to pin."""
    from stillwatch.adapters.signing import new_key

    public = new_key(file, name).public_pem
    if as_json:
        _print({"name": name, "public_key": public})
    else:
        click.echo(public, nl=False)


@match.command()
@_TERMS
@click.option("--listen", default="127.0.0.1:9480", show_default=True, metavar="HOST:PORT")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Processes that compute.",
)
@click.option("--certificate", type=_FILE, metavar="FILE", help="PEM; it then speaks TLS.")
@click.option("--key-file", type=_FILE, metavar="FILE", help="Key of the certificate, PEM.")
@click.option("--plain-http", is_flag=True, help="Listen beyond this machine without TLS.")
@pass_shell
def serve(
    shell: Shell, /, terms: Path, listen: str, processes: int, certificate: Path | None,
    key_file: Path | None, *, plain_http: bool,
) -> int:  # fmt: skip
    """Answer partners until SIGTERM; sets are made ready first, which may take minutes."""
    from stillwatch.adapters.addresses import address_of
    from stillwatch.adapters.matching.door import Door
    from stillwatch.adapters.matching.terms import load_terms
    from stillwatch.adapters.matching.workers import Workers
    from stillwatch.http.for_partners import check_clear, run_app
    from stillwatch.http.matching import matching_app

    host, port = address_of(listen, "--listen")
    check_clear("--listen", host, certificate, key_file, plain_http=plain_http)
    with Workers(processes, shell.settings.match.python) as workers:
        app = matching_app(Door(load_terms(terms), workers), _say)
        run_app(app, host, port, certificate, key_file)
    return NONE_FOUND


@match.command()
@click.argument("partner")
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("file", type=_FILE)
@_TERMS
@click.option("--purpose", type=click.Choice(_PURPOSES), default="defence", show_default=True)
@click.option(
    "--about", default="all", show_default=True, metavar="SET", help="Which of the partner's sets."
)
@click.option("--which", is_flag=True, help="Ask which items match, not only how many.")
@click.option("--processes", type=click.IntRange(1, 64), default=2, show_default=True)
@_JSON
@pass_shell
def ask(
    shell: Shell, /, partner: str, kind: str, file: Path, terms: Path, purpose: str, about: str,
    processes: int, *, which: bool, as_json: bool,
) -> None:  # fmt: skip
    """Ask PARTNER what of the items in FILE, one a line, it holds too.

    With --which the matching lines are printed, else their number. Run it again where it was cut
    off; it goes on.
    """
    from stillwatch.adapters.matching.asking import Asking, Question
    from stillwatch.adapters.matching.terms import load_terms, read_items
    from stillwatch.adapters.matching.workers import Workers
    from stillwatch.model.marking import Purpose
    from stillwatch.share.matching import Mode
    from stillwatch.share.matching_names import Kind

    texts = read_items(file)
    question = Question(
        partner=partner, kind=Kind(kind), purpose=Purpose(purpose), about=about,
        mode=Mode.ITEMS if which else Mode.SIZE,
    )  # fmt: skip
    with Workers(processes, shell.settings.match.python) as workers:
        found = Asking(load_terms(terms), workers, _say).ask(question, [texts])
    for position, why in found.refused[:10]:
        _say(f"line {position + 1} {why}")
    told: dict[str, Any] = {
        "schema": "stillwatch.matched/1", "partner": partner, "kind": kind, "purpose": purpose,
        "about": about, "session": found.session, "n_ours": found.n_ours,
        "n_theirs_padded": found.n_theirs, "n_refused": len(found.refused),
        "n_shared": found.counts[0],
    }  # fmt: skip
    if which:
        told["shared"] = [texts[at] for at in found.positions]
    if as_json:
        _print(told)
        return
    if which:
        for line in told["shared"]:
            click.echo(line)
    click.echo(
        f"{found.counts[0]:,} of {found.n_ours:,} are held by {partner} too; "
        f"{len(found.refused):,} lines were no {kind}.",
        err=which,
    )


@match.command()
@click.argument("partner")
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("file", type=_FILE)
@click.argument("population", type=_FILE)
@_TERMS
@click.option("--purpose", type=click.Choice(_PURPOSES), default="defence", show_default=True)
@click.option("--about", required=True, metavar="SET", help="The partner's cluster.")
@click.option("--decoys", type=click.IntRange(19, 999), default=99, show_default=True)
@click.option("--seed", type=int, required=True, help="Of the draw of decoys; keep it secret.")
@click.option("--processes", type=click.IntRange(1, 64), default=2, show_default=True)
@_JSON
@pass_shell
def cluster(
    shell: Shell, /, partner: str, kind: str, file: Path, population: Path, terms: Path,
    purpose: str, about: str, decoys: int, seed: int, processes: int, *, as_json: bool,
) -> None:  # fmt: skip
    """Ask whether a cluster of PARTNER is the same pool as ours.

    FILE holds our cluster's keys, one a line. POPULATION is a CSV of account,key of our innocent
    accounts; decoys are drawn from it, and PARTNER cannot tell them from the cluster.
    """
    from stillwatch.adapters.matching.clusters import ask_cluster, read_population
    from stillwatch.adapters.matching.terms import load_terms, read_items
    from stillwatch.adapters.matching.workers import Workers
    from stillwatch.model.marking import Purpose
    from stillwatch.share.matching_names import Kind

    with Workers(processes, shell.settings.match.python) as workers:
        found = ask_cluster(
            load_terms(terms), workers, partner=partner, kind=Kind(kind),
            purpose=Purpose(purpose), about=about, keys=read_items(file),
            units=read_population(population), n_decoys=decoys, seed=seed, say=_say,
        )  # fmt: skip
    share = found.containment
    if as_json:
        _print({
            "schema": "stillwatch.same-pool/1", "partner": partner, "kind": kind, "about": about,
            "n_keys": found.n_keys, "n_shared": found.n_shared, "containment": share.to_json(),
            "p_rank": found.p_rank, "p_tail": found.p_tail, "n_decoys": found.n_decoys,
            "decoys_mean": found.decoys[0], "decoys_most": found.decoys[1],
        })  # fmt: skip
        return
    click.echo(
        f"{found.n_shared} of {found.n_keys} keys are there ({share.best:.0%}, {share.low:.0%} to "
        f"{share.high:.0%}); of {found.n_decoys} innocent sets {found.decoys[0]:.1f} on average, "
        f"{found.decoys[1]} at most. p = {found.p_rank:.3g} by rank; {found.p_tail:.2g} if counts "
        "are Poisson."
    )


@match.command()
@_TERMS
@_JSON
def log(terms: Path, *, as_json: bool) -> None:
    """List what partners asked us, the chain checked: counts only, no item was kept."""
    from stillwatch.adapters.matching.door import log_of
    from stillwatch.adapters.matching.terms import load_terms

    lines = log_of(load_terms(terms).folder)
    if as_json:
        _print({"schema": "stillwatch.matching-log/1", "lines": lines})
        return
    for line in lines:
        moment = datetime.fromtimestamp(line["at_us"] / 1e6, UTC)
        shown = ("partner", "name", "kind", "purpose", "mode", "sets", "n", "why")
        rest = "  ".join(f"{name} {line[name]}" for name in shown if name in line)
        click.echo(f"{moment:%Y-%m-%d %H:%M:%S}  {line['what']:13}  {rest}")


def _say(line: str) -> None:
    """Say a line; what others wrote in it moves no cursor."""
    from stillwatch.adapters.report.visible import visible

    click.echo(visible(line, 400), err=True)


def _print(value: dict[str, Any]) -> None:
    from stillwatch.adapters.results import write_json

    write_json(value, sys.stdout.buffer)
