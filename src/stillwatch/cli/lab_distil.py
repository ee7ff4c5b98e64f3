"""``stillwatch lab distil``: what defences cost, what they buy, and which test finds a student."""

from __future__ import annotations

from pathlib import Path

import click

from stillwatch.cli.shell import Shell, pass_shell


@click.command("distil")
@click.option(
    "--out", "out_dir", type=click.Path(path_type=Path, file_okay=False),
    default=Path("out/distil"), show_default=True, metavar="DIR",
    help="Where teachers, students, table and page are kept.",
)  # fmt: skip
@click.option(
    "--students", default="all", show_default=True, metavar="NAMES",
    help="all, or names with semicolons between them; `list` lists them.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**31), default=0, show_default=True,
              help="Equal seeds give equal students.")  # fmt: skip
@click.option("--worlds", type=click.IntRange(1, 20), default=2, show_default=True,
              help="Secrets, teachers and keys, each with all students.")  # fmt: skip
@click.option("--processes", type=click.IntRange(1, 64), default=2, show_default=True,
              help="That train; one a core.")  # fmt: skip
@click.option("--experimental", is_flag=True,
              help="Antidistillation sampling too, which can make answers wrong.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@pass_shell
def distil(
    shell: Shell, /, out_dir: Path, students: str, seed: int, worlds: int, processes: int,
    experimental: bool, as_json: bool,
) -> None:  # fmt: skip
    """Train a toy teacher and its students, with and without each defence."""
    from stillwatch.cli.schooling import run_distil

    run_distil(
        shell.settings.distil.python, out_dir, students, seed=seed, n_worlds=worlds,
        n_processes=processes, experimental=experimental, as_json=as_json,
    )  # fmt: skip
