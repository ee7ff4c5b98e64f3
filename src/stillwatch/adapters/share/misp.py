"""MISP: a bulletin as a MISP event and back, by the library of its makers (extra ``misp``).

Every object of the bulletin is an object of the event with the same UUID, its values as attributes,
so that nothing is lost on the way back. Beside them stands what people who work in MISP look for:
tags of TLP and of techniques, plain attributes of indicators, notes. Those are made from the
objects and are not read back; an opinion that somebody adds in MISP is, and whatever else was added
is listed. STIX keeps milliseconds and MISP seconds: times travel as values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson
from pymisp import MISPEvent, MISPObject, MISPOrganisation
from pymisp.exceptions import PyMISPError

from stillwatch.adapters.share.home import Home
from stillwatch.model.errors import BadInput
from stillwatch.share.bulletins import bundled, checked_object
from stillwatch.share.ids import identity_id
from stillwatch.share.lists import View
from stillwatch.share.parsing import Refused
from stillwatch.share.reading import marking_for, markings_in, notices_in
from stillwatch.share.sealing import opened

PREFIX: Final = "stillwatch-"
LONGEST_EVENT: Final = 64 << 20
MOST_DEEP: Final = 24
_TEXT, _JSON = "text", "json"
_TEMPLATE: Final = re.compile(r"[a-z0-9-]{1,80}")
_SINGLE: Final = (
    (re.compile(r"\[domain-name:value = '([^']+)'\]"), "domain", "Network activity"),
    (re.compile(r"\[autonomous-system:number = (\d+)\]"), "AS", "Network activity"),
    (re.compile(r"\[(?:file|artifact):hashes\.'?SHA-256'? = '([0-9a-fA-F]{64})'\]"), "sha256",
     "Payload delivery"),
    (re.compile(r"\[network-traffic:extensions\.'http-request-ext'\.request_header\.'User-Agent' = "
                r"'([^']+)'\]"), "user-agent", "Network activity"),
)  # fmt: skip


def event_of(bundle: Mapping[str, Any]) -> MISPEvent:
    """A bundle as a MISP event.

    Raises:
        BadInput: it tells of no campaign.
    """
    objects = bundle["objects"]
    told = notices_in(objects)
    if not told:
        raise BadInput("the bundle tells of no campaign.")
    campaign, notice = told[0]
    marking = marking_for(campaign, markings_in(objects))
    event = MISPEvent()
    event.uuid = _uuid(campaign["id"])
    event.info = f"stillwatch bulletin {notice.campaign.partition(':')[2][:12]}"
    event.set_date(campaign["created"][:10])
    event.distribution, event.threat_level_id, event.analysis = 0, 4, 2
    maker = MISPOrganisation()
    maker.name, maker.uuid = notice.origin, _uuid(identity_id(notice.origin))
    event.Orgc = maker
    if marking is not None:
        event.add_tag(marking.tlp.value.lower())
    for technique in notice.techniques:
        event.add_tag(f'stillwatch:technique="{technique}"')
    event.add_attribute("campaign-name", campaign["name"], category="Attribution")
    for one in objects:
        event.add_object(_object_of(one))
        if one["type"] == "indicator" and not one.get("revoked"):
            _plain(event, one)
    return event


def bundle_from(event: MISPEvent) -> tuple[dict[str, Any], list[Refused]]:
    """The bundle that a MISP event holds, and what of the event could not be carried.

    Raises:
        BadInput: it holds no object of ours.
    """
    objects, lost = [], []
    for one in event.objects:
        if not str(one.name).startswith(PREFIX):
            lost.append(Refused(str(one.uuid), f"is an object {str(one.name)[:40]!r} of others"))
            continue
        try:
            objects.append(checked_object(_stix_of(one)))
        except BadInput as error:
            lost.append(Refused(str(one.uuid), error.what))
    if not objects:
        raise BadInput("the event holds no object of ours.")
    ours = {v for o in objects if o["type"] == "indicator" for v in _values(o["pattern"])}
    for attribute in event.attributes:
        if attribute.type != "campaign-name" and str(attribute.value) not in ours:
            lost.append(Refused(str(attribute.uuid), f"is an attribute {attribute.type}"))
    lost += [Refused(str(r.uuid), "is a report of MISP") for r in event.event_reports]
    lost += [Refused(str(g.uuid), "is a galaxy of MISP") for g in event.galaxies]
    lost += [Refused(str(n.uuid), "is a note of MISP") for n in event.notes]
    lost += [Refused(str(o.uuid), "is an opinion of MISP; see opinions_in") for o in event.opinions]
    return bundled(objects), lost


def opinions_in(event: MISPEvent) -> list[tuple[str, View]]:
    """Opinions that were added to the event in MISP, 0 to 100, in the words of STIX."""
    return [(str(one.uuid), _view(int(one.opinion))) for one in event.opinions]


def event_from(data: bytes) -> MISPEvent:
    """A MISP event from its JSON.

    Raises:
        BadInput: it is none, or larger than is read.
    """
    if len(data) > LONGEST_EVENT:
        raise BadInput(f"is {len(data)} bytes; at most {LONGEST_EVENT} are read.")
    try:
        told = orjson.loads(data)
        _check_names(told)
        event = MISPEvent()
        event.from_dict(**told.get("Event", told))
    except (orjson.JSONDecodeError, AttributeError, TypeError, KeyError, ValueError,
            OverflowError, PyMISPError) as error:  # fmt: skip
        raise BadInput(f"is no MISP event: {str(error)[:160]}.") from None
    return event


def _check_names(told: object) -> None:
    """Refuse objects that would make the library look for a template in a file of their choice.

    Raises:
        BadInput: a name is no name of a template, or a folder of templates is given.
    """
    waiting = [told]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if "misp_objects_path_custom" in one:
                raise BadInput("names a folder of templates, which an event may not.")
            objects = one.get("Object", ())
            for held in objects if isinstance(objects, list) else ():
                name = held.get("name") if isinstance(held, dict) else None
                if not isinstance(name, str) or not _TEMPLATE.fullmatch(name):
                    raise BadInput("holds an object whose name is no name of a template.")
        if isinstance(one, dict | list):
            waiting += one.values() if isinstance(one, dict) else one


def write_beside(home: Home, letter: Path) -> Path:
    """Write a MISP event of what a letter of ours holds, beside it."""
    content = opened(letter.read_bytes(), home.keys()).content
    event = event_of(orjson.loads(content))
    name = letter.relative_to(home.folder).with_suffix(".misp.json")
    return home.put(str(name), event.to_json().encode())


def _object_of(one: Mapping[str, Any]) -> MISPObject:
    made = MISPObject(PREFIX + one["type"], standalone=False, strict=False)
    made.uuid = _uuid(one["id"])
    for path, value in _leaves(one, ""):
        is_text = isinstance(value, str) and value != ""
        made.add_attribute(
            path,
            type="text",
            value=value if is_text else orjson.dumps(value).decode(),
            comment=_TEXT if is_text else _JSON,
            disable_correlation=True,
            to_ids=False,
        )
    return made


def _stix_of(made: MISPObject) -> dict[str, Any]:
    """The STIX object whose values an object of the event holds."""
    root: dict[str, Any] = {}
    for attribute in made.attributes:
        text = str(attribute.value)
        try:
            value = text if attribute.comment == _TEXT else orjson.loads(text)
        except orjson.JSONDecodeError:
            raise BadInput(f"{attribute.object_relation}: is no value of ours.") from None
        _put(root, str(attribute.object_relation), value)
    return root


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value that holds no other, with the way to it; what is empty stands for itself."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}/{_escaped(str(key))}")
    elif isinstance(value, list) and value:
        for at, inner in enumerate(value):
            yield from _leaves(inner, f"{path}/{at:04d}")
    else:
        yield path, value


def _put(root: dict[str, Any], path: str, value: Any) -> None:
    """Put a value in its place; lists are made where the way is a number of four digits."""
    steps = path.split("/")[1:]
    if not steps or len(steps) > MOST_DEEP:
        raise BadInput("a way to a value is none.")
    inner: Any = root
    for at, step in enumerate(steps):
        last = at == len(steps) - 1
        key: Any = int(step) if re.fullmatch(r"\d{4}", step) else _plain_key(step)
        made: Any = value if last else [] if re.fullmatch(r"\d{4}", steps[at + 1]) else {}
        if isinstance(inner, list) and isinstance(key, int) and key <= len(inner):
            if key == len(inner):
                inner.append(made)
            inner = inner[key]
        elif isinstance(inner, dict) and isinstance(key, str):
            inner = inner.setdefault(key, made)
        else:
            raise BadInput("values of an object do not fit together.")


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _plain_key(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def _plain(event: MISPEvent, one: Mapping[str, Any]) -> None:
    """An indicator as MISP knows it, where its pattern is a single comparison."""
    for form, kind, category in _SINGLE:
        if found := form.fullmatch(one["pattern"]):
            event.add_attribute(kind, found[1], category=category, to_ids=False,
                                comment="of a stillwatch bulletin")  # fmt: skip


def _values(pattern: str) -> list[str]:
    return [found[1] for form, _, _ in _SINGLE if (found := form.fullmatch(pattern))]


def _uuid(name: str) -> str:
    return str(UUID(name.partition("--")[2]))


def _view(opinion: int) -> View:
    return list(View)[min(max(opinion, 0) * 5 // 101, 4)]
