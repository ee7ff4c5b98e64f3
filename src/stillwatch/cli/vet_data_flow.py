"""``stillwatch vet data-flow``: where do requests go, and what is not stated?"""

from __future__ import annotations

from pathlib import Path

import click

from stillwatch.cli.exits import NONE_FOUND


@click.command(name="data-flow")
@click.argument("tool", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--questions", is_flag=True, help="Print the questions for buyers, to answer.")
@click.option("--json", "as_json", is_flag=True, help="Print the part as JSON on stdout.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
def data_flow(tool: Path | None, *, questions: bool, as_json: bool, quiet: bool) -> int:
    """Measure the hosts that TOOL (TOML) names, read its recordings, list what is not stated.

    Connects to the addresses under `connect` and to no other. Exit code 1 is a concern, 0 none, 2
    undecided or not examined.
    """
    from stillwatch.adapters.data_flow import load_review, look
    from stillwatch.cli.vet_shown import show_part

    if questions:
        _show_questions()
        return NONE_FOUND
    if tool is None:
        raise click.UsageError("name the file of a TOOL, or ask for --questions.")

    def told(line: str) -> None:
        if not quiet:
            click.echo(line, err=True)

    return show_part(look(load_review(tool), told=told), as_json=as_json)


def _show_questions() -> None:
    from stillwatch.adapters.data_flow.running import load_inquiries

    asked = load_inquiries()
    click.echo(f"# Questions for buyers, of {asked.version}. says is yes, no or stated.")
    for one in asked.inquiries:
        click.echo(f'\n# {one.ask}\n[answers.{one.id}]\nsays = "not stated"')
        click.echo('said = ""\nsource = ""')
