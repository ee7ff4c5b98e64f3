"""Whether the service stands, and its numbers for Prometheus."""

from __future__ import annotations

from typing import Final

from stillwatch.http.asgi import Reply, Request, as_json
from stillwatch.http.control import now_us
from stillwatch.http.counting import Counts
from stillwatch.http.entry import ANYBODY, PUBLIC
from stillwatch.http.ledger import Ledger
from stillwatch.http.routes import Route
from stillwatch.http.upkeep import Upkeep

_TEXT: Final = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")


class Health:
    """Answers probes and Prometheus.

    Args:
        counts: the counters of all replicas of this machine.
        upkeep: the files that are watched.
        ledger: what is written.
    """

    def __init__(self, counts: Counts, upkeep: Upkeep, ledger: Ledger) -> None:
        self._counts = counts
        self._upkeep = upkeep
        self._ledger = ledger

    def routes(self) -> list[Route]:
        """The addresses of probes."""
        return [
            Route(
                method="GET", path="/healthz", roles=PUBLIC, answer=self.alive,
                what="Whether the process answers.",
            ),
            Route(
                method="GET", path="/readyz", roles=PUBLIC, answer=self.ready,
                what="Whether every file was read as it stands now.",
            ),
            Route(
                method="GET", path="/metrics", roles=ANYBODY, answer=self.metrics,
                what="Numbers in Prometheus's text format.", blocks=True,
            ),
        ]  # fmt: skip

    def alive(self, request: Request) -> Reply:
        """The process answers."""
        return as_json({"alive": True})

    def ready(self, request: Request) -> Reply:
        """Every file was read as it stands now; else which were not."""
        stale = [source.name for source in self._upkeep.sources if source.stale]
        return as_json({"ready": not stale, "stale": stale}, 503 if stale else 200)

    def metrics(self, request: Request) -> Reply:
        """All counters, and what this replica holds."""
        standing = self._ledger.enforcement.at(now_us())
        ruled = {ruling.appeal for ruling in self._ledger.rulings.values()}
        n_open = sum(appeal.id not in ruled for appeal in self._ledger.appeals.values())
        told = [
            _gauge("decisions_standing", "Decisions in force.", len(standing.decisions)),
            _gauge("decisions_waiting", "Decisions that wait for a person.", len(standing.waiting)),
            _gauge("kill_switch", "1 while it is thrown.", standing.all_shadow is not None),
            _gauge("live", "1 where decisions are done, 0 in shadow mode.", self._ledger.live),
            _gauge("appeals_open", "Appeals that nobody has ruled on.", n_open),
            _gauge("campaign_accounts", "Accounts in campaigns.", len(self._ledger.members)),
        ]
        for name, what, kind in (
            ("stillwatch_file_reads_total", "Times that a watched file was read.", "n_read"),
            ("stillwatch_file_faults_total", "Times that it would not do.", "n_failed"),
        ):
            told.append(f"# HELP {name} {what}\n# TYPE {name} counter\n")
            told += [
                f'{name}{{file="{source.name}"}} {getattr(source, kind)}\n'
                for source in self._upkeep.sources
            ]
        return Reply(200, (self._counts.text() + "".join(told)).encode(), [_TEXT])


def _gauge(name: str, what: str, value: float) -> str:
    full = f"stillwatch_{name}"
    return f"# HELP {full} {what}\n# TYPE {full} gauge\n{full} {int(value)}\n"
