"""First sights: exchanges at which an account does something for the first time.

Exchanges stand in order of time, so that whether one is a first sight depends on
nothing after it: the marks are made once for a window and read as the replay goes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.detect.room import blocks
from stillwatch.detect.sights import first_marks, mixed
from stillwatch.detect.traffic import Traffic

I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

#: conversations that were under way when the window began look imported; a day is left
#: out, after which few sessions still run.
SETTLING_US = 86_400_000_000


def moves(traffic: Traffic, order: I32, bounds: I64) -> Mask:
    """``(n,)`` whether a credential that was in use turns up at a new address or client.

    Args:
        traffic: the exchanges.
        order, bounds: rows of each node, see ``sights.by_group``.
    """
    credential, address, client = (
        traffic.codes[name] for name in ("credential", "address", "client")
    )
    known, out = (traffic.nothing_yet(np.bool_) for _ in range(2))
    first_marks(order, bounds, lambda rows: mixed(credential[rows]), known)
    first_marks(
        order, bounds, lambda rows: mixed(credential[rows], address[rows], client[rows]), out
    )
    for block in blocks(traffic.n):
        out[block] &= ~known[block] & (credential[block] >= 0)
    return out


def imports(traffic: Traffic, order: I32, bounds: I64) -> Mask:
    """``(n,)`` whether a conversation enters an account with messages already in it."""
    conversation, settled_us = traffic.codes["conversation"], traffic.sent_us[0] + SETTLING_US
    out: Mask = traffic.nothing_yet(np.bool_)
    first_marks(order, bounds, lambda rows: mixed(conversation[rows]), out)
    for block in blocks(traffic.n):
        out[block] &= (traffic.turn[block] > 0) & (conversation[block] >= 0)
        out[block] &= traffic.sent_us[block] >= settled_us
    return out
