"""What a request may ask for beyond the answer, and the rungs that lower it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.control.ladder import LADDER
from stillwatch.defend.limits import LESS, Limits, hold, lowered

ANSWER_RUNGS = [rung.name for rung in LADDER if rung.alters_answer]
SAID = {"messages": [{"role": "user", "content": "hi"}]}


def test_every_rung_that_alters_answers_says_what_it_lowers() -> None:
    assert list(LESS) == ANSWER_RUNGS


@given(st.lists(st.sampled_from(ANSWER_RUNGS), max_size=5))
def test_rungs_only_lower_and_their_order_makes_no_difference(rungs: list[str]) -> None:
    base = Limits()
    once = lowered(base, rungs)
    assert once == lowered(base, list(reversed(rungs))) == lowered(once, rungs)
    assert all(getattr(once, name) <= getattr(base, name) for name in base.__slots__)


_BODY = st.fixed_dictionaries(
    {},
    optional={
        "logprobs": st.one_of(st.booleans(), st.integers(0, 30), st.none()),
        "top_logprobs": st.integers(0, 30),
        "logit_bias": st.dictionaries(st.integers(0, 999).map(str), st.integers(-100, 100)),
        "n": st.integers(0, 300),
        "best_of": st.integers(0, 300),
        "echo": st.booleans(),
        "prompt_logprobs": st.integers(0, 5),
    },
)


@given(body=_BODY, rungs=st.lists(st.sampled_from(ANSWER_RUNGS), max_size=3))
def test_what_goes_to_the_model_is_within_limits_and_is_told(
    body: dict[str, Any], rungs: list[str]
) -> None:
    limits, before = lowered(Limits(), rungs), dict(body)
    held = hold(body | SAID, limits)
    after = held.body
    assert body == before
    assert not after.get("echo") and after.get("prompt_logprobs") is None
    assert max(after.get("n", 0), after.get("best_of", 0)) <= max(limits.n_samples, 1)
    if after.get("logit_bias"):
        assert after.get("logprobs") in (None, False) and not after.get("top_logprobs")
    if "no_logprobs" in rungs:
        assert not {"logprobs", "top_logprobs"} & set(after) and not after.get("logit_bias")
    changed = {k for k in body if after.get(k) != body[k] and body[k] not in (None, False)}
    assert changed <= {one.field for one in held.less} | {"top_logprobs"}
    assert hold(after, limits).body == after


@pytest.mark.parametrize(
    "text", ["<think>", "Sure. <thinking>\n", "< reasoning >", "<|think", "[think]", "<scratchpad>"]
)
def test_an_answer_cannot_be_begun_with_a_place_for_reasoning(text: str) -> None:
    body = {"messages": [*SAID["messages"], {"role": "assistant", "content": text}]}
    assert "reasoning" in hold(body, Limits()).refused
    parts = {"role": "assistant", "content": [{"type": "text", "text": text}]}
    assert hold({"messages": [parts]}, Limits()).refused


def test_a_prefix_has_its_length_and_none_under_a_rung() -> None:
    body = {"messages": [*SAID["messages"], {"role": "assistant", "content": '{"answer": '}]}
    assert not hold(body, Limits()).refused
    assert hold(body, Limits(prefix_chars=5)).refused
    assert hold(body, lowered(Limits(), ["reasoning_withheld"])).refused
    talked = {"messages": [{"role": "user", "content": "write <think> about it"}]}
    assert not hold(talked, lowered(Limits(), ["reasoning_withheld"])).refused
