"""Pages for subjects and for people at the desk, over the same steps as the interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stillwatch.adapters.gateway.tokens import Role
from stillwatch.control.appeals import LONGEST_STATEMENT
from stillwatch.http.appeals import MAX_FORM_BYTES, REVIEWERS, Appeals
from stillwatch.http.asgi import BadRequest, Reply, Request
from stillwatch.http.control import now_us
from stillwatch.http.desk import APPROVERS, OPERATORS, Desk
from stillwatch.http.entry import PUBLIC, READERS
from stillwatch.http.ledger import Ledger
from stillwatch.http.pages import page, style_route
from stillwatch.http.routes import Route
from stillwatch.model.errors import BadInput, NotAllowed, StillwatchError

MOST_SHOWN = 200


class Console:
    """Renders pages, and does what their forms ask.

    Args:
        ledger: what is written, and where.
        appeals: the steps of subjects and reviewers.
        desk: the steps of operators and approvers.
    """

    def __init__(self, ledger: Ledger, appeals: Appeals, desk: Desk) -> None:
        self._ledger = ledger
        self._appeals = appeals
        self._desk = desk

    def routes(self) -> list[Route]:
        """The addresses of pages."""
        forms: list[tuple[str, frozenset[Role], Callable[[Request], Reply], str]] = [
            ("/desk/rule", REVIEWERS, self.rule, "Rule on an appeal."),
            ("/desk/approve", APPROVERS, self.approve, "Consent to a decision."),
            ("/desk/undo", OPERATORS, self.undo, "Take a decision back."),
            ("/desk/kill", OPERATORS, self.kill, "Stop everything."),
            ("/appeals/case", PUBLIC, self.show, "A case."),
            ("/appeals/contest", PUBLIC, self.contest, "Contest a case."),
        ]
        return [
            style_route(),
            Route(
                method="GET", path="/appeals", roles=PUBLIC, answer=self.find, what="Find a case.",
            ),
            Route(
                method="GET", path="/appeals/{id}", roles=PUBLIC, answer=self.find,
                what="Find this case.",
            ),
            Route(
                method="GET", path="/desk", roles=READERS, answer=self.desk, what="The desk.",
                blocks=True,
            ),
            *(
                Route(
                    method="POST", path=path, roles=roles, answer=answer, what=what,
                    max_body_bytes=MAX_FORM_BYTES, blocks=True,
                )
                for path, roles, answer, what in forms
            ),
        ]  # fmt: skip

    def find(self, request: Request) -> Reply:
        """The first page: which case."""
        return _find(request.tail[:40])

    def show(self, request: Request) -> Reply:
        """A case, to whoever knows its number and its account."""
        if (busy := self._appeals.busy(request)) is not None:
            return busy
        form = request.form()
        try:
            case = self._appeals.look(dict(form))
        except (BadInput, BadRequest) as error:
            return _again(form, error)
        return page("case.html", case=case, longest=LONGEST_STATEMENT, statement="", wrong="")

    def contest(self, request: Request) -> Reply:
        """A case that was just contested."""
        if (busy := self._appeals.busy(request)) is not None:
            return busy
        form = request.form()
        # Browsers send a line's end as two characters, and count it as one.
        form["statement"] = form.get("statement", "").replace("\r\n", "\n")
        try:
            case = self._appeals.open(dict(form))
        except BadRequest as error:
            return _again(form, error)
        except (BadInput, NotAllowed) as error:
            try:
                case = self._appeals.look(dict(form))
            except (BadInput, BadRequest) as first:
                return _again(form, first)
            return page(
                "case.html", 400, case=case, longest=LONGEST_STATEMENT,
                statement=form["statement"][:LONGEST_STATEMENT], wrong=str(error),
            )  # fmt: skip
        return page("case.html", 201, case=case, longest=LONGEST_STATEMENT, statement="", wrong="")

    def desk(self, request: Request, wrong: str = "", status: int = 200) -> Reply:
        """What waits for people, and what is in force."""
        rows = self._appeals.all()
        moment = now_us()
        standing = self._ledger.enforcement.at(moment)
        latest = sorted(standing.decisions, key=lambda one: (one.made_us, one.id), reverse=True)
        roles = request.caller.roles
        return page(
            "desk.html",
            status,
            caller=request.caller,
            wrong=wrong,
            now_us=moment,
            live=self._ledger.live,
            killed=standing.all_shadow,
            policy=self._ledger.policy,
            n_members=len(self._ledger.members),
            rates=self._appeals.rates(),
            open=[appeal for appeal, ruling in rows if ruling is None][:MOST_SHOWN],
            waiting=standing.waiting[:MOST_SHOWN],
            standing=latest[:MOST_SHOWN],
            n_standing=len(latest),
            may={
                "rule": bool(roles & REVIEWERS),
                "approve": bool(roles & APPROVERS),
                "undo": bool(roles & OPERATORS),
            },
        )

    def rule(self, request: Request) -> Reply:
        """Rule on an appeal."""
        form: dict[str, Any] = dict(request.form())
        form["why"] = form.get("why", "").replace("\r\n", "\n")
        return self._done(request, lambda: self._appeals.rule(request, form.get("id", ""), form))

    def approve(self, request: Request) -> Reply:
        """Consent to a decision."""
        name = request.form().get("id", "")
        return self._done(request, lambda: self._desk.approved(request, name, ""))

    def undo(self, request: Request) -> Reply:
        """Take a decision back."""
        name = request.form().get("id", "")
        return self._done(request, lambda: self._desk.undone(request, name, ""))

    def kill(self, request: Request) -> Reply:
        """Stop everything."""
        note = request.form().get("note", "")[:1_000]
        return self._done(request, lambda: self._desk.killed(request, note))

    def _done(self, request: Request, step: Callable[[], object]) -> Reply:
        """Do it and go back to the desk, or show there why not."""
        try:
            step()
        except (StillwatchError, BadRequest) as error:
            return self.desk(request, str(error), 400)
        return Reply(303, b"", [(b"location", b"/desk"), (b"cache-control", b"no-store")])


def _find(case: str, account: str = "", wrong: str = "", status: int = 200) -> Reply:
    return page("find.html", status, case=case, account=account, wrong=wrong)


def _again(form: Mapping[str, str], wrong: Exception) -> Reply:
    """The first page again, with what was filled in and why it would not do."""
    status = wrong.status if isinstance(wrong, BadRequest) else 400
    return _find(form.get("case", "")[:40], form.get("account", "")[:200], str(wrong), status)
