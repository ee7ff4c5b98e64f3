"""Running a plan: asking, hearing, judging, and what stands from look to look."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
import orjson

from stillwatch import __version__
from stillwatch.adapters.settled import hold_folder, put_in_place
from stillwatch.adapters.vetting.lineage_heard import Found, hear
from stillwatch.adapters.vetting.lineage_material import Loaded, load_material
from stillwatch.adapters.vetting.lineage_plan import Plan, load_plan
from stillwatch.model.errors import BadInput, BadSettings, OutsideFailed
from stillwatch.playbooks.lineage import probes_of
from stillwatch.vet.asked import Probe
from stillwatch.vet.lineage import Terms, examine
from stillwatch.vet.lineage.binding import binding_point
from stillwatch.vet.lineage.leads import lead_points
from stillwatch.vet.lineage.looking import Standing, Which, looks_from, looks_json
from stillwatch.vet.lineage.telling import part_of
from stillwatch.vet.part import Part, Point, Severity

LOOKS: Final = "looks.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A plan with its material.

    Args:
        plan: the plan.
        loaded: its material.
    """

    plan: Plan
    loaded: Loaded

    def with_answers(self, told: Sequence[str]) -> Case:
        """The same with further answers, each told as ``NAME=PATH``.

        Raises:
            BadSettings: the plan has no such model, or there is no such path.
        """
        plan = self.plan
        for one in told:
            name, _, path = one.partition("=")
            kind = next((k for k in ("suspects", "controls") if name in getattr(plan, k)), None)
            if kind is None or not path or not Path(path).exists():
                raise BadSettings("--answers", f"{one!r}: no such model in the plan, or no file.")
            models = dict(getattr(plan, kind))
            held = models[name]
            models[name] = held.model_copy(update={"answers": (*held.answers, Path(path))})
            plan = plan.model_copy(update={kind: models})
        return replace(self, plan=plan)

    def probes(self) -> list[Probe]:
        """What every suspect and control is asked."""
        plan, marks, pairs, leads = self.plan, self.plan.marks, self.plan.pairs, self.plan.leads
        return probes_of(
            self.loaded.questions, self.loaded.material.pairs, leads.questions if leads else (),
            n_slot_samples=marks.n_samples if marks else 1,
            n_pair_samples=pairs.n_samples if pairs else 1,
            max_tokens=plan.asking.max_tokens, temperature=plan.asking.temperature,
        )  # fmt: skip


def open_case(plan: Path) -> Case:
    """Read a plan and all that it names.

    Raises:
        OutsideFailed: a file cannot be read.
        BadInput: one is not what it should be.
    """
    told = load_plan(plan)
    return Case(plan=told, loaded=load_material(told))


def folder_of(into: Path, name: str) -> Path:
    """Where the answers of one model stand below a folder of `vet lineage ask`."""
    return into / name


def judge_case(
    case: Case, *, into: Path | None = None, state: Path | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Part]:  # fmt: skip
    """Examine every suspect of a plan.

    Args:
        case: the plan.
        into: folder of `vet lineage ask`.
        state: folder in which looks add up; with it e-values decide.
        on_progress: is told what begins.

    Returns:
        a part for each suspect.

    Raises:
        OutsideFailed: a file cannot be read or written.
        BadInput: one is not what it should be, or the state is another plan's.
    """
    on_progress(f"reading what {len(case.plan.suspects) + len(case.plan.controls)} models said")
    suspects = {name: _found(case, name, into) for name in case.plan.suspects}
    controls = {name: _found(case, name, into) for name in case.plan.controls}
    bound = {name: _bound(case, name, one) for name, one in suspects.items()}
    for name, (points, _) in bound.items():
        if any(one.severity is Severity.WARNING for one in points):
            heard = replace(suspects[name].heard, numbers=None)
            suspects[name] = replace(suspects[name], heard=heard)
    on_progress("testing it, with wrong keys on every model")
    terms = Terms(smallest=case.plan.smallest)
    with _looks(state, case.loaded.promise) as before:
        found = examine(
            {name: one.heard for name, one in suspects.items()},
            {name: one.heard for name, one in controls.items()},
            case.loaded.material, terms, before=before, n_elsewhere=case.plan.n_elsewhere,
        )  # fmt: skip
        if state is not None:
            after = {which: one for each in found.values() for which, one in each.looks.items()}
            _save(state, {**(before or {}), **after}, case.loaded.promise)
    beside = [one.heard for one in controls.values()]
    heard_notes = [note for one in (*suspects.values(), *controls.values()) for note in one.notes()]
    parts = {
        name: part_of(
            one, terms,
            leads=(*bound[name][0],
                   *lead_points(suspects[name].heard, beside, case.loaded.material)),
            tools={"stillwatch": __version__, "numpy": version("numpy"), "scipy": version("scipy")},
            notes=(*case.loaded.notes, *heard_notes, *bound[name][1]),
        )
        for name, one in found.items()
    }  # fmt: skip
    keys = case.loaded.keys
    return {name: replace(p, measured={**p.measured, "keys": keys}) for name, p in parts.items()}


def _bound(case: Case, name: str, found: Found) -> tuple[list[Point], list[str]]:
    """Whether an endpoint answers as the weights do whose numbers count for it."""
    told = case.plan.suspects[name]
    if told.numbers is None or not (found.heard.slots or found.heard.pairs):
        return [], []
    bare = told.model_copy(update={"answers": told.weights_answers, "tokens": None})
    weights = hear(name, bare, [], case.plan, case.loaded).heard
    point = binding_point(found.heard, weights, np.random.default_rng(0))
    if point is None:
        return [], [
            f"Nothing binds the endpoint of {name} to the weights whose numbers were exported: "
            "name `weights_answers`, two of each question, 20 questions at least."
        ]
    if point.severity is Severity.WARNING:
        return [point], [f"Numbers of weights were left out: the endpoint of {name} is another's."]
    return [point], []


def _found(case: Case, name: str, into: Path | None) -> Found:
    told = case.plan.suspects.get(name) or case.plan.controls[name]
    folders = [folder_of(into, name)] if into and folder_of(into, name).is_dir() else []
    return hear(name, told, folders, case.plan, case.loaded)


@contextmanager
def _looks(state: Path | None, promise: str) -> Iterator[dict[Which, Standing] | None]:
    """Earlier looks, held so that nobody else adds to them meanwhile; None without a state."""
    if state is None:
        yield None
        return
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = hold_folder(state, "look", "Wait for it.")
    except OSError as error:
        raise OutsideFailed(f"{state} cannot be used: {error.strerror}.") from None
    try:
        path = state / LOOKS
        try:
            told = orjson.loads(path.read_bytes()) if path.exists() else None
        except OSError as error:
            raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
        except orjson.JSONDecodeError:
            raise BadInput("is no JSON.", where=str(path)) from None
        yield {} if told is None else looks_from(told, promise)
    finally:
        os.close(lock)


def _save(state: Path, looks: dict[Which, Standing], promise: str) -> None:
    try:
        put_in_place(state / LOOKS, orjson.dumps(looks_json(looks, promise)))
    except OSError as error:
        raise OutsideFailed(f"{state} cannot be written: {error.strerror}.") from None
