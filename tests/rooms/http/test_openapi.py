"""What the description says is what the service does, whatever is sent (schemathesis)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from stillwatch.adapters.control.log import DecisionLog
from stillwatch.adapters.gateway.tokens import Caller, Callers, Role, new_token
from stillwatch.control import Book, Gate, LocalLimits, policy_from
from stillwatch.http.answers import Answers
from stillwatch.http.appeals import Appeals
from stillwatch.http.asgi import text_of
from stillwatch.http.control import SERIES, Mouths
from stillwatch.http.core import Core
from stillwatch.http.counting import Counts
from stillwatch.http.desk import Desk
from stillwatch.http.keeping import KeptLedger
from stillwatch.http.openapi import described, description
from stillwatch.http.routes import App, Route
from stillwatch.model.errors import BadInput
from tests.rooms.http.ruled import POLICY, result
from tests.rooms.http.served import call, raw, served

TOKEN, DIGEST = new_token()
ALL = Callers({bytes.fromhex(DIGEST): Caller("all", frozenset(Role))}, {})


def routes_over(folder: Path) -> list[Route]:
    """Everything that speaks JSON, over a log in a folder."""
    book = Book()
    book.learn_campaigns(result())
    gate = Gate(policy_from(POLICY), LocalLimits(), live=True)
    ledger = KeptLedger(DecisionLog(folder / "decisions.jsonl"), book, gate)
    counts = Counts(SERIES, folder / "counts", 0)
    mouths = Mouths(Core(book, gate), Answers(), counts)
    appeals = Appeals(ledger, an_address=(1_000_000, 60_000_000))
    return [*mouths.routes(), *Desk(ledger).routes(), *appeals.routes()]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    routes = routes_over(tmp_path_factory.mktemp("described"))
    with served(App([*routes, described(routes)], ALL)) as found:
        yield found


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[Route]:
    return routes_over(tmp_path_factory.mktemp("listed"))


PATHS = (
    "POST /v1/decide",
    "GET /v1/standing",
    "GET /v1/status",
    "GET /v1/decisions",
    "POST /v1/decisions",
    "POST /v1/decisions/{id}/undo",
    "POST /v1/decisions/{id}/approve",
    "POST /v1/appeals/look",
    "POST /v1/appeals",
    "GET /v1/appeals",
    "POST /v1/appeals/{id}/rule",
    "POST /v1/kill",
)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.name)
@pytest.mark.parametrize("name", PATHS)
def test_whatever_is_sent_the_answer_is_as_described(
    port: int, name: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{port}/openapi.json")
    method, _, path = name.partition(" ")
    operation = schema[path][method]

    @given(operation.as_strategy(generation_mode=mode))
    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    def send(case: schemathesis.Case) -> None:
        case.call_and_validate(
            headers={"Authorization": f"Bearer {TOKEN}"},
            # A decision can be well formed and past its end, or about nobody.
            excluded_checks=[positive_data_acceptance] if name == "POST /v1/decisions" else [],
        )

    try:
        send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE
        assert method == "GET"


def test_null_is_no_text() -> None:
    assert text_of({}, "note", needed=False) == ""
    with pytest.raises(BadInput):
        text_of({"note": None}, "note", needed=False)


def test_every_route_of_the_interface_is_described(routes: list[Route]) -> None:
    paths = description(routes)["paths"]
    told = {(path, method) for path, methods in paths.items() for method in methods}
    own = [r for r in routes if "*" not in r.path and r.path.startswith("/v1/")]
    assert {f"{route.method} {route.path}" for route in own} == set(PATHS)
    assert told == {(route.path, route.method.lower()) for route in own}
    for route in own:
        secured = paths[route.path][route.method.lower()]["security"]
        assert bool(secured) is bool(route.roles)


@given(st.binary(max_size=400))
@settings(max_examples=40)
def test_any_bytes_are_answered_or_closed(port: int, data: bytes) -> None:
    answer = raw(port, data + b"\r\n\r\n", quick=True)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
    assert b" 500 " not in answer[:20]
    assert call(port, "GET", "/openapi.json").status == 200
