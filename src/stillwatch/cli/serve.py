"""``stillwatch serve``: decide requests for gateways, and let people decide about decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stillwatch.cli.exits import NONE_FOUND
from stillwatch.cli.shell import Shell, pass_shell

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Where to listen.")
@click.option("--workers", type=click.IntRange(1, 128), help="Processes that answer.")
@click.option("--policy", type=_FILE, metavar="FILE", help="Policy; the shipped one by default.")
@click.option("--campaigns", type=_FILE, metavar="FILE", help="What detect or watch found.")
@click.option("--accounts", type=_FILE, metavar="FILE", help="Account table.")
@click.option("--callers", type=_FILE, metavar="FILE", help="Who may call; see gateway token.")
@click.option("--live/--shadow", default=None, help="Do what is decided, or only say it.")
@pass_shell
def serve(shell: Shell, /, **options: Any) -> int:
    """Decide requests for gateways; people decide at /desk.

    Every option stands in the sections serve and control of the settings too; the command line
    wins. Ends at SIGTERM, once the requests that it has begun are answered.
    """
    from stillwatch.adapters.gateway.settings import ReplicaSettings
    from stillwatch.http.serving import serve as run

    given = {name: value for name, value in options.items() if value is not None}
    control = shell.settings.control
    told = ReplicaSettings(
        live=given.pop("live", control.live),
        policy=given.pop("policy", control.policy),
        folder=control.folder,
        leaked_keys=control.leaked_keys,
        case_key=control.case_key,
        store=control.store,
        replicas=control.replicas,
        serve=shell.settings.serve.model_copy(update=given),
    )
    run(told)
    return NONE_FOUND
