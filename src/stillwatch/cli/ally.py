"""``stillwatch ally``: the list of its commands."""

from __future__ import annotations

import click

from stillwatch.cli.lazy import Entry, LazyGroup

_NODE = "stillwatch.cli.allies"
_LAW = "stillwatch.cli.ally_law"

ENTRIES: tuple[Entry, ...] = (
    Entry(name="key", module=_NODE, attribute="key",
          line="Draw a node's key; print the public half."),
    Entry(name="serve", module=_NODE, attribute="serve",
          line="Give members what they may have, and pull from them."),
    Entry(name="pull", module=_NODE, attribute="pull",
          line="Pull from every member once."),
    Entry(name="tell", module=_NODE, attribute="tell",
          line="Tell allies of a campaign, marked."),
    Entry(name="say", module=_NODE, attribute="say",
          line="Co-sign a claim with our confidence, dissent or abstain."),
    Entry(name="quorum", module=_NODE, attribute="quorum",
          line="Say what the members think of a claim; advice only."),
    Entry(name="status", module=_NODE, attribute="status",
          line="List what is held, who contradicted itself, what was refused."),
    Entry(name="leave", module=_NODE, attribute="leave",
          line="Leave the allies; let go of what others did not publish."),
    Entry(name="pack", module=_NODE, attribute="pack",
          line="Write a signed bundle for a member that no network reaches."),
    Entry(name="unpack", module=_NODE, attribute="unpack",
          line="Take a signed bundle."),
    Entry(name="compare", module=_LAW, attribute="compare",
          line="Show where the law of jurisdictions agrees and conflicts in a case."),
    Entry(name="packs", module=_LAW, attribute="packs",
          line="List the rule packs: rules, dates, status, sources."),
    Entry(name="trends", module=_LAW, attribute="trends",
          line="Make a de-identified trend pack, or pool those of several nodes."),
    Entry(name="access", module=_LAW, attribute="access",
          line="Say what a member is given, by which access tier, and why not more."),
)  # fmt: skip


@click.command(cls=LazyGroup, entries=ENTRIES)
def ally() -> None:
    """Coordinate with nodes of other jurisdictions."""
