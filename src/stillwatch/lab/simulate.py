"""Make a world: cast the actors, gather their rows, order them by time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from stillwatch.lab.fixtures import FIXTURES
from stillwatch.lab.infrastructure import MODELS, NEW_MODEL
from stillwatch.lab.population import ordinary
from stillwatch.lab.ragged import Ints
from stillwatch.lab.recipe import Recipe
from stillwatch.lab.render import Renderer, accounts_table, hexed
from stillwatch.lab.rows import AccountRows, Cohort, ExchangeRows, join_accounts, join_exchanges
from stillwatch.lab.stage import Stage, set_stage
from stillwatch.lab.twins import TWINS
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

    ``accounts`` and ``truth`` are tables; ``exchanges`` is rendered on demand, whole or,
    for large worlds, batch by batch in order of time.
    """

    recipe: Recipe
    accounts: pa.Table
    truth: pa.Table
    releases: dict[str, list[dict[str, str]]]
    rows: ExchangeRows
    renderer: Renderer

    @property
    def n_exchanges(self) -> int:
        """Number of exchanges."""
        return len(self.rows)

    def batches(self, size: int = BATCH) -> Iterator[pa.RecordBatch]:
        """Record batches of the exchanges contract, ordered by ``sent_at``."""
        order = np.argsort(self.rows.sent_us, kind="stable")
        for low in range(0, len(order), size):
            yield self.renderer.batch(self.rows.take(order[low : low + size]), low)

    @property
    def exchanges(self) -> pa.Table:
        """All exchanges as one table (about 1 kB a row)."""
        return pa.Table.from_batches(list(self.batches()), EXCHANGES_SCHEMA)


def simulate(
    recipe: Recipe, rng: np.random.Generator, *, corpus: Sequence[tuple[str, str]] = ()
) -> World:
    """Make the world of a recipe.

    Args:
        recipe: all knobs.
        rng: the only source of chance; equal generators give equal worlds.
        corpus: (kind, text) pairs of own texts; kinds ``human``, ``benign``, ``app`` and
            ``eval`` are mixed into ordinary talk, all others replace the campaigns' tasks.

    Raises:
        BadSettings: a fixture or twin is unknown.
    """
    _known("fixtures", recipe.fixtures, tuple(FIXTURES))
    _known("twins", recipe.twins, tuple(TWINS))
    stage = set_stage(recipe, rng.spawn(1)[0], corpus)
    return gather(stage, list(_actors(stage, rng)))


def _known(key: str, given: tuple[str, ...], known: tuple[str, ...]) -> None:
    for name in given:
        if name not in known:
            raise BadSettings(key, f"{name} is unknown; known are {', '.join(known)}")


def _actors(stage: Stage, rng: np.random.Generator) -> Iterator[Cohort]:
    recipe = stage.recipe
    n_twins = int(recipe.n_accounts * recipe.twin_share) if recipe.twins else 0
    seeds = dict(zip(TWINS, rng.spawn(len(TWINS)), strict=True))
    weights = np.array([TWINS[name].weight for name in recipe.twins])
    sizes = np.maximum(6, (n_twins * weights / max(weights.sum(), 1e-9)).astype(int))
    used = 0
    for name, size in zip(recipe.twins, sizes.tolist(), strict=True):
        for cohort in TWINS[name].play(stage, size, seeds[name]):
            cohort.twin = name
            used += len(cohort.accounts)
            yield _packed(stage, cohort)
    background = rng.spawn(1)[0]
    for cohort in ordinary(stage, max(recipe.n_accounts - used, 1), background):
        yield _packed(stage, cohort)
    plays = dict(zip(FIXTURES, rng.spawn(len(FIXTURES)), strict=True))
    for name in recipe.fixtures:
        for cohort in FIXTURES[name](stage, plays[name]):
            yield _packed(stage, cohort)


def _packed(stage: Stage, cohort: Cohort) -> Cohort:
    sent = cohort.rows.sent_us
    inside = np.flatnonzero((sent >= stage.begin_us) & (sent < stage.end_us))
    rows = cohort.rows if len(inside) == len(sent) else cohort.rows.take(inside)
    cohort.rows = rows.pack()
    return cohort


def gather(stage: Stage, cohorts: list[Cohort]) -> World:
    """Number the accounts and join all rows; the cohorts' own rows are used up."""
    offset = 0
    for cohort in cohorts:
        cohort.rows.account = cohort.rows.account + np.int32(offset)
        offset += len(cohort.accounts)
    rows = join_exchanges([c.rows for c in cohorts])
    accounts = join_accounts([c.accounts for c in cohorts])
    renderer = Renderer(
        stage.lexicon.tokens, stage.systems, stage.toolsets, stage.infra, accounts.key,
        stage.infra.salt,
    )  # fmt: skip
    shuffled = np.argsort(accounts.key)
    table = accounts_table(accounts).take(pa.array(shuffled))
    truth = _truth(cohorts, accounts).take(pa.array(shuffled))
    return World(stage.recipe, table, truth, _releases(stage), rows, renderer)


def _truth(cohorts: list[Cohort], accounts: AccountRows) -> pa.Table:
    sizes = [len(c.accounts) for c in cohorts]
    campaign = [c.campaign for c, n in zip(cohorts, sizes, strict=True) for _ in range(n)]
    twin = [c.twin for c, n in zip(cohorts, sizes, strict=True) for _ in range(n)]
    started: Ints = np.concatenate([c.started_us for c in cohorts])
    columns = [
        hexed("a-", accounts.key),
        pa.array(campaign, pa.string()),
        pa.array(twin, pa.string()),
        pa.array(started, TRUTH_SCHEMA.field("started_at").type),
    ]
    return pa.table(columns, schema=TRUTH_SCHEMA)


def _releases(stage: Stage) -> dict[str, list[dict[str, str]]]:
    moment = _EPOCH + timedelta(microseconds=stage.release_us)
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"releases": [{"model": MODELS[NEW_MODEL], "released_at": stamp}]}
