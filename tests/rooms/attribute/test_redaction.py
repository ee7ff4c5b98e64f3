"""Redaction: planted secrets are taken out, ordinary text is left, nothing breaks it."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.attribute.redaction.planting import planted
from stillwatch.adapters.custody.detectors import redactor
from stillwatch.attribute.redaction.joints import Joined, marked_joints
from stillwatch.attribute.redaction.spans import Span, merged, without
from stillwatch.model.errors import BadInput
from tests.rooms.attribute.sealed import plain_redactor


def test_planted_secrets_are_found_in_every_format_and_carrier() -> None:
    missed: Counter[tuple[str, str]] = Counter()
    n = 0
    for one in planted(4, np.random.default_rng(7)):
        n += 1
        left = redactor().redact(one.text.encode()).content.decode()
        missed[one.kind, one.carrier] += one.leaks(left)
    assert n > 400
    assert sum(missed.values()) <= 0.01 * n, missed.most_common(3)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to Anna.B+x@mail.example.com today", "email"),
        ("schreib an müller@bücher.example heute", "email"),
        ("foo [at] example [dot] com", "email"),
        ("call +49 30 1234567 now", "phone"),
        ("call (415) 555-2671 now", "phone"),
        ("card 4111 1111 1111 1111 exp", "card"),
        ("pay to GB82 WEST 1234 5698 7654 32 please", "iban"),
        ("pay to DE89370400440532013000 please", "iban"),
        ("host 203.0.113.77 is down", "ip"),
        ("host 2001:db8:85a3::8a2e:370:7334 is down", "ip"),
        ("my ssn is 123-45-6789 ok", "id"),
    ],
)
def test_personal_data_is_taken_out(text: str, kind: str) -> None:
    done = redactor().redact(text.encode())
    assert list(done.counts) == [kind]
    first, last = text.split(maxsplit=1)[0], text.rsplit(maxsplit=1)[-1]
    assert done.content.decode().startswith(first) or kind == "email"
    assert done.content.decode().endswith(last) or kind == "email"


@pytest.mark.parametrize(
    "text",
    [
        "The password must be long, and a token is optional here.",
        "Use os.environ['API_KEY'] or config.get('secret') instead of a literal.",
        "api_key = <your-api-key-here>",
        "commit 3f2a9c1 of version 1.2.3 on 2024-01-02T10:00:00Z, slice a[::2]",
        "thisIsALongCamelCaseIdentifierName SOME_LONG_CONSTANT_NAME docs/0020-by-its-head.md",
        "def tokenize(text): return [token for token in text.split()]",
        "Préparez une réponse détaillée; 请详细解释这个定理的证明过程。",
        "see campaign-88a332e616ce.terms.json and 123e4567-e89b-12d3-a456-426614174000",
        "3.14159265358979323846 and 2.8333333333333333",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    done = redactor().redact(text.encode())
    assert (done.content.decode(), done.counts) == (text, {})


def test_json_stays_json() -> None:
    told = {"messages": [{"content": 'key "sk-ant-api03-' + "Ab1_" * 24 + '" and a@example.com\n'}]}
    for ascii_only in (True, False):
        done = redactor().redact(json.dumps(told, ensure_ascii=ascii_only).encode())
        assert "Ab1_" not in str(json.loads(done.content))


@given(st.text(max_size=300))
def test_any_text_is_looked_through_and_twice_is_once(text: str) -> None:
    once = plain_redactor().redact(text.encode())
    assert plain_redactor().redact(once.content).content == once.content


@given(st.binary(max_size=200))
def test_what_is_no_text_is_refused(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError:
        with pytest.raises(BadInput, match="UTF-8"):
            plain_redactor().redact(data)
    else:
        plain_redactor().redact(data)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=8))
def test_spans_that_overlap_become_one(pairs: list[tuple[int, int]]) -> None:
    spans = [Span(start, start + n, "x") for start, n in pairs]
    apart = merged(spans)
    covered = {i for s in spans for i in range(s.start, s.end)}
    assert {i for s in apart for i in range(s.start, s.end)} == covered
    assert all(a.end <= b.start for a, b in pairwise(apart))
    data = bytes(range(97, 97 + 26)) * 3
    left, counts = without(data, apart)
    assert counts.get("x", 0) == len(apart)
    assert len(left) == len(data) - len(covered & set(range(len(data)))) + len(apart) * 12


def test_a_joined_view_leads_back_to_the_text() -> None:
    data = b'x = "abc" +\n    "def" # no'
    view = Joined(data, marked_joints(data))
    assert view.data == b'x = "abcdef" # no'
    at = view.data.index(b"abcdef")
    (span,) = view.back([Span(at, at + 6, "secret")])
    assert data[span.start : span.end] == b'abc" +\n    "def'
    assert list(view.back([Span(0, 3, "secret")])) == []


@pytest.mark.parametrize(
    "piece", ["a@", "://a:", "-----BEGIN PRIVATE KEY-----", "password:", "a\n"]
)
def test_long_hostile_text_takes_no_long_time_and_no_error(piece: str) -> None:
    done = redactor().redact((piece * (60_000 // len(piece))).encode())
    assert isinstance(done.counts, dict)
