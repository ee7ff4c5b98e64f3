"""``stillwatch impact`` on a terminal: the four apart, then what they rest on and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from stillwatch.adapters.impact.telling import (
    TITLES,
    days,
    lag_span,
    number,
    span,
    usd,
    world_span,
)
from stillwatch.adapters.report.visible import visible
from stillwatch.adapters.report.writer import Writer

N_SWINGS = 6
#: columns beside a name below which what is told stands under it.
LEAST = 30


def render_impact(document: Mapping[str, Any], console: Console) -> None:
    """Print an estimate.

    Args:
        document: of the schema ``stillwatch.impact/1``.
        console: where to.
    """
    _Writer(console).all(document)


class _Writer(Writer):
    def pair(self, name: str, told: str, *, wide: int = 33) -> None:
        """A name and what is told of it, which stands under itself where it is long."""
        if self.width - wide < LEAST:
            self.line(name)
            self.line(told, indent=6)
            return
        label = self.pen.text(name, wide, "")
        rows = self.pen.text(told, 2_000, "").wrap(self.console, self.width - wide - 4)
        for nth, row in enumerate(rows):
            left = label.copy() if nth == 0 else Text("")
            left.pad_right(wide - left.cell_len)
            self.console.print(Text("  ").append_text(left).append("  ").append_text(row),
                               soft_wrap=True)  # fmt: skip

    def all(self, d: Mapping[str, Any]) -> None:
        about = d["subject"]
        name = about["case"] or about["campaign"] or "no campaign was found"
        self.line(f"Impact of {visible(name, 80)}", indent=0, style="bold")
        if about["first_seen"]:
            self.line(f"{about['first_seen'][:10]} to {about['last_seen'][:10]}", indent=0)
        for note in d["notes"]:
            self.line(note, indent=0)
        self.part("Four quantities, apart; they are not added")
        for one in d["quantities"]:
            self.pair(TITLES[one["name"]], span(one["value"], none=one["why_not"]))
            for says in one["says"]:
                self.line(says, indent=6, style="dim")
        self.pair("Ability in other domains",
                  span(d["elsewhere"]["value"], none=d["elsewhere"]["why_not"]))  # fmt: skip
        self._bill(d)
        self._worlds(d)
        self._swings(d)
        self._lags(d)
        self._ledger(d)
        self.part("Limits")
        for limit in d["limits"]:
            self.line(limit)

    def _bill(self, d: Mapping[str, Any]) -> None:
        self.part("What it cost whoever took them")
        for one in d["costs"]:
            per = one["per_mtok"]
            more = "" if per is None else (
                f"; {usd(per['best'])} a million usable tokens "
                f"({usd(per['low'])} to {usd(per['high'])})"
            )  # fmt: skip
            self.pair(one["name"].capitalize(), f"{span(one['value'])}{more}")

    def _worlds(self, d: Mapping[str, Any]) -> None:
        self.part("With and without (share of the gap, by the lab's curve)")
        for one in d["worlds"]:
            served = one["served_share"]
            told = [world_span(one["uplift"])]
            if one["price_factor"] not in (None, 1.0):
                told.append(f"half of the gap takes {one['price_factor']:.2g} times the answers")
            if one["usd_per_mtok"] and one["price_factor"] not in (None, 1.0):
                told.append(f"a million tokens' worth costs {usd(one['usd_per_mtok']['best'])}")
            if served is not None and served < 0.995:
                told.append(f"honest users keep {number(served, 'share')} of the accuracy")
            self.pair(one["name"].capitalize(), "; ".join(told))

    def _swings(self, d: Mapping[str, Any]) -> None:
        for name, unit in (("usable_tokens", "token"), ("uplift", "share")):
            listed = d["sensitivity"][name][:N_SWINGS]
            (value,) = [q["value"] for q in d["quantities"] if q["name"] == name]
            if listed:
                self.part(f"What decides it: {TITLES[name].lower()}")
                if value is None:
                    self.line("These are best values alone; of the ability it could not be said.")
            for one in listed:
                ends = f"{number(one['at_low'], unit)} to {number(one['at_high'], unit)}"
                self.pair(one["key"], f"{ends}  [{one['origin']}]")

    def _lags(self, d: Mapping[str, Any]) -> None:
        told = d["lags"]
        if told is None:
            return
        about = "as an example" if told["is_example"] else "the model asked about"
        self.part(f"Months behind the frontier: {visible(told['model'], 60)}, {about}")
        for one in told["suites"]:
            self.pair(visible(one["suite"], 60), f"{lag_span(one)}  [{one['told_by']}]")
        for suite, flattered in told["inflation"].items():
            self.pair(f"{visible(suite, 40)}: public over held out", span(flattered))
        for one in told["published"]:
            self.line(f"{one['by']}: {one['says']}", style="dim")
        self.line("The suite decides.")
        self.line(days(told["releases"]), style="dim")
        for one in d["guesses"]:
            self.line(f"Guess, in no interval: {one['low']:g} to {one['high']:g} months. "
                      f"{one['says']}", style="dim")  # fmt: skip

    def _ledger(self, d: Mapping[str, Any]) -> None:
        for scope, lines in d["collateral"].items():
            self.part(f"What stopping it cost others: {scope}")
            for one in lines:
                told = "not recorded" if one["value"] is None else span(one["value"])
                says = one["says"].removeprefix("not recorded: ")
                self.pair(one["name"].capitalize(), f"{told}; {says}")
