"""The publisher's own chat templates, to compare with."""

from __future__ import annotations

import json
from pathlib import Path

from stillwatch.model.errors import BadInput

_NAMES = ("chat_template.jinja", "tokenizer_config.json", "chat_template.json")
_LONGEST = 64_000_000


def references_in(folder: Path | None) -> dict[str, str]:
    """Chat templates in a folder, by file name, and the first of them as ``chat_template``.

    Raises:
        BadInput: there is none.
    """
    if folder is None:
        return {}
    found: dict[str, str] = {}
    for name in _NAMES:
        path = folder / name
        if not path.is_file() or path.stat().st_size > _LONGEST:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if name.endswith(".jinja"):
            found[name] = text
            found.setdefault("chat_template", text)
            continue
        try:
            value = json.loads(text).get("chat_template")
        except (ValueError, AttributeError, RecursionError):
            continue
        if isinstance(value, str):
            found.setdefault("chat_template", value)
    if not found:
        raise BadInput(
            "holds no chat template.",
            where=str(folder),
            remedy="Name the publisher's folder, with tokenizer_config.json or "
            "chat_template.jinja in it.",
        )
    return found
