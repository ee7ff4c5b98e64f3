"""Appeals: a subject reads why and contests; a person answers within 72 hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from stillwatch.adapters.gateway.tokens import Role
from stillwatch.control import Claim, LocalLimits
from stillwatch.control.appeals import (
    LONGEST_STATEMENT,
    Appeal,
    Outcome,
    Ruling,
    contest,
    rule_on,
    summary,
)
from stillwatch.control.cases import find_case
from stillwatch.http import schemas
from stillwatch.http.asgi import BadRequest, Reply, Request, as_json, problem, text_of
from stillwatch.http.control import now_us
from stillwatch.http.entry import PUBLIC, READERS
from stillwatch.http.ledger import Ledger, abouts, reasons_of
from stillwatch.http.moments import iso
from stillwatch.http.routes import Route
from stillwatch.model.decision import By, Decision
from stillwatch.model.errors import BadInput

REVIEWERS: Final = frozenset({Role.REVIEWER})
NO_CASE: Final = (
    "This case number does not belong to this account. Copy both from the answer that was refused."
)
MAX_FORM_BYTES: Final = 32_768
#: questions to the public page, an address and everybody: each costs a look at all decisions.
AN_ADDRESS: Final = (20, 60_000_000)
_EVERYBODY: Final = (600, 60_000_000)
_WAIT_US: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """What a subject is shown of a case.

    Args:
        case: its number.
        account: whose it is.
        state: ``not contested``, ``open``, ``granted`` or ``upheld``.
        what: what is done.
        summary: why, in sentences.
        until_us: until when it holds; 0 where it is counted anew with each request.
        holds: whether it still stands.
        appeal: the appeal, once there is one.
        ruling: the ruling, once there is one.
    """

    case: str
    account: str
    state: str
    what: str
    summary: tuple[str, ...]
    until_us: int
    holds: bool
    appeal: Appeal | None = None
    ruling: Ruling | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        told: dict[str, Any] = {
            "case": self.case,
            "state": self.state,
            "what": self.what,
            "summary": list(self.summary),
            "holds": self.holds,
        }
        if self.until_us:
            told["until_at"] = iso(self.until_us)
        if self.appeal is not None:
            told |= {"opened_at": iso(self.appeal.opened_us), "due_at": iso(self.appeal.due_us)}
        if self.ruling is not None:
            told |= {"ruled_at": iso(self.ruling.made_us), "why": self.ruling.why}
        return told


class Appeals:
    """Answers subjects and reviewers.

    Args:
        ledger: what is written, and where.
        an_address: questions that one address may ask the public routes in so many microseconds.
    """

    def __init__(self, ledger: Ledger, an_address: tuple[int, int] = AN_ADDRESS) -> None:
        self._ledger = ledger
        self._an_address = an_address
        self._asked = LocalLimits(100_000)

    def routes(self) -> list[Route]:
        """The addresses of the interface; pages are apart."""
        return [
            Route(
                method="POST", path="/v1/appeals/look", roles=PUBLIC, answer=self.looked,
                what="What a case is about, and how it stands.", takes=schemas.LOOKING,
                gives=schemas.CASE, max_body_bytes=MAX_FORM_BYTES, blocks=True,
            ),
            Route(
                method="POST", path="/v1/appeals", roles=PUBLIC, answer=self.contested,
                what="Contest a case.", takes=schemas.CONTESTING, gives=schemas.CASE, status=201,
                max_body_bytes=MAX_FORM_BYTES, blocks=True,
            ),
            Route(
                method="GET", path="/v1/appeals", roles=READERS, answer=self.listed,
                what="Appeals, the most urgent first, and how often decisions were wrong.",
                gives=schemas.APPEALS, blocks=True,
            ),
            Route(
                method="POST", path="/v1/appeals/{id}/rule", roles=REVIEWERS, answer=self.ruled,
                what="Rule on an appeal.", takes=schemas.RULING_ON, gives=schemas.RULING,
                status=201, blocks=True,
            ),
        ]  # fmt: skip

    def looked(self, request: Request) -> Reply:
        """A subject asks how a case stands."""
        if (busy := self.busy(request)) is not None:
            return busy
        return as_json(self.look(request.table()).to_json())

    def contested(self, request: Request) -> Reply:
        """A subject contests."""
        if (busy := self.busy(request)) is not None:
            return busy
        return as_json(self.open(request.table()).to_json(), 201)

    def listed(self, request: Request) -> Reply:
        """Reviewers and auditors read all appeals."""
        rows = [
            {
                **appeal.to_json(),
                "id": appeal.id,
                "opened_at": iso(appeal.opened_us),
                "due_at": iso(appeal.due_us),
                "state": ruling.outcome if ruling else "open",
                "why": ruling.why if ruling else "",
            }
            for appeal, ruling in self.all()
        ]
        told = {"n_appeals": len(rows), "appeals": rows, "rates": self.rates()}
        return as_json({**told, "by_rung": self.by_rung()})

    def ruled(self, request: Request) -> Reply:
        """A reviewer rules."""
        ruling = self.rule(request, request.tail, request.table())
        return as_json({**ruling.to_json(), "made_at": iso(ruling.made_us)}, 201)

    def busy(self, request: Request) -> Reply | None:
        """A refusal where an address, or everybody, asks too much."""
        claims = [
            Claim(key, period // n, period)
            for key, (n, period) in (
                (f"address:{request.client}", self._an_address),
                ("all", _EVERYBODY),
            )
        ]
        taken = self._asked.take(claims, now_us())
        if taken.allowed:
            return None
        reply = problem(429, "too many questions", remedy="Wait a moment.")
        wait_s = max(1, -(-taken.wait_us // _WAIT_US))
        reply.headers.append((b"retry-after", str(wait_s).encode()))
        return reply

    def look(self, fields: dict[str, Any]) -> Case:
        """The case of a number and an account.

        Raises:
            BadInput: a field will not do.
            BadRequest: they do not belong together.
        """
        case, account = text_of(fields, "case", most=40), text_of(fields, "account")
        self._ledger.catch_up()
        about = find_case(case, account, abouts(self._ledger), self._ledger.case_key)
        if about is None:
            raise BadRequest(404, NO_CASE)
        return self._case(case.upper(), account, about)

    def open(self, fields: dict[str, Any]) -> Case:
        """Contest a case and write that down.

        Raises:
            BadInput: a field will not do, or nothing is said.
            BadRequest: number and account do not belong together.
            NotAllowed: it was contested before.
        """
        self._ledger.catch_up()
        case, account = text_of(fields, "case", most=40), text_of(fields, "account")
        if find_case(case, account, abouts(self._ledger), self._ledger.case_key) is None:
            raise BadRequest(404, NO_CASE)
        appeal = contest(
            case,
            account,
            abouts=abouts(self._ledger),
            appeals=self._ledger.appeals,
            case_key=self._ledger.case_key,
            now_us=now_us(),
            statement=text_of(fields, "statement", most=LONGEST_STATEMENT),
        )
        self._ledger.write(appeal)
        return self._case(appeal.case, appeal.account, appeal.about)

    def rule(self, request: Request, name: str, fields: dict[str, Any]) -> Ruling:
        """Rule on an appeal; the decision that restores the account is written first.

        Raises:
            BadInput: a field will not do.
            BadRequest: there is no such appeal.
            NotAllowed: it was ruled on, or by whom it may not be.
        """
        self._ledger.catch_up()
        appeal = self._ledger.appeals.get(name)
        if appeal is None:
            raise BadRequest(404, "there is no such appeal")
        outcome = text_of(fields, "outcome", most=20)
        if outcome not in set(Outcome):
            raise BadInput(f"outcome must be one of {', '.join(Outcome)}", where="outcome")
        ruling, restored = rule_on(
            appeal,
            outcome=Outcome(outcome),
            name=request.caller.name,
            why=text_of(fields, "why", most=2_000),
            rulings=self._ledger.rulings.values(),
            decision=self._ledger.enforcement.decisions.get(appeal.about),
            approvals=self._ledger.enforcement.approvals.values(),
            now_us=now_us(),
        )
        self._ledger.write(*([restored] if restored else []), ruling)
        return ruling

    def all(self) -> list[tuple[Appeal, Ruling | None]]:
        """Every appeal with its ruling: the open ones first, the most urgent of them first."""
        self._ledger.catch_up()
        ruled = {ruling.appeal: ruling for ruling in self._ledger.rulings.values()}
        rows = [(appeal, ruled.get(appeal.id)) for appeal in self._ledger.appeals.values()]
        return sorted(rows, key=lambda row: (row[1] is not None, row[0].due_us, row[0].id))

    def rates(self) -> dict[str, Any]:
        """How often decisions were contested and found wrong: published with the appeals."""
        rows = self.all()
        ruled = [(appeal, ruling) for appeal, ruling in rows if ruling is not None]
        n_granted = sum(ruling.outcome is Outcome.GRANTED for _, ruling in ruled)
        n_in_time = sum(ruling.made_us <= appeal.due_us for appeal, ruling in ruled)
        return {
            "n_appeals": len(rows),
            "n_ruled": len(ruled),
            "n_granted": n_granted,
            "granted_share": n_granted / len(ruled) if ruled else None,
            "in_time_share": n_in_time / len(ruled) if ruled else None,
        }

    def by_rung(self) -> list[dict[str, Any]]:
        """The same, by rung and with intervals, as it is to be published."""
        # Imported when asked for: its intervals bring SciPy along.
        from stillwatch.control.published import error_rates

        ledger = self._ledger
        rungs = {rule.id: rule.rung.name for rule in ledger.policy.rules}
        rungs |= {limit.id: "burst_cut" for limit in ledger.policy.limits}
        rows = error_rates(
            ledger.enforcement.decisions,
            ledger.appeals.values(),
            ledger.rulings.values(),
            now_us(),
            rungs,
        )
        return [row.to_json() for row in rows]

    def _case(self, number: str, account: str, about: str) -> Case:
        ledger = self._ledger
        decision = ledger.enforcement.decisions.get(about)
        campaign = None
        if decision is not None and (member := ledger.members.get(account)) is not None:
            campaign = ledger.campaign(member.campaign)
        appeal = next(
            (a for a in ledger.appeals.values() if (a.account, a.about) == (account, about)), None
        )
        rulings = ledger.rulings.values()
        ruling = next((r for r in rulings if appeal is not None and r.appeal == appeal.id), None)
        standing = ledger.enforcement.at(now_us()).decisions
        return Case(
            appeal.case if appeal else number,
            account,
            str(ruling.outcome) if ruling else "open" if appeal else "not contested",
            _what(decision),
            tuple(
                summary(decision, campaign, rule_reason=reasons_of(ledger.policy).get(about, ""))
            ),
            decision.until_us if decision else 0,
            decision in standing if decision else True,
            appeal,
            ruling,
        )


#: what a rung does, for whoever it is done to; those not named here change nothing for them.
_PLAINLY: Final = {
    "verify": "A further verification is asked for; requests go on meanwhile.",
    "slow": "Requests are answered at a slower pace.",
    "no_logprobs": "Answers come without token probabilities.",
    "marked_answers": "Answers are marked.",
    "reasoning_summarised": "The model's reasoning is given as a summary.",
    "reasoning_withheld": "The model's reasoning is not given.",
    "refuse": "Requests are refused. Account, data and balance stay.",
    "suspend": "The account is suspended. Data and balance stay.",
    "ban_cluster": "The account is suspended with those linked to it. Data and balance stay.",
}


def _what(decision: Decision | None) -> str:
    """What is done to an account, in its own words."""
    if decision is None:
        return "Requests above a rate wait for a moment."
    told = _PLAINLY.get(decision.control, "Nothing.")
    return f"{told} {'A person' if decision.by is By.PERSON else 'A rule'} decided it."
