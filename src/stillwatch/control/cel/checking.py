"""Types: every expression is checked against the declared facts before it is compiled."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from stillwatch.control.cel.tree import Node, Wrong
from stillwatch.control.declaring import Fact, Kind
from stillwatch.control.facts import BY_NAME

_NUMBERS: Final = (Kind.INT, Kind.DOUBLE)
_ORDERED: Final = (Kind.INT, Kind.DOUBLE, Kind.STRING)
_STRING_TESTS: Final = ("startsWith", "endsWith", "contains")
MOST_NODES: Final = 2_000


def check(tree: Node) -> Node:
    """The tree with facts resolved and types known; the whole must be true or false.

    Raises:
        Wrong: a fact is unknown, types do not fit, or the expression is no condition.
    """
    if _size(tree) > MOST_NODES:
        raise Wrong(f"more than {MOST_NODES} parts", tree.at)
    checked = _check(tree, {})
    if checked.kind is not Kind.BOOL:
        raise Wrong(f"a condition must be true or false; this is {checked.kind}", tree.at)
    return checked


def _size(node: Node) -> int:
    return 1 + sum(_size(child) for child in node.args)


def _check(node: Node, variables: dict[str, Kind]) -> Node:
    match node.op:
        case "lit":
            return replace(node, kind=_kind_of(node.value))
        case "name":
            return _variable(node, variables)
        case "select":
            return _fact(node)
        case "call":
            return _call(node, variables)
        case "exists" | "all":
            return _macro(node, variables)
    args = tuple(_check(child, variables) for child in node.args)
    node = replace(node, args=args, nullable=any(child.nullable for child in args))
    return _operation(node)


def _operation(node: Node) -> Node:
    match node.op:
        case "list":
            return _list(node)
        case "index":
            _want(node.args[0], Kind.WEIGHTS)
            _want(node.args[1], Kind.STRING)
            return replace(node, kind=Kind.DOUBLE, nullable=True)
        case "method":
            return _method(node)
        case "!":
            _want(node.args[0], Kind.BOOL)
            return replace(node, kind=Kind.BOOL)
        case "neg":
            _want(node.args[0], *_NUMBERS)
            kind = node.args[0].kind
            return replace(node, kind=kind, nullable=node.nullable or kind is Kind.INT)
        case "&&" | "||":
            for side in node.args:
                _want(side, Kind.BOOL)
            return replace(node, kind=Kind.BOOL)
        case "?:":
            return _choice(node)
        case "in":
            return _membership(node)
        case "==" | "!=" | "<" | "<=" | ">" | ">=":
            return _comparison(node)
    return _arithmetic(node)


def _kind_of(value: object) -> Kind:
    if isinstance(value, bool):
        return Kind.BOOL
    if isinstance(value, int):
        return Kind.INT
    return Kind.DOUBLE if isinstance(value, float) else Kind.STRING


def _variable(node: Node, variables: dict[str, Kind]) -> Node:
    if node.value not in variables:
        groups = sorted({name.partition(".")[0] for name in BY_NAME})
        raise Wrong(f"{node.value} is unknown; facts begin with {', '.join(groups)}", node.at)
    return replace(node, op="var", kind=variables[node.value])


def _resolve(node: Node) -> Fact:
    if node.op != "select" or node.args[0].op != "name":
        raise Wrong("a fact is a group and a word, as in account.tier", node.at)
    name = f"{node.args[0].value}.{node.value}"
    if name not in BY_NAME:
        near = get_close_matches(name, BY_NAME, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise Wrong(f"there is no fact {name}{hint}", node.at)
    return BY_NAME[name]


def _fact(node: Node) -> Node:
    fact = _resolve(node)
    return Node("fact", (), fact, node.at, fact.kind, fact.nullable)


def _call(node: Node, variables: dict[str, Kind]) -> Node:
    if node.value == "has":
        if len(node.args) != 1:
            raise Wrong("has(...) takes one fact", node.at)
        return Node("has", (), _resolve(node.args[0]), node.at, Kind.BOOL)
    args = tuple(_check(child, variables) for child in node.args)
    if node.value not in ("size", "double") or len(args) != 1:
        raise Wrong(f"{node.value}(...) is no function of the subset", node.at)
    if node.value == "size":
        _want(args[0], Kind.STRINGS, Kind.WEIGHTS)
    else:
        _want(args[0], *_NUMBERS)
    kind = Kind.INT if node.value == "size" else Kind.DOUBLE
    return replace(node, args=args, kind=kind, nullable=args[0].nullable)


def _macro(node: Node, variables: dict[str, Kind]) -> Node:
    over = _check(node.args[0], variables)
    _want(over, Kind.STRINGS, Kind.WEIGHTS)
    if node.value in variables or any(node.value == n.partition(".")[0] for n in BY_NAME):
        raise Wrong(f"{node.value} already means something", node.at)
    body = _check(node.args[1], {**variables, str(node.value): Kind.STRING})
    _want(body, Kind.BOOL)
    nullable = over.nullable or body.nullable
    return replace(node, args=(over, body), kind=Kind.BOOL, nullable=nullable)


def _list(node: Node) -> Node:
    kinds = {child.kind for child in node.args}
    if not kinds <= {Kind.STRING} and not kinds <= {Kind.INT} and not kinds <= {Kind.DOUBLE}:
        raise Wrong("a list holds strings, or whole numbers, or doubles, one kind only", node.at)
    if any(child.op not in ("lit", "neg") for child in node.args):
        raise Wrong("a list holds literals only", node.at)
    return replace(node, kind=Kind.STRINGS, nullable=False)


def _method(node: Node) -> Node:
    if node.value not in _STRING_TESTS or len(node.args) != 2:
        raise Wrong(f".{node.value}(...) is no method of the subset", node.at)
    for side in node.args:
        _want(side, Kind.STRING)
    return replace(node, kind=Kind.BOOL)


def _choice(node: Node) -> Node:
    test, yes, no = node.args
    _want(test, Kind.BOOL)
    if yes.kind is not no.kind:
        raise Wrong(f"the two answers differ: {yes.kind} and {no.kind}", node.at)
    return replace(node, kind=yes.kind)


def _membership(node: Node) -> Node:
    left, right = node.args
    if right.op == "list":
        if right.args and right.args[0].kind is not left.kind:
            raise Wrong(f"{left.kind} is never in a list of {right.args[0].kind}", node.at)
        _want(left, *_ORDERED)
    else:
        _want(right, Kind.STRINGS, Kind.WEIGHTS)
        _want(left, Kind.STRING)
    return replace(node, kind=Kind.BOOL)


def _comparison(node: Node) -> Node:
    left, right = node.args
    numbers = left.kind in _NUMBERS and right.kind in _NUMBERS
    if left.kind is not right.kind and not numbers:
        raise Wrong(f"{left.kind} cannot be compared with {right.kind}", node.at)
    wanted = (Kind.BOOL, *_ORDERED) if node.op in ("==", "!=") else _ORDERED
    _want(left, *wanted)
    return replace(node, kind=Kind.BOOL)


def _arithmetic(node: Node) -> Node:
    left, right = node.args
    _want(left, *_NUMBERS)
    if left.kind is not right.kind:
        raise Wrong(
            f"{left.kind} and {right.kind} do not mix in {node.op!r}; write 2.0, or double(...)",
            node.at,
        )
    if node.op == "%" and left.kind is not Kind.INT:
        raise Wrong("% is for whole numbers", node.at)
    return replace(node, kind=left.kind, nullable=node.nullable or left.kind is Kind.INT)


def _want(node: Node, *kinds: Kind) -> None:
    if node.kind not in kinds or (node.op == "list" and Kind.STRINGS in kinds and node.args):
        wanted = " or ".join(kinds)
        found = "a list of literals" if node.op == "list" else node.kind
        raise Wrong(f"{wanted} is needed here, this is {found}", node.at)
