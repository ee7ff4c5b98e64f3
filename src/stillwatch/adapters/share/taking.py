"""Taking: what partners sent is opened, checked, and held apart from what we know ourselves.

What is held is never acted on. What has expired, or was taken back, is dropped.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.adapters.share.home import Home
from stillwatch.adapters.share.telling import bulletins
from stillwatch.adapters.small_json import read_small
from stillwatch.model.errors import BadInput, NotAllowed
from stillwatch.model.marking import Marking, Tlp
from stillwatch.share.answers import Opinion, answers_in
from stillwatch.share.cutting import is_word
from stillwatch.share.echoes import Heard, sources_of
from stillwatch.share.parsing import Limits, Refused
from stillwatch.share.reading import (
    Taking,
    marking_for,
    markings_in,
    notices_in,
    read_bundle,
)
from stillwatch.share.sealing import LONGEST_ENVELOPE, Kind, Opened, looks_sealed, opened, sealed
from stillwatch.share.strictest import strictest
from stillwatch.share.wire import Source

SCHEMA: Final = "stillwatch.held/1"
RECEIPT: Final = "stillwatch.receipt/1"
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of a letter.

    Args:
        sender: whose it is; empty where nobody sealed it.
        kind: what it was.
        digest: of its content.
        objects: that were taken.
        refused: and those that were not.
        receipt: the file that says so to the sender, where there is one.
    """

    sender: str
    kind: Kind
    digest: str
    objects: list[dict[str, Any]]
    refused: list[Refused]
    receipt: Path | None = None


def bytes_of(path: Path, limits: Limits) -> bytes:
    """The bytes of a file, decompressed within bounds.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is an archive, or larger than is read.
    """
    most = max(limits.n_bytes, LONGEST_ENVELOPE)
    data = read_small(path, most)
    if data.startswith(_ZIP):
        raise BadInput("is an archive.", where=str(path), remedy="Hand in the letter itself.")
    if not data.startswith(_GZIP):
        return data
    unpacking = zlib.decompressobj(wbits=31)
    try:
        plain = unpacking.decompress(data, most + 1)
    except zlib.error as error:
        raise BadInput(f"is no gzip: {error}.", where=str(path)) from None
    if len(plain) > most or unpacking.unconsumed_tail:
        raise BadInput(f"is more than {most} bytes when it is unpacked.", where=str(path))
    if not unpacking.eof:
        raise BadInput("is a gzip that was cut off.", where=str(path))
    return plain


def take(home: Home, data: bytes, *, now_us: int, limits: Limits) -> Taken:
    """Take a letter: a bulletin or a retraction into quarantine, a receipt into the log.

    Raises:
        BadInput: it is no letter, and nothing of it can be taken.
        NotAllowed: the seal does not hold, or it was sealed for somebody else.
    """
    if not looks_sealed(data):
        raise NotAllowed(
            "nobody sealed it, so that nobody answers for it; look at it with "
            "`stillwatch share check`", by_rule="seal",
        )  # fmt: skip
    letter = opened(data, home.keys())
    if letter.sender == home.me.name:
        raise NotAllowed("it is our own", by_rule="echo")
    if letter.kind is Kind.RECEIPT:
        return _confirmed(home, letter, now_us)
    with home.held():
        return _held(home, letter, now_us, limits)


def held(home: Home, now_us: int) -> list[Heard]:
    """What partners told us and is in force: not expired, not taken back."""
    found = []
    for path, told in _files(home):
        markings = _markings(told)
        for one, notice in notices_in(told["objects"]):
            marking = marking_for(one, markings)
            if marking is None or one.get("revoked") or _over(notice.until_us, marking, now_us):
                continue
            found.append(
                Heard(notice=notice, sender=told["sender"], object_id=one["id"],
                      tlp=marking.tlp.value, file=path.name, taken_us=told["taken_us"])
            )  # fmt: skip
    return found


def drop(home: Home, now_us: int) -> int:
    """Delete what has expired; returns how many objects went."""
    n_gone = 0
    with home.held():
        for path, told in _files(home):
            markings = _markings(told)
            kept = [
                one for one in told["objects"]
                if is_word(one) or not _gone(marking_for(one, markings), now_us)
            ]  # fmt: skip
            if len(kept) == len(told["objects"]):
                continue
            n_gone += len(told["objects"]) - len(kept)
            if all(is_word(one) for one in kept):
                path.unlink()
            else:
                home.put(f"taken/{path.parent.name}/{path.name}", {**told, "objects": kept})
        if n_gone:
            home.log.append([{"kind": "dropped", "when_us": now_us, "n_objects": n_gone}])
    return n_gone


def _held(home: Home, letter: Opened, now_us: int, limits: Limits) -> Taken:
    me = home.me
    taking = Taking(
        sender=letter.sender, me=me.name, now_us=None if letter.kind is Kind.RETRACTION else now_us,
        known=_known(home, letter.sender), limits=limits,
    )  # fmt: skip
    objects, refused = read_bundle(letter.content, taking)
    if letter.kind is Kind.RETRACTION and not all(
        is_word(one) or one["type"] == "note" or one.get("revoked") for one in objects
    ):
        raise BadInput("is a retraction that does not take back all that it holds.")
    if letter.recipient != me.name:
        objects = _public(objects, me.name, refused)
    named = notices_in(objects)
    for one, notice in named:
        if notice.origin != letter.sender:
            raise NotAllowed(f"{one['id']} is by another than its sender", by_rule="seal")
    if not any(not is_word(one) for one in objects):
        first = refused[0].why if refused else "it says nothing"
        raise BadInput(f"nothing of it can be taken: {first}.")
    told = {
        "schema": SCHEMA, "sender": letter.sender, "digest": letter.digest,
        "taken_us": _first_taken(home, letter, now_us), "objects": objects,
    }  # fmt: skip
    home.log.append([{
        "kind": "taken", "when_us": now_us, "from": letter.sender, "what": letter.kind.value,
        "digest": letter.digest, "n_taken": len(objects), "n_refused": len(refused),
    }])  # fmt: skip
    _drop_versions(home, letter.sender, {one["id"]: one for one in objects})
    # What was taken back is kept as such until it expires, or an old letter could bring it back.
    home.put(f"taken/{letter.sender}/{letter.digest[:24]}.json", told)
    receipt = orjson.dumps({"schema": RECEIPT, "digest": letter.digest, "n_taken": len(objects)})
    sent = sealed(receipt, sender=me.name, recipient=letter.sender, kind=Kind.RECEIPT,
                  now_us=now_us, key=home.key)  # fmt: skip
    path = home.put(f"out/{letter.sender}/receipt-{letter.digest[:12]}.json", sent)
    return Taken(sender=letter.sender, kind=letter.kind, digest=letter.digest, objects=objects,
                 refused=refused, receipt=path)  # fmt: skip


def rested_on(
    home: Home, names: Sequence[str], marking: Marking, now_us: int
) -> tuple[tuple[Source, ...], Marking]:
    """What a bulletin of ours names when it rests on partners' words, and the marking it then has.

    The marking is the strictest of ours and theirs, and stays ours to release.

    Args:
        home: the folder.
        names: pseudonyms of campaigns that are held, or their first letters.
        marking: that the bulletin would have by itself.
        now_us: the moment.

    Raises:
        BadInput: none is held under a name, or several.
        NotAllowed: theirs is narrower than TLP:GREEN, so that what rests on it is not told.
    """
    told, markings = [], [marking]
    known = {path.name: one for path, one in _files(home)}
    for name in names:
        wanted = name.removeprefix("campaign:")
        hits = [
            h for h in held(home, now_us) if h.notice.campaign.partition(":")[2].startswith(wanted)
        ]
        if len(hits) != 1:
            raise BadInput(f"no campaign {name[:60]!r} is held, or several.",
                           remedy="`stillwatch share held` lists them.")  # fmt: skip
        objects = known[hits[0].file]["objects"]
        campaign = next(one for one in objects if one["id"] == hits[0].object_id)
        theirs = marking_for(campaign, markings_in(objects, home.me.name))
        if theirs is None or theirs.tlp not in (Tlp.CLEAR, Tlp.GREEN):
            raise NotAllowed(
                f"it rests on {hits[0].tlp} of {hits[0].sender}, which is not passed on",
                by_rule="strictest marking",
            )
        told.append(hits[0])
        markings.append(theirs)
    combined = strictest(markings)
    return sources_of(told), replace(combined, owner=home.me.name, id="")


def answers(home: Home, now_us: int) -> list[tuple[str, Opinion]]:
    """What partners think of our campaigns: who, and what; expired answers are left out."""
    found = []
    for _, told in _files(home):
        markings = _markings(told)
        alive = [
            one for one in told["objects"]
            if is_word(one) or not _gone(marking_for(one, markings), now_us)
        ]  # fmt: skip
        found += [(told["sender"], one) for one in answers_in(alive)]
    return found


def _first_taken(home: Home, letter: Opened, now_us: int) -> int:
    """When the same content was taken first: to send it again makes it no later."""
    for _, told in _files(home):
        if (told["sender"], told["digest"]) == (letter.sender, letter.digest):
            return min(int(told["taken_us"]), now_us)
    return now_us


def _confirmed(home: Home, letter: Opened, now_us: int) -> Taken:
    """A receipt: noted once, for what was really told."""
    try:
        told = orjson.loads(letter.content)
        digest = str(told["digest"])
        if told["schema"] != RECEIPT or letter.recipient != home.me.name:
            raise ValueError
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise BadInput("is no receipt for us.") from None
    with home.held():
        entries = home.log.read()
        sent = [
            e for e in entries
            if e["kind"] in ("disclosed", "retracted")
            and (e["to"], e["digest"]) == (letter.sender, digest)
        ]  # fmt: skip
        if not sent:
            raise BadInput("is a receipt for what was never told.", where=letter.sender)
        done = any(
            e["kind"] == "confirmed" and (e["from"], e["digest"]) == (letter.sender, digest)
            for e in entries
        )
        if not done:
            home.log.append([{
                "kind": "confirmed", "when_us": now_us, "from": letter.sender, "digest": digest,
                "bulletin": sent[-1]["bulletin"], "what": sent[-1]["kind"],
            }])  # fmt: skip
    return Taken(sender=letter.sender, kind=letter.kind, digest=digest, objects=[], refused=[])


def _public(objects: list[dict[str, Any]], me: str, refused: list[Refused]) -> list[dict[str, Any]]:
    """Of a letter that was sealed for somebody else: what may be passed on, GREEN and CLEAR."""
    markings = markings_in(objects, me)
    kept = []
    for one in objects:
        marking = marking_for(one, markings)
        if marking is None or marking.tlp in (Tlp.CLEAR, Tlp.GREEN):
            kept.append(one)
        else:
            refused.append(Refused(one["id"], f"is {marking.tlp.value}, sealed for another"))
    return kept


def _known(home: Home, sender: str) -> dict[str, str]:
    """Latest ``modified`` of what a sender told before and of what we told ourselves, by id."""
    found: dict[str, str] = {
        one["id"]: one["modified"]
        for made in bulletins(home)
        for one in made.bundle["objects"]
        if not is_word(one)
    }
    for _, told in _files(home):
        for one in told["objects"] if told["sender"] == sender else ():
            if not is_word(one) and one["modified"] > found.get(one["id"], ""):
                found[one["id"]] = one["modified"]
    return found


def _drop_versions(home: Home, sender: str, fresh: Mapping[str, Any]) -> None:
    """Former versions of what was told anew, and what is taken back, are not held any more."""
    for path, told in _files(home):
        if told["sender"] != sender:
            continue
        kept = [one for one in told["objects"] if is_word(one) or one["id"] not in fresh]
        if all(is_word(one) for one in kept):
            path.unlink()
        elif len(kept) < len(told["objects"]):
            home.put(f"taken/{path.parent.name}/{path.name}", {**told, "objects": kept})


def _files(home: Home) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted((home.folder / "taken").glob("*/*.json")):
        try:
            yield path, orjson.loads(path.read_bytes())
        except (OSError, orjson.JSONDecodeError) as error:
            raise BadInput(f"cannot be read: {error}.", where=str(path)) from None


def _markings(told: Mapping[str, Any]) -> dict[str, Marking]:
    return markings_in(told["objects"])


def _over(until_us: int, marking: Marking, now_us: int) -> bool:
    return now_us >= min(until_us, marking.until_us)


def _gone(marking: Marking | None, now_us: int) -> bool:
    return marking is None or now_us >= marking.until_us
