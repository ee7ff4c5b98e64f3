"""Formulas: the closed list of how a weight follows from numbers.

Each takes numbers by name and gives results by name, ``bits`` among them. Whoever weighs
calls them with arrays at hand; whoever checks calls them, through
:mod:`stillwatch.stats.terms`, with the same numbers out of a file. There is no second
implementation, so that both get the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from stillwatch.stats.chance_formulas import (
    EVEN_DAYS,
    MORE_THAN_CHANCE,
    MOVES_ON,
    ONE_CLASS,
    RISEN_TOGETHER,
    SHARED_TRAITS,
    TWO_UNUSUAL_SHARES,
    UNUSUAL_SHARE,
)
from stillwatch.stats.formula import Formula
from stillwatch.stats.pool_formulas import (
    BURST,
    CHOSEN_BURST,
    DEALT,
    DEFICIT,
    ONE_LOAD,
    ONE_MIX,
)

#: THE LIST: no other formula is evaluated.
FORMULAS: Mapping[str, Formula] = MappingProxyType(
    {
        f.name: f
        for f in (
            SHARED_TRAITS,
            UNUSUAL_SHARE,
            TWO_UNUSUAL_SHARES,
            MORE_THAN_CHANCE,
            RISEN_TOGETHER,
            ONE_CLASS,
            MOVES_ON,
            EVEN_DAYS,
            BURST,
            CHOSEN_BURST,
            ONE_MIX,
            DEALT,
            DEFICIT,
            ONE_LOAD,
        )
    }
)
