"""The Envoy configuration that is written: what it drops before it asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from stillwatch.cli.main import run


def written(folder: Path, *words: str) -> dict[str, Any]:
    (folder / "token").write_text("secret")
    given = ["gateway", "envoy", "--folder", "envoy", "--token-file", "token", *words]
    assert run(given) == 0
    told = orjson.loads((folder / "envoy" / "envoy.json").read_bytes())
    filters = told["static_resources"]["listeners"][0]["filter_chains"][0]["filters"]
    return dict(filters[0]["typed_config"])


def test_names_that_clients_send_are_dropped_and_keys_are_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stillwatch.toml").write_text(
        '[serve]\naccount_header = "x-team"\ncredential_header = "api-key"\n'
    )
    (early,) = written(tmp_path)["early_header_mutation_extensions"]
    dropped = {one["remove"] for one in early["typed_config"]["mutations"]}
    assert dropped == {"x-team", "x-stillwatch-account", "x-stillwatch-tenant"}
    allowed = written(tmp_path)["http_filters"][0]["typed_config"]["allowed_headers"]
    assert {"authorization", "x-api-key", "api-key"} <= {
        one["exact"] for one in allowed["patterns"]
    }
    assert "early_header_mutation_extensions" not in written(tmp_path, "--named-by-edge")
