"""Small bars and marks of block characters, with plain ASCII where a terminal needs it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from stillwatch.adapters.report import reading, words
from stillwatch.adapters.report.reading import Claim, Family
from stillwatch.adapters.report.visible import visible

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = " ▁▂▃▄▅▆▇█"
_SHADES = " ░▒▓█"
_ASCII_LEVELS = " .:-=+*#@"

#: mark, ASCII mark and style of met, not met and could not tell.
MARKS = {
    True: ("✓", "y", "green"),
    False: ("✗", "n", "yellow"),
    None: ("?", "?", "bright_black"),
}
STYLES = {
    "content": "green",
    "timing": "dark_orange",
    "payment": "yellow",
    "network": "blue",
    "identity": "magenta",
    "lifecycle": "bright_magenta",
    "external": "cyan",
    "partner": "bright_cyan",
    "other": "white",
}


class Pen:
    """Writes text and strokes that fit one console's encoding."""

    def __init__(self, console: Console) -> None:
        self.ascii_only = not console.encoding.lower().startswith("utf")

    def text(self, value: object, limit: int = 160, style: str = "") -> Text:
        """Text of others: visible, without markup."""
        return Text(visible(value, limit, ascii_only=self.ascii_only), style=style)

    def own(self, said: str, style: str = "") -> Text:
        """Text of our own, in ASCII where the terminal needs it."""
        if self.ascii_only:
            said = said.replace(words.MINUS, "-").replace(words.NONE, "-").replace("…", "...")
            said = said.encode("ascii", "replace").decode("ascii")
        return Text(said, style=style)

    def time(self, value: object, *, to_minute: bool = True) -> Text:
        """A time of the contract, or its text where it is no time."""
        return self.text(reading.shown_time(value, to_minute=to_minute), 40)

    def bar(self, share: float, width: int, style: str = "") -> Text:
        """A bar of ``share`` (0 to 1) of ``width`` characters."""
        filled = max(0.0, min(1.0, share)) * width
        if self.ascii_only:
            return Text(("#" * max(round(filled), int(filled > 0))).ljust(width), style=style)
        eighths = max(round(filled * 8), int(filled > 0))
        whole, rest = divmod(eighths, 8)
        drawn = "█" * whole + (_EIGHTHS[rest] if rest else "")
        return Text(drawn.ljust(width), style=style)

    def spark(self, values: Sequence[float], width: int, style: str = "") -> Text:
        """A line of at most ``width`` columns, each the highest of its values."""
        levels = _ASCII_LEVELS if self.ascii_only else _LEVELS
        each = max(1, -(-len(values) // width))
        columns = [max(values[k : k + each]) for k in range(0, len(values), each)]
        top = max(columns, default=0.0)
        return Text("".join(_level(value, top, levels) for value in columns), style=style)

    def shades(self, values: Sequence[float], top: float, style: str = "") -> Text:
        """One character a value, darker for more, on the scale of ``top``."""
        levels = _ASCII_LEVELS if self.ascii_only else _SHADES
        return Text("".join(_level(value, top, levels) for value in values), style=style)

    def family(self, family: Family, top_bits: float, width: int = 8) -> Text:
        """``content  ████▌ 14.2`` on the scale of the heaviest family."""
        name = visible(family.name, 12, ascii_only=self.ascii_only)[:10]
        line = Text(f"{name:<10} ")
        share = family.net_bits / top_bits if top_bits > 0 else 0.0
        line.append_text(self.bar(share, width, STYLES[family.kind]))
        return line.append_text(self.own(f" {words.bits(family.net_bits):>5}"))

    def claim(self, claim: Claim) -> Text:
        """The mark of a claim and its title."""
        mark, plain, style = MARKS[claim.met]
        return Text(plain if self.ascii_only else mark, style=style).append(f" {claim.title}", "")


def _level(value: float, top: float, levels: str) -> str:
    if value <= 0 or top <= 0:
        return levels[0]
    return levels[max(1, min(len(levels) - 1, round(value / top * (len(levels) - 1))))]
