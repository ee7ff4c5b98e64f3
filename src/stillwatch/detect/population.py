"""Population: the nodes that the search looks at, and what is known of each.

A node is an account, or all accounts of one organisation that was verified as such:
openly linked accounts are one customer and cannot be a hidden cluster of their own.
Accounts whose use was disclosed and agreed beforehand (resellers, studies) are no
nodes at all; they are counted in ``n_disclosed``.

Nodes are numbered in the order in which they first sent something, and an organisation is
described by its account that sent first, so that nothing here changes as time goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.detect.room import made
from stillwatch.detect.sights import by_group, first_rows
from stillwatch.detect.traffic import Traffic

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]

#: verification levels that make a declared organisation an open link.
OPEN_LINK = frozenset({"organisation", "document"})
#: columns of accounts that become integer codes, -1 where unknown.
CODED = ("plan", "programme", "verification", "payment", "contact", "device")
_COLUMNS = ("opened_at", *CODED, "organisation", "disclosed")


@dataclass(frozen=True, slots=True)
class Members:
    """Positions of the accounts of each node, ascending: ``members[node]``."""

    _accounts: I32
    _offsets: I64

    def __len__(self) -> int:
        """How many nodes."""
        return int(self._offsets.size - 1)

    def __getitem__(self, node: int) -> I64:
        """Positions of the accounts of one node."""
        return self._accounts[self._offsets[node] : self._offsets[node + 1]].astype(np.int64)

    @property
    def sizes(self) -> I64:
        """``(n_nodes,)`` accounts of each."""
        return np.diff(self._offsets)


@dataclass(frozen=True, slots=True)
class Population:
    """Nodes and the account table folded onto them.

    Attributes:
        node: ``(n_accounts,)`` node of each account, -1 where disclosed.
        members: per node, positions of its accounts.
        opened_us: ``(n_nodes,)`` opening, -1 where unknown.
        openings: ``(m,)`` all known openings, ascending, microseconds.
        codes: per account column ``(n_nodes,)`` codes, -1 where unknown.
        values: per account column, what a code stands for.
        known_us: columns of the account table that hold at least one value, and when the
            first account with one was first seen.
        n_disclosed: accounts left out by agreement.
        collapsed: ``(n_nodes,)`` whether the node is an openly linked organisation.
    """

    node: I32
    members: Members
    opened_us: I64
    openings: I64
    codes: dict[str, I32]
    values: dict[str, list[str]]
    known_us: dict[str, int]
    n_disclosed: int
    collapsed: npt.NDArray[np.bool_]

    @property
    def n(self) -> int:
        """How many nodes."""
        return len(self.members)

    def nodes_of(self, traffic: Traffic) -> I32:
        """``(n,)`` the node of each exchange, -1 where its account is disclosed."""
        return made(traffic.room, traffic.n, np.int32, lambda b: self.node[traffic.account[b]])

    def known_by(self, now_us: int) -> frozenset[str]:
        """Columns of the account table of which a value was known before a moment."""
        return frozenset(name for name, us in self.known_us.items() if us < now_us)


def build_population(traffic: Traffic, accounts: pa.Table | None) -> Population:
    """Fold the accounts of a window (and their table, if any) into nodes."""
    columns = _aligned(traffic, accounts)
    first_row = first_rows(traffic.account, len(traffic.accounts), traffic.n)
    node, lead = _nodes(columns, first_row)
    members = Members(*by_group(node, lead.size))
    codes, values = {}, {}
    for name in CODED:
        encoded = columns[name].take(pa.array(lead)).dictionary_encode()
        codes[name] = np.asarray(pc.fill_null(encoded.indices, -1)).astype(np.int32)
        values[name] = list(map(str, encoded.dictionary.to_pylist()))
    return Population(
        node=node,
        members=members,
        opened_us=np.asarray(pc.fill_null(columns["opened_at"], -1)).astype(np.int64)[lead],
        openings=_openings(accounts),
        codes=codes,
        values=values,
        known_us=_known(columns, first_row, traffic.sent_us),
        n_disclosed=int((node < 0).sum()),
        collapsed=members.sizes > 1,
    )


def _aligned(traffic: Traffic, accounts: pa.Table | None) -> dict[str, pa.Array]:
    """Account columns in the order of ``traffic.accounts``."""
    n = len(traffic.accounts)
    if accounts is None:
        return {c: pa.nulls(n, pa.int64() if c == "opened_at" else pa.string()) for c in _COLUMNS}
    index = pc.index_in(
        pa.array(traffic.accounts, pa.string()),
        value_set=accounts.column("account").combine_chunks(),
    )
    taken = accounts.select(list(_COLUMNS)).take(index).combine_chunks()
    out = {c: _in_one(taken.column(c)) for c in _COLUMNS}
    out["opened_at"] = out["opened_at"].cast(pa.int64())
    return out


def _in_one(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def _nodes(columns: dict[str, pa.Array], first_row: I64) -> tuple[I32, I64]:
    """``(n_accounts,)`` nodes in the order of their first exchanges, and who sent those."""
    disclosed = columns["disclosed"]
    agreed = np.asarray(pc.fill_null(pc.not_equal(disclosed, ""), False))
    is_open = pc.is_in(columns["verification"], value_set=pa.array(sorted(OPEN_LINK)))
    firm = columns["organisation"].dictionary_encode().indices
    firm = np.asarray(pc.fill_null(firm, -1)).astype(np.int64)
    firm[~np.asarray(is_open)] = -1
    # an account without a firm is its own; firms come before accounts as numbers
    own = np.where(firm >= 0, firm, firm.size + np.arange(firm.size))
    named = np.argsort(first_row, kind="stable")
    named = named[~agreed[named]]
    _, first, inverse = np.unique(own[named], return_index=True, return_inverse=True)
    lead = np.sort(first)
    rank = np.empty(first.size, np.int32)
    rank[np.argsort(first)] = np.arange(first.size)
    node = np.full(firm.size, -1, np.int32)
    node[named] = rank[inverse]
    return node, named[lead]


def _known(columns: dict[str, pa.Array], first_row: I64, sent_us: I64) -> dict[str, int]:
    """Columns with a value, and when the first account with one was first seen."""
    out = {}
    for name, column in columns.items():
        row = int(first_row[np.asarray(column.is_valid())].min(initial=sent_us.size))
        if row < sent_us.size:
            out[name] = int(sent_us[row])
    return out


def _openings(accounts: pa.Table | None) -> I64:
    """All known openings, ascending, those of accounts without traffic included."""
    if accounts is None:
        return np.zeros(0, np.int64)
    known = accounts.column("opened_at").cast(pa.int64()).drop_null()
    return np.sort(np.asarray(known.combine_chunks())).astype(np.int64)
