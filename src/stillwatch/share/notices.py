"""Notices: the least that is told about a campaign, taken from what was found.

Only numbers, numbers of signals and techniques, and how claims stand are taken from the record,
each by name. No string of it passes; account names, models and sentences are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, Final

from pydantic import ValidationError

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput
from stillwatch.model.finding import FAMILIES, Finding
from stillwatch.share.ids import pseudonym
from stillwatch.share.lists import Caveat, OriginClass, Response, Service, Told, band_of
from stillwatch.share.techniques import BY_ID
from stillwatch.share.times import HOUR_US, moment_of
from stillwatch.share.wire import (
    Claims,
    Notice,
    SignalTold,
    Source,
    Volume,
    Weight,
    Window,
)

CLAIMS: Final = ("industrial_scale", "covert", "unauthorised", "fraud_enabled")
#: an innocent explanation that leaves fewer bits than this is not excluded.
RIVAL_BITS: Final = 7.0


def notice_of(
    campaign: Mapping[str, Any],
    *,
    origin: str,
    secret: bytes,
    until_us: int,
    service: Service = Service.UNKNOWN,
    responses: Sequence[Response] = (),
    origin_class: OriginClass = OriginClass.OBSERVED,
    derived_from: Sequence[Source] = (),
    findings: Iterable[Finding] = (),
) -> Notice:
    """The notice of a campaign.

    Args:
        campaign: one of the campaigns of ``stillwatch.campaigns/1``.
        origin: who tells.
        secret: under which the cluster's pseudonym is drawn, at least 32 bytes.
        until_us: when the notice expires.
        service: by what kind of service the traffic came.
        responses: what was done about it.
        origin_class: whether it was observed here.
        derived_from: notices of others that it rests on.
        findings: of this campaign, in bits; they bring the intervals of the families.

    Raises:
        BadInput: the record lacks what a notice needs, or holds it in another form.
    """
    if len(secret) < 32:
        raise BadInput("the secret of pseudonyms is too short.", remedy="Use 32 bytes or more.")
    try:
        families, total = _weights(campaign, findings)
        notice = Notice(
            campaign=pseudonym("campaign", _text(campaign["id"]), secret=secret),
            origin=origin,
            origin_class=origin_class,
            derived_from=tuple(derived_from),
            window=_window(campaign),
            techniques=tuple(sorted({t for t in _texts(campaign, "techniques") if t in BY_ID})),
            signals=tuple(_signals(campaign)),
            families=families,
            weight=total,
            claims=_claims(campaign),
            confidence=_confidence(campaign["fdr"]),
            service=service,
            responses=tuple(dict.fromkeys(responses)),
            volume=_volume(campaign),
            caveats=tuple(_caveats(campaign, families, total)),
            until_us=until_us,
        )
    except KeyError as error:
        raise BadInput(
            f"the campaign has no {error.args[0]}.",
            remedy="Hand in one campaign of `stillwatch detect --json`.",
        ) from None
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in told["loc"])
        raise BadInput(f"the notice cannot be made: {place}: {told['msg']}.") from None
    return notice


def notice_id(notice: Notice) -> str:
    """``notice:`` and the digest of all of it."""
    return digest_of("notice", notice.told())


def _weights(
    campaign: Mapping[str, Any], findings: Iterable[Finding]
) -> tuple[dict[str, Weight], Weight]:
    """By family and in all; intervals where findings bring them."""
    told = campaign["families"]
    if not isinstance(told, Mapping):
        raise BadInput("families is no table.")
    points = {family: _number(told[family]) for family in FAMILIES if family in told}
    spread: dict[str, tuple[float, float]] = {}
    for family in points:
        own = [f.value for f in findings if f.family == family and f.value.unit == "bit"]
        strongest = [q for q in (max(own, key=lambda q: q.best, default=None),) if q]
        against = [q for q in (min(own, key=lambda q: q.best, default=None),) if q]
        both = {id(q): q for q in (*strongest, *against)}.values()
        if both:
            spread[family] = (sum(q.low for q in both), sum(q.high for q in both))
    families = {
        family: Weight(
            best=best, low=min(spread[family][0], best), high=max(spread[family][1], best)
        )
        if family in spread
        else Weight(best=best)
        for family, best in points.items()
    }
    best = _number(campaign["weight_bits"])
    if points and set(spread) == set(points):
        low, high = (sum(pair[end] for pair in spread.values()) for end in (0, 1))
        return families, Weight(best=best, low=min(low, best), high=max(high, best))
    return families, Weight(best=best)


def _window(campaign: Mapping[str, Any]) -> Window:
    """Widened to whole hours: a minute can point at somebody."""
    start, end = moment_of(campaign["first_seen"]), moment_of(campaign["last_seen"])
    return Window(
        start_us=start - start % HOUR_US,
        until_us=end + -end % HOUR_US,
    )


def _signals(campaign: Mapping[str, Any]) -> list[SignalTold]:
    """Per signal and family the strongest for and, where there is none, against."""
    found: dict[tuple[str, str], float] = {}
    for one in campaign.get("signals", ()):
        if not isinstance(one, Mapping):
            raise BadInput("a signal is no table.")
        name, family, bits = one.get("signal"), one.get("family"), _number(one.get("bits", 0.0))
        if isinstance(name, str) and isinstance(family, str) and family in FAMILIES:
            key = (name, family)
            found[key] = max(found.get(key, bits), bits)
    return [
        SignalTold(signal=name, family=family, weight=Weight(best=bits))
        for (name, family), bits in sorted(found.items())
        if name.startswith("SWS-") and name[4:].isascii() and name[4:].isdigit() and len(name) <= 6
    ]


def _claims(campaign: Mapping[str, Any]) -> Claims:
    held = campaign.get("claims", {})
    told = {name: _stands(held.get(name) if isinstance(held, Mapping) else None) for name in CLAIMS}
    return Claims(**told)


def _stands(said: object) -> Told:
    if isinstance(said, str) and said.startswith("met"):
        return Told.MET
    if isinstance(said, str) and said.startswith("not shown"):
        return Told.NOT_SHOWN
    return Told.COULD_NOT_LOOK


def _confidence(fdr: object) -> int:
    return max(0, min(99, int(100 * (1 - _number(fdr)))))


def _volume(campaign: Mapping[str, Any]) -> Volume:
    accounts = campaign["accounts"]
    if not isinstance(accounts, (list, tuple)):
        raise BadInput("accounts is no list.")
    tokens = campaign.get("output_tokens")
    return Volume(
        accounts=band_of(len(accounts)),
        exchanges=band_of(int(_number(campaign["n_exchanges"]))),
        output_tokens=None if tokens is None else band_of(int(_number(tokens))),
    )


def _caveats(
    campaign: Mapping[str, Any], families: Mapping[str, Weight], total: Weight
) -> Iterable[Caveat]:
    yield Caveat.SINGLE_SOURCE
    yield Caveat.FLOOR
    yield Caveat.ATTEMPTS
    if total.low is None:
        yield Caveat.NO_INTERVAL
    if "content" not in families:
        yield Caveat.METADATA_ONLY
    left = [
        abs(_number(rival.get("bits", 0.0)))
        for rival in campaign.get("rivals", ())
        if isinstance(rival, Mapping)
    ]
    if left and min(left) < RIVAL_BITS:
        yield Caveat.RIVAL_LIVES


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise BadInput("a number of the campaign is none.")
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise BadInput("the campaign's id is no short text.")
    return value


def _texts(campaign: Mapping[str, Any], name: str) -> Iterable[str]:
    held = campaign.get(name, ())
    return (t for t in held if isinstance(t, str)) if isinstance(held, (list, tuple)) else ()
