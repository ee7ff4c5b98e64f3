"""Pull: what is new in a collection, page by page, each page a bundle in a folder.

A page is on the disk before its place is remembered, and a page that comes twice has one name: a
pull that is killed at any moment goes on where it was, and nothing is missed. All versions are
asked for, so that corrections and revocations come like anything else.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.adapters.settled import put_in_place
from stillwatch.adapters.taxii.client_state import ClientState, name_of
from stillwatch.adapters.taxii.connection import Answer, Connection, objects_in, refused
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.share.taxii_objects import Arrived, arrived
from stillwatch.share.taxii_times import us_of

_FIRST: Final = "x-taxii-date-added-first"
_LAST: Final = "x-taxii-date-added-last"
_NOT_IN_NAMES: Final = re.compile(r"[^0-9TZ]")
MOST_REASONS: Final = 100


@dataclass(slots=True)
class Pulled:
    """What a pull brought.

    Args:
        n_pages: pages.
        n_objects: objects handed on.
        n_revoked: of these, revocations.
        refused: id and reason of objects that were not handed on; the first of them.
        n_refused: how many.
        files: where the bundles are.
        added_after: from where the next pull goes on.
    """

    n_pages: int = 0
    n_objects: int = 0
    n_revoked: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    n_refused: int = 0
    files: list[str] = field(default_factory=list)
    added_after: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "schema": "stillwatch.taxii-pull/1",
            "pages": self.n_pages,
            "objects": self.n_objects,
            "revocations": self.n_revoked,
            "refused": self.n_refused,
            "reasons": [{"id": name, "why": why} for name, why in self.refused],
            "files": self.files,
            "added_after": self.added_after,
        }


class Pull:
    """Pulls one collection.

    Args:
        connection: to its address.
        address: of the collection, for the state.
        into: folder of the bundles.
        state: what is remembered.
        filters: further fields of the query, such as ``match[type]``.
        n_page: objects asked for at once; 0 leaves it to the server.
        said: told of each page, for progress.
    """

    def __init__(
        self, connection: Connection, address: str, into: Path, state: ClientState, *,
        filters: Mapping[str, str] | None = None, n_page: int = 0,
        said: Callable[[Pulled], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self._connection = connection
        self._into = into
        self._state = state
        self._filters = {"match[version]": "all", **(filters or {})}
        self._n_page = n_page
        self._said = said
        self._name = name_of("pull", address, *sorted(f"{k}={v}" for k, v in self._filters.items()))
        self._address = address

    def run(self) -> Pulled:
        """Fetch until nothing is left.

        Raises:
            OutsideFailed: the server does not answer, says no, or goes round in circles.
        """
        try:
            self._into.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise OutsideFailed(f"{self._into} cannot be made: {error.strerror}.") from None
        place = dict(self._state.get(self._name))
        pulled = Pulled(added_after=str(place.get("last") or place.get("added_after") or ""))
        tokens: set[str] = set()
        while True:
            answer, place = self._page(place)
            token = answer.told.get("next") if answer.told.get("more") is True else None
            last = self._take(answer, pulled)
            if last:
                _check_order(str(place.get("last") or ""), last)
                place["last"] = pulled.added_after = last
            if answer.told.get("more") is not True:
                done = place.get("last") or place.get("added_after") or ""
                self._remember({"added_after": done})
                return pulled
            if isinstance(token, str) and token:
                if token in tokens:
                    raise OutsideFailed("the server gives the same page again and again.")
                tokens.add(token)
                place["next"] = token
            elif last:
                # A server without ``next``: go on after the last moment that it told.
                place = {"added_after": last, "last": last}
            else:
                raise OutsideFailed("the server says that there is more, and not where.")
            self._remember(place)

    def _page(self, place: dict[str, Any]) -> tuple[Answer, dict[str, Any]]:
        """A page; where a place is no longer good, the first after the last that was whole."""
        answer = self._connection.get("objects/", self._fields(place))
        if answer.status >= 400 and answer.status < 500 and "next" in place:
            place = {"added_after": place.get("added_after", "")}
            answer = self._connection.get("objects/", self._fields(place))
        if answer.status != 200:
            raise refused(answer, "the pull stopped")
        return answer, place

    def _fields(self, place: Mapping[str, Any]) -> dict[str, str]:
        fields = dict(self._filters)
        if self._n_page:
            fields["limit"] = str(self._n_page)
        for name in ("added_after", "next"):
            if place.get(name):
                fields[name] = str(place[name])
        return fields

    def _take(self, answer: Answer, pulled: Pulled) -> str:
        """Hand a page on; returns when its last object was added."""
        things = [arrived(thing) for thing in objects_in(answer)]
        good = [one for one in things if isinstance(one, Arrived)]
        for one in things:
            if not isinstance(one, Arrived):
                pulled.n_refused += 1
                if len(pulled.refused) < MOST_REASONS:
                    pulled.refused.append((one.id, one.why))
        last = answer.headers.get(_LAST, "")
        if things and not last:
            raise OutsideFailed(
                "the server does not say when it added its objects.",
                remedy="Without X-TAXII-Date-Added-Last nothing could be resumed.",
            )
        if good:
            path = self._into / f"{_plain(answer.headers.get(_FIRST, last))}-{_plain(last)}.json"
            try:
                put_in_place(path, _bundle(good))
            except OSError as error:
                raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None
            pulled.files.append(str(path))
        pulled.n_pages += 1
        pulled.n_objects += len(good)
        pulled.n_revoked += sum(one.revoked for one in good)
        self._said(pulled)
        return last

    def _remember(self, place: Mapping[str, Any]) -> None:
        self._state.put(self._name, {"about": self._address, **place})


def _bundle(things: list[Arrived]) -> bytes:
    """A STIX bundle, of the same id whenever it holds the same."""
    seed = "".join(thing.digest.hex() for thing in things)
    head = {"type": "bundle", "id": f"bundle--{uuid.uuid5(uuid.NAMESPACE_URL, seed)}"}
    start = orjson.dumps(head)[:-1]
    return start + b',"objects":[' + b",".join(thing.body for thing in things) + b"]}"


def _plain(moment: str) -> str:
    """A moment as it may stand in a file's name."""
    return _NOT_IN_NAMES.sub("", moment)[:40] or "undated"


def _check_order(before: str, last: str) -> None:
    """A server whose dates go back would make us miss what is between."""
    try:
        moment = us_of(last)
        back = bool(before) and moment < us_of(before)
    except BadInput:
        raise OutsideFailed("the server's X-TAXII-Date-Added-Last is no time.") from None
    if back:
        raise OutsideFailed("the server's pages go back in time; nothing could be resumed.")
