"""What a model said, from folders of answers, files, exported tokens and exported numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from stillwatch.adapters.asking import read_answers
from stillwatch.adapters.vetting.lineage_material import Loaded
from stillwatch.adapters.vetting.lineage_numbers import load_numbers
from stillwatch.adapters.vetting.lineage_plan import Model, Plan
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.playbooks.lineage import PAIR, SELF, SLOT
from stillwatch.vet.asked import Answer, answer_from
from stillwatch.vet.lineage import Heard
from stillwatch.vet.lineage.heard import word_tokens

#: bytes of a file of answers.
LARGEST: Final = 4 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A model, heard.

    Args:
        heard: for the room.
        n_answers: that were read.
        n_nothing: of these without text.
        n_unknown: of these to probes that are not of this plan.
        said_models: what the endpoint called who answered.
    """

    heard: Heard
    n_answers: int
    n_nothing: int
    n_unknown: int
    said_models: tuple[str, ...]

    def notes(self) -> list[str]:
        """Sentences for the report."""
        out = []
        if self.n_nothing:
            out.append(f"{self.heard.name}: {self.n_nothing} of {self.n_answers} answers are empty")
        if self.n_unknown:
            out.append(f"{self.heard.name}: {self.n_unknown} answers are to no probe of this plan")
        if len(self.said_models) > 1:
            out.append(f"{self.heard.name}: {len(self.said_models)} names of models answered")
        return [f"{one}." for one in out]


def hear(name: str, told: Model, folders: Sequence[Path], plan: Plan, loaded: Loaded) -> Found:
    """Read all that a model said.

    Args:
        name: of the model.
        told: where its answers are.
        folders: those of `vet lineage ask`, where they are there.
        plan: the plan.
        loaded: whose slots, questions and pairs are known.

    Raises:
        OutsideFailed: a file cannot be read.
        BadInput: one is not what it should be.
    """
    material = loaded.material
    answers = list(_answers([*folders, *told.answers]))
    slots = {slot for one in material.choices for slot in one.slots}
    pairs = {one.name for one in material.pairs}
    prompts = {one.name: one.prompt for one in material.pairs}
    by_slot: dict[str, list[str]] = {}
    by_pair: dict[str, list[str]] = {}
    selves: list[str] = []
    n_nothing = n_unknown = 0
    for one in answers:
        kind, _, rest = one.probe.partition(":")
        if not one.text.strip() or one.finish == "error":
            n_nothing += 1
        elif kind + ":" == SLOT and rest in slots:
            by_slot.setdefault(rest, []).append(one.text)
        elif kind + ":" == PAIR and rest in pairs:
            by_pair.setdefault(rest, []).append(one.text)
        elif kind + ":" == SELF:
            selves.append(one.text)
        else:
            n_unknown += 1
    asked, said = _tokens(told.tokens) if told.tokens else ([], [])
    if plan.green and plan.green.tokens == "words":
        prompts |= {slot: loaded.questions.get(slot, "") for slot in by_slot}
        # Whole: a window of theirs that was missed would be counted as nobody's.
        asked = [word_tokens(prompts[name], None) for name in (*by_pair, *by_slot)]
        said = [word_tokens(text) for texts in (*by_pair.values(), *by_slot.values())
                for text in texts]  # fmt: skip
    heard = Heard(
        name=name, slots=by_slot, pairs=by_pair, selves=selves, prompts=asked, answers=said,
        numbers=load_numbers(told.numbers) if told.numbers else None,
    )  # fmt: skip
    return Found(
        heard=heard, n_answers=len(answers), n_nothing=n_nothing, n_unknown=n_unknown,
        said_models=tuple(sorted({one.said_model for one in answers if one.said_model})),
    )  # fmt: skip


def _answers(places: Iterable[Path]) -> list[Answer]:
    """Answers of folders and files, one for each probe and sample, in their order."""
    found: dict[tuple[str, int], Answer] = {}
    for place in places:
        for one in read_answers(place) if place.is_dir() else _of_file(place):
            found.setdefault((one.probe, one.sample), one)
    return [found[key] for key in sorted(found)]


def _of_file(path: Path) -> list[Answer]:
    out = []
    for number, told in _objects(path):
        try:
            out.append(answer_from(told))
        except BadInput as error:
            raise BadInput(error.what, where=f"{path}, line {number}") from None
    return out


def _tokens(path: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    asked, said = [], []
    for number, told in _objects(path):
        try:
            prompt = np.array(told["prompt_tokens"], np.int64)
            answer = np.array(told["answer_tokens"], np.int64)
        except (KeyError, TypeError, ValueError, OverflowError):
            prompt = answer = np.zeros((0, 0), np.int64)
        if prompt.ndim != 1 or answer.ndim != 1:
            raise BadInput(
                "`prompt_tokens` and `answer_tokens` are lists of numbers.",
                where=f"{path}, line {number}",
            )
        asked.append(prompt)
        said.append(answer)
    return asked, said


def _objects(path: Path) -> Iterable[tuple[int, dict[str, Any]]]:
    try:
        if path.stat().st_size > LARGEST:
            raise BadInput(f"is larger than {LARGEST >> 30} GiB.", where=str(path))
        file = path.open("rb")
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    with file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                told = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise BadInput(f"is no JSON: {error}.", where=f"{path}, line {number}") from None
            if not isinstance(told, dict):
                raise BadInput("is no object.", where=f"{path}, line {number}")
            yield number, told
