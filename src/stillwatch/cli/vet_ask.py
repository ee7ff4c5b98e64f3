"""``stillwatch vet ask``: put probes to an endpoint, at a cost that is shown first."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stillwatch.cli.exits import COULD_NOT_LOOK, NONE_FOUND
from stillwatch.cli.vet_shown import print_json
from stillwatch.model.errors import BadSettings, NotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable

    from stillwatch.adapters.asking import Endpoint, Estimate, Progress
    from stillwatch.vet import Probe

SCHEMA = "stillwatch.asking/1"
_SAID = "Answers are content: they are kept in {}, readable by you alone, and nowhere else."


@click.command()
@click.argument("probes", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--endpoint", "endpoint_file", type=click.Path(path_type=Path, dir_okay=False), required=True,
    metavar="FILE", help="TOML: url, kind, model, key_env or key_file, prices, pace, limits.",
)  # fmt: skip
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR",
    help="Folder of the answers; a rerun goes on there.",
)  # fmt: skip
@click.option("--estimate", "only_estimate", is_flag=True, help="Say what it costs; ask nothing.")
@click.option("--yes", is_flag=True, help="Ask without a question on the terminal.")
@click.option("--most-usd", type=float, metavar="USD", help="Instead of the file's most_usd.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
def ask(
    probes: Path, endpoint_file: Path, into: Path, only_estimate: bool, yes: bool,
    most_usd: float | None, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Ask PROBES (JSONL) of an endpoint and keep every answer.

    What was cut off goes on: only what has no answer is asked. The key stands in an environment
    variable or a file, never on the command line. Exit code 2 where a probe has no answer.
    """
    from stillwatch.adapters.asking import ask as asked_of
    from stillwatch.adapters.asking import load_endpoint, read_probes

    endpoint = load_endpoint(endpoint_file, most_usd=most_usd)
    wanted = read_probes(probes)
    costs = agreed(
        [(endpoint, wanted, into)], yes=yes or only_estimate, tell=not as_json or not quiet
    )
    if only_estimate:
        if as_json:
            print_json({"schema": SCHEMA, "estimate": costs[0].to_json()})
        return NONE_FOUND
    reasons: dict[str, int] = {}
    n_answers, spent_usd = 0, 0.0

    def follow(progress: Progress) -> None:
        nonlocal spent_usd
        spent_usd = progress.spent_usd
        if shown is not None:
            shown(progress)

    shown = None if quiet else showing()
    for answer in asked_of(wanted, endpoint, into=into, on_progress=follow):
        n_answers += answer.finish != "error"
        if answer.finish == "error":
            reasons[answer.error] = reasons.get(answer.error, 0) + 1
    told = {
        "schema": SCHEMA, "into": str(into), "n_wanted": sum(one.n_samples for one in wanted),
        "n_answers": n_answers, "n_nothing": sum(reasons.values()), "reasons": reasons,
        "spent_usd": spent_usd if endpoint.usd(1, 1) is not None else None,
        "estimate": costs[0].to_json(),
    }  # fmt: skip
    if as_json:
        print_json(told)
    else:
        _show(told, into)
    return COULD_NOT_LOOK if reasons else NONE_FOUND


def agreed(
    jobs: Sequence[tuple[Endpoint, Sequence[Probe], Path]], *, yes: bool, tell: bool = True
) -> list[Estimate]:
    """Say what asking costs, and have somebody agree to it.

    Args:
        jobs: endpoint, probes and folder of each.
        yes: it was agreed to beforehand.
        tell: write it on stderr.

    Raises:
        NotAllowed: it may cost more than an endpoint's limit.
        BadSettings: nobody can be asked.
        Abort: the answer was no.
    """
    from stillwatch.adapters.asking import estimate
    from stillwatch.adapters.asking.folder import LINES, read_answers
    from stillwatch.adapters.asking.running import check

    found = []
    for endpoint, wanted, into in jobs:
        check(wanted, endpoint)
        kept = read_answers(into) if (into / LINES).exists() else []
        cost = estimate(wanted, endpoint, [(one.probe, one.sample) for one in kept])
        found.append(cost)
        if tell:
            name = f"{_visible(into.name)}: " if len(jobs) > 1 else ""
            where = f"{_visible(endpoint.model)} at {endpoint.url}"
            click.echo(f"{name}{where}: {spoken(cost)}", err=True)
        limit = endpoint.most_usd
        if limit is not None and cost.usd is not None and cost.usd.high > limit:
            raise NotAllowed(
                f"it may cost {cost.usd.high:.2f} USD and the limit is {limit:g} USD; ask less, or "
                "raise most_usd",
                by_rule="most_usd",
            )
    consent(found, yes=yes)
    return found


def consent(costs: Sequence[Estimate], *, yes: bool) -> None:
    """Have somebody agree to what was said to cost something.

    Raises:
        BadSettings: nobody can be asked.
        Abort: the answer was no.
    """
    if yes or not any(one.requests.best for one in costs):
        return
    if not sys.stdin.isatty():
        raise BadSettings("--yes", "nobody is there to agree to the cost; give --yes.")
    click.confirm("Ask?", abort=True, err=True)


def spoken(cost: Estimate) -> str:
    """An estimate as a line."""
    usd = "cost not known (no prices named)"
    if cost.usd is not None:
        usd = f"{cost.usd.best:.4f} USD ({cost.usd.low:.4f} to {cost.usd.high:.4f})"
    minutes = cost.minutes
    return (
        f"{cost.requests.best:,.0f} requests, about {cost.input_tokens.best:,.0f} tokens in and "
        f"{cost.output_tokens.best:,.0f} out, {usd}, about {minutes.best:.1f} minutes "
        f"({minutes.low:.1f} to {minutes.high:.1f})"
    )


def showing(what: str = "asking") -> Callable[[Progress], None]:
    """A bar on stderr, or a line now and then where it is no terminal."""
    from stillwatch.cli.vet_progress import Asking

    return Asking(what)


def _show(told: Mapping[str, Any], into: Path) -> None:
    click.echo(f"{told['n_answers']:,} of {told['n_wanted']:,} answers are there.")
    if told["spent_usd"] is not None:
        click.echo(f"At most {told['spent_usd']:.4f} USD were spent.")
    for reason, n in sorted(told["reasons"].items(), key=lambda one: -one[1])[:10]:
        click.echo(f"  {n:>8,}  no answer: {_visible(reason)}")
    click.echo(_SAID.format(into))


def _visible(text: str) -> str:
    from stillwatch.adapters.report.visible import visible

    return visible(text, 200)
