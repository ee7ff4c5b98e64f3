"""Text to tree: a reader of CEL by precedence, with bounds on length and depth."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from stillwatch.control.cel.tree import STRENGTH, Node, Wrong

LONGEST: Final = 4_000
DEEPEST: Final = 40
_INT_MAX = 2**63 - 1

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|//[^\n]*)
      | (?P<double>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)
      | (?P<int>0x[0-9a-fA-F]+|\d+)
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<word>[A-Za-z_]\w*)
      | (?P<sign>&&|\|\||[=!<>]=|[-+*/%<>!?:.,()\[\]{}])""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}
_RESERVED = {"in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
             "let", "loop", "package", "namespace", "return", "var", "void", "while"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Node:
    """Read an expression.

    Raises:
        Wrong: it is no CEL, or not of the subset; the error holds the offset.
    """
    if len(text) > LONGEST:
        raise Wrong(f"longer than {LONGEST} characters", LONGEST)
    reader = _Reader(_tokens(text), len(text))
    tree = reader.expression()
    reader.end()
    if _depth(tree) > DEEPEST * 3:
        raise Wrong(f"more than {DEEPEST * 3} parts in a row; make two rules of it", 0)
    return tree


def _depth(tree: Node) -> int:
    depth, level = 0, [tree]
    while level:
        depth, level = depth + 1, [child for node in level for child in node.args]
    return depth


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise Wrong(f"{text[at]!r} cannot stand here", at)
        if match.lastgroup != "space":
            found.append(_Token(match.lastgroup, match[0], at))
        glued = match.lastgroup in ("int", "double") and text[match.end() : match.end() + 1]
        if glued and (glued.isalnum() or glued == "_"):
            raise Wrong(f"{match[0]}{glued} is no number of the subset", at)
        at = match.end()
    return found


class _Reader:
    """Recursive descent over the tokens; depth is bounded."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens = tokens
        self._place = 0
        self._end = end
        self._depth = 0

    def end(self) -> None:
        if self._place < len(self._tokens):
            token = self._tokens[self._place]
            raise Wrong(f"{token.text!r} is more than an expression", token.at)

    def expression(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Wrong(f"nested more than {DEEPEST} deep", self._at())
        try:
            return self._choice()
        finally:
            self._depth -= 1

    def _choice(self) -> Node:
        test = self._binary(2)
        if not self._take("?"):
            return test
        yes = self._binary(2)
        self._need(":")
        return Node("?:", (test, yes, self.expression()), at=test.at)

    def _binary(self, least: int) -> Node:
        left = self._unary()
        while True:
            sign = self._peek()
            strength = STRENGTH.get(sign, 0) if sign != "?:" else 0
            if strength < least:
                return left
            self._place += 1
            right = self._binary(strength + 1)
            left = Node(sign, (left, right), at=left.at)

    def _unary(self) -> Node:
        at, signs = self._at(), []
        while self._peek() in ("!", "-"):
            signs.append(self._tokens[self._place].text)
            self._place += 1
            if len(signs) > DEEPEST:
                raise Wrong("too many signs", at)
        node = self._members(negative=bool(signs) and signs[-1] == "-")
        if node.op == "lit" and node.value == -(_INT_MAX + 1):
            signs.pop()
        for sign in reversed(signs):
            node = Node("!" if sign == "!" else "neg", (node,), at=at)
        return node

    def _members(self, *, negative: bool) -> Node:
        node = self._primary(negative=negative)
        while True:
            if self._take("."):
                word = self._word()
                node = self._method(node, word) if self._take("(") else Node(
                    "select", (node,), word.text, node.at
                )  # fmt: skip
            elif self._take("["):
                node = Node("index", (node, self.expression()), at=node.at)
                self._need("]")
            else:
                return node

    def _method(self, on: Node, word: _Token) -> Node:
        if word.text in ("exists", "all"):
            variable = self._word()
            self._need(",")
            body = self.expression()
            self._need(")")
            return Node(word.text, (on, body), variable.text, word.at)
        return Node("method", (on, *self._arguments(")")), word.text, word.at)

    def _primary(self, *, negative: bool) -> Node:
        if self._place >= len(self._tokens):
            raise Wrong("the expression ends too early", self._end)
        token = self._tokens[self._place]
        self._place += 1
        match token.kind:
            case "int":
                return Node("lit", value=_integer(token, negative=negative), at=token.at)
            case "double":
                return Node("lit", value=float(token.text), at=token.at)
            case "string":
                return Node("lit", value=_unescaped(token), at=token.at)
            case "word":
                return self._named(token)
        if token.text == "(":
            inner = self.expression()
            self._need(")")
            return inner
        if token.text == "[":
            return Node("list", tuple(self._arguments("]")), at=token.at)
        raise Wrong(f"{token.text!r} cannot begin an expression", token.at)

    def _named(self, token: _Token) -> Node:
        if token.text in ("true", "false"):
            return Node("lit", value=token.text == "true", at=token.at)
        if token.text in _RESERVED:
            raise Wrong(f"{token.text!r} is a reserved word", token.at)
        if self._take("("):
            return Node("call", tuple(self._arguments(")")), token.text, token.at)
        return Node("name", value=token.text, at=token.at)

    def _arguments(self, close: str) -> list[Node]:
        found: list[Node] = []
        if self._take(close):
            return found
        while True:
            found.append(self.expression())
            if self._take(close):
                return found
            self._need(",")

    def _word(self) -> _Token:
        if self._place >= len(self._tokens) or self._tokens[self._place].kind != "word":
            raise Wrong("a word is needed here", self._at())
        self._place += 1
        return self._tokens[self._place - 1]

    def _peek(self) -> str:
        if self._place >= len(self._tokens):
            return ""
        token = self._tokens[self._place]
        return token.text if token.kind in ("sign", "word") else ""

    def _take(self, sign: str) -> bool:
        if self._peek() != sign:
            return False
        self._place += 1
        return True

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise Wrong(f"{sign!r} is needed here", self._at())

    def _at(self) -> int:
        return self._tokens[self._place].at if self._place < len(self._tokens) else self._end


def _integer(token: _Token, *, negative: bool) -> int:
    value = int(token.text, 0) if token.text.startswith("0x") else int(token.text)
    if negative and value == _INT_MAX + 1:
        return -value
    if value > _INT_MAX:
        raise Wrong(f"{token.text} does not fit 64 bits", token.at)
    return value


def _unescaped(token: _Token) -> str:
    out, rest = [], iter(token.text[1:-1])
    for letter in rest:
        if letter != "\\":
            out.append(letter)
            continue
        marked = next(rest)
        if marked not in _ESCAPES:
            raise Wrong(f"\\{marked} is no escape of the subset", token.at)
        out.append(_ESCAPES[marked])
    return "".join(out)
