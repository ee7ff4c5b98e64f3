"""What runs in the jail sees no network, writes nothing, and ends in its time."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from stillwatch.adapters.scanning import inside
from stillwatch.adapters.scanning.jail import Isolation, Jail, Limits, isolation, own_folders
from stillwatch.adapters.scanning.launching import MOST_OUTPUT

KINDS = (Isolation.BUBBLEWRAP, Isolation.UNSHARE)


def jail(kind: Isolation, **limits: float) -> Jail:
    given = {"wall_s": 20.0, "memory_mib": 1024, "scratch_mib": 16, **limits}
    return Jail(kind=kind, visible=own_folders(), limits=Limits(**given))


def ran(place: Jail, code: str, files: dict[str, Path] | None = None, **more):
    return place.run([sys.executable, "-I", "-c", code], files or {}, **more)


def test_this_machine_has_the_best():
    assert isolation() is Isolation.BUBBLEWRAP


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_no_network(kind):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        ended = ran(jail(kind), code)
    assert ended.code != 0
    assert "Error" in ended.err


@pytest.mark.parametrize("kind", KINDS)
def test_no_variable_of_ours_comes_in(kind, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "hidden")
    ended = ran(jail(kind), "import os; print(sorted(os.environ), os.environ['HOME'])")
    assert b"SECRET_TOKEN" not in ended.out
    assert str(Path.home()).encode() not in ended.out.split()


def test_files_are_seen_and_cannot_be_changed(tmp_path):
    file = tmp_path / "a\nb.bin"
    file.write_bytes(b"12345")
    file.chmod(0o666)
    code = (
        "import os; print(open('/examined/0/x.bin').read()); "
        f"print(os.path.exists({str(tmp_path)!r})); open('/examined/0/x.bin', 'w')"
    )
    ended = ran(jail(Isolation.BUBBLEWRAP), code, {"0/x.bin": file})
    assert ended.out == b"12345\nFalse\n"
    assert "Read-only file system" in ended.err
    assert file.read_bytes() == b"12345"


def test_copies_stand_in_where_nothing_can_be_mounted(tmp_path):
    file = tmp_path / "a.bin"
    file.write_bytes(b"12345")
    code = "import sys; p = sys.stdin.read().strip(); print(p, open(p).read()); open(p, 'a')"
    ended = ran(jail(Isolation.UNSHARE), code, {"0/x.bin": file}, given=b"/examined/0/x.bin\n")
    assert ended.out == b"/examined/0/x.bin 12345\n"
    assert file.read_bytes() == b"12345"


@pytest.mark.parametrize("kind", KINDS)
def test_what_hangs_is_ended_with_all_it_started(kind):
    code = "import os, time; os.fork(); os.setsid() if os.fork() else 0; time.sleep(600)"
    ended = ran(jail(kind, wall_s=1.0), code)
    assert ended.why == "took longer than it was given"
    assert ended.code != 0


def test_what_floods_is_ended():
    ended = ran(jail(Isolation.BUBBLEWRAP), "while True: print('x' * 65536)")
    assert ended.why == "printed more than is taken"
    assert len(ended.out) < MOST_OUTPUT + 2**17


def test_memory_and_disk_are_bounded():
    ended = ran(jail(Isolation.BUBBLEWRAP), "bytearray(4 * 2**30)")
    assert "MemoryError" in ended.err
    code = "f = open('/tmp/x', 'wb')\nwhile True: f.write(bytes(2**20))"
    ended = ran(jail(Isolation.BUBBLEWRAP), code)
    assert ended.code != 0


def test_it_may_write_where_it_is_told(tmp_path):
    code = "open('/out/a', 'w').write('made')"
    assert ran(jail(Isolation.BUBBLEWRAP), code, out=tmp_path).code == 0
    assert (tmp_path / "a").read_text() == "made"


def test_processor_time_is_counted():
    ended = ran(jail(Isolation.BUBBLEWRAP), "sum(range(6_000_000))")
    assert ended.cpu_s > 0.05
    assert os.linesep + "0m" not in ended.err


def test_who_reads_one_file_cannot_speak_of_another(monkeypatch, capfd):
    def forged(job, shared):
        os.write(1, b'{"id": 7}\n')
        return {"id": 7, "sight": None}

    monkeypatch.setitem(inside._WORK, "forge", forged)
    jobs = [{"id": n, "formats": ["hdf5"]} for n in (0, 1)]
    told = list(inside._answers("forge", jobs, {"wall_s": 10}))
    assert told == [{"id": 0, "sight": None}, {"id": 1, "sight": None}]
    assert capfd.readouterr().out == ""
