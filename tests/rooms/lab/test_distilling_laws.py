"""What a defence serves and what a campaign rewrites keep the answer, whoever wrote it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stillwatch.lab.distilling import ATTACKS, DEFENCES, STUDENTS, Student, chosen, new_task
from stillwatch.lab.distilling.attacks import paraphrased, redrawn, rewritten
from stillwatch.lab.distilling.choices import N_SLOTS, filled, one_a_slot, slot_of
from stillwatch.lab.distilling.defences import (
    BY_NAME,
    answer_only,
    answered,
    conclusion_first,
    conclusion_last,
    hidden,
    laid_out,
)
from stillwatch.lab.distilling.grammar import (
    ANSWER,
    END,
    HIDDEN,
    LENGTH,
    N_SYMBOLS,
    N_TOKENS,
    PAD,
    PROMPT,
    SPELLED,
    place_of,
    spelled,
    tokens_of,
    words_of,
)
from stillwatch.lab.distilling.lessons import (
    Harvest,
    from_elsewhere,
    inverted,
    inverter_lessons,
    inverter_prompts,
    lessons_of,
    scored,
)
from stillwatch.lab.distilling.reading import coherent, examples_said, results_said, steps_said
from stillwatch.lab.distilling.task import N_ASKED, Task, problems_of, prompts, worked
from stillwatch.model.errors import BadInput

SEEDS = st.integers(0, 2**32)
TASK = new_task(np.random.default_rng(5))
#: rows that nothing says anything about: what a broken student may answer.
ANY_ROWS = hnp.arrays(np.int16, (4, LENGTH), elements=st.integers(0, N_TOKENS - 1))


def rows_of(seed: int, n: int = 12) -> np.ndarray:
    problems = TASK.asked(N_ASKED)[seed % 900 :][:n]
    return worked(problems, TASK.results(problems), np.random.default_rng(seed))


@given(SEEDS)
def test_a_worked_answer_says_the_right_result_and_hangs_together(seed: int) -> None:
    rows = rows_of(seed)
    results = TASK.results(rows[:, 1:5].astype(np.int64))
    assert (results_said(rows) == results[:, -1]).all()
    assert coherent(rows).all()
    assert (steps_said(rows)[:, :, 2] == results).all()
    assert rows.shape[1] == LENGTH
    assert not (rows == PAD).any()


@given(SEEDS, st.sampled_from([one.name for one in DEFENCES]))
def test_no_layout_changes_the_result(seed: int, name: str) -> None:
    rows = rows_of(seed)
    served = laid_out(rows, BY_NAME[name].layout)
    assert (results_said(served) == results_said(rows)).all()
    assert (served[:, :PROMPT] == rows[:, :PROMPT]).all()


@given(SEEDS)
def test_what_is_withheld_is_not_there(seed: int) -> None:
    rows = rows_of(seed)
    assert ((answer_only(rows)[:, PROMPT:] != PAD).sum(axis=1) == 3).all()
    said = steps_said(hidden(rows))
    assert (said[:, :, 2] == -1).all()
    assert (said[:, 1:, 0] == -1).all()
    assert (hidden(rows) == HIDDEN).sum() == 5 * len(rows)
    assert (conclusion_first(rows)[:, PROMPT] == ANSWER).all()


@given(SEEDS)
def test_reordering_undoes_the_conclusion_first(seed: int) -> None:
    rows = rows_of(seed)
    assert (conclusion_last(conclusion_first(rows)) == rows).all()
    assert (conclusion_last(rows) == rows).all()


@given(SEEDS, st.lists(st.sampled_from(sorted(ATTACKS)), max_size=4))
def test_rewriting_keeps_symbols_steps_and_result(seed: int, attacks: list[str]) -> None:
    rows = rows_of(seed)
    made = rewritten(rows, tuple(attacks), np.random.default_rng(seed))
    assert (results_said(made) == results_said(rows)).all()
    assert (steps_said(made) == steps_said(rows)).all()
    assert (place_of(made) == place_of(rows)).all()
    assert coherent(made).all()


@given(SEEDS)
def test_a_paraphrase_draws_every_word_and_no_symbol(seed: int) -> None:
    rows = rows_of(seed, 200)
    made = paraphrased(rows, np.random.default_rng(seed))
    words = place_of(rows) >= 0
    assert (made[~words] == rows[~words]).all()
    kept = float((made[words] == rows[words]).mean())
    assert 0.05 < kept < 0.22  # one in eight by chance; 3,000 words
    assert (examples_said(redrawn(rows, np.random.default_rng(seed))) >= 0).all()


@given(SEEDS)
def test_keyed_examples_are_the_way_of_their_slot(seed: int) -> None:
    rows = rows_of(seed)
    ways = np.random.default_rng(seed).integers(0, N_SYMBOLS, N_SLOTS)
    made = filled(rows, ways)
    assert (examples_said(made) == ways[slot_of(rows[:, 1:5].astype(np.int64))]).all()
    assert (results_said(made) == results_said(rows)).all()
    assert (filled(made, ways) == made).all()
    assert ((made != rows).sum(axis=1) <= 1).all()


@given(ANY_ROWS, SEEDS)
def test_nothing_breaks_on_answers_that_say_nothing(rows: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    problems = problems_of(rng.integers(0, 10_000, len(rows)))
    rows = np.concatenate([prompts(problems), rows[:, PROMPT:]], axis=1)
    said = results_said(rows)
    assert ((said >= -1) & (said < N_SYMBOLS)).all()
    for defence in DEFENCES:
        served = laid_out(rows, defence.layout)
        assert served.shape == rows.shape
        if defence.layout in ("answer_only", "conclusion_first"):
            assert (results_said(served) == said).all()
    for name in ATTACKS:
        assert rewritten(rows, (name,), rng).shape == rows.shape
    harvest = Harvest(served=rows, unserved=rows)
    asked = inverter_prompts(harvest)
    assert asked.shape[1] == PROMPT + 2
    assert (asked[:, -1] >= 0).all()


@given(st.integers(0, 5_000), st.integers(1, 300))
def test_caps_are_kept_and_more_accounts_never_get_less(n: int, accounts: int) -> None:
    for defence in DEFENCES:
        given_now = answered(defence, n, accounts)
        assert 0 <= given_now <= n
        if defence.most_an_account is not None:
            assert given_now <= defence.most_an_account * accounts
        if defence.most_a_cluster is not None:
            assert given_now <= defence.most_a_cluster
        assert answered(defence, n, accounts + 1) >= given_now
        assert answered(defence, n + 1, accounts) >= given_now


def test_problems_of_one_kind_are_never_of_another() -> None:
    kinds = (TASK.test, TASK.probe, TASK.asked(N_ASKED))
    numbers = [set((one @ (N_SYMBOLS ** np.arange(3, -1, -1))).tolist()) for one in kinds]
    assert [len(one) for one in numbers] == [1_000, 2_000, 7_000]
    assert len(set.union(*numbers)) == 10_000
    assert len(one_a_slot(TASK.probe)) == N_SLOTS


def test_lessons_come_from_where_they_are_said_to_come_from() -> None:
    rng = np.random.default_rng(1)
    harvest = Harvest(served=rows_of(1, 50), unserved=rows_of(2, 50))
    by_name = {one.name: one for one in STUDENTS}
    assert (lessons_of(by_name["none"], harvest, TASK, rng) == harvest.served).all()
    more = Harvest(served=harvest.served, unserved=harvest.unserved, other=rows_of(3, 50)).first(9)
    assert (lessons_of(by_name["unserved"], more, TASK, rng) == rows_of(3, 50)[:9]).all()
    independent = lessons_of(by_name["independent"], harvest, TASK, rng)
    assert coherent(independent).all()
    form = lessons_of(by_name["form"], harvest, TASK, rng)
    right = results_said(form) == TASK.results(form[:, 1:5].astype(np.int64))[:, -1]
    assert right.mean() < 0.15


def test_an_inverter_keeps_only_steps_that_end_in_the_served_result() -> None:
    student = next(one for one in STUDENTS if "invert" in one.attacks)
    elsewhere = from_elsewhere(student, TASK, np.random.default_rng(1))
    rows, marked = inverter_lessons(elsewhere)
    assert (rows[:, PROMPT] == ANSWER).all()
    assert not marked[:, : PROMPT + 2].any()
    right = conclusion_first(rows_of(3, 20))
    wrong = right.copy()
    wrong[:, PROMPT + 1] = (wrong[:, PROMPT + 1] + 1) % N_SYMBOLS
    made = inverted(np.concatenate([right, wrong, right]), elsewhere)
    assert (np.unique(made[:20], axis=0) == np.unique(rows_of(3, 20), axis=0)).all()
    assert len(made) == 20 + len(elsewhere)


def test_what_is_taught_is_what_stands_behind_the_prompt() -> None:
    rows = answer_only(rows_of(4))
    assert (scored(rows).sum(axis=1) == 3).all()
    assert not scored(rows)[:, :PROMPT].any()


def test_text_is_read_back() -> None:
    row = rows_of(1, 1)[0]
    assert (tokens_of(spelled(row)) == row).all()
    assert len(set(SPELLED)) == N_TOKENS
    assert [SPELLED[words_of(place)[0]] for place in range(5)] == [
        "first", "take", "with", "gives", "ok",
    ]  # fmt: skip
    with pytest.raises(BadInput, match="bananas"):
        tokens_of("solve bananas")
    assert SPELLED[END] == "end"


def test_a_plan_refuses_what_it_does_not_know() -> None:
    with pytest.raises(BadInput, match="Known are"):
        chosen("none; nobody", experimental=True)
    with pytest.raises(BadInput, match="no student is named"):
        chosen(" ; ", experimental=True)
    assert not any(one.experimental for one in chosen("all", experimental=False))
    assert any(one.experimental for one in chosen("all", experimental=True))
    for wrong in ({"defence": "magic"}, {"attacks": ("magic",)}, {"n_queries": 0},
                  {"n_accounts": 0}, {"attacks": ("invert",)}):  # fmt: skip
        with pytest.raises(BadInput):
            Student(name="x", line="", **wrong)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="10 by 10"):
        Task(np.full((10, 10), 10), np.arange(10_000))
    with pytest.raises(BadInput, match="every problem once"):
        Task(np.zeros((10, 10), np.int64), np.zeros(10_000, np.int64))
    with pytest.raises(BadInput, match="7000"):
        TASK.asked(7_001)
