"""The words: what a thing is. No I/O, no clock, no random state."""

from stillwatch.model.account import ACCOUNT_COLUMNS, ACCOUNTS_SCHEMA
from stillwatch.model.errors import (
    BadInput,
    BadSettings,
    NotAllowed,
    NotEnoughEvidence,
    OutsideFailed,
    StillwatchError,
)
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
