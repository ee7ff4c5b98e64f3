"""Graphs: ownership read from a file of our own or from FollowTheMoney entities, and profiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from stillwatch.adapters.screen.formats.listfile import content, text
from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput
from stillwatch.screen.holdings import SCHEMA, Graph, graph_from
from stillwatch.screen.shells import Profile, profile_from


def load_graph(path: Path) -> tuple[Graph, str]:
    """A graph and the digest of what it was made from.

    Args:
        path: JSON of the schema ``stillwatch.ownership/1``, or FollowTheMoney entities, one a line.

    Raises:
        BadInput: it is damaged, or neither of the two.
        OutsideFailed: it cannot be read.
    """
    data = content(path)
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        value = _from_entities(text(data, str(path)), str(path))
    if isinstance(value, dict) and {"id", "schema", "properties"} <= set(value):
        value = _from_entities(text(data, str(path)), str(path))
    if not isinstance(value, dict):
        raise BadInput("is no JSON object.", where=str(path), remedy=f"Write {SCHEMA}.")
    return graph_from(value, str(path)), digest_of("graph", value)


def load_profiles(path: Path) -> list[Profile]:
    """Profiles of customers, one JSON object a line.

    Raises:
        BadInput: a line is no profile, or there is none.
        OutsideFailed: it cannot be read.
    """
    found = []
    for number, line in enumerate(content(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise BadInput(f"is no JSON: {error}.", where=f"{path}, line {number}") from None
        if not isinstance(row, dict):
            raise BadInput("is no object.", where=f"{path}, line {number}")
        found.append(profile_from(row, number))
    return found


def _from_entities(body: str, where: str) -> dict[str, Any]:
    """A graph of FollowTheMoney's Ownership, Directorship and Sanction entities."""
    from stillwatch.adapters.screen.formats.ftm import LISTS, TOPICS, rows

    parties: dict[str, dict[str, Any]] = {}
    holdings, seats = [], []
    for _, row in rows(body, where):
        kind, about = row["schema"], row["properties"]
        if kind == "Ownership":
            for owner in about.get("owner", ()):
                for owned in about.get("asset", ()):
                    holdings.append(
                        {"owner": owner, "owned": owned, "share": _share(about),
                         "from": _first(about, "startDate"), "until": _first(about, "endDate"),
                         "source": _first(about, "sourceUrl") or ""}
                    )  # fmt: skip
        elif kind == "Directorship":
            for person in about.get("director", ()):
                for of in about.get("organization", ()):
                    seats.append(
                        {"person": person, "of": of, "from": _first(about, "startDate"),
                         "until": _first(about, "endDate")}
                    )  # fmt: skip
        elif "name" in about:
            listed = bool(TOPICS & set(about.get("topics", ())))
            parties[row["id"]] = {
                "id": row["id"], "name": about["name"][0],
                "listed": [
                    {"list": LISTS.get(one, one)} for one in row.get("datasets", ()) if listed
                ],
            }  # fmt: skip
    for one in (*holdings, *seats):
        for key in ("owner", "owned", "person", "of"):
            if key in one:
                parties.setdefault(one[key], {"id": one[key]})
    return {
        "schema": SCHEMA, "parties": list(parties.values()), "holdings": holdings, "seats": seats,
    }  # fmt: skip


def _first(about: dict[str, Any], name: str) -> str | None:
    value = next(iter(about.get(name, ())), None)
    # A year alone counts from its first day.
    return f"{value}-01-01"[:10] if value and len(value) == 4 else value


def _share(about: dict[str, Any]) -> str | None:
    value = _first(about, "percentage")
    if value is None:
        return None
    return value if value.strip().endswith("%") else f"{value.strip()}%"
