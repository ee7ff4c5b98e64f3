"""The program's edge: exit codes, errors without traceback, quick help, quiet pipes."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from stillwatch import __version__
from stillwatch.cli import main as edge
from stillwatch.cli.lazy import Entry, LazyGroup
from stillwatch.cli.threads import VARIABLE
from stillwatch.model.errors import (
    BadInput,
    BadSettings,
    NotAllowed,
    NotEnoughEvidence,
    OutsideFailed,
    StillwatchError,
)

PROGRAM = [sys.executable, "-m", "stillwatch.cli.main"]


def _command(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, check=False, **options
    )  # type: ignore[call-overload, no-any-return]


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Put a command ``probe`` in the program; it returns or raises what stands in the list."""
    does: list[object] = []

    @click.command()
    def command() -> object:
        if isinstance(does[0], BaseException):
            raise does[0]
        return does[0]

    monkeypatch.setattr(
        edge.cli,
        "entries",
        {"probe": Entry(name="probe", module=__name__, attribute="_probe", line="Probe.")},
    )
    monkeypatch.setattr(sys.modules[__name__], "_probe", command, raising=False)
    return does


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (None, 0),
        (0, 0),
        (1, 1),
        (BadInput("column account is absent", where="a.parquet"), 2),
        (OutsideFailed("the disk is full"), 2),
        (NotEnoughEvidence("days of traffic", needed=3, had=1), 2),
        (StillwatchError("something else"), 2),
        (BadSettings("detect.fdr", "too large"), 3),
        (NotAllowed("showing text", by_rule="report.show_text"), 3),
        (click.UsageError("two inputs"), 3),
        (click.exceptions.Exit(1), 1),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
    ],
    ids=repr,
)
def test_every_end_has_its_code(
    result: object, code: int, probe: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    probe.append(result)
    assert edge.run(["probe"]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    if isinstance(result, StillwatchError):
        assert str(result) in printed.err


def test_a_fault_in_the_program_is_never_taken_for_campaigns_found(
    probe: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    probe.append(ZeroDivisionError("a fault"))
    assert edge.run(["probe"]) == 2
    assert "ZeroDivisionError: a fault" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--nonsense"], ["nonsense"], []])
def test_wrong_use_ends_with_three(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert edge.run(arguments) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Usage: stillwatch" in printed.err


def test_version_and_help_go_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert edge.run(["--version"]) == 0
    assert capsys.readouterr().out == f"stillwatch {__version__}\n"
    assert edge.run(["--help"]) == 0
    shown = capsys.readouterr().out
    for entry in edge.ENTRIES:
        assert entry.name in shown
        assert entry.line in shown


#: libraries that take long to import, and which commands that do without them do not import.
HEAVY = {"httpx", "jinja2", "numba", "numpy", "pyarrow", "rich", "scipy"}


def _imported(code: str) -> set[str]:
    """The modules that a new process holds after it has run some code."""
    code += "; import sys; print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


#: their help lists the formats of the readers.
READING = {"detect", "explain", "sketch"}
NAMES = [entry.name for entry in edge.ENTRIES if entry.name not in READING]


def test_help_imports_nothing_heavy() -> None:
    helps = "; ".join(f"run([{name!r}, '--help'])" for name in NAMES)
    found = _imported(f"from stillwatch.cli.main import run; run(['--help']); {helps}")
    assert not found & {*HEAVY, "pydantic"}
    assert not [name for name in found if name.startswith("stillwatch.detect")]
    assert len(found) < 250, len(found)


def test_settings_import_nothing_heavy() -> None:
    found = _imported("from stillwatch.adapters.settings import load_settings; load_settings()")
    assert not found & HEAVY
    assert len(found) < 600, len(found)


@pytest.mark.parametrize(("asked", "heard"), [(None, "1"), ("3", "3")])
def test_algebra_has_one_thread_where_nobody_asked_for_more(
    asked: str | None, heard: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if asked is None:
        monkeypatch.delenv(VARIABLE)
    else:
        monkeypatch.setenv(VARIABLE, asked)
    code = (
        "import os, sys\nfrom stillwatch.cli.main import main\nassert 'numpy' not in sys.modules\n"
        "sys.argv[1:] = ['--version']\ntry: main()\n"
        f"except SystemExit: print(os.environ[{VARIABLE!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == heard


def test_a_closed_pipe_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*PROGRAM, "--help"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert done.stderr == ""
    assert done.returncode == 141


def test_a_group_that_lists_what_is_no_command_says_so() -> None:
    entry = Entry(name="x", module="stillwatch.cli.exits", attribute="FOUND", line="No command.")
    group = LazyGroup("g", entries=[entry])
    with pytest.raises(TypeError, match="is not a click command"):
        group.get_command(click.Context(group), "x")
    assert group.get_command(click.Context(group), "y") is None


def test_settings_are_read_once_and_from_the_named_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stillwatch.cli.shell import Shell

    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.toml"
    path.write_text("[detect]\nseed = 7\n", encoding="utf-8")
    shell = Shell(path)
    assert shell.settings.detect.seed == 7
    path.unlink()
    assert shell.settings.detect.seed == 7


def test_what_an_error_quotes_is_shown_inert(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = tmp_path / "x\x1b]0;owned\x07.json"
    assert edge.run(["share", "check", str(hostile)]) != 0
    assert edge.run(["detect", str(hostile)]) != 0
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err
    assert "owned" in told.err


def test_a_closed_stdout_leaves_the_exit_code(
    probe: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    probe.append(1)
    monkeypatch.setattr(sys, "stdout", None)
    assert edge.run(["probe"]) == 1


def test_a_full_disk_is_no_fault_of_the_program(
    probe: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    probe.append(OSError(errno.ENOSPC, "No space left on device"))
    assert edge.run(["probe"]) == 2
    error = capsys.readouterr().err
    assert "No space left" in error and "Traceback" not in error and "fault" not in error
