"""The report in a real Chromium: quiet, readable, and inert at every width and in both themes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from stillwatch.adapters.report import render_html
from tests.rooms.adapters.sample_result import empty_result, sample_result
from tests.rooms.adapters.test_report_text_is_inert import replaced
from tests.stories.chromium_pipe import MISSING, Chromium, find_chromium

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: ratio of luminances between each piece of text and what lies behind it, lowest first.
CONTRAST = """(() => {
  const parse = c => (c.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const lum = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || e.closest('svg, [role=img], style')) continue;
    const [a, b] = [lum(parse(getComputedStyle(e).color)), lum(behind(e))];
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.className, e.tagName]);
  }
  return found.sort((x, y) => x[0] - y[0]).slice(0, 5);
})()"""
HEADINGS = "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))"
UNNAMED = """[...document.querySelectorAll('svg:not([aria-hidden=true])')].filter(s =>
  !(s.getAttribute('aria-label') || '').trim()).length"""
BROKEN_LINKS = """[...document.querySelectorAll('a')].filter(a =>
  !document.getElementById(a.getAttribute('href').slice(1))).length"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    path = find_chromium()
    if path is None:
        pytest.fail(MISSING, pytrace=False)
    with Chromium(path) as chromium:
        yield chromium


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Four reports: redacted, with text, of nothing found, and full of hostile text."""
    hostile = replaced(
        sample_result((12, 3)), "</td></table><img src=x onerror=alert(1)>" + "W" * 900
    )
    written = {
        "sample": render_html(sample_result()),
        "text": render_html(sample_result((12,)), show_text=True),
        "empty": render_html(empty_result()),
        "hostile": render_html(hostile, title="W" * 900, show_text=True),
    }
    folder = tmp_path_factory.mktemp("report")
    for name, page in written.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in written}


def named(events: list[dict[str, Any]], method: str) -> list[dict[str, Any]]:
    return [event["params"] for event in events if event.get("method") == method]


@pytest.mark.parametrize("width", [390, 768, 940, 1280])
@pytest.mark.parametrize("name", ["sample", "text", "empty", "hostile"])
def test_page_is_quiet_and_never_wider_than_the_window(
    browser: Chromium, pages: dict[str, Path], name: str, width: int
) -> None:
    browser.open(pages[name], width)
    assert browser.ask(OVERFLOW) == 0
    asked = [sent["request"]["url"] for sent in named(browser.events, "Network.requestWillBeSent")]
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert sum(url.startswith("file:") for url in asked) == 1
    assert named(browser.events, "Log.entryAdded") == []
    assert named(browser.events, "Runtime.exceptionThrown") == []
    assert named(browser.events, "Page.javascriptDialogOpening") == []
    assert browser.ask("document.querySelectorAll('script, img, iframe').length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["sample", "text", "empty"])
def test_text_is_readable_in_both_themes(
    browser: Chromium, pages: dict[str, Path], name: str, scheme: str
) -> None:
    browser.open(pages[name], 1280, scheme=scheme)
    worst = browser.ask(CONTRAST)
    assert worst[0][0] >= 4.5, worst
    paper = browser.ask("getComputedStyle(document.body).backgroundColor")
    assert (sum(int(v) for v in paper[4:-1].split(",")[:3]) < 200) is (scheme == "dark")


def test_headings_pictures_and_links_can_be_followed_without_sight(
    browser: Chromium, pages: dict[str, Path]
) -> None:
    browser.open(pages["sample"], 1280)
    levels = browser.ask(HEADINGS)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert browser.ask(UNNAMED) == 0
    assert browser.ask(BROKEN_LINKS) == 0


def test_choosing_a_family_picks_out_its_links_without_script(
    browser: Chromium, pages: dict[str, Path]
) -> None:
    browser.open(pages["sample"], 1280)
    strength = (
        "Number(getComputedStyle(document.querySelector('.graph .e.thick.f-{}')).strokeOpacity)"
    )
    before = browser.ask(strength.format("timing"))
    browser.ask("document.querySelector('.pick-content').click()")
    assert browser.ask(strength.format("timing")) < before < browser.ask(strength.format("content"))


def test_folded_accounts_open_without_script(browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages["sample"], 1280)
    height = "document.querySelector('details.fold').getBoundingClientRect().height"
    before = browser.ask(height)
    browser.ask("document.querySelector('details.fold summary').click()")
    assert browser.ask(height) > before + 1_000


def test_marks_bars_and_dots_are_drawn(browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages["sample"], 1280)
    wide = "document.querySelector('{}').getBoundingClientRect().width"
    assert (
        browser.ask(wide.format(".pro.f-content")) > browser.ask(wide.format(".pro.f-timing")) > 50
    )
    assert browser.ask(wide.format("svg.graph")) > 600
    assert browser.ask("document.querySelectorAll('#c1 circle').length") == 500
    hours = "[...document.querySelectorAll('#c1 .strip rect')].map(r => r.getBBox().width)"
    assert sum(width > 5 for width in browser.ask(hours)) == 336


def test_page_prints_in_a_light_theme_with_everything_needed(
    browser: Chromium, pages: dict[str, Path]
) -> None:
    browser.open(pages["text"], 1280, scheme="dark")
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert browser.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.ask("getComputedStyle(document.querySelector('.side')).display") == "none"
    assert len(browser.call("Page.printToPDF", printBackground=True)["data"]) > 20_000
    browser.call("Emulation.setEmulatedMedia", media="")
