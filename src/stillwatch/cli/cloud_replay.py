"""``stillwatch cloud replay``: the same answer again, from the snapshot that it rests on."""

from __future__ import annotations

from pathlib import Path

import click

from stillwatch.cli.cloud_text import FILE, JSON, show
from stillwatch.cli.exits import COULD_NOT_LOOK, NONE_FOUND


@click.command()
@click.argument("snapshot", type=FILE)
@JSON
def replay(snapshot: Path, *, as_json: bool) -> int:
    """Make an answer again from its SNAPSHOT (`cloud runs --keep`), and compare.

    Rules, accelerators and scores are those of the snapshot, not today's. Exit code 0 where the
    same comes out, 2 where the program says something else now.
    """
    from stillwatch.adapters.cloud.overseeing import replayed

    now, differ = replayed(snapshot)
    if as_json:
        show({"same": not differ, "differs_in": differ, "answer": now})
    elif differ:
        click.echo(f"Another answer comes out: it differs in {', '.join(differ)}.")
    else:
        click.echo(f"The same answer comes out: {len(now['runs'])} runs on {now['day']}.")
    return COULD_NOT_LOOK if differ else NONE_FOUND
