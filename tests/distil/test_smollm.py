"""Marks, canaries and twins on the text of a real small language model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from stillwatch.adapters.distilling.real import PROMPTS, Said, likelihoods_by, said_by
from stillwatch.adapters.distilling.workers import SMOLLM, Worker, Workers
from stillwatch.defend.canaries import Mark, Slot, choose, filled_in, keyed_way
from stillwatch.defend.keys import Key, key_of
from stillwatch.stats import siphash
from stillwatch.stats.keyed_choices import hits_p
from stillwatch.stats.radioactivity import naive_p, text_p
from stillwatch.stats.served_pairs import sign_p

pytestmark = pytest.mark.smollm

SECRET = bytes(range(32))
NAMES = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gwen", "Hugo", "Ida", "Jon")
N_NEW = 40


@pytest.fixture(scope="module")
def worker(smollm_python: Path) -> Iterator[Worker]:
    with Workers(1, smollm_python, SMOLLM) as workers, workers.one() as one:
        yield one


@pytest.fixture(scope="module")
def plain(worker: Worker) -> Said:
    return said_by(worker, PROMPTS, n_new=N_NEW, seed=1)


@pytest.fixture(scope="module")
def marked(worker: Worker) -> Said:
    return said_by(worker, PROMPTS, n_new=N_NEW, seed=2, secret=SECRET)


def test_it_answers_in_words(plain: Said) -> None:
    assert len(plain.texts) == len(PROMPTS)
    words = " ".join(plain.texts).lower().split()
    assert len(words) > 15 * len(PROMPTS)
    assert words.count("the") > len(PROMPTS)


def test_marked_text_leans_to_its_key_alone(plain: Said, marked: Said) -> None:
    key = siphash.Key.of(SECRET)
    p = text_p(marked.prompts, marked.tokens, key)
    innocent = text_p(plain.prompts, plain.tokens, key)
    print(
        f"{marked.device}: {plain.tokens_a_second:.1f} tokens/s plain, "
        f"{marked.tokens_a_second:.1f} marked; p {p:.1e} marked, {innocent:.2f} plain, "
        f"naive {naive_p(plain.tokens, key):.2f} plain"
    )
    assert p < 1e-6
    assert innocent > 1e-3
    wrong = [siphash.Key.of(bytes([n])) for n in range(100)]
    p_wrong = np.array([text_p(marked.prompts, marked.tokens, one) for one in wrong])
    assert (p_wrong <= 0.05).mean() <= 0.15
    assert p_wrong.min() > 1e-5


def test_twins_of_the_sampler_are_exchangeable_for_the_model_itself(
    worker: Worker, plain: Said
) -> None:
    twins = said_by(worker, PROMPTS, n_new=N_NEW, seed=3)
    ours = likelihoods_by(worker, PROMPTS, plain.tokens)
    theirs = likelihoods_by(worker, PROMPTS, twins.tokens)
    assert np.isfinite(ours).all()
    assert (ours < 0).all()
    difference = ours / [t.size for t in plain.tokens] - theirs / [t.size for t in twins.tokens]
    wins, n, p = sign_p(difference, np.random.default_rng(1))
    assert n == len(PROMPTS)
    assert p > 1e-3
    assert sign_p(-difference, np.random.default_rng(1))[2] > 1e-3
    assert 0 < wins < n


def test_canaries_stand_in_served_text_as_the_key_picks_them(plain: Said) -> None:
    key: Key = key_of(SECRET, 0)
    slots = {f"{n}": Slot(f"{n}", NAMES) for n in range(16)}
    mark = Mark(cluster="c", key=key, accounts=frozenset({"a"}), from_us=0, until_us=9)
    rng = np.random.default_rng(1)

    def hits(on: Mark | None) -> int:
        found = 0
        for n, text in enumerate(plain.texts[::2]):
            whole = f"{text} For example, ask {{{{slot:{n}}}}}."
            served, chosen = filled_in(whole, slots, lambda slot: choose(slot, on, rng.random()))
            assert "{{slot:" not in served
            assert served.startswith(text)
            found += chosen[0][1].way == keyed_way(slots[f"{n}"], key)
        return found

    assert hits_p(hits(mark), 16, len(NAMES)) == pytest.approx(1e-16)
    assert hits_p(hits(None), 16, len(NAMES)) > 1e-3


def test_one_seed_draws_one_answer(worker: Worker) -> None:
    one, again = (said_by(worker, PROMPTS[:2], n_new=6, seed=7) for _ in range(2))
    assert one.texts == again.texts
