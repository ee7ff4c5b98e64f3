"""A group that imports a command only when it is called, so that ``--help`` is quick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One command of the program: its name, where it lives and its line in ``--help``."""

    name: str
    module: str
    attribute: str
    line: str


class LazyGroup(click.Group):
    """A click group over a fixed list of :class:`Entry`."""

    def __init__(self, *args: Any, entries: Sequence[Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = {entry.name: entry for entry in entries}
        if len(self.entries) < len(entries):
            raise ValueError("a command stands twice in the list of a group.")

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the list."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of that name; ``None`` where there is none."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        command = getattr(import_module(entry.module), entry.attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.module}.{entry.attribute} is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list from the entries' own lines; nothing is imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(entry.name, entry.line) for entry in self.entries.values()])
