"""What could make lineage accuse, or acquit, with less than it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stillwatch.adapters.defend.commitments import Commitments
from stillwatch.adapters.vetting.lineage_heard import hear
from stillwatch.adapters.vetting.lineage_keys import committed
from stillwatch.adapters.vetting.lineage_material import load_material
from stillwatch.adapters.vetting.lineage_plan import load_plan
from stillwatch.adapters.vetting.lineage_weights import Weights, compare
from stillwatch.defend.canaries import Slot, commitment
from stillwatch.defend.keys import key_of
from stillwatch.model.errors import BadInput
from stillwatch.stats.many_tests import GRID, mixed_bits
from stillwatch.vet import Outcome
from stillwatch.vet.lineage import Choices, Heard, Material, Numbers, Terms, examine
from stillwatch.vet.lineage.heard import word_tokens
from stillwatch.vet.lineage.judging import readings_of
from stillwatch.vet.lineage.merging import merged
from stillwatch.vet.lineage.telling import part_of
from tests.rooms.vet.lineage_made import make_plan, write_rows
from tests.rooms.vet.test_lineage import World


@pytest.fixture(scope="module")
def world() -> World:
    return World(3)


def test_slots_that_were_written_after_the_key_prove_nothing(tmp_path: Path) -> None:
    key, slots = key_of(bytes(32), 0), {"s": Slot("s", ("x", "y"))}
    log = tmp_path / "log.jsonl"
    Commitments(log).add("mark", "k", commitment(key, []), 1)
    assert committed(log, "k", key, slots, 5, picks=False) is not None
    # Whoever holds the key can write slots that a suspect hits.
    assert committed(log, "k", key, slots, 5, picks=True) is None
    Commitments(log).add("mark", "k", commitment(key, list(slots.values())), 2)
    assert committed(log, "k", key, slots, 5, picks=True) is not None


def test_twins_that_nobody_sealed_are_a_lead(world: World) -> None:
    student, bare = world.student(), replace(world.material, choices=(), greens=(), is_sealed=False)
    found = examine({"student": student}, world.controls, bare, Terms())["student"]
    assert found.readings[0].p_value < 1e-6
    assert (found.outcome, found.adjusted) == (Outcome.UNDECIDED, (None,))
    assert "sealed" in part_of(found, Terms(), tools={}).points[0].observed


def test_what_a_control_shows_or_lacks_is_not_merged(world: World) -> None:
    student, leaky = world.student(), world.student("leaky")
    shared = world.judged(student, controls={**world.controls, "leaky": leaky})
    with pytest.raises(BadInput, match="a control that shows the same, leaky"):
        merged([part_of(shared, Terms(), tools={})], independent=False)
    mute = {name: replace(one, pairs={}, answers=[]) for name, one in world.controls.items()}
    few = part_of(world.judged(student, controls=mute), Terms(), tools={})
    bits = {one["statistic"]: one["log2_e"] for one in few.measured["readings"]}
    assert merged([few], independent=False).points[0].log2_e == pytest.approx(bits["choices"])


def test_other_suspects_raise_the_bar_of_a_merge(world: World) -> None:
    part = part_of(world.judged(world.student(), n_elsewhere=1_000), Terms(), tools={})
    low = replace(part, measured={**part.measured, "readings": [
        {**one, "log2_e": 25.0} for one in part.measured["readings"]]})  # fmt: skip
    assert merged([low], independent=False).outcome is Outcome.UNDECIDED
    alone = replace(low, measured={**low.measured, "n_tests": 3})
    assert merged([alone], independent=False).outcome is Outcome.CONCERN


def test_what_an_earlier_look_tested_counts_on(world: World) -> None:
    student = world.student()
    first = world.judged(replace(student, pairs={}, answers=[]), before={})
    assert first.n_tests == 1
    later = world.judged(replace(student, slots={}, answers=[]), before=first.looks)
    assert [one.statistic for one in later.readings] == ["pairs"]
    assert later.n_tests == 2


def _slots(n: int, n_ways: int) -> Choices:
    return Choices(
        about="k", slots=tuple(f"s{k}" for k in range(n)),
        ways=tuple(tuple(f"{'abcdefghij'[w]}{k}" for w in range(n_ways)) for k in range(n)),
        picks=np.zeros((2, n), np.int64), is_committed=True,
    )  # fmt: skip


def test_power_is_that_of_the_test_that_decides() -> None:
    n, n_ways, level = 52, 10, 1e-3 / 2
    choices, rng = _slots(n, n_ways), np.random.default_rng(1)
    slots = {name: [ways[0]] for name, ways in zip(choices.slots, choices.ways, strict=True)}
    heard = Heard(name="m", slots=slots)
    told = Material(choices=(choices,))
    (once,), (on,) = readings_of(heard, told, Terms()), readings_of(heard, told, Terms(), {})
    hits = rng.binomial(n, 0.1 + 0.25 * 0.9, 4_000)
    null = 0.1 * np.exp(GRID) + 0.9
    seen = np.mean([mixed_bits(GRID * h - n * np.log(null)) >= -np.log2(level) for h in hits])
    assert on.power == pytest.approx(seen, abs=0.03)
    # What a planned look would have shown, looking on would have missed half of the time.
    assert once.power > 0.8
    assert on.power < 0.5


def test_power_of_probabilities_is_that_of_their_bound() -> None:
    n, n_ways, level = 44, 10, 1e-3 / 2
    choices, rng = _slots(n, n_ways), np.random.default_rng(2)
    found = []
    for _ in range(300):
        ways = {}
        for name in choices.slots:
            hit = rng.random() < 0.1 + 0.25 * 0.9
            ways[name] = np.eye(n_ways)[0 if hit else rng.integers(1, n_ways)]
        heard = Heard(name="m", numbers=Numbers(ways=ways))
        (one,) = readings_of(heard, Material(choices=(choices,)), Terms())
        found.append(one.p_value <= level)
    assert one.power == pytest.approx(np.mean(found), abs=0.08)


def test_a_question_of_a_slot_is_a_prompt_and_hints_at_nothing(tmp_path: Path) -> None:
    path = make_plan(tmp_path, n_decoys=300)
    asked = tmp_path / "questions.toml"
    write_rows(tmp_path / "student.jsonl", [
        {"probe": "slot:s1", "sample": 0, "text": "Give an example of 1.", "said_model": "m",
         "finish": "stop", "input_tokens": 1, "output_tokens": 1, "asked_us": 1, "took_us": 1}
    ])  # fmt: skip
    plan = load_plan(path)
    loaded = load_material(plan)
    heard = hear("student", plan.suspects["student"], [], plan, loaded).heard
    assert [one.tolist() for one in heard.prompts] == [word_tokens(asked_of(loaded)).tolist()]
    assert all(one.statistic != "green" for one in readings_of(heard, loaded.material, Terms()))
    asked.write_text('[question]\ns1 = "Give an example of 1, such as one1."\n')
    with pytest.raises(BadInput, match="names some of its ways"):
        load_material(plan)
    long = "a " * 20_000 + "tail"
    assert word_tokens(long, None).size == 20_001 > word_tokens(long).size


def asked_of(loaded: object) -> str:
    return loaded.questions["s1"]  # type: ignore[attr-defined, no-any-return]


def test_one_order_of_units_counts_once(tmp_path: Path) -> None:
    import re

    from safetensors.numpy import save_file

    rng = np.random.default_rng(0)
    told = {f"m.layers.{k}.mlp.{kind}_proj.weight": rng.normal(size=(8, 4))
            for k in range(2) for kind in ("up", "gate")}  # fmt: skip
    save_file(told, str(tmp_path / "w.safetensors"))
    with Weights(tmp_path) as one, Weights(tmp_path) as other:
        assert len(compare(one, other, rng).layers) == 2
        with pytest.raises(BadInput, match=r"several tensors of m\.layers\.0"):
            compare(one, other, rng, re.compile("_proj"))
