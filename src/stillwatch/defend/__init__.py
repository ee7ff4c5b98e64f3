"""Defend: what the model gives away, and what it keeps.

The room answers where sealed reasoning may be presented, what of it an answer repeats, and
which choices mark what a cluster was served. It does not answer who distils, and it prevents
nothing: each defence raises a cost that is measured. Whatever could make an answer wrong is not
here. Nothing here opens a file, reads a clock or draws at random.

>>> from stillwatch.defend import Bound, LocalReplays, Ring, key_of, seal, unseal
>>> ring, home = Ring([key_of(bytes(32), 0)]), dict(account="a", conversation="c", model="m")
>>> token = seal("so 4", Bound(**home, before=b"2 + 2?"), ring, 1, bytes(16))
>>> unseal(token, Bound(**home, before=b"2 + 2?"), b"", ring, LocalReplays(), 2).reasoning
'so 4'
>>> unseal(token, Bound(**home, before=b"2 + 3?"), b"", ring, LocalReplays(), 2).outside
(<Outside.CONTEXT_EDITED: 'context_edited'>,)
"""

from stillwatch.defend.context import Item, Presented, context_digest, presented
from stillwatch.defend.keys import Key, Ring, key_of
from stillwatch.defend.outside import exchange_row
from stillwatch.defend.reasoning import Bound, Opened, Outside, Terms, seal, unseal
from stillwatch.defend.replays import LocalReplays, Replays

__all__ = [
    "Bound",
    "Item",
    "Key",
    "LocalReplays",
    "Opened",
    "Outside",
    "Presented",
    "Replays",
    "Ring",
    "Terms",
    "context_digest",
    "exchange_row",
    "key_of",
    "presented",
    "seal",
    "unseal",
]
