"""Population: the nodes that the search looks at, and what is known of each.

A node is an account, or all accounts of one organisation that was verified as such:
openly linked accounts are one customer and cannot be a hidden cluster of their own.
Accounts whose use was disclosed and agreed beforehand (resellers, studies) are no
nodes at all; they are counted in ``n_disclosed``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.detect.traffic import Traffic

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]

#: verification levels that make a declared organisation an open link.
OPEN_LINK = frozenset({"organisation", "document"})
#: columns of accounts that become integer codes, -1 where unknown.
CODED = ("plan", "programme", "verification", "payment", "contact", "device")


@dataclass(frozen=True, slots=True)
class Population:
    """Nodes and the account table folded onto them.

    Attributes:
        node: ``(n_accounts,)`` node of each account, -1 where disclosed.
        members: per node, positions of its accounts.
        opened_us: ``(n_nodes,)`` earliest opening, -1 where unknown.
        openings: ``(m,)`` all known openings, ascending, microseconds.
        codes: per account column ``(n_nodes,)`` codes, -1 where unknown.
        values: per account column, what a code stands for.
        known: ``columns`` of the account table that hold at least one value.
        n_disclosed: accounts left out by agreement.
        collapsed: ``(n_nodes,)`` whether the node is an openly linked organisation.
    """

    node: I32
    members: list[I64]
    opened_us: I64
    openings: I64
    codes: dict[str, I32]
    values: dict[str, list[str]]
    known: frozenset[str]
    n_disclosed: int
    collapsed: npt.NDArray[np.bool_]

    @property
    def n(self) -> int:
        """How many nodes."""
        return len(self.members)


def _aligned(traffic: Traffic, accounts: pa.Table | None) -> dict[str, list[object]]:
    """Account columns as lists in the order of ``traffic.accounts``."""
    names = ("opened_at", *CODED, "organisation", "disclosed")
    n = len(traffic.accounts)
    if accounts is None:
        return {c: [None] * n for c in names}
    index = pc.index_in(
        pa.array(traffic.accounts, pa.string()),
        value_set=accounts.column("account").combine_chunks(),
    )
    taken = accounts.select(list(names)).take(index)
    out = {c: taken.column(c).to_pylist() for c in names if c != "opened_at"}
    out["opened_at"] = taken.column("opened_at").cast(pa.int64()).to_pylist()
    return out


def build_population(traffic: Traffic, accounts: pa.Table | None) -> Population:
    """Fold the accounts of a window (and their table, if any) into nodes."""
    columns = _aligned(traffic, accounts)
    n = len(traffic.accounts)
    node = np.empty(n, np.int32)
    firms: dict[object, int] = {}
    members: list[list[int]] = []
    for i in range(n):
        if columns["disclosed"][i]:
            node[i] = -1
            continue
        firm = columns["organisation"][i] if columns["verification"][i] in OPEN_LINK else None
        if firm is not None and firm in firms:
            node[i] = firms[firm]
            members[node[i]].append(i)
            continue
        node[i] = len(members)
        if firm is not None:
            firms[firm] = len(members)
        members.append([i])
    folded = [np.array(m, np.int64) for m in members]
    opened = _opened(columns["opened_at"], folded)
    codes, values = _codes(columns, folded)
    known = {
        c
        for c in (*CODED, "opened_at", "organisation", "disclosed")
        if any(v is not None for v in columns[c])
    }
    return Population(
        node=node,
        members=folded,
        opened_us=opened,
        openings=_openings(accounts),
        codes=codes,
        values=values,
        known=frozenset(known),
        n_disclosed=int((node < 0).sum()),
        collapsed=np.array([m.size > 1 for m in folded], bool),
    )


def _opened(column: list[object], members: list[I64]) -> I64:
    times = np.array([-1 if v is None else v for v in column], np.int64)
    out = np.full(len(members), -1, np.int64)
    for i, m in enumerate(members):
        seen = times[m][times[m] >= 0]
        if seen.size:
            out[i] = seen.min()
    return out


def _openings(accounts: pa.Table | None) -> I64:
    """All known openings, ascending, those of accounts without traffic included."""
    if accounts is None:
        return np.zeros(0, np.int64)
    known = accounts.column("opened_at").cast(pa.int64()).drop_null()
    return np.sort(np.asarray(known.combine_chunks())).astype(np.int64)


def _codes(
    columns: dict[str, list[object]], members: list[I64]
) -> tuple[dict[str, I32], dict[str, list[str]]]:
    codes: dict[str, I32] = {}
    values: dict[str, list[str]] = {}
    for name in CODED:
        table: dict[str, int] = {}
        first = [columns[name][int(m[0])] for m in members]
        codes[name] = np.array(
            [-1 if v is None else table.setdefault(str(v), len(table)) for v in first], np.int32
        )
        values[name] = list(table)
    return codes, values
