"""``stillwatch vet keys``: a cluster's key and its decoys, committed to before their use."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stillwatch.cli.shell import Shell, pass_shell

if TYPE_CHECKING:
    from stillwatch.adapters.vetting.lineage_keys import Made

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def keys() -> None:
    """Make the keys by which a student of ours is told, before their use."""


@keys.command()
@click.argument("cluster")
@click.option("--slots", "slots_file", type=_FILE, metavar="FILE",
              help="TOML of slots in which the key will pick.")  # fmt: skip
@click.option("--ring", type=_FILE, metavar="FILE", help="stillwatch-mark-CLUSTER.json else.")
@click.option("--decoys", type=_FILE, metavar="FILE", help="stillwatch-decoys-CLUSTER.json else.")
@click.option("--n-decoys", type=click.IntRange(300, 99_999), default=9_999, show_default=True,
              help="Keys that are drawn likewise and never used.")  # fmt: skip
@click.option("--log", type=_FILE, metavar="FILE",
              help="Log of commitments instead of the setting defend.commitments.")  # fmt: skip
@click.option(
    "--custody",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Enter it in this evidence log too; else in custody.folder, if one is there.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
@pass_shell
def make(
    shell: Shell, /, cluster: str, slots_file: Path | None, ring: Path | None,
    decoys: Path | None, n_decoys: int, log: Path | None, custody: Path | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Make CLUSTER's key and decoys, and commit to both; secrets are never printed.

    What is there is kept: run it again after slots were added, before they are served.
    """
    from stillwatch.adapters.defend.slots import load_slots
    from stillwatch.adapters.vetting.lineage_keys import make_keys

    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in cluster)
    ring = ring or Path(f"stillwatch-mark-{name}.json")
    decoys = decoys or Path(f"stillwatch-decoys-{name}.json")
    slots = load_slots(slots_file) if slots_file else {}
    made = make_keys(
        cluster, slots, ring=ring, decoys=decoys, n_decoys=n_decoys,
        log=log or shell.settings.defend.commitments, now_us=_now_us(),
    )  # fmt: skip
    told: dict[str, Any] = {
        "cluster": cluster, "key": made.key, "ring": str(ring), "decoys": str(decoys),
        "n_decoys": made.n_decoys, "n_slots": len(slots), "commitment": made.mark.digest,
        "line": made.mark.line, "decoys_commitment": made.decoys.digest,
        "decoys_line": made.decoys.line,
        "evidence_entry": _entered(custody or shell.settings.custody.folder, cluster, made,
                                   is_named=custody is not None),
    }  # fmt: skip
    if as_json:
        import orjson

        click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return
    for key, value in told.items():
        click.echo(f"{key:18} {'none: no evidence log is there' if value is None else value}")


def _entered(folder: Path, cluster: str, made: Made, *, is_named: bool) -> int | None:
    """Number of the entry in the evidence log; None where there is no log and none was named."""
    from stillwatch.adapters.custody.beginning import LOG
    from stillwatch.adapters.custody.log import CustodyLog

    if not is_named and not (folder / LOG).exists():
        return None
    with CustodyLog(folder, _now_us) as log:
        body = {
            "about": cluster, "decoys": made.decoys.digest, "key": made.key,
            "lines": [made.mark.line, made.decoys.line], "mark": made.mark.digest,
            "n_decoys": made.n_decoys,
        }  # fmt: skip
        return log.append("lineage-keys", body).n


def _now_us() -> int:
    return time.time_ns() // 1_000
