"""Append lines to a tree of pymerkle, in an environment of its own; prints processor seconds.

Started by ``run.py`` with the lines on stdin, one a line; pymerkle is under the GPL and no part
of stillwatch. It hashes and keeps; it signs nothing.
"""

import sys
import tempfile
import time
from pathlib import Path

from pymerkle import SqliteTree

lines = sys.stdin.buffer.read().split(b"\n")[:-1]
with tempfile.TemporaryDirectory() as folder:
    tree = SqliteTree(str(Path(folder) / "tree.db"), algorithm="sha256")
    begun = time.process_time()
    tree.append_entries(lines, chunksize=4_096)
    root = tree.get_root(len(lines))
    print(time.process_time() - begun, root.hex())
