"""Following: campaigns of one look after another become campaigns with a name that lasts.

A search knows nothing of the search before it: it names a campaign after its members, so
that every new member renames it. Here each campaign of a new result goes on under the
name of the one that it continues:

* two campaigns are **kin** if they share at least half of the smaller one's members;
* kin are paired off by how much they share, the most first; of equal pairs the one with
  the older name wins; a pair keeps its name (``grown``, ``shrunk``, or nothing happened);
* a known campaign left without a pair, most of which now stands in another, has
  ``merged`` into that;
* a new campaign left without a pair, most of which came out of a known one, has ``split``
  from it;
* any other known campaign is ``closed``, any other new one ``opened``: under its old name
  if it is kin to a closed one.

The members after all events are those of the result, whatever came before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: share of the smaller one's members that makes two campaigns kin.
KIN = 0.5
#: closed campaigns that are remembered, the last ones.
N_CLOSED = 1000

Members = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What became of a campaign.

    Attributes:
        kind: ``opened``, ``grown``, ``shrunk``, ``split``, ``merged`` or ``closed``.
        campaign: its lasting name.
        joined, left: accounts that came in and went out.
        other: the campaign it split from or merged into.
        again: it was closed before.
    """

    kind: str
    campaign: str
    joined: Members = frozenset()
    left: Members = frozenset()
    other: str | None = None
    again: bool = False


@dataclass(slots=True)
class Register:
    """Campaigns known so far.

    Attributes:
        standing: lasting name to members, in order of opening.
        closed: the same of those that stand no longer, the last closed last.
    """

    standing: dict[str, Members] = field(default_factory=dict)
    closed: dict[str, Members] = field(default_factory=dict)

    def follow(self, found: Mapping[str, Iterable[str]]) -> tuple[dict[str, str], list[Event]]:
        """Take in the campaigns of a new result.

        Args:
            found: what the search calls each campaign, to its accounts.

        Returns:
            what the search calls each campaign to its lasting name, and what happened,
            in an order in which it can be told.
        """
        new = {name: frozenset(members) for name, members in sorted(found.items())}
        names = _paired(self.standing, new)
        events = [*self._gone(new, names), *self._kept(new, names), *self._come(new, names)]
        self._apply({names[name]: members for name, members in new.items()})
        return names, events

    def _kept(self, new: Mapping[str, Members], names: Mapping[str, str]) -> list[Event]:
        events = []
        for name, lasting in sorted(names.items(), key=lambda pair: pair[1]):
            before = self.standing.get(lasting)
            if before is None:
                continue
            joined, left = new[name] - before, before - new[name]
            if joined or left:
                kind = "grown" if len(joined) >= len(left) else "shrunk"
                events.append(Event(kind=kind, campaign=lasting, joined=joined, left=left))
        return events

    def _gone(self, new: Mapping[str, Members], names: Mapping[str, str]) -> list[Event]:
        """Known campaigns without a pair: merged into another, or closed."""
        going_on, events = set(names.values()), []
        for lasting, members in self.standing.items():
            if lasting in going_on:
                continue
            into = _mostly_in(members, {n: new[n] for n in names})
            kind = "closed" if into is None else "merged"
            other = None if into is None else names[into]
            events.append(Event(kind=kind, campaign=lasting, left=members, other=other))
        return events

    def _come(self, new: Mapping[str, Members], names: dict[str, str]) -> list[Event]:
        """New campaigns without a pair: split from another, or opened; they are named here."""
        rest = {name: members for name, members in new.items() if name not in names}
        before = {lasting: self.standing[lasting] for lasting in names.values()}
        events = []
        old_names = _paired(self.closed, rest)
        for name, members in rest.items():
            source = _mostly_in(members, before)
            again = name in old_names
            lasting = old_names.get(name) or self._unused(name, set(names.values()))
            names[name] = lasting
            kind = "opened" if source is None else "split"
            events.append(
                Event(kind=kind, campaign=lasting, joined=members, other=source, again=again)
            )
        return events

    def _unused(self, name: str, taken: set[str]) -> str:
        """The search's own name, with a number behind it if it was given before."""
        number, lasting = 1, name
        while lasting in self.standing or lasting in self.closed or lasting in taken:
            number += 1
            lasting = f"{name}-{number}"
        return lasting

    def _apply(self, now: Mapping[str, Members]) -> None:
        for lasting, members in self.standing.items():
            if lasting not in now:
                self.closed[lasting] = members
        for lasting in now:
            self.closed.pop(lasting, None)
        while len(self.closed) > N_CLOSED:
            del self.closed[next(iter(self.closed))]
        kept = {lasting: now[lasting] for lasting in self.standing if lasting in now}
        self.standing = kept | {k: v for k, v in now.items() if k not in kept}


def told(events: Sequence[Event], standing: Mapping[str, Members]) -> dict[str, Members]:
    """Members after some events; how a reader of the events keeps up.

    >>> opened = Event(kind="opened", campaign="c", joined=frozenset("ab"))
    >>> grown = Event(kind="grown", campaign="c", joined=frozenset("d"), left=frozenset("a"))
    >>> sorted(told([opened, grown], {})["c"])
    ['b', 'd']
    """
    now = dict(standing)
    for event in events:
        members = (now.get(event.campaign, frozenset()) | event.joined) - event.left
        if event.kind in ("closed", "merged"):
            now.pop(event.campaign, None)
        else:
            now[event.campaign] = members
    return now


def _paired(known: Mapping[str, Members], new: Mapping[str, Members]) -> dict[str, str]:
    """New name to known name, one to one, those that share most first."""
    where: dict[str, list[str]] = {}
    for name, members in new.items():
        for account in members:
            where.setdefault(account, []).append(name)
    pairs: list[tuple[int, int, str, str]] = []
    for age, (lasting, members) in enumerate(known.items()):
        shared: dict[str, int] = {}
        for account in members:
            for name in where.get(account, ()):
                shared[name] = shared.get(name, 0) + 1
        pairs += [
            (-n, age, name, lasting)
            for name, n in shared.items()
            if n >= KIN * min(len(members), len(new[name]))
        ]
    out: dict[str, str] = {}
    taken: set[str] = set()
    for _, _, name, lasting in sorted(pairs):
        if name not in out and lasting not in taken:
            out[name] = lasting
            taken.add(lasting)
    return out


def _mostly_in(members: Members, others: Mapping[str, Members]) -> str | None:
    """The one of others that holds most of the members, if it holds at least half."""
    best, most = None, 0
    for name, theirs in others.items():
        n = len(members & theirs)
        if n > most and n >= KIN * len(members):
            best, most = name, n
    return best


def plain(register: Register) -> dict[str, Any]:
    """A register fit for JSON."""
    return {
        "standing": [[name, sorted(members)] for name, members in register.standing.items()],
        "closed": [[name, sorted(members)] for name, members in register.closed.items()],
    }


def register_from(value: Mapping[str, Any]) -> Register:
    """The register that :func:`plain` made plain."""
    return Register(
        standing={name: frozenset(members) for name, members in value["standing"]},
        closed={name: frozenset(members) for name, members in value["closed"]},
    )
