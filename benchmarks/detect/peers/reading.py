"""Read a world folder: exchanges.parquet, accounts.parquet (optional), truth.parquet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.detect.peers.interface import World
from stillwatch.model.errors import BadInput
from stillwatch.model.exchange import EXCHANGES_SCHEMA, REQUIRED

#: columns that some peer reads; the others stay on disk.
READ: tuple[str, ...] = (
    "sent_at",
    "account",
    "model",
    "turn",
    "prompt",
    "system_prompt",
    "temperature",
    "max_tokens",
    "input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "status",
    "address",
    "network",
    "client",
    "tls",
    "prompt_digest",
)


@dataclass(frozen=True, slots=True)
class Truth:
    """Labels of a world: each account's campaign (None = benign), with its twin's id."""

    campaign: dict[str, str | None]
    twin: dict[str, str | None]

    @property
    def benign(self) -> list[str]:
        """Accounts that belong to no campaign, sorted."""
        return sorted(name for name, campaign in self.campaign.items() if campaign is None)


def _columns(path: Path, wanted: tuple[str, ...]) -> pa.Table:
    there = set(pq.read_schema(path).names)
    missing = [name for name in REQUIRED if name in wanted and name not in there]
    if missing:
        raise BadInput(f"columns are missing: {', '.join(missing)}", where=str(path))
    table = pq.read_table(path, columns=[name for name in wanted if name in there])
    arrays = []
    for name in wanted:
        kind = EXCHANGES_SCHEMA.field(name).type
        if pa.types.is_string(kind):
            kind = pa.large_string()
        arrays.append(table[name].cast(kind) if name in there else pa.nulls(len(table), kind))
    return pa.table(arrays, names=list(wanted))


def read_world(folder: Path, *, seed: int) -> World:
    """The world in a folder, its exchanges ordered by time.

    Raises:
        BadInput: a file or a required column is missing.
    """
    path = folder / "exchanges.parquet"
    if not path.exists():
        raise BadInput("there is no such file", where=str(path), remedy="Name a world folder.")
    exchanges = _columns(path, READ).sort_by("sent_at")
    about = folder / "accounts.parquet"
    accounts = pq.read_table(about) if about.exists() else None
    if accounts is not None and "region" in accounts.column_names:
        accounts = accounts.drop_columns(["region"])
    return World(exchanges=exchanges, accounts=accounts, seed=seed)


def read_truth(folder: Path) -> Truth:
    """The labels of a world folder.

    Raises:
        BadInput: truth.parquet is missing.
    """
    path = folder / "truth.parquet"
    if not path.exists():
        raise BadInput("there is no such file", where=str(path))
    table = pq.read_table(path, columns=["account", "campaign", "twin"])
    names = [str(name) for name in table["account"].to_pylist()]
    return Truth(
        campaign=dict(zip(names, table["campaign"].to_pylist(), strict=True)),
        twin=dict(zip(names, table["twin"].to_pylist(), strict=True)),
    )
