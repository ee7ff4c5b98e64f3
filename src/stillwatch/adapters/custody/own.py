"""Own: which exhibits stillwatch wrote itself, so that their digests and times can stay.

What a file says of itself is not enough, or anybody's file could ask to be looked through less. It
must be of one of a few schemas and be nothing else from one end to the other; what is not is
looked through as anybody's text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from stillwatch.attribute.custody.recomputing import TERMS
from stillwatch.attribute.entries import entry_from
from stillwatch.attribute.redaction.patterns import random_hex
from stillwatch.attribute.redaction.redactor import Sort
from stillwatch.model.errors import StillwatchError
from stillwatch.stats.terms import recheck

#: begins the media types of what stillwatch wrote itself.
OWN: Final = "application/vnd.stillwatch."
#: what may stand in a record, by its schema.
_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "stillwatch.case/1": frozenset("before body by id kind made_us n schema".split()),
    "stillwatch.case-report/1": frozenset(
        "as_of as_of_us bands campaign case certification claims closed_by covers deadlines "
        "decisions detected_at error_rates exclusions exhibits factors head history likelihoods "
        "limits method n_entries n_notes naming numbers opened_at organisation parts ranking "
        "schema sensitivity source summary term window".split()
    ),
    "stillwatch.campaigns/1": frozenset(
        "campaigns n_accounts n_disclosed n_duplicates n_exchanges n_rejected n_tested not_looked "
        "schema settings watched window".split()
    ),
}
#: from here on a number could be somebody's: a telephone, an account, a card.
_LARGE: Final = 10**8
#: moments, microseconds since 1970-01-01 UTC, of the years 2000 to 2099.
_MOMENTS: Final = range(946_684_800_000_000, 4_102_444_800_000_000)
_DIGEST: Final = re.compile(r"[0-9a-f]{32,128}")
#: refs that stand alone in a field, beside those that may stand in any text.
_REF: Final = re.compile(r"(?:entry|party|result):[0-9a-f]{40}")
_DIGESTS: Final = frozenset({"digest", "salt", "sha256", "signature"})


def own_kind(content: bytes) -> str:
    """The media type of a record of stillwatch's own; empty where it is none."""
    told = _read(content)
    if not isinstance(told, dict) or not _is_record(told):
        return ""
    name, _, version = str(told["schema"]).removeprefix("stillwatch.").partition("/")
    return f"{OWN}{name}.{version}+json"


def sort_of(media_type: str, content: bytes) -> Sort:
    """How an exhibit is looked through: as our own where it is nothing else, or as any text."""
    if media_type == TERMS:
        return Sort.FEATURES if _is_terms(_read(content)) else Sort.TEXT
    if media_type.startswith(OWN) and own_kind(content) == media_type:
        return Sort.RECORD
    return Sort.TEXT


def _is_terms(told: Any) -> bool:
    """Whether every number of a file of terms can be made again."""
    try:
        return not recheck(told)
    except (StillwatchError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError):
        return False


def _is_record(told: dict[str, Any]) -> bool:
    schema = told.get("schema")
    if not isinstance(schema, str) or not told.keys() <= _FIELDS.get(schema, frozenset()):
        return False
    try:
        if schema == "stillwatch.case/1":
            entry_from(told)
        return _is_plain(told, "")
    except (StillwatchError, RecursionError):
        return False


def _is_plain(value: Any, key: str) -> bool:
    """Whether large numbers are moments alone, and long digits those of digests and refs."""
    if isinstance(value, dict):
        return all(_is_plain(name, "") and _is_plain(one, name) for name, one in value.items())
    if isinstance(value, list):
        return all(_is_plain(one, key) for one in value)
    if isinstance(value, int | float) and not -_LARGE < value < _LARGE:
        return value in _MOMENTS and (key == "window" or key.endswith("_us"))
    if not isinstance(value, str) or _REF.fullmatch(value):
        return True
    if key in _DIGESTS and _DIGEST.fullmatch(value):
        return True
    return not any(random_hex(value.encode(errors="replace")))


def _read(content: bytes) -> Any:
    """JSON in which nothing stands twice: of two, only one would be looked at here."""
    try:
        return json.loads(content, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a field stands twice")
    return made
