"""Logs of real schedulers and monitors, as they print them, whole and damaged."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.cloud.bins import Bins
from stillwatch.adapters.cloud.guarded_json import DAMAGED, items
from stillwatch.adapters.cloud.opening import read_telemetry
from stillwatch.adapters.cloud.sacct import _devices
from stillwatch.adapters.readers.interface import Reject
from stillwatch.model.errors import BadInput, NotAllowed

SACCT = """JobID|Account|Submit|Start|End|Elapsed|State|NNodes|AllocTRES
101|lab|2026-01-02T00:00:00|2026-01-02T00:10:00|2026-01-02T04:10:00|4|COMPLETED|2|cpu=9,gres/gpu:h100=16,gres/gpu=16
101.batch|lab|2026-01-02T00:10:00|2026-01-02T00:10:00|2026-01-02T04:10:00|4|COMPLETED|1|cpu=9
101.0|lab|2026-01-02T00:10:00|2026-01-02T00:10:00|2026-01-02T04:10:00|4|COMPLETED|2|cpu=9
102_7|lab|2026-01-02T00:00:00|2026-01-02T01:00:00|2026-01-02T02:00:00|1|CANCELLED by 7|1|gres/gpu=4
103|lab|2026-01-02T00:00:00|2026-01-02T05:00:00|Unknown|1|RUNNING|1|gres/gpu:a100=8,node=1
104|lab|2026-01-02T00:00:00|Unknown|Unknown|0|PENDING|1|
105|lab|2026-01-02T00:00:00|2026-01-02T05:00:00|2026-01-02T03:00:00|0|FAILED|1|gres/gpu=1
106|lab|short
"""


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_sacct_gives_jobs_passes_over_steps_and_sets_the_rest_aside(tmp_path: Path) -> None:
    rejects: list[Reject] = []
    reading = read_telemetry([_write(tmp_path, "s.txt", SACCT)], on_reject=rejects.append)
    jobs = {job.job: job for job in reading.telemetry().jobs}
    assert set(jobs) == {"101", "102_7", "103"}
    assert (jobs["101"].n_devices, jobs["101"].hardware, jobs["101"].n_nodes) == (16, "h100", 2)
    assert jobs["102_7"].state == "CANCELLED"
    assert jobs["103"].running
    assert jobs["103"].ended_us == jobs["103"].started_us
    assert reading.n_skipped == 3
    assert [(r.line, r.reason) for r in rejects] == [
        (8, "the job ends before it begins"),
        (9, "3 fields where the heading has 9"),
    ]


def test_sacct_with_a_bar_at_the_end_and_zipped_reads_the_same(tmp_path: Path) -> None:
    plain = read_telemetry([_write(tmp_path, "s.txt", SACCT)]).telemetry()
    barred = "\n".join(line + "|" for line in SACCT.splitlines())
    path = tmp_path / "s.gz"
    path.write_bytes(gzip.compress(barred.encode()))
    assert read_telemetry([path]).telemetry() == plain


def test_strict_stops_at_the_first_bad_row_with_its_place(tmp_path: Path) -> None:
    path = _write(tmp_path, "s.txt", SACCT)
    with pytest.raises(BadInput, match=r"s\.txt:8"):
        read_telemetry([path], strict=True)


@pytest.mark.parametrize("column", ["JobName", "SubmitLine", "WorkDir", "AdminComment"])
def test_what_a_customer_wrote_is_refused_or_passed_over_unread(
    tmp_path: Path, column: str
) -> None:
    lines = SACCT.splitlines()
    lines[0] += f"|{column}"
    lines[1:] = [line + "|secret" for line in lines[1:]]
    path = _write(tmp_path, "s.txt", "\n".join(lines))
    with pytest.raises(NotAllowed, match="coarse telemetry only"):
        read_telemetry([path])
    told = read_telemetry([path], drop_columns=True).telemetry()
    assert len(told.jobs) == 3
    assert "secret" not in repr(told)


def test_devices_are_counted_once() -> None:
    assert _devices("gres/gpu=8") == (8, "")
    assert _devices("gres/gpu:a100=4,gres/gpu:h100=4,gres/gpu=8") == (8, "a100")
    assert _devices("cpu=4") == (0, "")


def test_prometheus_answers_and_text_agree(tmp_path: Path) -> None:
    start = 1767312600
    series = [
        {
            "metric": {"__name__": name, "gpu": str(gpu), "hpc_job": "101"},
            "values": [[start + 30 * k, str(value)] for k in range(200)],
        }
        for gpu in range(2)
        for name, value in (
            ("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", 0.4 + 0.2 * gpu),
            ("DCGM_FI_DEV_GPU_UTIL", 90),
            ("DCGM_FI_DEV_FB_USED", 60_000),
            ("DCGM_FI_DEV_FB_FREE", 20_000),
            ("DCGM_FI_DEV_SM_CLOCK", 1400),
        )
    ]
    series.append(
        {
            "metric": {"__name__": "container_network_receive_bytes_total", "hpc_job": "101"},
            "values": [[start + 30 * k, str(3000 * k)] for k in range(200)],
        }
    )
    answer = {"status": "success", "data": {"resultType": "matrix", "result": series}}
    text = "# TYPE x gauge\n" + "".join(
        "{}{{{}}} {} {}\n".format(
            one["metric"]["__name__"],
            ",".join(f'{k}="{v}"' for k, v in one["metric"].items() if k != "__name__"),
            value,
            at * 1000,
        )
        for one in series
        for at, value in one["values"]
    )
    jobs = _write(tmp_path, "jobs.txt", SACCT)
    traces = []
    for name, body in (("range.json", json.dumps(answer)), ("text.prom", text)):
        reading = read_telemetry([jobs, _write(tmp_path, name, body)])
        traces.append(reading.telemetry().traces["101"])
        assert reading.n_skipped == 3 + 400
    one, other = traces
    assert one.columns.keys() == other.columns.keys()
    assert one.get("tensor_active_share")[5] == pytest.approx(0.5)
    assert one.get("gpu_util_share")[5] == pytest.approx(0.9)
    assert one.get("memory_used_share")[5] == pytest.approx(0.75)
    assert one.get("outside_in_bytes_s")[5] == pytest.approx(100.0)
    for column, values in one.columns.items():
        assert values == pytest.approx(other.columns[column], nan_ok=True), column


def test_damaged_prometheus_json_gives_what_stands_before_the_damage(tmp_path: Path) -> None:
    whole = json.dumps({
        "status": "success",
        "data": {"resultType": "matrix", "result": [
            {"metric": {"__name__": "DCGM_FI_DEV_POWER_USAGE", "hpc_job": "101"},
             "values": [[1767312600, "400"], [1767312660, "NaN"], [1767312720, "-1"]]},
            {"metric": 5, "values": []},
            {"metric": {"__name__": "DCGM_FI_DEV_POWER_USAGE", "hpc_job": "101"},
             "values": [[1767312780, "410"]]},
        ]},
    })  # fmt: skip
    reading = read_telemetry([_write(tmp_path, "p.json", whole[:-60])])
    assert reading.n_samples == 1
    assert reading.n_rejected == 4


def test_kubernetes_pods_give_devices_and_times_and_nothing_that_runs_in_them(
    tmp_path: Path,
) -> None:
    pod = {
        "kind": "Pod",
        "metadata": {"namespace": "team", "name": "train-0", "labels": {}},
        "spec": {
            "nodeSelector": {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB"},
            "containers": [{
                "command": ["python", "secret.py"], "env": [{"name": "TOKEN", "value": "secret"}],
                "resources": {"limits": {"nvidia.com/gpu": "8"}},
            }],
        },
        "status": {
            "phase": "Succeeded", "startTime": "2026-01-02T00:00:00Z",
            "containerStatuses": [
                {"state": {"terminated": {"finishedAt": "2026-01-02T05:00:00Z"}}}
            ],
        },
    }  # fmt: skip
    event = {
        "kind": "Event", "reason": "Started", "lastTimestamp": "2026-01-02T01:00:00Z",
        "involvedObject": {"kind": "Pod", "namespace": "team", "name": "other"},
    }  # fmt: skip
    ends = {**event, "reason": "Completed", "lastTimestamp": "2026-01-02T02:00:00Z"}
    listed = {"kind": "List", "items": [pod, event, ends, {"kind": "Pod"}, {"kind": "Node"}]}
    reading = read_telemetry([_write(tmp_path, "k.json", json.dumps(listed))])
    told = reading.telemetry()
    jobs = {job.job: job for job in told.jobs}
    assert jobs["team/train-0"].n_devices == 8
    assert "A100" in jobs["team/train-0"].hardware
    assert jobs["team/train-0"].elapsed_s == 5 * 3600
    assert jobs["team/other"].elapsed_s == 3600
    assert "secret" not in repr(told)
    assert reading.n_rejected == 1


def test_csv_and_parquet_agree_and_refuse_other_columns(tmp_path: Path) -> None:
    head = "job,account,started_at,ended_at,n_devices,hardware,parameters,tokens"
    row = "7,lab,2026-01-02T00:00:00Z,2026-01-02T10:00:00Z,8,H100,7e9,1e11"
    text = _write(tmp_path, "j.csv", f"{head}\n{row}\n")
    table = pa.table({k: [v] for k, v in zip(head.split(","), row.split(","), strict=True)})
    pq.write_table(table, tmp_path / "j.parquet")
    assert (
        read_telemetry([text]).telemetry() == read_telemetry([tmp_path / "j.parquet"]).telemetry()
    )
    more = _write(tmp_path, "m.csv", f"{head},prompt\n{row},hello\n")
    with pytest.raises(NotAllowed):
        read_telemetry([more])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("philly", "jobid,vc,submitted_time,start_time,end_time,status,n_gpus,n_machines,user\n"
         "a1,v,2017-10-01 00:00:00,2017-10-01 01:00:00,2017-10-01 02:00:00,Pass,8,1,u\n"),
        ("pai", "job_name,task_name,inst_num,status,start_time,end_time,plan_cpu,plan_mem,plan_gpu,"
         "gpu_type,user\nj,t,2,Terminated,1000,4600,600,30,400,V100,u\n"),
        ("acme", "job_id,user,node_num,gpu_num,cpu_num,type,state,submit_time,start_time,end_time\n"
         "j,u,1,8,32,x,COMPLETED,2023-07-01 00:00:00,2023-07-01 00:00:00,2023-07-01 01:00:00\n"),
    ],
)  # fmt: skip
def test_public_traces_are_read_by_their_maps(tmp_path: Path, name: str, text: str) -> None:
    (job,) = read_telemetry([_write(tmp_path, "t.csv", text)], column_map=name).telemetry().jobs
    assert job.n_devices == 8
    assert job.elapsed_s == 3600


@pytest.mark.parametrize(
    "text", ["", "hello", "{}", "a,b\n1,2\n", '{"x": 1}', "\x00\x01|", "[1, 2]"]
)
def test_what_is_no_log_of_a_cluster_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput):
        read_telemetry([_write(tmp_path, "x", text)])


def test_samples_out_of_range_are_set_aside(tmp_path: Path) -> None:
    text = (
        "job,sampled_at,gpu_util_share\n1,2026-01-02T00:00:00Z,1.7\n1,never,0.5\n"
        "1,2026-01-02T00:00:00Z,nan\n1,2026-01-02T00:00:00Z,\n1,2026-01-02T00:00:00Z,0.5\n"
    )
    reading = read_telemetry([_write(tmp_path, "s.csv", text)])
    assert (reading.n_samples, reading.n_rejected) == (1, 3)


@pytest.mark.parametrize("sign", ["[", '{"a":'])
def test_nesting_without_end_is_refused_and_not_followed(tmp_path: Path, sign: str) -> None:
    text = '{"data": {"resultType": "matrix", "result": [' + sign * 200_000
    reading = read_telemetry([_write(tmp_path, "deep.json", text)])
    assert reading.n_rejected == 1


@pytest.mark.parametrize(
    "row",
    ["1,a,1971-01-01T00:00:00Z,2199-01-01T00:00:00Z,8", "1,a,2026-01-01,2026-01-02,1000000000",
     "1,a,2026-01-01,2026-01-02,-8", "1,a,2026-01-02,2026-01-01,8", ",a,2026-01-01,2026-01-02,8"],
)  # fmt: skip
def test_jobs_that_cannot_be_are_set_aside(tmp_path: Path, row: str) -> None:
    head = "job,account,started_at,ended_at,n_devices"
    reading = read_telemetry([_write(tmp_path, "j.csv", f"{head}\n{row}\n")])
    assert (reading.n_jobs, reading.n_rejected) == (0, 1)


@given(st.lists(st.tuples(st.integers(-500, 500), st.floats(0, 1e6)), max_size=60))
def test_bins_hold_the_means_of_what_was_added_in_any_order(told: list[tuple[int, float]]) -> None:
    bins = Bins()
    for place, value in told:
        bins.add(place, value)
    means = bins.means(1, -500, 1001)
    for place in range(-500, 501):
        values = [v for p, v in told if p == place]
        if values:
            assert means[place + 500] == pytest.approx(sum(values) / len(values))
        else:
            assert np.isnan(means[place + 500])


def test_a_sample_years_away_is_refused() -> None:
    bins = Bins()
    bins.add(0, 1.0)
    with pytest.raises(ValueError, match="years away"):
        bins.add(3_000_000, 1.0)
    with pytest.raises(ValueError, match="years away"):
        bins.add(-3_000_000, 1.0)


def test_pods_of_one_job_are_one_job_with_the_samples_of_all(tmp_path: Path) -> None:
    pods = [
        {
            "kind": "Pod",
            "metadata": {"namespace": "team", "name": f"big-{k}",
                         "labels": {"training.kubeflow.org/job-name": "big"}},
            "spec": {"containers": [{"resources": {"limits": {"nvidia.com/gpu": "8"}}}]},
            "status": {"startTime": f"2026-01-02T0{k}:00:00Z", "containerStatuses": [
                {"state": {"terminated": {"finishedAt": "2026-01-02T05:00:00Z"}}}]},
        }
        for k in range(2)
    ]  # fmt: skip
    text = "".join(
        f'{name}{{namespace="team",pod="big-{k}"}} {value} {1767323000000 + 60000 * i}\n'
        for k in range(2)
        for i in range(30)
        for name, value in (
            ("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", 0.2 + 0.4 * k),
            ("container_network_receive_bytes_total", 6000 * i),
        )
    )
    sources = [
        _write(tmp_path, "pods.json", json.dumps({"items": pods})),
        _write(tmp_path, "text.prom", "# dump\n" + text),
    ]
    told = read_telemetry(sources).telemetry()
    (job,) = told.jobs
    assert (job.job, job.n_devices, job.n_nodes, job.elapsed_s) == ("team/big", 16, 2, 5 * 3600)
    trace = told.traces["team/big"]
    assert np.nanmean(trace.columns["tensor_active_share"]) == pytest.approx(0.4)
    assert np.nanmedian(trace.columns["outside_in_bytes_s"]) == pytest.approx(200.0)


def test_a_number_without_end_does_not_end_the_process() -> None:
    data = b'{"items": [{"a": ' + b"9" * 5_000 + b"}]}"
    with pytest.raises(DAMAGED):
        list(items([data], "items.item"))
