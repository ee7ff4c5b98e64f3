"""Checked trees to one Python function that returns which of them hold.

No text is ever evaluated: Python's own syntax tree is built node by node from the checked
expression, and only the facts, literals and the few functions below can stand in it. A
condition that can be unknown has two compiled forms, "is true" and "is false"; where neither
holds it is unknown, which is what CEL calls an error. ``&&`` and ``||`` of the two forms give
CEL's absorption for nothing.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from types import CodeType, FunctionType
from typing import Any

from stillwatch.control.cel.tree import Node, facts_in
from stillwatch.control.declaring import Fact, Kind
from stillwatch.control.facts import FACTS, Facts

#: takes facts and the moment (microseconds); returns the positions of what holds.
Holding = Callable[[Facts, int], list[int]]
_LOW, _HIGH = -(2**63), 2**63 - 1
_TESTS = {"startsWith": "startswith", "endsWith": "endswith"}
_SIGNS: dict[str, type[ast.cmpop]] = {
    "==": ast.Eq, "!=": ast.NotEq, "<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE,
}  # fmt: skip


def compile_all(conditions: Sequence[Node], *, unknown: bool = False) -> Holding:
    """One function over many conditions; facts that they share are read once.

    Args:
        conditions: checked trees, each true or false.
        unknown: return the positions of those that are neither true nor false instead.
    """
    facts = frozenset[Fact]().union(*(facts_in(node) for node in conditions))
    writer = _Writer()
    body: list[ast.stmt] = [*_hoisted(facts)]
    body.append(_assign("hits", ast.List([], ast.Load())))
    for place, node in enumerate(conditions):
        if unknown and not node.nullable:
            continue
        test = _neither(writer, node) if unknown else writer.true(node)
        append = ast.Attribute(_load("hits"), "append", ast.Load())
        body.append(ast.If(test, [ast.Expr(ast.Call(append, [ast.Constant(place)], []))], []))
    body.append(ast.Return(_load("hits")))
    return _function(body, writer.sets)


def _neither(writer: _Writer, node: Node) -> ast.expr:
    either = ast.BoolOp(ast.Or(), [writer.true(node), writer.false(node)])
    return ast.UnaryOp(ast.Not(), either)


def _function(body: list[ast.stmt], sets: dict[str, frozenset[Any]]) -> Holding:
    names = [ast.arg("f"), ast.arg("now")]
    arguments = ast.arguments(
        posonlyargs=names, args=[], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    whole = ast.FunctionDef("holding", arguments, body, [])
    module = ast.fix_missing_locations(ast.Module([whole], []))
    code = compile(module, "<policy>", "exec")
    inner = next(part for part in code.co_consts if isinstance(part, CodeType))
    made: Holding = FunctionType(inner, {"__builtins__": {}, **_FUNCTIONS, **sets})
    return made


def _hoisted(facts: frozenset[Fact]) -> list[ast.stmt]:
    """Read every fact into a local of its own, groups first."""
    out: list[ast.stmt] = []
    used = [fact for fact in FACTS if fact in facts]
    for group in dict.fromkeys(fact.path[0] for fact in used):
        out.append(_assign(f"g_{group}", ast.Attribute(_load("f"), group, ast.Load())))
    for fact in used:
        group, attribute = fact.path
        value: ast.expr = ast.Attribute(_load(f"g_{group}"), attribute, ast.Load())
        out.append(_assign(_local(fact), value))
        if fact.since:
            age = ast.BinOp(
                ast.BinOp(_load("now"), ast.Sub(), _load(_local(fact))),
                ast.Div(),
                ast.Constant(fact.per_us),
            )
            there = ast.Compare(_load(_local(fact)), [ast.IsNot()], [ast.Constant(None)])
            out.append(ast.If(there, [_assign(_local(fact), age)], []))
    return out


def _local(fact: Fact) -> str:
    return "v_" + fact.name.replace(".", "_")


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _called(name: str, *args: ast.expr) -> ast.expr:
    return ast.Call(_load(name), list(args), [])


class _Writer:
    """Writes the two forms of conditions, and values; numbers its temporaries."""

    def __init__(self) -> None:
        self._n = 0
        self.sets: dict[str, frozenset[Any]] = {}

    def _set(self, node: Node) -> str:
        """Name of the set that a list of literals becomes."""
        name = f"s_{len(self.sets)}"
        self.sets[name] = frozenset(_literal(x) for x in node.args)
        return name

    def true(self, node: Node) -> ast.expr:
        """Python that is true where the condition is true."""
        return self._form(node, want=True)

    def false(self, node: Node) -> ast.expr:
        """Python that is true where the condition is false."""
        if not node.nullable:
            return ast.UnaryOp(ast.Not(), self._form(node, want=True))
        return self._form(node, want=False)

    def _form(self, node: Node, *, want: bool) -> ast.expr:
        side = self.true if want else self.false
        match node.op:
            case "!":
                return self.false(node.args[0]) if want else self.true(node.args[0])
            case "&&" | "||":
                both = (node.op == "&&") == want
                return ast.BoolOp(ast.And() if both else ast.Or(), [side(x) for x in node.args])
            case "?:":
                test, yes, no = node.args
                first = ast.BoolOp(ast.And(), [self.true(test), side(yes)])
                return ast.BoolOp(
                    ast.Or(), [first, ast.BoolOp(ast.And(), [self.false(test), side(no)])]
                )
            case "exists" | "all":
                return self._macro(node, want=want)
            case "lit":
                return ast.Constant(bool(node.value) is want)
            case "fact":
                if node.nullable:
                    return ast.Compare(_load(_local(node.fact)), [ast.Is()], [ast.Constant(want)])
                return _load(_local(node.fact))
            case "has":
                return ast.Compare(_load(_local(node.fact)), [ast.IsNot()], [ast.Constant(None)])
        return self._test(node, want=want)

    def _macro(self, node: Node, *, want: bool) -> ast.expr:
        over, body = node.args
        if not want and node.nullable is False:
            return ast.UnaryOp(ast.Not(), self._macro(node, want=True))
        test = self.true(body) if want else self.false(body)
        loop = ast.comprehension(
            ast.Name(f"x_{node.value}", ast.Store()), self.value(over), [], is_async=0
        )
        name = "any" if (node.op == "exists") == want else "all"
        return _called(name, ast.GeneratorExp(test, [loop]))

    def _test(self, node: Node, *, want: bool) -> ast.expr:
        """A comparison, membership or test of a string, its operands known to be there."""
        guards: list[ast.expr] = []
        operands = []
        for child in node.args:
            value = self.value(child)
            if child.nullable:
                if not isinstance(value, ast.Name):
                    self._n += 1
                    name = f"t_{self._n}"
                    value, kept = _load(name), value
                    first: ast.expr = ast.NamedExpr(ast.Name(name, ast.Store()), kept)
                else:
                    first = value
                guards.append(ast.Compare(first, [ast.IsNot()], [ast.Constant(None)]))
            operands.append(value)
        test = self._plain(node, operands)
        if not want:
            test = ast.UnaryOp(ast.Not(), test)
        return ast.BoolOp(ast.And(), [*guards, test]) if guards else test

    def _plain(self, node: Node, operands: list[ast.expr]) -> ast.expr:
        left, right = operands
        if node.op == "in":
            return ast.Compare(left, [ast.In()], [right])
        if node.op == "method":
            if node.value == "contains":
                return ast.Compare(right, [ast.In()], [left])
            test = ast.Attribute(left, _TESTS[str(node.value)], ast.Load())
            return ast.Call(test, [right], [])
        return ast.Compare(left, [_SIGNS[node.op]()], [right])

    def value(self, node: Node) -> ast.expr:
        """Python that gives the value, ``None`` where it is unknown."""
        if node.kind is Kind.BOOL and node.op != "fact":
            if not node.nullable:
                return self.true(node)
            known = ast.IfExp(self.false(node), ast.Constant(False), ast.Constant(None))
            return ast.IfExp(self.true(node), ast.Constant(True), known)
        match node.op:
            case "lit":
                return ast.Constant(node.value)
            case "fact":
                return _load(_local(node.fact))
            case "var":
                return _load(f"x_{node.value}")
            case "list":
                return _load(self._set(node))
            case "index":
                return _called("at", *(self.value(x) for x in node.args))
            case "call":
                return _called(str(node.value), self.value(node.args[0]))
            case "?:":
                test, yes, no = node.args
                other: ast.expr = self.value(no)
                if test.nullable:
                    other = ast.IfExp(self.false(test), other, ast.Constant(None))
                return ast.IfExp(self.true(test), self.value(yes), other)
        return self._arithmetic(node)

    def _arithmetic(self, node: Node) -> ast.expr:
        kind = "int" if node.kind is Kind.INT else "double"
        name = f"{kind}_{_WORDS[node.op]}"
        return _called(name, *(self.value(x) for x in node.args))


def _literal(node: Node) -> Any:
    return -node.args[0].value if node.op == "neg" else node.value


_WORDS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "%": "mod", "neg": "neg"}


def _whole(made: Callable[..., int]) -> Callable[..., int | None]:
    """Arithmetic on 64 bits: unknown where an operand is, or where it overflows."""

    def safe(*args: int | None) -> int | None:
        if None in args:
            return None
        try:
            value = made(*args)
        except ZeroDivisionError:
            return None
        return value if _LOW <= value <= _HIGH else None

    return safe


def _double(made: Callable[..., float]) -> Callable[..., float | None]:
    def safe(*args: float | None) -> float | None:
        return None if None in args else made(*args)

    return safe


def _divided(left: float, right: float) -> float:
    if right == 0.0:
        if left == 0.0 or math.isnan(left):
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1.0, right)
    return left / right


def _quotient(left: int, right: int) -> int:
    whole = abs(left) // abs(right)
    return whole if (left < 0) == (right < 0) else -whole


_FUNCTIONS: dict[str, Any] = {
    "any": any,
    "all": all,
    "at": lambda weights, key: None if key is None or weights is None else weights.get(key),
    "size": lambda x: None if x is None else len(x),
    "double": lambda x: None if x is None else float(x),
    "int_add": _whole(lambda a, b: a + b),
    "int_sub": _whole(lambda a, b: a - b),
    "int_mul": _whole(lambda a, b: a * b),
    "int_div": _whole(_quotient),
    "int_mod": _whole(lambda a, b: a - b * _quotient(a, b)),
    "int_neg": _whole(lambda a: -a),
    "double_add": _double(lambda a, b: a + b),
    "double_sub": _double(lambda a, b: a - b),
    "double_mul": _double(lambda a, b: a * b),
    "double_div": _double(_divided),
    "double_neg": _double(lambda a: -a),
}
