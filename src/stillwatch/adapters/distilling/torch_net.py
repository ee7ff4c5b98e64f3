"""A small decoder-only transformer, and how it answers; runs where torch is.

Two layers, learned positions, normalised before each block, ReLU. Small enough that a teacher is
trained on one core in half a minute, and every weight is a plain array outside of this process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as f
from torch import nn


@dataclass(frozen=True)
class Shape:
    """Sizes of a net.

    Args:
        n_tokens: of the vocabulary.
        length: longest sequence.
        width: of the stream, a multiple of ``heads``.
        heads: of attention.
        layers: of blocks.
    """

    n_tokens: int
    length: int
    width: int
    heads: int
    layers: int


class Block(nn.Module):  # type: ignore[misc]
    """Attention and a feed-forward part, each added to the stream."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.one, self.two = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Any, past: tuple[Any, Any] | None = None) -> tuple[Any, tuple[Any, Any]]:
        """The stream after the block, and keys and values for what comes later."""
        n, t, width = x.shape
        q, k, v = (
            part.view(n, t, self.heads, width // self.heads).transpose(1, 2)
            for part in self.qkv(self.one(x)).split(width, dim=2)
        )
        if past is not None:
            k, v = torch.cat([past[0], k], dim=2), torch.cat([past[1], v], dim=2)
        mixed = f.scaled_dot_product_attention(q, k, v, is_causal=past is None)
        x = x + self.out(mixed.transpose(1, 2).reshape(n, t, width))
        return x + self.down(f.relu(self.up(self.two(x)))), (k, v)


class Net(nn.Module):  # type: ignore[misc]
    """The whole net."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token = nn.Embedding(shape.n_tokens, shape.width)
        self.place = nn.Embedding(shape.length, shape.width)
        self.blocks = nn.ModuleList(Block(shape.width, shape.heads) for _ in range(shape.layers))
        self.last = nn.LayerNorm(shape.width)
        self.head = nn.Linear(shape.width, shape.n_tokens, bias=False)
        for name, weights in self.named_parameters():
            if weights.dim() == 2:
                nn.init.normal_(weights, std=0.3 if "token" in name or "place" in name else 0.08)

    def forward(self, tokens: Any) -> Any:
        """Logits (n, t, n_tokens) of what comes next."""
        return self.continued(tokens, None)[0]

    def continued(self, tokens: Any, past: list[Any] | None) -> tuple[Any, list[Any]]:
        """Logits of tokens that follow those of ``past``, and the past with them."""
        first = 0 if past is None else past[0][0].shape[2]
        x = self.token(tokens) + self.place.weight[first : first + tokens.shape[1]]
        kept = []
        for i, block in enumerate(self.blocks):
            x, one = block(x, None if past is None else past[i])
            kept.append(one)
        return self.head(self.last(x)), kept


def weights_of(net: Net) -> dict[str, np.ndarray]:
    """Its weights as arrays of float32."""
    return {name: value.detach().numpy().copy() for name, value in net.state_dict().items()}


def net_of(shape: Shape, weights: dict[str, np.ndarray]) -> Net:
    """The net that has these weights."""
    net = Net(shape)
    net.load_state_dict(
        {name: torch.from_numpy(np.ascontiguousarray(v)) for name, v in weights.items()}
    )
    net.eval()
    return net
