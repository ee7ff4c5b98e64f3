"""The words: what a thing is. No I/O, no clock, no random state.

The tables' schemas are imported when they are first asked for: a plug-in inside somebody else's
gateway wants the errors without Arrow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stillwatch.model.errors import (
    BadInput,
    BadSettings,
    NotAllowed,
    NotEnoughEvidence,
    OutsideFailed,
    StillwatchError,
)

if TYPE_CHECKING:
    from stillwatch.model.account import ACCOUNT_COLUMNS, ACCOUNTS_SCHEMA
    from stillwatch.model.exchange import EXCHANGE_COLUMNS, EXCHANGES_SCHEMA, REQUIRED

__all__ = [
    "ACCOUNTS_SCHEMA",
    "ACCOUNT_COLUMNS",
    "EXCHANGES_SCHEMA",
    "EXCHANGE_COLUMNS",
    "REQUIRED",
    "BadInput",
    "BadSettings",
    "NotAllowed",
    "NotEnoughEvidence",
    "OutsideFailed",
    "StillwatchError",
]

_TABLES = {
    "ACCOUNTS_SCHEMA": "stillwatch.model.account",
    "ACCOUNT_COLUMNS": "stillwatch.model.account",
    "EXCHANGES_SCHEMA": "stillwatch.model.exchange",
    "EXCHANGE_COLUMNS": "stillwatch.model.exchange",
    "REQUIRED": "stillwatch.model.exchange",
}


def __getattr__(name: str) -> Any:
    """Import a table's schema; whatever else is asked for is not there."""
    if name not in _TABLES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_TABLES[name]), name)
