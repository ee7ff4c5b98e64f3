"""A provider and a cloud in two real processes find a fed run without either's data."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.cloud.distillation.run import sides
from stillwatch.adapters.cloud.sketch_files import to_json
from stillwatch.adapters.signing import new_key
from stillwatch.cloud.matching import match
from stillwatch.lab.compute.harvest import HarvestWorld, make_harvest
from stillwatch.model.errors import BadInput
from stillwatch.playbooks.fed_runs import N_BITS, hour_texts, met, offer_from, offered
from tests.house.tree import ROOT

PYTHON = Path(os.environ.get("STILLWATCH_MATCH__PYTHON", ROOT / ".venv-match/bin/python"))
PROGRAM = [sys.executable, "-m", "stillwatch.cli.main"]
UNTIL = 4_000_000_000_000_000


def told_openly(world: HarvestWorld) -> tuple[list[str], list[str]]:
    """Accounts that are said: in the open, and by sets whose common items are counted here."""
    provider, cloud, names = sides(world)
    offer, sets, _ = offered(provider)
    held = {name: set(texts) for name, texts in sets.items()}
    found = met(
        offer, cloud,
        lambda name, texts: [n for n, text in enumerate(texts) if text in held[name]],
        lambda name, asked: [len(held[name] & set(one)) for one in asked],
    )  # fmt: skip
    return (
        [names[one.account] for one in match(provider, cloud) if one.said],
        [names[one.account] for one in found if one.said],
    )


def test_what_is_said_by_sets_is_what_is_said_in_the_open() -> None:
    for seed in range(3):
        openly, by_sets = told_openly(make_harvest(seed, n_twins=120, address_share=1.0))
        assert openly == by_sets == ["distiller"]
    assert told_openly(make_harvest(9, n_twins=120, with_campaign=False)) == ([], [])


@given(st.binary(min_size=64, max_size=64), st.binary(min_size=64, max_size=64))
def test_two_sketches_have_as_many_items_in_common_as_signs_agree(one: bytes, other: bytes) -> None:
    a, b = (np.unpackbits(np.frombuffer(x, np.uint8)) for x in (one, other))
    common = set(hour_texts(one, "k", 512)) & set(hour_texts(other, "k", 512))
    assert len(common) == int((a == b).sum())


def test_another_key_no_offer_and_the_wrong_side_are_refused() -> None:
    provider, cloud, _ = sides(make_harvest(3, n_twins=20))
    offer, _, _ = offered(provider)
    assert offer_from(offer.to_json(), "x") == offer
    with pytest.raises(BadInput, match="key_id"):
        met(offer_from({**offer.to_json(), "key_id": "z"}, "x"), cloud, no_answer, no_answer)
    for wrong in ({}, {"schema": "x"}, {**offer.to_json(), "n_bits": 1}):
        with pytest.raises(BadInput):
            offer_from(wrong, "x")
    with pytest.raises(BadInput):
        offered(cloud)
    with pytest.raises(BadInput):
        hour_texts(b"short", "k", N_BITS)


def no_answer(*_: object) -> list[int]:
    return []


class Sides:
    """A provider that answers and a cloud that asks, each with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.provider, self.cloud = folder / "provider", folder / "cloud"
        self.world = make_harvest(6, n_twins=120, address_share=1.0)
        provider, cloud, names = sides(self.world)
        self.names = names
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        for side, sketches in ((self.provider, provider), (self.cloud, cloud)):
            side.mkdir()
            (side / "sketches.json").write_text(json.dumps(to_json(sketches)), "utf-8")
        keys = {
            name: new_key(side / "key.pem", name).public_pem
            for name, side in (("provider", self.provider), ("cloud", self.cloud))
        }
        self.env = os.environ | {"STILLWATCH_MATCH__PYTHON": str(PYTHON)}
        self.run(
            self.provider, "cloud", "offer", "sketches.json", "--folder", "offer", "--bits", "512"
        )
        offer = json.loads((self.provider / "offer/offer.json").read_text("utf-8"))
        self.offer = offer
        allowed = ", ".join(
            f'"{one[kind]}"' for one in offer["campaigns"] for kind in ("addresses", "hours")
        )
        (self.provider / "matching.toml").write_text(
            'name = "provider"\nkey = "key.pem"\nfolder = "m"\n'
            + (self.provider / "offer/sets.toml").read_text("utf-8")
            + f'[[partner]]\nname = "cloud"\npublic_key = """{keys["cloud"]}"""\n[partner.may]\n'
            f'kinds = ["behaviour"]\nmodes = ["items", "size"]\nsets = [{allowed}]\n'
            f"until_us = {UNTIL}\n",
            encoding="utf-8",
        )
        (self.cloud / "matching.toml").write_text(
            'name = "cloud"\nkey = "key.pem"\nfolder = "m"\n'
            f'[[partner]]\nname = "provider"\npublic_key = """{keys["provider"]}"""\n'
            f'url = "http://127.0.0.1:{self.port}"\n',
            encoding="utf-8",
        )
        (self.cloud / "offer.json").write_text(json.dumps(offer), "utf-8")
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*PROGRAM, *words], env=self.env, cwd=folder, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
        return done

    def start(self) -> None:
        words = [*PROGRAM, "share", "match", "serve", "--processes", "1"]
        words += ["--listen", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(words, env=self.env, cwd=self.provider)
        while not self.ready():
            assert self.process.poll() is None
            time.sleep(0.1)

    def ready(self) -> bool:
        try:
            return bool(httpx.get(f"http://127.0.0.1:{self.port}/match/v1/state").json()["ready"])
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    if not PYTHON.exists():
        pytest.skip("no environment with openmined-psi")
    made = Sides(tmp_path_factory.mktemp("sides"))
    made.start()
    yield made
    made.stop()


def test_the_fed_run_is_found_across_two_processes_without_eithers_data(two: Sides) -> None:
    done = two.run(
        two.cloud, "cloud", "match", "offer.json", "sketches.json", "--with", "provider",
        "--most-asked", "1", "--json",
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert told["privately"]
    said = [one["account"] for one in told["matches"] if one["said"]]
    assert [two.names[one] for one in said] == ["distiller"]
    assert two.world.flop["distiller"] == 1e21
    same_size = [n for n, role in two.world.role.items() if role == "finetune"]
    assert same_size
    assert not {two.names[one] for one in said} & set(same_size)
    # The cloud was given names and a window; the provider wrote down counts.
    assert not any(text in json.dumps(two.offer) for text in two.world.campaign_addresses)
    seen = b"".join(path.read_bytes() for path in two.provider.rglob("m/**/*") if path.is_file())
    sketches = json.loads((two.cloud / "sketches.json").read_text("utf-8"))["sketches"]
    assert not any(one.encode() in seen for sketch in sketches for one in sketch["addresses"])
    assert not any(one.encode() in seen for sketch in sketches for one in sketch["signs"])
    log = json.loads(two.run(two.provider, "share", "match", "log", "--json").stdout)["lines"]
    assert [line["mode"] for line in log if line["what"] == "opened"] == ["items", "size"]
