"""First sights: exchanges at which an account does something for the first time.

Exchanges stand in order of time, so that whether one is a first sight depends on
nothing after it: the marks are made once for a window and read as the replay goes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.detect.traffic import Traffic

I32 = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

#: conversations that were under way when the window began look imported; a day is left
#: out, after which few sessions still run.
SETTLING_US = 86_400_000_000


def first_sights(*columns: npt.NDArray[np.generic]) -> Mask:
    """``(n,)`` whether a row is the first with its values in ``columns`` (integers).

    >>> first_sights(np.array([3, 3, 4, 3]), np.array([0, 1, 0, 1])).tolist()
    [True, True, True, False]
    """
    key = np.full(columns[0].size, 0xA0761D6478BD642F, np.uint64)
    for column in columns:
        key = (key ^ column.astype(np.int64).view(np.uint64)) * np.uint64(0xFF51AFD7ED558CCD)
        key ^= key >> np.uint64(32)
    out = np.zeros(key.size, bool)
    out[np.unique(key, return_index=True)[1]] = True
    return out


def moves(traffic: Traffic, node: I32) -> Mask:
    """``(n,)`` whether a credential that was in use turns up at a new address or client."""
    credential = traffic.codes["credential"]
    known = first_sights(node, credential)
    place = first_sights(node, credential, traffic.codes["address"], traffic.codes["client"])
    out: Mask = place & ~known & (credential >= 0) & (node >= 0)
    return out


def imports(traffic: Traffic, node: I32) -> Mask:
    """``(n,)`` whether a conversation enters an account with messages already in it."""
    conversation = traffic.codes["conversation"]
    settled = traffic.sent_us >= traffic.sent_us[:1] + SETTLING_US
    first = first_sights(node, conversation)
    out: Mask = first & (traffic.turn > 0) & (conversation >= 0) & (node >= 0) & settled
    return out
