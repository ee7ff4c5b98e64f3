"""A presentation outside its bound, as a row that the search for campaigns reads.

The row is an exchange of ``stillwatch.exchanges/1`` that holds no text. Its
``replayed_reasoning`` names the block as every reader of logs names it, and, where it was
sealed to another account, that account's tag: two accounts that present blocks of one source
share something, even if no block came twice. The source itself is not accused: no row is
written in its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from stillwatch.defend.reasoning import Opened, Outside

#: outside for reasons that a clock, a rotation or a bug of a client explains as well.
INNOCENT: Final = frozenset({Outside.EXPIRED, Outside.NOT_YET, Outside.REVOKED_KEY})
#: shorter texts in place of a token are chance: clients that send "null" share nothing.
SHORTEST_CHARS: Final = 64


def is_told(opened: Opened) -> bool:
    """Whether a presentation says anything about whoever made it."""
    return opened.n_chars >= SHORTEST_CHARS and bool(set(opened.outside) - INNOCENT)


def exchange_row(
    presentations: Iterable[Opened], *, exchange_id: str, sent_us: int, account: str, model: str,
    conversation: str, refused: bool,
) -> dict[str, Any] | None:  # fmt: skip
    """The row of one request; ``None`` where nothing in it is told.

    Args:
        presentations: what came of the tokens in the request.
        exchange_id: id of the request, the same as in the provider's own log.
        sent_us: when it came, microseconds since 1970.
        account: who presented.
        model: asked for.
        conversation: its id.
        refused: whether the request was refused; else the blocks were left out.
    """
    ids: dict[str, None] = {}
    for opened in presentations:
        if is_told(opened):
            ids[opened.id] = None
            if opened.source:
                ids[opened.source] = None
    if not ids:
        return None
    return {
        "exchange_id": exchange_id,
        "sent_at": sent_us,
        "account": account,
        "model": model,
        "conversation": conversation,
        "operation": "chat",
        "status": 400 if refused else 200,
        "replayed_reasoning": list(ids),
    }
