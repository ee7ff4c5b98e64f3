"""Appeals: the subject asks for a person to look; a person must, within 72 hours.

An appeal is about one case: one account and what touched it. Where the person grants it, the
account is restored by a decision that outranks whatever stands about its campaign; the other
accounts of the cluster stay as they are. Where nobody has looked in time, the account falls
to friction until somebody does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from stillwatch.control.cases import find_case
from stillwatch.control.ladder import FRICTION, RUNGS
from stillwatch.control.reasons import reason
from stillwatch.model.decision import DAY_US, HOUR_US, Approval, By, Decision
from stillwatch.model.errors import BadInput, NotAllowed

DUE_US: Final = 72 * HOUR_US
#: how long a granted appeal keeps its account out of what rules say of the cluster.
RESTORED_US: Final = 180 * DAY_US
LONGEST_STATEMENT: Final = 4_000


class Outcome(StrEnum):
    """How a person ruled."""

    GRANTED = "granted"
    UPHELD = "upheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """A subject's request that a person look.

    Args:
        case: the case number that was quoted.
        account: who asks, authenticated by the mouth.
        about: the decision, or ``rule:...``, that touched the account.
        opened_us: when it came; the clock runs from here.
        statement: what the subject says, as text.
    """

    case: str
    account: str
    about: str
    opened_us: int
    statement: str = ""

    @property
    def id(self) -> str:
        """Digest of case and account: a case is contested once."""
        told = f"{self.case}\x1f{self.account}"
        return f"appeal:{hashlib.blake2b(told.encode(), digest_size=8).hexdigest()}"

    @property
    def due_us(self) -> int:
        """By when a person must have ruled."""
        return self.opened_us + DUE_US

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a person ruled on an appeal, and why, in words for the subject."""

    appeal: str
    outcome: Outcome
    name: str
    made_us: int
    why: str

    @property
    def id(self) -> str:
        """Digest of all of it."""
        told = "\x1f".join(f"{key}={value!r}" for key, value in sorted(asdict(self).items()))
        return f"ruling:{hashlib.blake2b(told.encode(), digest_size=8).hexdigest()}"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def appeal_from(value: Mapping[str, Any]) -> Appeal:
    """The appeal that :meth:`Appeal.to_json` told.

    Raises:
        BadInput: a field is missing or unknown.
    """
    try:
        return Appeal(**value)
    except TypeError as error:
        raise BadInput(f"is no appeal: {error}.", where=str(value.get("case"))) from error


def ruling_from(value: Mapping[str, Any]) -> Ruling:
    """The ruling that :meth:`Ruling.to_json` told.

    Raises:
        BadInput: a field is missing, unknown, or the outcome is none.
    """
    try:
        return Ruling(**{**value, "outcome": Outcome(value["outcome"])})
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no ruling: {error}.", where=str(value.get("appeal"))) from error


def contest(
    case: str,
    account: str,
    *,
    abouts: Iterable[str],
    appeals: Mapping[str, Appeal],
    case_key: bytes,
    now_us: int,
    statement: str = "",
) -> Appeal:
    """Open an appeal.

    Args:
        case: the number, as it was quoted.
        account: who asks; must be authenticated by the caller.
        abouts: ids of decisions and ``rule:`` names that could have touched the account.
        appeals: those opened so far, by id.
        case_key: the secret that case numbers are made with.
        now_us: the moment.
        statement: what the subject says; cut at a length that a person can read.

    Raises:
        BadInput: the number is none of this account's.
        NotAllowed: the case was contested before.
    """
    about = find_case(case, account, abouts, case_key)
    if about is None:
        raise BadInput(
            "this case number does not belong to this account.",
            where="case",
            remedy="Copy it from the refused answer, and use a key of the account that got it.",
        )
    letters = "".join(x for x in case.upper() if x.isalnum()).removeprefix("SW")
    number = "SW-" + "-".join(letters[low : low + 4] for low in (0, 4, 8))
    opened = Appeal(
        case=number,
        account=account,
        about=about,
        opened_us=now_us,
        statement=statement[:LONGEST_STATEMENT],
    )
    if opened.id in appeals:
        raise NotAllowed(f"case {number} was contested before", by_rule="a case is contested once")
    return opened


def rule_on(
    appeal: Appeal,
    *,
    outcome: Outcome,
    name: str,
    why: str,
    rulings: Iterable[Ruling],
    decision: Decision | None,
    approvals: Iterable[Approval],
    now_us: int,
) -> tuple[Ruling, Decision | None]:
    """Rule on an appeal; where it is granted, the decision that restores the account.

    Args:
        appeal: the appeal.
        outcome: granted or upheld.
        name: the person; not the one who made the decision, nor one who approved it.
        why: for the subject, in words.
        rulings: those made so far.
        decision: what the case is about, where it is a decision.
        approvals: all approvals of decisions.
        now_us: the moment.

    Raises:
        BadInput: no person or no reason is given.
        NotAllowed: it was ruled on before, or by who made or approved the decision.
    """
    if not name.strip() or not why.strip():
        raise BadInput("a ruling needs a person and a reason in words.", where=appeal.case)
    if any(one.appeal == appeal.id for one in rulings):
        raise NotAllowed(f"case {appeal.case} was ruled on", by_rule="a case is ruled on once")
    if decision is not None and decision.by is By.PERSON and decision.name == name:
        raise NotAllowed(f"{name} made the decision", by_rule="another person rules")
    if any(one.decision == appeal.about and one.name == name for one in approvals):
        raise NotAllowed(f"{name} approved the decision", by_rule="another person rules")
    ruling = Ruling(appeal=appeal.id, outcome=outcome, name=name, made_us=now_us, why=why)
    if outcome is Outcome.UPHELD:
        return ruling, None
    return ruling, Decision(
        control="observe",
        about=f"account:{appeal.account}",
        by=By.PERSON,
        name=name,
        reason="appeal-granted",
        because=(appeal.id, appeal.about),
        made_us=now_us,
        starts_us=now_us,
        until_us=now_us + RESTORED_US,
        note=f"case {appeal.case}",
    )


def overdue(
    appeals: Iterable[Appeal],
    rulings: Iterable[Ruling],
    decisions: Mapping[str, Decision],
    now_us: int,
) -> list[Decision]:
    """Decisions of the clock: accounts whose 72 hours are over fall to friction.

    Args:
        appeals: all appeals.
        rulings: all rulings.
        decisions: all decisions, by id; one that the clock has made already is not made again.
        now_us: the moment.
    """  # fmt: skip
    ruled = {one.appeal for one in rulings}
    eased = {d.because[0] for d in decisions.values() if d.by is By.CLOCK and d.until_us > now_us}
    out = []
    for appeal in appeals:
        about = decisions.get(appeal.about)
        hard = about is not None and RUNGS[about.control].height > FRICTION
        if appeal.id in ruled or appeal.id in eased or now_us < appeal.due_us or not hard:
            continue
        out.append(
            Decision(
                control="slow",
                about=f"account:{appeal.account}",
                by=By.CLOCK,
                name="appeals-clock",
                reason="appeal-pending",
                because=(appeal.id, appeal.about),
                made_us=now_us,
                starts_us=now_us,
                until_us=now_us + RUNGS["slow"].longest_us,
                note=f"case {appeal.case} was due",
            )
        )
    return out


def summary(
    about: Decision | None, campaign: Mapping[str, Any] | None, *, rule_reason: str = ""
) -> list[str]:
    """What was seen, for a layman: sentences with numbers, no name of any other account.

    Args:
        about: the decision, where the case is about one.
        campaign: its campaign in the contract ``stillwatch.campaigns/1``, where it is known.
        rule_reason: code of the reason, where a rule acted without a decision.
    """
    told = reason(about.reason if about else rule_reason or "review")
    lines = [told.tells]
    if campaign is not None:
        n_accounts, n_exchanges = len(campaign["accounts"]), int(campaign["n_exchanges"])
        lines.append(
            f"We saw {n_accounts:,} accounts that together sent {n_exchanges:,} requests between "
            f"{str(campaign['first_seen'])[:10]} and {str(campaign['last_seen'])[:10]}."
        )
        strong = [s for s in campaign.get("signals", ()) if s["bits"] >= 2.0][:3]
        lines += [f"{s['observed'][0].upper()}{s['observed'][1:]}." for s in strong]
        lines.append(
            f"About {float(campaign['fdr']):.2g} of findings as strong as this one are wrong; "
            "that is why you can contest it."
        )
    lines.append(told.remedy)
    return lines
