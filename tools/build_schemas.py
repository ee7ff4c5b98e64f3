"""Write the JSON Schemas that the room ``share`` ships, or say that they are stale.

Run ``python tools/build_schemas.py`` to write, with ``--check`` to compare only: exit code 1 and
the names of the stale files on stderr.
"""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from stillwatch.share.wire import schema_of_extension, schema_of_notice

FOLDER = Path(__file__).resolve().parent.parent / "src" / "stillwatch" / "share" / "schemas"


def wanted() -> dict[Path, bytes]:
    """Return what every file should hold."""
    told = {"notice.json": schema_of_notice(), "extension.json": schema_of_extension()}
    option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return {FOLDER / name: orjson.dumps(schema, option=option) for name, schema in told.items()}


def main() -> int:
    """Write or check; return the exit code."""
    stale = [(p, text) for p, text in wanted().items() if not p.is_file() or p.read_bytes() != text]
    for path, text in stale:
        if "--check" in sys.argv[1:]:
            print(f"{path.name} is stale: run `python tools/build_schemas.py`", file=sys.stderr)
        else:
            path.write_bytes(text)
    return int(bool(stale) and "--check" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
