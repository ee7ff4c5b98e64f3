"""A review, a check and a comparison on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from stillwatch.adapters.report.visible import visible
from stillwatch.adapters.reviewing.verifying import Check

_STYLES: Final = {
    "concern": "red", "no_concern": "green", "undecided": "yellow", "not_examined": "magenta",
}  # fmt: skip
_ANSWERS: Final = {
    "do_not_run": "bold red", "not_known": "bold magenta", "on_conditions": "bold yellow",
    "nothing_against": "bold green",
}  # fmt: skip
_HOLDS: Final = {
    True: ("holds", "green"),
    False: ("DOES NOT HOLD", "red"),
    None: ("open", "yellow"),
}


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._plain = not console.encoding.lower().startswith("utf")

    def shown(self, value: object, limit: int = 400) -> str:
        return visible(value, limit, ascii_only=self._plain)

    def say(self, *pieces: tuple[str, str] | str, indent: int = 0) -> None:
        text = Text().assemble(*pieces)
        width = max(40, min(self._console.width, 110)) - indent
        for row in text.wrap(self._console, width):
            self._console.print(Text(" " * indent).append_text(row), soft_wrap=True)


def render_review(document: Mapping[str, Any], console: Console) -> None:
    """Print what a reader of nothing else should take away."""
    lines = _Lines(console)
    tool, answer = document["tool"], document["answer"]
    lines.say((lines.shown(f"{tool['name']} {tool['version']}".strip(), 120), "bold"),
              f"  {document['mode']} report of {document['made_at'][:10]}, out of date from "
              f"{document['retest_on']}")  # fmt: skip
    lines.say((answer["title"], _ANSWERS[answer["answer"]]))
    for line in answer["because"]:
        lines.say(lines.shown(line), indent=2)
    if answer["conditions"]:
        lines.say(("Conditions", "bold"))
        for one in answer["conditions"]:
            lines.say((f"{one['of']}: ", "bold"), one["do"], indent=2)
    lines.say(("Examined", "bold"))
    for row in document["examinations"]:
        if row["outcome"] != "not_examined":
            told = row["outcome"].replace("_", " ")
            lines.say(f"{row['title']:<11} ", (f"{told:<13}", _STYLES[row["outcome"]]),
                      lines.shown(row["because"]), indent=2)  # fmt: skip
    lines.say(("Not examined", "bold"))
    for row in document["not_examined"]:
        lines.say(f"{row['title']:<11} ", (f"{'not examined':<13}", _STYLES["not_examined"]),
                  lines.shown(row["why"]), indent=2)  # fmt: skip
    if not document["not_examined"]:
        lines.say("nothing: every examination of the bar was made", indent=2)
    lines.say(("How sure", "bold"))
    for line in (*answer["sure"], *document["contradictions"], *document["loose_ends"]):
        lines.say(lines.shown(line), indent=2)
    for one in document["dissents"]:
        lines.say((f"dissent of {lines.shown(one['by'], 80)}: ", "yellow"),
                  lines.shown(one["says"]), indent=2)  # fmt: skip


def render_checks(checks: Iterable[Check], console: Console) -> None:
    """Print what holds and what does not."""
    lines = _Lines(console)
    for one in checks:
        word, style = _HOLDS[one.holds]
        lines.say(f"{one.name:<18} ", (f"{word:<14}", style), lines.shown(one.says))


def render_changes(changes: Mapping[str, Any], console: Console) -> None:
    """Print what two reviews say differently."""
    lines = _Lines(console)
    old, new = changes["old"], changes["new"]
    lines.say((lines.shown(changes["tool"], 120), "bold"),
              f"  from {old['made_at'][:10]} to {new['made_at'][:10]}")  # fmt: skip
    for line in changes["warnings"]:
        lines.say(("to mind: ", "yellow"), lines.shown(line))
    answer = changes["answer"]
    if answer["old"] != answer["new"]:
        lines.say(f"answer: {_words(answer['old'])} -> ",
                  (_words(answer["new"]), _ANSWERS[answer["new"]]))  # fmt: skip
    for one in changes["tool_changes"]:
        lines.say(
            f"{one['field']}: {lines.shown(_told(one['old']))} -> {lines.shown(_told(one['new']))}"
        )
    for row in changes["outcomes"]:
        lines.say(
            f"{row['title']}: {_words(row['old'])} -> ",
            (_words(row["new"]), _STYLES[row["new"]]),
            f"  {lines.shown(row['because'])}",
        )
    for what, points in changes["points"].items():
        for point in points:
            said = f"{lines.shown(point['title'])}  {lines.shown(point['observed'])}"
            lines.say((f"{what}: ", "bold"), f"{point['part']}: {point['severity']}: {said}")
    for name in ("files", "conditions", "dissents"):
        for what, told in changes[name].items():
            for line in told:
                lines.say((f"{what} ({name}): ", "bold"), lines.shown(line))


def _told(value: Any) -> Any:
    """A list of a tool's file as a line."""
    if not isinstance(value, list):
        return value
    each = (one.values() if isinstance(one, Mapping) else (one,) for one in value)
    return "; ".join(" ".join(str(word) for word in words if word) for words in each)


def _words(told: str) -> str:
    return told.replace("_", " ")
