"""A run whose parent is killed leaves no worker behind that holds its folder, and goes on."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.rooms.screen.lists import EU

PROGRAM = [sys.executable, "-m", "stillwatch.cli.main", "screen"]
N_CUSTOMERS = 7_000


def test_a_killed_run_lets_go_of_its_folder_and_goes_on(tmp_path: Path) -> None:
    # Organisations alone: reference data of persons' names takes seconds to load, once a process.
    (tmp_path / "eu.xml").write_text(EU, encoding="utf-8")
    with (tmp_path / "customers.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["customer", "name", "kind"])
        rows.writerows([n, f"Nobody Number{n}", "organisation"] for n in range(N_CUSTOMERS))
    env = os.environ | {"STILLWATCH_SCREEN__FOLDER": str(tmp_path / "folder")}
    subprocess.run([*PROGRAM, "update", "eu.xml"], env=env, cwd=tmp_path, check=True,
                   capture_output=True)  # fmt: skip
    words = [*PROGRAM, "check", "customers.csv", "--processes", "2", "--json", "--quiet"]
    state = tmp_path / "customers.csv.screening"
    first = subprocess.Popen(words, env=env, cwd=tmp_path, stdout=subprocess.DEVNULL)
    while not list(state.glob("*.jsonl.gz")):
        assert first.poll() is None
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    n_kept = len(list(state.glob("*.jsonl.gz")))
    second = subprocess.run(words, env=env, cwd=tmp_path, capture_output=True, text=True,
                            check=False)  # fmt: skip
    assert second.returncode in (0, 1), second.stderr
    told = json.loads(second.stdout)
    assert told["n_customers"] == N_CUSTOMERS
    assert told["n_of_an_earlier_run"] >= n_kept * 2_000 or n_kept == 4
    lines = (tmp_path / "customers.screened.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["customer"] for line in lines] == [str(n) for n in range(N_CUSTOMERS)]
