"""Lines on a terminal that keep within its width, whatever others wrote in them."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from stillwatch.adapters.report.strokes import Pen

_LONGEST = 2_000
_NARROWEST, _WIDEST = 40, 110


class Writer:
    """Writes lines and headings to one console."""

    def __init__(self, console: Console) -> None:
        self.console, self.pen = console, Pen(console)
        self.width = max(_NARROWEST, min(console.width, _WIDEST))

    def line(self, text: object, *, indent: int = 2, style: str = "") -> None:
        """Text, wrapped under its indent."""
        shown = self.pen.text(text, _LONGEST, style)
        for row in shown.wrap(self.console, self.width - indent):
            self.console.print(Text(" " * indent).append_text(row), soft_wrap=True)

    def part(self, title: str) -> None:
        """A heading, after an empty line."""
        self.console.print()
        self.line(title, indent=0, style="bold")
