"""``stillwatch share``: the list of its commands."""

from __future__ import annotations

import click

from stillwatch.cli.lazy import Entry, LazyGroup

_BULLETINS = "stillwatch.cli.bulletins"
_DISCLOSING = "stillwatch.cli.disclosing"
_HEARING = "stillwatch.cli.hearing"

ENTRIES: tuple[Entry, ...] = (
    Entry(name="begin", module=_BULLETINS, attribute="begin",
          line="Make the folder: keys, our name, an empty list of partners."),
    Entry(name="make", module=_BULLETINS, attribute="make",
          line="Make the bulletin of a campaign, or its next version."),
    Entry(name="check", module=_BULLETINS, attribute="check",
          line="Say whether a bundle stands, and to whom it may go."),
    Entry(name="partners", module=_DISCLOSING, attribute="partners",
          line="List partners, their keys and what each was told."),
    Entry(name="export", module=_DISCLOSING, attribute="export",
          line="Write sealed letters for partners, where the markings let it."),
    Entry(name="retract", module=_DISCLOSING, attribute="retract",
          line="Take a bulletin back from everybody who was told of it."),
    Entry(name="disclosures", module=_DISCLOSING, attribute="disclosures",
          line="List what was told to whom, the chain checked, and who has not confirmed."),
    Entry(name="take", module=_HEARING, attribute="take",
          line="Take a partner's letter into quarantine, and write a receipt."),
    Entry(name="held", module=_HEARING, attribute="held",
          line="List what partners told, what it weighs, and drop what has expired."),
    Entry(name="answer", module=_HEARING, attribute="answer",
          line="Say to a partner what we think of a campaign that it told."),
    Entry(name="match", module="stillwatch.cli.matching", attribute="match",
          line="Find what a partner holds too, and learn nothing else."),
    Entry(name="taxii", module="stillwatch.cli.taxii", attribute="taxii",
          line="Serve, pull and push objects over TAXII 2.1."),
)  # fmt: skip


@click.command(cls=LazyGroup, entries=ENTRIES)
def share() -> None:
    """Tell partners of campaigns, take what they tell, take things back."""
