"""The shipped packs of data, and a user's own rules from a file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from stillwatch.cloud.customers import Pack, packs_from
from stillwatch.cloud.flops import Reach, reach_from
from stillwatch.cloud.hardware import HardwareTable, hardware_from
from stillwatch.cloud.regimes import Rule, rules_from
from stillwatch.cloud.rhythm import RhythmModel, rhythm_model_from
from stillwatch.cloud.training_report import Form, form_from
from stillwatch.model.errors import BadInput, OutsideFailed


def text_of(name: str) -> str:
    """The text of a shipped file of data."""
    path = resources.files("stillwatch.adapters.cloud.packs").joinpath(f"{name}.toml")
    return path.read_text(encoding="utf-8")


@cache
def shipped(name: str) -> dict[str, Any]:
    """A shipped file of data, parsed: ``regimes``, ``customers``, ``accelerators`` and so on."""
    return tomllib.loads(text_of(name))


def read_toml(path: Path) -> dict[str, Any]:
    """A user's TOML file.

    Raises:
        OutsideFailed: it cannot be opened.
        BadInput: it is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OutsideFailed(f"{path}: cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is not TOML: {error}.", where=str(path)) from error


def hardware() -> HardwareTable:
    """The table of accelerators."""
    return hardware_from(shipped("accelerators"))


def reach() -> dict[str, Reach]:
    """How far counters tell what was reached."""
    return reach_from(shipped("reach"))


def rhythm_model() -> RhythmModel:
    """The numbers of the score of rhythm."""
    return rhythm_model_from(shipped("rhythm"))


def rules(own: Path | None = None) -> tuple[Rule, ...]:
    """The shipped rules, and a user's own after them.

    Raises:
        BadInput: the user's file is no file of rules, or an id stands twice.
    """
    return rules_of(shipped("regimes"), None if own is None else read_toml(own), str(own))


def rules_of(
    shipped_told: Mapping[str, Any], own: Mapping[str, Any] | None, where: str = "own rules"
) -> tuple[Rule, ...]:
    """The rules of a parsed file of ours, and a user's after them; see :func:`rules`."""
    ours = rules_from(shipped_told, where="regimes")
    if own is None:
        return ours
    theirs = rules_from(own, where=where)
    if twice := {r.id for r in ours} & {r.id for r in theirs}:
        raise BadInput(f"the id {min(twice)!r} is that of a shipped rule.", where=where)
    return ours + theirs


def packs() -> tuple[Pack, ...]:
    """The packs of rules on customers' records."""
    return packs_from(shipped("customers"), where="customers")


def form() -> Form:
    """The form of a report of a training run."""
    return form_from(shipped("customers"), where="customers")
