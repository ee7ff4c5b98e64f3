"""A teacher and its students, trained for real: who is ours is found, who is not is not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stillwatch.adapters.distilling.kept import Kept
from stillwatch.adapters.distilling.page import render
from stillwatch.adapters.distilling.rehearsal import rehearse
from stillwatch.adapters.distilling.workers import Workers
from stillwatch.adapters.distilling.world import World
from stillwatch.lab.distilling import NAIVE, SIZES, STUDENTS, TESTS, NetSize, Sizes, chosen
from stillwatch.model.errors import OutsideFailed

pytestmark = pytest.mark.distil

#: nets that learn nothing, to run every path in seconds.
TINY = Sizes(
    teacher=NetSize(width=16, heads=2, steps=40, batch=16, rate=5e-3),
    student=NetSize(width=16, heads=2, steps=15, batch=16, rate=5e-3),
    n_taught=500, n_asked=300, n_test=40, n_text=20, n_pairs=60, n_alike=10, n_samples=2,
    n_wrong_keys=20,
)  # fmt: skip


def run(python: Path, folder: Path, names: str, sizes: Sizes, seed: int = 0) -> dict[str, Any]:
    kept = Kept(folder)
    try:
        with Workers(2, python) as workers:
            return rehearse(
                chosen(names, experimental=True), seed=seed, n_worlds=1, sizes=sizes, kept=kept,
                workers=workers, say=lambda part, share: None,
            )  # fmt: skip
    finally:
        kept.close()


@pytest.fixture(scope="module")
def told(torch_python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    names = "none; independent; marks; marks, paraphrased"
    return run(torch_python, tmp_path_factory.mktemp("kept"), names, SIZES)


@pytest.fixture(scope="module")
def rows(told: dict[str, Any]) -> Iterator[dict[str, dict[str, Any]]]:
    yield {row["name"]: row for row in told["students"]}


def test_students_learn_what_the_teacher_knows(told: Any, rows: Any) -> None:
    assert told["teachers"][0]["n_right"] > 980
    for name in ("none", "independent", "marks", "marks, paraphrased"):
        assert rows[name]["accuracy"]["best"] > 0.8, name


def test_a_student_that_never_saw_us_is_not_accused(rows: Any) -> None:
    p = rows["independent"]["p"]
    assert min(p[test] for test in TESTS) > 1e-3
    assert rows["independent"]["verdict"] == "not found"


def test_marks_and_canaries_are_found_in_the_student(rows: Any) -> None:
    p = rows["marks"]["p"]
    assert p["marks, text"] < 1e-3
    assert p["marks, open"] < 1e-6
    assert p["canaries, text"] < 1e-6
    assert rows["marks"]["verdict"] == "ours"


def test_served_answers_are_likelier_than_their_twins_without_any_mark(rows: Any) -> None:
    assert rows["none"]["p"]["served pairs, open"] < 1e-6
    assert rows["none"]["verdict"] == "ours"


def test_a_paraphrase_washes_marks_out_and_leaves_canaries(rows: Any) -> None:
    p = rows["marks, paraphrased"]["p"]
    assert p["marks, text"] > 1e-3
    assert p["canaries, text"] < 1e-6


def test_the_common_test_accuses_the_innocent_and_ours_do_not(told: Any) -> None:
    levels = {row["test"]: row["levels"] for row in told["calibration"]}
    naive = levels.pop(NAIVE)
    assert naive[1]["low_95"] > 0.01  # more than one in a hundred, beyond chance
    for test, found in levels.items():
        assert all(one["low_95"] <= one["level"] for one in found), test


def test_every_student_runs_and_the_page_holds_them(torch_python: Path, tmp_path: Path) -> None:
    told = run(torch_python, tmp_path, "all", TINY)
    assert [row["name"] for row in told["students"]] == [one.name for one in STUDENTS]
    page = render({**told, "version": "0"})
    assert all(one.name in page for one in STUDENTS)
    by_name = {row["name"]: row for row in told["students"]}
    assert by_name["account cap"]["attacker"]["n_answered"] == 250
    assert by_name["cluster cap, more accounts"]["attacker"]["n_answered"] == 100


def test_one_seed_makes_one_result_and_a_finished_step_is_not_made_again(
    torch_python: Path, tmp_path: Path
) -> None:
    names = "none; marks; antidistillation"
    first = run(torch_python, tmp_path / "a", names, TINY, seed=5)
    again = run(torch_python, tmp_path / "b", names, TINY, seed=5)
    resumed = run(torch_python, tmp_path / "a", names, TINY, seed=5)
    other = run(torch_python, tmp_path / "c", names, TINY, seed=6)

    def plain(value: dict[str, Any]) -> Any:
        rows = [{k: v for k, v in row.items() if k != "train_cpu_s"} for row in value["students"]]
        return json.loads(json.dumps([rows, value["teachers"]]))

    assert plain(first) == plain(again) == plain(resumed)
    assert plain(first) != plain(other)
    assert resumed["cpu_s_this_run"] < first["cpu_s_this_run"]


def test_a_run_that_was_killed_goes_on(torch_python: Path, tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "stillwatch.cli.main", "lab", "distil", "--out", str(tmp_path),
        "--worlds", "1", "--students", "form",
    ]  # fmt: skip
    env = {**os.environ, "STILLWATCH_DISTIL__PYTHON": str(torch_python)}
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, start_new_session=True)
    kept = tmp_path / "kept"
    for _ in range(3000):
        if list(kept.glob("0-teacher-*.npz")):
            break
        assert process.poll() is None
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    teacher = next(iter(kept.glob("0-teacher-*.npz")))
    made_ns = teacher.stat().st_mtime_ns
    done = subprocess.run([*command, "--json"], env=env, capture_output=True, check=True)
    told = json.loads(done.stdout)
    assert told["schema"] == "stillwatch.distil/1"
    assert told["students"][0]["accuracy"]["best"] < 0.2
    assert told["calibration"] == []
    assert teacher.stat().st_mtime_ns == made_ns
    assert (tmp_path / "distil.html").exists()


def test_a_process_that_dies_is_told(torch_python: Path, tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    with Workers(1, torch_python) as workers:
        world = World(0, 0, TINY, workers.versions)
        with workers.one() as worker:
            with pytest.raises(OutsideFailed, match="could not do train"):
                worker.do({"do": "train"}, {"tokens": np.zeros((1, 2), np.int16)})
            with pytest.raises(OutsideFailed, match="could not do nonsense"):
                worker.do({"do": "nonsense"}, {})
            worker.end()
            with pytest.raises(OutsideFailed, match=r"died.*run it again"):
                world.teacher(kept, worker)
    kept.close()
