"""Whoever sends the traffic chooses its text: none of it may act, in a page or a terminal."""

from __future__ import annotations

import io
import re
import unicodedata
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from stillwatch.adapters.report import render_explain, render_html, render_terminal
from stillwatch.adapters.report.visible import visible
from stillwatch.model.errors import BadInput
from tests.rooms.adapters.sample_result import sample_result

HOSTILE = (
    "<script>alert(1)</script>",
    "</title></style></svg><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "{{ 7 * 7 }}{% raw %}",
    "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "[red]markup[/red][link=https://x.invalid]y[/link]",
    "safe\u202egnp.exe\u2066\u200b\ufeff\u00ad",
    "a\r\nb\tc\x00d\x7f",
    "\ud800lone",
    "z" + "\u0301" * 500,
    "\u3164\u2800",
    "",
    "   ",
    "not met",
    "content",
    "2026-05-03T00:00:00Z",
    "\u0645\u0631\u062d\u0628\u0627",
)
SMALL = sample_result((12, 3))
#: values that name something by position or of a closed list, and keep their meaning.
FIXED_KEYS = frozenset({"claims", "pictures"})


class _Tags(HTMLParser):
    """The tags of a page and the names of their attributes, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.seen.append(tag)

    def handle_comment(self, data: str) -> None:
        self.seen.append("comment")


def tags(page: str) -> list[Any]:
    parser = _Tags()
    parser.feed(page)
    parser.close()
    return parser.seen


def replaced(value: Any, text: str, key: str = "") -> Any:
    """The same result with ``text`` in every string field, and in the open names of mappings."""
    if isinstance(value, str):
        return text
    if isinstance(value, list):
        return [replaced(item, text, key) for item in value]
    if isinstance(value, dict):
        is_open = key in {"families", "models", "settings"}
        names = [f"{k}{text}" if is_open else k for k in value]
        return {
            name: replaced(v, text, k) for name, (k, v) in zip(names, value.items(), strict=True)
        }
    return value


def is_inert(char: str) -> bool:
    return char == "\n" or (char.isprintable() and unicodedata.category(char) not in {"Cf", "Cc"})


def printed(result: dict[str, Any], target: str | None = None, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    console = Console(file=stream, width=120, force_terminal=False)
    if target is None:
        render_terminal(result, console)
    else:
        render_explain(result, target, console)
    stream.flush()
    return raw.getvalue().decode(encoding)


PLAIN_TAGS = {show: tags(render_html(SMALL, show_text=show)) for show in (False, True)}


@pytest.mark.parametrize("show_text", [False, True])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_leaves_the_tags_of_the_page_as_they_are(text: str, show_text: bool) -> None:
    page = render_html(replaced(SMALL, text), title=text, show_text=show_text)
    assert tags(page) == PLAIN_TAGS[show_text]
    assert all(is_inert(char) for char in page)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet=st.characters(), max_size=60))
def test_no_text_changes_the_tags_of_the_page(text: str) -> None:
    assert tags(render_html(replaced(SMALL, text), title=text)) == PLAIN_TAGS[False]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_reaches_no_terminal_as_control(text: str, encoding: str) -> None:
    result = replaced(SMALL, text)
    result["campaigns"][0]["id"] = f"one {text}"
    shown = printed(result, encoding=encoding) + printed(result, f"one {text}", encoding)
    assert all(is_inert(char) for char in shown)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet=st.characters(), min_size=1, max_size=60))
def test_no_text_puts_a_control_character_on_the_terminal(text: str) -> None:
    result = replaced(SMALL, text)
    assert all(is_inert(char) for char in printed(result))


@given(st.text(alphabet=st.characters(), max_size=400), st.integers(1, 80))
def test_visible_text_is_printable_short_and_never_empty(text: str, limit: int) -> None:
    shown = visible(text, limit)
    assert shown.strip(" ")
    assert shown.isprintable()
    assert len(shown) <= 10 * limit + 40
    assert visible(text, limit, ascii_only=True).isascii()


def test_markup_of_the_terminal_library_is_shown_and_not_obeyed() -> None:
    result = replaced(SMALL, "[bold red]x[/bold red]")
    assert "[bold red]x" in printed(result)


def test_ten_megabytes_in_every_field_stay_short_and_state_their_length() -> None:
    text = "\u202eA<b>" * 2_000_000
    page = render_html(replaced(SMALL, text), show_text=True)
    assert len(page) < 2_000_000
    assert f"{len(text):,} characters in all" in page
    assert tags(page) == PLAIN_TAGS[True]
    result = replaced(SMALL, text)
    assert len(printed(result)) < 40_000


def test_an_unknown_name_full_of_escapes_comes_back_inert() -> None:
    with pytest.raises(BadInput) as caught:
        printed(SMALL, "\x1b[31m\u202e" * 100_000)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1_500


def test_redacted_templates_hold_no_word_of_the_prompt() -> None:
    page = render_html(SMALL)
    prompts = [
        piece.get("text") or " ".join(piece["examples"])
        for campaign in SMALL["campaigns"]
        for template in campaign["pictures"]["templates"]
        for piece in template["pieces"]
    ]
    assert len(prompts) > 4
    for prompt in prompts:
        assert prompt not in page
        assert prompt.split(" ", 2)[2] not in page
    assert prompts[0] in render_html(SMALL, show_text=True)
    explained = printed(SMALL, SMALL["campaigns"][0]["id"])
    assert not any(prompt[:24] in explained for prompt in prompts)


def test_page_asks_for_nothing_and_runs_nothing() -> None:
    page = render_html(SMALL)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy.group(1).startswith("default-src 'none'")
    assert "script-src" not in policy.group(1)
    names = {tag for tag, *_ in (t for t in tags(page) if isinstance(t, tuple))}
    assert not names & {"script", "iframe", "object", "embed", "form", "img", "base", "audio"}
    assert not re.search(r"(?:href|src)=\"(?!#|data:,)", page)
    assert "url(" not in page
    assert "@import" not in page
