"""Times in a zone, ids that come again, and text in another encoding."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.cloud.clock import Clock
from stillwatch.adapters.cloud.opening import read_telemetry
from stillwatch.cloud.rejoin import rejoin
from stillwatch.model.errors import BadSettings

HEAD = "JobID|Account|Start|End|State|AllocTRES\n"


def sacct(folder: Path, *rows: str, name: str = "s.txt") -> Path:
    path = folder / name
    path.write_bytes(HEAD.encode() + "".join(row + "\n" for row in rows).encode())
    return path


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
def test_every_moment_is_found_again_from_its_local_time_or_an_hour_off(at: datetime) -> None:
    moment = at.replace(microsecond=0, tzinfo=UTC)
    clock = Clock("Europe/Berlin")
    told = moment.astimezone(clock._zone).replace(tzinfo=None).isoformat()
    found = clock.us(told)
    assert found is not None
    off = datetime.fromtimestamp(found / 1e6, UTC) - moment
    assert off == timedelta(0) or (clock.n_repeated == 1 and off == timedelta(hours=-1))


def test_a_job_over_the_hour_that_comes_twice_ends_after_it_began(tmp_path: Path) -> None:
    path = sacct(tmp_path, "1|a|2026-10-25T02:50:00|2026-10-25T02:20:00|COMPLETED|gres/gpu=8")
    reading = read_telemetry([path], time_zone="Europe/Berlin")
    (job,) = reading.telemetry().jobs
    assert job.elapsed_s == 1800
    assert any("clocks changed: 2 times" in note for note in reading.notes)
    assert read_telemetry([path]).n_rejected == 1


def test_an_hour_that_never_came_is_taken_and_told(tmp_path: Path) -> None:
    path = sacct(tmp_path, "1|a|2026-03-29T02:30:00|2026-03-29T04:30:00|COMPLETED|gres/gpu=8")
    reading = read_telemetry([path], time_zone="Europe/Berlin")
    (job,) = reading.telemetry().jobs
    assert job.elapsed_s == 3600
    assert any("1 in one that never came" in note for note in reading.notes)


def test_an_offset_and_a_number_are_no_local_times() -> None:
    clock = Clock("Asia/Shanghai")
    assert clock.us("2026-01-01T00:00:00Z") == clock.us(1767225600) == 1_767_225_600_000_000
    assert clock.us("never") is None
    with pytest.raises(BadSettings, match="IANA"):
        Clock("../../etc/passwd")


FIRST = "7|a|2026-01-01T00:00:00|2026-01-05T00:00:00|PREEMPTED|gres/gpu:h100=8"
AGAIN = "7|a|2026-01-05T02:00:00|2026-01-06T00:00:00|COMPLETED|gres/gpu:h100=8"


@pytest.mark.parametrize("rows", [(FIRST, AGAIN), (AGAIN, FIRST), (FIRST, AGAIN, FIRST)])
def test_a_job_that_was_started_again_keeps_both_its_times(
    tmp_path: Path, rows: tuple[str, ...]
) -> None:
    reading = read_telemetry([sacct(tmp_path, *rows)])
    first, second = reading.telemetry().jobs
    assert (first.job, second.job, second.again_of) == ("7", "7#2", "7")
    assert first.device_hours + second.device_hours == 8 * (96 + 22)
    assert reading.n_jobs == 2
    (run,) = rejoin([first, second], {})
    assert len(run.jobs) == 2


def test_a_job_that_ran_when_an_older_log_was_written_ends_where_it_began_again(
    tmp_path: Path,
) -> None:
    older = FIRST.replace("2026-01-05T00:00:00|PREEMPTED", "Unknown|RUNNING")
    paths = [sacct(tmp_path, older, name="old.txt"), sacct(tmp_path, AGAIN, name="new.txt")]
    first, second = read_telemetry(paths).telemetry().jobs
    assert not first.running
    assert first.ended_us == second.started_us


def test_one_id_of_two_accounts_is_two_jobs(tmp_path: Path) -> None:
    reading = read_telemetry([sacct(tmp_path, FIRST, AGAIN.replace("|a|", "|b|"))])
    jobs = reading.telemetry().jobs
    assert [job.again_of for job in jobs] == ["", ""]
    assert len(rejoin(jobs, {})) == 2


def test_one_id_twice_at_one_time_is_set_aside(tmp_path: Path) -> None:
    both = FIRST.replace("2026-01-01T00", "2026-01-02T00")
    reading = read_telemetry([sacct(tmp_path, FIRST, both)])
    assert reading.rejected_by_reason == {"its id is that of another job at the same time": 1}


def test_a_file_that_was_cut_off_is_told(tmp_path: Path) -> None:
    path = sacct(tmp_path, FIRST)
    path.write_bytes(path.read_bytes()[:-9])
    assert any("may have been cut off" in note for note in read_telemetry([path]).notes)


def test_names_in_another_encoding_are_not_run_into_one(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    rows = "1,l\xe4b,2026-01-01,2026-01-02,8\n2,l\xf6b,2026-01-01,2026-01-02,8\n3,b,2026-01-01,,1\n"
    path.write_bytes(b"job,account,started_at,ended_at,n_devices\n" + rows.encode("latin-1"))
    reading = read_telemetry([path])
    assert reading.rejected_by_reason == {"is not UTF-8": 2}
    assert len(reading.telemetry().jobs) == 1


def test_one_moment_far_ahead_does_not_end_the_look(tmp_path: Path) -> None:
    jobs = sacct(
        tmp_path, FIRST, FIRST.replace("7|", "8|").replace("2026-01-05T00:00:00", "Unknown")
    )
    flows = tmp_path / "f.csv"
    flows.write_text("account,bucket_at,bytes_in\na,2190-01-01T00:00:00Z,5\n")
    reading = read_telemetry([jobs, flows])
    assert [job.job for job in reading.telemetry().jobs] == ["7"]
    assert any("would run for years" in note for note in reading.notes)
