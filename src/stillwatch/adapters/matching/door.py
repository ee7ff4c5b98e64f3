"""The answering side: opens sessions, compares what was asked before, answers, notes counts.

What a session was about, how much it asked and how it ended stands in a chained file of lines,
which is also what budgets are counted from. No item and no count of matches stands there: this
side never learns them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import threading
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stillwatch.adapters.chained import Chained
from stillwatch.adapters.matching.answers import Answers
from stillwatch.adapters.matching.sets import ReadySet, Sets
from stillwatch.adapters.matching.terms import HeldSet, Partner, Terms, read_items
from stillwatch.adapters.matching.workers import POINT, Workers
from stillwatch.adapters.settled import hold_folder
from stillwatch.adapters.signing import opened, sign, signer_of
from stillwatch.model.errors import BadInput, NotAllowed, OutsideFailed, StillwatchError
from stillwatch.model.marking import Purpose
from stillwatch.share.matching import DAY_US, Agreement, Mode, Past, Wish, refusal, too_near
from stillwatch.share.matching_names import RULES, Kind

WISH, ASK, ANSWER = "match-wish", "match-ask", "match-answer"
PIECE_BYTES: Final = 4 * 2**20
FRESH_US: Final = 86_400_000_000
MOST_REFUSALS: Final = 200
"""Of a partner in 24 hours; more are not even noted."""
_SESSION: Final = re.compile(r"[0-9a-f]{32}")
U64 = npt.NDArray[np.uint64]


class Door:
    """What partners reach.

    Args:
        terms: who may ask what.
        workers: who computes.
    """

    def __init__(self, terms: Terms, workers: Workers) -> None:
        self._terms, self._workers = terms, workers
        self._key = terms.signing_key()
        terms.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._hold = hold_folder(terms.folder, "service", "Stop it, or name another folder.")
        self._log = Chained(terms.folder / "matching.log")
        self._sets = Sets(terms.folder / "sets", workers, terms.kept_s)
        self._ready: dict[tuple[str, Kind, Purpose], ReadySet] = {}
        self._answers = Answers(terms.folder / "answers", terms.kept_s)
        self._lock = threading.Lock()

    def make_ready(self) -> None:
        """Make every set that is not ready; destroy those whose time is over."""
        now_us = _now_us()
        self._answers.drop_expired()
        for name in self._sets.drop_expired(now_us):
            self._log.add({"at_us": now_us, "what": "set destroyed", "set": name})
        for held in self._terms.sets:
            for purpose in sorted(held.purposes):
                place = (held.name, held.kind, purpose)
                kept = self._ready.get(place)
                if kept is None or now_us >= kept.until_us:
                    self._ready.pop(place, None)
                    self._ready[place] = self._made(held, purpose)

    def state(self) -> dict[str, Any]:
        """Whether all sets are ready; not even their names, because anybody may ask."""
        wanted = {(one.name, one.kind, p) for one in self._terms.sets for p in one.purposes}
        return {"rules": RULES, "ready": wanted <= set(self._ready)}

    def open_session(self, envelope: Any) -> dict[str, Any]:
        """Let a partner begin, or say why not; a session is opened once however often asked.

        Raises:
            BadInput: the envelope does not hold, or is not for us or not of now.
            OutsideFailed: the set is still being made.
        """
        partner, told = self._heard(envelope, WISH)
        wish, name = _wish(partner.name, told)
        place = (name, wish.kind, wish.purpose)
        with self._lock:
            before = self._lines(told["session"])
            first = next((line for line in before if line["what"] == "opened"), None)
            if first is not None and (first["partner"], first["sets"]) != (
                partner.name, told["sets"],
            ):  # fmt: skip
                raise BadInput("the session is another's, or had other sizes.")
            why = "" if first else self._why_not(wish, name, partner)
            if why:
                self._bound_refusals(partner.name)
                self._note("refused", wish, told, why=why)
                return sign({"session": told["session"], "refused": why}, ANSWER, self._key)
            found = self._ready.get(place)
            if found is None or _now_us() >= found.until_us:
                raise OutsideFailed("the set is being made ready.", remedy="Ask again later.")
            if first is not None and first["set"] != found.id:
                raise BadInput("the set of this session was destroyed; open another.")
            if first is None:
                self._note("opened", wish, told, set=found.id)
        return sign(
            {"session": told["session"], "set": found.id, "n": found.n_padded,
             "digest": found.digest, "piece_bytes": PIECE_BYTES, "until_us": found.until_us},
            ANSWER, self._key,
        )  # fmt: skip

    def piece(self, session: str, nth: int) -> bytes:
        """A piece of the set that a session was opened for.

        Raises:
            NotAllowed: there is no such session.
            BadInput: there is no such piece.
        """
        line = self._opened(session)
        path = self._set_of(line).path
        if nth < 0 or nth * PIECE_BYTES >= path.stat().st_size:
            raise BadInput("there is no such piece.")
        with path.open("rb") as file:
            file.seek(nth * PIECE_BYTES)
            return file.read(PIECE_BYTES)

    def answer(self, envelope: Any) -> dict[str, Any]:
        """Answer what a session asks; the same question twice has the same answer.

        Raises:
            BadInput: the envelope does not hold, or the question is not what was announced.
            NotAllowed: the session is not open, or the question is too near an earlier one.
        """
        partner, told = self._heard(envelope, ASK)
        line = self._opened(str(told.get("session")))
        if line["partner"] != partner.name:
            raise NotAllowed("the session is another's.", by_rule="share.matching")
        asked = _elements(told, line["sets"])
        digest = hashlib.sha256(b"".join(asked)).hexdigest()
        found, mode = self._set_of(line), Mode(line["mode"])
        with self._lock:
            since = [one for one in self._lines(line["session"]) if one["nth"] > line["nth"]]
            before = [one for one in since if one["what"] == "answered"]
            if before and before[0]["asked"] != digest:
                raise NotAllowed("a session asks once.", by_rule="share.matching")
            if refused := [one for one in since if one["what"] == "refused"]:
                why = f"the set {refused[0]['why']} items."
                raise NotAllowed(why, by_rule="least_difference")
            if not before:
                if mode is Mode.SIZE:
                    self._compare(asked, line, partner)
                self._log.add(
                    {"at_us": _now_us(), "what": "answered", "session": line["session"],
                     "partner": partner.name, "asked": digest}
                )  # fmt: skip

        def made() -> dict[str, Any]:
            answers = [
                self._workers.answer(found.key, one, size_only=mode is Mode.SIZE) for one in asked
            ]
            return sign(
                {"session": line["session"],
                 "answers": [base64.b64encode(one).decode() for one in answers]},
                ANSWER, self._key,
            )  # fmt: skip

        return self._answers.given(line["session"], made)

    def _heard(self, envelope: Any, kind: str) -> tuple[Partner, dict[str, Any]]:
        partner = self._terms.partner(signer_of(envelope))
        told = opened(envelope, kind, partner.name, partner.public_key)
        if told.get("to") != self._terms.name:
            raise BadInput("is addressed to somebody else.", where=partner.name)
        made_us = told.get("made_us")
        if not isinstance(made_us, int) or abs(_now_us() - made_us) > FRESH_US:
            raise BadInput("is not of today.", where=partner.name, remedy="Check the clocks.")
        if not _SESSION.fullmatch(str(told.get("session"))):
            raise BadInput("has no session.", where=partner.name)
        return partner, told

    def _why_not(self, wish: Wish, name: str, partner: Partner) -> str:
        if partner.may is not None and name not in partner.may.sets:
            return "the set is not in the agreement"
        if not any(one.name == name and one.kind == wish.kind for one in self._terms.sets):
            return "there is no such set"
        past = [
            Past(partner=one["partner"], opened_us=one["at_us"], n_items=sum(one["sets"]))
            for one in self._log.read()
            if one["what"] == "opened"
        ]
        return refusal(wish, partner.agreement(), past, _now_us(), rules=RULES)

    def _bound_refusals(self, partner: str) -> None:
        """Let nobody fill the log by being refused."""
        since_us = _now_us() - DAY_US
        n = sum(
            line["what"] == "refused" and line["partner"] == partner and line["at_us"] > since_us
            for line in self._log.read()
        )
        if n >= MOST_REFUSALS:
            raise NotAllowed(f"refused {n} times today; agree on terms.", by_rule="share.matching")

    def _compare(self, asked: list[bytes], line: dict[str, Any], partner: Partner) -> None:
        """Refuse what differs too little from what was asked before; remember it otherwise."""
        agreement = partner.agreement()
        if agreement is None:
            raise NotAllowed("the agreement is gone.", by_rule="share.matching")
        now_us, folder = _now_us(), self._terms.folder / "asked" / partner.name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        earlier: list[U64] = []
        ours = [_marks(one) for one in asked]
        for path in sorted(folder.glob(f"*-{line['kind']}-{line['purpose']}.npz")):
            if now_us - int(path.name.partition("-")[0]) >= agreement.remembered_us:
                path.unlink()
                continue
            with np.load(path) as kept:
                marked = [kept[name] for name in kept.files]
            if line["session"] in path.name:  # cut off before its line was written
                if [one.tolist() for one in marked] != [one.tolist() for one in ours]:
                    raise NotAllowed("a session asks once.", by_rule="share.matching")
                return
            earlier.extend(marked)
        for marks in ours:
            if any(_near(marks, other, agreement) for other in earlier):
                why = f"differs from an earlier set by fewer than {agreement.least_difference}"
                self._bound_refusals(partner.name)
                self._log.add(
                    {"at_us": now_us, "what": "refused", "session": line["session"],
                     "partner": partner.name, "why": why}
                )  # fmt: skip
                raise NotAllowed(f"the set {why} items.", by_rule="least_difference")
            earlier.append(marks)
        place = folder / f"{now_us}-{line['session']}-{line['kind']}-{line['purpose']}.npz"
        beside = place.with_suffix(".half.npz")
        np.savez(beside, *ours)
        beside.rename(place)

    def _made(self, held: HeldSet, purpose: Purpose) -> ReadySet:
        texts = read_items(held.file)
        if len(set(texts)) < held.least:
            raise BadInput(f"holds fewer than {held.least} items.", where=str(held.file))
        sets = Sets(self._terms.folder / "sets" / held.name, self._workers, self._terms.kept_s)
        for name in sets.drop_expired(_now_us()):
            self._log.add({"at_us": _now_us(), "what": "set destroyed", "set": name})
        ready, refused = sets.ready(held.kind, purpose, texts, lambda done, total: None)
        self._log.add(
            {"at_us": _now_us(), "what": "set ready", "set": ready.id, "name": held.name,
             "kind": held.kind, "purpose": purpose, "n": ready.n_padded,
             "n_refused": len(refused), "until_us": ready.until_us}
        )  # fmt: skip
        return ready

    def _opened(self, session: str) -> dict[str, Any]:
        for line in self._lines(session):
            if line["what"] == "opened":
                return line
        raise NotAllowed("there is no such session.", by_rule="share.matching")

    def _set_of(self, line: dict[str, Any]) -> ReadySet:
        for found in list(self._ready.values()):
            if found.id == line["set"] and _now_us() < found.until_us:
                return found
        raise NotAllowed("the set was destroyed; open anew.", by_rule="kept_s")

    def _lines(self, session: str) -> list[dict[str, Any]]:
        return [line for line in self._log.read() if line.get("session") == session]

    def _note(self, what: str, wish: Wish, told: dict[str, Any], **more: Any) -> None:
        self._log.add(
            {"at_us": _now_us(), "what": what, "session": told["session"],
             "partner": wish.partner, "name": told["set"], "kind": wish.kind,
             "purpose": wish.purpose, "mode": wish.mode, "sets": told["sets"], **more}
        )  # fmt: skip


def keep_ready(door: Door, stop: threading.Event, say: Any, every_s: float = 30.0) -> None:
    """Make sets ready until told to stop; what fails is said and tried again."""
    while not stop.is_set():
        try:
            door.make_ready()
        except StillwatchError as error:
            say(str(error))
        stop.wait(every_s)


def log_of(folder: Path) -> list[dict[str, Any]]:
    """The lines of a folder's log, its chain checked."""
    return Chained(folder / "matching.log").read()


def _wish(partner: str, told: dict[str, Any]) -> tuple[Wish, str]:
    try:
        sets = [int(n) for n in told["sets"]]
        if not sets or len(sets) > 1_000 or min(sets) < 1 or sets != told["sets"]:
            raise ValueError("sizes")
        wish = Wish(
            partner=partner, rules=str(told["rules"]), kind=Kind(told["kind"]),
            purpose=Purpose(told["purpose"]), mode=Mode(told["mode"]),
            n_items=sum(sets), n_sets=len(sets),
        )  # fmt: skip
        return wish, str(told["set"])[:64]
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no wish: {type(error).__name__}.", where=partner) from None


def _elements(told: dict[str, Any], sizes: list[int]) -> list[bytes]:
    try:
        asked = [base64.b64decode(one, validate=True) for one in told["elements"]]
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise BadInput("the elements cannot be read.") from None
    if [len(one) for one in asked] != [POINT * n for n in sizes]:
        raise BadInput("the sizes are not those that were announced.")
    return asked


def _marks(elements: bytes) -> U64:
    return np.unique(np.frombuffer(
        b"".join(hashlib.sha256(elements[at : at + POINT]).digest()[:8]
                 for at in range(0, len(elements), POINT)), np.uint64,
    ))  # fmt: skip


def _near(ours: U64, other: U64, agreement: Agreement) -> bool:
    n_shared = int(np.intersect1d(ours, other, assume_unique=True).size)
    return too_near(n_shared, int(other.size), int(ours.size), agreement)


def _now_us() -> int:
    return time.time_ns() // 1000
