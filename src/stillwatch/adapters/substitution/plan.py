"""The plan of a watch over a vendor's routes: what is compared with what, and how strictly."""

from __future__ import annotations

from datetime import UTC as utc
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stillwatch.adapters.asking.endpoint import Endpoint, endpoint_from, load_toml
from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadSettings
from stillwatch.vet.substitution import Announced, battery_digest

OWN_WINDOW: Final = "own-first-window"
_TABLES: Final = ("reference", "candidate", "route", "announced")


class Plan(BaseModel):
    """What was fixed before the first question."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True,
        use_attribute_docstrings=True,
    )  # fmt: skip

    vendor: str = Field(min_length=1, max_length=200)
    """Whose routes these are; the subject of the report."""
    alpha: float = Field(default=1e-3, gt=0, le=0.05)
    """False alarms over all routes and all looks."""
    questions: int = Field(default=1_000, ge=100, le=100_000)
    """Questions to each route after which the exact test is made, once."""
    per_look: int = Field(default=250, ge=10, le=100_000)
    """Questions to each route at each look."""
    reference_samples: int = Field(default=3, ge=1, le=20)
    """Answers of the reference to each question."""
    seed: int = Field(default=1, ge=0, le=2**53)
    """Of numbers and wordings; another plan, another seed."""
    reference: Endpoint | None
    """A route that is trusted; None takes each route's own first window."""
    candidate: Endpoint | None = None
    """The model that is suspected in its place, where there is one."""
    routes: dict[str, Endpoint]
    """Routes by name: an address, region or harness string each."""
    announced: tuple[Announced, ...] = ()
    """Changes that the vendor announced."""

    def fixed(self) -> dict[str, Any]:
        """What must not change between looks; no key and no pace."""
        return {
            "vendor": self.vendor, "alpha": self.alpha, "questions": self.questions,
            "per_look": self.per_look, "reference_samples": self.reference_samples,
            "seed": self.seed, "battery": battery_digest(),
            "reference": OWN_WINDOW if self.reference is None else self.reference.identity(),
            "candidate": None if self.candidate is None else self.candidate.identity(),
            "routes": {name: one.identity() for name, one in sorted(self.routes.items())},
        }  # fmt: skip

    def digest(self) -> str:
        """Ref of what was fixed."""
        return digest_of("plan", self.fixed())


def load_plan(path: Path) -> Plan:
    """Read a plan.

    Raises:
        BadSettings: a key is unknown or a value will not do.
        OutsideFailed: it cannot be read.
    """
    tree = load_toml(path)
    told = {name: value for name, value in tree.items() if name not in _TABLES}
    where = str(path)
    if tree.get("reference") == OWN_WINDOW:
        told["reference"] = None
    else:
        table = _table(tree.get("reference"), "reference", where)
        told["reference"] = endpoint_from(table, f"{where}, reference", path.parent)
    if "candidate" in tree:
        table = _table(tree["candidate"], "candidate", where)
        told["candidate"] = endpoint_from(table, f"{where}, candidate", path.parent)
    told["routes"] = _routes(tree.get("route"), where, path.parent)
    told["announced"] = _announced(tree.get("announced", []), where, set(told["routes"]))
    try:
        return Plan(**told)
    except (ValidationError, TypeError) as error:
        if not isinstance(error, ValidationError):
            raise BadSettings("plan", f"{error}, in {where}.") from None
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise BadSettings(key, f"{first['msg']}, in {where}.") from None


def _table(value: object, name: str, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadSettings(
            name,
            f"{where} has no table [{name}]: url, kind, model and more of an endpoint"
            + (f', or {name} = "{OWN_WINDOW}".' if name == "reference" else "."),
        )
    return dict(value)


def _routes(value: object, where: str, folder: Path) -> dict[str, Endpoint]:
    if not isinstance(value, list) or not value:
        raise BadSettings("route", f"{where} has no [[route]]: name, url, kind, model.")
    found: dict[str, Endpoint] = {}
    for one in value:
        table = _table(one, "route", where)
        name = table.pop("name", None)
        if not isinstance(name, str) or not _plain(name):
            raise BadSettings(
                "route.name", f"letters, digits, dots and dashes, at most 60, in {where}."
            )
        if name in found:
            raise BadSettings("route.name", f"{name} stands twice in {where}.")
        found[name] = endpoint_from(table, f"{where}, route {name}", folder)
    return found


def _plain(name: str) -> bool:
    return (
        0 < len(name) <= 60
        and name.isascii()
        and name[0].isalnum()
        and all(char.isalnum() or char in "-_." for char in name)
    )


def _announced(value: object, where: str, routes: set[str]) -> tuple[Announced, ...]:
    if not isinstance(value, list):
        raise BadSettings("announced", f"is a list of tables, [[announced]], in {where}.")
    found = []
    for one in value:
        table = _table(one, "announced", where)
        if unknown := set(table) - {"route", "date", "note"}:
            raise BadSettings("announced", f"no such key: {sorted(unknown)[0]}, in {where}.")
        day, route = table.get("date"), table.get("route", "")
        if isinstance(day, date) and not isinstance(day, datetime):
            day = datetime.combine(day, time(), utc)
        if not isinstance(day, datetime):
            raise BadSettings("announced.date", f"a day such as 2026-05-01, in {where}.")
        if route and route not in routes:
            raise BadSettings("announced.route", f"there is no route {route!r} in {where}.")
        day = day if day.tzinfo else day.replace(tzinfo=utc)
        at_us = round(day.timestamp() * 1e6)
        found.append(Announced(route=route, at_us=at_us, note=str(table.get("note", ""))[:300]))
    return tuple(found)
