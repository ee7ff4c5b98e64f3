"""Identifiers have one spelling, and no item of one kind or purpose is ever one of another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.model.errors import BadInput
from stillwatch.model.marking import Purpose
from stillwatch.share.matching_names import SPELLED, Kind, item, items

SAME = [
    (Kind.EMAIL, "Ann.Lee@Example.com", "ann.lee@EXAMPLE.com. "),
    (Kind.EMAIL, "ann+x@bücher.example", "ANN@xn--bcher-kva.example"),
    (Kind.EMAIL, "a.n.n@gmail.com", "ann+1@googlemail.com"),
    (Kind.EMAIL, "Zoë@b.example", "zoë@b.example"),
    (Kind.PHONE, "+1 (650) 253-0000", "+16502530000"),
    (Kind.PHONE, "tel:+44-20-7946-0958", "+44 020 7946 0958"),
    (Kind.ADDRESS, "2001:4860:4860::8888", "2001:4860:4860:0:1::"),
    (Kind.ADDRESS, "8.8.8.8", "::ffff:8.8.8.8"),
    (Kind.PREFIX, "8.8.8.8", "8.8.8.0/25"),
    (Kind.DEVICE, "SHA256:" + "AB" * 32, "sha256:" + "ab" * 32),
]
REFUSED = [
    (Kind.EMAIL, "nobody"), (Kind.EMAIL, "@b.example"), (Kind.EMAIL, "+tag@b.example"),
    (Kind.EMAIL, "a@localhost"), (Kind.EMAIL, "a b@c.example"), (Kind.EMAIL, ""),
    (Kind.PHONE, "020 7946 0958"), (Kind.PHONE, "+1"), (Kind.PHONE, "x" * 400),
    (Kind.INSTRUMENT, "4111 1111 1111 1111"), (Kind.INSTRUMENT, "visa"),
    (Kind.ADDRESS, "10.0.0.1"), (Kind.ADDRESS, "fe80::1"), (Kind.ADDRESS, "8.8.8.8/24"),
    (Kind.ADDRESS, "224.0.0.1"), (Kind.PREFIX, "0.0.0.0/0"), (Kind.PREFIX, "8.0.0.0/16"),
    (Kind.BEHAVIOUR, "sha256:12"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "one", "other"), SAME)
def test_two_spellings_of_one_thing_are_one_item(kind: Kind, one: str, other: str) -> None:
    assert item(kind, Purpose.DEFENCE, one) == item(kind, Purpose.DEFENCE, other)


@pytest.mark.parametrize(("kind", "text"), REFUSED)
def test_what_is_none_is_refused_and_not_quoted(kind: Kind, text: str) -> None:
    with pytest.raises(BadInput) as raised:
        item(kind, Purpose.DEFENCE, text)
    assert not text.strip() or text.strip() not in str(raised.value)


MADE = st.sampled_from([(k, t) for k, t, _ in SAME] + [(k, t) for k, _, t in SAME])


@given(MADE, st.sampled_from(list(Purpose)))
def test_a_spelling_is_its_own(made: tuple[Kind, str], purpose: Purpose) -> None:
    kind, text = made
    value = item(kind, purpose, text).rpartition("|")[2]
    assert SPELLED[kind](value) == value


@given(MADE, MADE, st.sampled_from(list(Purpose)), st.sampled_from(list(Purpose)))
def test_kinds_and_purposes_never_meet(
    one: tuple[Kind, str], other: tuple[Kind, str], for_one: Purpose, for_other: Purpose
) -> None:
    same = item(one[0], for_one, one[1]) == item(other[0], for_other, other[1])
    assert not same or (one[0], for_one) == (other[0], for_other)


@given(st.sampled_from(list(Kind)), st.text(max_size=400))
def test_any_text_is_an_item_or_refused(kind: Kind, text: str) -> None:
    found, refused = items(kind, Purpose.RESEARCH, [text, text])
    assert [len(places) for places in found.values()] == ([] if refused else [2])
    assert len(refused) in (0, 2)
