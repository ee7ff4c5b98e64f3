"""Somebody who was refused contests in a real Chromium; a reviewer answers at the desk."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.rooms.http.service import Service, running, told_campaign
from tests.stories.chromium_pipe import MISSING, Chromium, find_chromium
from tests.stories.test_report_in_browser import CONTRAST, HEADINGS, OVERFLOW, named

RING = "campaign:aaaaaaaaaaaa"
UNNAMED = """[...document.querySelectorAll('input:not([type=hidden]), textarea')].filter(
  field => !field.labels.length).length"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("appeals")) as found:
        found.find(told_campaign(RING, *(f"ring-{number}" for number in range(9))))
        found.until(lambda: not found.decide("ring-1")["go"], "the ring is refused")
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    path = find_chromium()
    if path is None:
        pytest.fail(MISSING, pytrace=False)
    with Chromium(path) as chromium:
        yield chromium


def loaded(browser: Chromium) -> None:
    while not any(event.get("method") == "Page.loadEventFired" for event in browser.events):
        browser.events.append(browser._receive())


def show(browser: Chromium, service: Service, path: str) -> None:
    browser.events.clear()
    browser.call("Page.navigate", url=f"http://127.0.0.1:{service.port}{path}")
    loaded(browser)


def do(browser: Chromium, script: str) -> None:
    """Do something in the page that leads to another one."""
    browser.events.clear()
    browser.call("Runtime.evaluate", expression=script)
    loaded(browser)


def sized(browser: Chromium, width: int, scheme: str) -> None:
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=900,
        deviceScaleFactor=1,
        mobile=False,
    )
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.call("Emulation.setEmulatedMedia", features=features)


def looks_right(browser: Chromium) -> None:
    """Readable, never wider than the window, labelled, and quiet in the console."""
    for width, scheme in ((390, "light"), (390, "dark"), (1_100, "light"), (1_100, "dark")):
        sized(browser, width, scheme)
        assert browser.ask(OVERFLOW) == 0, (width, scheme)
        worst = browser.ask(CONTRAST)
        assert worst[0][0] >= 4.5, (width, scheme, worst)
    levels = browser.ask(HEADINGS)
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert browser.ask(UNNAMED) == 0
    told = [entry["entry"]["text"] for entry in named(browser.events, "Log.entryAdded")]
    assert [line for line in told if "favicon" not in line] == []
    assert named(browser.events, "Runtime.exceptionThrown") == []


def signed_in(browser: Chromium, service: Service, who: str) -> None:
    told = base64.b64encode(f"{who}:{service.tokens[who]}".encode()).decode()
    browser.call("Network.setExtraHTTPHeaders", headers={"Authorization": f"Basic {told}"})


def test_a_refused_account_reads_why_and_contests_and_a_person_answers(
    browser: Chromium, service: Service, tmp_path: Path
) -> None:
    case = service.decide("ring-1")["case"]
    show(browser, service, f"/appeals/{case}")
    looks_right(browser)
    assert browser.ask("document.querySelector('#case').value") == case
    do(browser, "document.querySelector('#account').value = 'ring-1'; document.forms[0].submit()")
    looks_right(browser)
    assert "9 accounts" in browser.ask("document.body.innerText")
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    do(
        browser,
        f"document.querySelector('#statement').value = {hostile!r}; document.forms[0].submit()",
    )
    looks_right(browser)
    assert "A person is looking at your case" in browser.ask("document.body.innerText")
    assert hostile in browser.ask("document.querySelector('blockquote').innerText")
    assert browser.ask("document.querySelectorAll('script, img').length") == 0

    signed_in(browser, service, "rev")
    show(browser, service, "/desk")
    looks_right(browser)
    assert hostile in browser.ask("document.body.innerText")
    do(
        browser,
        "document.querySelector('textarea').value = 'You work alone indeed.';"
        "document.querySelector('button[value=granted]').click()",
    )
    assert browser.ask("location.pathname") == "/desk"
    assert "No appeal is open" in browser.ask("document.body.innerText")
    browser.call("Network.setExtraHTTPHeaders", headers={})
    service.until(lambda: service.decide("ring-1")["go"], "the account is restored")
    show(browser, service, f"/appeals/{case}")
    do(browser, "document.querySelector('#account').value = 'ring-1'; document.forms[0].submit()")
    looks_right(browser)
    assert "You work alone indeed." in browser.ask("document.body.innerText")


def test_an_operator_stops_everything_and_takes_that_back(
    browser: Chromium, service: Service
) -> None:
    signed_in(browser, service, "ann")
    show(browser, service, "/desk")
    looks_right(browser)
    do(
        browser,
        "document.querySelector('#note').value = 'odd'; document.querySelector('.stop').click()",
    )
    assert "Stopped by the kill switch" in browser.ask("document.body.innerText")
    service.until(lambda: service.decide("ring-2")["go"], "nothing is done")
    do(browser, "document.querySelector('#go-on button').click()")
    text = browser.ask("document.body.innerText")
    assert "Stopped by the kill switch" not in text
    browser.call("Network.setExtraHTTPHeaders", headers={})
    service.until(lambda: not service.decide("ring-2")["go"], "the ring is refused again")
