"""Which campaign, watched group or account a name on the command line means."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stillwatch.adapters.report import reading
from stillwatch.adapters.report.reading import Campaign, Member, rows, sequence
from stillwatch.adapters.report.visible import visible
from stillwatch.model.errors import BadInput

_MAX_NAME = 200
_MAX_TRIED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an account stands: in a campaign (with its row there), or in a watched group."""

    campaign: Campaign | None
    member: Member | None
    watched: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the name means: one group, or an account with its places (at least one)."""

    campaign: Campaign | None = None
    watched: Mapping[str, Any] | None = None
    account: str | None = None
    places: tuple[Place, ...] = ()


def find(result: Mapping[str, Any], target: str) -> Found:
    """Look a name up: a whole id first, then an account, then the start of an id.

    Args:
        result: the JSON contract.
        target: id of a campaign or watched group (its start is enough, with or
            without ``campaign:``) or id of an account.

    Raises:
        BadInput: nothing or more than one group answers to the name; the closest
            matches are in the message.
    """
    groups = dict(_groups(result))
    if target in groups:
        return groups[target]
    places = _places(result, target)
    if places:
        return Found(account=target, places=places)
    starts = [name for name in groups if target and _starts(name, target)]
    if len(starts) == 1:
        return groups[starts[0]]
    if starts:
        raise BadInput(
            f"{visible(target, 60)} is the start of {len(starts)} ids: {_listed(starts)}.",
            remedy="Give more of the id.",
        )
    raise _unknown(result, target, list(groups))


def _groups(result: Mapping[str, Any]) -> Iterator[tuple[str, Found]]:
    for row in rows(result.get("watched")):
        if isinstance(row.get("id"), str):
            yield row["id"], Found(watched=row)
    for campaign in reading.campaigns(result):
        if isinstance(campaign.id, str):
            yield campaign.id, Found(campaign=campaign)


def _starts(name: str, target: str) -> bool:
    return name.startswith(target) or name.partition(":")[2].startswith(target)


def _places(result: Mapping[str, Any], account: str) -> tuple[Place, ...]:
    found = [
        Place(campaign=campaign, member=member, watched=None)
        for campaign in reading.campaigns(result)
        for member in campaign.members
        if member.account == account
    ]
    found += [
        Place(campaign=None, member=None, watched=row)
        for row in rows(result.get("watched"))
        if account in sequence(row.get("accounts"))
    ]
    return tuple(found)


def _unknown(result: Mapping[str, Any], target: str, groups: list[str]) -> BadInput:
    accounts = [m.account for c in reading.campaigns(result) for m in c.members]
    accounts += [a for row in rows(result.get("watched")) for a in sequence(row.get("accounts"))]
    names = groups + [name for name in accounts if isinstance(name, str)]
    tried = list(dict.fromkeys(name[:_MAX_NAME] for name in names[:_MAX_TRIED]))
    close = difflib.get_close_matches(target[:_MAX_NAME], tried, n=3, cutoff=0.5)
    hint = f"Closest: {_listed(close)}." if close else "Nothing in the result is close to it."
    return BadInput(
        f"no campaign, watched group or account of this result is called {visible(target, 60)}.",
        remedy=f"{hint} An account outside every group has nothing to explain.",
    )


def _listed(names: list[str]) -> str:
    shown = ", ".join(visible(name, 60) for name in names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
