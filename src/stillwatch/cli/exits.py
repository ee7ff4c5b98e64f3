"""What the exit code of ``stillwatch`` says, and which error gives which."""

from __future__ import annotations

from typing import Final

from stillwatch.model.errors import BadSettings, NotAllowed, StillwatchError

NONE_FOUND: Final = 0
"""Looked, and found nothing."""
FOUND: Final = 1
"""Looked, and found campaigns."""
COULD_NOT_LOOK: Final = 2
"""The input, something outside or the amount of evidence did not let it look."""
WRONG_USE: Final = 3
"""The command line or a setting is wrong, or a rule forbids the step."""
INTERRUPTED: Final = 130
"""Stopped from the keyboard."""
NO_READER: Final = 141
"""Whoever read the output closed it."""


def exit_code_of(error: StillwatchError) -> int:
    """Return the exit code that an error ends the program with."""
    return WRONG_USE if isinstance(error, (BadSettings, NotAllowed)) else COULD_NOT_LOOK
