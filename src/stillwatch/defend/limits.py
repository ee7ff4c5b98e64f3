"""Limits on what lets a student see more than the answer: probabilities, bias, samples, prefixes.

Probabilities and bias together give a model's logits away, many samples its distribution, and
a prefix that the model must go on from can force reasoning into the answer. Each has a limit
for everybody; the rungs of the ladder that alter answers lower them for a campaign.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may ask for.

    Args:
        top_logprobs: alternatives by token; below 0 no probabilities at all.
        n_biased: tokens whose bias may be set.
        both: whether probabilities and bias may be asked for together.
        n_samples: answers of one request.
        prefix_chars: of an answer that the caller begins.
        echo: whether the prompt may be scored.
    """

    top_logprobs: int = 5
    n_biased: int = 300
    both: bool = False
    n_samples: int = 8
    prefix_chars: int = 2_000
    echo: bool = False


#: what a rung of the ladder takes away, by its name.
LESS: Final[Mapping[str, Mapping[str, Any]]] = {
    "no_logprobs": {"top_logprobs": -1, "n_biased": 0, "n_samples": 1},
    "marked_answers": {},
    "reasoning_summarised": {"prefix_chars": 0},
    "reasoning_withheld": {"prefix_chars": 0},
}
#: a prefix that opens a place for reasoning, whatever its length.
_OPENS: Final = re.compile(
    r"<\s*/?\s*\|?\s*(?:antml:)?(?:think|thinking|thought|reasoning|scratchpad|analysis)\b"
    r"|\[\s*(?:think|reasoning)\s*\]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Less:
    """One thing that was given less of than was asked.

    Args:
        field: of the request.
        asked: how much, or ``True``.
        given: how much, or ``None`` where it was taken out.
        why: in words that can be shown to the caller.
    """

    field: str
    asked: int | bool
    given: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Held:
    """A request within its limits.

    Args:
        body: as it goes to the model; what was handed in is not changed.
        less: what was lowered, to be told to the caller.
        refused: why it cannot be answered at all; else empty.
    """

    body: Mapping[str, Any]
    less: tuple[Less, ...] = field(default=())
    refused: str = ""


def lowered(limits: Limits, rungs: Iterable[str]) -> Limits:
    """The limits for an account under some rungs; never more than before.

    >>> lowered(Limits(), ["no_logprobs"]).top_logprobs
    -1
    """
    for rung in rungs:
        for name, value in LESS.get(rung, {}).items():
            limits = replace(limits, **{name: min(value, getattr(limits, name))})
    return limits


def hold(body: Mapping[str, Any], limits: Limits) -> Held:
    """Bring a request of OpenAI's or Anthropic's shape within limits.

    Options are lowered and the caller is told. What cannot be lowered without another meaning
    is refused: a prefix that is too long, or one that opens a place for reasoning.

    >>> held = hold({"n": 50, "messages": []}, Limits())
    >>> held.body["n"], held.less[0].why
    (8, 'at most 8 answers a request')
    """
    held, less = dict(body), list[Less]()
    if refused := _prefix(body, limits):
        return Held(body, (), refused)
    _probabilities(held, limits, less)
    _bias(held, limits, less)
    for name in ("n", "best_of", "candidate_count", "num_return_sequences"):
        n_samples = _count(held.get(name))
        if n_samples is not None and n_samples > limits.n_samples:
            held[name] = limits.n_samples
            why = f"at most {limits.n_samples} answers a request"
            less.append(Less(name, n_samples, limits.n_samples, why))
    if held.get("echo") and not limits.echo:
        held.pop("echo")
        less.append(Less("echo", True, None, "prompts are not scored"))
    if held.get("prompt_logprobs") is not None and not limits.echo:
        held.pop("prompt_logprobs")
        less.append(Less("prompt_logprobs", True, None, "prompts are not scored"))
    return Held(held, tuple(less))


def _probabilities(held: dict[str, Any], limits: Limits, less: list[Less]) -> None:
    if limits.top_logprobs < 0:
        for name in ("logprobs", "top_logprobs"):
            if held.pop(name, None) not in (None, False):
                less.append(Less(name, True, None, "no probabilities are given"))
        return
    for name in ("top_logprobs", "logprobs"):
        n_asked = _count(held.get(name))
        if n_asked is not None and n_asked > limits.top_logprobs:
            held[name] = limits.top_logprobs
            why = f"at most {limits.top_logprobs} alternatives a token"
            less.append(Less(name, n_asked, limits.top_logprobs, why))


def _bias(held: dict[str, Any], limits: Limits, less: list[Less]) -> None:
    bias = held.get("logit_bias")
    if not bias:
        return
    n_biased = len(bias) if isinstance(bias, Mapping) else limits.n_biased + 1
    asks_both = held.get("logprobs") not in (None, False) or _count(held.get("top_logprobs"))
    if n_biased > limits.n_biased:
        held.pop("logit_bias")
        why = f"the bias of at most {limits.n_biased} tokens can be set"
        less.append(Less("logit_bias", n_biased, None, why))
    elif asks_both and not limits.both:
        for name in ("logprobs", "top_logprobs"):
            held.pop(name, None)
        less.append(Less("logprobs", True, None, "probabilities and bias are not given together"))


def _prefix(body: Mapping[str, Any], limits: Limits) -> str:
    """Why the beginning of an answer that the caller wrote is not gone on from; else empty."""
    turns = body.get("messages")
    last = turns[-1] if isinstance(turns, list) and turns else None
    if not isinstance(last, Mapping) or last.get("role") not in ("assistant", "model"):
        return ""
    content = last.get("content")
    parts = content if isinstance(content, list) else [content]
    texts = [one.get("text") if isinstance(one, Mapping) else one for one in parts]
    text = "".join(one for one in texts if isinstance(one, str))
    if _OPENS.search(text):
        return "an answer cannot be begun with a place for reasoning"
    if len(text) > limits.prefix_chars:
        return f"an answer can be begun with at most {limits.prefix_chars} characters"
    return ""


def _count(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return None
