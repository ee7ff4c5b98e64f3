"""Worlds of a given size: met, complete, one in whatever pieces they are made and written."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stillwatch.adapters.spilling import Spill
from stillwatch.lab import Recipe, World, simulate
from stillwatch.lab.lots import LOT
from stillwatch.lab.rows import ExchangeRows
from stillwatch.lab.slices import Kept
from stillwatch.model.errors import BadSettings

SIZES = (("C04", 60), ("C08", 24), ("C11", 6))
SIZED: dict[str, object] = {
    "n_accounts": 120,
    "days": 8,
    "fixtures": ("C04", "C08", "C11"),
    "twins": ("SWS-3", "SWS-23"),
    "campaign_sizes": SIZES,
    "exchanges": 12_000,
    "prompt_chars": 600,
}


def make(seed: int = 3, **knobs: object) -> Recipe:
    return Recipe(seed=seed, **{**SIZED, **knobs})  # type: ignore[arg-type]


def world_of(recipe: Recipe, **pieces: object) -> World:
    return simulate(recipe, np.random.default_rng(recipe.seed), **pieces)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def sized() -> World:
    return world_of(make())


@pytest.fixture(scope="module")
def whole(sized: World) -> pa.Table:
    return sized.exchanges


def labels(world: World) -> dict[str, str | None]:
    names = (world.truth[column].to_pylist() for column in ("account", "campaign"))
    return dict(zip(*names, strict=True))


def lengths(table: pa.Table) -> np.ndarray:
    return pc.utf8_length(table["prompt"]).drop_null().to_numpy()


def test_the_sizes_asked_for_are_met(sized: World) -> None:
    assert sized.n_exchanges == pytest.approx(12_000, rel=0.02)
    counted = Counter(c[:3] for c in labels(sized).values() if c)
    assert counted == dict(SIZES)
    assert sized.accounts.num_rows == 120 + 90


def test_the_truth_names_every_account_once(sized: World, whole: pa.Table) -> None:
    named = sized.truth["account"].to_pylist()
    assert len(set(named)) == len(named) == sized.accounts.num_rows
    assert set(whole["account"].to_pylist()) <= set(named)


def test_campaigns_keep_their_proportions(sized: World, whole: pa.Table) -> None:
    own = labels(sized)
    sent = Counter(own[account] for account in whole["account"].to_pylist())
    per_account = {c: sent[c] / n for c in sent if c for f, n in SIZES if c.startswith(f)}
    assert per_account["C11-refiner"] > 2 * per_account["C08-injected"]
    assert per_account["C08-injected"] > per_account["C04-hydra"]


@pytest.mark.parametrize("target", [300, 900])
def test_the_mean_length_of_prompts_is_met(target: int) -> None:
    found = lengths(world_of(make(prompt_chars=target)).exchanges)
    assert found.mean() == pytest.approx(target, rel=0.03)
    assert np.median(found) < 0.8 * target


def test_without_the_knob_nothing_is_pasted() -> None:
    plain = world_of(make(prompt_chars=None))
    assert lengths(plain.exchanges).max() < 1_200


def test_pasted_words_are_counted_as_input(whole: pa.Table) -> None:
    words = np.array([len((p or "").split()) for p in whole["prompt"].to_pylist()])
    assert (whole["input_tokens"].to_numpy() >= words).mean() > 0.98


def test_what_was_asked_twice_is_equal_and_all_else_is_not(sized: World, whole: pa.Table) -> None:
    own = labels(sized)
    table = whole.filter(pc.greater(pc.utf8_length(whole["prompt"]), 500))
    rows = zip(table["account"].to_pylist(), table["prompt"].to_pylist(), strict=True)
    twins = dict(
        zip(sized.truth["account"].to_pylist(), sized.truth["twin"].to_pylist(), strict=True)
    )
    kinds: dict[str, list[str]] = {}
    for account, prompt in rows:
        kinds.setdefault(own[account] or twins[account] or "ordinary", []).append(prompt)
    assert len(set(kinds["ordinary"])) == len(kinds["ordinary"]) > 100
    assert len(set(kinds["SWS-23"])) < 0.5 * len(kinds["SWS-23"])
    lines = [line for prompt in kinds["ordinary"] for line in prompt.split("\n") if len(line) > 150]
    assert len(set(lines)) == len(lines)


def test_a_template_stays_around_its_documents(sized: World, whole: pa.Table) -> None:
    own = labels(sized)
    rows = zip(*(whole[c].to_pylist() for c in ("account", "prompt")), strict=True)
    prompts = [p for a, p in rows if own[a] == "C08-injected"][::4]
    assert max(_runs(prompts).values()) > 0.9 * len(prompts)
    assert len(set(prompts)) > 0.9 * len(prompts)


def _runs(prompts: list[str], n: int = 6) -> Counter[tuple[str, ...]]:
    seen: Counter[tuple[str, ...]] = Counter()
    for words in (p.split() for p in prompts):
        seen.update({tuple(words[i : i + n]) for i in range(len(words) - n + 1)})
    return seen


@pytest.mark.parametrize("n_slices", [2, 7])
def test_slices_hold_the_rows_of_the_whole(
    sized: World, whole: pa.Table, tmp_path: Path, n_slices: int
) -> None:
    shelf = Spill(tmp_path) if n_slices > 2 else None
    sliced = world_of(make(), shelf=shelf, n_slices=n_slices)
    assert sliced.exchanges.equals(whole)
    assert sliced.truth.equals(sized.truth)
    assert sliced.accounts.equals(sized.accounts)
    assert sliced.slices.n_rows.sum() == sized.n_exchanges


def test_equal_seeds_give_equal_worlds_and_others_do_not(whole: pa.Table) -> None:
    assert world_of(make()).exchanges.equals(whole)
    assert not world_of(make(seed=4)).exchanges.equals(whole)


class Watched(Kept):
    """A shelf that remembers what it was given and asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.put_rows: list[int] = []
        self.put_bytes = 0
        self.asked: list[int] = []

    def put(self, slice_: int, rows: ExchangeRows) -> None:
        self.put_rows.append(len(rows))
        self.put_bytes += rows.prompt.ids.nbytes + rows.prompt.lengths.nbytes
        super().put(slice_, rows)

    def get(self, slice_: int) -> list[ExchangeRows]:
        self.asked.append(slice_)
        return list(super().get(slice_))


def test_text_is_made_for_one_batch_of_one_slice_at_a_time() -> None:
    shelf = Watched()
    world = world_of(make(prompt_chars=3_000), shelf=shelf, n_slices=6)
    assert shelf.asked == []
    assert max(shelf.put_rows) < world.n_exchanges / 4
    n_chars = 0
    for slice_ in range(6):
        for batch in world.batches_of(slice_, 500):
            assert batch.num_rows <= 500
            n_chars += pc.sum(pc.utf8_length(batch.column("prompt"))).as_py()
        assert shelf.asked == list(range(slice_ + 1))
    assert shelf.put_bytes < n_chars / 10


def test_a_campaign_in_lots_is_one_campaign() -> None:
    recipe = make(
        n_accounts=40, fixtures=("C08",), twins=(), campaign_sizes=(("C08", 30),),
        exchanges=LOT + 20_000, prompt_chars=None,
    )  # fmt: skip
    shelf = Watched()
    world = world_of(recipe, shelf=shelf)
    assert world.n_exchanges == pytest.approx(recipe.exchanges, rel=0.02)
    assert max(shelf.put_rows) < 0.7 * world.n_exchanges
    own = labels(world)
    some = np.random.default_rng(0).choice(world.n_exchanges, 400, replace=False)
    batch = world.renderer.batch(world.rows.take(np.sort(some)), 0)
    rows = zip(*(batch.column(c).to_pylist() for c in ("account", "prompt")), strict=True)
    guilty = [(a, p) for a, p in rows if own[a]]
    assert len({a for a, _ in guilty}) == 30
    assert max(_runs([p for _, p in guilty]).values()) > 0.9 * len(guilty)


def test_one_account_sends_a_third() -> None:
    world = world_of(make(stress=("loud-account",)))
    assert world.n_exchanges == pytest.approx(12_000, rel=0.02)
    loudest, n = Counter(world.exchanges["account"].to_pylist()).most_common(1)[0]
    assert n / world.n_exchanges == pytest.approx(1 / 3, abs=0.01)
    assert labels(world)[loudest] is None
    assert world.accounts.num_rows == 120 + 90 + 1


def test_one_template_is_in_every_prompt() -> None:
    prompts = world_of(make(stress=("one-template",))).exchanges["prompt"].drop_null().to_pylist()
    some = prompts[::40]
    assert max(_runs(some).values()) == len(some)


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"exchanges": 2_000}, "exchanges"),
        ({"rate_per_day": 3.0}, "rate"),
        ({"fixtures": ()}, "fixture"),
        ({"fixtures": ("C13",)}, "exchanges"),
        ({"campaign_sizes": (("C04", 1),)}, "campaign_sizes"),
        ({"campaign_sizes": (("C99", 10),)}, "C99"),
        ({"stress": ("rain",)}, "rain"),
        ({"prompt_chars": 5}, "prompt_chars"),
    ],
)
def test_what_cannot_be_made_is_refused(knobs: dict[str, object], said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        world_of(make(**knobs))


def test_a_sized_recipe_survives_json_and_others_do_not_mention_it() -> None:
    recipe = make(stress=("one-template",))
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert not {"exchanges", "prompt_chars", "campaign_sizes", "stress"} & Recipe().to_json().keys()
