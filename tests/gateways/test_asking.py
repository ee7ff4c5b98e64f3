"""The client asks a made model through the real LiteLLM proxy, by both interfaces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stillwatch.adapters.asking import Endpoint, ask, read_answers
from tests.gateways.fleet import GATEWAYS, MISSING, process
from tests.ports import free_port
from tests.rooms.vet.endpoints import made, probes

KEY = "sk-0a9s8d7f6g5h4j3k2l1qazwsx"
_PROXY = """
model_list:
  - model_name: made
    litellm_params: {{model: openai/made, api_base: "http://127.0.0.1:{port}/v1", api_key: x}}
general_settings:
  master_key: {key}
  custom_auth: whose.auth
"""
_WHOSE = '''"""One key is known; LiteLLM itself knows keys only where it has a database."""
from litellm.proxy._types import ProxyException, UserAPIKeyAuth


async def auth(request, api_key):
    if api_key.removeprefix("Bearer ") != "KEY":
        raise ProxyException("no such key", "auth_error", "key", 401)
    return UserAPIKeyAuth(api_key=api_key)
'''


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    program = GATEWAYS / "bin" / "litellm"
    if not program.exists():
        pytest.fail(MISSING, pytrace=False)
    folder = tmp_path_factory.mktemp("litellm")
    with made(folder, "--mean-words", "2") as behind:
        (folder / "proxy.yaml").write_text(_PROXY.format(port=behind, key=KEY))
        (folder / "whose.py").write_text(_WHOSE.replace('"KEY"', repr(KEY)))
        port = free_port()
        words = [str(program), "--config", "proxy.yaml", "--host", "127.0.0.1", "--port", str(port)]
        environment = {
            "PYTHONPATH": str(folder),
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            # What is behind speaks chat completions, and not the newer interface of responses.
            "LITELLM_USE_CHAT_COMPLETIONS_URL_FOR_ANTHROPIC_MESSAGES": "True",
        }
        with process(words, folder, port, "/health/liveliness", **environment):
            yield port


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
def test_both_interfaces_of_the_proxy_answer(
    kind: str, proxy: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROXY_KEY", KEY)
    url = f"http://127.0.0.1:{proxy}" + "/v1" * (kind == "openai")
    endpoint = Endpoint(
        url=url, kind=kind, model="made", key_env="PROXY_KEY", requests_per_minute=6_000
    )
    found = list(ask(probes(12), endpoint, into=tmp_path))
    assert [one.error for one in found] == [""] * 12
    assert all(one.text and one.finish in ("stop", "length") for one in found)
    assert all(one.input_tokens and one.output_tokens for one in found)
    assert KEY not in (tmp_path / "answers.jsonl").read_text()
    assert len(read_answers(tmp_path)) == 12


def test_a_key_that_the_proxy_does_not_know_ends_the_run(
    proxy: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stillwatch.model.errors import OutsideFailed

    monkeypatch.setenv("PROXY_KEY", "sk-not-the-one")
    endpoint = Endpoint(
        url=f"http://127.0.0.1:{proxy}/v1", kind="openai", model="made", key_env="PROXY_KEY"
    )
    with pytest.raises(OutsideFailed, match="key is refused"):
        list(ask(probes(3), endpoint, into=tmp_path))
