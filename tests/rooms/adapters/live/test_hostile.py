"""Whatever a sender writes into fields, a commit takes the sound rows and counts the others."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.adapters.live.admission import Admission
from stillwatch.adapters.live.arrivals import Arrival, Waiting
from stillwatch.adapters.live.committing import Committer
from stillwatch.adapters.live.log import Log
from stillwatch.adapters.live.serving import Request
from stillwatch.adapters.live.sources.otlp import _read, _read_records
from stillwatch.adapters.readers.decoding import BadJson
from stillwatch.model import EXCHANGES_SCHEMA
from tests.rooms.adapters.live.taking import KEY, LONG_US, Counting

NUMBER = itertools.count()
#: what breaks programs.
EDGES: list[Any] = [
    None, True, -1, 2**53, 2**63, 2**64, -(2**63) - 1, 10**30, 1e308, 5e-324, float("nan"),
    float("inf"), "", " ", "\0", "\ud800", "\u202e\n\r", "9999-12-31T23:59:59.999999-23:59",
    "0001-01-01T00:00:00+23:59", "99999999999999999999", "1e400", "٣٤٥", "[" * 900,
    '[{"role":"user","content":"\\ud800"}]', [], {}, [[None]], {"a": {"b": {}}}, [1, "x", 2**70],
]  # fmt: skip
VALUES = st.recursive(
    st.sampled_from(EDGES) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "parts", "text", "type"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
NAMES = ["gen_ai.request.model", "user.id", "gen_ai.input.messages", "gen_ai.output.messages",
         "gen_ai.usage.output_tokens", "gen_ai.request.temperature", "gen_ai.prompt.0.content",
         "gen_ai.response.finish_reasons", "stillwatch.replayed_reasoning"]  # fmt: skip
TYPED = st.builds(
    lambda kind, value: {kind: value},
    st.sampled_from(["stringValue", "intValue", "doubleValue", "arrayValue", "kvlistValue"]),
    VALUES | VALUES.map(lambda one: {"values": [one, {"key": one, "value": one}]}),
)
ATTRIBUTES = VALUES | st.lists(
    st.builds(lambda k, v: {"key": k, "value": v}, st.sampled_from(NAMES), TYPED | VALUES),
    max_size=5,
)
SPANS = st.fixed_dictionaries({
    "traceId": VALUES, "spanId": VALUES, "startTimeUnixNano": VALUES, "attributes": ATTRIBUTES,
    "events": VALUES | st.lists(st.fixed_dictionaries({"name": VALUES, "attributes": ATTRIBUTES}),
                                max_size=2),
})  # fmt: skip
NATIVE = st.dictionaries(st.sampled_from(list(EXCHANGES_SCHEMA.names)), VALUES, max_size=6)


@pytest.fixture(scope="module")
def committer() -> Iterator[Committer]:
    """One log for all that comes."""
    with tempfile.TemporaryDirectory() as here, Log(Path(here), {}) as log:
        yield Committer(log, KEY, Waiting(), Admission(LONG_US), Counting(), keep_text=True)


def sound() -> dict[str, Any]:
    """A record that is in order."""
    return {
        "exchange_id": f"sound {next(NUMBER)}", "sent_at": 1_772_409_600, "account": "a",
        "model": "m", "prompt": "a question",
    }  # fmt: skip


@settings(max_examples=80)
@given(native=NATIVE, spans=st.lists(SPANS, max_size=2), other=VALUES)
def test_no_value_stops_a_commit_or_costs_a_sound_row(
    committer: Committer, native: dict[str, Any], spans: list[dict[str, Any]], other: Any
) -> None:
    log, arrival = committer.log, Arrival("s")
    arrival.take(json.dumps(sound()).encode())
    arrival.take(json.dumps({**sound(), **native}).encode())
    export = {"resourceSpans": [{"resource": other, "scopeSpans": [{"spans": spans}]}]}
    for path, body in (
        ("/v1/traces", json.dumps(export)),
        ("/v1/logs", json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": spans}]}]})),
    ):
        try:
            _read(Request("POST", path, {}, body.encode()), "application/json", arrival)
        except BadJson:
            continue
    _read_records(json.dumps([other, native, sound()]).encode(), arrival)
    n_before = log.note.n
    committer.commit([arrival])
    assert committer.failed is None
    assert log.note.n >= n_before + 2
