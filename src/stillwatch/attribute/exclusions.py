"""Exclusions: what closes a case before anything else is asked.

H.R. 8283 as introduced takes authorised training, permitted exceptions and express authorisation
out of its definition (3(11)(C)). They are tried first. One that applies closes the case; one that
nobody could look at is said, and keeps the strongest word from being used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stillwatch.model.errors import BadInput

APPLIES, NOT_APPLIES, NOT_LOOKED = "applies", "does not apply", "could not look"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One way out: its name, the place in the bill, and what a person must look at."""

    name: str
    title: str
    clause: str
    asks: str


EXCLUSIONS: tuple[Exclusion, ...] = (
    Exclusion("authorised_training", "Authorised training", "3(11)(C), authorised practices",
              "Do the terms or a contract with these customers allow training on the answers?"),
    Exclusion("permitted_exception", "Permitted exception", "3(11)(C), exceptions",
              "Is this a study, evaluation or other use that the terms except?"),
    Exclusion("express_authorisation", "Express authorisation", "3(11)(C), express authorisation",
              "Did somebody entitled to it agree to this use beforehand?"),
)  # fmt: skip
BY_NAME = {one.name: one for one in EXCLUSIONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """An exclusion as it stands.

    Attributes:
        name, title, clause: of the exclusion.
        status: applies, does not apply, could not look.
        why: what that rests on.
        by: the person who answered; empty where records did.
    """

    name: str
    title: str
    clause: str
    status: str
    why: str
    by: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


def tried(
    told: Mapping[str, str],
    agreements: Mapping[str, Any] | None,
    answers: Iterable[Mapping[str, Any]] = (),
) -> tuple[Excluded, ...]:
    """Try all exclusions; what a person answered last stands over records.

    Args:
        told: the claims of ``detect`` in its own sentences.
        agreements: ``n_accounts`` of the campaign and ``n_agreed``, those with an agreement
            in the register; None where no register was given.
        answers: bodies of the answers, ``exclusion``, ``answer``, ``grounds`` and ``by``, in
            order.
    """
    stands = {str(a["exclusion"]): a for a in answers}
    out = []
    for one in EXCLUSIONS:
        answer = stands.get(one.name)
        if answer is not None:
            status, why, by = str(answer["answer"]), str(answer["grounds"]), str(answer["by"])
        else:
            status, why = _by_records(one.name, told, agreements)
            by = ""
        out.append(
            Excluded(name=one.name, title=one.title, clause=one.clause, status=status, why=why,
                     by=by)
        )  # fmt: skip
    return tuple(out)


def answered(exclusion: str, answer: str, grounds: str) -> dict[str, str]:
    """The body of a person's answer.

    Raises:
        BadInput: the exclusion or the answer is unknown, or no grounds are given.
    """
    if exclusion not in BY_NAME:
        known = ", ".join(BY_NAME)
        raise BadInput(f"there is no exclusion {exclusion!r}; known are {known}.", where="case")
    if answer not in (APPLIES, NOT_APPLIES, NOT_LOOKED):
        raise BadInput(f"the answer {answer!r} is none.", where=exclusion)
    if not grounds.strip():
        raise BadInput("an answer needs its grounds.", where=exclusion)
    return {"exclusion": exclusion, "answer": answer, "grounds": grounds.strip()}


def _by_records(
    name: str, told: Mapping[str, str], agreements: Mapping[str, Any] | None
) -> tuple[str, str]:
    if name == "authorised_training":
        return NOT_LOOKED, "only a person can read terms and contracts; nobody has answered"
    disclosed = str(told.get("unauthorised", ""))
    agreed = agreements is not None and agreements["n_agreed"]
    if name == "express_authorisation" and disclosed.startswith("met") and not agreed:
        return NOT_APPLIES, "the account table discloses no agreed use of these accounts"
    if agreements is None:
        return NOT_LOOKED, "no register of agreements was given"
    n_agreed, n_accounts = int(agreements["n_agreed"]), int(agreements["n_accounts"])
    if not n_agreed:
        return NOT_APPLIES, f"the register holds no agreement for any of {n_accounts:,} accounts"
    return (
        NOT_LOOKED,
        f"{n_agreed:,} of {n_accounts:,} accounts have an agreement: a person must say what it"
        " covers",
    )
