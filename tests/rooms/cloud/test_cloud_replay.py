"""An answer is made again from its snapshot, whole, and not from a damaged one."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path

import orjson
import pytest

from stillwatch.adapters.cloud import snapshots
from stillwatch.adapters.cloud.overseeing import replayed
from stillwatch.adapters.cloud.shipped import hardware, reach, rhythm_model, rules
from stillwatch.cli.main import run
from stillwatch.cloud.oversight import Options, Tables, oversee
from stillwatch.cloud.telemetry import Flow, Job, Telemetry, Trace
from stillwatch.lab.compute.split import job_of, make_split

JOBS = "job,account,started_at,ended_at,n_devices,hardware\n7,a,2026-01-01,2026-03-01,60000,H100\n"


def test_a_whole_world_comes_out_the_same(tmp_path: Path) -> None:
    world = make_split(9, n_split=1, n_parts=4, n_teams=8)
    telemetry = Telemetry(
        jobs=tuple(Job(**job_of(truth)) for truth in world.truths),
        traces={
            t.job: Trace(from_us=t.started_us, step_s=world.step_s, columns=world.columns[t.job])
            for t in world.truths
        },
        flows=(Flow(account="team0", bucket_us=world.truths[0].started_us, bytes_in=5e9),),
    )
    tables = Tables(hardware=hardware(), reach=reach(), rhythm=rhythm_model(), rules=rules())
    options = Options(day=date(2026, 2, 1), facts={"team0": {"foreign_customer": True}})
    result = orjson.loads(orjson.dumps(oversee(telemetry, tables, options)))
    path = tmp_path / "snapshot.gz"
    snapshots.save(path, telemetry, snapshots.packs(None), options, result)
    now, differ = replayed(path)
    assert (now, differ) == (result, [])


def test_the_rules_of_the_day_come_from_the_snapshot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, own, kept = tmp_path / "jobs.csv", tmp_path / "own.toml", tmp_path / "kept.gz"
    log.write_text(JOBS)
    own.write_text(
        '[[rule]]\nid = "mine"\ntitle = "t"\njurisdiction = "-"\nkind = "duty"\nwhose = "us"\n'
        'measure = "run_flop"\nabove = 1e22\nsource = "s"\n[[rule.status]]\nfrom = 2026-01-01\n'
        'status = "in force"\n'
    )
    line = ["cloud", "runs", str(log), "--rules", str(own), "--date", "2026-03-05", "--json"]
    assert run([*line, "--keep", str(kept)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert set(told["basis"]["packs"]) == {*snapshots.PACKS, "own_rules"}
    assert told["basis"]["files"][0]["n_bytes"] == len(JOBS)
    own.unlink()
    log.unlink()
    assert run(["cloud", "replay", str(kept), "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["same"]
    assert again["answer"]["runs"] == told["runs"]


def test_another_answer_is_told_and_damage_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, kept = tmp_path / "jobs.csv", tmp_path / "kept.gz"
    log.write_text(JOBS)
    run(["cloud", "runs", str(log), "--keep", str(kept)])
    told = orjson.loads(gzip.decompress(kept.read_bytes()))
    told["result"]["n_jobs"] = 2
    kept.write_bytes(gzip.compress(orjson.dumps(told)))
    capsys.readouterr()
    assert run(["cloud", "replay", str(kept)]) == 2
    assert "differs in n_jobs" in capsys.readouterr().out
    whole = kept.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"x" * 99, gzip.compress(b"[1]")):
        kept.write_bytes(damaged)
        assert run(["cloud", "replay", str(kept)]) == 2
    assert run(["cloud", "replay", str(tmp_path / "absent")]) == 2
