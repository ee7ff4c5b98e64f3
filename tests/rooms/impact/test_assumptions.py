"""A user's own assumptions: what is taken, what is refused, and that guesses enter nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.impact.shipped import assumptions
from stillwatch.impact import Assumption, Origin
from stillwatch.impact.counterfactual import tornado
from stillwatch.model.errors import BadInput, StillwatchError
from tests.rooms.impact.known import known

HOSTILE = {
    "unknown key": "kept_shar = 0.5",
    "not toml": "kept_share = = 1",
    "negative": "kept_share = -0.1",
    "more than all": "kept_share = {best = 0.5, low = 0.1, high = 1.5}",
    "not a number": "kept_share = {best = nan, low = 0.1, high = 1.0}",
    "infinite": "half_gap_tokens = {best = 1.0, low = 1.0, high = inf}",
    "upside down": "kept_share = {best = 0.5, low = 0.9, high = 1.0}",
    "text": 'kept_share = "all"',
    "a list": "kept_share = [0.1, 0.2, 0.3]",
    "a switch": "kept_share = true",
    "half a range": "kept_share = {best = 0.5}",
    "unknown field": "kept_share = {best = 0.5, low = 0.1, high = 1.0, __class__ = 1}",
    "text that is none": "kept_share = {best = 0.5, low = 0.1, high = 1.0, says = 7}",
    "long text": f'kept_share = {{best = 0.5, low = 0.1, high = 1.0, says = "{"x" * 5000}"}}',
    "nested": "[kept_share]\nbest = {best = 1}\nlow = 0\nhigh = 1",
    "deep": "a = " + "[" * 5000 + "]" * 5000,
    "no revenue": "revenue_usd_per_account = -1",
    "revenue of text": 'revenue_usd_per_account = "much"',
    "bytes": "\x00\x01",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_with_its_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StillwatchError) as caught:
        assumptions(path)
    assert len(str(caught.value)) < 2_000


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput):
        assumptions(path)
    with path.open("wb") as file:
        file.truncate(17 << 20)
    with pytest.raises(BadInput, match="larger"):
        assumptions(path)


def test_own_values_take_the_place_of_ours_and_say_so(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        'kept_share = 0.5\n[revenue_usd_per_account]\nbest = 20\nlow = 10\nhigh = 40\n'
        '[half_gap_tokens]\nbest = 2e8\nlow = 1e8\nhigh = 3e8\nsource = "a leaked plan"\n',
        encoding="utf-8",
    )  # fmt: skip
    own, revenue = assumptions(path)
    assert (own["kept_share"].low, own["kept_share"].high) == (0.5, 0.5)
    assert own["kept_share"].origin is Origin.ASSUMED
    assert own["half_gap_tokens"].source == "a leaked plan"
    assert revenue is not None
    assert revenue.high == 40
    assert own["epochs"] == known()["epochs"]


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("", encoding="utf-8")
    own, revenue = assumptions(path)
    assert list(own) == list(known())
    assert revenue is None


def test_every_shipped_value_has_its_source() -> None:
    assert all(one.source and one.says for one in known())
    assert {one.origin for one in known()} == set(Origin)


def test_a_guess_moves_nothing_and_the_widest_swing_comes_first() -> None:
    keys = ["guess_months_gained", "kept_share", "epochs"]
    found = tornado(keys, known(), lambda a: a["kept_share"].best * 10 + a["epochs"].best)
    assert [one.key for one in found] == ["kept_share", "epochs"]
    assert found[0].width == pytest.approx(7.0)


@given(st.floats(), st.floats(), st.floats())
def test_a_range_is_ordered_finite_and_not_negative_or_refused(
    a: float, b: float, c: float
) -> None:
    try:
        made = Assumption(key="k", low=a, best=b, high=c, unit="usd", says="s", source="s",
                          origin=Origin.ASSUMED)  # fmt: skip
    except BadInput:
        return
    assert 0 <= made.low <= made.best <= made.high <= 1e30
