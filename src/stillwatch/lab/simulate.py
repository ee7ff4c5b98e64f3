"""Make a world: cast the actors, gather their rows, order them by time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from stillwatch.lab.cast import actors as _actors
from stillwatch.lab.documents import Tally
from stillwatch.lab.fixtures import FIXTURES
from stillwatch.lab.infrastructure import MODELS, NEW_MODEL
from stillwatch.lab.recipe import Recipe
from stillwatch.lab.render import Renderer, accounts_table, hexed
from stillwatch.lab.rows import AccountRows, Cohort, ExchangeRows, join_accounts, join_exchanges
from stillwatch.lab.slices import Kept, Shelf, Slices
from stillwatch.lab.stage import Stage, set_stage
from stillwatch.lab.stress import STRESSES
from stillwatch.lab.twins import TWINS
from stillwatch.lab.writing import Writer
from stillwatch.model import EXCHANGES_SCHEMA
from stillwatch.model.errors import BadSettings

BATCH = 50_000
TRUTH_SCHEMA = pa.schema(
    [
        ("account", pa.string()),
        ("campaign", pa.string()),
        ("twin", pa.string()),
        ("started_at", pa.timestamp("us", tz="UTC")),
    ]
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class World:
    """A made world.

    ``accounts`` and ``truth`` are tables; the exchanges wait in slices of time and are
    rendered on demand, whole or, for large worlds, batch by batch in order of time.
    """

    recipe: Recipe
    accounts: pa.Table
    truth: pa.Table
    releases: dict[str, list[dict[str, str]]]
    slices: Slices
    renderer: Renderer

    @property
    def n_exchanges(self) -> int:
        """Number of exchanges."""
        return int(self.slices.n_rows.sum())

    @property
    def rows(self) -> ExchangeRows:
        """All exchanges as arrays, slice after slice, each as it was cast."""
        parts = (self.slices.get(number) for number in range(self.slices.n))
        return join_exchanges([part for part in parts if part is not None])

    def batches_of(self, number: int, size: int = BATCH) -> Iterator[pa.RecordBatch]:
        """Record batches of one slice of time, ordered by ``sent_at``."""
        rows = self.slices.get(number)
        if rows is None:
            return
        first = int(self.slices.n_rows[:number].sum())
        order = np.argsort(rows.sent_us, kind="stable")
        for low in range(0, len(order), size):
            yield self.renderer.batch(rows.take(order[low : low + size]), first + low)

    def batches(self, size: int = BATCH) -> Iterator[pa.RecordBatch]:
        """Record batches of the exchanges contract, ordered by ``sent_at``."""
        for number in range(self.slices.n):
            yield from self.batches_of(number, size)

    @property
    def exchanges(self) -> pa.Table:
        """All exchanges as one table (about 1 kB a row)."""
        return pa.Table.from_batches(list(self.batches()), EXCHANGES_SCHEMA)


def simulate(
    recipe: Recipe,
    rng: np.random.Generator,
    *,
    corpus: Sequence[tuple[str, str]] = (),
    shelf: Shelf | None = None,
    n_slices: int = 1,
) -> World:
    """Make the world of a recipe.

    Args:
        recipe: all knobs.
        rng: the only source of chance; equal generators give equal worlds.
        corpus: (kind, text) pairs of own texts; kinds ``human``, ``benign``, ``app`` and
            ``eval`` are mixed into ordinary talk, all others replace the campaigns' tasks.
        shelf: keeps rows until they are rendered; None keeps them in memory.
        n_slices: equal spans of time that are rendered one after another, so that no more
            than one is in memory where ``shelf`` keeps them elsewhere. Changes no row.

    Raises:
        BadSettings: a fixture, twin or stress is unknown, or ``recipe.exchanges`` too few.
    """
    _known("fixtures", recipe.fixtures, tuple(FIXTURES))
    _known("campaign_sizes", tuple(name for name, _ in recipe.campaign_sizes), tuple(FIXTURES))
    _known("twins", recipe.twins, tuple(TWINS))
    _known("stress", recipe.stress, STRESSES)
    stage = set_stage(recipe, rng.spawn(1)[0], corpus)
    return gather(stage, _actors(stage, rng), shelf, n_slices)


def _known(key: str, given: tuple[str, ...], known: tuple[str, ...]) -> None:
    for name in given:
        if name not in known:
            raise BadSettings(key, f"{name} is unknown; known are {', '.join(known)}")


def gather(
    stage: Stage, cohorts: Iterable[Cohort], shelf: Shelf | None = None, n_slices: int = 1
) -> World:
    """Number the accounts and shelve all rows; the cohorts' own rows are used up."""
    slices = Slices(shelf or Kept(), stage.begin_us, stage.end_us, n_slices)
    tally = Tally(len(stage.documents))
    people: list[AccountRows] = []
    truth: list[pa.Table] = []
    first = n_accounts = 0
    for cohort in cohorts:
        if len(cohort.accounts):
            first, n_accounts = n_accounts, n_accounts + len(cohort.accounts)
            people.append(cohort.accounts)
            truth.append(_truth(cohort))
        cohort.rows.account = cohort.rows.account + np.int32(first)
        if stage.documents:
            tally.add(cohort.rows.prompt, stage.lexicon.tokens)
        slices.put(cohort.rows)
    accounts = join_accounts(people)
    writer = Writer(stage.lexicon, stage.documents)
    target, n_kinds = stage.recipe.prompt_chars, len(stage.documents)
    scale = 0.0 if target is None else tally.scale(target, writer.sentence_chars(n_kinds))
    renderer = Renderer(
        writer, scale, stage.lexicon.tokens, stage.systems, stage.toolsets, stage.infra,
        accounts.key, stage.infra.salt,
    )  # fmt: skip
    by_name = pa.array(np.argsort(accounts.key))
    table = accounts_table(accounts).take(by_name)
    told = pa.concat_tables(truth).combine_chunks().take(by_name)
    return World(stage.recipe, table, told, _releases(stage), slices, renderer)


def _truth(cohort: Cohort) -> pa.Table:
    n = len(cohort.accounts)
    columns = [
        hexed("a-", cohort.accounts.key),
        pa.array([cohort.campaign] * n, pa.string()),
        pa.array([cohort.twin] * n, pa.string()),
        pa.array(cohort.started_us, TRUTH_SCHEMA.field("started_at").type),
    ]
    return pa.table(columns, schema=TRUTH_SCHEMA)


def _releases(stage: Stage) -> dict[str, list[dict[str, str]]]:
    moment = _EPOCH + timedelta(microseconds=stage.release_us)
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"releases": [{"model": MODELS[NEW_MODEL], "released_at": stamp}]}
