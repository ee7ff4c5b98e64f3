"""What asking will cost, said before it begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from stillwatch.adapters.asking.endpoint import Endpoint
from stillwatch.model.quantity import Quantity, exactly
from stillwatch.vet.asked import Probe

#: characters of a token: about four in English, fewer in code and other scripts.
_CHARS: Final = 4.0
_MOST_CHARS: Final = 8.0
#: tokens that an interface may wrap around a message, and around a request.
_AROUND: Final = 16
#: seconds of an answer: until it begins, and for each token of it.
_LATENCY_S: Final = (0.2, 1.0, 5.0)
_TOKEN_S: Final = (0.004, 0.015, 0.06)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a run will ask, take and cost.

    Args:
        requests: that are sent at least; retries come on top.
        input_tokens: in all; the upper end is a bound, a token of UTF-8 has a byte or more.
        output_tokens: in all; the upper end is the limit of every probe.
        usd: in all; None where the endpoint's prices were not named.
        minutes: until the last answer, under the endpoint's pace.
    """

    requests: Quantity
    input_tokens: Quantity
    output_tokens: Quantity
    usd: Quantity | None
    minutes: Quantity

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "requests": self.requests.to_json(),
            "input_tokens": self.input_tokens.to_json(),
            "output_tokens": self.output_tokens.to_json(),
            "usd": None if self.usd is None else self.usd.to_json(),
            "minutes": self.minutes.to_json(),
        }


def estimate(
    probes: Iterable[Probe], endpoint: Endpoint, done: Iterable[tuple[str, int]] = ()
) -> Estimate:
    """What it takes to ask probes.

    Args:
        probes: what is to be asked.
        endpoint: who is.
        done: probe and sample of answers that are there already.
    """
    had, n = set(done), 0
    tokens_in, tokens_out, wait_s = [0.0] * 3, [0.0] * 3, [0.0] * 3
    for probe in probes:
        n_left = sum((probe.name, nth) not in had for nth in range(probe.n_samples))
        n += n_left
        out = (1.0, min(probe.max_tokens, max(1.0, probe.max_tokens / 2)), float(probe.max_tokens))
        for end, into in enumerate(input_tokens(probe)):
            tokens_in[end] += n_left * into
            tokens_out[end] += n_left * out[end]
            wait_s[end] += n_left * (_LATENCY_S[end] + _TOKEN_S[end] * out[end])
    usd = [endpoint.usd(*pair) for pair in zip(tokens_in, tokens_out, strict=True)]
    per_minute = endpoint.tokens_per_minute or float("inf")
    minutes = [
        max(
            n / endpoint.requests_per_minute,
            (tokens_in[end] + tokens_out[end]) / per_minute,
            wait_s[end] / 60.0 / endpoint.concurrency,
        )
        for end in range(3)
    ]
    low, best, high = usd
    cost = None
    if low is not None and best is not None and high is not None:
        cost = Quantity(low=low, best=best, high=high, unit="usd")
    return Estimate(
        requests=exactly(float(n), "request"),
        input_tokens=_spread(tokens_in, "token"),
        output_tokens=_spread(tokens_out, "token"),
        usd=cost,
        minutes=_spread(minutes, "minute"),
    )


def input_tokens(probe: Probe) -> tuple[float, float, float]:
    """Low, likely and most tokens of a probe's dialogue."""
    chars = sum(len(one.text) for one in probe.messages)
    n_bytes = sum(len(one.text.encode("utf-8", "surrogatepass")) for one in probe.messages)
    around = float(_AROUND * (1 + len(probe.messages)))
    return chars / _MOST_CHARS, chars / _CHARS + around / 4, n_bytes + around


def least_tokens(text: str) -> float:
    """Tokens that a text has at least, whoever counts them."""
    return len(text) / _MOST_CHARS


def most_usd(probe: Probe, endpoint: Endpoint) -> float:
    """The most that one request can cost; 0 where prices are not known."""
    return endpoint.usd(input_tokens(probe)[2], float(probe.max_tokens)) or 0.0


def _spread(ends: list[float], unit: str) -> Quantity:
    low, best, high = ends
    return Quantity(low=low, best=best, high=high, unit=unit)
