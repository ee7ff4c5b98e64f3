"""A real PostgreSQL of the tests' own, on a socket in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        others = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        assert others, f"no {name} is here: run `make setup`"
        found = str(others[-1])
    return found


def _as_whom() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam("postgres")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Run a server while the block runs; yields the folder of its socket."""
    whom = _as_whom()
    folder = Path(tempfile.mkdtemp(prefix="sw-pg-"))
    try:
        if whom:
            os.chown(folder, whom["user"], whom["group"])
        data, said = folder / "data", folder / "said"
        quiet: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, **whom}
        made = [_program("initdb"), "-D", str(data), "-A", "trust", "-U", "sw", "-E", "UTF8"]
        subprocess.run([*made, "--no-sync"], check=True, **quiet)
        options = f"-k {folder} -c listen_addresses='' -c max_connections=60"
        control = [_program("pg_ctl"), "-D", str(data), "-w", "-t", "60"]
        subprocess.run([*control, "-l", str(said), "-o", options, "start"], check=True, **quiet)
        try:
            yield str(folder)
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=False, **quiet)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(folder: str) -> str:
    """Make an empty database; returns its address."""
    name = f"t{uuid.uuid4().hex[:12]}"
    subprocess.run([_program("createdb"), "-h", folder, "-U", "sw", name], check=True)
    return f"postgresql://sw@/{name}?host={folder}"
