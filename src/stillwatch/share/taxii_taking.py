"""Taking: what becomes of each object of an envelope, beside what is held already.

The rule of the house is the same for one writer and for twenty at once, since whoever keeps the
objects applies it in one turn: a version is held once, nobody changes what it says, a revocation
is the last word, and versions of an object come from whoever brought the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from stillwatch.share.taxii_objects import MARKING, Arrived, Unfit
from stillwatch.share.taxii_times import text_of

ALREADY_HELD: Final = "was held already"
OTHER_CONTENT: Final = "another content is held under this id and version"
OF_ANOTHER: Final = "versions of this object come from another client"
REVOKED: Final = "the object was revoked; it has no further versions"


@dataclass(frozen=True, slots=True)
class Held:
    """A version that is kept.

    Args:
        version_ns: nanoseconds since 1970.
        digest: SHA-256 of its content.
        owner: name of the client that brought it.
        revoked: whether it takes the object back.
    """

    version_ns: int
    digest: bytes
    owner: str
    revoked: bool


@dataclass(slots=True)
class Sorted:
    """What is new, what went well and what did not, in the order of the envelope.

    ``vouched`` are marking definitions that another client brought before with the same content.
    """

    fresh: list[Arrived] = field(default_factory=list)
    successes: list[tuple[Arrived, str]] = field(default_factory=list)
    failures: list[Unfit] = field(default_factory=list)
    vouched: list[Arrived] = field(default_factory=list)


def sorted_out(
    things: Iterable[Arrived | Unfit],
    held: Mapping[str, Sequence[Held]],
    client: str,
    *,
    anybody_versions: bool = False,
) -> Sorted:
    """Say of every object whether it is new, known or refused.

    Args:
        things: the envelope, checked.
        held: versions of the same ids that are kept, by id.
        client: who sends.
        anybody_versions: whether others than the first may add versions.
    """
    known = {name: list(versions) for name, versions in held.items()}
    found = Sorted()
    for thing in things:
        if isinstance(thing, Unfit):
            found.failures.append(thing)
            continue
        versions = known.setdefault(thing.id, [])
        same = next((one for one in versions if one.version_ns == thing.version_ns), None)
        if same is not None and same.digest == thing.digest:
            found.successes.append((thing, ALREADY_HELD))
            if thing.kind == MARKING and same.owner != client:
                found.vouched.append(thing)
        elif why := _why_not(thing, versions, same, client, anybody_versions):
            found.failures.append(Unfit(thing.id, thing.version, why))
        else:
            versions.append(Held(thing.version_ns, thing.digest, client, thing.revoked))
            found.fresh.append(thing)
            found.successes.append((thing, ""))
    return found


def _why_not(
    thing: Arrived, versions: Sequence[Held], same: Held | None, client: str, anybody: bool
) -> str:
    if same is not None:
        return OTHER_CONTENT
    if versions and not anybody and any(one.owner != client for one in versions):
        return OF_ANOTHER
    if any(one.revoked and one.version_ns < thing.version_ns for one in versions):
        return REVOKED
    return ""


def status_of(
    name: str, asked_us: int, found: Sorted, added_us: Mapping[str, int]
) -> dict[str, Any]:
    """The status resource (section 4.3.1) of an envelope that was dealt with wholly.

    Args:
        name: UUID of the status.
        asked_us: when the envelope came, microseconds since 1970.
        found: what became of it.
        added_us: ``date_added`` of objects without a version of their own, by id.
    """
    successes = []
    for thing, message in found.successes:
        version = thing.version or text_of(added_us.get(thing.id, asked_us))
        one = {"id": thing.id, "version": version}
        successes.append({**one, "message": message} if message else one)
    failures = [
        {"id": one.id or "unreadable", "version": one.version or "unreadable", "message": one.why}
        for one in found.failures
    ]
    told: dict[str, Any] = {
        "id": name,
        "status": "complete",
        "request_timestamp": text_of(asked_us),
        "total_count": len(successes) + len(failures),
        "success_count": len(successes),
        "failure_count": len(failures),
        "pending_count": 0,
    }
    # An empty list is no value in TAXII.
    if successes:
        told["successes"] = successes
    if failures:
        told["failures"] = failures
    return told
