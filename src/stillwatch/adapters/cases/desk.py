"""The desk of the casebook: each thing that a person can do to a case, in one place."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from stillwatch.adapters.cases.folder import Casebook
from stillwatch.adapters.cases.people import load_private_key, load_roster
from stillwatch.adapters.settings import Settings
from stillwatch.attribute import entries as kinds
from stillwatch.attribute.book import Case, case_id
from stillwatch.attribute.entries import Entry
from stillwatch.attribute.evidence import is_echo
from stillwatch.attribute.exclusions import answered
from stillwatch.attribute.naming import Naming, holds_name, naming_of, proposal
from stillwatch.attribute.signoffs import Roster, sign, statement
from stillwatch.model.errors import BadInput, NotAllowed
from stillwatch.model.finding import Finding, finding_from

LONGEST_NOTE = 4_000
#: from which shared part of the smaller one a campaign is taken to be that of another case.
SAME_SHARE = 0.5


class CaseDesk:
    """What persons do to cases.

    Args:
        settings: what is in force.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.book = Casebook(settings.case.folder)

    def roster(self) -> Roster:
        """The persons who may sign."""
        return load_roster(self.settings.case.roster)

    def read(self, name: str) -> Case:
        """A case, from enough of its id."""
        return self.book.read(self.book.find(name))

    def naming(self, case: Case) -> Naming:
        """Where it stands with a name."""
        return naming_of(case, self.roster())

    def open(
        self,
        result: Mapping[str, Any],
        campaign: str,
        now_us: int,
        *,
        update: str = "",
        apart: bool = False,
        control: Path | None = None,
    ) -> tuple[Case, list[Entry]]:
        """Open a case about a campaign, or bring one up to date; history is kept.

        Args:
            result: of the schema ``stillwatch.campaigns/1``.
            campaign: id of the campaign there.
            now_us: the moment.
            update: id of the case that the campaign belongs to, where it grew another id.
            apart: open another case though one shares most of its accounts.
            control: the log of decisions; that of the settings where none is named.

        Returns:
            The case and the entries that were added; none where nothing is new.

        Raises:
            BadInput: there is no such campaign, or another case seems to be about it.
        """
        from stillwatch.adapters.cases.contract import check_campaign, check_result
        from stillwatch.adapters.cases.tables import likelihoods
        from stillwatch.adapters.control.desk import LOG_NAME
        from stillwatch.playbooks.case import body_of, campaign_of

        check_result(result)
        check_campaign(campaign_of(result, campaign))
        body = body_of(result, campaign, likelihoods())
        if update:
            name = self.book.find(update)
            _check_shared(self.read(name), body["record"])
        else:
            name = self._named(body["record"], apart=apart)

        def result_entry(case: Case | None) -> Entry | None:
            if case is None:
                return Entry(n=1, kind=kinds.OPENED, made_us=now_us, by="", body=body, before="")
            if case.result == body:
                return None
            return case.next(kinds.UPDATED, body, made_us=max(now_us, case.head.made_us))

        case, entry = self.book.add(name, result_entry)
        made = [entry] if entry else []
        log = control or self.settings.control.folder / LOG_NAME
        if control is not None and not control.exists():
            raise BadInput("there is no log of decisions.", where=str(control))
        if log.exists():
            case, entry = self.book.add(name, lambda case: _decided(case, log, now_us))
            made += [entry] if entry else []
        return case, made

    def add_finding(self, name: str, path: Path, by: str, now_us: int) -> tuple[Case, list[Entry]]:
        """Add findings of others to a case, under the name of the person who admits them.

        Raises:
            BadInput: the file holds no findings, or one is about something else.
            NotAllowed: a finding's text holds the name that was proposed.
        """
        made: list[Entry] = []
        case = self.read(name)
        for finding in _findings(path):
            case, entry = self.book.add(case.id, partial(_found, finding, by, now_us))
            made += [entry] if entry else []
        return case, made

    def note(self, name: str, text: str, by: str, now_us: int) -> Entry | None:
        """Keep a note; it stays in the case and goes into no report."""
        if not text.strip() or len(text) > LONGEST_NOTE:
            raise BadInput(f"a note has 1 to {LONGEST_NOTE:,} characters.", where=name)
        # Salted: reports hold the entry's id, which must not tell whether one guessed the text.
        body = {"text": text.strip(), "salt": _salt()}
        return self._add(name, kinds.NOTE, body, by, now_us)

    def answer(
        self, name: str, exclusion: str, answer: str, grounds: str, by: str, now_us: int
    ) -> Entry | None:
        """Answer one of the exclusions, with grounds."""
        return self._add(name, kinds.ANSWER, answered(exclusion, answer, grounds), by, now_us)

    def propose(self, name: str, organisation: str, by: str, now_us: int) -> Entry | None:
        """Propose an organisation; its name stands in this entry alone."""
        drawn = _salt()

        def body(case: Case) -> dict[str, str]:
            earlier = case.proposed
            return proposal(organisation, str(earlier.body["salt"]) if earlier else drawn)

        return self._add(name, kinds.PROPOSED, body, by, now_us)

    def sign(
        self, name: str, *, by: str, role: str, verdict: str, key: Path, now_us: int, read: str = ""
    ) -> Entry | None:
        """Sign a case as it stands.

        Args:
            name: enough of the case's id.
            by: the person.
            role, verdict: see :func:`~stillwatch.attribute.signoffs.statement`.
            key: file of the person's own key.
            now_us: the moment.
            read: id of the entry up to which the person read it, as the report says.

        Raises:
            NotAllowed: the person is not on the roster, has another key, or not that role.
        """
        private, roster = load_private_key(key), self.roster()
        wanted = read or self.read(name).covers

        def signed(case: Case | None) -> Entry | None:
            if case is None or case.covers != wanted:
                raise NotAllowed("the case is not what you read", by_rule="sign what you read")
            told = statement(case, name=by, role=role, verdict=verdict)
            return case.next(
                kinds.SIGNED, sign(told, private, roster),
                made_us=max(now_us, case.head.made_us), by=by,
            )  # fmt: skip

        return self.book.add(self.book.find(name), signed)[1]

    def record_naming(self, name: str, party: str, by: str, now_us: int) -> Case:
        """Record who asked for a report that holds the organisation's name."""
        if not by.strip():
            raise NotAllowed("a report with a name needs --by", by_rule="a person asks for it")

        def named(case: Case | None) -> Entry | None:
            assert case is not None
            body = {"party": party, "covers": case.covers}
            if any(e.body == body and e.by == by for e in case.of(kinds.NAMED)):
                return None
            return case.next(kinds.NAMED, body, made_us=max(now_us, case.head.made_us), by=by)

        return self.book.add(name, named)[0]

    def _add(
        self,
        name: str,
        kind: str,
        body: Mapping[str, Any] | Callable[[Case], Mapping[str, Any]],
        by: str,
        now_us: int,
    ) -> Entry | None:
        if not by.strip():
            raise BadInput("an entry needs the person who makes it.", where=kind)

        def made(case: Case | None) -> Entry | None:
            assert case is not None
            told = body(case) if callable(body) else body
            return case.next(kind, told, made_us=max(now_us, case.head.made_us), by=by.strip())

        return self.book.add(self.book.find(name), made)[1]

    def _named(self, record: Mapping[str, Any], *, apart: bool) -> str:
        """Id of the case of a campaign; an error where another shares most of its accounts."""
        from stillwatch.playbooks.case import shared_accounts

        name = case_id(str(record["id"]))
        if name in self.book.names() or apart:
            return name
        for other in self.book.names():
            case = self.book.read(other)
            if case.campaign == record["id"]:
                return other
            share = shared_accounts(case.record, record)
            if share >= SAME_SHARE:
                raise BadInput(
                    f"{other} shares {share:.0%} of the accounts with {record['id']}.",
                    where="case",
                    remedy=f"Say --update {other} to add to it, or --new to open another.",
                )
        return name


def _check_shared(case: Case, record: Mapping[str, Any]) -> None:
    """Refuse to bring a case up to date with a campaign of others.

    Raises:
        BadInput: they share less than half of the accounts.
    """
    from stillwatch.playbooks.case import shared_accounts

    share = shared_accounts(case.record, record)
    if case.campaign != record["id"] and share < SAME_SHARE:
        raise BadInput(
            f"{case.id} shares {share:.0%} of the accounts with {record['id']}.",
            where="case",
            remedy="It is another campaign: open a case of its own, without --update.",
        )


def _salt() -> str:
    return secrets.token_hex(16)


def _decided(case: Case | None, log: Path, now_us: int) -> Entry | None:
    from stillwatch.adapters.cases.known import known_to_control

    assert case is not None
    accounts = {str(a["account"]) for a in case.record["accounts"]}
    campaigns = {
        str(e.body["record"]["id"]) for kind in (kinds.OPENED, kinds.UPDATED) for e in case.of(kind)
    }
    told = known_to_control(log, campaigns, accounts)
    seen = case.decisions
    if seen is not None and {**seen, "head": ""} == {**told, "head": ""}:
        return None
    return case.next(kinds.DECISIONS, told, made_us=max(now_us, case.head.made_us))


def _found(finding: Finding, by: str, now_us: int, case: Case | None) -> Entry | None:
    assert case is not None
    if any(f.id == finding.id for f in case.findings):
        return None
    if not by.strip():
        raise BadInput("a finding needs the person who admits it.", where=finding.id)
    proposed = case.proposed
    abouts = {str(e.body["record"]["id"]) for e in case.entries if "record" in e.body}
    abouts |= {case.id} | {str(e.body["party"]) for e in case.of(kinds.PROPOSED)}
    if finding.about not in abouts:
        raise BadInput(
            f"the finding is about {finding.about}, the case is not.",
            where=finding.id,
            remedy=f"Known to the case: {', '.join(sorted(abouts))}.",
        )
    if proposed is not None and any(
        holds_name(text, case.names)
        for text in (finding.observed, finding.method, finding.family, *finding.caveats,
                     *finding.evidence)
    ):  # fmt: skip
        raise NotAllowed(
            f"{finding.id} holds the name that was proposed; say it without",
            by_rule="a name stands in its proposal alone",
        )
    if is_echo(finding, case.own_refs):
        raise NotAllowed(
            f"{finding.id} rests on what we told ourselves", by_rule="an echo is no corroboration"
        )
    body = {"finding": finding.to_json(), "salt": _salt()}
    return case.next(
        kinds.FINDING, body, made_us=max(now_us, case.head.made_us), by=by.strip()
    )  # fmt: skip


def _findings(path: Path) -> list[Finding]:
    try:
        told = orjson.loads(path.read_bytes())
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", where=str(path)) from error
    except orjson.JSONDecodeError as error:
        raise BadInput(f"is no JSON: {error}.", where=str(path)) from error
    if isinstance(told, dict) and isinstance(told.get("findings"), list):
        told = told["findings"]
    rows = told if isinstance(told, list) else [told]
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise BadInput("holds no findings.", where=str(path))
    return [finding_from(row) for row in rows]
