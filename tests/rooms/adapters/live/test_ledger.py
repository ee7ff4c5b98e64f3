"""Events are written once, whatever is cut off in between."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stillwatch.adapters.live.ledger import CURRENT, EVENTS, Ledger
from stillwatch.detect.following import Event, told


def result(*groups: str) -> dict[str, Any]:
    """A result with campaigns of one-letter accounts."""
    return {
        "schema": "stillwatch.campaigns/1",
        "campaigns": [
            {
                "id": f"campaign:{group}",
                "accounts": [{"account": a, "membership": 1.0} for a in group],
                "pictures": {"hours": []},
            }
            for group in groups
        ],
    }


ABOUT = {"until": "2026-03-02T00:00:00Z", "until_us": 1}


def lines(state: Path) -> list[dict[str, Any]]:
    """The events on disk."""
    return [json.loads(line) for line in (state / EVENTS).read_text("utf-8").splitlines()]


class Cut(Exception):
    """Here the program is cut off."""


def cut(*_: object) -> None:
    """Be cut off."""
    raise Cut


@pytest.mark.parametrize("where", ["_settle", "_write_events", "_write_current"])
def test_what_was_cut_off_is_made_good_and_nothing_is_told_twice(
    tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(tmp_path)
    ledger.take(result("abcd"), ABOUT)
    with monkeypatch.context() as patch, pytest.raises(Cut):
        patch.setattr(ledger, where, cut)
        ledger.take(result("abcde", "wxyz"), ABOUT)
    seen = lines(tmp_path)
    again = Ledger(tmp_path)
    assert lines(tmp_path)[: len(seen)] == seen
    again.take(result("abcde", "wxyz"), ABOUT)
    events = lines(tmp_path)
    assert [event["sequence"] for event in events] == [1, 2, 3]
    assert [event["kind"] for event in events] == ["opened", "grown", "opened"]
    current = json.loads((tmp_path / CURRENT).read_bytes())
    assert [c["id"] for c in current["campaigns"]] == ["campaign:abcd", "campaign:wxyz"]
    assert current["watch"]["sequence"] == 3
    assert current == Ledger(tmp_path).current


@pytest.mark.parametrize("where", ["_settle", "_write_events", "_write_current"])
def test_a_disk_that_refuses_for_a_while_loses_no_event(
    tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(tmp_path)
    ledger.take(result("abcd"), ABOUT)
    with monkeypatch.context() as patch, pytest.raises(Cut):
        patch.setattr(ledger, where, cut)
        ledger.take(result("abcde", "wxyz"), ABOUT)
    ledger.take(result("abcde", "wxyz", "mnop"), ABOUT)
    events = lines(tmp_path)
    assert [event["sequence"] for event in events] == [1, 2, 3, 4]
    assert sorted(event["kind"] for event in events) == ["grown", "opened", "opened", "opened"]


def test_half_a_line_is_cut_off_and_written_anew(tmp_path: Path) -> None:
    Ledger(tmp_path).take(result("abcd", "wxyz"), ABOUT)
    whole = (tmp_path / EVENTS).read_bytes()
    for end in (0, 10, whole.index(b"\n") + 1, whole.index(b"\n") + 9, len(whole) - 1):
        (tmp_path / EVENTS).write_bytes(whole[:end])
        Ledger(tmp_path)
        assert (tmp_path / EVENTS).read_bytes() == whole


def test_events_keep_a_reader_up(tmp_path: Path) -> None:
    ledger, standing = Ledger(tmp_path), {}
    for groups in (("abcd",), ("abcdefgh", "wxyz"), ("abcdef", "ghij"), ("abcdefghij",), ()):
        for line in ledger.take(result(*groups), ABOUT):
            event = Event(
                kind=line["kind"], campaign=line["campaign"], joined=frozenset(line["joined"]),
                left=frozenset(line["left"]), other=line["other"], again=line["again"],
            )  # fmt: skip
            standing = told([event], standing)
            assert (line["entry"] is None) == (line["kind"] in ("closed", "merged"))
            if line["entry"]:
                assert line["entry"]["id"] == line["campaign"]
                assert "pictures" not in line["entry"]
        assert standing == ledger.register.standing
    assert standing == {}


def test_when_a_campaign_was_opened_is_remembered(tmp_path: Path) -> None:
    Ledger(tmp_path).take(result("abcd"), ABOUT)
    ledger = Ledger(tmp_path)
    ledger.take(result("abcde"), ABOUT)
    assert ledger.current is not None
    opened_at = ledger.current["campaigns"][0]["opened_at"]
    assert opened_at == lines(tmp_path)[0]["written_at"]
    assert ledger.current["campaigns"][0]["named_now"] == "campaign:abcde"
