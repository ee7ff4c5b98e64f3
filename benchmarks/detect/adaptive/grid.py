"""The grid: what the other side may turn, and the points at which it is measured."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

FIXTURES = ("C07", "C04", "C08")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One way to run a campaign.

    Args:
        fixture: whose shape it has.
        mixing: share of unrelated customers' requests.
        rate: exchanges per account and day, customers' included; in the middle of what an
            operator draws, see :attr:`sent_rate`.
        size: accounts.
        paraphrase: 0 one wording, 1 every request worded afresh.
        jitter: 0 synchronised, 1 no common timing.
        sticky: 0 any account gets any task, 1 each account keeps its subject.
        infra: chance that a trait comes from the operator's common pool.
        draw: number of the draw; other draws differ in nothing but chance.
        own_rate: whether the operator's rate is its own, or exactly ``rate``.
    """

    fixture: str
    mixing: float = 0.5
    rate: float = 20.0
    size: int = 60
    paraphrase: float = 0.5
    jitter: float = 1.0
    sticky: float = 0.0
    infra: float = 0.2
    draw: int = 0
    own_rate: bool = True

    @property
    def name(self) -> str:
        """A word that names the point."""
        knobs = (
            f"m{self.mixing * 100:g}", f"r{self.rate:g}", f"n{self.size}",
            f"p{self.paraphrase * 100:g}", f"j{self.jitter * 100:g}", f"s{self.sticky * 100:g}",
            f"i{self.infra * 100:g}", f"d{self.draw}", *([] if self.own_rate else ["equal"]),
        )  # fmt: skip
        return "-".join((self.fixture, *knobs))

    @property
    def sent_rate(self) -> float:
        """Exchanges per account and day that this operator sends: half to twice ``rate``.

        Operators do not agree on a rate. Where several would run at one rate exactly, equal
        load would tie their accounts together; that case is measured on its own.
        """
        if not self.own_rate:
            return self.rate
        share = zlib.crc32(f"rate {self.name}".encode()) / 2**32
        return float(self.rate * 2.0 ** (2.0 * share - 1.0))

    @property
    def n_expected(self) -> float:
        """Exchanges that it sends in fourteen days, about."""
        return self.size * self.sent_rate * (7.0 if self.fixture == "C08" else 12.0)


KNOBS: dict[str, tuple[float, ...]] = {
    "mixing": (0.0, 0.5, 0.8, 0.9, 0.95),
    "rate": (857.0, 100.0, 20.0, 5.0, 2.0),
    "size": (10, 60, 300, 1500, 5000),
    "paraphrase": (0.0, 0.5, 1.0),
    "jitter": (0.0, 1.0),
    "sticky": (0.0, 0.5, 1.0),
    "infra": (0.0, 0.2, 0.5, 0.8),
}

#: the aims: full paraphrase and random timing under half and under nine tenths of
#: other people's requests, at four sizes that an operator would really have.
CORNERS = (0.5, 0.9)
CORNER_SIZES = (60, 300)
CORNER_DRAWS = 2


def one_at_a_time(fixture: str) -> Iterator[tuple[str, Point]]:
    """(what was turned, point), the middle once."""
    middle = Point(fixture=fixture)
    yield "middle", middle
    for knob, values in KNOBS.items():
        for value in values:
            if value != getattr(middle, knob):
                kind = type(getattr(middle, knob))
                yield knob, replace(middle, **{knob: kind(value)})


def corners(fixture: str) -> Iterator[tuple[str, Point]]:
    """(which aim, point): the two aims of the headline."""
    for mixing in CORNERS:
        for size in CORNER_SIZES:
            for draw in range(CORNER_DRAWS):
                point = Point(
                    fixture=fixture, mixing=mixing, paraphrase=1.0, jitter=1.0, size=size, draw=draw
                )
                yield f"corner {mixing:g}", point


def whole_grid() -> list[tuple[str, Point]]:
    """Every point of every fixture, corners first."""
    found = [pair for fixture in FIXTURES for pair in corners(fixture)]
    found += [("equal rates", Point(fixture=f, own_rate=False)) for f in FIXTURES]
    return found + [pair for fixture in FIXTURES for pair in one_at_a_time(fixture)]


def small_grid() -> list[tuple[str, Point]]:
    """A few points of one fixture, for a short run."""
    kept = [pair for pair in corners("C04") if pair[1].draw == 0]
    return [*kept, ("middle", Point(fixture="C07"))]


def runs_of(
    points: list[tuple[str, Point]],
    n_base: int,
    *,
    most_exchanges: float = 1.3e6,
    most_points: int = 12,
) -> list[list[tuple[str, Point]]]:
    """Share points out over runs, in their order.

    A run holds at most ``most_points`` points, campaign accounts of at most 5% of the
    ``n_base`` benign ones (a point that is larger stands alone), and ``most_exchanges``.
    """
    runs: list[list[tuple[str, Point]]] = []
    for pair in points:
        for run in runs:
            size = sum(p.size for _, p in run) + pair[1].size
            sent = sum(p.n_expected for _, p in run) + pair[1].n_expected
            if len(run) < most_points and size <= 0.05 * n_base and sent <= most_exchanges:
                run.append(pair)
                break
        else:
            runs.append([pair])
    return runs


def knobs_of(point: Point) -> dict[str, object]:
    """The columns that say what a point is."""
    return {f.name: getattr(point, f.name) for f in fields(point)}
