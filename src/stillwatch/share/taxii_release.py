"""Release: the whole marking held against whoever asks over TAXII, at the moment of asking.

A label says how far a thing may go. A marking of ours says besides until when, on what legal
basis, for what purposes and into which jurisdictions; a server that hands out what has lapsed
would widen it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stillwatch.model.errors import BadInput
from stillwatch.model.marking import Marking, Purpose
from stillwatch.model.party import Party
from stillwatch.share.extension import EXTENSION
from stillwatch.share.markings import marking_of
from stillwatch.share.releasing import may_release
from stillwatch.share.taxii_sight import ByMarking, Defined, refs_of


@dataclass(frozen=True, slots=True)
class ByRelease:
    """Withholds what the labels withhold, and what a marking of ours does not let go now.

    Who is named in a marking never travels. So a thing for named recipients goes to those whose
    grant reaches its label, and to nobody else: give such things a collection of their own.

    Args:
        now_us: tells the time, microseconds since 1970-01-01 UTC.
        labels: the rule of the labels.
    """

    now_us: Callable[[], int]
    labels: ByMarking = field(default_factory=ByMarking)

    def may_see(self, party: Party, thing: Mapping[str, Any], defined: Defined) -> bool:
        """Whether a party may see an object."""
        if not self.labels.may_see(party, thing, defined):
            return False
        for ref in refs_of(thing):
            definition = defined(ref)
            held = definition.get("extensions") if definition is not None else None
            if definition is None or not isinstance(held, Mapping) or EXTENSION not in held:
                continue
            try:
                marking = marking_of(definition, me=party.name)
            except BadInput:
                return False
            if not self._lets_go(marking, party):
                return False
        return True

    def _lets_go(self, marking: Marking, party: Party) -> bool:
        now_us = self.now_us()
        purposes = [p for p in Purpose if p in party.purposes & marking.purposes]
        return any(may_release(marking, party, now_us, purpose) for purpose in purposes)
