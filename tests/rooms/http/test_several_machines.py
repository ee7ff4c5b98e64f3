"""Two machines before one real Redis: what one decides, the other does; alone each goes on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.rooms.http.service import running, stop, told_campaign

RING = "campaign:aaaaaaaaaaaa"
MISSING = "redis-server is not here: run `make setup`, which installs it."


@pytest.fixture
def redis_port(tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.fail(MISSING, pytrace=False)
    port = free_port()
    words = [program, "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield port, process
    finally:
        stop(process)


def test_two_machines_decide_as_one_and_go_on_without_the_store(
    tmp_path: Path, redis_port: tuple[int, subprocess.Popen[bytes]]
) -> None:
    port, process = redis_port
    settings = f'[control]\nstore = "redis://127.0.0.1:{port}/0"\nreplicas = 2\n'
    ring = told_campaign(RING, "ring-1", "ring-2")
    with (
        running(tmp_path / "one", settings=settings) as one,
        running(tmp_path / "two", settings=settings) as two,
    ):
        one.find(ring)
        two.find(ring)
        for each in (one, two):
            each.until(lambda each=each: not each.decide("ring-1")["go"], "the ring is refused")
        told = one.ask("GET", "/v1/decisions?show=all", who="aud").told["decisions"]
        rules = [(d["name"], d["about"]) for d in told if d["by"] == "rule"]
        assert len(rules) == len(set(rules))
        made = one.ask("POST", "/v1/kill", {"note": "both"}, who="ann").told["id"]
        two.until(lambda: two.decide("ring-1")["go"], "the other machine stops too")
        assert two.ask("POST", f"/v1/decisions/{made}/undo", {}, who="ann").status == 201
        one.until(lambda: not one.decide("ring-1")["go"], "the first goes on again")
        stop(process)
        for each in (one, two):
            assert each.decide("ring-1")["go"] is False
            assert each.decide("a-1")["go"] is True
