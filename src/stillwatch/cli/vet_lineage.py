"""``stillwatch vet lineage``: was it distilled from ours?"""

from __future__ import annotations

from pathlib import Path

import click

from stillwatch.cli.exits import COULD_NOT_LOOK, NONE_FOUND
from stillwatch.cli.lazy import Entry, LazyGroup
from stillwatch.model.errors import BadInput, BadSettings

_PLAN = click.argument("plan", type=click.Path(path_type=Path, dir_okay=False))
_INTO = click.Path(path_type=Path, file_okay=False)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")

ENTRIES: tuple[Entry, ...] = (
    Entry(name="probes", module="stillwatch.cli.vet_lineage", attribute="probes",
          line="Write what every suspect and control is asked."),
    Entry(name="ask", module="stillwatch.cli.vet_lineage", attribute="ask",
          line="Ask suspects and controls; the cost is shown before."),
    Entry(name="judge", module="stillwatch.cli.vet_lineage", attribute="judge",
          line="Test what they said, and give a verdict or say what lacks."),
    Entry(name="weights", module="stillwatch.cli.vet_lineage_weights", attribute="weights",
          line="Test whether weights are independent of ours."),
    Entry(name="merge", module="stillwatch.cli.vet_lineage_weights", attribute="merge",
          line="Put the e-values of several looks or labs together."),
)  # fmt: skip


@click.command(cls=LazyGroup, entries=ENTRIES)
def lineage() -> None:
    """Was it distilled from ours? Exact tests, calibrated in every report."""


@click.command()
@_PLAN
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True,
              metavar="FILE", help="JSONL for `vet ask`.")  # fmt: skip
def probes(plan: Path, out: Path) -> None:
    """Write what every suspect and control of PLAN is asked, to ask it elsewhere."""
    from stillwatch.adapters.asking import write_probes
    from stillwatch.adapters.vetting.lineage_running import open_case

    told = open_case(plan).probes()
    if not told:
        raise BadInput("asks nothing: name questions, pairs or leads.", where=str(plan))
    write_probes(told, out)
    click.echo(f"{len(told):,} probes in {out}; prompts of the log are content.", err=True)


@click.command()
@_PLAN
@click.option(
    "--into",
    type=_INTO,
    required=True,
    metavar="DIR",
    help="Folder of the answers, one below it for each model; a rerun goes on there.",
)
@click.option("--only", multiple=True, metavar="NAME", help="Ask this model alone; repeatable.")
@click.option("--estimate", "only_estimate", is_flag=True, help="Say what it costs; ask nothing.")
@click.option("--yes", is_flag=True, help="Ask without a question on the terminal.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
def ask(
    plan: Path, into: Path, only: tuple[str, ...], only_estimate: bool, yes: bool, quiet: bool
) -> int:
    """Ask every suspect and control of PLAN that has an endpoint the same questions.

    The prompts of served answers go to the endpoints: whoever answers learns that they are of
    interest. Exit code 2 where a probe has no answer.
    """
    from stillwatch.adapters.asking import ask as asked_of
    from stillwatch.adapters.asking import load_endpoint
    from stillwatch.adapters.vetting.lineage_running import folder_of, open_case
    from stillwatch.cli.vet_ask import agreed, showing

    case = open_case(plan)
    wanted = case.probes()
    if not wanted:
        raise BadInput("asks nothing: name questions, pairs or leads.", where=str(plan))
    models = {**case.plan.suspects, **case.plan.controls}
    if unknown := set(only) - set(models):
        raise BadSettings("--only", f"the plan has no model {min(unknown)!r}.")
    jobs = [
        (load_endpoint(told.endpoint), wanted, folder_of(into, name))
        for name, told in models.items()
        if told.endpoint is not None and (not only or name in only)
    ]
    if not jobs:
        raise BadInput("names no endpoint to ask.", where=str(plan))
    agreed(jobs, yes=yes or only_estimate)
    if only_estimate:
        return NONE_FOUND
    n_nothing = 0
    for endpoint, told, folder in jobs:
        shown = None if quiet else showing(f"asking {folder.name}")
        for answer in asked_of(told, endpoint, into=folder, on_progress=shown):
            n_nothing += answer.finish == "error"
    if n_nothing:
        click.echo(f"{n_nothing:,} probes have no answer; run it again to ask them.", err=True)
    click.echo(f"Answers are content: they stand in {into}, readable by you alone.", err=True)
    return COULD_NOT_LOOK if n_nothing else NONE_FOUND


@click.command()
@_PLAN
@click.option("--into", type=_INTO, metavar="DIR", help="Folder of `vet lineage ask`.")
@click.option(
    "--answers",
    "answers",
    multiple=True,
    metavar="NAME=FILE",
    help="Further answers of a model: a folder of `vet ask` or a JSONL; repeatable.",
)
@click.option("--state", type=_INTO, metavar="DIR",
              help="Let looks add up here: e-values decide, and looking may go on.")  # fmt: skip
@click.option("--suspect", metavar="NAME", help="Show this one, where the plan has several.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@_JSON
def judge(
    plan: Path, into: Path | None, answers: tuple[str, ...], state: Path | None,
    suspect: str | None, *, quiet: bool, as_json: bool,
) -> int:  # fmt: skip
    """Test what suspects and controls of PLAN said; needs no network.

    Without --state it is one planned look, and p-values decide. Exit code 1 where a suspect
    learned from ours, 2 where there is no verdict.
    """
    from stillwatch.adapters.vetting.lineage_running import judge_case, open_case
    from stillwatch.cli.vet_shown import show_part, show_parts

    def tell(what: str) -> None:
        if not quiet:
            click.echo(what, err=True)

    tell("reading the plan and what keys pick")
    case = open_case(plan)
    if suspect is not None and suspect not in case.plan.suspects:
        raise BadSettings("--suspect", f"the plan has no suspect {suspect!r}.")
    if suspect is None and as_json and len(case.plan.suspects) > 1:
        raise BadSettings("--suspect", "the plan has several; name the one to print.")
    found = judge_case(case.with_answers(answers), into=into, state=state, on_progress=tell)
    shown = [found[suspect]] if suspect else list(found.values())
    return show_part(shown[0], as_json=True) if as_json else show_parts(shown)
