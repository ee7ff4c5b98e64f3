"""Real gateways: Envoy and LiteLLM's proxy, a model API behind them and the service beside."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stillwatch.adapters.envoy.bootstrap import Place
from stillwatch.adapters.envoy.files import write_files
from tests.house.tree import ROOT
from tests.ports import free_port
from tests.rooms.http.service import Service, stop, wait_for

GATEWAYS = ROOT / os.environ.get("GATEWAYS", ".venv-gateways")
MISSING = f"{GATEWAYS} is not there: run `make test-gateways`, which makes it."

_PROXY = """
model_list:
  - model_name: m
    litellm_params: {{model: openai/m, api_base: "http://127.0.0.1:{upstream}/v1", api_key: x}}
  - model_name: claude
    litellm_params:
      {{model: anthropic/claude-x, api_base: "http://127.0.0.1:{upstream}", api_key: x}}
general_settings:
  master_key: sk-0a9s8d7f6g5h4j3k2l1qazwsx
  custom_auth: whose.auth
"""
_CALLBACK = """
litellm_settings:
  callbacks: [stillwatch.adapters.litellm.callback.stillwatch]
"""
_GUARDRAIL = """
guardrails:
  - guardrail_name: stillwatch
    litellm_params:
      guardrail: generic_guardrail_api
      mode: pre_call
      default_on: true
      api_base: http://127.0.0.1:{service}
      headers: {{x-stillwatch-token: "{token}"}}
      unreachable_fallback: fail_open
      fail_on_error: false
      timeout: 0.25
"""
_WHOSE = '''"""Each key is of the team that it names."""
from litellm.proxy._types import UserAPIKeyAuth


async def auth(request, api_key):
    return UserAPIKeyAuth(api_key=api_key, team_id=api_key.removeprefix("sk-"), LIMITS)
'''


@contextlib.contextmanager
def process(
    words: list[str], folder: Path, port: int, path: str, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends; its output is kept beside."""
    said = folder / f"said-{port}"
    with said.open("wb") as out:
        started = subprocess.Popen(
            words, cwd=folder, stdout=out, stderr=out, start_new_session=True,
            env={**os.environ, **environment},
        )  # fmt: skip
    try:
        wait_for(port, started, lambda: said.read_text("utf-8", "replace")[-4_000:], path)
        yield started
    finally:
        stop(started)


@contextlib.contextmanager
def upstream(folder: Path) -> Iterator[int]:
    """The model API."""
    port = free_port()
    words = [
        sys.executable, "-m", "uvicorn", "benchmarks.control.upstream:app",
        "--port", str(port), "--log-level", "error",
    ]  # fmt: skip
    with process(words, folder, port, "/seen", PYTHONPATH=str(ROOT)):
        yield port


@contextlib.contextmanager
def envoy(
    folder: Path,
    service: Service,
    behind: int,
    *,
    grpc: int = 0,
    body_bytes: int = 0,
    named_by_edge: bool = True,
) -> Iterator[int]:
    """Envoy with our configuration; yields the port for clients and notes the admin's."""
    port, admin = free_port(), free_port()
    place = Place(
        listen=("127.0.0.1", port),
        upstream=("127.0.0.1", behind),
        service=("127.0.0.1", grpc or service.port),
        routes=str(folder / "routes.json"),
        token=service.tokens["gw"],
        admin=("127.0.0.1", admin),
        grpc=bool(grpc),
        timeout_s=0.25,
        body_bytes=body_bytes,
        named_by_edge=named_by_edge,
    )
    if not (folder / "routes.json").exists():
        write_files(place, folder)
    else:
        from stillwatch.adapters.envoy.bootstrap import bootstrap

        (folder / "envoy.json").write_text(json.dumps(bootstrap(place)))
    found = sorted(GATEWAYS.glob("lib/python*/site-packages/envoy/_bin/envoy"))
    if not found:
        pytest.fail(MISSING, pytrace=False)
    words = [
        str(found[0]), "-c", str(folder / "envoy.json"), "--concurrency", "1",
        "--disable-hot-restart", "-l", "warning",
    ]  # fmt: skip
    with process(words, folder, admin, "/ready"):
        service.extra["admin"] = admin
        yield port


@contextlib.contextmanager
def litellm(folder: Path, service: Service, behind: int, way: str) -> Iterator[int]:
    """LiteLLM's proxy: ``callback``, ``guardrail``, its own ``limits`` or ``bare``; its port."""
    program = GATEWAYS / "bin" / "litellm"
    if not program.exists():
        pytest.fail(MISSING, pytrace=False)
    port = free_port()
    more = {"callback": _CALLBACK, "guardrail": _GUARDRAIL}.get(way, "")
    values = {"upstream": behind, "service": service.port, "token": service.tokens["gw"]}
    (folder / "proxy.yaml").write_text((_PROXY + more).format(**values))
    limits = "rpm_limit=10**6, tpm_limit=10**9, max_parallel_requests=10**6" * (way == "limits")
    (folder / "whose.py").write_text(_WHOSE.replace("LIMITS", limits))
    (folder / "gw.token").write_text(service.tokens["gw"])
    words = [str(program), "--config", "proxy.yaml", "--host", "127.0.0.1", "--port", str(port)]
    environment = {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(folder)]),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "STILLWATCH_GATEWAY__ADDRESS": f"http://127.0.0.1:{service.port}",
        "STILLWATCH_GATEWAY__TOKEN_FILE": str(folder / "gw.token"),
        "STILLWATCH_GATEWAY__TIMEOUT_S": "0.25",
    }
    with process(words, folder, port, "/health/liveliness", **environment):
        yield port


def body(kind: str, *, stream: bool = False, **more: Any) -> dict[str, Any]:
    """A request in OpenAI's or Anthropic's format."""
    told: dict[str, Any] = {
        "model": "m" if kind == "openai" else "claude",
        "messages": [{"role": "user", "content": "What is still?"}],
        **more,
    }
    if kind == "anthropic":
        told["max_tokens"] = 16
    if stream:
        told["stream"] = True
    return told


PATHS = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}
