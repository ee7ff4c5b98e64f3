"""A node: what it takes, what it gives to whom, what it tells, and what it makes of it all.

Every note is checked three times: by who gives it, by who takes it, and by who holds it, against
the same marking. What should not have come is not kept, and who sent it is noted.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from typing import Any, Final

from stillwatch.adapters.ally.members import Members, load_packs
from stillwatch.adapters.ally.store import Held, Store
from stillwatch.adapters.chained import Chained
from stillwatch.adapters.signing import opened, sign, signer_of
from stillwatch.ally.equivocation import Equivocation, Header, equivocations, header_from, header_of
from stillwatch.ally.notes import Leaving, Note, Opinion, note_from
from stillwatch.ally.packs import Pack
from stillwatch.ally.quorum import Quorum, quorum
from stillwatch.model.errors import BadInput, NotAllowed, StillwatchError
from stillwatch.model.finding import Finding
from stillwatch.model.marking import Marking, Tlp
from stillwatch.playbooks.allied import may_give, members_of

NOTE, HEADER = "ally-note", "ally-header"
SKEW_US: Final = 3_600_000_000
_DAY_US: Final = 86_400_000_000
MOST_REFUSALS: Final = 200
"""Of what one member gives, noted in 24 hours; more are counted, not noted."""
MOST_GIVEN: Final = 500
MOST_ENVELOPE_CHARS: Final = 131_072


class Node:
    """One node.

    Args:
        members: who it is, and who the others are.
        packs: rule packs; those that are shipped where none are given.
    """

    def __init__(self, members: Members, packs: dict[str, Pack] | None = None) -> None:
        self.members = members
        self.packs = load_packs() if packs is None else packs
        self.name = members.me.name
        self.key = members.signing_key()
        self.store = Store(members.folder)
        self.log = Chained(members.folder / "node.log")
        self._n_lines, self._refusals = 0, dict[str, deque[int]]()

    def tell(
        self, body: Finding | Opinion | Leaving, marking: Marking, *, personal: bool = True
    ) -> Note:
        """Sign a note and hold it for others to pull.

        Raises:
            BadInput: the marking is another's.
            NotAllowed: this node has left.
        """
        note = Note(
            node=self.name, revision=1, made_us=now_us(), marking=marking, body=body,
            personal=personal, salt=secrets.token_hex(16),
        )  # fmt: skip
        with self.store.telling():  # two notes of one revision would be a contradiction of ours
            if self.has_left(self.name):
                raise NotAllowed("this node has left.", by_rule="leaving")
            before = self.store.revision(self.name, note.topic_mark)
            if before:
                note = Note(
                    node=self.name, revision=before + 1, made_us=note.made_us, marking=marking,
                    body=body, personal=personal, salt=note.salt,
                )  # fmt: skip
            header = sign(header_of(note).to_json(), HEADER, self.key)
            self.store.put(note, sign(note.to_json(), NOTE, self.key), header, self.name, now_us())
        return note

    def give(self, to: str, after: int, headers_after: int) -> dict[str, Any]:
        """What another node may have of what is here, from a number on; each is noted.

        Raises:
            BadInput: it is no member.
            NotAllowed: it has left.
        """
        place = self.members.other(to).place()
        if self.has_left(to):
            raise NotAllowed("who has left is given nothing.", by_rule="leaving")
        only_that_we_leave = self.has_left(self.name)
        moment, last = now_us(), after
        given: list[Held] = []
        for held in self.store.held():
            if held.nth <= after:
                continue
            if len(given) == MOST_GIVEN:
                break
            last = held.nth
            why = may_give(
                held.note, self.members.places[self.name], place, self.members.places, self.packs,
                moment, self.members.purpose,
            )  # fmt: skip
            if only_that_we_leave and not isinstance(held.note.body, Leaving):
                continue
            if not why and held.note.node != to:
                given.append(held)
        if given:
            self.log.add({
                "at_us": moment, "what": "given", "to": to, "notes": [h.note.id for h in given],
                "markings": sorted({h.note.marking.id for h in given}),
                "bases": sorted({h.note.marking.basis.name for h in given}),
                "purpose": self.members.purpose,
            })  # fmt: skip
        headers = list(self.store.headers().values())
        return {
            "store": f"{self.store.id}-{self.members.fingerprint}",
            "notes": [{"note": h.envelope, "header": h.header} for h in given],
            "last": last,
            "headers": headers[headers_after : headers_after + 4 * MOST_GIVEN],
            "headers_last": min(len(headers), headers_after + 4 * MOST_GIVEN),
        }

    def take(self, told: dict[str, Any], came_from: str) -> dict[str, int]:
        """Take what another node gave; each thing alone, the good although others are bad.

        Args:
            told: as :meth:`give` told it.
            came_from: who gave it.

        Returns:
            numbers of what was new, known and refused.
        """
        counts = {"new": 0, "known": 0, "refused": 0, "headers": 0}
        for one in _listed(told.get("notes"), MOST_GIVEN):
            try:
                new = self._take_note(one, came_from)
                counts["new" if new else "known"] += 1
            except Exception as error:  # a thing that nobody foresaw must not stop those behind it
                counts["refused"] += 1
                self._refused(came_from, told_of(error))
        for envelope in _listed(told.get("headers"), 4 * MOST_GIVEN):
            try:
                header = self._header(envelope)
                counts["headers"] += self.store.put_header(header, envelope)
            except Exception as error:  # a thing that nobody foresaw must not stop those behind it
                counts["refused"] += 1
                self._refused(came_from, told_of(error))
        self.drop()
        return counts

    def drop(self) -> int:
        """Delete what may not be held any more: expired, or told by who has left, or we have.

        That somebody leaves is never deleted: it says nothing else, and its voice would come back.
        """
        gone, away = [], self.store.left()
        for held in self.store.held():
            left = held.note.node in away or self.name in away
            kept = held.note.marking.tlp is Tlp.CLEAR or held.note.node == self.name
            over = now_us() >= held.note.marking.until_us
            if isinstance(held.note.body, Leaving):
                continue  # who has left has left, however long ago
            if over or (left and not kept):
                gone.append(held.nth)
        if gone:
            self.store.drop(gone)
            self.log.add({"at_us": now_us(), "what": "dropped", "n": len(gone)})
        return len(gone)

    def breaches(self) -> list[tuple[Held, tuple[str, ...]]]:
        """Notes here that should not be: each is looked at against its marking."""
        me, moment = self.members.places[self.name], now_us()
        found = []
        for held in self.store.held():
            if isinstance(held.note.body, Leaving) and moment >= held.note.marking.until_us:
                continue
            giver = self.members.places.get(held.came_from, self.members.places[self.name])
            if held.note.node != self.name and (
                why := may_give(held.note, giver, me, self.members.places, self.packs, moment,
                                self.members.purpose)
            ):  # fmt: skip
                found.append((held, why))
        return found

    def caught(self) -> list[Equivocation]:
        """Nodes that contradicted themselves."""
        return equivocations(self.store.headers())

    def quorum(self, about: str, claim: str) -> Quorum:
        """What the members say of a claim; advice."""
        notes = [held.note for held in self.store.held()]
        members = members_of(self.members.places.values())
        return quorum(notes, self.caught(), members, about, claim, now_us(), self.members.terms)

    def has_left(self, name: str) -> bool:
        """Whether a node has said that it leaves."""
        return name in self.store.left()

    def _take_note(self, one: Any, came_from: str) -> bool:
        if not isinstance(one, dict) or len(str(one)) > MOST_ENVELOPE_CHARS:
            raise BadInput("is no note, or longer than a note can be.")
        name = signer_of(one.get("note"))
        if name == self.name:
            return False
        key = self.members.public_key(name)
        note = note_from(opened(one["note"], NOTE, name, key))
        header = self._header(one.get("header"))
        if note.node != name or header != header_of(note):
            raise BadInput("the note is not what its header says.", where=name)
        if note.made_us > now_us() + SKEW_US:
            raise BadInput("is from the future.", where=name, remedy="Check the clocks.")
        if self.has_left(name):
            raise NotAllowed(f"{name} has left.", by_rule="leaving")
        why = may_give(
            note, self.members.places[came_from], self.members.places[self.name],
            self.members.places, self.packs, now_us(), self.members.purpose,
        )  # fmt: skip
        if why:
            raise NotAllowed(
                f"{came_from} gave a note of {name} that may not be here: {'; '.join(why)}",
                by_rule="marking",
            )
        return self.store.put(note, one["note"], one["header"], came_from, now_us())

    def _header(self, envelope: Any) -> Header:
        name = signer_of(envelope)
        header = header_from(opened(envelope, HEADER, name, self.members.public_key(name)))
        if header.node != name:
            raise BadInput("a header is signed by somebody else.", where=name)
        return header

    def _refused(self, came_from: str, why: str) -> None:
        """Note it once a run of the same and so often a day; nobody fills the disk by it."""
        lines, moment = self.log.read(), now_us()
        for line in lines[self._n_lines :]:
            if line["what"] == "refused":
                self._refusals.setdefault(line["from"], deque()).append(line["at_us"])
        self._n_lines, last = len(lines), lines[-1:]
        lately = self._refusals.setdefault(came_from, deque())
        while lately and lately[0] <= moment - _DAY_US:
            lately.popleft()
        if len(lately) >= MOST_REFUSALS:
            return
        told = {"what": "refused", "from": came_from, "why": why[:300]}
        if not last or any(last[0].get(name) != value for name, value in told.items()):
            self.log.add({"at_us": moment, **told})


def _listed(value: Any, most: int) -> list[Any]:
    return value[:most] if isinstance(value, list) else []


def told_of(error: Exception) -> str:
    """What went wrong, in words where it was foreseen."""
    return str(error) if isinstance(error, StillwatchError) else repr(error)[:300]


def now_us() -> int:
    """Microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1000
