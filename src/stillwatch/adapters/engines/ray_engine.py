"""Ray: work goes to a cluster through its client server, which must ask who comes in.

A Ray cluster runs whatever it is sent, listens on every interface and, unless it was told
otherwise, asks nobody for a token. So the door is tried before anything is sent: without a
token, to see that it is shut, and then with ours.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from stillwatch.adapters.engines.address import Address
from stillwatch.adapters.engines.interface import Ref, Told
from stillwatch.model.errors import BadSettings, NotAllowed, OutsideFailed

#: how often work is begun again after its machine was lost.
MOST_RETRIES = 20
_KNOCK_S = 30.0
_MOST_ATTEMPTS = 3
_HOWTO = "docs/howto/many-machines.md says how a cluster is started."


@contextmanager
def connected(
    address: Address, *, unauthenticated: bool, say: Callable[[str], None]
) -> Iterator[RayEngine]:
    """A cluster while the block runs.

    Args:
        address: of its client server.
        unauthenticated: go on though it lets everybody in.
        say: told what the user should know.

    Raises:
        BadSettings: Ray is not installed here.
        NotAllowed: the cluster lets everybody in.
        OutsideFailed: nobody answers, or not to us.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    if not unauthenticated:
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    try:
        import grpc  # noqa: F401
        import ray
    except ImportError as error:
        raise BadSettings(
            "--engine",
            f"ray://{address} needs Ray, which is not installed here ({error.name} is missing): "
            "pip install 'stillwatch[ray]', or use --engine local.",
        ) from error
    _knock(address, unauthenticated=unauthenticated, say=say)
    # Ray sets the level of its own logger anew whenever it is begun
    logging.getLogger("ray.client_builder").setLevel(logging.ERROR)
    _enter(ray, address)
    try:
        engine = RayEngine(ray)
        n_before = engine.n_nodes
        say(f"ray://{address}: machines {n_before}, processors {engine.n_cpus}")
        yield engine
        if engine.n_nodes < n_before:
            n_lost = n_before - engine.n_nodes
            say(f"{n_lost} of {n_before} machines lost on the way; what they held was made again")
    except ConnectionError as error:
        raise OutsideFailed(
            f"the connection to the Ray cluster at {address} was lost: {_first_line(error)}.",
            remedy="Its head must stay up for the whole run; give the command again.",
        ) from error
    finally:
        ray.shutdown()


def _enter(ray: Any, address: Address) -> None:
    """Connect; the door was answered just now, so a busy head is given some time."""
    from ray.util.client.logsclient import LogstreamClient

    # what the other side prints and logs would be printed here, among the result even
    LogstreamClient.stdstream = LogstreamClient.log = lambda self, level, msg: None
    for left in reversed(range(_MOST_ATTEMPTS)):
        try:
            ray.init(f"ray://{address}", log_to_driver=False)
            return
        except (ConnectionError, RuntimeError, ray.exceptions.RayError) as error:
            ray.shutdown()
            if left and isinstance(error, ConnectionError):
                continue
            raise OutsideFailed(
                f"the Ray cluster at {address} cannot be used: {_first_line(error)}.",
                remedy=_HOWTO,
            ) from error


class RayEngine:
    """A cluster that is connected.

    Args:
        ray: the module, connected.
    """

    def __init__(self, ray: Any) -> None:
        """Ask how large the cluster is."""
        self._ray = ray
        self._work: dict[Callable[..., Any], Any] = {}
        self._n_cpus = max(1, int(ray.cluster_resources().get("CPU", 1)))

    @property
    def n_cpus(self) -> int:
        """Processors that the cluster offered when it was connected."""
        return self._n_cpus

    @property
    def n_nodes(self) -> int:
        """Machines that are up now."""
        return sum(bool(node["Alive"]) for node in self._ray.nodes())

    def put(self, value: Any) -> Ref:
        """Hold a value in the cluster."""
        return self._ray.put(value)

    def submit(self, work: Callable[..., Any], given: Sequence[Any], n_returns: int) -> list[Ref]:
        """Have work done; see :class:`~stillwatch.adapters.engines.interface.Engine`."""
        if work not in self._work:
            self._work[work] = self._ray.remote(work)
        task = self._work[work].options(
            num_returns=n_returns,
            num_cpus=1,
            max_retries=MOST_RETRIES,
            scheduling_strategy="SPREAD",
            name=work.__name__,
        )
        refs: list[Ref] = task.remote(*given)
        return refs

    def get(self, ref: Ref) -> Any:
        """Wait for a value and have it here."""
        try:
            return self._ray.get(ref)
        except self._ray.exceptions.RayError as error:
            cause = getattr(error, "cause", None)
            if isinstance(cause, Told):
                raise cause.error() from None
            raise OutsideFailed(
                f"the Ray cluster failed ({type(error).__name__}).", remedy=_remedy(error)
            ) from error


def _remedy(error: Exception) -> str:
    text = str(error)
    if "No module named" in text or "failed to import" in text:
        return "Install stillwatch in the same version, with its extra ray, on every machine."
    if "memory" in text.lower():
        return "Its machines have too little memory for a part of the logs; offer fewer processors."
    return "See the logs of its nodes, /tmp/ray/session_latest/logs."


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _knock(address: Address, *, unauthenticated: bool, say: Callable[[str], None]) -> None:
    """See that the door is shut to strangers and open to us.

    Raises:
        NotAllowed, OutsideFailed: see :func:`connected`.
    """
    import grpc
    import ray
    from ray._private.grpc_utils import init_grpc_channel

    answer = _asked(_without_a_token(address))
    if answer in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
        raise OutsideFailed(
            f"no Ray client server answers at {address} ({answer.name}).",
            remedy=f"Is it up, its port open, and TLS on both sides or on none? {_HOWTO}",
        )
    if answer is grpc.StatusCode.UNIMPLEMENTED:
        raise OutsideFailed(
            f"what answers at {address} is no Ray client server.",
            remedy="Name the port of --ray-client-server-port, not that of the cluster itself.",
        )
    if answer is not grpc.StatusCode.UNAUTHENTICATED:
        if not unauthenticated:
            raise NotAllowed(
                f"the Ray cluster at {address} lets everybody in: whoever reaches it can run "
                "programs there and read the logs. Start every node with RAY_AUTH_MODE=token and "
                "a token, or take it as it is with --engine-unauthenticated",
                by_rule="an engine asks who comes in",
            )
        say(f"ray://{address} lets everybody in; whoever reaches it can read the logs")
        return
    try:
        answer = _asked(init_grpc_channel(str(address)))
    except ray.exceptions.AuthenticationError as error:
        raise OutsideFailed(
            f"the Ray cluster at {address} asks for a token, and there is none here.",
            remedy="Name its file in RAY_AUTH_TOKEN_PATH, or put it into ~/.ray/auth_token.",
        ) from error
    if answer is grpc.StatusCode.UNAUTHENTICATED:
        raise OutsideFailed(
            f"the Ray cluster at {address} does not take our token.",
            remedy="RAY_AUTH_TOKEN_PATH must name this cluster's token, RAY_AUTH_MODE be token.",
        )


def _without_a_token(address: Address) -> Any:
    import grpc
    from ray._common.tls_utils import load_certs_from_env

    if os.environ.get("RAY_USE_TLS", "0").lower() not in ("1", "true"):
        return grpc.insecure_channel(str(address))
    chain, private, root = load_certs_from_env()
    return grpc.secure_channel(
        str(address),
        grpc.ssl_channel_credentials(
            certificate_chain=chain, private_key=private, root_certificates=root
        ),
    )


def _asked(channel: Any) -> Any:
    """What the client server answers to the least that can be asked; None for yes."""
    import grpc
    from ray.core.generated import ray_client_pb2, ray_client_pb2_grpc

    request = ray_client_pb2.ClusterInfoRequest(type=ray_client_pb2.ClusterInfoType.PING)
    with channel:
        try:
            ray_client_pb2_grpc.RayletDriverStub(channel).ClusterInfo(
                request, timeout=_KNOCK_S, metadata=[("client_id", "stillwatch")]
            )
        except grpc.RpcError as error:
            return error.code()
    return None
