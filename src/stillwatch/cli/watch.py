"""``stillwatch watch``: find campaigns in traffic while it happens."""

from __future__ import annotations

import re
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stillwatch.cli.exits import FOUND, NONE_FOUND
from stillwatch.cli.shell import Shell, pass_shell
from stillwatch.model.errors import NotEnoughEvidence

if TYPE_CHECKING:
    from stillwatch.adapters.live.watch import Watch
    from stillwatch.adapters.settings import Settings

_FILE = click.Path(path_type=Path, dir_okay=False)
_UNITS_S = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_SAY_EVERY_S = 10.0


class Duration(click.ParamType[float]):
    """Seconds, or a number with a unit: 90, 60s, 5m, 3h, 14d."""

    name = "DURATION"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Seconds of a duration."""
        if isinstance(value, int | float):
            return float(value)
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no duration such as 60s, 5m, 3h or 14d", param, ctx)
        return float(found[1]) * _UNITS_S[found[2]]


@click.command()
@click.argument("sources", nargs=-1)
@click.option(
    "--state", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Keep the log and the campaigns here; a watcher that was cut off goes on from it.",
)  # fmt: skip
@click.option(
    "--accounts", type=_FILE, metavar="FILE", help="Account table, read anew when it changes."
)
@click.option("--releases", type=_FILE, metavar="FILE", help="Model releases, JSON.")
@click.option(
    "--listen", metavar="HOST:PORT", default="127.0.0.1:9464", show_default=True,
    help="Serve /metrics, /healthz, /readyz, /campaigns.  '' for nobody.",
)  # fmt: skip
@click.option("--every", type=Duration(), help="Time between two looks: 60s, 5m; 0 by the clock.")
@click.option("--window", type=Duration(), help="How far back a look goes: 14d.")
@click.option("--lateness", type=Duration(), help="How late an exchange may come: 24h.")
@click.option(
    "--rejects", type=_FILE, metavar="FILE", help="Write rows that were set aside, JSONL."
)
@click.option("--once", is_flag=True, help="Take what is there, look at it, and end.")
@click.option("--json", "as_json", is_flag=True, help="Print events as JSON lines on stdout.")
@click.option("--dashboard", is_flag=True, help="Print a Grafana dashboard and end.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@pass_shell
def watch(shell: Shell, /, **options: Any) -> int:
    """Find campaigns in traffic while it happens.

    SOURCES are folders of arriving files, s3:// or gs:// prefixes, Redis streams
    (redis://HOST/0?stream=NAME), Kafka topics (kafka://HOST:PORT/TOPIC), and receivers of OTLP
    over HTTP (otlp://HOST:PORT).
    """
    from stillwatch.adapters.live.watch import Wanted, Watch, dashboard

    if options["dashboard"]:
        sys.stdout.buffer.write(dashboard())
        return NONE_FOUND
    if not options["sources"] or options["state"] is None:
        missing = "SOURCES" if not options["sources"] else "--state"
        raise click.UsageError(f"Missing {missing}.")
    wanted = Wanted(
        sources=options["sources"],
        state=options["state"],
        accounts=options["accounts"],
        releases=options["releases"],
        listen=options["listen"],
        rejects=options["rejects"],
        once=options["once"],
    )
    on_event = _print_json if options["as_json"] else _print_line
    stop = _stop_on_signals()
    watching = Watch(_with_options(shell.settings, options), wanted, on_event)
    try:
        watching.start()
        _run(watching, stop, once=options["once"], quiet=options["quiet"])
        result = watching.finish() if options["once"] and not stop.is_set() else None
    finally:
        watching.close()
    if options["once"] and result is None and not stop.is_set():
        raise NotEnoughEvidence("no exchanges were read", needed=1, had=0)
    return FOUND if result and result["campaigns"] else NONE_FOUND


def _with_options(settings: Settings, options: dict[str, Any]) -> Settings:
    """Settings with what the command line says in their place."""
    names = {"every": "every_s", "window": "window_s", "lateness": "lateness_s"}
    given = {names[k]: options[k] for k in names if options[k] is not None}
    try:
        section = settings.watch.model_validate({**settings.watch.model_dump(), **given})
    except ValueError as error:
        raise click.UsageError(f"a duration is out of range: {error}") from error
    return settings.model_copy(update={"watch": section})


def _stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set; a second one ends the program at once."""
    stop = threading.Event()

    def ask(number: int, _: Any) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    return stop


def _run(watching: Watch, stop: threading.Event, *, once: bool, quiet: bool) -> None:
    """Wait until told to stop, or until everything is taken; say where it stands meanwhile."""
    said_s, n_said = time.monotonic(), watching.standing().n_taken
    while not stop.wait(0.2):
        watching.check()
        if once and watching.is_drained():
            return
        now_s = time.monotonic()
        if quiet or now_s - said_s < _SAY_EVERY_S:
            continue
        at = watching.standing()
        rate = (at.n_taken - n_said) / (now_s - said_s)
        problems = "".join(f"; {one}" for one in at.problems)
        click.echo(
            f"{at.n_taken:,} taken ({rate:,.0f}/s), {at.n_set_aside:,} set aside, "
            f"{at.n_campaigns} campaigns, {at.lag_s:,.0f} s behind{problems}",
            err=True,
        )
        said_s, n_said = now_s, at.n_taken


def _print_json(event: dict[str, Any]) -> None:
    import orjson

    sys.stdout.buffer.write(orjson.dumps(event) + b"\n")
    sys.stdout.buffer.flush()


def _print_line(event: dict[str, Any]) -> None:
    entry, other = event["entry"], event["other"]
    size = f", {len(entry['accounts'])} accounts, {entry['weight_bits']} bits" if entry else ""
    beside = f" ({other})" if other else ""
    change = f" +{len(event['joined'])} -{len(event['left'])}"
    click.echo(f"{event['written_at']} {event['kind']} {event['campaign']}{beside}{change}{size}")
