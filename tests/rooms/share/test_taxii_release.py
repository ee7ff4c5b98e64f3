"""The server holds the whole marking against whoever asks, not its label alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given

from stillwatch.model.errors import BadInput
from stillwatch.model.marking import Channel, Marking, Purpose, Tlp
from stillwatch.model.party import Party
from stillwatch.share.markings import TLP2_IDS, marking_object, marking_of
from stillwatch.share.releasing import may_release
from stillwatch.share.taxii_release import ByRelease
from stillwatch.share.taxii_sight import seen_by
from tests.rooms.share.marked import DAY_US, MARKINGS, NOW_US, PARTIES, marking, party


def _asked(told: Marking, who: Party, now_us: int = NOW_US, up_to: Tlp = Tlp.RED) -> bool:
    ours = marking_object(told)
    held: dict[str, Mapping[str, Any]] = {ours["id"]: ours}
    thing = {"type": "report", "object_marking_refs": [TLP2_IDS[told.tlp], ours["id"]]}
    return seen_by(who, up_to, ByRelease(lambda: now_us))(thing, held.get)


@given(MARKINGS, PARTIES)
def test_nothing_is_seen_that_may_not_be_released(told: Marking, who: Party) -> None:
    ours = marking_of(marking_object(told), me=who.name)
    lets = any(may_release(ours, who, NOW_US, purpose) for purpose in Purpose)
    if not lets:
        assert not _asked(told, who)


def test_what_may_go_is_seen_until_it_expires() -> None:
    assert _asked(marking(), party())
    assert _asked(marking(), party(), NOW_US + DAY_US - 1)
    assert not _asked(marking(), party(), NOW_US + DAY_US)
    assert not _asked(marking(), party(), up_to=Tlp.GREEN)


@pytest.mark.parametrize(
    "changes",
    [
        {"jurisdiction": "JP"},
        {"jurisdiction": ""},
        {"communities": frozenset()},
        {"purposes": frozenset({Purpose.RESEARCH})},
        {"channel": Channel.GOVERNMENT},
    ],
)
def test_whoever_it_is_not_for_does_not_see_it(changes: dict[str, Any]) -> None:
    assert not _asked(marking(), party(**changes))


def test_a_marking_that_was_changed_on_the_way_withholds() -> None:
    ours = marking_object(marking())
    forged = {**ours, "id": "marking-definition--" + "0" * 8 + "-0000-4000-8000-" + "0" * 12}
    with pytest.raises(BadInput, match="digest"):
        marking_of(forged)
    thing = {"object_marking_refs": [TLP2_IDS[Tlp.AMBER], forged["id"]]}
    held = {forged["id"]: forged}
    assert not seen_by(party(), Tlp.RED, ByRelease(lambda: NOW_US))(thing, held.get)


@pytest.mark.parametrize("extensions", [None, 7, [], "x", {"other": None}])
def test_extensions_that_are_none_do_not_end_the_answer(extensions: Any) -> None:
    ref = "marking-definition--11111111-1111-4111-8111-111111111111"
    held = {ref: {"id": ref, "definition_type": "statement", "extensions": extensions}}
    thing = {"object_marking_refs": [TLP2_IDS[Tlp.GREEN], ref]}
    assert seen_by(party(), Tlp.AMBER, ByRelease(lambda: NOW_US))(thing, held.get)
