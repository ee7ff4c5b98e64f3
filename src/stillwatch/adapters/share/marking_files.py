"""Markings and indicators as people write them: TOML, every word checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from stillwatch.adapters.share.home import moment_in, read_toml
from stillwatch.model.errors import BadInput
from stillwatch.model.marking import LegalBasis, Marking, Purpose, Tlp
from stillwatch.share.indicators import Indicator, indicator_from
from stillwatch.share.markings import told_of

_KEYS: Final = {"tlp", "until", "basis", "purposes", "partners", "communities", "jurisdictions",
                "government"}  # fmt: skip
_BASIS: Final = {"name", "kind", "from", "until"}


def load_marking(path: Path, owner: str) -> Marking:
    """A marking from a file; its owner is who we are.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: a key is missing, unknown or of the wrong kind.
    """
    told, where = read_toml(path), str(path)
    _only(told, _KEYS, where)
    basis = told.get("basis")
    if not isinstance(basis, Mapping):
        raise BadInput(
            "names no legal basis.", where=where,
            remedy="Add a table [basis] with name, kind, from and until.",
        )  # fmt: skip
    _only(basis, _BASIS, f"{where}, basis")
    try:
        marking = Marking(
            tlp=_tlp(told["tlp"]),
            owner=owner,
            until_us=moment_in(told["until"], f"{where}, until"),
            basis=LegalBasis(
                name=_text(basis["name"]),
                kind=_text(basis["kind"]),
                from_us=moment_in(basis["from"], f"{where}, basis.from"),
                until_us=moment_in(basis["until"], f"{where}, basis.until"),
            ),
            purposes=frozenset(Purpose(p) for p in _texts(told.get("purposes", ["defence"]))),
            partners=_texts(told.get("partners", [])),
            communities=_texts(told.get("communities", [])),
            jurisdictions=_texts(told.get("jurisdictions", [])),
            government=_flag(told.get("government", False)),
        )
    except KeyError as error:
        raise BadInput(f"has no {error.args[0]!r}.", where=where) from None
    except (TypeError, ValueError) as error:
        raise BadInput(f"is no marking: {error}.", where=where) from None
    told_of(marking)
    return marking


def load_indicators(path: Path) -> list[Indicator]:
    """Indicators from a file with a table ``[[indicator]]`` for each.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: a key is missing, unknown or of the wrong kind; the source span above all.
        NotAllowed: a pattern speaks of what may not be told.
    """
    told, where = read_toml(path), str(path)
    _only(told, {"indicator"}, where)
    found = []
    for at, one in enumerate(told.get("indicator", []), 1):
        place = f"{where}, indicator {at}"
        if not isinstance(one, Mapping):
            raise BadInput("is no table.", where=place)
        table = dict(one)
        for name in ("from", "until"):
            if name in table:
                table[f"{name}_us"] = moment_in(table.pop(name), f"{place}, {name}")
        found.append(indicator_from(table))
    return found


def _only(told: Mapping[str, Any], known: set[str], where: str) -> None:
    if extra := sorted(set(told) - known):
        raise BadInput(
            f"has the unknown key {extra[0]!r}.", where=where,
            remedy=f"Known: {', '.join(sorted(known))}.",
        )  # fmt: skip


def _tlp(value: object) -> Tlp:
    text = str(value).upper()
    return Tlp(text if text.startswith("TLP:") else f"TLP:{text}")


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TypeError("a text is missing")
    return value


def _texts(value: object) -> frozenset[str]:
    if not isinstance(value, list):
        raise TypeError("a list is missing")
    return frozenset(_text(one) for one in value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("government is true or false")
    return value
