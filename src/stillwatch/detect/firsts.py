"""First sights: exchanges at which an account does something for the first time.

Exchanges stand in order of time, so that whether one is a first sight depends on
nothing after it: the marks are made once for a window and read as the replay goes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

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
    codes = traffic.codes
    credential = codes["credential"]
    known = first_marks(order, bounds, mixed(credential))
    place = first_marks(order, bounds, mixed(credential, codes["address"], codes["client"]))
    out: Mask = place & ~known & (credential >= 0)
    return out


def imports(traffic: Traffic, order: I32, bounds: I64) -> Mask:
    """``(n,)`` whether a conversation enters an account with messages already in it."""
    conversation = traffic.codes["conversation"]
    settled = traffic.sent_us >= traffic.sent_us[:1] + SETTLING_US
    first = first_marks(order, bounds, mixed(conversation))
    out: Mask = first & (traffic.turn > 0) & (conversation >= 0) & settled
    return out
