"""The endpoints of TAXII 2.1, each a function of a client, a place and a question.

Whoever has no right at a collection is told that there is none; whoever may not see an object is
told the same of it, by every door.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from stillwatch.adapters.taxii.directory import Listed
from stillwatch.adapters.taxii.pages import Page, Pages
from stillwatch.adapters.taxii.sights import Entry, Reader
from stillwatch.adapters.taxii.writing import Writes
from stillwatch.http import taxii_answers as answers
from stillwatch.http.asgi import Reply
from stillwatch.http.taxii_addresses import Place
from stillwatch.share.taxii_asking import Ask, ask_of
from stillwatch.share.taxii_media import check_sent
from stillwatch.share.taxii_objects import Arrived, Unfit, arrived, objects_of
from stillwatch.share.taxii_paging import next_token, place_of
from stillwatch.share.taxii_refusing import Refused
from stillwatch.share.taxii_sight import Sight, seen_by
from stillwatch.share.taxii_words import Client, Collection, Grant

LONG_BODY: Final = 65_536
"""A body from this length on is read beside the loop."""
_EVERY: Final = frozenset({"all"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the server offers.

    Args:
        max_content_length: longest body, bytes.
        page_objects: objects of a page where nobody says how many.
        most_page_objects: objects of a page at most.
    """

    max_content_length: int
    page_objects: int
    most_page_objects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request, understood.

    Args:
        client: who asks.
        listed: the directory as it stands.
        place: what the path names.
        base: address of the server, as the client knows it.
        pairs: fields of the query.
        content_type: of the body.
        body: as it came.
        now_us: microseconds since 1970.
    """

    client: Client
    listed: Listed
    place: Place
    base: str
    pairs: list[tuple[str, str]]
    content_type: str | None
    body: bytes
    now_us: int


class Endpoints:
    """Answers requests.

    Args:
        pages: reads.
        writes: writes.
        sight: who may see what.
        terms: what is offered.
    """

    def __init__(self, pages: Pages, writes: Writes, sight: Sight, terms: Terms) -> None:
        self._pages = pages
        self._writes = writes
        self._sight = sight
        self._terms = terms

    async def discovery(self, asked: Asked) -> Reply:
        """The API roots in which the client has a right."""
        roots = [f"{asked.base}/{path}/" for path in asked.listed.roots if _rights(asked, path)]
        told = {"title": asked.listed.title}
        if not roots:
            return answers.told(told)
        return answers.told({**told, "default": roots[0], "api_roots": roots})

    async def root(self, asked: Asked) -> Reply:
        """One API root."""
        self._need_root(asked)
        root = asked.listed.roots[asked.place.root]
        return answers.told(root.to_json(self._terms.max_content_length))

    async def status(self, asked: Asked) -> Reply:
        """What became of an envelope that the client sent."""
        self._need_root(asked)
        place = asked.place
        found = await self._writes.status(place.root, asked.client.name, place.name)
        if found is None:
            raise Refused(404, "no such status, or it is not kept any longer")
        return answers.raw(found)

    async def collections(self, asked: Asked) -> Reply:
        """The collections of a root in which the client has a right."""
        self._need_root(asked)
        found = [one.to_json(grant) for one, grant in _rights(asked, asked.place.root)]
        return answers.told({"collections": found})

    async def collection(self, asked: Asked) -> Reply:
        """One collection."""
        collection, grant = _granted(asked)
        return answers.told(collection.to_json(grant))

    async def objects(self, asked: Asked) -> Reply:
        """The objects that a question finds."""
        page, token = await self._page(asked, ask_of(asked.pairs), bodies=True)
        return answers.envelope(page, token)

    async def manifest(self, asked: Asked) -> Reply:
        """The same without the objects."""
        page, token = await self._page(asked, ask_of(asked.pairs), bodies=False)
        return answers.manifest(page, token)

    async def object(self, asked: Asked) -> Reply:
        """One object, in the versions that are asked for."""
        ask = replace(ask_of(asked.pairs, id_in_path=True), ids=(asked.place.name,))
        page, token = await self._page(asked, ask, bodies=True)
        await self._need_seen(asked, page)
        return answers.envelope(page, token)

    async def versions(self, asked: Asked) -> Reply:
        """All versions of one object."""
        ask = replace(
            ask_of(asked.pairs, id_in_path=True), ids=(asked.place.name,), kinds=(), words=_EVERY
        )
        page, token = await self._page(asked, ask, bodies=False)
        await self._need_seen(asked, page)
        return answers.versions(page, token)

    async def add(self, asked: Asked) -> Reply:
        """Take an envelope in; the answer leaves when it is on the disk."""
        collection, grant = _granted(asked)
        if not grant.can_write:
            raise Refused(403, "this collection is not yours to write to")
        check_sent(asked.content_type)
        if len(asked.body) < LONG_BODY:
            things = _read(asked.body)
        else:
            things = await asyncio.to_thread(_read, asked.body)
        status = await self._writes.take(collection, asked.client.name, things, asked.now_us)
        return answers.told(status, 202)

    async def delete(self, asked: Asked) -> Reply:
        """Take back what the client brought itself; all versions where it names none."""
        collection, grant = _granted(asked)
        if not (grant.can_write and grant.can_read):
            raise Refused(403, "deleting needs the rights to read and to write")
        ask = replace(ask_of(asked.pairs, id_in_path=True), ids=(asked.place.name,))
        if not any(name == "match[version]" for name, _ in asked.pairs):
            ask = replace(ask, words=_EVERY)
        found = await self._all(collection, ask, self._reader(asked, grant))
        if not found:
            raise Refused(404, "no such object")
        own = frozenset(one.version_ns for one in found if one.owner == asked.client.name)
        if not own:
            raise Refused(403, "the object came from another client")
        await self._writes.delete(collection.number, asked.client.name, asked.place.name, own)
        return answers.told({})

    async def _all(self, collection: Collection, ask: Ask, reader: Reader) -> list[Entry]:
        found: list[Entry] = []
        while True:
            after_us = found[-1].added_us if found else ask.added_after_us
            page = await self._pages.page(
                collection.number, ask, reader, after_us, 1_000, bodies=False
            )
            found += page.entries
            if not page.more:
                return found

    async def _page(self, asked: Asked, ask: Ask, *, bodies: bool) -> tuple[Page, str]:
        """A page and where the next begins."""
        collection, grant = _granted(asked)
        if not grant.can_read:
            raise Refused(403, "this collection is not yours to read")
        bound = f"{asked.client.name}\0{collection.number}\0{asked.place.endpoint}\0".encode()
        bound += ask.digest
        after_us = ask.added_after_us
        if ask.next_token:
            after_us = place_of(asked.listed.key, ask.next_token, bound)
        n_most = min(ask.limit or self._terms.page_objects, self._terms.most_page_objects)
        page = await self._pages.page(
            collection.number, ask, self._reader(asked, grant), after_us, n_most, bodies=bodies
        )
        if not page.more:
            return page, ""
        return page, next_token(asked.listed.key, page.entries[-1].added_us, bound)

    async def _need_seen(self, asked: Asked, page: Page) -> None:
        """404 for an object of which the client sees no version at all."""
        if page.entries:
            return
        collection, grant = _granted(asked)
        reader = self._reader(asked, grant)
        if not await self._pages.sees(collection.number, asked.place.name, reader):
            raise Refused(404, "no such object")

    def _reader(self, asked: Asked, grant: Grant) -> Reader:
        client = asked.client
        return Reader(client=client.name, may_see=seen_by(client.party, grant.up_to, self._sight))

    def _need_root(self, asked: Asked) -> None:
        if not _rights(asked, asked.place.root):
            raise Refused(404, "no such API root")


def _read(body: bytes) -> list[Arrived | Unfit]:
    return [arrived(thing) for thing in objects_of(body)]


def _rights(asked: Asked, root: str) -> list[tuple[Collection, Grant]]:
    """Collections of a root in which the client has a right, and which."""
    collections = asked.listed.collections
    return [
        (collections[number], grant)
        for number, grant in sorted(asked.client.grants.items())
        if number in collections
        and collections[number].root == root
        and (grant.can_read or grant.can_write)
    ]


def _granted(asked: Asked) -> tuple[Collection, Grant]:
    """The collection that the path names, and what the client may do there."""
    collection = asked.listed.collection(asked.place.root, asked.place.collection)
    grant = asked.client.grants.get(collection.number) if collection is not None else None
    if collection is None or grant is None or not (grant.can_read or grant.can_write):
        raise Refused(404, "no such collection")
    return collection, grant
