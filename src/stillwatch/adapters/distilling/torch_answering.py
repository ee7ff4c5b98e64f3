"""How a net answers, and how likely it finds what others said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from stillwatch.adapters.distilling.torch_net import Net

_ROWS = 500


@dataclass(frozen=True)
class Poison:
    """Antidistillation sampling (arXiv 2504.13146): two proxies, a step up and down a gradient.

    Args:
        up, down: the proxy moved by plus and minus ``size`` along the gradient.
        size: of the step.
        weight: what the difference counts.
    """

    up: Net
    down: Net
    size: float
    weight: float


@torch.no_grad()  # type: ignore[untyped-decorator]
def answer(
    net: Net, prompts: Any, *, n_new: int, temperature: float, seed: int, end: int, pad: int,
    green: Any = None, preference: float = 0.0, poison: Poison | None = None,
) -> Any:  # fmt: skip
    """(n, t + n_new) prompts with what the net says to them; padding behind the end.

    Args:
        net: who answers.
        prompts: (n, t) int.
        n_new: most tokens of an answer.
        temperature: 0 takes the likeliest token.
        seed: of the draws.
        end, pad: tokens.
        green: (n_tokens, n_tokens, n_tokens) bool, which tokens a key prefers behind two others.
        preference: added to the logits of those.
        poison: if the answers are drawn against a student.
    """
    dice = torch.Generator().manual_seed(seed)
    parts = []
    for first in range(0, len(prompts), _ROWS):
        rows = torch.from_numpy(prompts[first : first + _ROWS].astype(np.int64))
        nets = [net] if poison is None else [net, poison.up, poison.down]
        pasts: list[Any] = [None] * len(nets)
        done = torch.zeros(len(rows), dtype=torch.bool)
        fresh = rows
        for _ in range(n_new):
            found = [one.continued(fresh, past) for one, past in zip(nets, pasts, strict=True)]
            pasts = [past for _, past in found]
            logits = found[0][0][:, -1]
            if poison is not None:
                up, down = (one[:, -1].log_softmax(dim=-1) for one, _ in found[1:])
                logits = logits + poison.weight * (up - down) / (2 * poison.size)
            if green is not None:
                logits = logits + preference * green[rows[:, -2], rows[:, -1]]
            if temperature > 0:
                spread = (logits / temperature).softmax(dim=-1)
                fresh = torch.multinomial(spread, 1, generator=dice)
            else:
                fresh = logits.argmax(dim=-1, keepdim=True)
            fresh = torch.where(done[:, None], pad, fresh)
            done |= fresh[:, 0] == end
            rows = torch.cat([rows, fresh], dim=1)
        parts.append(rows.numpy())
    return np.concatenate(parts).astype(np.int16)


@torch.no_grad()  # type: ignore[untyped-decorator]
def likelihoods(net: Net, tokens: Any, scored: Any) -> Any:
    """(n,) log-likelihood in nats of the scored tokens of each row, given those before them."""
    found = []
    for first in range(0, len(tokens), _ROWS):
        rows = torch.from_numpy(tokens[first : first + _ROWS].astype(np.int64))
        said = net(rows[:, :-1]).log_softmax(dim=-1).gather(2, rows[:, 1:, None])[:, :, 0]
        kept = torch.from_numpy(scored[first : first + _ROWS, 1:])
        found.append((said.double() * kept).sum(dim=1).numpy())
    return np.concatenate(found)


@torch.no_grad()  # type: ignore[untyped-decorator]
def foretold(net: Net, tokens: Any) -> Any:
    """(n, t, n_tokens) probabilities of what comes behind each token."""
    parts = [
        net(torch.from_numpy(tokens[first : first + _ROWS].astype(np.int64)))
        .softmax(dim=-1)
        .numpy()
        for first in range(0, len(tokens), _ROWS)
    ]
    return np.concatenate(parts)
