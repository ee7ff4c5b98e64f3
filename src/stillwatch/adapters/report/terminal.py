"""The terminal table: every campaign on a few lines, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stillwatch.adapters.report import reading, words
from stillwatch.adapters.report.reading import Campaign, mapping, rows, sequence
from stillwatch.adapters.report.strokes import Pen

_TABLE_WIDTH = 104
_N_FAMILIES = 6


def render_terminal(result: Mapping[str, Any], console: Console) -> None:
    """Print campaigns, what is watched, what was not looked at, and the next command.

    Args:
        result: the JSON contract.
        console: where to print; from 104 columns on a table, below that a list.
    """
    pen = Pen(console)
    found = reading.campaigns(result)
    console.print(_opening(result, found, pen))
    if found and console.width >= _TABLE_WIDTH:
        console.print(_table(found, pen))
    else:
        for campaign in found:
            console.print(_entry(campaign, pen), soft_wrap=False)
    for line in _closing(result, found, pen):
        console.print(line)


def _opening(result: Mapping[str, Any], found: list[Campaign], pen: Pen) -> Text:
    n = len(found)
    title = "No campaign found" if not n else words.plural(n, "campaign") + " found"
    window = mapping(result.get("window"))
    line = Text(title, style="bold").append(
        f" in {words.big(result.get('n_exchanges'))} exchanges of "
        f"{words.plural(result.get('n_accounts'), 'account')}, ",
        style="not bold",
    )
    for part in (pen.time(window.get("from")), pen.own(" to "), pen.time(window.get("to"))):
        part.stylize("not bold")
        line.append_text(part)
    return line.append(" UTC\n", style="not bold")


def _table(found: list[Campaign], pen: Pen) -> Table:
    table = Table(
        box=box.ASCII2 if pen.ascii_only else box.SIMPLE_HEAD, show_lines=True, pad_edge=False
    )
    for name in ("Campaign", "Seen, UTC", "Weight by family, bits", "Claims"):
        table.add_column(name, overflow="fold")
    for campaign in found:
        table.add_row(
            _size(campaign, pen),
            _seen(campaign, pen),
            _families(campaign, pen),
            Text("\n").join(pen.claim(claim) for claim in campaign.claims),
        )
    return table


def _size(campaign: Campaign, pen: Pen) -> Text:
    """Id, accounts, exchanges and weight, a line each."""
    lines = (
        words.plural(len(campaign.members), "account"),
        words.plural(campaign.raw.get("n_exchanges"), "exchange"),
        f"{words.bits(campaign.weight_bits)} bits in all",
    )
    return Text("\n").join([pen.text(campaign.id, 40, "bold"), *(pen.own(line) for line in lines)])


def _seen(campaign: Campaign, pen: Pen) -> Text:
    lines = []
    keys = (("first", "first_seen"), ("last", "last_seen"), ("detected", "detected_at"))
    for name, key in keys:
        lines.append(Text(f"{name:<9}", style="dim").append_text(_undimmed(campaign, key, pen)))
    return Text("\n").join(lines)


def _undimmed(campaign: Campaign, key: str, pen: Pen) -> Text:
    when = pen.time(campaign.raw.get(key))
    when.stylize("not dim")
    return when


def _families(campaign: Campaign, pen: Pen) -> Text:
    families = campaign.families
    top = max((family.net_bits for family in families), default=0.0)
    lines = [pen.family(family, top) for family in families[:_N_FAMILIES]]
    if len(families) > _N_FAMILIES:
        lines.append(Text(f"and {len(families) - _N_FAMILIES} more"))
    return Text("\n").join(lines)


def _entry(campaign: Campaign, pen: Pen) -> Text:
    """One campaign as a short list, for narrow terminals."""
    entry = Text()
    for k, line in enumerate(_size(campaign, pen).split("\n")):
        entry.append("  " if k else "").append_text(line).append("\n")
    for part in (_seen(campaign, pen), _families(campaign, pen)):
        for line in part.split("\n"):
            entry.append("  ").append_text(line).append("\n")
    for claim in campaign.claims:
        entry.append("  ").append_text(pen.claim(claim)).append("\n")
    return entry


def _closing(result: Mapping[str, Any], found: list[Campaign], pen: Pen) -> list[Text]:
    watched, not_looked = rows(result.get("watched")), rows(result.get("not_looked"))
    lines = []
    if found:
        lines.append(
            Text(
                "Each bit doubles the odds. A campaign is about a group of accounts; "
                "no account is judged alone.",
                style="dim",
            )
        )
    if watched:
        n_accounts = sum(len(sequence(group.get("accounts"))) for group in watched)
        lines.append(
            Text(
                f"Watched, not reported: {words.plural(len(watched), 'group')} "
                f"of {words.plural(n_accounts, 'account')}."
            )
        )
    for row in not_looked[:8]:
        line = Text("Could not look: ").append_text(pen.text(row.get("signal"), 40))
        lines.append(line.append(", ").append_text(pen.text(row.get("why"), 100)))
    if len(not_looked) > 8:
        lines.append(Text(f"Could not look: {len(not_looked) - 8} more signals."))
    if words.number(result.get("n_rejected")):
        lines.append(
            Text(f"Set aside by the reader: {words.plural(result.get('n_rejected'), 'row')}.")
        )
    if found:
        command = Text("Next: stillwatch explain ", style="bold")
        lines.append(command.append_text(pen.text(found[0].id, 60)))
    return lines
