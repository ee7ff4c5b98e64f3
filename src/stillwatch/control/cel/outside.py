"""Whether a condition can hold where only a part of the facts is settled.

Settled facts have the value that is handed in; every other fact may be anything. Each part of
the expression is asked for the set of answers that it can give: true, false, or error (CEL's
word for unknown). The sets are never too small, so "cannot hold" is proven and "can hold" may
be too careful. Asked of an account outside every campaign, this is what keeps a policy from
accusing single accounts.
"""

from __future__ import annotations

from itertools import product
from typing import Final

from stillwatch.control.cel.compiling import Holding, compile_all
from stillwatch.control.cel.tree import Node
from stillwatch.control.declaring import UNSAID, Kind
from stillwatch.control.facts import Facts, value_of

#: an answer: true, false, or None for an error.
Answers = frozenset[bool | None]
_ANY: Final[Answers] = frozenset({True, False, None})
_NOWHERE: Final = Facts("")


class Reach:
    """A condition, asked whom it can reach. Campaign facts are settled, the rest is open.

    Args:
        condition: a checked tree.
    """

    def __init__(self, condition: Node) -> None:
        self._condition = condition
        self._facts = _NOWHERE
        self._compiled: dict[int, tuple[Holding, Holding]] = {}
        self._same: dict[int, Node] = {}

    def outside(self) -> bool:
        """Whether some account outside every campaign could meet it."""
        return self.member(_NOWHERE)

    def member(self, facts: Facts) -> bool:
        """Whether some request of an account with these campaign facts could meet it."""
        self._facts = facts
        return True in self.answers(self._condition)

    def answers(self, node: Node) -> Answers:
        """Every answer that a condition can give."""
        if self._settled(node):
            return frozenset({self._evaluated(node)})
        match node.op:
            case "!":
                return frozenset(_not(x) for x in self.answers(node.args[0]))
            case "&&":
                return frozenset(_and(a, b) for a, b in self._pairs(node))
            case "||":
                return frozenset(_not(_and(_not(a), _not(b))) for a, b in self._pairs(node))
            case "?:" if node.kind is Kind.BOOL:
                return self._choice(node)
            case "exists" | "all" if self._is_empty(node.args[0]):
                return frozenset({node.op == "all"})
        if any(self._is_error(child) for child in node.args):
            return frozenset({None})
        return _ANY

    def _choice(self, node: Node) -> Answers:
        test, yes, no = (self.answers(x) for x in node.args)
        out: set[bool | None] = {None} if None in test else set()
        if True in test:
            out |= yes
        if False in test:
            out |= no
        return frozenset(out)

    def _pairs(self, node: Node) -> product[tuple[bool | None, bool | None]]:
        return product(self.answers(node.args[0]), self.answers(node.args[1]))

    def _settled(self, node: Node) -> bool:
        if node.op in ("fact", "has"):
            return node.fact.outside is not UNSAID
        return node.op != "var" and all(self._settled(x) for x in node.args)

    def _evaluated(self, node: Node) -> bool | None:
        true, unknown = self._both(node)
        if true(self._facts, 0):
            return True
        return None if unknown(self._facts, 0) else False

    def _both(self, node: Node) -> tuple[Holding, Holding]:
        made = self._compiled.get(id(node))
        if made is None:
            made = compile_all([node]), compile_all([node], unknown=True)
            self._compiled[id(node)] = made
        return made

    def _is_empty(self, node: Node) -> bool:
        if node.op != "fact" or not self._settled(node):
            return False
        return not value_of(node.fact, self._facts, 0)

    def _is_error(self, node: Node) -> bool:
        """Whether a settled operand is an error, so that what it stands in is one too."""
        if not self._settled(node) or node.kind in (Kind.BOOL, Kind.STRINGS, Kind.WEIGHTS):
            return False
        if not node.nullable:
            return False
        same = self._same.setdefault(
            id(node), Node("==", (node, node), at=node.at, kind=Kind.BOOL, nullable=True)
        )
        return bool(self._both(same)[1](self._facts, 0))


def _and(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _not(a: bool | None) -> bool | None:
    return None if a is None else not a
