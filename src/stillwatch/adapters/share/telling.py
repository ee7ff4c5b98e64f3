"""Telling: bulletins are made, released to partners, and taken back, each step in the log first."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.adapters.share.home import Home
from stillwatch.model.errors import BadInput, NotAllowed
from stillwatch.model.marking import Marking, Purpose, marking_from
from stillwatch.model.party import Party
from stillwatch.share.bulletins import bulletin_of
from stillwatch.share.cutting import is_word, released_bundle
from stillwatch.share.ids import after
from stillwatch.share.indicators import Indicator
from stillwatch.share.lists import Reason, Response, Service
from stillwatch.share.markings import marking_object, reference_of
from stillwatch.share.reading import notices_in
from stillwatch.share.revoking import retracted
from stillwatch.share.sealing import Kind, sealed
from stillwatch.share.wire import Source

SCHEMA: Final = "stillwatch.bulletin/1"
_SHORT: Final = re.compile(r"[0-9a-f]{6,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A bulletin of ours, as it stands in the folder.

    Args:
        name: the pseudonym of its campaign, without ``campaign:``.
        marking: with all that we know of it.
        bundle: what it says.
        revoked: why it was taken back; empty where it was not.
        marks: earlier markings, which earlier versions had.
        n_retractions: how often the campaign was told and taken back before.
    """

    name: str
    marking: Marking
    bundle: dict[str, Any]
    revoked: str = ""
    marks: tuple[Marking, ...] = ()
    n_retractions: int = 0

    @property
    def version(self) -> str:
        """Digest of what it says."""
        return str(self.bundle["id"]).partition("--")[2]

    @property
    def markings(self) -> dict[str, Marking]:
        """Its markings by id of the marking definition."""
        return {marking_object(one)["id"]: one for one in (*self.marks, self.marking)}

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "marking": self.marking.to_json(),
            "revoked": self.revoked,
            "n_retractions": self.n_retractions,
            "marks": [one.to_json() for one in self.marks],
            "bundle": self.bundle,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was written for one partner.

    Args:
        bulletin: its name.
        to: the partner.
        file: the sealed letter.
        digest: of the letter's content, which a receipt names.
        n_objects: that are in it.
        n_withheld: that the partner may not have.
    """

    bulletin: str
    to: str
    file: Path
    digest: str
    n_objects: int
    n_withheld: int = 0


@dataclass(slots=True)
class Round:
    """What came of telling: letters that were written, and why others were not."""

    told: list[Told] = field(default_factory=list)
    refused: list[tuple[str, str, str]] = field(default_factory=list)


def make(
    home: Home,
    campaign: Mapping[str, Any],
    marking: Marking,
    *,
    now_us: int,
    by: str,
    service: Service = Service.UNKNOWN,
    responses: Sequence[Response] = (),
    indicators: Sequence[Indicator] = (),
    derived_from: Sequence[Source] = (),
) -> Made:
    """Make the bulletin of a campaign, or its next version.

    Raises:
        BadInput: the campaign lacks something.
        NotAllowed: something in it may not be told.
    """
    bulletin = partial(
        bulletin_of,
        campaign,
        marking,
        now_us=now_us,
        roles=home.roles,
        service=service,
        responses=responses,
        indicators=indicators,
        derived_from=derived_from,
    )
    with home.held():
        secret, before, bundle = home.secret, None, {}
        for n_retractions in count():
            secret = after(home.secret, n_retractions)
            bundle = bulletin(secret=secret)
            name = _name_of(bundle)
            before = find(home, name) if (home.folder / _file(name)).is_file() else None
            if before is None or not before.revoked:
                break
        if before is not None:
            bundle = bulletin(secret=secret, previous=before.bundle)
        marks = () if before is None else (*before.marks, before.marking)
        made = Made(
            name=name,
            marking=marking,
            bundle=bundle,
            n_retractions=n_retractions,
            marks=tuple({m.id: m for m in marks if m.id != marking.id}.values()),
        )
        if before is None or before.to_json() != made.to_json():
            home.log.append([{
                "kind": "made", "when_us": now_us, "by": by, "bulletin": name,
                "version": made.version, "marking": marking.id, "tlp": marking.tlp.value,
            }])  # fmt: skip
            home.put(_file(name), made.to_json())
        return made


def bulletins(home: Home) -> list[Made]:
    """Every bulletin of ours, in the order of their names."""
    folder = home.folder / "bulletins"
    return [read_made(path) for path in sorted(folder.glob("*.json"))]


def find(home: Home, name: str) -> Made:
    """A bulletin by its name, or by the first letters of it.

    Raises:
        BadInput: there is none, or more than one.
    """
    wanted = name.removeprefix("campaign:")
    found = [
        path for path in (home.folder / "bulletins").glob("*.json") if path.stem.startswith(wanted)
    ]
    if not _SHORT.fullmatch(wanted) or len(found) != 1:
        raise BadInput(
            f"there {'is no bulletin' if not found else 'are several bulletins'} {name[:60]!r}.",
            remedy="`stillwatch share make` prints the name.",
        )
    return read_made(found[0])


def tell(
    home: Home,
    wanted: Sequence[Made],
    to: Sequence[Party],
    *,
    purpose: Purpose,
    now_us: int,
    by: str,
    again: bool = False,
) -> Round:
    """Write a sealed letter for each bulletin and partner, where the marking lets it.

    What was told in this version already is not told again, unless that is asked for.
    """
    done = Round()
    with home.held():
        before = {
            (e["bulletin"], e["version"], e["to"])
            for e in home.log.read()
            if e["kind"] in ("disclosed", "retracted")
        }
        ever = {(bulletin, to) for bulletin, _, to in before}
        known = list(home.partners().values())
        for party in to:
            for made in wanted:
                if (made.name, made.version, party.name) in before and not again:
                    done.refused.append((made.name, party.name, "it was told already"))
                    continue
                if made.revoked and (made.name, party.name) not in ever:
                    done.refused.append((made.name, party.name, "it was taken back already"))
                    continue
                kind = Kind.RETRACTION if made.revoked else Kind.BULLETIN
                try:
                    done.told.append(_tell(home, made, party, purpose, now_us, by, kind, known))
                except NotAllowed as error:
                    done.refused.append((made.name, party.name, str(error)))
    return done


def retract(home: Home, made: Made, why: Reason, *, now_us: int, by: str) -> tuple[Made, Round]:
    """Take a bulletin back, and write a letter for everybody who was told of it.

    The letters go although the marking or its basis has lapsed since: a label must not outlive its
    withdrawal. They hold what the recipient has already, and the reason.
    """
    with home.held():
        gone = Made(
            name=made.name,
            marking=made.marking,
            bundle=retracted(made.bundle, after(home.secret, made.n_retractions), now_us, why),
            revoked=why.value,
            n_retractions=made.n_retractions,
            marks=made.marks,
        )
        told = {
            e["to"]: e for e in home.log.read()
            if e["kind"] == "disclosed" and e["bulletin"] == made.name
        }  # fmt: skip
        home.put(_file(made.name), gone.to_json())
        done = Round()
        home.log.append([{
            "kind": "withdrawn", "when_us": now_us, "by": by, "bulletin": made.name,
            "version": gone.version, "why": why.value, "n_recipients": len(told),
        }])  # fmt: skip
        partners = home.partners()
        for name, entry in sorted(told.items()):
            if name not in partners:
                done.refused.append((made.name, name, "is no partner any more; tell them yourself"))
                continue
            had = set(entry["ids"])
            done.told.append(
                _letter(home, gone, partners[name], had, Purpose(entry["purpose"]), now_us, by)
            )
    return gone, done


def _tell(
    home: Home, made: Made, party: Party, purpose: Purpose, now_us: int, by: str, kind: Kind,
    known: Sequence[Party],
) -> Told:  # fmt: skip
    """One letter; nothing is written where the marking forbids it."""
    bundle = released_bundle(
        made.bundle, made.markings, party, now_us, purpose,
        home=home.me.jurisdiction, known=known,
    )  # fmt: skip
    return _written(home, made, party, bundle, purpose, now_us, by, kind)


def _letter(
    home: Home, made: Made, party: Party, had: set[str], purpose: Purpose, now_us: int, by: str
) -> Told:
    """The letter that takes back what a partner had."""
    campaign = {one["id"] for one, _ in notices_in(made.bundle["objects"])}
    objects = [
        one for one in made.bundle["objects"]
        if one["id"] in had or (one["type"] == "note" and campaign & set(one["object_refs"]))
    ]  # fmt: skip
    bundle = {**made.bundle, "objects": objects}
    return _written(home, made, party, bundle, purpose, now_us, by, Kind.RETRACTION)


def _written(
    home: Home, made: Made, party: Party, bundle: dict[str, Any], purpose: Purpose, now_us: int,
    by: str, kind: Kind,
) -> Told:  # fmt: skip
    content = orjson.dumps(bundle)
    digest = hashlib.sha256(content).hexdigest()
    letter = sealed(
        content, sender=home.me.name, recipient=party.name, kind=kind, now_us=now_us, key=home.key
    )
    basis, ids = made.marking.basis, [one["id"] for one in bundle["objects"]]
    home.log.append([{
        "kind": "retracted" if kind is Kind.RETRACTION else "disclosed",
        "when_us": now_us, "by": by, "to": party.name, "channel": party.channel.value,
        "jurisdiction": party.jurisdiction, "bulletin": made.name, "version": made.version,
        "digest": digest, "ids": ids, "marking": made.marking.id, "tlp": made.marking.tlp.value,
        "basis": {"name": basis.name, "reference": reference_of(basis), "kind": basis.kind,
                  "until_us": basis.until_us},
        "purpose": purpose.value, "how": "file",
    }])  # fmt: skip
    file = home.put(f"out/{party.name}/{kind.value}-{made.name[:12]}-{digest[:12]}.json", letter)
    n_said = sum(not is_word(one) for one in made.bundle["objects"])
    return Told(
        bulletin=made.name,
        to=party.name,
        file=file,
        digest=digest,
        n_objects=len(ids),
        n_withheld=max(n_said - sum(not is_word(one) for one in bundle["objects"]), 0),
    )


def _name_of(bundle: Mapping[str, Any]) -> str:
    ((_, notice),) = notices_in(bundle["objects"])
    return notice.campaign.partition(":")[2]


def _file(name: str) -> str:
    return f"bulletins/{name}.json"


def read_made(path: Path) -> Made:
    """A bulletin of ours from its file.

    Raises:
        BadInput: it is none.
    """
    try:
        told = orjson.loads(path.read_bytes())
        return Made(
            name=path.stem,
            marking=marking_from(told["marking"]),
            bundle=told["bundle"],
            revoked=told["revoked"],
            n_retractions=told["n_retractions"],
            marks=tuple(marking_from(one) for one in told["marks"]),
        )
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise BadInput(f"is no bulletin of ours: {error}.", where=str(path)) from None
