"""``stillwatch sketch``: take the text out of logs and leave keyed sketches."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from stillwatch.adapters.readers import FORMATS
from stillwatch.cli.shell import Shell, pass_shell
from stillwatch.cli.watching import watching

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("logs", nargs=-1, required=True)
@click.argument("out", type=_FILE)
@click.option(
    "--format", "form", type=click.Choice(["auto", *FORMATS]), default="auto", show_default=True,
    help="Format of LOGS.",
)  # fmt: skip
@click.option(
    "--rejects", type=_FILE, metavar="FILE", help="Write rows that were set aside, JSONL."
)
@click.option("--strict", is_flag=True, help="Stop at the first malformed row.")
@click.option("--account", metavar="NAME", help="Account of rows that name none (batch files).")
@click.option("--sent-at", metavar="TIME", help="Time of rows that have none (batch files).")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@pass_shell
def sketch(shell: Shell, /, **options: Any) -> None:
    """Rewrite logs with keyed sketches in place of text.

    OUT is a Parquet file with everything that LOGS hold but prompts, system prompts and
    responses; detect finds in it what it finds in LOGS. The setting detect.key_file must
    name a secret.
    """
    from stillwatch.adapters.sketching import sketch_logs

    given = {"account": options["account"], "sent_at": options["sent_at"]}
    with watching(quiet=options["quiet"]) as steps:
        made = sketch_logs(
            shell.settings,
            logs=options["logs"],
            out=options["out"],
            form=options["form"],
            rejects=options["rejects"],
            strict=options["strict"],
            defaults={k: v for k, v in given.items() if v},
            on_rows=steps.rows if steps else None,
        )
    if options["as_json"]:
        from stillwatch.adapters.results import write_json

        write_json(made, sys.stdout.buffer)
    else:
        click.echo(
            f"{made['out']}: {made['n_exchanges']:,} exchanges, {made['n_prompts']:,} prompts "
            f"sketched, {made['n_rejected']:,} rows set aside"
        )
