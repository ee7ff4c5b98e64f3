"""Runs fickling over the files that stdin names; it imports nothing of stillwatch.

A line of JSON a file: ``path``, ``found`` (severity, analysis and message of each result),
``errors``, ``n`` (pickles that were analysed) and ``whole`` (whether they are all of the file).
"""

from __future__ import annotations

import json
import os
import sys
import zipfile
from typing import Any

from fickling.fickle import StackedPickle
from fickling.loader import scan_file, scan_zip_archive


def scanned(path: str) -> dict[str, Any]:
    """What fickling says of one file."""
    is_zip = zipfile.is_zipfile(path)
    if is_zip:
        results = list(scan_zip_archive(path, graceful=True).values())
    else:
        results = [scan_file(path, graceful=True)]
    analyses = [inner for one in results for inner in one.results]
    found = [
        [one.severity.name, str(one.analysis_name), str(one.message)[:300]]
        for inner in analyses
        for one in inner.results
    ]
    return {
        "path": path,
        "found": found[:500],
        "errors": [str(text)[:200] for one in results for text in one.errors][:5],
        "n": len(analyses),
        "whole": not is_zip and _whole(path),
    }


def _whole(path: str) -> bool:
    """Whether the pickles that it decodes are as long as the file."""
    try:
        with open(path, "rb") as file:
            stacked = StackedPickle.load(file, fail_on_decode_error=True)
        return sum(len(one.dumps()) for one in stacked) == os.path.getsize(path)
    except Exception:
        return False


def main() -> None:
    """Scan each."""
    sys.setrecursionlimit(10_000)
    for line in sys.stdin:
        path = line.strip()
        try:
            told = scanned(path)
        except Exception as error:
            told = {"path": path, "failed": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
