"""One replica in this process: what follows from a look at its files and its log."""

from __future__ import annotations

import time
from pathlib import Path

import orjson
import pytest

from stillwatch.adapters.gateway.settings import ReplicaSettings, ServeSection
from stillwatch.adapters.gateway.tokens import Role, entry_of, new_token
from stillwatch.control.deciding import by_person, kill
from stillwatch.http.running import STANDING_NAME, Replica
from stillwatch.model.errors import BadInput


def test_what_was_decided_at_the_leading_replica_is_told_to_gateways_at_once(
    tmp_path: Path,
) -> None:
    callers = tmp_path / "callers.toml"
    callers.write_text(entry_of("ann", [Role.OPERATOR], new_token()[1]))
    told = ReplicaSettings(serve=ServeSection(callers=callers), live=True, folder=tmp_path)
    replica = Replica(told, tmp_path / "counts")
    replica.upkeep.start()
    now_us = time.time_ns() // 1_000

    def standing() -> dict[str, float]:
        replica.upkeep.look()
        found: dict[str, float] = orjson.loads((tmp_path / STANDING_NAME).read_bytes())
        return found

    assert standing() == {}
    slow = by_person("slow", "account:a", name="ann", now_us=now_us, until_us=now_us + 3 * 10**9)
    replica.ledger.write(slow)
    assert set(standing()) == {"a"}
    replica.ledger.write(kill(name="ann", now_us=now_us))
    assert standing() == {}


@pytest.mark.parametrize("name", ['x"\nroles = ["operator"]\n#', "", "a b", "x" * 129])
def test_a_name_cannot_smuggle_a_role_into_the_file_of_callers(name: str) -> None:
    with pytest.raises(BadInput, match="letters"):
        entry_of(name, [Role.AUDITOR], new_token()[1])
