"""Write the generated pages and the help blocks of the README, or say which are stale.

Run ``python tools/build_docs.py`` to write, with ``--check`` to compare only: exit code 1
and the names of the stale pages on stderr.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from pages import columns_page, commands_page, help_of, settings_page, signals_page

ROOT = Path(__file__).resolve().parent.parent

PAGES: dict[str, Callable[[], str]] = {
    "docs/columns.md": columns_page,
    "docs/settings.md": settings_page,
    "docs/commands.md": commands_page,
    "docs/signals.md": signals_page,
}

_HELP_BLOCK = re.compile(r"(<!-- help: (?P<path>[a-z -]+?) -->\n).*?(<!-- /help -->)", re.DOTALL)


def readme_with_help(text: str) -> str:
    """Return ``text`` with each block ``<!-- help: stillwatch ... -->`` filled anew.

    Raises:
        KeyError: a block names a command that does not exist.
    """

    def filled(block: re.Match[str]) -> str:
        return f"{block[1]}```text\n{help_of(block['path'])}\n```\n{block[3]}"

    return _HELP_BLOCK.sub(filled, text)


def wanted() -> dict[Path, str]:
    """Return what every generated file should hold."""
    files = {ROOT / name: page() + "\n" for name, page in PAGES.items()}
    readme = ROOT / "README.md"
    files[readme] = readme_with_help(readme.read_text(encoding="utf-8"))
    return files


def stale(files: dict[Path, str]) -> list[str]:
    """Return the names of the files whose text differs from what is wanted."""
    return [
        str(path.relative_to(ROOT))
        for path, text in files.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Write or check; return the exit code."""
    files = wanted()
    old = stale(files)
    if "--check" in sys.argv[1:]:
        for name in old:
            print(f"{name} is stale: run `make docs`", file=sys.stderr)
        return 1 if old else 0
    for name in old:
        (ROOT / name).write_text(files[ROOT / name], encoding="utf-8")
        print(f"wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
