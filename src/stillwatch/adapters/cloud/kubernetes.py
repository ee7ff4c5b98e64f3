"""Kubernetes: pods and events as ``kubectl get pods,events -A -o json`` prints them, streamed.

Of a pod only its name, namespace, devices, times and the job that it belongs to are taken;
commands, environment and annotations are never looked at. Pods of one job are one job. An event
ends or begins a pod that no list of pods told.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from stillwatch.adapters.cloud.gathering import Gathering
from stillwatch.adapters.cloud.guarded_json import DAMAGED, items
from stillwatch.adapters.readers.lines import CUT_SHORT, Chunks
from stillwatch.adapters.readers.times import time_us
from stillwatch.cloud.telemetry import Job
from stillwatch.model.errors import BadInput

_DEVICES: Final = ("nvidia.com/gpu", "amd.com/gpu", "google.com/tpu", "huawei.com/Ascend910")
_PRODUCT: Final = (
    "nvidia.com/gpu.product",
    "cloud.google.com/gke-accelerator",
    "k8s.amazonaws.com/accelerator",
)
#: labels by which several pods are one job.
_WHOLE: Final = (
    "training.kubeflow.org/job-name",
    "batch.kubernetes.io/job-name",
    "job-name",
    "volcano.sh/job-name",
)
_ENDS: Final = ("Completed", "Killing", "Failed", "Evicted", "Preempted", "OOMKilling")


def read_kubernetes(path: Path, file: str, into: Gathering) -> None:
    """Take the pods and events of one list; a line is the place of an item, from 1."""
    chunks, place = Chunks(path, lambda _: None), 0
    begun: dict[str, int] = {}
    ended: dict[str, int] = {}
    pods: set[str] = set()
    try:
        for place, item in enumerate(items(chunks, "items.item"), 1):
            try:
                kind = item.get("kind", "")
                if kind == "Pod":
                    pods.add(_pod(item, into))
                elif kind == "Event":
                    _event(item, begun, ended, into)
                else:
                    into.n_skipped += 1
            except (KeyError, TypeError, ValueError, AttributeError, BadInput) as error:
                told = error.what.rstrip(".") if isinstance(error, BadInput) else ""
                into.reject(file, place, told or "no pod or event that can be read")
    except DAMAGED as error:
        into.reject(file, place + 1, f"the JSON breaks off or is damaged ({type(error).__name__})")
    if chunks.cut_short:
        into.reject(file, place + 1, CUT_SHORT)
    for name in sorted(set(begun) - pods):
        end = max(ended.get(name, 0), begun[name])
        entry = Job(
            job=name,
            account=name.split("/")[0],
            started_us=begun[name],
            ended_us=end,
            running=name not in ended,
            n_devices=0,
            state="from events",
        )
        try:
            into.job(entry)
        except BadInput as error:
            into.reject(file, place, error.what.rstrip("."))
    if set(begun) - pods:
        into.notes.append("events do not say how many devices a pod has; list the pods as well")


def _pod(item: Mapping[str, Any], into: Gathering) -> str:
    meta, spec, status = item["metadata"], item["spec"], item.get("status", {})
    name = f"{meta['namespace']}/{meta['name']}"
    started = time_us(status.get("startTime"))
    if started is None:
        into.n_skipped += 1
        return name
    ends = [
        time_us(one.get("state", {}).get("terminated", {}).get("finishedAt"))
        for one in status.get("containerStatuses", [])
    ]
    known = [end for end in ends if end is not None]
    running = not ends or len(known) < len(ends)
    labels = {**spec.get("nodeSelector", {}), **meta.get("labels", {})}
    whole = next((str(labels[label]) for label in _WHOLE if label in labels), "")
    take = into.job if not whole else partial(into.part, f"{meta['namespace']}/{whole}")
    take(
        Job(
            job=name,
            account=str(meta["namespace"]),
            started_us=started,
            ended_us=max([started, *known]),
            running=running,
            state=str(status.get("phase", "")),
            n_devices=sum(_devices(one) for one in spec.get("containers", [])),
            hardware=next((str(labels[name]) for name in _PRODUCT if name in labels), ""),
        )
    )
    return name


def _devices(container: Mapping[str, Any]) -> int:
    told = container.get("resources", {})
    limits = told.get("limits") or told.get("requests") or {}
    return sum(int(limits[name]) for name in _DEVICES if name in limits)


def _event(
    item: Mapping[str, Any], begun: dict[str, int], ended: dict[str, int], into: Gathering
) -> None:
    about = item["involvedObject"]
    at = time_us(item.get("lastTimestamp") or item.get("eventTime") or item.get("firstTimestamp"))
    if about.get("kind") != "Pod" or at is None:
        into.n_skipped += 1
        return
    name = f"{about['namespace']}/{about['name']}"
    if item.get("reason") == "Started":
        begun[name] = min(at, begun.get(name, at))
    elif item.get("reason") in _ENDS:
        ended[name] = max(at, ended.get(name, at))
    else:
        into.n_skipped += 1
