"""Members of archives: names that lead outside, links, and two of one name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from stillwatch.vet.files.pickle_rules import Reason
from stillwatch.vet.files.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Entry:
    """A member as the archive tells it.

    Args:
        name: with folders.
        is_link: whether it is a link, or the name is where one leads to.
    """

    name: str
    is_link: bool = False


def rule_on_entry(entry: Entry) -> list[Reason]:
    """What speaks against one name.

    >>> rule_on_entry(Entry("a/../../b"))[0][0].value
    'malicious'
    """
    name = entry.name.replace("\\", "/")
    outside = name.startswith(("/", "~")) or ".." in name.split("/") or "\0" in name
    if outside or re.match(r"[A-Za-z]:", name):
        what = "a link that leads" if entry.is_link else "a member that would be written"
        return [(Verdict.MALICIOUS, f"holds {what} outside of its folder: {entry.name[:100]!r}")]
    if entry.is_link:
        return [(Verdict.UNKNOWN_IMPORT, f"holds a link: {entry.name[:100]!r}")]
    return []


def rule_on_entries(entries: Sequence[Entry]) -> list[Reason]:
    """What speaks against all names of an archive."""
    found = [one for entry in entries for one in rule_on_entry(entry)]
    twice = [name for name, n in Counter(one.name for one in entries).items() if n > 1]
    if twice:
        told = f"holds two members called {twice[0][:100]!r}: readers disagree about which counts"
        found.append((Verdict.MALICIOUS, told))
    return list(dict.fromkeys(found))
