"""``stillwatch screen check`` and ``replay``: who may be on a list, and the same answer again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stillwatch.cli.exits import COULD_NOT_LOOK, FOUND, NONE_FOUND
from stillwatch.cli.screen import need_extra
from stillwatch.cli.screen_lists import counting, iso_day, print_json
from stillwatch.cli.shell import Shell, pass_shell
from stillwatch.model.errors import BadInput, BadSettings, OutsideFailed

if TYPE_CHECKING:
    from stillwatch.adapters.screen.running import Job

_FILE = click.Path(path_type=Path, dir_okay=False)
_KINDS = ("person", "organisation", "vessel", "aircraft", "unknown")
_QUESTION = "stillwatch.screening-answer/1"


@click.command()
@click.argument("name_or_file")
@click.option("--date", "day", metavar="DAY", help="ISO day; today where none is named.")
@click.option(
    "--kind",
    type=click.Choice(_KINDS),
    default="unknown",
    show_default=True,
    help="What the name is the name of.",
)
@click.option("--also", multiple=True, metavar="NAME", help="Another name of the same.")
@click.option("--registration", multiple=True, metavar="NUMBER", help="Number of an authority.")
@click.option("--address", multiple=True, metavar="TEXT", help="Address, down to the street.")
@click.option("--born-or-founded", multiple=True, metavar="DAY", help="ISO day, full.")
@click.option("--country", multiple=True, metavar="NAME", help="Country; never decides alone.")
@click.option("--owner", multiple=True, metavar="NAME", help="Name of an owner.")
@click.option("--customer", metavar="ID", default="", help="Your own id, for clearances.")
@click.option("--out", type=_FILE, metavar="FILE", help="Results of a file: .jsonl or .parquet.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of the run; what was cut off goes on. FILE.screening else.",
)
@click.option("--processes", type=click.IntRange(1, 256), help="Instead of screen.processes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@pass_shell
def check(shell: Shell, /, name_or_file: str, day: str | None, **options: Any) -> int:  # fmt: skip
    """Screen a name, or a file of customers.

    A file ends in .parquet, .csv or .jsonl. Exit code 1 where somebody should look. A name alone is
    never more than a reason to ask for a second identifier.
    """
    need_extra()
    from stillwatch.adapters.screen.customers import ENDINGS

    path = Path(name_or_file)
    wanted = iso_day(day)
    if path.suffix in ENDINGS:
        if not path.is_file():
            raise OutsideFailed(f"there is no file {path}.")
        return _file(shell, path, wanted, options)
    row = {
        "customer": options["customer"] or name_or_file, "name": [name_or_file],
        "other_names": list(options["also"]), "kind": options["kind"],
        "registration": list(options["registration"]), "address": list(options["address"]),
        "born_or_founded": list(options["born_or_founded"]), "country": list(options["country"]),
        "owners": list(options["owner"]),
    }  # fmt: skip
    told = _answered(_job(shell, wanted, quiet=options["quiet"]), row)
    if options["as_json"]:
        print_json({"schema": _QUESTION, "question": row, "answer": told})
    else:
        from stillwatch.adapters.screen.speaking import spoken

        click.echo(spoken(told))
    return NONE_FOUND if told["advice"] == "go_on" else FOUND


@click.command()
@click.argument("answer", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
@pass_shell
def replay(shell: Shell, /, answer: Path, *, as_json: bool) -> int:
    """Make an answer again from its snapshots, and compare.

    ANSWER is what `screen check --json` printed. Exit code 0 where the same comes out, 2 where the
    program, the rules or the snapshots say something else now.
    """
    need_extra()
    import orjson

    try:
        told = orjson.loads(answer.read_bytes())
        before, row = told["answer"], told["question"]
        ids = list(before["rests_on"]["snapshots"].values())
        cleared = [one["clearance"] for one in before["matches"] if one["clearance"]]
    except OSError as error:
        raise OutsideFailed(f"{answer} cannot be read: {error.strerror}.") from None
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise BadInput("is no answer of `screen check --json`.", where=str(answer)) from None
    job = _job(shell, before["date"], ids=ids, cleared=cleared)
    now = _answered(job, row, said=before["could_not_look"])
    same = now == before
    differ = sorted(key for key in {*now, *before} if now.get(key) != before.get(key))
    if as_json:
        print_json({"same": same, "differs_in": differ, "answer": now})
    elif same:
        click.echo(f"The same answer comes out: {now['id']}.")
    else:
        click.echo(f"Another answer comes out: it differs in {', '.join(differ)}.")
    return NONE_FOUND if same else COULD_NOT_LOOK


def _job(
    shell: Shell, day: str, *, ids: list[str] | None = None, cleared: list[str] | None = None,
    quiet: bool = False,
) -> Job:  # fmt: skip
    from stillwatch.adapters.screen.clearing import read
    from stillwatch.adapters.screen.gathering import gather
    from stillwatch.adapters.screen.running import Job
    from stillwatch.adapters.screen.shipped import load_regimes
    from stillwatch.screen.clearances import in_force

    settings = shell.settings.screen
    rules = load_regimes(settings.regimes)
    progress = None if quiet else counting("names filed")
    gathered = gather(settings.folder, rules, day=day, ids=ids or (), progress=progress)
    said = read(settings.folder)
    if cleared is None:
        held = in_force(said, time.time_ns() // 1_000)
    else:
        held = {(one.customer, one.listing): one for one in said if one.id in cleared}
    return Job(gathered, rules, day, held)


def _answered(job: Job, row: dict[str, Any], said: list[str] | None = None) -> dict[str, Any]:
    from stillwatch.screen.answering import answer as answer_of
    from stillwatch.screen.asked import asked_from

    asked = asked_from(row, 1)
    caveats = job.gathered.caveats
    if said is not None:
        # What is said of later snapshots depends on what was there when the question was asked.
        caveats = tuple(one for one in said if one.startswith("The first snapshot of"))
    return answer_of(
        asked, job.gathered.lists.match(asked, job.clearances), day=job.day,
        regimes=job.regimes, rests_on=job.gathered.rests_on, could_not_look=caveats,
    )  # fmt: skip


def _file(shell: Shell, path: Path, day: str, options: dict[str, Any]) -> int:
    from stillwatch.adapters.screen.customers import n_rows
    from stillwatch.adapters.screen.running import COULD_NOT_LOOK as UNREAD
    from stillwatch.adapters.screen.running import run, write_jsonl, write_parquet

    out: Path = options["out"] or path.with_name(f"{path.stem}.screened.jsonl")
    if out.suffix not in (".jsonl", ".parquet"):
        raise BadSettings("--out", f"{out} ends neither in .jsonl nor in .parquet.")
    state = options["state"] or path.with_name(f"{path.name}.screening")
    job = _job(shell, day, quiet=options["quiet"])
    total = n_rows(path)
    say = counting("customers screened")
    progress = None if options["quiet"] else lambda done: say(done, total)
    processes = options["processes"] or shell.settings.screen.processes
    begun = time.monotonic()
    folder, done = run(job, path, state, processes=processes, progress=progress)
    with folder:
        (write_parquet if out.suffix == ".parquet" else write_jsonl)(out, folder)
    told = {
        "schema": "stillwatch.screening-run/1", "customers": str(path), "results": str(out),
        "date": day, "n_customers": done.n_rows, "n_of_an_earlier_run": done.n_resumed,
        "advice": dict(sorted(done.advice.items())), "called": dict(sorted(done.called.items())),
        "n_could_not_look": done.advice[UNREAD], "could_not_look": list(job.gathered.caveats),
        "rests_on": job.gathered.rests_on.to_json(),
        "wall_s": round(time.monotonic() - begun, 1),
        "note": "Not legal advice. A name alone decides nothing.",
    }  # fmt: skip
    if options["as_json"]:
        print_json(told)
    else:
        _show_run(told)
    if done.advice[UNREAD]:
        return COULD_NOT_LOOK
    return FOUND if set(done.advice) - {"go_on"} else NONE_FOUND


def _show_run(told: dict[str, Any]) -> None:
    click.echo(f"{told['n_customers']:,} customers screened; results in {told['results']}.")
    for name, count in told["advice"].items():
        click.echo(f"  {count:>10,}  {name.replace('_', ' ')}")
    for name, count in told["called"].items():
        click.echo(f"  {count:>10,}  matches called {name.replace('_', ' ')}")
    for line in told["could_not_look"]:
        click.echo(line)
    click.echo(told["note"])
