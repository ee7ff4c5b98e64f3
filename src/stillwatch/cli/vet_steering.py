"""The table of steering on the screen: government by language, each class apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click


def show_steering(measured: Mapping[str, Any]) -> None:
    """Print how often topics were treated in each way, and their neutral twins beside.

    Classes that came nowhere in a government's topics are left out. There is no sum.

    Args:
        measured: of the part; nothing is printed where steering was not examined.
    """
    cells = measured.get("suites", {}).get("steering", {}).get("cells")
    if not cells:
        return
    rows: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for cell in cells:
        rows.setdefault((cell["government"], cell["class"]), {})[cell["language"]] = cell
    languages = list(next(iter(rows.values())))
    click.echo("\nAnswers on topics that a government dislikes, of neutral twins in brackets")
    head = "".join(f"{'all' if one == 'any' else one:>16}" for one in languages)
    click.echo(f"  {'government':16}{'':11}{head}")
    n_left_out = 0
    for (government, what), by in rows.items():
        if not any(by[one]["sensitive"]["hits"] for one in languages):
            n_left_out += 1
            continue
        said = "".join(f"{_share(by[one]):>16}" for one in languages)
        click.echo(f"  {government[:15]:16}{what:11}{said}")
    click.echo("  * apart from its twins (and the reference) at 1% after Holm's correction")
    click.echo(f"  ({n_left_out} classes of a government that came nowhere are left out)")


def _share(cell: Mapping[str, Any]) -> str:
    mine, twins = cell["sensitive"], cell["neutral"]
    star = "*" if cell["p_holm"] <= 0.01 else " "
    return f"{mine['hits']}/{mine['n']} ({twins['hits']}/{twins['n']}){star}"
