"""The asking side: what we hold that a partner holds too, or how much of it.

A match that was cut off goes on where it was: elements, the session and pieces of the partner's
set are kept in a folder until the answer is there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import orjson

from stillwatch.adapters.matching.door import ANSWER, ASK, PIECE_BYTES, WISH
from stillwatch.adapters.matching.sets import PADDED_TO, padding
from stillwatch.adapters.matching.terms import Partner, Terms
from stillwatch.adapters.matching.workers import POINT, Workers
from stillwatch.adapters.settled import hold_folder, put_in_place
from stillwatch.adapters.signing import opened, sign
from stillwatch.model.errors import BadInput, NotAllowed, NotEnoughEvidence, OutsideFailed
from stillwatch.model.marking import Purpose
from stillwatch.share.matching import DAY_US, Mode
from stillwatch.share.matching_names import RULES, Kind, items

CLUSTER_PADDED_TO: Final = 32
"""Sets of clusters are padded up to a multiple of this."""
KEY_KEPT_US: Final = 7 * DAY_US
"""For how long a partner sees equal items as equal; it needs that to refuse near-equal sets."""
LEAST: Final = 10
MOST_THEIRS: Final = 20_000_000
"""Items of a partner's set; it is held in memory at 33 bytes each."""
MOST_ANSWER_BYTES: Final = 64 * 2**20
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_PATIENCE_S: Final = 600.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Args:
        partner: whom.
        kind: of the items.
        purpose: of the match.
        mode: which items, or how many.
        about: name of the partner's set.
    """

    partner: str
    kind: Kind
    purpose: Purpose
    mode: Mode
    about: str = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What came of it.

    Args:
        session: its name in both sides' logs.
        n_ours: distinct items that were asked about, of all sets.
        n_theirs: the partner's items, padding included.
        counts: of each set, how many the partner holds.
        positions: of the first set's texts, those that the partner holds; none where only sizes
            were asked.
        refused: (position, why) of texts that are no items.
    """

    session: str
    n_ours: int
    n_theirs: int
    counts: tuple[int, ...]
    positions: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]


class Asking:
    """Asks partners.

    Args:
        terms: who we are, and who they are.
        workers: who computes.
        say: told of progress.
    """

    def __init__(self, terms: Terms, workers: Workers, say: Say = lambda line: None) -> None:
        self._terms, self._workers, self._say = terms, workers, say
        self._key = terms.signing_key()

    def ask(self, question: Question, texts: Sequence[Sequence[str]]) -> Matched:
        """Ask about one set, or, for sizes only, about several of one size at once.

        Args:
            question: what is asked.
            texts: sets of texts as they stand in our records.

        Raises:
            BadInput: nothing can be asked about, or an answer cannot be believed.
            NotAllowed: the partner refuses; the message says why.
            NotEnoughEvidence: a set is too small to be asked about.
            OutsideFailed: the partner cannot be reached; the same call goes on later.
        """
        partner = self._terms.partner(question.partner)
        read = [items(question.kind, question.purpose, one) for one in texts]
        listed = [sorted(found) for found, _ in read]
        if not listed or min(map(len, listed)) < LEAST:
            had = min(map(len, listed), default=0)
            raise NotEnoughEvidence("items in a set", needed=LEAST, had=had)
        folder = self._terms.folder / "asking" / partner.name
        key = self._stable_key(folder)
        secret = bytes.fromhex(key)
        to = PADDED_TO if len(listed) == 1 else CLUSTER_PADDED_TO
        mark = hmac.new(secret, digestmod="sha256")
        padded = []
        for nth, one in enumerate(listed):
            pad = hmac.digest(secret, f"pad {nth}".encode(), "sha256").hex()
            full = one + padding(len(one), pad, to)
            full.sort(key=lambda item: hmac.digest(secret, item.encode(), "sha256"))
            padded.append(full)
            mark.update("\n".join(full).encode() + b"\0")
        mark.update(f"{question}".encode())
        place = folder / mark.hexdigest()[:32]
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        size_only = question.mode is Mode.SIZE
        hold = hold_folder(place, "match", "Wait for it; it asks the same.")
        with closing(os.fdopen(hold)), self._client(partner) as client:
            session, told, elements = self._begin(client, partner, question, place, padded, key)
            whole = self._fetch(client, session, told, place)
            answers = self._answers(client, partner, session, elements)
        counts, positions = [], []
        for nth, (asked, answer) in enumerate(zip(padded, answers, strict=True)):
            if len(answer) != len(asked) * POINT:
                raise BadInput("the answer is not as long as the question.", where=partner.name)
            if size_only:
                counts.append(self._workers.count(key, answer, whole))
                continue
            found = read[nth][0]
            held = [asked[at] for at in self._workers.meet(key, answer, whole)]
            counts.append(len(held))
            positions = sorted(at for one in held for at in found.get(one, ()))
        shutil.rmtree(place)
        return Matched(
            session=session, n_ours=sum(map(len, listed)), n_theirs=int(told["n"]),
            counts=tuple(counts), positions=tuple(positions),
            refused=tuple(one for _, refused in read for one in refused),
        )  # fmt: skip

    def _stable_key(self, folder: Path) -> str:
        path, now_us = folder / "key.json", time.time_ns() // 1000
        try:
            told = orjson.loads(path.read_bytes())
            if now_us < told["until_us"]:
                return str(told["key"])
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
            pass
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = {"key": self._workers.drawn_key(), "until_us": now_us + KEY_KEPT_US}
        put_in_place(path, orjson.dumps(made))
        return str(made["key"])

    def _client(self, partner: Partner) -> httpx.Client:
        if not partner.url:
            raise BadInput("no url is listed for this partner.", where=partner.name)
        verify: Any = str(partner.authority) if partner.authority else True
        return httpx.Client(base_url=partner.url, timeout=_PATIENCE_S, verify=verify)

    def _begin(
        self, client: httpx.Client, partner: Partner, question: Question, place: Path,
        padded: list[list[str]], key: str,
    ) -> tuple[str, dict[str, Any], list[bytes]]:  # fmt: skip
        """Open the session, or the one that was opened before the cut."""
        kept, asked = place / "wish.json", place / "elements.json"
        size_only = question.mode is Mode.SIZE
        if asked.exists():
            self._say("going on with a match that was cut off")
            elements = [base64.b64decode(one) for one in orjson.loads(asked.read_bytes())]
        else:
            self._say(f"encrypting {sum(map(len, padded)):,} items")
            flat = self._workers.ask(key, [x for one in padded for x in one], size_only=size_only)
            elements, at = [], 0
            for one in padded:
                elements.append(flat[at : at + len(one) * POINT])
                at += len(one) * POINT
            put_in_place(asked, orjson.dumps([base64.b64encode(one).decode() for one in elements]))
        again = kept.exists()
        if again:
            wish = orjson.loads(kept.read_bytes())
        else:
            wish = {
                "session": secrets.token_hex(16), "to": partner.name, "rules": RULES,
                "kind": question.kind, "purpose": question.purpose, "mode": question.mode,
                "set": question.about, "sets": [len(one) for one in padded],
                "made_us": time.time_ns() // 1000,
            }  # fmt: skip
            put_in_place(kept, orjson.dumps(wish))
        try:
            told = self._said(client, partner, "/match/v1/open", sign(wish, WISH, self._key))
        except BadInput:
            kept.unlink()
            if not again:
                raise
            # the session of before the cut is no more: its set was destroyed meanwhile
            return self._begin(client, partner, question, place, padded, key)
        if "refused" in told:
            shutil.rmtree(place)
            raise NotAllowed(f"{partner.name} refuses: {told['refused']}.", by_rule="agreement")
        return str(wish["session"]), told, elements

    def _fetch(
        self, client: httpx.Client, session: str, told: dict[str, Any], place: Path
    ) -> bytes:
        """The partner's set, piece by piece, checked against what the partner signed."""
        n, digest = told.get("n"), told.get("digest")
        if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= MOST_THEIRS:
            raise BadInput(f"their set has no size of 1 to {MOST_THEIRS:,} items.")
        if told.get("piece_bytes") != PIECE_BYTES or not _DIGEST.fullmatch(str(digest)):
            raise BadInput("their set is told in other pieces, or has no digest.")
        size = n * POINT
        n_pieces = -(-size // PIECE_BYTES)
        parts = [place / f"piece-{str(digest)[:16]}-{nth:06d}" for nth in range(n_pieces)]
        for nth, path in enumerate(parts):
            if not path.exists():
                most = min(PIECE_BYTES, size - nth * PIECE_BYTES)
                piece = _sent(client, "GET", f"/match/v1/sets/{session}/{nth}", most)
                put_in_place(path, piece)
            self._say(f"fetched {nth + 1} of {n_pieces} pieces of their set")
        whole = b"".join(part.read_bytes() for part in parts)
        if len(whole) != size or hashlib.sha256(whole).hexdigest() != digest:
            for part in parts:
                part.unlink()
            raise BadInput("the set is not the one that was signed.", remedy="Ask again.")
        return whole

    def _answers(
        self, client: httpx.Client, partner: Partner, session: str, elements: list[bytes]
    ) -> list[bytes]:
        self._say("waiting for the answer")
        told = self._said(client, partner, "/match/v1/ask", sign(
            {"session": session, "to": partner.name, "made_us": time.time_ns() // 1000,
             "elements": [base64.b64encode(one).decode() for one in elements]}, ASK, self._key,
        ))  # fmt: skip
        if told.get("session") != session:
            raise BadInput("the answer is to another question.", where=partner.name)
        try:
            return [base64.b64decode(one, validate=True) for one in told["answers"]]
        except (KeyError, TypeError, ValueError):
            raise BadInput("the answer cannot be read.", where=partner.name) from None

    def _said(
        self, client: httpx.Client, partner: Partner, path: str, envelope: dict[str, Any]
    ) -> dict[str, Any]:
        data = _sent(client, "POST", path, MOST_ANSWER_BYTES, content=orjson.dumps(envelope))
        try:
            answer = orjson.loads(data)
        except orjson.JSONDecodeError:
            raise BadInput("the answer is no JSON.", where=partner.name) from None
        return opened(answer, ANSWER, partner.name, partner.public_key)


def _sent(client: httpx.Client, method: str, path: str, most: int, **more: Any) -> bytes:
    """What a partner answers, read no further than a bound.

    Raises:
        BadInput: the answer is longer, or the partner says that what we sent does not hold.
        NotAllowed: the partner refuses.
        OutsideFailed: it cannot be reached, or cannot answer now.
    """
    data = bytearray()
    try:
        with client.stream(method, path, headers={"accept-encoding": "identity"}, **more) as reply:
            status = reply.status_code
            bound = most if status == 200 else 65_536
            for part in reply.iter_bytes():
                data += part
                if len(data) > bound:
                    raise BadInput(f"the partner answers with more than {bound} bytes.")
    except httpx.HTTPError as error:
        raise OutsideFailed(
            f"{client.base_url}: {type(error).__name__}.", remedy="Run it again; it goes on."
        ) from None
    if status == 200:
        return bytes(data)
    try:
        what = str(orjson.loads(data)["error"]["what"])
    except (ValueError, KeyError, TypeError):
        what = f"HTTP {status}"
    if status == 403:
        raise NotAllowed(f"the partner refuses: {what}", by_rule="agreement")
    if status == 400:
        raise BadInput(f"the partner says: {what}")
    raise OutsideFailed(f"the partner says: {what}", remedy="Run it again; it goes on.")
