"""Telemetry: jobs, coarse samples of them, and volumes of traffic; nothing that a customer wrote.

The three closed lists of columns are all that may come in. Hardware counters, bytes and times are
coarse enough to oversee compute with; names of files, commands, prompts, data and weights are not
in the lists, and a reader that meets another column refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from stillwatch.model.errors import BadInput

F64 = npt.NDArray[np.float64]

#: column, unit or kind, meaning; of a job.
JOB_COLUMNS: Final[tuple[tuple[str, str, str], ...]] = (
    ("job", "text", "id of the job; the scheduler's"),
    ("account", "text", "who is billed; pseudonymous"),
    ("submitted_at", "time", "when it was handed in"),
    ("started_at", "time", "when it began"),
    ("ended_at", "time", "when it ended; empty while it runs"),
    ("state", "text", "the scheduler's word for how it stands or ended"),
    ("n_nodes", "count", "machines"),
    ("n_devices", "count", "accelerators"),
    ("hardware", "text", "name of the accelerator"),
    ("precision", "text", "bf16, fp16, tf32, fp8, fp32 or int8, where it is known"),
    ("parameters", "count", "active parameters of the model, where the customer said so"),
    ("tokens", "count", "tokens trained on, where the customer said so"),
)

#: column, unit, meaning; of a sample, as a mean over the job's devices.
SAMPLE_COLUMNS: Final[tuple[tuple[str, str, str], ...]] = (
    ("gpu_util_share", "share", "time in which any kernel ran (DCGM_FI_DEV_GPU_UTIL / 100)"),
    ("sm_active_share", "share", "multiprocessors at work (DCGM_FI_PROF_SM_ACTIVE)"),
    ("tensor_active_share", "share", "tensor pipe at work (DCGM_FI_PROF_PIPE_TENSOR_ACTIVE)"),
    ("memory_used_share", "share", "framebuffer in use"),
    ("power_w", "watt", "drawn by a device"),
    ("fabric_bytes_s", "byte/s", "between devices and machines, sent, per device"),
    ("outside_in_bytes_s", "byte/s", "from outside the cloud, whole job"),
    ("outside_out_bytes_s", "byte/s", "to outside the cloud, whole job"),
    ("storage_in_bytes_s", "byte/s", "read from storage, whole job"),
    ("storage_out_bytes_s", "byte/s", "written to storage, whole job"),
)

#: column, unit or kind, meaning; of a flow.
FLOW_COLUMNS: Final[tuple[tuple[str, str, str], ...]] = (
    ("job", "text", "id of the job, where it is known"),
    ("account", "text", "who is billed; pseudonymous"),
    ("bucket_at", "time", "start of the bucket that the bytes fell in"),
    ("address", "text", "the customer's own address in the flow, as the outside sees it"),
    ("remote_kind", "text", "model_api, outside or corpus: what stands at the other end"),
    ("bytes_in", "byte", "received by the customer"),
    ("bytes_out", "byte", "sent by the customer"),
)

SAMPLES: Final = tuple(name for name, _, _ in SAMPLE_COLUMNS)
#: what a job may last, in seconds, and how many devices it may have, to be believed.
LONGEST_S: Final = 10 * 366 * 86_400.0
MOST_DEVICES: Final = 10_000_000
REMOTE_KINDS: Final = ("model_api", "outside", "corpus")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One entry of a scheduler.

    Args:
        job: its id.
        account: who is billed; pseudonymous.
        started_us: when it began, microseconds since 1970-01-01 UTC.
        ended_us: when it ended; where it runs still, the end of the telemetry.
        n_devices: accelerators, 0 where it had none.
        n_nodes: machines.
        hardware: name of the accelerator; empty is unknown.
        state: the scheduler's word.
        running: it had not ended when the log was written.
        submitted_us: when it was handed in; 0 is unknown.
        precision: ``bf16`` and the like; empty is unknown.
        parameters: active parameters of what it trains; 0 is unknown.
        tokens: tokens it trains on; 0 is unknown.
        again_of: id of the entry that the scheduler put back into its queue and started again as
            this one; empty for none.

    Raises:
        BadInput: it ends before it begins, or a count is negative.
    """

    job: str
    account: str
    started_us: int
    ended_us: int
    n_devices: int
    n_nodes: int = 1
    hardware: str = ""
    state: str = ""
    running: bool = False
    submitted_us: int = 0
    precision: str = ""
    parameters: float = 0.0
    tokens: float = 0.0
    again_of: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.ended_us < self.started_us:
            raise BadInput("the job ends before it begins.", where=self.job)
        if self.elapsed_s > LONGEST_S:
            raise BadInput("the job lasts longer than ten years.", where=self.job)
        if max(self.n_devices, self.n_nodes) > MOST_DEVICES:
            raise BadInput("the job has more devices than there are.", where=self.job)
        if min(self.n_devices, self.n_nodes, self.parameters, self.tokens) < 0:
            raise BadInput("a count of the job is negative.", where=self.job)

    @property
    def elapsed_s(self) -> float:
        """Seconds between its begin and its end."""
        return (self.ended_us - self.started_us) / 1e6

    @property
    def device_hours(self) -> float:
        """Accelerators times hours."""
        return self.n_devices * self.elapsed_s / 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Samples of a job on an even grid of times.

    Args:
        from_us: start of the first bin, microseconds since 1970-01-01 UTC.
        step_s: width of a bin in seconds.
        columns: by name of :data:`SAMPLE_COLUMNS`, shape ``(n_bins,)``; NaN where nothing was
            sampled. A column that nobody measured is absent.

    Raises:
        BadInput: a column is unknown or of another length.
    """

    from_us: int
    step_s: float
    columns: dict[str, F64] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Hold the closed list and one length."""
        for name in self.columns:
            if name not in SAMPLES:
                raise BadInput(f"{name!r} is no coarse counter.", where="trace")
        if len({len(values) for values in self.columns.values()}) > 1:
            raise BadInput("columns of a trace differ in length.", where="trace")
        if not self.step_s > 0:
            raise BadInput("a bin must last longer than nothing.", where="trace")

    def __len__(self) -> int:
        """Bins."""
        return len(next(iter(self.columns.values()), ()))

    def get(self, name: str) -> F64 | None:
        """A column, or nothing where none of it was measured."""
        values = self.columns.get(name)
        return None if values is None or not np.isfinite(values).any() else values


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Bytes of one account in one bucket of time; no content and no remote address.

    Args:
        account: who is billed.
        job: id of the job; empty where only the account is known.
        bucket_us: start of the bucket, microseconds since 1970-01-01 UTC.
        bytes_in: received.
        bytes_out: sent.
        remote_kind: one of :data:`REMOTE_KINDS`.
        address: the customer's own egress address, or a keyed digest of it; empty is unknown.
    """

    account: str
    bucket_us: int
    bytes_in: float
    bytes_out: float = 0.0
    job: str = ""
    remote_kind: str = "outside"
    address: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.remote_kind not in REMOTE_KINDS:
            raise BadInput(f"unknown kind of remote {self.remote_kind!r}.", where=self.account)
        if not (0 <= self.bytes_in < 1e18 and 0 <= self.bytes_out < 1e18):
            raise BadInput("bytes of a flow are out of range.", where=self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """All that was read: jobs, their traces by id, and flows."""

    jobs: tuple[Job, ...] = ()
    traces: dict[str, Trace] = field(default_factory=dict)
    flows: tuple[Flow, ...] = ()
