"""Echoes: what a partner's word weighs, so that hearing ourselves again weighs nothing.

Four rules:

1. Only what an origin says *it* saw, under its own seal, and rests on nobody else's word, weighs
   anything. What is passed on, read in public, made by a machine or derived weighs nothing, so
   that no graph of forwarding can raise a weight.
2. Each origin counts once, as a family of its own, and never ourselves.
3. What an origin says weighs no more than its record allows: the likelihood ratio that follows
   from how many of its statements were borne out, at the pessimistic end of the interval, and
   never more than :data:`MOST_BITS`. Each further origin counts for :data:`FALL` of the one before
   it, for partners copy without saying so. Both numbers are measured: ``benchmarks/share/echoes``.
4. Who was told of the thing by us, and only then says that it saw it, weighs nothing: that is how
   an echo without a source sounds. The moment is that at which we took the letter, by our clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log2
from typing import Final

from scipy.stats import beta

from stillwatch.model.finding import Claim, Finding
from stillwatch.model.quantity import Quantity
from stillwatch.share.lists import OriginClass
from stillwatch.share.notices import notice_id
from stillwatch.share.wire import Notice, Source

#: most that one origin may weigh, in bits.
MOST_BITS: Final = 3.0
#: what each further origin counts for, of the one before it.
FALL: Final = 0.5
#: end of the interval of an origin's errors at which it is believed.
SURE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How a partner's statements were borne out.

    Args:
        n_right: campaigns it told of that were confirmed by our own senses, or by people.
        n_wrong: those that were taken back or found to be none.
    """

    n_right: int = 0
    n_wrong: int = 0

    @property
    def errors(self) -> float:
        """Share of its statements that are wrong, at the pessimistic end of the interval."""
        return float(beta.ppf(SURE, self.n_wrong + 1, self.n_right + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A notice, and who is proven to have sent it.

    Args:
        notice: what it says.
        sender: whose seal it bears; empty where nobody's.
        object_id: of the STIX campaign that held it.
        tlp: its label.
        file: where it is held.
        taken_us: when we took it, by our clock, microseconds since 1970-01-01 UTC.
    """

    notice: Notice
    sender: str
    object_id: str = ""
    tlp: str = ""
    file: str = ""
    taken_us: int = 0


def is_own_word(heard: Heard, me: str) -> bool:
    """Whether a notice is what its sealed origin says it saw itself, and the origin is not us."""
    notice = heard.notice
    return (
        notice.origin_class is OriginClass.OBSERVED
        and not notice.derived_from
        and notice.origin == heard.sender != me
    )


def independent(told: Iterable[Heard], me: str) -> dict[str, Heard]:
    """By origin the one notice that counts: its strongest own word about one thing.

    Depends neither on order nor on repetition, nor on anything that was passed on.
    """
    found: dict[str, Heard] = {}
    for heard in told:
        if not is_own_word(heard, me):
            continue
        other = found.get(heard.sender)
        if other is None or _rank(heard) > _rank(other):
            found[heard.sender] = heard
    return found


def allowed_bits(claimed_bits: float, record: Record) -> float:
    """What an origin's claim may weigh by its record, 0 to :data:`MOST_BITS`.

    With a share ``q`` of wrong statements the odds of one are ``(1 - q) / q``; from even odds that
    is the likelihood ratio. Without a record it is nothing.

    >>> allowed_bits(40.0, Record())
    0.0
    >>> round(allowed_bits(40.0, Record(n_right=10)), 1)
    1.7
    """
    wrong = record.errors
    earned = log2((1 - wrong) / wrong) if 0 < wrong < 1 else 0.0
    return max(0.0, min(claimed_bits, earned, MOST_BITS))


def findings_of(
    told: Iterable[Heard],
    *,
    about: str,
    me: str,
    records: Mapping[str, Record],
    told_us: Mapping[str, int] | None = None,
) -> list[Finding]:
    """What partners' notices about one thing weigh, as findings, one family an origin.

    Args:
        told: notices that were matched to the thing.
        about: the thing, ``campaign:...``.
        me: our own name.
        records: how each origin's statements were borne out.
        told_us: when each origin was first told of the thing by us; see rule 4.

    Returns:
        Findings that speak for :attr:`Claim.ONE_OPERATOR`, the strongest origin first; an origin
        that weighs nothing has one of 0 bits, so that it is seen.
    """
    before = told_us or {}
    found = independent((h for h in told if h.taken_us < before.get(h.sender, h.taken_us + 1)), me)
    earned = {
        name: allowed_bits(heard.notice.weight.best, records.get(name, Record()))
        for name, heard in found.items()
    }
    findings = []
    for at, name in enumerate(sorted(found, key=lambda n: (-earned[n], n))):
        notice = found[name].notice
        bits = earned[name] * FALL**at
        findings.append(
            Finding(
                about=about,
                claim=Claim.ONE_OPERATOR,
                value=Quantity(best=bits, low=0.0, high=earned[name], unit="bit"),
                family=f"partner:{name}",
                evidence=(notice_id(notice),),
                method="SWS-22 partner 1",
                window=(notice.window.start_us, notice.window.until_us),
                observed="a partner says that it saw this itself",
                caveats=("a partner's word; it opens no campaign and drives no control",),
            )
        )
    return findings


def sources_of(told: Iterable[Heard]) -> tuple[Source, ...]:
    """What a notice of ours rests on that uses these: each of them and all that they rest on."""
    found = {
        (source.origin, source.notice): source
        for heard in told
        for source in (
            Source(origin=heard.notice.origin, notice=notice_id(heard.notice)),
            *heard.notice.derived_from,
        )
    }
    return tuple(found[key] for key in sorted(found))


def _rank(heard: Heard) -> tuple[float, str]:
    return heard.notice.weight.best, notice_id(heard.notice)
