"""What a peer is: traffic in, one suspicion score an account out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class World:
    """Traffic to judge.

    Attributes:
        exchanges: the contract's columns, ordered by ``sent_at``; absent columns are null.
        accounts: the contract's account columns, or None.
        seed: feeds every random choice of a peer.
    """

    exchanges: pa.Table
    accounts: pa.Table | None
    seed: int


class Peer(Protocol):
    """A detector that ranks accounts.

    ``name`` stands in the table; ``source`` cites the paper or the package.
    """

    @property
    def name(self) -> str:
        """Name in the results table, with the variant in brackets."""
        ...

    @property
    def source(self) -> str:
        """Paper or package that the method comes from."""
        ...

    def rank(self, world: World) -> dict[str, float]:
        """Score accounts, higher = more suspicious.

        Group methods give each account its group's score and 0 when it is in no group. An
        account that is absent from the answer counts as 0. A score of 0 or less is never
        flagged.

        Raises:
            NotEnoughEvidence: a column that the method reads is absent from this world.
        """
        ...
