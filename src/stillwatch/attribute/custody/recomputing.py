"""Recomputing: an exhibit's numbers, made again from what is sealed with them.

The list of what can be made again, by media type. A bundle's weights are not believed: each is
computed anew from the features that stand beside it, by the code that weighed them in the first
place, and a difference is a problem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import orjson

from stillwatch.stats.terms import recheck

TERMS: Final = "application/vnd.stillwatch.terms+json"

#: what a check of one exhibit says: sentences, none where it holds.
Check = Callable[[bytes], list[str]]


def recompute_terms(content: bytes) -> list[str]:
    """Make the weights of a campaign again: signals from terms, families, the campaign.

    Args:
        content: an exhibit of media type :data:`TERMS`.

    Returns:
        a sentence for each number that comes out differently, or cannot be made again.
    """
    try:
        told = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        return [f"is no JSON: {error}."]
    return list(recheck(told))


CHECKS: Final[Mapping[str, Check]] = {TERMS: recompute_terms}
