"""Rechecking: redo every sum of a file of terms, from its numbers up.

Signals from their terms, families from signals, the total from families, what each rival
leaves from what it does not explain, and the false-discovery rate from that. Each step takes
what the step before gave, never what the file says it gave.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput
from stillwatch.stats.evaluating import outcomes
from stillwatch.stats.evidence import added_up, probability_of, sides
from stillwatch.stats.inputs import Input, number, read_inputs
from stillwatch.stats.sequential import discovery_fdr

F64 = npt.NDArray[np.float64]

SCHEMA = "stillwatch.terms/1"
#: by how much, relative or absolute, a number that was done again may differ: the last digits of
#: exp and log are those of the processor and the mathematical library.
TOLERANCE = 1e-9
MOST_SIGNALS = 512
MOST_TERMS = 16
_BITS = 1e6
_MEMBERS = {
    "bits": Input(dims=("n", "parts"), low=-_BITS, high=_BITS),
    "prior_bits": number(-_BITS, 0.0),
    "weight_bits": Input(dims=("n",), low=-_BITS, high=_BITS),
    "membership": Input(dims=("n",), low=0.0, high=1.0),
}
_QUESTIONS = ("operator", "harvest")


@dataclass(frozen=True, slots=True)
class Compared:
    """One number of the file, and what it is when it is done again.

    Attributes:
        what: which number.
        said: what the file says; None where it says none.
        redone: what it is; None where it could not be done.
        why: why it could not.
    """

    what: str
    said: float | str | None
    redone: float | str | None
    why: str = ""

    @property
    def agrees(self) -> bool:
        """Whether both are the same number, ``TOLERANCE`` apart at most."""
        if self.why or self.said is None or self.redone is None:
            return False
        if isinstance(self.said, str) or isinstance(self.redone, str):
            return self.said == self.redone
        return math.isclose(self.said, self.redone, rel_tol=TOLERANCE, abs_tol=TOLERANCE)

    @property
    def exactly(self) -> bool:
        """Whether both are the same to the last digit."""
        return self.agrees and self.said == self.redone

    def __str__(self) -> str:
        """A sentence."""
        if self.why:
            return f"{self.what}: could not be done again: {self.why}"
        if self.agrees:
            return f"{self.what}: agrees"
        if isinstance(self.said, float) and isinstance(self.redone, float):
            return (
                f"{self.what}: differs by {self.redone - self.said:+.3g}: the file says "
                f"{self.said:.12g}, its numbers give {self.redone:.12g}"
            )
        return f"{self.what}: differs: the file says {self.said}, its numbers give {self.redone}"


#: gives what it compared one by one, and at last what the next step takes.
Redone = TypeVar("Redone")
Redoing = Generator[Compared, None, Redone]


def digest(features: Mapping[str, Any]) -> str:
    """The digest of a file of terms, without the one that it holds."""
    return digest_of("terms", {k: v for k, v in features.items() if k != "digest"})


def compare(features: Any) -> tuple[Compared, ...]:
    """Every number of a file of terms beside what it is when it is done again.

    Args:
        features: what was read from JSON, whatever it is.

    Returns:
        what was compared, up to the first thing that is not what the schema says.
    """
    out: list[Compared] = []
    try:
        for one in _compared(features):
            out.append(one)
    except BadInput as error:
        out.append(Compared(error.where or "features", None, None, error.what))
    return tuple(out)


def recheck(features: Any) -> tuple[str, ...]:
    """What is wrong with a file of terms, a sentence each; empty where every number agrees."""
    return tuple(str(one) for one in compare(features) if not one.agrees)


def _compared(features: Any) -> Iterator[Compared]:
    whole = _object(features, "features")
    if whole.get("schema") != SCHEMA:
        raise BadInput(f"is not of the schema {SCHEMA}.", where="schema")
    yield Compared("digest", _text(whole, "digest", ""), digest(whole))
    cap = _number(whole, "cap", "")
    if cap <= 0:
        raise BadInput("is not above 0.", where="cap")
    left = yield from _scales(whole, "", cap)
    if whole.get("opening") is not None:
        left = yield from _scales(_object(whole["opening"], "opening"), "opening.", cap)
    yield from _discovery(_object(whole.get("discovery"), "discovery"), left)
    yield from _accounts(_object(whole.get("accounts"), "accounts"))


def _scales(scales: Mapping[str, Any], at: str, cap: float) -> Redoing[float]:
    """One weighing; what the best rival leaves is given back."""
    signals = _objects(scales, "signals", at, MOST_SIGNALS)
    bits = np.zeros(len(signals))
    for nth, signal in enumerate(signals):
        bits[nth] = yield from _signal(signal, f"{at}signals[{nth}]", at)
    names = [_text(s, "name", f"{at}signals[{n}].") for n, s in enumerate(signals)]
    if len(set(names)) < len(names):
        raise BadInput("one signal stands twice.", where=f"{at}signals")
    in_family = [_text(s, "family", f"{at}signals[{n}].") for n, s in enumerate(signals)]
    families = list(dict.fromkeys(in_family))
    group = np.array([families.index(f) for f in in_family], np.int64)
    asked = [_text(s, "question", f"{at}signals[{n}].") for n, s in enumerate(signals)]
    if not set(asked) <= set(_QUESTIONS):
        raise BadInput(f"a question is none of {', '.join(_QUESTIONS)}.", where=f"{at}signals")
    used = np.array([[question == q for q in asked] for question in _QUESTIONS])
    best, worst = sides(bits, group, len(families), used.reshape(2, -1), cap)
    weight = 0.0
    for nth, key in enumerate(("families", "harvest")):
        sums = {f: float(b) for f, b in zip(families, (best + worst)[nth], strict=True) if b}
        said = _object(scales.get(key), f"{at}{key}")
        for family in [*sums, *(f for f in said if f not in sums)]:
            where = f"{at}{key}.{str(family)[:40]}"
            yield Compared(where, _number({where: said.get(family, 0.0)}, where, ""),
                           sums.get(family, 0.0))  # fmt: skip
        weight = sum(sums.values()) if key == "families" else weight
    yield Compared(f"{at}weight_bits", _number(scales, "weight_bits", at), weight)
    left = yield from _rivals(scales, at, cap, names, bits, group)
    unexplained = min(left, default=weight)
    yield Compared(f"{at}unexplained_bits", _number(scales, "unexplained_bits", at), unexplained)
    return unexplained


def _signal(signal: Mapping[str, Any], where: str, at: str) -> Redoing[float]:
    """A signal from its terms; its bits are given back, those of the file where it has none."""
    what = f"{at}{_text(signal, 'name', where + '.')[:40]}"
    said = _number(signal, "bits", f"{where}.")
    if signal.get("could_not_look"):
        why = str(signal["could_not_look"])[:200]
        yield Compared(what, said, None, why)
        return said
    total = 0.0
    for nth, term in enumerate(_objects(signal, "terms", f"{where}.", MOST_TERMS)):
        place = f"{where}.terms[{nth}]"
        try:
            given = outcomes(term, place)
        except BadInput as error:
            yield Compared(what, said, None, str(error))
            return said
        total += given["bits"]
        told = _object(term.get("gives"), f"{place}.gives")
        for key in sorted({*given, *map(str, told)}):
            value = _number(told, key, f"{place}.gives.") if key in told else None
            one = Compared(f"{what}.{key[:40]}", value, given.get(key))
            if not one.agrees:
                yield one
    yield Compared(what, said, total)
    return total


def _rivals(
    scales: Mapping[str, Any],
    at: str,
    cap: float,
    names: list[str],
    bits: F64,
    group: npt.NDArray[np.int64],
) -> Redoing[list[float]]:
    """What each rival leaves; given back as a list."""
    left_out, rivals = scales.get("left_out"), _objects(scales, "rivals", at, MOST_SIGNALS)
    if not rivals:
        return []
    weights = np.array([0.0 if n == left_out else b for n, b in zip(names, bits, strict=True)])
    kept = []
    for nth, rival in enumerate(rivals):
        explains = rival.get("explains")
        if not isinstance(explains, Sequence) or isinstance(explains, str):
            raise BadInput("is no list of signals.", where=f"{at}rivals[{nth}].explains")
        if len(explains) > MOST_SIGNALS:
            raise BadInput(f"names more than {MOST_SIGNALS}.", where=f"{at}rivals[{nth}].explains")
        kept.append([name not in explains for name in names])
    n_groups = int(group.max(initial=-1)) + 1
    best, worst = sides(weights, group, n_groups, np.array(kept).reshape(len(rivals), -1), cap)
    left: list[float] = (best + worst).sum(1).tolist()
    for nth, rival in enumerate(rivals):
        where = f"{at}rivals[{nth}]."
        said = _number(rival, "unexplained_bits", where)
        yield Compared(f"{at}rival {_text(rival, 'hypothesis', where)[:60]}", said, left[nth])
    return left


def _discovery(found: Mapping[str, Any], left: float) -> Iterator[Compared]:
    said = _number(found, "unexplained_bits", "discovery.")
    yield Compared("discovery.unexplained_bits", said, left)
    n_tested, rank = (_number(found, k, "discovery.") for k in ("n_tested", "rank"))
    if not 1 <= rank <= max(n_tested, 1):
        raise BadInput("is not between 1 and what was tested.", where="discovery.rank")
    fdr = discovery_fdr(left, int(n_tested), int(rank))
    yield Compared("discovery.fdr", _number(found, "fdr", "discovery."), fdr)


def _accounts(accounts: Mapping[str, Any]) -> Iterator[Compared]:
    """How surely each account belongs, from the parts of its weight."""
    given = {k: v for k, v in accounts.items() if k != "parts"}
    read = read_inputs(_MEMBERS, given, "accounts")
    parts = accounts.get("parts")
    if not isinstance(parts, list) or len(parts) != read["bits"].shape[1]:
        raise BadInput("does not name the parts.", where="accounts.parts")
    weights = added_up(read["bits"])
    redone = {"weight_bits": weights, "membership": probability_of(weights, read["prior_bits"])}
    for key, values in redone.items():
        for nth, (said, value) in enumerate(zip(read[key].tolist(), values.tolist(), strict=True)):
            yield Compared(f"accounts[{nth}].{key}", said, value)


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadInput("is no object.", where=where)
    if len(value) > MOST_SIGNALS:
        raise BadInput(f"holds more than {MOST_SIGNALS} names.", where=where)
    return value


def _objects(of: Mapping[str, Any], key: str, at: str, most: int) -> list[Mapping[str, Any]]:
    value = of.get(key)
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise BadInput("is no list.", where=f"{at}{key}")
    if len(value) > most:
        raise BadInput(f"holds more than {most}.", where=f"{at}{key}")
    return [_object(one, f"{at}{key}[{nth}]") for nth, one in enumerate(value)]


def _text(of: Mapping[str, Any], key: str, at: str) -> str:
    value = of.get(key)
    if not isinstance(value, str):
        raise BadInput("is no text.", where=f"{at}{key}")
    return value


def _number(of: Mapping[str, Any], key: str, at: str) -> float:
    value = of.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadInput("is no number.", where=f"{at}{key}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise BadInput("is no finite number.", where=f"{at}{key}")
    return number
