"""Jail: what a scanner can see and do while it runs.

bubblewrap (kept) gives it namespaces of its own: no network, no other process, an empty home, the
files to examine read-only and nothing else of the machine but libraries. Where bubblewrap is not
to be had, ``unshare`` still takes the network and the other processes away; where that is not to be
had either, only limits hold, and programs of others are not run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from stillwatch.adapters.scanning.launching import Ended, run
from stillwatch.model.errors import OutsideFailed

EXAMINED: Final = "/examined"
"""Where the files stand inside."""
OUT: Final = "/out"
"""Where an unpacker may write."""
_LIBRARIES: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache",
                     "/etc/alternatives", "/etc/localtime")  # fmt: skip


class Isolation(StrEnum):
    """How well a program is kept apart."""

    BUBBLEWRAP = "bubblewrap"
    UNSHARE = "unshare"
    NONE = "none"


SAYS: Final[Mapping[Isolation, str]] = {
    Isolation.BUBBLEWRAP: "each scanner ran without network, on read-only files, in namespaces of "
    "its own, with limits of time and memory",
    Isolation.UNSHARE: "each scanner ran without network and with limits of time and memory, on "
    "copies of the files; it could read what this user can read",
    Isolation.NONE: "nothing could be kept apart on this machine: scanners of others were not run, "
    "and templates were not rendered",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a run may use.

    Args:
        wall_s: seconds on the clock.
        memory_mib: address space of a process.
        scratch_mib: bytes that it may write, and of its longest file.
    """

    wall_s: float = 300.0
    memory_mib: int = 6144
    scratch_mib: int = 1024


@cache
def isolation() -> Isolation:
    """The best that this machine gives; tried once."""
    tried = (
        (Isolation.BUBBLEWRAP, [*_bubblewrap(64), "--", "/usr/bin/true"]),
        (Isolation.UNSHARE, [*_UNSHARE, "/usr/bin/true"]),
    )
    for kind, command in tried:
        if shutil.which(command[0]) and _works(command):
            return kind
    return Isolation.NONE


_UNSHARE: Final = ("unshare", "--user", "--map-root-user", "--net", "--ipc", "--pid", "--fork",
                   "--kill-child")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Jail:
    """A place to run one program in.

    Args:
        kind: how it is kept apart.
        visible: folders of the program itself, read-only.
        limits: what it may use.
    """

    kind: Isolation
    visible: tuple[Path, ...]
    limits: Limits

    def run(
        self,
        program: Sequence[str],
        files: Mapping[str, Path],
        *,
        given: bytes = b"",
        out: Path | None = None,
    ) -> Ended:
        """Run a program over files.

        Args:
            program: its words; paths below :data:`EXAMINED` and :data:`OUT` are put right where
                those cannot be mounted.
            files: name below :data:`EXAMINED` of each file, and where it really stands.
            given: its standard input; paths in it are put right likewise.
            out: a folder that it may write to, seen as :data:`OUT`.

        Raises:
            OutsideFailed: it cannot be started.
        """
        try:
            if self.kind is Isolation.BUBBLEWRAP:
                return self._mounted(program, files, given, out)
            return self._copied(program, files, given, out)
        except OSError as error:
            raise OutsideFailed(f"{program[0]} cannot be started: {error.strerror}.") from None

    def _mounted(
        self, program: Sequence[str], files: Mapping[str, Path], given: bytes, out: Path | None
    ) -> Ended:
        words: list[str] = []
        for one in self.visible:
            words += ["--ro-bind", str(one), str(one)]
        for name, path in files.items():
            # from where we stand: it is started elsewhere
            words += ["--ro-bind", str(Path(path).absolute()), f"{EXAMINED}/{name}"]
        if out is not None:
            words += ["--bind", str(out), OUT]
        with tempfile.TemporaryFile() as told:
            told.write(b"".join(os.fsencode(one) + b"\0" for one in words))
            told.seek(0)
            command = [
                *_limited(self.limits), *_bubblewrap(self.limits.scratch_mib),
                "--args", str(told.fileno()), "--", *_TIMED, *program,
            ]  # fmt: skip
            return _timed(
                run(command, wall_s=self.limits.wall_s, given=given, pass_fds=[told.fileno()])
            )

    def _copied(
        self, program: Sequence[str], files: Mapping[str, Path], given: bytes, out: Path | None
    ) -> Ended:
        with tempfile.TemporaryDirectory(prefix="stillwatch-") as folder:
            home, examined = Path(folder) / "home", Path(folder) / "examined"
            home.mkdir()
            for name, path in files.items():
                place = examined / name
                place.parent.mkdir(parents=True, exist_ok=True)
                if self.kind is Isolation.NONE:  # nothing is kept apart: only ours runs, and reads
                    place.symlink_to(Path(path).absolute())
                    continue
                shutil.copyfile(path, place, follow_symlinks=False)
                place.chmod(0o400)
            moved = {EXAMINED: str(examined), OUT: str(out or home)}
            before = _UNSHARE if self.kind is Isolation.UNSHARE else ()
            names = {"HOME": str(home), "TMPDIR": str(home), **_ENVIRONMENT}
            command = [
                *_limited(self.limits), *before, "env", "-i", f"--chdir={home}",
                *(f"{key}={value}" for key, value in names.items()),
                *_TIMED, *(_put_right(word, moved) for word in program),
            ]  # fmt: skip
            text = _put_right(given.decode("utf-8", "surrogateescape"), moved)
            ended = run(
                command, wall_s=self.limits.wall_s, given=text.encode("utf-8", "surrogateescape")
            )
            back = ended.out.replace(str(examined).encode(), EXAMINED.encode())
            return _timed(replace(ended, out=back))


#: says on its last line what the program took: bubblewrap does not wait for its children.
_TIMED: Final = ("bash", "-c", '"$@"; code=$?; times >&2; exit $code', "_")
_TIMES: Final = re.compile(r"\n?[^\n]*\n(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*\Z")


def _timed(ended: Ended) -> Ended:
    """With the processor time that stands at the end of what was said, and without those lines."""
    match = _TIMES.search(ended.err)
    if match is None:
        return ended
    minutes, seconds, more_minutes, more_seconds = map(float, match.groups())
    cpu_s = 60 * (minutes + more_minutes) + seconds + more_seconds
    return replace(ended, err=ended.err[: match.start()], cpu_s=cpu_s)


#: what every scanner is told: nobody is to be called, nothing to be kept.
_ENVIRONMENT: Final = {
    "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    "PROMPTFOO_DISABLE_TELEMETRY": "1", "NO_ANALYTICS": "1", "DO_NOT_TRACK": "1", "CI": "1",
    "HF_HUB_OFFLINE": "1", "NO_COLOR": "1", "COLUMNS": "4096",
}  # fmt: skip


def own_folders() -> tuple[Path, ...]:
    """Folders without which this Python and stillwatch cannot run."""
    import stillwatch

    found = {Path(sys.prefix), Path(sys.base_prefix), Path(stillwatch.__file__).parents[1]}
    return tuple(sorted(one.resolve() for one in found if one != Path("/usr")))


def environment_folders(python: Path) -> tuple[Path, ...]:
    """Folders without which the Python of an environment cannot run."""
    home = python.parent.parent
    found = {home.absolute(), Path(os.path.realpath(python)).parent.parent}
    return tuple(sorted(one for one in found if one != Path("/usr")))


def _bubblewrap(scratch_mib: int) -> list[str]:
    words = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
             "--uid", "1000", "--gid", "1000", "--hostname", "jail", "--clearenv"]  # fmt: skip
    for one in _LIBRARIES:
        if os.path.islink(one):
            words += ["--symlink", os.readlink(one), one]
        elif os.path.exists(one):
            words += ["--ro-bind", one, one]
    words += ["--proc", "/proc", "--dev", "/dev", "--size", str(scratch_mib * 2**20),
              "--tmpfs", "/tmp", "--dir", EXAMINED, "--chdir", "/tmp"]  # fmt: skip
    for key, value in {"HOME": "/tmp", "TMPDIR": "/tmp", **_ENVIRONMENT}.items():
        words += ["--setenv", key, value]
    return words


def _limited(limits: Limits) -> list[str]:
    return [
        "prlimit", f"--as={limits.memory_mib * 2**20}", f"--fsize={limits.scratch_mib * 2**20}",
        f"--cpu={max(1, round(limits.wall_s))}", "--core=0", "--nofile=1024", "--",
    ]  # fmt: skip


def _put_right(text: str, moved: Mapping[str, str]) -> str:
    for before, after in moved.items():
        text = text.replace(f"{before}/", f"{after}/")
        text = after if text == before else text
    return text


def _works(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(
            list(command), capture_output=True, timeout=20, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
