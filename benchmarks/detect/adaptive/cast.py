"""Cast one benign base, and campaigns that live in the same made internet.

A campaign that was made in a world of its own would come from networks, clients and words
that no one else has, and would be found by that. Here all share one stage.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.detect.adaptive.grid import Point
from benchmarks.detect.searching import releases_of
from stillwatch.adapters.ingest import read_key
from stillwatch.detect.traffic import Sketched, TrafficBuilder, sketch_content
from stillwatch.lab import TWINS, Recipe, World
from stillwatch.lab.fixtures import FIXTURES
from stillwatch.lab.rows import Cohort
from stillwatch.lab.simulate import _actors, gather
from stillwatch.lab.stage import Stage, set_stage
from stillwatch.model.release import Release

TEXTS = ("prompt", "system_prompt", "response")


@dataclass(slots=True)
class Base:
    """Benign accounts, their exchanges sketched once.

    Attributes:
        stage: the words, networks and calendar that campaigns share.
        seed, n_asked: what it was made from.
        accounts, truth: tables of the benign accounts.
        releases: releases of this world.
        batches: exchanges without their texts, and the sketches of those.
        n_exchanges: how many.
    """

    stage: Stage
    seed: int
    n_asked: int
    accounts: pa.Table
    truth: pa.Table
    releases: tuple[Release, ...]
    batches: list[tuple[pa.RecordBatch, Sketched]] = field(default_factory=list)
    n_exchanges: int = 0


def light(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Sketched]:
    """A batch with its sketches, the texts gone but for one, so that they count as read."""
    sketched = sketch_content(batch, read_key(None))
    columns = {}
    for name in batch.schema.names:
        column = batch.column(name)
        if name in TEXTS and column.null_count < len(column):
            column = pa.array(["x", *[None] * (len(column) - 1)], pa.string())
        columns[name] = column
    return pa.RecordBatch.from_pydict(columns, schema=batch.schema), sketched


def make_base(seed: int, n_accounts: int) -> Base:
    """Cast the benign base: all twins, fourteen days, some twenty exchanges an account."""
    recipe = Recipe(twins=tuple(TWINS), n_accounts=n_accounts, days=14, seed=seed)
    rng = np.random.default_rng(seed)
    stage = set_stage(recipe, rng.spawn(1)[0])
    world = gather(stage, list(_actors(stage, rng)))
    base = Base(stage, seed, n_accounts, world.accounts, world.truth, releases_of(world))
    for batch in world.batches():
        base.batches.append(light(batch))
        base.n_exchanges += batch.num_rows
    return base


def cast_point(base: Base, point: Point) -> World:
    """The campaign of one point, alone, on the base's stage."""
    base.stage.recipe = replace(
        base.stage.recipe,
        campaign_accounts=point.size,
        rate_per_day=point.sent_rate,
        mixing=point.mixing,
        paraphrase=point.paraphrase,
        jitter=point.jitter,
        persona_sticky=point.sticky,
        infra_sharing=point.infra,
    )
    rng = np.random.default_rng([base.seed, zlib.crc32(point.name.encode())])
    cohorts = [_inside(base.stage, c) for c in FIXTURES[point.fixture](base.stage, rng)]
    return gather(base.stage, cohorts)


def _inside(stage: Stage, cohort: Cohort) -> Cohort:
    sent = cohort.rows.sent_us
    kept = np.flatnonzero((sent >= stage.begin_us) & (sent < stage.end_us))
    cohort.rows = cohort.rows.take(kept).pack()
    return cohort


def named(table: pa.Table | pa.RecordBatch, column: str, prefix: str) -> pa.Table | pa.RecordBatch:
    """The table with ``prefix`` before every value of a column."""
    place = table.schema.get_field_index(column)
    longer = pc.binary_join_element_wise(prefix, table.column(column), "")
    return table.set_column(place, table.schema.field(column), longer.cast(pa.string()))


def batches_of(world: World, point: Point) -> Iterator[pa.RecordBatch]:
    """Exchanges of a point; accounts and ids carry its name, so that none meets another's."""
    for batch in world.batches():
        renamed = named(batch, "account", f"{point.name}.")
        yield named(renamed, "exchange_id", f"{point.name}.")


def joined(
    base: Base, cast: list[tuple[Point, World]]
) -> tuple[TrafficBuilder, pa.Table, pa.Table]:
    """Traffic, accounts and truth of the base with some campaigns among it."""
    builder = TrafficBuilder(read_key(None))
    accounts, truth = [base.accounts], [base.truth]
    for batch, sketched in base.batches:
        builder.add(batch, sketched)
    for point, world in cast:
        for batch in batches_of(world, point):
            builder.add(batch)
        accounts.append(named(world.accounts, "account", f"{point.name}."))
        mine = named(world.truth, "account", f"{point.name}.")
        place = mine.schema.get_field_index("campaign")
        label = pa.array([point.name] * mine.num_rows, pa.string())
        truth.append(mine.set_column(place, mine.schema.field("campaign"), label))
    return builder, pa.concat_tables(accounts), pa.concat_tables(truth)
