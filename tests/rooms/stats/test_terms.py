"""Terms: what each formula gives, what is refused, and a file of them done again."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.model.canonical import spell
from stillwatch.model.errors import BadInput
from stillwatch.stats.formulas import FORMULAS
from stillwatch.stats.terms import SCHEMA, compare, digest, evaluate, outcomes, recheck

E = 2.0**-6
_OUT = {"n_hits_outside": 3, "n_outside": 90, "innocent_share": E}
_HELD = {"n_sent": 100, "floor": 0.1, "n_others": 900, "innocent_share": E}
_ROWS = [[9, 4, 7, 2], [8, 5, 6, 3], [9, 3, 8, 2], [7, 5, 6, 2]]
#: for each formula inputs of an ordinary group.
EXAMPLES: dict[str, dict[str, Any]] = {
    "shared_traits": {
        "has": [1, 1, 0, 1], "held": [3, 2, 5, 9], "unseen": 0.5, "n_strangers": 400,
        "innocent_share": E,
    },
    "unusual_share": {"n_with": 40, "n_at_least": 7, **_HELD},
    "two_unusual_shares": {
        "tried_n_with": 40, "tried_n_at_least": 30, "refused_n_with": 30, "refused_n_at_least": 60,
        "each_innocent_share": 2.0**-5, "n_distinct": 31, "n_probes": 44, **_HELD,
    },
    "more_than_chance": {"hits": [1, 0, 1, 1], **_OUT},
    "risen_together": {
        "hits": [1, 1, 0, 1], **_OUT, "inside": [[40, 2], [50, 30], [25, 18]],
        "outside": [[400, 8], [500, 20], [250, 11]], "least_rise": 0.4, "fewest": 3,
    },
    "one_class": {
        "codes": [1, 1, -1, 1, 0], "sizes": [12, 9, 4], "n_active": 300, "innocent_share": 2.0**-3,
    },
    "moves_on": {
        "inside": [[9, 7], [30, 2], [60, 3]], "outside": [80, 6], "fewest": 3,
        "innocent_share": E,
    },
    "even_days": {
        "same": 260.0, "pairs": 1000.0, "n_parts": 4, "n_as_even": 11, "n_others": 800,
        "innocent_share": 2.0**-3,
    },
    "burst": {
        "ranks": [0.41, 0.412, 0.414, 0.6], "stray_share": 0.1, "innocent_share": 2.0**-9,
        "least": -1.0,
    },
    "chosen_burst": {"inside": 9, "total": 20, "width": 0.02, "innocent_share": 2.0**-9},
    "one_mix": {
        "table": _ROWS, "mix": [0.4, 0.3, 0.2, 0.1], "own": [0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1],
        "innocent_share": E, "least": -8.0,
    },
    "dealt": {
        "sent": [20, 18, 22], "first": [0, 0, 1], "last": [2, 1, 2],
        "together": [[40, 6, 2], [6, 30, 4], [2, 4, 20]], "own_pairs": 18,
        "least_expected": 0.05, "innocent_share": 2.0**-10,
    },
    "deficit": {"met": 1, "due": 9.5, "innocent_share": 2.0**-10},
    "one_load_2": {
        "table": _ROWS, "first": [0, 0, 0, 1], "last": [3, 3, 3, 3],
        "profile": [0.4, 0.2, 0.3, 0.1], "own_share": [0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1],
    },
}  # fmt: skip
#: what a bound or a threshold hides: numbers that may change without a change of what is given.
BOUNDED = {
    ("unusual_share", "floor"), ("two_unusual_shares", "floor"), ("dealt", "least_expected"),
    ("risen_together", "fewest"), ("risen_together", "least_rise"), ("moves_on", "fewest"),
    ("burst", "least"), ("burst", "ranks"), ("one_mix", "least"), ("one_class", "codes"),
    ("one_class", "sizes"), ("risen_together", "inside"), ("risen_together", "outside"),
}  # fmt: skip


def term(name: str, **changed: Any) -> dict[str, Any]:
    """An example, with some inputs changed."""
    return {"formula": name, "inputs": {**copy.deepcopy(EXAMPLES[name]), **changed}}


def leaves(value: Any) -> Iterator[tuple[list[Any], int]]:
    """Every place in nested lists that holds a number."""
    for nth, one in enumerate(value):
        if isinstance(one, list):
            yield from leaves(one)
        else:
            yield value, nth


def test_every_formula_has_an_example() -> None:
    assert set(EXAMPLES) == set(FORMULAS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_term_gives_finite_numbers_through_either_spelling(name: str) -> None:
    given = outcomes(term(name))
    assert all(math.isfinite(x) for x in given.values())
    assert evaluate(term(name)) == given["bits"]
    assert outcomes(orjson.loads(orjson.dumps(term(name)))) == given
    assert outcomes(json.loads(spell(term(name)))) == given


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_weigh_something(name: str) -> None:
    assert evaluate(term(name)) != 0.0


@pytest.mark.parametrize("name", EXAMPLES)
def test_changing_a_number_changes_what_is_given_or_is_refused(name: str) -> None:
    before = outcomes(term(name))
    for key, spec in FORMULAS[name].takes.items():
        if (name, key) in BOUNDED:
            continue
        held = {key: copy.deepcopy(EXAMPLES[name][key])}
        places = list(leaves(held[key])) if spec.dims else [(held, key)]
        for of, at in places:
            was = of[at]  # type: ignore[index]
            of[at] = 1 - was if spec.high == 1 else was + 1 if spec.whole else was * 0.9  # type: ignore[index]
            with suppress(BadInput):
                assert outcomes(term(name, **held)) != before, (key, at)
            of[at] = was  # type: ignore[index]


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize(
    "bad",
    [
        None, "7", True, {}, [], [[]], [[1], [1, 2]], [None], ["7"], [{}], math.nan, math.inf,
        -math.inf, [math.nan], -7, [-7], 10**400, [10**400], [[[1]]], [1] * 3 + ["x"], 2.0**1000,
    ],
)  # fmt: skip
def test_what_is_no_input_is_refused_and_named(name: str, bad: object) -> None:
    for key, spec in FORMULAS[name].takes.items():
        if bad == -7 and spec.low <= -7:
            continue
        with pytest.raises(BadInput) as refused:
            evaluate(term(name, **{key: bad}), "features.signals[3]")
        assert refused.value.where.startswith("features.signals[3].inputs")
        if isinstance(bad, (str, dict, type(None))):
            assert refused.value.where.endswith(f".{key}")


@pytest.mark.parametrize("name", EXAMPLES)
def test_missing_and_unknown_inputs_are_refused(name: str) -> None:
    for key in FORMULAS[name].takes:
        less = {k: v for k, v in EXAMPLES[name].items() if k != key}
        with pytest.raises(BadInput, match=key):
            evaluate({"formula": name, "inputs": less})
    with pytest.raises(BadInput, match="more"):
        evaluate(term(name, more=1))


@pytest.mark.parametrize("formula", [None, 7, "", "eval", "__class__", ["one_load_2"], {}])
def test_only_the_formulas_of_the_list_are_evaluated(formula: object) -> None:
    with pytest.raises(BadInput, match="no known formula"):
        evaluate({"formula": formula, "inputs": {}})


def test_what_does_not_fit_together_is_refused() -> None:
    never = [
        term("one_load_2", first=[0, 0, 0, 3], last=[3, 3, 3, 2]),
        term("one_load_2", last=[3, 3, 3, 4]),
        term("one_load_2", table=_ROWS[:3]),
        term("one_load_2", profile=[0.5, 0.5]),
        term("burst", ranks=[0.5, 0.4]),
        term("chosen_burst", inside=21),
        term("chosen_burst", inside=0),
        term("unusual_share", n_with=101),
        term("unusual_share", n_at_least=901),
        term("more_than_chance", n_hits_outside=91),
        term("moves_on", inside=[[9, 10], [30, 2], [60, 3]]),
        term("shared_traits", held=[1, 2]),
        term("one_mix", own=[0.5, 0.5]),
        term("dealt", together=[[1, 2], [3, 4], [5, 6]]),
    ]
    for one in never:
        with pytest.raises(BadInput):
            evaluate(one)


def test_small_files_cannot_ask_for_much_memory() -> None:
    many = [1] * 300_000
    spans = [[1] * 60] * 60
    with pytest.raises(BadInput, match="too many"):
        evaluate(term("dealt", sent=many, first=many, last=many, together=spans))
    with pytest.raises(BadInput, match="too many"):
        evaluate(term("one_class", codes=many, sizes=[1] * 60))
    with pytest.raises(BadInput, match="more than"):
        evaluate(term("shared_traits", has=[many] * 57))


def file_of_terms() -> dict[str, Any]:
    """A small file whose numbers were added up by hand."""

    def signal(name: str, family: str, question: str, formula: str) -> dict[str, Any]:
        one = {**term(formula), "gives": outcomes(term(formula))}
        return {"name": name, "id": "SWS-0", "family": family, "question": question,
                "bits": evaluate(one), "terms": [one]}  # fmt: skip

    signals = [
        signal("a", "x", "operator", "shared_traits"),
        signal("b", "x", "operator", "more_than_chance"),
        signal("c", "y", "operator", "one_load_2"),
        signal("d", "y", "harvest", "unusual_share"),
    ]
    bits = {s["name"]: s["bits"] for s in signals}
    x, y = max(bits["a"], bits["b"], 0.0) + min(bits["a"], bits["b"], 0.0), bits["c"]
    both = max(y, bits["d"], 0.0) + min(y, bits["d"], 0.0)
    rivals = [
        {"hypothesis": "none", "explains": [], "unexplained_bits": x + both},
        {"hypothesis": "load", "explains": ["c"], "unexplained_bits": x + bits["d"]},
    ]
    left = min(r["unexplained_bits"] for r in rivals)
    out = {
        "schema": SCHEMA, "version": "0", "campaign": "campaign:0a", "cap": 32.0,
        "signals": signals, "families": {"x": x, "y": y}, "harvest": {"y": bits["d"]},
        "weight_bits": x + y, "left_out": None, "rivals": rivals, "unexplained_bits": left,
        "opening": None,
        "accounts": {
            "parts": ["links", "opening"], "prior_bits": -6.0, "bits": [[8.0, 0.5], [7.25, 2.0]],
            "weight_bits": [8.5, 9.25], "membership": [1 / (1 + 2.0**-2.5), 1 / (1 + 2.0**-3.25)],
        },
        "discovery": {"unexplained_bits": left, "n_tested": 40, "rank": 2,
                      "fdr": min(1.0, 40 / 2 * 2.0**-left)},
    }  # fmt: skip
    return out | {"digest": digest(out)}


def test_a_file_that_was_added_up_by_hand_agrees() -> None:
    features = file_of_terms()
    assert recheck(features) == ()
    assert all(one.exactly for one in compare(orjson.loads(orjson.dumps(features))))
    assert all(one.exactly for one in compare(json.loads(spell(features))))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every number in a JSON value, and the way to it."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from places(one, (*path, key))
    elif isinstance(value, list):
        for nth, one in enumerate(value):
            yield from places(one, (*path, nth))
    elif isinstance(value, (int, float)):
        yield path, value


def changed(features: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy with another value at one place."""
    out: Any = copy.deepcopy(features)
    at = out
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return out  # type: ignore[no-any-return]


def test_any_number_that_was_changed_is_told() -> None:
    features = file_of_terms()
    for path, value in places(features):
        assert recheck(changed(features, path, value + 1)) != (), path


def test_a_sum_that_was_changed_is_told_though_the_digest_was_made_anew() -> None:
    features = file_of_terms()
    for path, value in places(features):
        if "inputs" in path or path == ("cap",):
            continue
        other = changed(features, path, value + 1)
        other["digest"] = digest(other)
        told = recheck(other)
        assert told and not any(line.startswith("digest") for line in told), path
        if path[-1] == "bits":
            assert "differs by -1" in told[0]


def test_a_difference_of_another_library_is_no_difference() -> None:
    features = file_of_terms()
    features["weight_bits"] = math.nextafter(features["weight_bits"], math.inf)
    features["digest"] = digest(features)
    assert recheck(features) == ()
    assert not all(one.exactly for one in compare(features))


def test_a_signal_that_nobody_vouches_for_is_told() -> None:
    features = file_of_terms()
    features["signals"][1] |= {"terms": [], "could_not_look": "it is not known any more"}
    features["digest"] = digest(features)
    assert recheck(features) == ("b: could not be done again: it is not known any more",)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=60)
@given(JSON, st.data())
def test_no_file_of_a_stranger_brings_it_down(value: Any, data: st.DataObject) -> None:
    assert recheck(value) != ()
    features = file_of_terms()
    path: tuple[Any, ...] = ()
    at: Any = features
    for _ in range(data.draw(st.integers(1, 6))):
        steps = list(at) if isinstance(at, dict) else list(range(len(at)))
        step = data.draw(st.sampled_from(steps))
        path, at = (*path, step), at[step]
        if not isinstance(at, (dict, list)) or not at:
            break
    if at == value:
        return
    told = recheck(changed(features, path, value))
    assert told != ()
