"""Plans of lineage: one TOML file that says what of ours is looked for, and in whom."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet.lineage.statistics import BY_NAME

_Share = Annotated[float, Field(gt=0, lt=1)]


class _Table(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


class _Keyed(_Table):
    ring: Path
    """Ring of the cluster's key, as `defend commit` or `vet keys make` wrote it."""
    decoys: Path
    """Decoys of `vet keys make`."""
    commitments: Path
    """Log in which the key was committed to."""
    served_from: datetime
    """When the first marked answer went out, with its offset; the key must stand in the log by
    then."""

    @model_validator(mode="after")
    def _zoned(self) -> Self:
        if self.served_from.tzinfo is None:
            raise ValueError("served_from needs an offset, such as 2026-11-01T00:00:00Z")
        return self


class Marks(_Keyed):
    """Keyed choices."""

    slots: Path
    """Slots, as `defend commit` read them."""
    questions: Path | None = None
    """TOML, `[question]`: for each slot a question whose answer shows one of its ways."""
    n_samples: int = Field(default=1, ge=1, le=100)
    """Answers to each question."""


class Green(_Keyed):
    """A mark on tokens."""

    slots: Path | None = None
    """Slots that the key was committed to with, where there are any."""
    gamma: float = Field(default=0.5, gt=0, lt=1)
    """Share of green."""
    n_window: int = Field(default=2, ge=1, le=8)
    """Tokens of a window."""
    tokens: Literal["words", "exported"] = "words"
    """What was marked: words, or tokens that are exported with the answers."""


class Pairs(_Table):
    """Served answers and their twins."""

    file: Path
    """JSONL: `exchange_id`, `prompt`, `served`, `unserved` where there is no reserve, and
    `cluster` where the answer was served to another one than the plan is about."""
    reserve: Path | None = None
    """The sealed reserve; without it the file's `unserved` rests on your word: a lead."""
    ring: Path | None = None
    """Ring of the reserve's keys."""
    published: Path | None = None
    """Ids whose served answer stands on the open web, one a line."""
    n_samples: int = Field(default=3, ge=1, le=100)
    """Answers to each prompt."""

    @model_validator(mode="after")
    def _sealed(self) -> Self:
        if (self.reserve is None) != (self.ring is None):
            raise ValueError("reserve and ring are named together")
        return self


class Leads(_Table):
    """What points somewhere and has no error rate."""

    names: tuple[str, ...] = ()
    """What our models and we are called."""
    questions: tuple[str, ...] = ("Who are you, and who made you?",)
    """Questions after itself."""


class Model(_Table):
    """A suspect or a control."""

    endpoint: Path | None = None
    """TOML of the endpoint, for `vet lineage ask`."""
    answers: tuple[Path, ...] = ()
    """Folders of `vet ask`, or JSONL files of answers; besides those of `vet lineage ask`."""
    tokens: Path | None = None
    """JSONL of exported tokens: `prompt_tokens`, `answer_tokens`."""
    numbers: Path | None = None
    """What was exported of open weights, .npz."""
    weights_answers: tuple[Path, ...] = ()
    """What those weights answered to the same probes, to bind the endpoint to them."""


class Asking(_Table):
    """How all are asked."""

    max_tokens: int = Field(default=256, ge=1, le=100_000)
    """Of an answer."""
    temperature: float | None = Field(default=None, ge=0, le=5)
    """Left to the endpoint where none is named."""


class Plan(_Table):
    """The whole plan."""

    about: str = Field(min_length=1, max_length=200)
    """The cluster or campaign whose answers were marked."""
    n_elsewhere: int = Field(default=0, ge=0, le=10**6)
    """Tests of the same keys and pairs that were made and are not in this plan."""
    marks: Marks | None = None
    green: Green | None = None
    pairs: Pairs | None = None
    leads: Leads | None = None
    asking: Asking = Asking()
    smallest: dict[str, _Share] = Field(default_factory=dict)
    """Effects that must be findable before silence counts, by statistic."""
    suspects: dict[str, Model] = Field(min_length=1)
    controls: dict[str, Model] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if unknown := set(self.smallest) - set(BY_NAME):
            raise ValueError(f"smallest: no statistic is called {min(unknown)}")
        for name, value in self.smallest.items():
            chance = BY_NAME[name].unit in ("pair", "token", "window")
            if chance and value <= 0.5:
                raise ValueError(f"smallest.{name}: half is what chance gives")
        for name in ("green", "green_open") if self.green else ():
            if self.green and self.smallest.get(name, BY_NAME[name].smallest) <= self.green.gamma:
                raise ValueError(f"smallest.{name}: must lie above gamma, which chance gives")
        if both := set(self.suspects) & set(self.controls):
            raise ValueError(f"{min(both)} is a suspect and a control")
        for name in (*self.suspects, *self.controls):
            if not name or len(name) > 100 or set(name) & set('/\\\0\n"') or name.startswith("."):
                raise ValueError("a model's name is short and can name a folder")
        return self


def load_plan(path: Path) -> Plan:
    """Read a plan; relative files lie beside it.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is no TOML, or a value will not do.
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is not TOML: {error}", where=str(path)) from None
    try:
        plan = Plan(**tree)
    except (ValidationError, TypeError) as error:
        if not isinstance(error, ValidationError):
            raise BadInput("is no plan.", where=str(path)) from None
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "plan"
        said = first["msg"].removeprefix("Value error, ")
        raise BadInput(f"{key}: {said}.", where=str(path)) from None
    return _placed(plan, path.parent)


def _placed(plan: Plan, folder: Path) -> Plan:
    """The plan with every path taken from its own folder."""

    def at(value: object) -> object:
        if isinstance(value, Path):
            return folder / value
        if isinstance(value, BaseModel):
            told = {name: at(getattr(value, name)) for name in type(value).model_fields}
            return value.model_copy(update=told)
        if isinstance(value, dict):
            return {name: at(one) for name, one in value.items()}
        if isinstance(value, tuple):
            return tuple(at(one) for one in value)
        return value

    placed = at(plan)
    assert isinstance(placed, Plan)
    return placed
