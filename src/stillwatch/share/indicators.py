"""Indicators: a pattern that others can look for, with where it was read and until when.

Patterns are those of STIX, checked by the library of OASIS, and closed: of the many things that a
pattern could speak of, those on the list here name no person and no single address. An indicator
without a source span is refused; machine-made ones are told as such and drive nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from pydantic import ValidationError
from stix2patterns.v21.pattern import Pattern

from stillwatch.model.errors import BadInput, NotAllowed
from stillwatch.share.extension import part_of
from stillwatch.share.lists import OriginClass
from stillwatch.share.scanning import complaint
from stillwatch.share.times import moment_of
from stillwatch.share.wire import IndicatorTold, Span

LONGEST_PATTERN: Final = 1_000
MOST_COMPARISONS: Final = 16

_HASH = re.compile(r"'[0-9a-fA-F]{32,128}'")
_DOMAIN = re.compile(
    r"'(?=[^']{4,253}')(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]+'"
)
_PRODUCT = re.compile(r"'[A-Za-z][A-Za-z0-9_.-]{1,30}(?:/[0-9][0-9A-Za-z.-]{0,15})?'")
_NUMBER = re.compile(r"[0-9]{1,10}")

#: what a pattern may speak of, and the form that its values have.
SPOKEN_OF: Final[tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]] = (
    ("domain-name", re.compile(r"value"), _DOMAIN),
    ("autonomous-system", re.compile(r"number"), _NUMBER),
    ("artifact", re.compile(r"hashes\.'?[A-Z0-9-]+'?"), _HASH),
    ("file", re.compile(r"hashes\.'?[A-Z0-9-]+'?"), _HASH),
    ("x509-certificate", re.compile(r"hashes\.'?[A-Z0-9-]+'?"), _HASH),
    ("software", re.compile(r"name|version"), _PRODUCT),
    (
        "network-traffic",
        re.compile(r"extensions\.'?http-request-ext'?\.request_header\.'?User-Agent'?"),
        _PRODUCT,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """A pattern that others can look for.

    Args:
        pattern: in the language of STIX 2.1.
        origin_class: whether it was observed, heard, read in public or made by a machine.
        span: where it was read.
        from_us: from when it holds.
        until_us: until when; always set.

    Raises:
        BadInput: the pattern is none, or the span is missing.
        NotAllowed: it speaks of what may not be told.
    """

    pattern: str
    origin_class: OriginClass
    span: Span
    from_us: int
    until_us: int

    def __post_init__(self) -> None:
        """Refuse what may not be told, or could not be checked."""
        if self.until_us <= self.from_us:
            raise BadInput("an indicator ends before it begins.", where=self.pattern[:60])
        checked_pattern(self.pattern)

    @property
    def may_drive(self) -> bool:
        """Whether a control may rest on it; what a machine made never may."""
        return self.origin_class is not OriginClass.MACHINE_MADE

    def told(self) -> dict[str, Any]:
        """What a bulletin adds to it."""
        return IndicatorTold(origin_class=self.origin_class, span=self.span).told()


def driving(objects: Iterable[Mapping[str, Any]], now_us: int) -> list[Mapping[str, Any]]:
    """The indicators among objects that a control may rest on.

    Observed, heard or read in public, with a span; neither made by a machine, nor taken back, nor
    expired, nor not yet valid.
    """
    return [
        one
        for one in objects
        if one["type"] == "indicator"
        and isinstance(told := part_of(one), IndicatorTold)
        and told.origin_class is not OriginClass.MACHINE_MADE
        and not one.get("revoked")
        and moment_of(one["valid_from"]) <= now_us < moment_of(one["valid_until"])
    ]


def indicator_from(value: Mapping[str, Any]) -> Indicator:
    """An indicator from a table of a file.

    Raises:
        BadInput: a field is missing, unknown or of the wrong kind; without a span above all.
        NotAllowed: it speaks of what may not be told.
    """
    known = {"pattern", "origin_class", "span", "from_us", "until_us"}
    if unknown := sorted(set(value) - known):
        raise BadInput(f"an indicator has no field {unknown[0]!r}.")
    if "span" not in value:
        raise BadInput(
            "an indicator has no source span.", where=str(value.get("pattern"))[:60],
            remedy="Say document, place and digest of the words where it was read.",
        )  # fmt: skip
    try:
        return Indicator(
            pattern=str(value["pattern"]),
            origin_class=OriginClass(value["origin_class"]),
            span=Span.model_validate_json(orjson.dumps(dict(value["span"]))),
            from_us=int(value["from_us"]),
            until_us=int(value["until_us"]),
        )
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in told["loc"])
        raise BadInput(f"the source span: {place}: {told['msg']}.") from None
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no indicator: {error}.") from None


def checked_pattern(text: str) -> None:
    """Refuse a pattern that is none, or that speaks of what may not be told.

    Raises:
        BadInput: it is longer than a pattern may be, or not in the language of STIX.
        NotAllowed: it speaks of what is not on the list, or holds what may not leave.
    """
    if len(text) > LONGEST_PATTERN:
        raise BadInput(f"a pattern of {len(text)} characters; at most {LONGEST_PATTERN}.")
    if what := complaint(text):
        raise NotAllowed(f"the pattern holds {what}", by_rule="no content")
    try:
        found = Pattern(text).inspect().comparisons
    except Exception as error:
        raise BadInput(f"is no STIX pattern: {str(error).splitlines()[0][:200]}.",
                       where=text[:60]) from None  # fmt: skip
    if sum(map(len, found.values())) > MOST_COMPARISONS:
        raise BadInput(f"more than {MOST_COMPARISONS} comparisons in a pattern.", where=text[:60])
    for kind, comparisons in found.items():
        for path, operator, value in comparisons:
            _checked(kind, _dotted(path), str(operator), value)


def _checked(kind: str, path: str, operator: str, value: object) -> None:
    form = next((v for k, p, v in SPOKEN_OF if k == kind and p.fullmatch(path)), None)
    if form is None:
        raise NotAllowed(f"a pattern may not speak of {kind}:{path[:60]}", by_rule="no content")
    if operator not in ("=", "IN"):
        raise NotAllowed(f"a pattern may compare by = and IN, not by {operator}",
                         by_rule="no content")  # fmt: skip
    told = str(value)
    for one in told[1:-1].split(",") if operator == "IN" else (told,):
        if not form.fullmatch(one.strip()):
            raise NotAllowed(f"a value of {kind}:{path[:60]} has not the form of its kind",
                             by_rule="no content")  # fmt: skip


def _dotted(path: Any) -> str:
    return ".".join(str(part) for part in path) if isinstance(path, (list, tuple)) else str(path)
