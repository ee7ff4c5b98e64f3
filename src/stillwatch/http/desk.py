"""The desk: people read what stands, decide, approve, undo, and stop everything."""

from __future__ import annotations

from typing import Any, Final

from stillwatch.adapters.gateway.tokens import Role
from stillwatch.control import RUNGS
from stillwatch.control.deciding import approve, by_person, kill
from stillwatch.control.reasons import BY_CODE
from stillwatch.http import schemas
from stillwatch.http.asgi import BadRequest, Reply, Request, as_json, text_of
from stillwatch.http.control import now_us
from stillwatch.http.entry import READERS
from stillwatch.http.ledger import Ledger
from stillwatch.http.moments import end_us, iso
from stillwatch.http.routes import Route
from stillwatch.model.decision import Approval, By, Decision, Mode, undo
from stillwatch.model.errors import BadInput, NotAllowed

OPERATORS: Final = frozenset({Role.OPERATOR})
APPROVERS: Final = frozenset({Role.APPROVER})
MOST_SHOWN: Final = 1_000
NO_DECISION: Final = "there is no such decision"
_SHOWN: Final = ("standing", "waiting", "all")


class Desk:
    """Answers people.

    Args:
        ledger: what is written, and where.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def routes(self) -> list[Route]:
        """The addresses that people and their tools call."""
        return [
            Route(
                method="GET", path="/v1/status", roles=READERS, answer=self.status,
                what="What is in force.", gives=schemas.STATUS, blocks=True,
            ),
            Route(
                method="GET", path="/v1/decisions", roles=READERS, answer=self.listed,
                what="Decisions, the latest first; ?show=standing, waiting or all.",
                gives=schemas.DECISIONS, blocks=True,
            ),
            Route(
                method="POST", path="/v1/decisions", roles=OPERATORS, answer=self.decide,
                what="Decide about a campaign or an account.", takes=schemas.DECIDING,
                gives=schemas.DECISION, status=201, blocks=True,
            ),
            Route(
                method="POST", path="/v1/decisions/{id}/undo", roles=OPERATORS, answer=self.undo,
                what="Take a decision back.", takes=schemas.NOTED, gives=schemas.DECISION,
                status=201, blocks=True,
            ),
            Route(
                method="POST", path="/v1/decisions/{id}/approve", roles=APPROVERS,
                answer=self.approve, what="Consent to a decision that needs a second person.",
                takes=schemas.NOTED, gives=schemas.APPROVAL, status=201, blocks=True,
            ),
            Route(
                method="POST", path="/v1/kill", roles=OPERATORS, answer=self.kill,
                what="The kill switch: nothing is done until it is undone.", takes=schemas.NOTED,
                gives=schemas.DECISION, status=201, blocks=True,
            ),
        ]  # fmt: skip

    def status(self, request: Request) -> Reply:
        """What is in force."""
        ledger, moment = self._ledger, now_us()
        ledger.catch_up()
        standing = ledger.enforcement.at(moment)
        ruled = {ruling.appeal for ruling in ledger.rulings.values()}
        still = [appeal for appeal in ledger.appeals.values() if appeal.id not in ruled]
        return as_json(
            {
                "now": iso(moment),
                "live": ledger.live,
                "kill_switch": standing.all_shadow.id if standing.all_shadow else None,
                "policy": {"name": ledger.policy.name, "digest": ledger.policy.digest},
                "n_decisions_standing": len(standing.decisions),
                "n_decisions_waiting": len(standing.waiting),
                "n_accounts_in_campaigns": len(ledger.members),
                "n_appeals_open": len(still),
                "n_appeals_overdue": sum(appeal.due_us <= moment for appeal in still),
            }
        )

    def listed(self, request: Request) -> Reply:
        """Decisions."""
        show = request.query().get("show", "standing")
        if show not in _SHOWN:
            raise BadInput(f"show must be one of {', '.join(_SHOWN)}", where="show")
        self._ledger.catch_up()
        standing = self._ledger.enforcement.at(now_us())
        found = {
            "standing": standing.decisions,
            "waiting": standing.waiting,
            "all": tuple(self._ledger.enforcement.decisions.values()),
        }[show]
        latest = sorted(found, key=lambda one: (one.made_us, one.id), reverse=True)[:MOST_SHOWN]
        holding = {one.id for one in standing.decisions}
        told = [{**told_of(one), "holds": one.id in holding} for one in latest]
        return as_json({"n_decisions": len(found), "decisions": told})

    def decide(self, request: Request) -> Reply:
        """A person decides."""
        return _made(self.decided(request, request.table()))

    def decided(self, request: Request, fields: dict[str, Any]) -> Decision:
        """Make a person's decision and write it down.

        Raises:
            BadInput: a field will not do.
            NotAllowed: the ladder forbids it.
        """
        moment = now_us()
        because = fields.get("because", [])
        if not isinstance(because, list) or not all(isinstance(one, str) for one in because):
            raise BadInput("because must be a list of ids", where="because")
        share = fields.get("share", 1.0)
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share <= 1:
            raise BadInput("share must be above 0 and at most 1", where="share")
        self._ledger.catch_up()
        decision = by_person(
            _rung(text_of(fields, "control", most=40)),
            text_of(fields, "about"),
            name=request.caller.name,
            now_us=moment,
            until_us=end_us(text_of(fields, "until", most=40), moment),
            reason=_reason(text_of(fields, "reason", most=40, needed=False) or "review"),
            because=tuple(because[:100]),
            members=self._ledger.members,
            answers=self._ledger.policy.answers,
            mode=_mode(text_of(fields, "mode", most=10, needed=False) or Mode.ENFORCE),
            share=float(share),
            note=text_of(fields, "note", most=1_000, needed=False),
        )
        self._ledger.write(decision)
        return decision

    def undo(self, request: Request) -> Reply:
        """A person takes a decision back."""
        return _made(self.undone(request, request.tail, _note(request)))

    def undone(self, request: Request, name: str, note: str) -> Decision:
        """Undo a decision and write that down.

        Raises:
            BadRequest: there is no such decision.
            NotAllowed: it does not hold any more.
        """
        moment = now_us()
        self._ledger.catch_up()
        found = self._ledger.enforcement.decisions.get(name)
        if found is None:
            raise BadRequest(404, NO_DECISION)
        standing = self._ledger.enforcement.at(moment)
        if found not in standing.decisions and found not in standing.waiting:
            raise NotAllowed("it neither holds nor waits", by_rule="what stands can be undone")
        decision = undo(found, by=By.PERSON, name=request.caller.name, made_us=moment, note=note)
        self._ledger.write(decision)
        return decision

    def approve(self, request: Request) -> Reply:
        """A second person consents."""
        consent = self.approved(request, request.tail, _note(request))
        return as_json(
            {**consent.to_json(), "id": consent.id, "made_at": iso(consent.made_us)}, 201
        )

    def approved(self, request: Request, name: str, note: str) -> Approval:
        """Consent to a decision and write that down.

        Raises:
            BadRequest: there is no such decision.
            NotAllowed: it needs no consent, or none of this person.
        """
        self._ledger.catch_up()
        if name not in self._ledger.enforcement.decisions:
            raise BadRequest(404, NO_DECISION)
        consent = approve(
            self._ledger.enforcement, name, name=request.caller.name, now_us=now_us(), note=note
        )
        self._ledger.write(consent)
        return consent

    def kill(self, request: Request) -> Reply:
        """Stop everything."""
        return _made(self.killed(request, _note(request)))

    def killed(self, request: Request, note: str) -> Decision:
        """Throw the kill switch and write that down."""
        decision = kill(name=request.caller.name, now_us=now_us(), note=note)
        self._ledger.write(decision)
        return decision


def told_of(decision: Decision) -> dict[str, Any]:
    """A decision for people: with times that can be read."""
    return {
        **decision.to_json(),
        "made_at": iso(decision.made_us),
        "starts_at": iso(decision.starts_us),
        "until_at": iso(decision.until_us),
    }


def _made(decision: Decision) -> Reply:
    return as_json(told_of(decision), 201)


def _note(request: Request) -> str:
    fields = request.table() if request.body else {}
    return text_of(fields, "note", most=1_000, needed=False)


def _rung(name: str) -> str:

    if name not in RUNGS:
        raise BadInput(f"there is no such rung; known are {', '.join(RUNGS)}", where="control")
    return name


def _reason(code: str) -> str:

    if code not in BY_CODE:
        raise BadInput(f"there is no such reason; known are {', '.join(BY_CODE)}", where="reason")
    return code


def _mode(name: str) -> Mode:
    try:
        return Mode(name)
    except ValueError:
        raise BadInput(f"mode must be one of {', '.join(Mode)}", where="mode") from None
