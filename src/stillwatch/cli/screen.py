"""``stillwatch screen``: the list of its commands."""

from __future__ import annotations

from importlib.util import find_spec

import click

from stillwatch.cli.lazy import Entry, LazyGroup
from stillwatch.model.errors import OutsideFailed

_LISTS = "stillwatch.cli.screen_lists"
_NAMES = "stillwatch.cli.screen_names"
_OWNERS = "stillwatch.cli.screen_owners"
_CLEARED = "stillwatch.cli.screen_cleared"

ENTRIES: tuple[Entry, ...] = (
    Entry(name="update", module=_LISTS, attribute="update",
          line="Read list files into signed snapshots; say what changed."),
    Entry(name="lists", module=_LISTS, attribute="lists",
          line="List the snapshots, their signatures checked."),
    Entry(name="regimes", module=_LISTS, attribute="regimes",
          line="Say which rules stand how on a day."),
    Entry(name="check", module=_NAMES, attribute="check",
          line="Screen a name, or a file of customers."),
    Entry(name="replay", module=_NAMES, attribute="replay",
          line="Make an answer again from its snapshots, and compare."),
    Entry(name="own", module=_OWNERS, attribute="own",
          line="Say what the rules of ownership say of a company on a day."),
    Entry(name="shells", module=_OWNERS, attribute="shells",
          line="Say which customers share what a shell company shares."),
    Entry(name="clear", module=_CLEARED, attribute="clear",
          line="Remember that a match is somebody else, until a day."),
    Entry(name="clearances", module=_CLEARED, attribute="clearances",
          line="List clearances, or withdraw one."),
    Entry(name="report", module=_OWNERS, attribute="report",
          line="Write a page of results and of an ownership chain."),
)  # fmt: skip

_PACKAGES = ("followthemoney", "lxml", "rapidfuzz", "rigour")


@click.command(cls=LazyGroup, entries=ENTRIES)
def screen() -> None:
    """Screen names and owners against dated lists."""


def need_extra() -> None:
    """See that the packages of the extra ``screen`` are there.

    Raises:
        OutsideFailed: one is missing.
    """
    if missing := [name for name in _PACKAGES if find_spec(name) is None]:
        raise OutsideFailed(
            f"screening needs {', '.join(missing)}.",
            remedy="Install them: pip install 'stillwatch[screen]'.",
        )
