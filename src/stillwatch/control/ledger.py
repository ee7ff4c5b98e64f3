"""The ledger: everything that was ever decided, approved, contested, ruled or agreed.

A set that only grows. Each entry has an id that is a digest of its content, so that taking it
in twice, or in another order, or from another replica, changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final, NamedTuple

from stillwatch.control.appeals import Appeal, Ruling, appeal_from, ruling_from
from stillwatch.control.registry import Registration, Registry, Use
from stillwatch.control.standing import Enforcement
from stillwatch.control.stepup import Event, Step, step_of
from stillwatch.model.decision import Approval, Decision, approval_from, decision_from
from stillwatch.model.errors import BadInput

Thing = Decision | Approval | Appeal | Ruling | Registration | Event


class Entry(NamedTuple):
    """One thing as the log and the wire hold it."""

    kind: str
    id: str
    body: dict[str, Any]


def entry_of(thing: Thing) -> Entry:
    """The entry of a thing."""
    kind = _KINDS[type(thing)]
    if isinstance(thing, (Decision, Approval, Appeal, Ruling)):
        return Entry(kind, thing.id, thing.to_json())
    body = asdict(thing)
    told = "\x1f".join(f"{key}={body[key]!s}" for key in sorted(body))
    return Entry(kind, f"{kind}:{hashlib.blake2b(told.encode(), digest_size=8).hexdigest()}", body)


def thing_of(kind: object, body: Mapping[str, Any]) -> Thing:
    """The thing of an entry.

    Raises:
        BadInput: the kind is unknown or the body is none of it.
    """
    if not isinstance(kind, str) or kind not in _MAKERS:
        raise BadInput(f"the entry kind {kind!r} is unknown.", where="ledger")
    try:
        return _MAKERS[kind](body)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no {kind}: {error}.", where="ledger") from error


class Ledger:
    """All things, by kind; decisions and approvals stand in :attr:`enforcement`."""

    def __init__(self) -> None:
        self.enforcement = Enforcement()
        self.appeals: dict[str, Appeal] = {}
        self.rulings: dict[str, Ruling] = {}
        self._registrations: dict[str, Registration] = {}
        self._steps: dict[str, set[Event]] = {}
        self._entries: dict[str, Entry] = {}

    def take(self, thing: Thing) -> bool:
        """Take a thing in; whether it was new."""
        entry = entry_of(thing)
        if entry.id in self._entries:
            return False
        self._entries[entry.id] = entry
        match thing:
            case Decision() | Approval():
                self.enforcement.add(thing)
            case Appeal():
                self.appeals[thing.id] = thing
            case Ruling():
                self.rulings[thing.id] = thing
            case Registration():
                self._registrations[entry.id] = thing
            case Event():
                self._steps.setdefault(thing.account, set()).add(thing)
        return True

    def entries(self) -> Iterator[Entry]:
        """Everything, in the order in which it came."""
        yield from list(self._entries.values())

    def __contains__(self, name: str) -> bool:
        """Whether an entry of that id was taken in."""
        return name in self._entries

    def __len__(self) -> int:
        """Entries."""
        return len(self._entries)

    @property
    def registry(self) -> Registry:
        """The agreements."""
        return Registry(self._registrations.values())

    def steps(self, now_us: int) -> dict[str, Step]:
        """By account, where its step-up stands."""
        return {account: step_of(events, now_us) for account, events in self._steps.items()}

    def abouts(self, account: str, campaign: str = "") -> list[str]:
        """Ids of all decisions that were ever about an account or its campaign."""
        subjects = {f"account:{account}", campaign}
        return [d.id for d in self.enforcement.decisions.values() if d.about in subjects]

    def open_appeals(self) -> list[Appeal]:
        """Appeals that nobody has ruled on, the longest waiting first."""
        ruled = {one.appeal for one in self.rulings.values()}
        waiting = [one for one in self.appeals.values() if one.id not in ruled]
        return sorted(waiting, key=lambda one: (one.opened_us, one.id))


_KINDS: Final[dict[type, str]] = {
    Decision: "decision",
    Approval: "approval",
    Appeal: "appeal",
    Ruling: "ruling",
    Registration: "registration",
    Event: "step",
}
_MAKERS: Final[dict[str, Callable[[Mapping[str, Any]], Thing]]] = {
    "decision": decision_from,
    "approval": approval_from,
    "appeal": appeal_from,
    "ruling": ruling_from,
    "registration": lambda body: Registration(**{**body, "use": Use(body["use"])}),
    "step": lambda body: Event(str(body["account"]), Step(body["step"]), int(body["at_us"])),
}
