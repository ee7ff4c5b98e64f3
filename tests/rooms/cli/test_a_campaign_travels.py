"""From logs to a sceptic and to a partner: every door between them is the real one."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from stillwatch.cli.main import run
from tests.ports import free_port
from tests.rooms.cli.conftest import MARKER
from tests.rooms.cli.test_share import MARKING

PROGRAM = [sys.executable, "-m", "stillwatch.cli.main"]


def _told(folder: Path, *words: str, code: int = 0) -> Any:
    """What a command prints as JSON, run in a folder."""
    out, here = io.TextIOWrapper(io.BytesIO(), write_through=True), Path.cwd()
    os.chdir(folder)
    try:
        with redirect_stdout(out):
            found = run([*words, "--json"])
    finally:
        os.chdir(here)
    printed = out.buffer.getvalue()  # type: ignore[attr-defined]
    assert found == code, printed
    return json.loads(printed)


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """A TAXII server over the store in a folder."""
    address = f"127.0.0.1:{free_port()}"
    told = os.environ | {"STILLWATCH_TAXII__LISTEN": address}
    words = [*PROGRAM, "share", "taxii", "serve"]
    with subprocess.Popen(words, cwd=folder, env=told) as server:
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"http://{address}/readyz", timeout=5).close()
                    break
                except (urllib.error.URLError, OSError):
                    assert server.poll() is None
                    time.sleep(0.1)
            yield f"http://{address}"
        finally:
            server.terminate()


def _known(office: Path, partner: Path) -> None:
    """Two organisations that know each other."""
    for folder, name, other in ((office, "omega", "alpha"), (partner, "alpha", "omega")):
        told = _told(folder, "share", "begin", name, "--jurisdiction", "US")
        (folder / f"{name}.pem").write_text(told["public_key"])
        table = f'[[partner]]\nname = "{other}"\njurisdiction = "DE"\ncommunities = ["labs"]\n'
        with (folder / "stillwatch-share" / "partners.toml").open("a") as file:
            file.write(f'{table}public_key = "{other}.pem"\n')
    for folder, key in ((office, partner / "alpha.pem"), (partner, office / "omega.pem")):
        (folder / "stillwatch-share" / key.name).write_text(key.read_text())


def test_a_campaign_is_found_sealed_told_and_taken_back(
    logs: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    office, partner, sceptic = (tmp_path / name for name in ("office", "partner", "sceptic"))
    for folder in (office, partner, sceptic):
        folder.mkdir()

    # Found, with the numbers that its weights follow from.
    found = _told(
        office, "detect", str(logs / "traffic.parquet"), "--accounts",
        str(logs / "accounts.parquet"), "--features", "case", "--quiet", code=1,
    )  # fmt: skip
    (campaign,) = found["campaigns"]
    (office / "found.json").write_text(json.dumps(found))
    (terms,) = (office / "case").glob("*.terms.json")

    # A case, its report sealed beside the numbers, and a sceptic who has the bundle alone.
    opened = _told(office, "case", "open", campaign["id"], "--result", "found.json")
    _told(office, "case", "report", opened["case"], "--out", "case", "--no-pdf")
    _told(office, "case", "keys", "new", "example.org/custody")
    sealed = _told(office, "case", "seal", "case", "--case", campaign["id"], "--as-is", "*.html",
                   "--bundle", str(sceptic / "case.tar"))  # fmt: skip
    (sceptic / "key.pub").write_text(sealed["key"])
    holds = _told(sceptic, "case", "verify", "case.tar", "--key", "key.pub")
    assert holds["holds"], holds
    assert holds["n_recomputed"] == 1

    # A bulletin goes over TAXII to a partner whose grant and party let it, and to nobody else.
    _known(office, partner)
    (office / "marking.toml").write_text(MARKING)
    made = _told(office, "share", "make", campaign["id"], "--campaigns", "found.json", "--marking",
                 "marking.toml", "--service", "api", "--by", "ann")  # fmt: skip
    password = _told(office, "share", "taxii", "init", "--client", "ann", "--owner", "omega")[
        "password"
    ]
    secrets = {
        name: _told(office, "share", "taxii", "client", "add", name, "--jurisdiction", where,
                    "--community", "labs")["password"]
        for name, where in (("alpha", "DE"), ("stranger", "JP"))
    }  # fmt: skip
    for name in secrets:
        _told(office, "share", "taxii", "client", "grant", name, "bulletins")
    with _served(office) as url:
        collection = f"{url}/api/collections/bulletins/"
        (letter,) = _told(office, "share", "export", "--to", "alpha", "--stix")["told"]
        monkeypatch.setenv("TAXII_PASSWORD", password)
        sent = _told(office, "share", "taxii", "push", collection, letter["stix"], "--user", "ann")
        assert (sent["failed"], sent["taken"]) == (0, sent["objects"]), sent
        seen = {}
        for name, secret in secrets.items():
            monkeypatch.setenv("TAXII_PASSWORD", secret)
            _told(partner, "share", "taxii", "pull", collection, "--user", name, "--into", name)
            pulled = [json.loads(path.read_bytes()) for path in (partner / name).glob("*.json")]
            seen[name] = {one["type"] for bundle in pulled for one in bundle["objects"]}
    assert "campaign" in seen["alpha"]
    assert not seen["stranger"] & {"campaign", "report", "sighting", "indicator", "note"}

    # A sealed letter is taken, weighed, and taken back.
    _told(partner, "share", "take", str(office / letter["file"]))
    (notice,) = _told(partner, "share", "held")["notices"]
    assert notice["claimed_bits"] == campaign["weight_bits"]
    back = _told(office, "share", "retract", made["bulletin"], "--why", "false-positive")
    _told(partner, "share", "take", str(office / back["told"][0]["file"]))
    assert _told(partner, "share", "held")["notices"] == []

    # Nothing of what was written in prompts went anywhere.
    marker = MARKER.encode()
    for path in (p for p in tmp_path.rglob("*") if p.is_file()):
        assert marker not in path.read_bytes(), path
    names = [account["account"].encode() for account in campaign["accounts"]]
    for path in (p for p in partner.rglob("*") if p.is_file()):
        data = path.read_bytes()
        assert not any(b'"' + name + b'"' in data for name in names), path
    assert terms.is_file()
