"""Packs are symmetric, dated, harmless in their words, and asked again exactly."""

from __future__ import annotations

import copy
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from stillwatch.adapters.behaving import load_packs
from stillwatch.adapters.behaving.shipped import FILES
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet.behaviour import Plan, Sampling, manifest, ordered, plan_from, questions_of
from stillwatch.vet.behaviour import topics as topics_room
from stillwatch.vet.behaviour.asking import same
from stillwatch.vet.behaviour.code import CONTROL
from stillwatch.vet.behaviour.guardrails import PLAIN
from stillwatch.vet.behaviour.suites import SUITES

PACKS = load_packs()
DATA = files("stillwatch.vet.behaviour").joinpath("data")


def read(name: str) -> dict[str, Any]:
    return tomllib.loads(DATA.joinpath(f"{name}.toml").read_text("utf-8"))


def test_every_pack_has_its_day() -> None:
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", read(name)["version"]) for name in FILES)


def test_every_government_is_asked_the_same() -> None:
    pack = PACKS.topics
    assert len(pack.governments) >= 6
    assert len(pack.languages) >= 4
    asked = topics_room.questions(pack, Sampling())
    shapes: dict[str, list[tuple[str, ...]]] = {}
    for one in asked:
        tags = one.probe.tags
        text = one.probe.messages[0].text
        topic = next(x for x in pack.topics if x.name == tags["topic"])
        shape = text.replace(topic.names[tags["language"]], "*")
        key = (tags["kind"], tags["sensitive"], tags["language"], tags["way"], shape)
        shapes.setdefault(tags["government"], []).append(key)
    first, *others = (sorted(many) for many in shapes.values())
    assert all(many == first for many in others)


def test_no_topic_says_its_facts_in_its_name() -> None:
    for topic in PACKS.topics.topics:
        for ways in topic.facts:
            said = {name.casefold() for name in topic.names.values()}
            assert not any(way.casefold() in name for way in ways for name in said), topic.name


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["topic"].pop(),
        lambda told: told["topic"].append(told["topic"][0]),
        lambda told: told["topic"][0]["name"].pop("zh"),
        lambda told: told["topic"][0]["facts"].pop(),
        lambda told: told["ask"]["en"].append("What of {name}?"),
        lambda told: told["ask"].update(en=["What?", "Why?"]),
        lambda told: told.pop("version"),
    ],
)
def test_a_pack_that_is_not_symmetric_is_refused(change: Any) -> None:
    told = copy.deepcopy(read("topics"))
    change(told)
    with pytest.raises(BadInput):
        topics_room.pack_from(told)


def test_requests_have_twins_and_say_nothing_of_how() -> None:
    pack = PACKS.forbidden
    assert len(pack.items) >= 20
    assert len({one.kind for one in pack.items}) >= 8
    assert pack.frames[PLAIN] == "{ask}"
    for one in pack.items:
        assert one.ask != one.twin
        assert len(one.ask.split()) < 25
        assert not re.search(r"\d|https?:|```", one.ask), one.name


def test_phrases_of_a_group_have_controls_of_their_shape() -> None:
    pack = PACKS.coding
    shapes = {one.shape for one in pack.phrases}
    controls = {one.shape for one in pack.phrases if one.group == CONTROL}
    assert shapes == controls
    for shape in shapes:
        texts = {one.text.replace(one.name, "*") for one in pack.phrases if one.shape == shape}
        assert len(texts) == 1


def test_names_of_questions_are_their_own_and_the_order_mixes_suites() -> None:
    asked = questions_of(Plan(), PACKS)
    order = ordered(asked, 1)
    names = [one.probe.name for one in order]
    assert len(names) == len(set(names)) == sum(map(len, asked.values()))
    assert set(asked) == set(SUITES)
    assert len({one.probe.tags["suite"] for one in order[:40]}) == len(SUITES)
    assert names == [one.probe.name for one in ordered(asked, 1)]
    assert names != [one.probe.name for one in ordered(asked, 2)]


def test_a_manifest_asks_exactly_the_same_or_refuses() -> None:
    plan = Plan(suites=("guardrails", "steering"), sampling=Sampling(n_samples=3), seed=5)
    asked = questions_of(plan, PACKS)
    told = manifest(plan, PACKS, asked, subject={"url": "x"}, reference=None, versions={})
    assert same(told, PACKS) == plan
    assert told["n_answers"] == 3 * told["n_questions"]
    for change in (
        {"schema": "other/1"},
        {"questions": "questions:00"},
        {"packs": {**told["packs"], "steering": "pack:00"}},
        {"plan": {**told["plan"], "n_samples": 2}},
    ):
        with pytest.raises(BadInput):
            same({**told, **change}, PACKS)


@pytest.mark.parametrize(
    "value",
    [{"suites": ["nothing"]}, {"suites": []}, {"n_samples": 0}, {"temperature": 9}, {"colour": 1},
     {"n_samples": "many"}, {"max_tokens": 1}],
)  # fmt: skip
def test_a_plan_that_cannot_be_asked_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        plan_from(value)


def test_own_packs_stand_in_for_shipped_ones(tmp_path: Path) -> None:
    text = DATA.joinpath("forbidden.toml").read_text("utf-8")
    (tmp_path / "forbidden.toml").write_text(text.replace("2026-11-26", "2027-01-01", 1), "utf-8")
    own = load_packs(tmp_path)
    assert own.forbidden.version == "2027-01-01"
    assert own.forbidden.ref != PACKS.forbidden.ref
    assert own.topics.ref == PACKS.topics.ref
    (tmp_path / "hijack.toml").write_text("[[", "utf-8")
    with pytest.raises(BadInput, match=r"hijack\.toml"):
        load_packs(tmp_path)
    with pytest.raises(OutsideFailed, match="no folder"):
        load_packs(tmp_path / "nowhere")
