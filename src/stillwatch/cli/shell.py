"""What every command is handed: where the settings stand, read when first asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from stillwatch.adapters.settings import Settings


class Shell:
    """The global options of one run of the program.

    Args:
        config: the file that ``--config`` named, if it did.
    """

    def __init__(self, config: Path | None = None) -> None:
        self.config = config
        self._settings: Settings | None = None

    @property
    def settings(self) -> Settings:
        """The settings in force; read once.

        Raises:
            BadSettings: a key is unknown or out of range.
        """
        if self._settings is None:
            from stillwatch.adapters.settings import load_settings

            self._settings = load_settings(self.config)
        return self._settings


pass_shell = click.make_pass_decorator(Shell, ensure=True)
