"""Wire: the shapes of what a bulletin adds to STIX, closed and typed.

Every string here is a word of :mod:`stillwatch.share.lists`, a digest, a number of a technique or
signal, or a short name; there is no field that could hold a sentence. Unknown fields are refused.
The JSON Schemas in ``schemas/`` are made from these classes, and a test compares them.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from stillwatch.model.finding import FAMILIES
from stillwatch.model.marking import Purpose, Tlp
from stillwatch.share.lists import BANDS, Caveat, OriginClass, Reason, Response, Service, Told
from stillwatch.share.techniques import TECHNIQUES

NOTICE: Final = "stillwatch.notice/1"

#: a short name of an organisation or a community.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,62}$")]
Ref = Annotated[str, Field(pattern=r"^[a-z]{1,20}:[0-9a-f]{40}$")]
_NUMBERS = tuple(one.id for one in TECHNIQUES)
Moment = Annotated[int, Field(ge=0, le=(1 << 53) - 1)]
Bits = Annotated[float, Field(ge=-4096, le=4096, allow_inf_nan=False)]
TechniqueId = Literal[_NUMBERS]  # type: ignore[valid-type]
SignalId = Annotated[str, Field(pattern=r"^SWS-[1-9][0-9]?$")]
Family = Literal[FAMILIES]  # type: ignore[valid-type]
Band = Literal[BANDS]  # type: ignore[valid-type]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Closed(BaseModel):
    """A shape to which nothing can be added."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    def told(self) -> dict[str, Any]:
        """Plain values, as JSON holds them."""
        return self.model_dump(mode="json", by_alias=True)


class Weight(Closed):
    """Bits of evidence with the interval that holds them in 95 of 100 cases.

    The ends are null where the interval was not measured: a point is told as a point.
    """

    best: Bits
    low: Bits | None = None
    high: Bits | None = None
    unit: Literal["bit"] = "bit"

    @model_validator(mode="after")
    def _ordered(self) -> Weight:
        if (self.low is None) != (self.high is None):
            raise ValueError("one end of the interval is missing")
        ends = (self.best if end is None else end for end in (self.low, self.high))
        if sorted(told := (next(ends), self.best, next(ends))) != list(told):
            raise ValueError("the weight is outside its interval")
        return self


class SignalTold(Closed):
    """A measured behaviour: which, of what family, and what it weighs."""

    signal: SignalId
    family: Family
    weight: Weight


class Claims(Closed):
    """The four parts that make a campaign adversarial; each stands alone."""

    industrial_scale: Told
    covert: Told
    unauthorised: Told
    fraud_enabled: Told


class Source(Closed):
    """A notice of somebody else that this one rests on."""

    origin: Name
    notice: Ref


class Window(Closed):
    """From when until when, in whole hours, microseconds since 1970-01-01 UTC."""

    start_us: Moment
    until_us: Moment

    @model_validator(mode="after")
    def _ordered(self) -> Window:
        if self.until_us < self.start_us:
            raise ValueError("the window ends before it begins")
        return self


class Volume(Closed):
    """Totals of the whole campaign, in bands; never of a customer."""

    accounts: Band
    exchanges: Band
    output_tokens: Band | None = None


class Notice(Closed):
    """The least that one party tells another about one campaign.

    Args:
        campaign: pseudonym of the cluster, keyed by whoever tells.
        origin: who tells.
        origin_class: whether it was observed, heard or made.
        derived_from: notices of others that it rests on.
        window: when it happened.
        techniques: what the other side does.
        signals: what was measured.
        families: weight by family of evidence.
        weight: of all families together.
        claims: how the four parts stand.
        confidence: of 100, that it is a campaign: one minus the false discovery rate, at most 99.
        service: by what kind of service the traffic came.
        responses: what was done about it.
        volume: totals in bands.
        caveats: what must be known to read it right.
        until_us: when it expires; recipients drop it then.
    """

    schema_: Literal["stillwatch.notice/1"] = Field(default=NOTICE, alias="schema")
    campaign: Ref
    origin: Name
    origin_class: OriginClass
    derived_from: Annotated[tuple[Source, ...], Field(max_length=64)] = ()
    window: Window
    techniques: Annotated[tuple[TechniqueId, ...], Field(max_length=64)]
    signals: Annotated[tuple[SignalTold, ...], Field(max_length=64)]
    families: Annotated[dict[Family, Weight], Field(max_length=16)]
    weight: Weight
    claims: Claims
    confidence: Annotated[int, Field(ge=0, le=99)]
    service: Service
    responses: Annotated[tuple[Response, ...], Field(max_length=8)]
    volume: Volume
    caveats: Annotated[tuple[Caveat, ...], Field(max_length=8)]
    until_us: Moment


class Basis(Closed):
    """On what legal basis it was released: the name of a statute, or a digest of the document."""

    reference: Annotated[str, Field(pattern=r"^(?:[A-Z0-9][A-Za-z0-9-]{1,40}|basis:[0-9a-f]{40})$")]
    kind: Literal["statute", "contract", "consent", "review"]
    from_us: Moment
    until_us: Moment


class MarkingTold(Closed):
    """A marking as recipients see it: who else was told is not in it."""

    tlp: Tlp
    owner: Name
    until_us: Moment
    basis: Basis
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1, max_length=8)]
    communities: Annotated[tuple[Name, ...], Field(max_length=64)]
    jurisdictions: Annotated[tuple[Country, ...], Field(max_length=256)]
    named: bool


class Span(Closed):
    """Where an indicator was read: the document, the place in it, and a digest of the words."""

    document: Ref
    place: Annotated[
        str, Field(pattern=r"^(?:page|line|row|second|byte) [0-9]{1,12}(?:-[0-9]{1,12})?$")
    ]
    words: Ref


class IndicatorTold(Closed):
    """What a bulletin adds to a STIX indicator."""

    origin_class: OriginClass
    span: Span


class ReportTold(Closed):
    """What a bulletin adds to a STIX report: whose words it rests on."""

    notice: Ref
    origin: Name
    origin_class: OriginClass
    derived_from: Annotated[tuple[Source, ...], Field(max_length=64)]


class ResponseTold(Closed):
    """What a bulletin adds to a course of action."""

    response: Response


class NoteTold(Closed):
    """What a bulletin adds to a note: a caveat, or why something was taken back."""

    caveat: Caveat | None = None
    reason: Reason | None = None


#: the shape that an object of each STIX type holds under our extension.
SHAPES: dict[str, tuple[str, type[Closed]]] = {
    "campaign": ("notice", Notice),
    "marking-definition": ("marking", MarkingTold),
    "indicator": ("indicator", IndicatorTold),
    "report": ("provenance", ReportTold),
    "course-of-action": ("course", ResponseTold),
    "note": ("note", NoteTold),
}


def schema_of_notice() -> dict[str, Any]:
    """The JSON Schema of :class:`Notice`."""
    return Notice.model_json_schema(by_alias=True)


def schema_of_extension() -> dict[str, Any]:
    """The JSON Schema of our extension: one property, by the type of the object it is on."""
    found: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for name, shape in SHAPES.values():
        made = shape.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
        definitions |= made.pop("$defs", {})
        found[name] = made
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "stillwatch bulletin",
        "type": "object",
        "properties": {"extension_type": {"const": "property-extension"}, **found},
        "required": ["extension_type"],
        "minProperties": 2,
        "maxProperties": 2,
        "additionalProperties": False,
        "$defs": definitions,
    }
