"""C13, transcripts bought from others: nothing in traffic can show it, and nothing claims to.

The buyer never calls the provider. The fixture therefore plays nobody; a search over a
world with it is the search over the same world without it, to the byte.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson


def test_a_buyer_of_transcripts_leaves_no_trace(played: Callable[..., Any]) -> None:
    without, bought = played(seed=101), played("C13", seed=101)
    assert bought.score.campaigns == ()
    assert bought.result["campaigns"] == []
    assert orjson.dumps(bought.result) == orjson.dumps(without.result)
