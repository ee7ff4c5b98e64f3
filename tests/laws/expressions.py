"""Random conditions over the declared facts, as text, and random facts to try them on."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from stillwatch.control.declaring import Kind
from stillwatch.control.facts import FACTS, Facts
from stillwatch.control.trying import facts_from

BY_KIND = {kind: [fact.name for fact in FACTS if fact.kind is kind] for kind in Kind}
WORDS = ["", "open", "SWT-L2", "content", "m-1", "reseller"]
_NULLABLE = [fact.name for fact in FACTS if fact.nullable]
_SIGNS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
_DOUBLES = st.sampled_from(["0.0", "0.5", "0.9", "1.0", "2.5", "10.0", "1e3"])
_INTS = st.sampled_from(["0", "1", "2", "3", "7", "64", "9223372036854775807"])
_STRINGS = st.sampled_from([f'"{word}"' for word in WORDS])


def _fact(kind: Kind) -> st.SearchStrategy[str]:
    return st.sampled_from(BY_KIND[kind])


@cache
def _ints() -> st.SearchStrategy[str]:
    sized = st.sampled_from([*BY_KIND[Kind.STRINGS], *BY_KIND[Kind.WEIGHTS]])
    leaf = _fact(Kind.INT) | _INTS | sized.map(lambda x: f"size({x})")
    return st.recursive(
        leaf,
        lambda inner: st.tuples(inner, st.sampled_from("+-*/%"), inner).map(
            lambda x: f"({x[0]} {x[1]} {x[2]})"
        ),
        max_leaves=3,
    )


@cache
def _doubles() -> st.SearchStrategy[str]:
    weights = st.tuples(_fact(Kind.WEIGHTS), _STRINGS).map(lambda x: f"{x[0]}[{x[1]}]")
    leaf = _fact(Kind.DOUBLE) | _DOUBLES | weights | _ints().map(lambda x: f"double({x})")
    return st.recursive(
        leaf,
        lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(
            lambda x: f"({x[0]} {x[1]} {x[2]})"
        ),
        max_leaves=3,
    )


@cache
def _atoms() -> st.SearchStrategy[str]:
    strings = _fact(Kind.STRING) | _STRINGS
    some = st.lists(_STRINGS, max_size=3).map(lambda x: f"[{', '.join(x)}]")
    held = st.sampled_from([*BY_KIND[Kind.STRINGS], *BY_KIND[Kind.WEIGHTS]])
    body = st.tuples(st.sampled_from(["startsWith", "endsWith", "contains"]), _STRINGS)
    numbers = _ints() | _doubles()
    return st.one_of(
        _fact(Kind.BOOL),
        st.sampled_from(["true", "false"]),
        st.sampled_from(_NULLABLE).map(lambda x: f"has({x})"),
        st.tuples(numbers, _SIGNS, numbers).map(lambda x: f"{x[0]} {x[1]} {x[2]}"),
        st.tuples(strings, _SIGNS, strings).map(lambda x: f"{x[0]} {x[1]} {x[2]}"),
        st.tuples(strings, some).map(lambda x: f"{x[0]} in {x[1]}"),
        st.tuples(strings, held).map(lambda x: f"{x[0]} in {x[1]}"),
        st.tuples(_fact(Kind.INT), _INTS, _INTS).map(lambda x: f"{x[0]} in [{x[1]}, {x[2]}]"),
        st.tuples(_fact(Kind.STRING), body).map(lambda x: f"{x[0]}.{x[1][0]}({x[1][1]})"),
        st.tuples(held, st.sampled_from(["exists", "all"]), body).map(
            lambda x: f"{x[0]}.{x[1]}(t, t.{x[2][0]}({x[2][1]}))"
        ),
    )


@cache
def conditions(max_leaves: int = 8) -> st.SearchStrategy[str]:
    """Conditions of the subset, well typed."""
    return st.recursive(
        _atoms(),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(
                lambda x: f"({x[0]}) {x[1]} ({x[2]})"
            ),
            inner.map(lambda x: f"!({x})"),
            st.tuples(inner, inner, inner).map(lambda x: f"({x[0]}) ? ({x[1]}) : ({x[2]})"),
            st.tuples(inner, st.sampled_from(["==", "!="]), inner).map(
                lambda x: f"({x[0]}) {x[1]} ({x[2]})"
            ),
        ),
        max_leaves=max_leaves,
    )


def _value(kind: Kind) -> st.SearchStrategy[Any]:
    words = st.sampled_from(WORDS)
    return {
        Kind.BOOL: st.booleans(),
        Kind.INT: st.sampled_from([0, 1, 2, 3, 64, 2**62]),
        Kind.DOUBLE: st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0, 2.5, 1000.0]),
        Kind.STRING: words,
        Kind.STRINGS: st.lists(words, max_size=2),
        Kind.WEIGHTS: st.dictionaries(words, st.sampled_from([0.0, 1.0, 12.5]), max_size=2),
    }[kind]


@cache
def facts(groups: frozenset[str] | None = None) -> st.SearchStrategy[Facts]:
    """Facts of an account; some are not told, and those that can be are unknown.

    Args:
        groups: which groups may be told; all for ``None``.
    """
    optional = {
        fact.name: _value(fact.kind)
        for fact in FACTS
        if groups is None or fact.name.partition(".")[0] in groups
    }
    return st.fixed_dictionaries({}, optional=optional).map(lambda told: facts_from(told, NOW_US))


NOW_US = 1_700_000_000_000_000
