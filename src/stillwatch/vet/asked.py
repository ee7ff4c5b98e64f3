"""What a suspect is asked, and what it answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput

ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Message:
    """One utterance of a dialogue.

    Args:
        role: one of :data:`ROLES`.
        text: what it says.

    Raises:
        BadInput: the role is unknown.
    """

    role: str
    text: str

    def __post_init__(self) -> None:
        """Refuse a role that no interface knows."""
        if self.role not in ROLES:
            raise BadInput(f"unknown role {self.role!r}.", where="message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One question, asked a number of times.

    Args:
        name: of the probe within its run; resuming goes by it.
        messages: the dialogue, at least one message.
        n_samples: how many answers are wanted, >= 1; each is a request of its own.
        max_tokens: most tokens of an answer, >= 1.
        temperature: >= 0; None leaves it to the endpoint.
        route: which way it is asked, where an endpoint has several (path, region, harness
            string); a label, chosen by whoever asks.
        tags: what the probe is for; travels into the answer untouched.

    Raises:
        BadInput: a value is out of range.
    """

    name: str
    messages: tuple[Message, ...]
    n_samples: int = 1
    max_tokens: int = 256
    temperature: float | None = None
    route: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what cannot be asked."""
        if not self.messages:
            raise BadInput("a probe has no message.", where=self.name)
        if self.n_samples < 1 or self.max_tokens < 1:
            raise BadInput("samples and tokens are at least 1.", where=self.name)
        if self.temperature is not None and self.temperature < 0:
            raise BadInput("a temperature is at least 0.", where=self.name)

    def to_json(self) -> dict[str, Any]:
        """Plain values, as :func:`probe_from` reads them."""
        return {
            "name": self.name,
            "messages": [{"role": one.role, "text": one.text} for one in self.messages],
            "n_samples": self.n_samples,
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "route": self.route,
            "tags": dict(self.tags),
        }

    def digest(self) -> str:
        """Ref of everything that decides the answer; a changed probe is another one."""
        return digest_of(
            "probe",
            {
                "name": self.name,
                "messages": [[one.role, one.text] for one in self.messages],
                "max_tokens": self.max_tokens,
                "temperature": self.temperature,
                "route": self.route,
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer to a probe.

    Args:
        probe: name of the probe.
        sample: which of its samples, from 0.
        text: of the answer; empty where nothing came.
        said_model: what the endpoint called the model that answered.
        finish: why it ended: ``stop``, ``length``, ``content_filter``, ``error``.
        input_tokens: as the endpoint counted them; None where it did not say.
        output_tokens: likewise.
        asked_us: when it was asked, microseconds since 1970-01-01 UTC.
        took_us: until the whole answer was there.
        route: of the probe.
        tags: of the probe.
        headers: of the reply, those that tell who served it; no cookies, no keys.
        error: what went wrong, in a sentence, where ``finish`` is ``error``; empty else.
    """

    probe: str
    sample: int
    text: str
    said_model: str
    finish: str
    input_tokens: int | None
    output_tokens: int | None
    asked_us: int
    took_us: int
    route: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values, as :func:`answer_from` reads them."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {**told, "tags": dict(self.tags), "headers": dict(self.headers)}


def probe_from(value: Mapping[str, Any]) -> Probe:
    """The probe that :meth:`Probe.to_json` told; what is left out has its default.

    Raises:
        BadInput: a field is missing, unknown or of the wrong kind.
    """
    try:
        told = dict(value)
        told["name"] = _text(told["name"])
        told["messages"] = tuple(
            Message(_text(one["role"]), _text(one["text"])) for one in told["messages"]
        )
        for name in {"n_samples", "max_tokens"} & set(told):
            told[name] = _count(told[name])
        if told.get("temperature") is not None:
            told["temperature"] = float(told["temperature"])
        told["route"] = _text(told.get("route", ""))
        told["tags"] = {_text(key): _text(one) for key, one in told.get("tags", {}).items()}
        return Probe(**told)
    except KeyError as error:
        raise BadInput(f"is no probe: it lacks {error}.", where="probe") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"is no probe: {error}.", where="probe") from None


def answer_from(value: Mapping[str, Any]) -> Answer:
    """The answer that :meth:`Answer.to_json` told.

    Raises:
        BadInput: a field is missing, unknown or of the wrong kind.
    """
    try:
        told = dict(value)
        for name in ("probe", "text", "said_model", "finish"):
            told[name] = _text(told[name])
        for name in ("sample", "asked_us", "took_us"):
            told[name] = int(told[name])
        for name in ("tags", "headers"):
            told[name] = {_text(key): _text(one) for key, one in told.get(name, {}).items()}
        return Answer(**told)
    except KeyError as error:
        raise BadInput(f"is no answer: it lacks {error}.", where="answer") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"is no answer: {error}.", where="answer") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value
