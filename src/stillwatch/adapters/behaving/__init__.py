"""How a tool behaves: asks it under Inspect in a process apart, has code scanned, keeps answers.

What asks is imported when it is first asked for: every command reads the settings that stand here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stillwatch.adapters.behaving.running import Job, load_job, look
    from stillwatch.adapters.behaving.shipped import load_packs

__all__ = ["Job", "load_job", "load_packs", "look"]

_STANDS_IN = {
    "Job": "stillwatch.adapters.behaving.running",
    "load_job": "stillwatch.adapters.behaving.running",
    "load_packs": "stillwatch.adapters.behaving.shipped",
    "look": "stillwatch.adapters.behaving.running",
}


def __getattr__(name: str) -> Any:
    """Import a public name; whatever else is asked for is not there."""
    if name not in _STANDS_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_STANDS_IN[name]), name)
