"""``stillwatch explain``: one campaign, watched group or account, with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from stillwatch.adapters.report import words
from stillwatch.adapters.report.charts.hours import DAYS, moved_share, shares
from stillwatch.adapters.report.charts.series import read_buckets
from stillwatch.adapters.report.finding import Found, Place, find
from stillwatch.adapters.report.graph_layout import read_links
from stillwatch.adapters.report.reading import (
    Campaign,
    headline,
    kind_of,
    mapping,
    read_families,
    rows,
    sequence,
)
from stillwatch.adapters.report.redact import read_pieces
from stillwatch.adapters.report.strokes import MARKS, STYLES, Pen

_N_ACCOUNTS = 20
_N_EVIDENCE = 4
_N_TEMPLATES = 3
_N_LINKS = 8


def render_explain(result: Mapping[str, Any], target: str, console: Console) -> None:
    """Print why one campaign, watched group or account stands where it does.

    Args:
        result: the JSON contract, with the optional ``pictures`` blocks.
        target: an id of a campaign or watched group (its start is enough), or an
            account.
        console: where to print; text of templates is always redacted.

    Raises:
        BadInput: the name is unknown or means more than one group; the message names
            the closest ones.
    """
    writer = _Writer(console)
    found = find(result, target)
    if found.campaign is not None:
        writer.campaign(found.campaign)
        writer.not_looked(result)
    elif found.watched is not None:
        writer.watched(found.watched)
    else:
        writer.account(found)


class _Writer:
    """Prints parts of an explanation on one console."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.pen = Pen(console)
        self.width = max(40, min(console.width, 110))

    def line(self, *parts: Text | str, indent: int = 0) -> None:
        """One paragraph, wrapped with its indent kept."""
        text = Text().join(p if isinstance(p, Text) else self.pen.own(p) for p in parts)
        for row in text.wrap(self.console, self.width - indent):
            self.console.print(Text(" " * indent).append_text(row), soft_wrap=True)

    def part(self, title: str) -> None:
        """A heading."""
        self.console.print()
        self.line(Text(title, style="bold"))

    def campaign(self, campaign: Campaign) -> None:
        """Everything about one campaign, in the order of the report."""
        self.line(self.pen.text(campaign.id, style="bold"))
        self.line(" ".join(headline(campaign)))
        raw = campaign.raw
        self.line(
            "Seen from ",
            self.pen.time(raw.get("first_seen")),
            " to ",
            self.pen.time(raw.get("last_seen")),
            ", detected ",
            self.pen.time(raw.get("detected_at")),
            " (UTC).",
        )
        self._claims(campaign)
        self._families(campaign)
        self._pictures(campaign)
        self._signals(campaign)
        self._rivals(campaign)
        self._accounts(campaign)

    def _claims(self, campaign: Campaign) -> None:
        self.part("Four claims, each on its own")
        for claim in campaign.claims:
            style = MARKS[claim.met][2]
            self.line(
                self.pen.claim(claim),
                ": ",
                Text(claim.word.lower(), style=style),
                ". ",
                self.pen.text(claim.why, 400),
                indent=2,
            )

    def _families(self, campaign: Campaign) -> None:
        self.part("Weight by family (each bit doubles the odds)")
        families = campaign.families
        top = max((family.net_bits for family in families), default=0.0)
        for family in families:
            split = ""
            if family.con_bits < 0:
                split = (
                    f"  {words.bits(family.pro_bits)} for, {words.bits(-family.con_bits)} against"
                )
            self.line(self.pen.family(family, top, 24), split, indent=2)
        self.line(
            f"total {words.bits(campaign.weight_bits)} bits, adding families as if they were "
            "independent",
            indent=2,
        )

    def _pictures(self, campaign: Campaign) -> None:
        pictures = campaign.pictures
        if pictures.get("accounts_over_time"):
            self._over_time(mapping(pictures.get("accounts_over_time")))
        if pictures.get("hour_of_week"):
            self._hours(mapping(pictures.get("hour_of_week")))
        if pictures.get("templates"):
            self._templates(rows(pictures.get("templates")))

    def _over_time(self, given: Mapping[str, Any]) -> None:
        self.part("Over time")
        buckets = read_buckets(given)
        names = (
            ("active accounts", buckets.active, "blue"),
            ("new accounts", buckets.new, "green"),
            ("blocked", buckets.blocked, "dark_orange"),
            ("exchanges", buckets.exchanges, ""),
        )
        for name, values, style in names:
            spark = self.pen.spark(values, self.width - 40, style)
            peak = f"  up to {words.count(max(values, default=0))}"
            self.line(Text(f"{name:<16}"), spark, peak, indent=2)

    def _hours(self, given: Mapping[str, Any]) -> None:
        self.part("Hours of the week, UTC (00 to 23): this campaign, and benign traffic")
        campaign, benign = shares(given.get("campaign")), shares(given.get("benign"))
        top = max(campaign + benign, default=0.0)
        for k, day in enumerate(DAYS):
            cut = slice(24 * k, 24 * k + 24)
            left = self.pen.shades(campaign[cut], top, "blue")
            right = self.pen.shades(benign[cut], top, "blue")
            self.line(f"{day}  |", left, "|  |", right, "|", indent=2)
        moved = words.percent(moved_share(campaign, benign), 0)
        self.line(f"{moved} would have to move to another hour to match.", indent=2)

    def _templates(self, given: list[Mapping[str, Any]]) -> None:
        self.part("Prompt templates (redacted: each bar is a word)")
        block = "#" if self.pen.ascii_only else "▇"
        for row in given[:_N_TEMPLATES]:
            self.line(
                f"{words.plural(row.get('accounts'), 'account')}, "
                f"{words.plural(row.get('exchanges'), 'exchange')}",
                indent=2,
            )
            pieces = read_pieces(rows(row.get("pieces")), show_text=False, block=block)
            shown = Text(" ").join(
                Text(f"[{piece.shown}]", style="blue") if piece.slot else self.pen.own(piece.shown)
                for piece in pieces
            )
            self.line(shown, indent=4)
        if len(given) > _N_TEMPLATES:
            self.line(f"and {len(given) - _N_TEMPLATES} more", indent=2)

    def _signals(self, campaign: Campaign) -> None:
        self.part("Signals, heaviest first")
        for row in campaign.signals:
            name = str(row.get("name") or "").replace("_", " ")
            family = row.get("family")
            self.line(
                self.pen.text(row.get("signal"), 24, "bold"),
                " ",
                self.pen.text(name, 48),
                "  ",
                Text(f"{words.bits(row.get('bits'))} bits", style="bold")
                if not self.pen.ascii_only
                else self.pen.own(f"{words.bits(row.get('bits'))} bits"),
                "  ",
                self.pen.text(family, 40, STYLES[kind_of(family)]),
                indent=2,
            )
            self.line(self.pen.text(row.get("observed"), 500), indent=4)
            percentile = words.number(row.get("benign_percentile"))
            self.line(
                "no benign reference"
                if percentile is None
                else f"higher than {words.rank(percentile)} of benign groups",
                indent=4,
            )
            self._evidence(sequence(row.get("evidence")))

    def _evidence(self, evidence: Any) -> None:
        if not evidence:
            return
        listed = Text(", ").join(self.pen.text(item, 60) for item in evidence[:_N_EVIDENCE])
        n_more = len(evidence) - _N_EVIDENCE
        more = f" and {words.count(n_more)} more" if n_more > 0 else ""
        self.line("evidence: ", listed, more, indent=4)

    def _rivals(self, campaign: Campaign) -> None:
        self.part("Innocent explanations that were tried")
        if not campaign.rivals:
            self.line("No rival explanation was weighed for this campaign.", indent=2)
        for row in campaign.rivals:
            fit = words.number(row.get("bits"))
            said = "fits worse than coordination" if (fit or 0) < 0 else "fits at least as well"
            self.line(
                self.pen.text(row.get("hypothesis"), style="bold"),
                f"  {words.bits(fit)} bits: {said if fit is not None else 'fit unknown'}",
                indent=2,
            )
            self.line(self.pen.text(row.get("why"), 500), indent=4)

    def _accounts(self, campaign: Campaign) -> None:
        members = campaign.members
        self.part(f"Accounts: {words.count(len(members))}")
        for member in members[:_N_ACCOUNTS]:
            self.line(
                self.pen.text(member.account, 64),
                f"  membership {words.percent(member.membership)}"
                f"  {words.bits(member.weight_bits)} bits",
                indent=2,
            )
        if len(members) > _N_ACCOUNTS:
            self.line(
                f"and {words.count(len(members) - _N_ACCOUNTS)} more, all in the JSON output "
                "and the report",
                indent=2,
            )

    def not_looked(self, result: Mapping[str, Any]) -> None:
        """What could not be looked at, or that everything could."""
        self.part("What was not looked at")
        given = rows(result.get("not_looked"))
        for row in given:
            self.line(
                self.pen.text(row.get("signal"), 60),
                ": ",
                self.pen.text(row.get("why"), 300),
                indent=2,
            )
        if not given:
            self.line("Every signal could look.", indent=2)

    def watched(self, group: Mapping[str, Any]) -> None:
        """A group that is linked and stays below the threshold."""
        accounts = sequence(group.get("accounts"))
        self.line(self.pen.text(group.get("id"), style="bold"))
        self.line(
            f"Watched, not reported: {words.plural(len(accounts), 'account')}. Nothing follows "
            "from this for them."
        )
        self.line("Why not: ", self.pen.text(group.get("why_not"), 300))
        for family in read_families(group):
            self.line(self.pen.family(family, max(family.net_bits, 0.0), 1), " bits", indent=2)
        for account in accounts[:_N_ACCOUNTS]:
            self.line(self.pen.text(account, 64), indent=2)
        if len(accounts) > _N_ACCOUNTS:
            self.line(f"and {words.count(len(accounts) - _N_ACCOUNTS)} more", indent=2)

    def account(self, found: Found) -> None:
        """Where one account stands, and why its group was reported or watched."""
        self.line(self.pen.text(found.account, style="bold"))
        self.line("An account is never judged alone: what is weighed is the group it is linked to.")
        for place in found.places:
            if place.campaign is not None and place.member is not None:
                self._membership(place, found.account or "")
            elif place.watched is not None:
                self.part("In a watched group, not reported")
                self.line(
                    self.pen.text(place.watched.get("id")),
                    ": ",
                    self.pen.text(place.watched.get("why_not"), 300),
                    indent=2,
                )

    def _membership(self, place: Place, account: str) -> None:
        campaign, member = place.campaign, place.member
        assert campaign is not None and member is not None
        self.part("In a campaign")
        self.line(
            self.pen.text(campaign.id, style="bold"),
            f": membership "
            f"{words.percent(member.membership)}, {words.bits(member.weight_bits)} bits link it "
            f"to {words.plural(len(campaign.members) - 1, 'other account')}.",
            indent=2,
        )
        self._own_links(campaign, account)
        self._signals(campaign)
        self.console.print()
        self.line("More: stillwatch explain ", self.pen.text(campaign.id, 60))

    def _own_links(self, campaign: Campaign, account: str) -> None:
        """The account's strongest links, where the detector drew them."""
        given = mapping(campaign.pictures.get("graph"))
        nodes = rows(given.get("nodes"))
        links, families = read_links(sequence(given.get("edges")), len(nodes))
        own = [
            (
                float(links.bits[k]),
                families[k],
                nodes[int(j if nodes[int(i)].get("id") == account else i)],
            )
            for k, (i, j) in enumerate(links.ends)
            if account in (nodes[int(i)].get("id"), nodes[int(j)].get("id"))
        ]
        if not own:
            return
        self.part(f"Its links: {words.count(len(own))}, strongest first")
        for weight, family, other in sorted(own, key=lambda link: -link[0])[:_N_LINKS]:
            self.line(
                f"{words.bits(weight):>5} bits  ",
                self.pen.text(family, 40, STYLES[kind_of(family)]),
                "  with ",
                self.pen.text(other.get("id"), 64),
                indent=2,
            )
