"""A toy model: it reasons about routes, answers, and does what it is told, leaks included."""

from __future__ import annotations

import base64
import codecs
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

NAME = "toy-1"
_LIKES = ("cheap", "quick", "quiet", "dry", "scenic")
_WAYS = ("the canal", "the mountain road", "the evening ferry", "the old bridge", "the ring road")
_CHUNK_CHARS = 16


@dataclass(frozen=True)
class Thought:
    """What the model came up with.

    Args:
        reasoning: whole, never to be served.
        summary: in a few words.
        answer: with places ``{{slot:NAME}}`` that the server fills.
    """

    reasoning: str
    summary: str
    answer: str

    def chunks(self, answer: str) -> Iterator[str]:
        """An answer, a few tokens at a time."""
        for at in range(0, len(answer), _CHUNK_CHARS):
            yield answer[at : at + _CHUNK_CHARS]


def think(question: str, resumed: Sequence[str], dice: random.Random) -> Thought:
    """Reason, then answer; asked to repeat its reasoning it does, as it is asked to."""
    question = question.lower()
    ways = dice.sample(_WAYS, 3)
    like = next((word for word in _LIKES if word in question), dice.choice(_LIKES))
    lines = [
        f"The question wants something {like}, so {ways[0]} has to be weighed against {ways[1]}.",
        f"Suppose {ways[0]} takes {dice.randint(20, 90)} minutes and costs {dice.randint(2, 30)}.",
        f"Then {ways[1]} would need to save the difference, which seems unlikely on a weekday.",
        f"A third possibility is {ways[2]}, although it only opens after the morning traffic.",
        f"Counting the queue at the gate, {ways[dice.randint(1, 2)]} loses whenever it has rained.",
        f"That leaves {ways[0]} unless the caller travels with a lorry or with small children.",
    ]
    reasoning = " ".join(lines)
    summary = f"Compared {len(ways)} ways."
    told = " ".join([*resumed, reasoning])
    if "base64" in question:
        return Thought(reasoning, summary, base64.b64encode(told.encode()).decode())
    if "rot13" in question:
        return Thought(reasoning, summary, codecs.encode(told, "rot13"))
    if re.search(r"repeat|verbatim|word for word", question):
        return Thought(reasoning, summary, f"I thought: {told}")
    name = "{{slot:traveller}}"
    answer = (
        f"Take {ways[0]}. As an example, {name} left at {{{{slot:hour}}}} and {name} was there "
        f"in time; pack {{{{slot:snack}}}}."
    )
    return Thought(reasoning, summary, answer)


def question_of(body: dict[str, Any]) -> str:
    """What was asked last."""
    turns = body.get("messages") or [{}]
    content = turns[-1].get("content", "")
    if isinstance(content, str):
        return content
    return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
