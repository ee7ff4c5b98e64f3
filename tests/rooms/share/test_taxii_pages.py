"""Pages against an oracle: whatever was sent and whoever asks, all pages are the naive answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.adapters.taxii.admin import Admin
from stillwatch.adapters.taxii.database import Database
from stillwatch.adapters.taxii.opening import opened
from stillwatch.adapters.taxii.pages import Pages
from stillwatch.adapters.taxii.sights import Entry, Reader
from stillwatch.adapters.taxii.writing import Writes
from stillwatch.model.marking import Tlp
from stillwatch.model.party import Party
from stillwatch.share.taxii_asking import Ask
from stillwatch.share.taxii_objects import arrived
from stillwatch.share.taxii_sight import ORDER, ByMarking, reaches, seen_by
from stillwatch.share.taxii_words import Collection, Root
from tests.rooms.share.postgres_here import new_database, postgres
from tests.rooms.share.taxii_hub import MARKS, name_of, thing


@dataclass(frozen=True)
class Step:
    """An envelope: who sends which objects; or, negative, which object a client takes back."""

    client: str
    things: tuple[tuple[int, int, int], ...]
    gone: int = -1


LABELS = (Tlp.CLEAR, Tlp.AMBER, Tlp.RED)
THINGS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(1, 5), st.integers(0, 2)), min_size=3, max_size=9
)
STEPS = st.lists(
    st.builds(
        Step, st.sampled_from(["ann", "bob"]), THINGS.map(tuple), st.integers(-12, 2)
    ),
    min_size=1, max_size=7,
)  # fmt: skip
ASKS = st.builds(
    Ask,
    words=st.sampled_from(["last", "first", "last first", "all"]).map(
        lambda w: frozenset(w.split())
    ),
    ids=st.sampled_from([[], [0], [1, 2]]).map(lambda ids: map(name_of, ids)).map(tuple),
    kinds=st.sampled_from([(), ("indicator",), (), ("malware",)]),
    versions_ns=st.frozensets(
        st.integers(1, 5).map(lambda day: (20_454 + day - 1) * 86_400_000_000_000), max_size=1
    ),
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with postgres() as folder:
        yield folder


async def _collection(database: Database) -> Collection:
    admin = Admin(database)
    if await admin.init("x", "us"):
        await admin.add_root(Root(path="api", title="x"))
    return await admin.add_collection(Collection(number=0, id="", root="api", title="x"))


async def _sent(steps: list[Step], writes: Writes, collection: Collection) -> None:
    """Send it all, by a clock that goes back."""
    for number, step in enumerate(steps):
        if step.gone >= 0:
            name = name_of(step.gone)
            await writes.delete(collection.number, step.client, name, None)
        else:
            things = [
                arrived(thing(n, day=day, mark=MARKS[LABELS[m]])) for n, day, m in step.things
            ]
            await writes.take(collection, step.client, things, 1_000_000 - number)


async def _held(database: Database, collection: int) -> list[Any]:
    async with database.reading() as turn:
        rows = await turn.rows(
            "SELECT v.added_us, v.id, v.version_ns, v.owner, s.parts, v.is_first, v.is_last "
            "FROM versions v JOIN sights s ON s.sight = v.sight WHERE v.collection = ? "
            "ORDER BY v.added_us",
            collection,
        )
    return [tuple(row) for row in rows]


def _wanted(held: list[Any], ask: Ask, client: str, up_to: Tlp) -> list[int]:
    """What all pages together should be, said as plainly as it can be."""
    seen = []
    for added_us, name, version_ns, owner, parts, _, _ in held:
        label = next(label for label in LABELS if MARKS[label] in parts)
        if owner == client or reaches(label, up_to):
            seen.append((added_us, name, version_ns))
    found = []
    for added_us, name, version_ns in seen:
        versions = [version for _, other, version in seen if other == name]
        meant = (
            "all" in ask.words
            or version_ns in ask.versions_ns
            or ("last" in ask.words and version_ns == max(versions))
            or ("first" in ask.words and version_ns == min(versions))
        )
        of_kind = not ask.kinds or name.partition("--")[0] in ask.kinds
        if meant and of_kind and (not ask.ids or name in ask.ids) and added_us > ask.added_after_us:
            found.append(added_us)
    return found


async def _all_pages(
    pages: Pages, collection: int, ask: Ask, reader: Reader, n: int
) -> list[Entry]:
    found: list[Entry] = []
    after_us = ask.added_after_us
    while True:
        page = await pages.page(collection, ask, reader, after_us, n, bodies=True)
        assert len(page.entries) == len(page.bodies) <= n
        assert page.entries or not page.more
        found += page.entries
        if not page.more:
            return found
        after_us = page.entries[-1].added_us


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_all_pages_together_are_the_naive_answer(kind: str, cluster: str, tmp_path: Path) -> None:
    store = str(tmp_path / "db") if kind == "sqlite" else new_database(cluster)
    runner = asyncio.Runner()
    database = opened(store)
    runner.run(database.open())
    pages, writes = Pages(database), Writes(database)

    @settings(max_examples=40)
    @given(
        STEPS,
        ASKS,
        st.sampled_from(["ann", "bob", "cid"]),
        st.sampled_from(ORDER),
        st.integers(1, 6),
    )
    def holds(steps: list[Step], ask: Ask, client: str, up_to: Tlp, n_page: int) -> None:
        async def told() -> tuple[list[int], list[int], list[Any]]:
            collection = await _collection(database)
            await _sent(steps, writes, collection)
            held = await _held(database, collection.number)
            may_see = seen_by(Party(name=client), up_to, ByMarking())
            reader = Reader(client=client, may_see=may_see)
            got = await _all_pages(pages, collection.number, ask, reader, n_page)
            return [one.added_us for one in got], _wanted(held, ask, client, up_to), held

        got, wanted, held = runner.run(told())
        assert got == wanted
        for _, name, version_ns, _, _, is_first, is_last in held:
            versions = [row[2] for row in held if row[1] == name]
            assert bool(is_first) is (version_ns == min(versions))
            assert bool(is_last) is (version_ns == max(versions))
        moments = [row[0] for row in held]
        assert moments == sorted(set(moments))

    try:
        holds()
    finally:
        runner.run(database.close())
        runner.close()
