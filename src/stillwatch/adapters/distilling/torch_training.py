"""Training a net on tokens, one thread, the same weights for the same seed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as f

from stillwatch.adapters.distilling.torch_net import Net, Shape

_WARM_STEPS = 30
_LAST_SHARE = 0.05
_TOLD_EVERY = 25


def train(
    tokens: Any, scored: Any, shape: Shape, *, steps: int, batch: int, rate: float, seed: int,
    on_step: Callable[[int], None],
) -> tuple[Net, list[float], float]:  # fmt: skip
    """A net that was taught rows of tokens.

    Args:
        tokens: (n, t) int; rows are drawn with equal chance.
        scored: (n, t) bool: which tokens must be foretold from those before them.
        shape: of the net.
        steps, batch: steps of AdamW, rows each.
        rate: highest; it warms up over 30 steps and falls along a cosine.
        seed: of the first weights and the draws.
        on_step: told the number of steps now and then.

    Returns:
        The net, the loss at the times that were told, and CPU seconds.
    """
    begun = time.process_time()
    torch.manual_seed(seed)
    net = Net(shape)
    adam = torch.optim.AdamW(
        net.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True
    )
    rng = np.random.default_rng(seed)
    rows = torch.from_numpy(tokens.astype(np.int64))
    wanted = torch.where(torch.from_numpy(scored), rows, torch.full_like(rows, -100))
    first = max(int(scored.any(axis=0).argmax()) - 1, 0)
    losses = []
    for step in range(steps):
        for group in adam.param_groups:
            group["lr"] = rate * _share(step, steps)
        pick = torch.from_numpy(rng.integers(0, len(rows), batch))
        logits = net(rows[pick, :-1])[:, first:]
        loss = f.cross_entropy(logits.flatten(0, 1), wanted[pick, first + 1 :].flatten())
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        if (step + 1) % _TOLD_EVERY == 0 or step + 1 == steps:
            losses.append(float(loss))
            on_step(step + 1)
    net.eval()
    return net, losses, time.process_time() - begun


def gradient(net: Net, tokens: Any, scored: Any) -> dict[str, np.ndarray]:
    """How the loss on rows of tokens changes with each weight."""
    rows = torch.from_numpy(tokens.astype(np.int64))
    wanted = torch.where(torch.from_numpy(scored), rows, torch.full_like(rows, -100))
    net.zero_grad(set_to_none=True)
    logits = net(rows[:, :-1])
    f.cross_entropy(logits.flatten(0, 1), wanted[:, 1:].flatten()).backward()
    return {name: value.grad.numpy().copy() for name, value in net.named_parameters()}


def _share(step: int, steps: int) -> float:
    cosine = 0.5 * (1 + math.cos(math.pi * step / steps))
    return min(1.0, (step + 1) / _WARM_STEPS) * (_LAST_SHARE + (1 - _LAST_SHARE) * cosine)
