"""Keyed choices: where several ways to say a thing are equally good, a key picks one.

A slot is a place in an answer with K equally good ways: the name in an example, a constant, the
order of two steps. For a cluster under suspicion the way is picked by a key that was committed to
before; for everybody else it is drawn. A student of the cluster's answers picks the keyed way
more often than one time in K, and the test of that is exact (room ``vet``). Nothing that could be
wrong is a way: the list of ways is the writer's, and every way must be right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stillwatch.defend.keys import Key
from stillwatch.model.errors import BadInput

MOST_WAYS: Final = 256
_WIDE: Final = 1 << 128


@dataclass(frozen=True, slots=True)
class Slot:
    """A place with equally good ways.

    Args:
        name: of the slot; a student is asked about it by its prompt.
        ways: from two to 256, all different, all right.
    """

    name: str
    ways: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.ways) <= MOST_WAYS or len(set(self.ways)) != len(self.ways):
            raise BadInput(
                f"a slot has 2 to {MOST_WAYS} ways, each once.", where=f"slot {self.name}"
            )

    @property
    def digest(self) -> str:
        """Of the name and the ways in their order: what a commitment covers."""
        told = hashlib.sha256(b"stillwatch.slot/1")
        for part in (self.name, *self.ways):
            data = part.encode()
            told.update(len(data).to_bytes(8, "big") + data)
        return told.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A key that is switched on for a cluster, from a moment to another.

    Args:
        cluster: id of the campaign or watched cluster.
        key: its own; two marks share neither keys nor slots.
        accounts: members.
        from_us, until_us: half-open; both after the commitment.
    """

    cluster: str
    key: Key
    accounts: frozenset[str]
    from_us: int
    until_us: int


def keyed_way(slot: Slot, key: Key) -> str:
    """The way that a key picks in a slot: the same for every account and answer of a cluster.

    >>> from stillwatch.defend.keys import key_of
    >>> keyed_way(Slot("name", ("Ada", "Ben", "Cleo")), key_of(bytes(32), 0))
    'Ada'
    """
    return slot.ways[keyed_place(key, slot.digest, len(slot.ways))]


def keyed_place(key: Key, digest: str, n_ways: int) -> int:
    """Place of the way that a key picks, for whoever asks after many keys.

    Args:
        key: it.
        digest: of the slot.
        n_ways: of the slot.
    """
    # 128 bits over at most 256 ways: no way is favoured by more than 2**-120.
    value = int.from_bytes(key.derive("canary", digest.encode())[:16], "big")
    return value * n_ways // _WIDE


class Marks:
    """The marks that are on.

    Args:
        marks: any number.

    Raises:
        BadInput: two marks share a key, or an account at one time.
    """

    def __init__(self, marks: Iterable[Mark]) -> None:
        self._marks = tuple(marks)
        ids = [mark.key.id for mark in self._marks]
        if len(set(ids)) != len(ids):
            raise BadInput("two clusters share a key.", where="marks")
        for i, one in enumerate(self._marks):
            for other in self._marks[:i]:
                apart = one.until_us <= other.from_us or other.until_us <= one.from_us
                if not apart and one.accounts & other.accounts:
                    raise BadInput(
                        f"{one.cluster} and {other.cluster} share an account.", where="marks"
                    )

    def of(self, account: str, now_us: int) -> Mark | None:
        """The mark of an account at a moment."""
        for mark in self._marks:
            if mark.from_us <= now_us < mark.until_us and account in mark.accounts:
                return mark
        return None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A way that was served.

    Args:
        way: as it stands in the answer.
        cluster: whose key picked it; empty where it was drawn.
    """

    way: str
    cluster: str = ""


def choose(slot: Slot, mark: Mark | None, drawn: float) -> Chosen:
    """The way to serve.

    Args:
        slot: the place.
        mark: of the account, if one is on.
        drawn: in [0, 1), from a source that nobody can foresee.
    """
    if mark is not None:
        return Chosen(keyed_way(slot, mark.key), mark.cluster)
    return Chosen(slot.ways[min(int(drawn * len(slot.ways)), len(slot.ways) - 1)])


def filled_in(
    text: str, slots: Mapping[str, Slot], pick: Callable[[Slot], Chosen]
) -> tuple[str, list[tuple[str, Chosen]]]:
    """An answer whose places ``{{slot:NAME}}`` are filled; a slot that comes twice is one choice.

    Args:
        text: as the writer of answers leaves it; names that are unknown stay as they are.
        slots: by name.
        pick: a way for a slot.

    Returns:
        The answer, and what was chosen, once for each slot.
    """
    chosen: list[tuple[str, Chosen]] = []
    for name, slot in slots.items():
        place = f"{{{{slot:{name}}}}}"
        if place in text:
            one = pick(slot)
            text = text.replace(place, one.way)
            chosen.append((name, one))
    return text, chosen


def commitment(key: Key, slots: Sequence[Slot]) -> str:
    """Digest of a key and the slots that it will pick in; published before the first answer."""
    told = hashlib.sha256(b"stillwatch.mark/1\0" + key.commitment.encode())
    for digest in sorted(slot.digest for slot in slots):
        told.update(digest.encode())
    return "sha256:" + told.hexdigest()
