"""Looks taken by the command, of real endpoints, into a folder that remembers."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from stillwatch.adapters.substitution import load_plan
from stillwatch.adapters.substitution.page import render
from stillwatch.cli.main import run
from stillwatch.model.errors import BadSettings
from stillwatch.vet import part_from
from tests.rooms.vet.endpoints import made

PLAN = """
vendor = "Vendor <script>alert(1)</script>"
questions = 100
per_look = 60
reference_samples = 2
{reference}
[[route]]
name = "plain"
url = "http://127.0.0.1:{port}/v1"
kind = "openai"
model = "made"
requests_per_minute = 60000
[[route]]
name = "harness-x"
url = "http://127.0.0.1:{port}"
kind = "anthropic"
model = "made"
requests_per_minute = 60000
headers = {{ user-agent = "harness-x/2" }}
"""
REFERENCE = """
[reference]
url = "http://127.0.0.1:{port}/v1"
kind = "openai"
model = "made"
requests_per_minute = 60000
"""
SWAP = ("--substitute", "1", "--other-drift", "1", "--only-for", "harness-x", "--seed", "3")


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    folder = tmp_path_factory.mktemp("made")
    with made(folder) as honest, made(folder, *SWAP) as vendor:
        yield honest, vendor


def written(folder: Path, port: int, reference: str) -> Path:
    path = folder / "plan.toml"
    path.write_text(PLAN.format(port=port, reference=reference))
    return path


def test_looks_add_up_and_name_the_route(ports: tuple[int, int], tmp_path: Path, capfd):
    honest, vendor = ports
    plan = written(tmp_path, vendor, REFERENCE.format(port=honest))
    words = ["vet", "substitution", str(plan), "--yes", "--quiet", "--json"]
    code = run(words)
    first = part_from(json.loads(capfd.readouterr().out))
    assert code in (1, 2) and [one["n"] for one in first.measured["routes"]] == [60, 60]
    assert all(one["p"] is None for one in first.measured["routes"])
    assert run([*words, "--html", str(tmp_path / "page.html")]) == 1
    part = part_from(json.loads(capfd.readouterr().out))
    routes = {one["route"]: one for one in part.measured["routes"]}
    assert routes["harness-x"]["differs"] and not routes["plain"]["differs"]
    assert {one["n"] for one in routes.values()} == {120}
    assert routes["harness-x"]["share"]["best"] > 0.4
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script>" not in page and "&lt;script&gt;" in page and page.count("<svg") == 4
    assert "http" not in page.replace(f"http://127.0.0.1:{honest}", "").replace("http-equiv", "")
    folder = tmp_path / "plan.toml.looks"
    assert stat.S_IMODE((folder / "routes" / "plain").stat().st_mode) == 0o700
    # Nothing is asked to say it again, and the plan cannot be changed under it.
    assert run([*words[:3], "--no-ask", "--json"]) == 1
    assert json.loads(capfd.readouterr().out) == part.to_json()
    plan.write_text(plan.read_text().replace("questions = 100", "questions = 110"))
    assert run(words) == 2
    assert "another plan: questions changed" in capfd.readouterr().err


def test_a_route_can_be_held_against_its_own_first_window(
    ports: tuple[int, int], tmp_path: Path, capfd
):
    honest, _ = ports
    plan = written(tmp_path, honest, "").read_text()
    (tmp_path / "plan.toml").write_text('reference = "own-first-window"\n' + plan)
    words = ["vet", "substitution", str(tmp_path / "plan.toml"), "--yes", "--quiet", "--json"]
    assert run(words) == 2
    assert json.loads(capfd.readouterr().out)["outcome"] == "not_examined"
    assert run([*words, "--looks", "5"]) == 0
    out = capfd.readouterr()
    assert json.loads(out.out)["outcome"] == "no_concern"
    assert "first window is used up" in out.err


def test_a_side_that_fails_is_said_and_goes_on_later(ports: tuple[int, int], tmp_path: Path, capfd):
    honest, _ = ports
    plan = written(tmp_path, 1, REFERENCE.format(port=honest))
    head, *routes = plan.read_text().split("[[route]]")
    plan.write_text("[[route]]\ntries = 1".join([head, *routes]))
    words = ["vet", "substitution", str(plan), "--yes", "--quiet"]
    assert run(words) == 2
    said = capfd.readouterr()
    assert "NOT EXAMINED" in said.out and "no connection" in said.err
    assert run([*words, "--estimate"]) == 0
    # The reference's answers are kept and not asked again.
    assert run([*words, "--no-ask", "--json"]) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("vendor =", "vender ="), "setting vendor: Field required"),
        (("[reference]", "[referents]"), "no table .reference."),
        (("[[route]]", "[[rout]]"), "no ..route.."),
        (('name = "plain"', 'name = "../x"'), "letters, digits"),
        (('name = "plain"', 'name = "harness-x"'), "stands twice"),
        (("questions = 100", "questions = 1"), "greater than or equal to 100"),
        (('kind = "openai"', 'kind = "openai"\nkey = "sk-123"'), "a key does not stand"),
        (("questions = 100", "questions = 100\n[[announced]]\ndate = 7\n"), "a day such as"),
    ],
)
def test_a_plan_that_will_not_do_is_refused(change: tuple[str, str], said: str, tmp_path: Path):
    plan = written(tmp_path, 1, REFERENCE.format(port=2))
    text = plan.read_text()
    if "announced" in change[1]:
        text += "\n[[announced]]\ndate = 7\n"
    else:
        text = text.replace(*change)
    plan.write_text(text)
    with pytest.raises(BadSettings, match=said) as caught:
        load_plan(plan)
    assert "sk-123" not in str(caught.value)


def test_nobody_is_charged_without_having_agreed(ports: tuple[int, int], tmp_path: Path, capfd):
    honest, vendor = ports
    plan = written(tmp_path, vendor, REFERENCE.format(port=honest))
    words = ["vet", "substitution", str(plan), "--quiet"]
    assert run(words) == 3
    assert "--yes" in capfd.readouterr().err
    assert run([*words, "--estimate"]) == 0
    assert not (tmp_path / "plan.toml.looks").exists()
    text = plan.read_text().replace(
        'model = "made"',
        'model = "made"\nusd_per_million_input = 1e6\nusd_per_million_output = 1\nmost_usd = 0.5',
        1,
    )
    plan.write_text(text)
    assert run([*words, "--yes"]) == 3
    assert "the limit is 0.5 USD" in capfd.readouterr().err


def test_the_page_says_nothing_where_there_is_nothing(tmp_path: Path):
    from stillwatch.adapters.substitution import Watch

    plan = load_plan(written(tmp_path, 1, REFERENCE.format(port=2)))
    page = render(Watch(plan, tmp_path / "none").part())
    assert "Not examined" in page and "<svg" not in page
