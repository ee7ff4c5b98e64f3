"""The tree of an expression, and the error that points into its text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stillwatch.control.declaring import Fact, Kind


class Wrong(Exception):
    """An expression that cannot stand.

    Args:
        what: what is wrong, in a sentence.
        at: offset in the text, characters.
    """

    def __init__(self, what: str, at: int) -> None:
        self.what = what
        self.at = at
        super().__init__(f"{what} (character {at + 1})")


@dataclass(frozen=True, slots=True)
class Node:
    """One node.

    ``op`` is an operator's sign, or one of ``lit list name select index call method fact var
    has exists all``; ``value`` is the literal, the word, the function or the fact.

    Args:
        op: what it is.
        args: what it is applied to.
        value: see above.
        at: offset of its beginning in the text.
        kind: its type, once checked.
        nullable: whether it can be unknown, once checked.
    """

    op: str
    args: tuple[Node, ...] = ()
    value: Any = None
    at: int = 0
    kind: Kind | None = None
    nullable: bool = False

    @property
    def fact(self) -> Fact:
        """The fact that a checked leaf speaks of."""
        assert isinstance(self.value, Fact)
        return self.value


def facts_in(node: Node) -> frozenset[Fact]:
    """Every fact that an expression speaks of."""
    own = {node.value} if isinstance(node.value, Fact) else set()
    return frozenset(own).union(*(facts_in(child) for child in node.args))


#: binding strength by operator, weakest first.
STRENGTH: dict[str, int] = {
    "?:": 1, "||": 2, "&&": 3,
    "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "in": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip


def shown(node: Node) -> str:
    """The expression as text again, with as many brackets as it needs."""
    return _shown(node, 0)


def _shown(node: Node, least: int) -> str:
    match node.op:
        case "lit":
            return _literal(node.value)
        case "fact":
            return node.fact.name
        case "name" | "var":
            return str(node.value)
        case "has":
            return f"has({node.fact.name})"
        case "select":
            return f"{_shown(node.args[0], 9)}.{node.value}"
        case "list":
            return f"[{', '.join(_shown(x, 0) for x in node.args)}]"
        case "index":
            return f"{_shown(node.args[0], 9)}[{_shown(node.args[1], 0)}]"
        case "call":
            return f"{node.value}({', '.join(_shown(x, 0) for x in node.args)})"
        case "method":
            rest = ", ".join(_shown(x, 0) for x in node.args[1:])
            return f"{_shown(node.args[0], 9)}.{node.value}({rest})"
        case "exists" | "all":
            body = _shown(node.args[1], 0)
            return f"{_shown(node.args[0], 9)}.{node.op}({node.value}, {body})"
        case "!" | "neg":
            return ("!" if node.op == "!" else "-") + _shown(node.args[0], 8)
    return _operator(node, least)


def _operator(node: Node, least: int) -> str:
    strength = STRENGTH[node.op]
    if node.op == "?:":
        test, yes, no = (_shown(x, 1 if i == 2 else 2) for i, x in enumerate(node.args))
        text = f"{test} ? {yes} : {no}"
    else:
        left, right = node.args
        text = f"{_shown(left, strength)} {node.op} {_shown(right, strength + 1)}"
    return f"({text})" if strength < least else text


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        inner = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{inner}"'
    return repr(value)
