"""A set made ready to be matched, kept for a bounded time under one key, and then destroyed.

Making a set ready costs about 0.1 ms an item, asking it little. So it is made once and kept; as
many pieces as were done when it was cut off need not be done again.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.adapters.matching.workers import PIECE, POINT, Workers, joined
from stillwatch.adapters.settled import put_in_place
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.model.marking import Purpose
from stillwatch.share.matching_names import RULES, Kind, items

PADDED_TO: Final = 1_024
"""Sizes are padded up to a multiple of this with items that nobody holds."""
KEPT_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class ReadySet:
    """A set that can be asked.

    Args:
        id: says nothing of the items.
        key: secret of the protocol for this set.
        n_padded: elements, padding included.
        digest: SHA-256 of the elements.
        until_us: when it is destroyed.
        path: file of the elements.
    """

    id: str
    key: str
    n_padded: int
    digest: str
    until_us: int
    path: Path


class Sets:
    """The folder of ready sets.

    Args:
        folder: its owner's alone; it holds keys and elements, never items.
        workers: who computes.
        kept_s: for how long a set is kept.
    """

    def __init__(self, folder: Path, workers: Workers, kept_s: float = KEPT_S) -> None:
        self._folder, self._workers, self._kept_s = folder, workers, kept_s
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise OutsideFailed(f"{folder} cannot be made: {error.strerror}.") from None

    def ready(
        self,
        kind: Kind,
        purpose: Purpose,
        texts: Iterable[str],
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> tuple[ReadySet, list[tuple[int, str]]]:
        """The set of some texts; made where it is not kept, gone on with where it was begun.

        Args:
            kind: of the items.
            purpose: of the match.
            texts: as they stand in the provider's records.
            progress: told pieces done and pieces in all.

        Returns:
            the set; (position, why) of texts that were refused.

        Raises:
            BadInput: nothing is left to match.
        """
        found, refused = items(kind, purpose, texts)
        if not found:
            raise BadInput("no text is an item of this kind.", where=kind.value)
        place = self._folder / f"{purpose.value}-{kind.value}"
        terms = self._terms(place, sorted(found))
        whole = place / "whole"
        if not whole.exists():
            self._make(place, terms, sorted(found), progress)
        data = whole.read_bytes()
        return ReadySet(
            terms["id"], terms["key"], len(data) // POINT, hashlib.sha256(data).hexdigest(),
            terms["until_us"], whole,
        ), refused  # fmt: skip

    def drop_expired(self, now_us: int) -> list[str]:
        """Destroy keys and elements whose time is over; ids of what went."""
        gone = []
        for terms in self._folder.glob("*/terms.json"):
            told = _read(terms)
            if told is None or now_us >= told["until_us"]:
                shutil.rmtree(terms.parent)
                gone.append(str(told["id"]) if told else terms.parent.name)
        return gone

    def _terms(self, place: Path, found: list[str]) -> dict[str, Any]:
        """Key and end of the set: those kept where the items are the same and time is left."""
        path, now_us = place / "terms.json", time.time_ns() // 1000
        told = _read(path) if path.exists() else None
        if told and now_us < told["until_us"] and told["items"] == _mark(told["key"], found):
            return told
        if place.exists():
            shutil.rmtree(place)
        place.mkdir(mode=0o700)
        key = self._workers.drawn_key()
        made: dict[str, Any] = {
            "rules": RULES,
            "id": secrets.token_hex(16),
            "key": key,
            "items": _mark(key, found),
            "pad": secrets.token_hex(16),
            "until_us": now_us + round(self._kept_s * 1e6),
        }
        put_in_place(path, orjson.dumps(made))
        return made

    def _make(
        self,
        place: Path,
        terms: dict[str, Any],
        found: list[str],
        progress: Callable[[int, int], None],
    ) -> None:
        """Compute what is missing, piece by piece; items are spread by a keyed digest."""
        padded = found + padding(len(found), terms["pad"])
        secret = bytes.fromhex(terms["key"])
        padded.sort(key=lambda one: hmac.digest(secret, one.encode(), "sha256"))
        pieces = [padded[at : at + PIECE] for at in range(0, len(padded), PIECE)]
        files = [place / f"piece-{nth:06d}" for nth in range(len(pieces))]
        missing = [nth for nth, file in enumerate(files) if not file.exists()]
        n_done = len(pieces) - len(missing)

        def keep(nth: int, made: bytes) -> None:
            nonlocal n_done
            put_in_place(files[missing[nth]], made)
            n_done += 1
            progress(n_done, len(pieces))

        self._workers.sets_of(terms["key"], [pieces[nth] for nth in missing], keep)
        put_in_place(place / "whole", joined([file.read_bytes() for file in files]))
        for file in files:
            os.unlink(file)


def padding(n: int, secret: str, to: int = PADDED_TO) -> list[str]:
    """Items that nobody holds, up to the next multiple of ``to``."""
    return [f"pad|{secret}|{nth}" for nth in range(-n % to)]


def _mark(key: str, found: list[str]) -> str:
    digest = hmac.new(bytes.fromhex(key), digestmod="sha256")
    for one in found:
        digest.update(one.encode() + b"\n")
    return digest.hexdigest()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return told if told.get("rules") == RULES else None
