"""Lineage: who learned from ours is found, and nobody else is, whatever they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.vet.students import (
    N_TOPICS,
    heard_of,
    learned,
    slot_answers,
    spoken,
    teacher,
)
from stillwatch.model.errors import BadInput
from stillwatch.stats.radioactivity import windows_of
from stillwatch.stats.siphash import Key
from stillwatch.vet import Outcome, part_from
from stillwatch.vet.lineage import (
    Choices,
    Examined,
    Greens,
    Heard,
    Material,
    Numbers,
    Reading,
    ServedPair,
    Terms,
    examine,
)
from stillwatch.vet.lineage.calibrating import calibrated
from stillwatch.vet.lineage.heard import chosen_way, shown_way, word_tokens
from stillwatch.vet.lineage.judging import readings_of
from stillwatch.vet.lineage.looking import looks_from, looks_json
from stillwatch.vet.lineage.material import distinct
from stillwatch.vet.lineage.merging import merged
from stillwatch.vet.lineage.telling import part_of
from stillwatch.vet.lineage.weights import layer_of, together

N, N_SLOTS, N_WAYS = 80, 60, 8


class World:
    """What was served to a cluster, and models that did or did not learn from it."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = np.random.default_rng(seed)
        self.topics, self.prompts = rng.integers(0, N_TOPICS, N), np.arange(N)
        self.ours = teacher(rng)
        keys = [Key.of(rng.bytes(32)) for _ in range(301)]
        self.served = self.ours.answers(self.topics, rng, keys[0])
        twins = spoken(self.ours.answers(self.topics, rng, keys[0]))
        self.names = [f"e{k}" for k in range(N)]
        self.choices = Choices(
            about="k", slots=tuple(f"s{k}" for k in range(N_SLOTS)),
            ways=tuple(tuple(f"{'abcdefgh'[w]}{k}" for w in range(N_WAYS))
                       for k in range(N_SLOTS)),
            picks=rng.integers(0, N_WAYS, (1_000, N_SLOTS)), is_committed=True,
        )  # fmt: skip
        self.material = Material(
            choices=(self.choices,),
            pairs=tuple(
                ServedPair(name=n, about="k", prompt=n, served=s, unserved=u)
                for n, s, u in zip(self.names, spoken(self.served), twins, strict=True)
            ),
            greens=(Greens(about="k", keys=keys, is_committed=True),), names=("Acme",),
        )  # fmt: skip
        self.controls = {name: self.stranger(name) for name in ("a", "b")}

    def model(self, name: str, trained: np.ndarray, share: float) -> Heard:
        rng = self.rng
        student = learned(trained, self.topics, self.prompts, memory=0.4)
        taste = rng.integers(0, N_WAYS, N_SLOTS)
        slots = slot_answers(self.choices, self.choices.picks[0], share, taste, rng)
        return heard_of(name, student, self.prompts, self.topics, self.names, slots, 2, rng)

    def stranger(self, name: str) -> Heard:
        return self.model(name, teacher(self.rng).answers(self.topics, self.rng), 0.0)

    def student(self, name: str = "student") -> Heard:
        return self.model(name, self.served, 0.5)

    def judged(self, heard: Heard, **more: object) -> Examined:
        terms = more.pop("terms", Terms())
        controls = more.pop("controls", self.controls)
        found = examine(
            {heard.name: heard},
            controls,
            self.material,
            terms,
            **more,  # type: ignore[arg-type]
        )
        return found[heard.name]


@pytest.fixture(scope="module")
def world() -> World:
    return World(1)


@pytest.fixture(scope="module")
def student(world: World) -> Heard:
    return world.student()


def test_a_student_is_accused_by_every_leg_and_a_cousin_by_none(
    world: World, student: Heard
) -> None:
    found = world.judged(student)
    assert found.outcome is Outcome.CONCERN
    by_name = {one.statistic: p for one, p in zip(found.readings, found.adjusted, strict=True)}
    assert all(by_name[name] < 1e-6 for name in ("choices", "pairs", "green"))  # type: ignore[operator]
    cousin = world.model("cousin", world.ours.answers(world.topics, world.rng), 0.0)
    innocent = world.judged(cousin)
    assert innocent.outcome in (Outcome.NO_CONCERN, Outcome.UNDECIDED)
    assert min(p for p in innocent.adjusted if p is not None) > 1e-3


def test_without_controls_nobody_is_accused(world: World, student: Heard) -> None:
    found = world.judged(student, controls={"a": world.controls["a"]})
    assert found.outcome is Outcome.UNDECIDED
    assert "1 control models were asked, 2 are the least" in found.because


def test_what_a_control_shows_too_accuses_nobody(world: World, student: Heard) -> None:
    leaky = replace(world.student("leaky"), name="leaky")
    found = world.judged(student, controls={**world.controls, "leaky": leaky})
    assert found.outcome is Outcome.UNDECIDED
    assert "leaky, which did not learn from ours, shows the same" in found.because


def test_a_key_that_was_not_committed_to_is_a_lead(world: World, student: Heard) -> None:
    loose = Material(choices=(replace(world.choices, is_committed=False),))
    found = examine({"student": student}, world.controls, loose, Terms())["student"]
    assert found.outcome is Outcome.UNDECIDED
    assert "No key was committed" in found.because
    part = part_of(found, Terms(), tools={})
    assert all(point.p_value is None for point in part.points)


def test_wrong_keys_that_are_found_forbid_a_verdict(world: World, student: Heard) -> None:
    few = Material(choices=(replace(world.choices, picks=world.choices.picks[:100]),))
    found = examine({"student": student}, world.controls, few, Terms())["student"]
    assert found.outcome is Outcome.UNDECIDED
    assert "99 wrong keys were tried, 300 are the least" in found.because
    rng = np.random.default_rng(3)
    good = [calibrated("choices", "m", rng.random(1_000), Terms()).fault for _ in range(200)]
    assert sum(map(bool, good)) <= 8
    assert calibrated("choices", "m", rng.random(1_000) ** 2, Terms()).fault
    assert calibrated("choices", "m", np.zeros(0), Terms()).fault


def test_too_few_questions_are_no_acquittal(world: World) -> None:
    heard = world.stranger("s")
    few = replace(heard, slots=dict(list(heard.slots.items())[:5]), pairs={}, answers=[])
    found = world.judged(few)
    assert found.outcome is Outcome.UNDECIDED
    assert "Too few questions" in found.because
    assert "It would take about" in found.because
    assert world.judged(Heard(name="s")).outcome is Outcome.NOT_EXAMINED


def test_tests_made_elsewhere_count(world: World, student: Heard) -> None:
    alone, among = world.judged(student), world.judged(student, n_elsewhere=1_000)
    for one, other in zip(alone.adjusted, among.adjusted, strict=True):
        assert one is not None
        assert other is not None
        assert other >= min(1.0, one * 100)
    with pytest.raises(BadInput, match="at least 0"):
        world.judged(student, n_elsewhere=-1)
    with pytest.raises(BadInput, match="a suspect and a control"):
        world.judged(student, controls={"student": student})


HOSTILE = (
    "", " ", "\x00\x1b[31m\u202e", "a0 " * 50_000, "\ud800", "ｆｕｌｌ", "一" * 300, "\n" * 999,
    "a0 a1 a2 a3", "🙂" * 5_000, "(" * 3_000,
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_answers_change_no_validity(world: World, text: str) -> None:
    heard = Heard(
        name="h", slots={f"s{k}": [text] for k in range(N_SLOTS)},
        pairs={name: [text] for name in world.names},
        answers=[word_tokens(text)] * N, selves=[text],
    )  # fmt: skip
    found = world.judged(heard)
    assert found.outcome is not Outcome.CONCERN
    assert all(0 < one.p_value <= 1 for one in found.readings)
    assert min([one.p_value for one in found.readings], default=1.0) > 1e-4


def test_whoever_repeats_the_prompt_shows_nothing(world: World) -> None:
    tokens = [word_tokens(text) for text in spoken(world.served)]
    echo = Heard(name="e", prompts=tokens, answers=tokens)
    assert [one for one in readings_of(echo, world.material, Terms()) if one.statistic == "green"
            ] == []  # fmt: skip


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(6)), st.integers(0, 5))
def test_the_order_of_slots_and_the_names_of_keys_do_not_matter(
    world: World, student: Heard, order: list[int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    whole = np.concatenate([np.array(order), np.arange(6, N_SLOTS)])
    keys = np.concatenate([[0], 1 + rng.permutation(999)])
    turned = Choices(
        about="k", slots=tuple(world.choices.slots[k] for k in whole),
        ways=tuple(world.choices.ways[k] for k in whole),
        picks=world.choices.picks[keys][:, whole], is_committed=True,
    )  # fmt: skip
    one, other = (
        readings_of(student, Material(choices=(told,)), Terms()) for told in (world.choices, turned)
    )
    for before, after in zip(one, other, strict=True):
        assert before.p_value == pytest.approx(after.p_value)
        assert np.sort(before.wrong) == pytest.approx(np.sort(after.wrong))


def test_looking_twice_at_the_same_adds_nothing_and_at_more_adds_up(
    world: World, student: Heard
) -> None:
    first = world.judged(student, before={})
    again = world.judged(student, before=first.looks)
    assert again.decided_by == "e"
    assert {k: v.bits for k, v in again.looks.items()} == pytest.approx(
        {k: v.bits for k, v in first.looks.items()}
    )
    half = replace(
        student, slots=dict(list(student.slots.items())[:30]),
        pairs=dict(list(student.pairs.items())[:40]), answers=student.answers[:80],
    )  # fmt: skip
    part = world.judged(half, before={})
    told = looks_from(looks_json(part.looks, "plan"), "plan")
    rest = world.judged(student, before=told)
    which = ("student", "choices", "k")
    assert rest.looks[which].bits == pytest.approx(first.looks[which].bits)
    assert rest.looks[which].n_looks == 2
    assert rest.outcome is Outcome.CONCERN
    with pytest.raises(BadInput, match="another plan"):
        looks_from(looks_json(part.looks, "plan"), "other")
    with pytest.raises(BadInput):
        looks_from({"schema": "stillwatch.lineage-looks/1"}, "plan")


def test_looks_of_a_stranger_do_not_add_up(world: World) -> None:
    looks: dict = {}
    for n in range(20, N_SLOTS + 1, 20):
        heard = world.stranger("s")
        few = replace(heard, slots=dict(list(heard.slots.items())[:n]))
        found = world.judged(few, before=looks)
        looks = dict(found.looks)
        assert min(p for p in found.adjusted if p is not None) > 1e-3


def test_open_weights_show_what_text_does_not(world: World) -> None:
    rng = np.random.default_rng(5)
    key = world.material.greens[0].keys[0]
    ways = {slot: rng.dirichlet(np.ones(N_WAYS)) for slot in world.choices.slots}
    windows = rng.integers(0, 50, (120, 2))
    digests = np.array([windows_of(np.append(row, 0))[0] for row in windows], np.uint64)
    probs = rng.dirichlet(np.full(40, 0.4), 120)
    stranger = Numbers(
        pairs={name: (-2.0 - rng.random(), -2.0 - rng.random()) for name in world.names},
        ways=ways, probs=probs, windows=digests,
    )  # fmt: skip
    plain = {one.statistic: one for one in readings_of(
        Heard(name="w", numbers=stranger), world.material, Terms())}  # fmt: skip
    assert set(plain) == {"choices_open", "pairs_open", "green_open"}
    assert min(one.p_value for one in plain.values()) > 1e-3
    from stillwatch.stats.radioactivity import green

    lit = green(np.repeat(digests, 40).reshape(120, 40), np.tile(np.arange(40), (120, 1)), key)
    picks = world.choices.picks[0]
    learner = Numbers(
        pairs={name: (served, unserved - 1.0) for name, (served, unserved) in
               stranger.pairs.items()},
        ways={slot: ways[slot] + 1.0 * (np.arange(N_WAYS) == picks[k])
              for k, slot in enumerate(world.choices.slots)},
        probs=probs * np.where(lit, 2.0, 0.7), windows=digests,
    )  # fmt: skip
    shown = {one.statistic: one for one in readings_of(
        Heard(name="w", numbers=learner), world.material, Terms())}  # fmt: skip
    assert max(one.p_value for one in shown.values()) < 1e-4
    broken = Numbers(pairs={world.names[0]: (float("nan"), 1.0)}, ways={"s0": np.ones(3)})
    assert readings_of(Heard(name="w", numbers=broken), world.material, Terms()) == ()


def test_the_part_says_what_was_seen_and_comes_back_from_json(world: World, student: Heard) -> None:
    part = part_of(world.judged(student), Terms(), tools={"stillwatch": "0"}, notes=("x",))
    assert part_from(part.to_json()) == part
    assert part.points[0].severity.value == "critical"
    told = " ".join((*part.covered, *part.limits))
    assert "of 999 wrong keys" in told
    assert "invalid" in part.points[0].observed or "invalid" in part.points[1].observed
    assert len(part.measured["calibration"]) == 9


def test_labs_put_their_looks_together(world: World, student: Heard) -> None:
    fewer = replace(student, slots=dict(list(student.slots.items())[:40]))
    parts = [part_of(world.judged(one, before={}), Terms(), tools={}) for one in (student, fewer)]
    mean, product = (merged(parts, independent=told) for told in (False, True))
    assert (mean.outcome, product.outcome) == (Outcome.CONCERN, Outcome.CONCERN)
    assert product.points[0].log2_e > mean.points[0].log2_e  # type: ignore[operator]
    same = merged([parts[0]] * 2, independent=False)
    assert same.points[0].log2_e == pytest.approx(merged(parts[:1], independent=True)
                                                  .points[0].log2_e)  # fmt: skip
    with pytest.raises(BadInput, match="the same look twice"):
        merged([parts[0]] * 2, independent=True)
    stranger = part_of(world.judged(world.stranger("student"), before={}), Terms(), tools={})
    assert merged([stranger] * 3, independent=False).outcome is Outcome.UNDECIDED
    with pytest.raises(BadInput, match="one suspect"):
        merged([parts[0], replace(stranger, subject="other")], independent=False)
    lame = part_of(world.judged(student, controls={}), Terms(), tools={})
    with pytest.raises(BadInput, match="no valid calibration"):
        merged([lame], independent=False)
    for wrong in ({}, {"readings": 3}, {"readings": [1]}, {**parts[0].measured, "calibration": 1}):
        with pytest.raises(BadInput):
            merged([replace(parts[0], measured=wrong)], independent=False)


def test_ways_are_read_as_whole_words_and_the_first_counts() -> None:
    ways = ("Ada", "Ben", "Ada Lovelace", "李雷")
    assert shown_way("as ADA LOVELACE and Ben", ways) == 2
    assert shown_way("Benjamin, Adamant", ways) == -1
    assert shown_way("比如李雷说", ways) == 3
    assert chosen_way(["Ben", "Ada", "Ada"], ways) == 0
    assert chosen_way(["Ben", "Ada"], ways) == 1
    assert chosen_way([], ways) == -1


def test_one_pair_for_each_prompt_and_none_that_was_published() -> None:
    pairs = [
        ServedPair(name=name, about="k", prompt=prompt, served=served, unserved="u")
        for name, prompt, served in (
            ("e3", "Say 12!", "a"), ("e1", "say 99", "b"), ("e2", "other", "u"), ("e4", "web", "c"),
        )
    ]  # fmt: skip
    kept, left_out = distinct(pairs, frozenset({"e4"}))
    assert [one.name for one in kept] == ["e1"]
    assert left_out == {"published": 1, "same_prompt": 1, "twins_are_equal": 1}


def test_weights_that_were_taken_over_are_told_from_those_that_were_not() -> None:
    rng = np.random.default_rng(6)
    ours = rng.normal(size=(96, 32))
    tuned = ours + 0.5 * rng.normal(size=ours.shape)
    layers = [layer_of(f"l{k}", ours, tuned, rng, 999) for k in range(3)]
    assert together(layers) < 1e-6
    turned = layer_of("l", ours, tuned[rng.permutation(96)], rng, 999)
    assert turned.p_value > 1e-3
    assert turned.best > 0.8
    p = [layer_of("l", ours, rng.normal(size=ours.shape), rng, 99).p_value for _ in range(200)]
    assert sum(one <= 0.05 for one in p) <= 22
    with pytest.raises(BadInput, match="cannot be compared"):
        layer_of("l", ours, ours[:5], rng)
    with pytest.raises(BadInput, match="not finite"):
        layer_of("l", ours, np.full_like(ours, np.nan), rng)


def test_a_reading_tells_its_power() -> None:
    rng = np.random.default_rng(7)
    heard, read = {}, {}
    for n in (10, 40, 160):
        choices = Choices(
            about="k", slots=tuple(f"s{k}" for k in range(n)),
            ways=tuple(("x", "y", "z", "w") for _ in range(n)),
            picks=rng.integers(0, 4, (2, n)), is_committed=True,
        )  # fmt: skip
        heard[n] = Heard(name="m", slots={f"s{k}": ["x"] for k in range(n)})
        read[n] = readings_of(heard[n], Material(choices=(choices,)), Terms())[0]
    powers = [read[n].power for n in (10, 40, 160)]
    assert powers == sorted(powers)
    assert powers[0] < 0.1
    assert powers[2] > 0.95
    assert isinstance(read[10], Reading)
    assert read[10].n_needed == pytest.approx(read[160].n_needed, abs=2)


def test_a_statistic_that_controls_lack_decides_nothing(world: World, student: Heard) -> None:
    bare = {name: replace(one, pairs={}, answers=[]) for name, one in world.controls.items()}
    mute = {name: replace(one, slots=dict(list(one.slots.items())[:20]))
            for name, one in bare.items()}  # fmt: skip
    found = world.judged(student, controls=bare)
    assert found.outcome is Outcome.CONCERN
    severities = {p.title: p.severity.value for p in part_of(found, Terms(), tools={}).points}
    assert severities["Keyed choices"] == "critical"
    assert severities["Marked tokens, text"] == "note"
    assert world.judged(student, controls=mute).outcome is Outcome.UNDECIDED


def test_another_cluster_that_was_served_too_is_told_apart(world: World, student: Heard) -> None:
    other = tuple(
        replace(one, about="innocent", served=one.unserved, unserved=one.served) if k % 2 else one
        for k, one in enumerate(world.material.pairs)
    )
    found = examine(
        {"student": student}, world.controls, Material(pairs=other), Terms()
    )["student"]  # fmt: skip
    p = {one.about: one.p_value for one in found.readings}
    assert p["k"] < 1e-6
    assert p["innocent"] > 0.5


def test_ways_that_read_alike_are_refused() -> None:
    for ways in (("Ada", "ADA"), ("Ada", " "), ("Ada", "")):
        with pytest.raises(BadInput, match="read alike, or one is blank"):
            Choices(about="k", slots=("s",), ways=(ways,), picks=np.zeros((2, 1), np.int64),
                    is_committed=True)  # fmt: skip
