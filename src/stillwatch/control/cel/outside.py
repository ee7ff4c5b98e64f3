"""Whether a condition can hold for an account outside every campaign.

Campaign facts take the value that they have outside; every other fact may be anything. Each
part of the expression is asked for the set of answers that it can give: true, false, or error
(CEL's word for unknown). The sets are never too small, so "cannot hold" is proven and "can
hold" may be too careful.
"""

from __future__ import annotations

from itertools import product
from typing import Any, Final

from stillwatch.control.cel.compiling import compile_all
from stillwatch.control.cel.tree import Node
from stillwatch.control.facts import UNSAID, Facts, Kind

#: an answer: true, false, or None for an error.
Answers = frozenset[bool | None]
_ANY: Final[Answers] = frozenset({True, False, None})
_NOWHERE: Final = Facts("")


def can_hold_outside(condition: Node) -> bool:
    """Whether some account outside every campaign could meet a checked condition."""
    return True in _answers(condition)


def _answers(node: Node) -> Answers:
    if _settled(node):
        return frozenset({_evaluated(node)})
    match node.op:
        case "!":
            return frozenset(None if x is None else not x for x in _answers(node.args[0]))
        case "&&":
            return frozenset(_and(a, b) for a, b in _pairs(node))
        case "||":
            return frozenset(_not(_and(_not(a), _not(b))) for a, b in _pairs(node))
        case "?:" if node.kind is Kind.BOOL:
            test, yes, no = (_answers(x) for x in node.args)
            out: set[bool | None] = {None} if None in test else set()
            if True in test:
                out |= yes
            if False in test:
                out |= no
            return frozenset(out)
        case "exists" | "all" if _settled(node.args[0]):
            return frozenset({node.op == "all"}) if not _size(node.args[0]) else _ANY
    return _never_true(node)


def _never_true(node: Node) -> Answers:
    """A comparison one side of which is an error outside can be nothing but an error."""
    if any(_settled(x) and x.kind is not Kind.BOOL and _is_error(x) for x in node.args):
        return frozenset({None})
    return _ANY


def _settled(node: Node) -> bool:
    """Whether an account outside every campaign leaves nothing open in it."""
    if node.op in ("fact", "has"):
        return node.fact.outside is not UNSAID
    if node.op == "var":
        return False
    return all(_settled(x) for x in node.args)


def _evaluated(node: Node) -> bool | None:
    if compile_all([node])(_NOWHERE, 0):
        return True
    return None if compile_all([node], unknown=True)(_NOWHERE, 0) else False


def _is_error(node: Node) -> bool:
    same = Node("==", (node, node), at=node.at, kind=Kind.BOOL, nullable=node.nullable)
    if node.kind in (Kind.STRINGS, Kind.WEIGHTS):
        return False
    return bool(compile_all([same], unknown=True)(_NOWHERE, 0))


def _size(node: Node) -> int:
    value: Any = node.fact.outside if node.op == "fact" else (1,)
    return len(value)


def _pairs(node: Node) -> product[tuple[bool | None, bool | None]]:
    return product(_answers(node.args[0]), _answers(node.args[1]))


def _and(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _not(a: bool | None) -> bool | None:
    return None if a is None else not a
