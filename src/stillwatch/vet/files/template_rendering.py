"""A chat template rendered as the loaders render it, in a sandbox, at a day that is given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension, loopcontrols
from jinja2.optimizer import optimize
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST_OUTPUT: Final = 400_000
TOOLS: Final[list[dict[str, Any]]] = [
    {
        "type": "function",
        "function": {
            "name": "zqtool",
            "description": "zqdescription",
            "parameters": {"type": "object", "properties": {}},
        },
    }
]


class Refused(Exception):
    """The template refuses the dialogue, or cannot be rendered."""


class _Generation(Extension):
    """The block that marks what the assistant said; what is inside is rendered."""

    tags = {"generation"}  # noqa: RUF012 - jinja2 asks for a plain set

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Give the block's body."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, in which nothing is multiplied to fill the memory, folded constants included."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Multiply numbers, and texts a few times.

        Raises:
            Refused: what comes out would be larger than any template needs.
        """
        if operator == "**":
            raise Refused("raises numbers to powers")
        for one, other in ((left, right), (right, left)):
            several = isinstance(one, (str, list, tuple)) and isinstance(other, int)
            if several and len(one) * other > LONGEST_OUTPUT:
                raise Refused(f"makes more than {LONGEST_OUTPUT:,} characters")
        return super().call_binop(context, operator, left, right)


@dataclass(slots=True)
class Rendered:
    """What a template made of a dialogue.

    Args:
        text: the output.
        dates: what it was told of the day, longest first.
    """

    text: str
    dates: list[str] = field(default_factory=list)

    def without_dates(self) -> str:
        """The output with what it was told of the day taken out."""
        text = self.text
        for one in self.dates:
            text = text.replace(one, "")
        return text


class Template:
    """A template that was parsed and can be rendered.

    Args:
        source: its text.

    Raises:
        Refused: it is no template.
    """

    def __init__(self, source: str) -> None:
        self.environment = _Sandbox(
            trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols]
        )
        self.environment.filters["tojson"] = _tojson
        try:
            self.tree = optimize(self.environment.parse(source), self.environment)
            self._compiled = self.environment.from_string(source)
        except (jinja2.TemplateError, RecursionError, ValueError, OverflowError) as error:
            raise Refused(f"cannot be parsed: {error}"[:200]) from None

    def render(
        self,
        messages: Sequence[dict[str, Any]],
        now: datetime,
        *,
        tools: bool = False,
        prompt: bool = True,
    ) -> Rendered:
        """Render a dialogue.

        Raises:
            Refused: the template raises, or its output is too long.
            SecurityError: it reaches for what the sandbox does not give.
        """
        dates: list[str] = []

        def told(form: str) -> str:
            text = now.strftime(form)
            dates.append(text)
            return text

        parts, n = [], 0
        try:
            for part in self._compiled.generate(
                messages=[dict(one) for one in messages],
                tools=TOOLS if tools else None, documents=None, add_generation_prompt=prompt,
                bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="<pad>",
                strftime_now=told, raise_exception=_refuse,
            ):  # fmt: skip
                parts.append(part)
                n += len(part)
                if n > LONGEST_OUTPUT:
                    raise Refused(f"gives more than {LONGEST_OUTPUT:,} characters")
        except (Refused, SecurityError):
            raise
        except Exception as error:  # whatever the expressions of a template raise
            raise Refused(f"{type(error).__name__}: {error}"[:200]) from None
        return Rendered("".join(parts), sorted(set(dates) - {""}, key=len, reverse=True))


def _tojson(value: Any, ensure_ascii: bool = False, indent: int | None = None, **_: Any) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)


def _refuse(message: str) -> None:
    raise Refused(str(message)[:200])
