"""Question: a probe with the tools that an agent may call, and the reply to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput
from stillwatch.vet.asked import Answer, Message, Probe

MOST_MESSAGES = 16
"""Messages after which an agent is stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A simulated tool: it answers with a text and does nothing.

    Args:
        name: as the model calls it.
        description: as the model reads it.
        parameters: name of each argument, all of them texts, and what it is.
        otherwise: what it answers.
    """

    name: str
    description: str
    parameters: Mapping[str, str]
    otherwise: str = "Done."

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name, "description": self.description,
            "parameters": dict(self.parameters), "results": {}, "otherwise": self.otherwise,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a model.

    Args:
        probe: the dialogue, its name and its tags; ``tags["suite"]`` says who grades it.
        tools: that the model may call; none makes it a plain question.
    """

    probe: Probe
    tools: tuple[Tool, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values, as the harness takes them."""
        return {
            "name": self.probe.name,
            "messages": [[one.role, one.text] for one in self.probe.messages],
            "n_samples": self.probe.n_samples,
            "max_tokens": self.probe.max_tokens,
            "temperature": self.probe.temperature,
            "most_messages": MOST_MESSAGES,
            "tools": [one.to_json() for one in self.tools],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A tool that the model called."""

    tool: str
    arguments: Mapping[str, Any]

    def holds(self, tool: str, text: str) -> bool:
        """Whether it is a call of a tool with a text somewhere in its arguments."""
        said = " ".join(str(one) for one in self.arguments.values()).casefold()
        return self.tool == tool and text.casefold() in said


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back.

    Args:
        answer: its text and how it ended.
        calls: of tools, in order.
    """

    answer: Answer
    calls: tuple[Call, ...] = ()

    @property
    def text(self) -> str:
        """What it says."""
        return self.answer.text

    @property
    def blocked(self) -> bool:
        """Whether the endpoint held it back, which is a refusal too."""
        return self.answer.finish == "content_filter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How often and how warmly everything is asked.

    Args:
        n_samples: answers wanted to each question, >= 1.
        temperature: >= 0; None leaves it to the endpoint.
        max_tokens: most tokens of an answer.

    Raises:
        BadInput: a value is out of range.
    """

    n_samples: int = 2
    temperature: float | None = 0.7
    max_tokens: int = 512

    def __post_init__(self) -> None:
        """Refuse what cannot be asked."""
        if self.n_samples < 1 or self.max_tokens < 16:
            raise BadInput("at least 1 sample and 16 tokens.", where="sampling")
        if self.temperature is not None and not 0 <= self.temperature <= 2:
            raise BadInput("a temperature is 0 to 2.", where="sampling")

    def question(
        self,
        name: str,
        text: str,
        tags: Mapping[str, str],
        *,
        system: str = "",
        tools: tuple[Tool, ...] = (),
    ) -> Question:
        """A question of one turn."""
        before = (Message("system", system),) if system else ()
        probe = Probe(
            name=name, messages=(*before, Message("user", text)), n_samples=self.n_samples,
            max_tokens=self.max_tokens, temperature=self.temperature, tags=tags,
        )  # fmt: skip
        return Question(probe=probe, tools=tools)


@dataclass(frozen=True, slots=True)
class Replies:
    """All replies of one model, by question.

    Args:
        by_name: replies to each question, in the order of their samples.
    """

    by_name: Mapping[str, Sequence[Reply]] = field(default_factory=dict)

    def of(self, name: str) -> Sequence[Reply]:
        """Replies to a question; none where it was not answered."""
        return self.by_name.get(name, ())


def replies_of(replies: Iterable[Reply]) -> Replies:
    """Replies put to their questions.

    Where a model answers every question with the same words each time, its samples are one
    answer told again: one of each is kept, for copies are no evidence.
    """
    found: dict[str, list[Reply]] = {}
    for one in sorted(replies, key=lambda one: (one.answer.probe, one.answer.sample)):
        found.setdefault(one.answer.probe, []).append(one)
    again = [many for many in found.values() if len(many) > 1]
    copies = all(len({(one.text, str(one.calls)) for one in many}) == 1 for many in again)
    if again and copies:
        found = {name: many[:1] for name, many in found.items()}
    return Replies(found)


def digest(questions: Iterable[Question]) -> str:
    """Ref of everything that is asked, whatever the order."""
    told = sorted((one.to_json() for one in questions), key=lambda one: str(one["name"]))
    return digest_of("questions", told)


def reply_from(value: Mapping[str, Any], tags: Mapping[str, str]) -> Reply:
    """A reply from a line that the harness kept.

    Raises:
        BadInput: it is no such line.
    """
    try:
        answer = Answer(
            probe=str(value["probe"]), sample=int(value["sample"]), text=str(value["text"]),
            said_model=str(value["said_model"]), finish=str(value["finish"]),
            input_tokens=value["input_tokens"], output_tokens=value["output_tokens"],
            asked_us=int(value["asked_us"]), took_us=int(value["took_us"]), tags=tags,
        )  # fmt: skip
        calls = tuple(
            Call(tool=str(one["tool"]), arguments=dict(one["arguments"] or {}))
            for one in value["calls"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no answer: {error}.", where="answers.jsonl") from error
    return Reply(answer=answer, calls=calls)
