"""The log of decisions: a chained file of entries, and the ledger that they add up to.

An entry is on the disk before it counts. Several processes may write to one log: each takes
the lock, reads what others added, and adds; see :mod:`stillwatch.adapters.chained`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.adapters.chained import Chain
from stillwatch.control.ledger import Ledger, Thing, entry_of, thing_of
from stillwatch.model.errors import BadInput

LONGEST_LINE: Final = 1 << 20
_IF_REFUSED: Final = "Free the disk or name another file; nothing was decided."


class DecisionLog:
    """A file of chained lines, and the ledger that they add up to.

    Args:
        path: the file; made with its folder where it is not there, readable by its owner.
        read_only: take no lock and make nothing; ``is_cut`` says then whether the last line has no
            end, and was passed over.

    Raises:
        BadInput: a line was changed, taken out or put in.
        OutsideFailed: the file cannot be read or written.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.ledger = Ledger()
        self._chain = Chain(path, self._take, number="n", digest="digest", if_refused=_IF_REFUSED)
        if read_only:
            self._chain.look()
        else:
            self.refresh()

    @property
    def n_lines(self) -> int:
        """Lines so far."""
        return self._chain.n_lines

    @property
    def head(self) -> str:
        """Digest of the last line, ``START`` of an empty log."""
        return self._chain.last

    @property
    def is_cut(self) -> bool:
        """Whether a last line without an end was passed over."""
        return self._chain.is_cut

    def append(self, *things: Thing) -> int:
        """Add things, all on the disk when this returns; returns how many were new."""
        with self._chain.held() as file:
            fresh = {entry_of(thing).id: thing for thing in things}
            told = [_told(one) for name, one in fresh.items() if name not in self.ledger]
            return len(self._chain.add(file, told))

    def refresh(self) -> int:
        """Read what other processes added; returns how many entries were new."""
        before = len(self.ledger)
        with self._chain.held():
            return len(self.ledger) - before

    def _take(self, line: dict[str, Any]) -> None:
        try:
            thing = thing_of(line["kind"], line["body"])
        except (KeyError, TypeError) as error:
            where = f"{self.path}, line {self.n_lines + 1}"
            raise BadInput(f"is no line of the log: {error}.", where=where) from error
        self.ledger.take(thing)


def _told(thing: Thing) -> dict[str, Any]:
    entry = entry_of(thing)
    told = {"kind": entry.kind, "id": entry.id, "body": entry.body}
    if len(orjson.dumps(told)) > LONGEST_LINE:
        raise BadInput("the entry is longer than a line may be.", where=entry.id)
    return told
