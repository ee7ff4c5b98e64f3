"""Public traces of clusters, in rows of their published shape."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stillwatch.adapters.cloud.gathering import NOT_TOLD
from stillwatch.adapters.cloud.opening import read_telemetry
from stillwatch.cloud.rejoin import rejoin
from stillwatch.cloud.telemetry import Job
from stillwatch.model.errors import BadInput, BadSettings

GPUS = [f"gpu{k}" for k in range(8)]
PHILLY = [
    {
        "status": "Pass", "vc": "ee9e8c", "jobid": "application_1", "user": "ce2f4c",
        "submitted_time": "2017-10-07 01:11:39",
        "attempts": [
            {"start_time": "2017-10-07 01:12:09", "end_time": "2017-10-07 01:13:23",
             "detail": [{"ip": "m47", "gpus": GPUS}]},
            {"start_time": "2017-10-07 01:13:30", "end_time": "2017-10-09 06:53:12",
             "detail": [{"ip": "m412", "gpus": GPUS}, {"ip": "m413", "gpus": GPUS[:4]}]},
        ],
    },
    {"status": "Killed", "vc": "v2", "jobid": "application_2", "user": "u", "attempts": [],
     "submitted_time": "2017-10-07 01:11:39"},
    {
        "status": "Pass", "vc": "v2", "jobid": "application_3", "user": "u",
        "submitted_time": "2017-10-07 01:11:39",
        "attempts": [
            {"start_time": "None", "end_time": "None", "detail": []},
            {"start_time": "2017-10-08 00:00:00", "end_time": None,
             "detail": [{"ip": "m1", "gpus": GPUS[:1]}]},
        ],
    },
]  # fmt: skip


def jobs_of(*paths: Path, **how: str) -> dict[str, Job]:
    return {job.job: job for job in read_telemetry(list(paths), **how).telemetry().jobs}  # type: ignore[arg-type]


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_philly_is_read_as_it_is_and_its_attempts_are_one_run(tmp_path: Path) -> None:
    path = put(tmp_path, "cluster_job_log", json.dumps(PHILLY, indent=4))
    jobs = jobs_of(path, time_zone="America/Los_Angeles")
    assert set(jobs) == {"application_1", "application_1#2", "application_3"}
    second = jobs["application_1#2"]
    assert (second.n_devices, second.n_nodes, second.account) == (12, 2, "ee9e8c")
    assert second.again_of == "application_1"
    at = datetime(2017, 10, 7, 8, 13, 30, tzinfo=UTC)
    assert second.started_us == round(at.timestamp() * 1e6)
    assert jobs["application_3"].running
    assert "ce2f4c" not in repr(jobs)
    assert sorted(len(run.jobs) for run in rejoin(list(jobs.values()), {})) == [1, 2]


def test_a_philly_log_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    text = json.dumps(PHILLY)
    reading = read_telemetry([put(tmp_path, "x", text[: text.index("application_2")])])
    assert reading.n_rejected == 1
    assert len(reading.telemetry().jobs) == 2


PAI_TASKS = (
    "j1,ps,1.0,Terminated,1739162.0,1742762.0,600.0,29.3,,\n"
    "j1,worker,2.0,Terminated,1739162.0,1742762.0,600.0,29.3,200.0,V100\n"
    "j2,tensorflow,1.0,Terminated,1739162.0,1742762.0,600.0,29.3,50.0,MISC\n"
    "j3,tensorflow,1.0,Waiting,,,600.0,29.3,50.0,MISC\n"
)
PAI_JOBS = "j1,i1,alice,Terminated,1739000.0,1742762.0\nj9,i9,bob,Terminated,1.0,2.0\n"


@pytest.mark.parametrize("with_heading", [False, True])
def test_pai_has_no_headings_and_says_elsewhere_whose_a_job_is(
    tmp_path: Path, with_heading: bool
) -> None:
    heading = "job_name,task_name,inst_num,status,start_time,end_time,plan_cpu,plan_mem,plan_gpu,gpu_type\n"  # noqa: E501
    tasks = put(tmp_path, "task.csv", (heading if with_heading else "") + PAI_TASKS)
    owners = put(tmp_path, "job.csv", PAI_JOBS)
    jobs = jobs_of(tasks, owners, column_map="pai")
    assert set(jobs) == {"j1", "j2"}
    assert (jobs["j1"].n_devices, jobs["j1"].hardware, jobs["j1"].account) == (4, "V100", "alice")
    assert jobs["j1"].elapsed_s == 3600
    assert (jobs["j2"].n_devices, jobs["j2"].account) == (1, NOT_TOLD)
    assert jobs_of(owners, tasks, column_map="pai") == jobs
    began = datetime.fromtimestamp(jobs["j1"].started_us / 1e6, UTC)
    told = datetime.fromtimestamp(1739162, UTC)
    assert (began.weekday(), began.hour) == (told.weekday(), told.hour)


def test_helios_and_openb_are_read_by_their_maps(tmp_path: Path) -> None:
    helios = put(
        tmp_path, "cluster_log.csv",
        "job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,"
        "queue\n1425512,uVMrF,vchbv,4,16,1,FAILED,2020-06-09 18:41:27,2020-06-09 18:41:27,"
        "2020-06-09 18:45:36,249,0\n",
    )  # fmt: skip
    (job,) = jobs_of(helios, column_map="helios").values()
    assert (job.n_devices, job.elapsed_s, job.account) == (4, 249, "uVMrF")
    assert datetime.fromtimestamp(job.started_us / 1e6, UTC).hour == 10
    openb = put(
        tmp_path, "openb_pod_list_default.csv",
        "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,"
        "deletion_time,scheduled_time\n"
        "openb-pod-0017,88000,327680,8,1000,,Burstable,Succeeded,9437497,10769854,9437497\n"
        "openb-pod-0018,88000,327680,8,1000,V100M16|V100M32,LS,Pending,9437497,10769854,\n",
    )  # fmt: skip
    (pod,) = jobs_of(openb, column_map="openb").values()
    assert (pod.n_devices, pod.elapsed_s) == (8, 1332357)


def test_a_map_and_a_table_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "user,job_id\nu,1\n")
    with pytest.raises(BadInput, match="is no table of helios"):
        read_telemetry([path], column_map="helios")
    own = put(tmp_path, "own.toml", 'job = "j"\nstarted_at = "s"\n')
    with pytest.raises(BadSettings, match="n_devices is missing"):
        read_telemetry([path], column_map=str(own))
