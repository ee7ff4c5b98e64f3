"""``stillwatch vet keys`` and ``vet lineage``, from files to exit codes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import ml_dtypes
import numpy as np
import orjson
import pytest
from safetensors.numpy import save_file

from stillwatch.adapters.asking import write_probes
from stillwatch.adapters.defend.key_files import load_ring, new_ring
from stillwatch.adapters.defend.reserve_file import add_kept
from stillwatch.adapters.settled import hold_folder
from stillwatch.adapters.vetting.lineage_keys import load_decoys
from stillwatch.adapters.vetting.lineage_numbers import load_numbers
from stillwatch.adapters.vetting.lineage_running import open_case
from stillwatch.cli.main import run
from stillwatch.defend.reserve import Sampling, keep
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet import part_from
from tests.rooms.vet.endpoints import made
from tests.rooms.vet.lineage_made import N_PAIRS, N_SLOTS, make_plan, write_rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_plan(tmp_path_factory.mktemp("lineage")).parent


def _judge(
    capsys: pytest.CaptureFixture[str], plan: Path, *more: str
) -> tuple[int, dict[str, object]]:
    capsys.readouterr()
    code = run(["vet", "lineage", "judge", str(plan), "--json", *more])
    out = capsys.readouterr().out
    return code, orjson.loads(out) if out else {}


def _plan(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    text = (folder / "plan.toml").read_text()
    for pattern, new in changes:
        text, n = re.subn(pattern, new, text)
        assert n, pattern
    path = folder / name
    path.write_text(text)
    return path


def test_a_student_is_accused_from_files_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = _judge(capsys, folder / "plan.toml")
    assert code == 1
    part = part_from(told)
    assert part.outcome.value == "concern"
    assert {one["statistic"] for one in part.measured["readings"]} == {
        "choices", "choices_rank", "pairs", "green"
    }  # fmt: skip
    assert run(["vet", "lineage", "judge", str(folder / "plan.toml")]) == 1
    shown = capsys.readouterr().out
    assert "CONCERN: lineage of student" in shown
    assert "Not looked at" in shown


def test_a_cousin_is_not_and_several_suspects_count_together(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = _plan(folder, "both.toml", (
        r"\[controls\.a\]", '[suspects.cousin]\nanswers = ["cousin.jsonl"]\n[controls.a]'
    ))  # fmt: skip
    assert _judge(capsys, both)[0] == 3
    code, told = _judge(capsys, both, "--suspect", "cousin")
    assert code in (0, 2)
    # Twins of a file are a lead and count for no test.
    assert told["measured"]["n_tests"] == 6  # type: ignore[index]
    assert _judge(capsys, both, "--suspect", "student")[0] == 1


def test_a_key_committed_to_after_its_use_proves_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    early = _plan(folder, "early.toml", (r"served_from = .*", "served_from = 2020-01-01T00:00:00Z"),
                  (r"\[pairs\][^\[]*", ""))  # fmt: skip
    code, told = _judge(capsys, early)
    assert code == 2
    assert told["outcome"] == "undecided"
    assert "lead" in str(told["because"])
    assert all(one["p_value"] is None for one in told["points"])  # type: ignore[attr-defined]
    assert any("No line of the log commits" in str(one) for one in told["not_covered"])  # type: ignore[attr-defined]


def test_a_log_that_was_changed_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_bytes(
        (folder / "log.jsonl").read_bytes().replace(b'"mark"', b'"mork"')
    )
    plan = _plan(folder, "changed.toml", (r'"log.jsonl"', f'"{tmp_path / "log.jsonl"}"'))
    with pytest.raises(BadInput, match="chain"):
        open_case(plan)


def test_looks_add_up_in_a_state_and_two_at_once_wait(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (folder / "student.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "half.jsonl").write_bytes(b"".join(rows[::2]))
    half = _plan(folder, "half.toml", (r'"student.jsonl"', '"half.jsonl"'))
    state = str(tmp_path / "state")
    assert _judge(capsys, half, "--state", state)[0] == 1
    code, rest = _judge(capsys, folder / "plan.toml", "--state", state)
    assert code == 1
    looks = {one["statistic"]: one["n_looks"] for one in rest["measured"]["readings"]}  # type: ignore[index]
    assert looks["choices"] == 2
    assert _judge(capsys, folder / "plan.toml", "--state", state) == (code, rest)
    # Bits of slots looked at in two parts are those of one look.
    _, whole = _judge(capsys, folder / "plan.toml", "--state", str(tmp_path / "other"))
    bits = [
        {one["statistic"]: one["log2_e"] for one in told["measured"]["readings"]}  # type: ignore[index]
        for told in (rest, whole)
    ]
    assert bits[0]["choices"] == pytest.approx(bits[1]["choices"])
    lock = hold_folder(tmp_path / "state", "look", "")
    with pytest.raises(OutsideFailed, match="another look"):
        open_and_judge(folder / "plan.toml", tmp_path / "state")
    os.close(lock)
    (tmp_path / "state" / "looks.json").write_bytes(b"{")
    assert _judge(capsys, folder / "plan.toml", "--state", state)[0] == 2


def open_and_judge(plan: Path, state: Path) -> None:
    from stillwatch.adapters.vetting.lineage_running import judge_case

    judge_case(open_case(plan), state=state)


def test_twins_of_the_sealed_reserve(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ring = new_ring(folder / "reserve-ring.json", 0)
    rows = [orjson.loads(line) for line in (folder / "pairs.jsonl").read_bytes().splitlines()]
    for nth, row in enumerate(rows):
        add_kept(folder / "reserve.jsonl", keep(
            exchange_id=row["exchange_id"], prompt=row["prompt"], unserved=row["unserved"],
            served=row["served"] + ("!" if nth == 3 else ""), ring=ring, now_us=nth,
            sampling=Sampling(model="m@1", temperature=1.0, settings="s"),
            drawn=nth.to_bytes(16, "big"),
        ))  # fmt: skip
    write_rows(folder / "log-rows.jsonl", [
        {name: row[name] for name in ("exchange_id", "prompt", "served")} for row in rows
    ])  # fmt: skip
    (folder / "published.txt").write_text("e5\ne6\n")
    sealed = _plan(folder, "sealed.toml", (
        r'file = "pairs.jsonl"',
        'file = "log-rows.jsonl"\nreserve = "reserve.jsonl"\nring = "reserve-ring.json"\n'
        'published = "published.txt"',
    ))  # fmt: skip
    code, told = _judge(capsys, sealed)
    assert code == 1
    found = {one["statistic"]: one for one in told["measured"]["readings"]}  # type: ignore[index]
    assert found["pairs"]["n"] == N_PAIRS - 3
    notes = " ".join(told["not_covered"])  # type: ignore[arg-type]
    assert "1 twins do not fit" in notes
    assert "2 pairs were left out: published" in notes
    bare = _plan(folder, "bare.toml", (r'file = "pairs.jsonl"', 'file = "log-rows.jsonl"'))
    assert run(["vet", "lineage", "judge", str(bare)]) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((r'about = "k-1"', 'about = "k-1"\nabuot = 1'), "abuot"),
        ((r"n_samples = 2", "n_samples = 0"), "n_samples"),
        ((r"\[suspects.student\]\nanswers = .*", ""), "suspects"),
        ((r"\[controls.a\]", "[controls.student]"), "suspect and a control"),
        ((r"\[leads\]", "[smallest]\npairs = 0.4\n[leads]"), "half is what chance gives"),
        ((r"\[leads\]", "[smallest]\nvibes = 0.4\n[leads]"), "no statistic is called vibes"),
        ((r"served_from = .*", "served_from = 2026-01-01T00:00:00"), "offset"),
        ((r'ring = "ring.json"', 'ring = "nowhere.json"'), "cannot be read"),
        ((r'decoys = "decoys.json"', 'decoys = "pairs.jsonl"'), "JSON"),
        ((r'answers = \["student.jsonl"\]', 'answers = ["plan.toml"]'), "JSON"),
        ((r'file = "pairs.jsonl"', 'file = "plan.toml"'), "lacks one of"),
        ((r'questions = "questions.toml"', 'questions = "slots.toml"'), "question"),
    ],
)
def test_a_plan_that_will_not_do_says_why(
    folder: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], said: str
) -> None:
    plan = _plan(folder, "wrong.toml", change)
    capsys.readouterr()
    assert run(["vet", "lineage", "judge", str(plan)]) == 2
    assert said in capsys.readouterr().err


def test_answers_of_a_hostile_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = orjson.loads((folder / "student.jsonl").read_bytes().splitlines()[0])
    rows = [
        {**row, "probe": f"slot:s{k}", "text": text}
        for k, text in enumerate(["", "\x1b[2J" * 9, "one0 " * 90_000, "\u202eone3", "two4"])
    ]
    rows += [{**row, "probe": "slot:nowhere"}, {**row, "probe": "pair:e1", "finish": "error"}]
    write_rows(folder / "odd.jsonl", rows)
    plan = _plan(folder, "odd.toml", (r'"student.jsonl"', '"odd.jsonl"'))
    code, told = _judge(capsys, plan)
    assert code == 2
    notes = " ".join(told["not_covered"])  # type: ignore[arg-type]
    assert "student: 1 answers are to no probe of this plan" in notes
    assert "student: 2 of 7 answers are empty" in notes
    assert run(["vet", "lineage", "judge", str(plan)]) == 2
    assert "\x1b" not in capsys.readouterr().out
    more = f"student={folder / 'student.jsonl'}"
    assert _judge(capsys, plan, "--answers", more)[0] == 1
    assert _judge(capsys, plan, "--answers", "nobody=x")[0] == 3


def test_real_endpoints_are_asked_and_judged(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with made(tmp_path) as port:
        endpoint = tmp_path / "e.toml"
        endpoint.write_text(
            f'url = "http://127.0.0.1:{port}/v1"\nkind = "openai"\nmodel = "made"\n'
            "requests_per_minute = 60000\n"
        )
        plan = _plan(
            folder, "asked.toml", (r'answers = \["\w+.jsonl"\]', f'endpoint = "{endpoint}"'),
            (r"\[pairs\][^\[]*", ""), (r"\[leads\]", "[asking]\nmax_tokens = 12\n[leads]"),
        )  # fmt: skip
        into = str(tmp_path / "answers")
        assert run(["vet", "lineage", "ask", str(plan), "--into", into, "--estimate"]) == 0
        assert "61 requests" in capsys.readouterr().err
        assert run(["vet", "lineage", "ask", str(plan), "--into", into]) == 3
        assert run(["vet", "lineage", "ask", str(plan), "--into", into, "--yes", "--quiet"]) == 0
        capsys.readouterr()
        assert run(["vet", "lineage", "ask", str(plan), "--into", into, "--yes", "--quiet"]) == 0
    code, told = _judge(capsys, plan, "--into", into)
    assert code == 2
    assert told["outcome"] in ("undecided", "not_examined")
    assert oct((tmp_path / "answers" / "student" / "answers.jsonl").stat().st_mode)[-3:] == "600"
    assert run(["vet", "lineage", "ask", str(folder / "plan.toml"), "--into", into, "--yes"]) == 2


def test_probes_are_written_for_asking_elsewhere(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "probes.jsonl"
    assert run(["vet", "lineage", "probes", str(folder / "plan.toml"), "--out", str(out)]) == 0
    rows = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    assert len(rows) == N_SLOTS + N_PAIRS + 1
    assert rows[0]["name"] == "slot:s0"
    write_probes(open_case(folder / "plan.toml").probes(), out)
    assert len(out.read_bytes().splitlines()) == len(rows)


def test_keys_are_kept_and_entered_in_the_evidence_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    custody, where = str(tmp_path / "custody"), tmp_path
    assert run(["case", "keys", "new", "a.example/log", "--log", custody]) == 0
    words = ["vet", "keys", "make", "campaign:1a", "--ring", str(where / "r.json"), "--decoys",
             str(where / "d.json"), "--log", str(where / "log.jsonl"), "--n-decoys", "300",
             "--custody", custody, "--json"]  # fmt: skip
    capsys.readouterr()
    assert run(words) == 0
    first = orjson.loads(capsys.readouterr().out)
    assert run(words) == 0
    second = orjson.loads(capsys.readouterr().out)
    assert first["commitment"] == second["commitment"]
    assert (first["evidence_entry"], second["evidence_entry"]) == (1, 2)
    assert run(["case", "log", "show", "--log", custody]) == 0
    assert first["decoys_commitment"] in capsys.readouterr().out
    assert oct((where / "d.json").stat().st_mode)[-3:] == "600"
    secret = orjson.loads((where / "d.json").read_bytes())["seed"]
    assert secret not in (where / "log.jsonl").read_text()
    decoys = load_decoys(where / "d.json", "campaign:1a")
    assert len({one.id for one in decoys}) >= 299
    assert load_ring(where / "r.json").keys[0].id == first["key"]
    with pytest.raises(BadInput, match="of campaign:2b"):
        load_decoys(where / "d.json", "campaign:2b")
    (where / "d.json").chmod(0o644)
    with pytest.raises(BadInput, match="others may read"):
        load_decoys(where / "d.json", "campaign:1a")


def test_exported_numbers_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "n.npz"
    np.savez(
        path, pair_ids=np.array(["e1"]), served_nats=np.array([-1.0]),
        unserved_nats=np.array([-2.0]), slot_names=np.array(["s0"]),
        slot_probs=np.array([[0.5, 0.5, np.nan]]), window_tokens=np.array([[1, 2]]),
        probs=np.array([[0.5, 0.5]], np.float32), tokens=np.array([[7, 8]]),
    )  # fmt: skip
    told = load_numbers(path)
    assert told.pairs == {"e1": (-1.0, -2.0)}
    assert told.ways["s0"].tolist() == [0.5, 0.5]
    assert told.windows is not None
    assert told.windows.shape == (1,)
    for wrong in (
        {"pair_ids": np.array(["e1"])},
        {"probs": np.ones((2, 2))},
        {"pair_ids": np.array([object()])},
        {"what": np.ones(1)},
        {"window_tokens": np.ones((1, 2)), "probs": np.ones((2, 2))},
    ):
        np.savez(path, **wrong)  # type: ignore[arg-type]
        with pytest.raises(BadInput):
            load_numbers(path)
    path.write_bytes(b"PK\x03\x04 no")
    with pytest.raises(BadInput):
        load_numbers(path)
    with pytest.raises(OutsideFailed):
        load_numbers(tmp_path / "nothing.npz")


def _weights(path: Path, layers: list[np.ndarray], kind: type = np.float32) -> Path:
    told = {f"model.layers.{k}.mlp.up_proj.weight": one.astype(kind) for k, one in
            enumerate(layers)}  # fmt: skip
    save_file({**told, "model.norm.weight": np.ones(3, np.float32)}, path)
    return path


def test_weights_of_a_fine_tune_and_of_a_common_ancestor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(8)

    def drawn() -> list[np.ndarray]:
        return [rng.normal(size=(64, 24)) for _ in range(3)]

    def near(layers: list[np.ndarray]) -> list[np.ndarray]:
        return [one + 0.4 * rng.normal(size=one.shape) for one in layers]

    base = drawn()
    ours = _weights(tmp_path / "ours.safetensors", near(base), ml_dtypes.bfloat16)
    cousin = _weights(tmp_path / "cousin.safetensors", near(base))
    other = _weights(tmp_path / "other.safetensors", drawn())
    public = _weights(tmp_path / "base.safetensors", base)
    words = ["vet", "lineage", "weights", str(ours)]
    assert run([*words, str(other)]) == 0
    assert run([*words, str(cousin)]) == 1
    assert run([*words, str(cousin), "--ancestor", str(public)]) == 2
    assert "a common ancestor explains that" in " ".join(capsys.readouterr().out.split())
    (tmp_path / "far").mkdir()
    namesake = _weights(tmp_path / "far" / "base.safetensors", drawn())
    for two in ((public, namesake), (namesake, public)):
        asked = [word for one in two for word in ("--ancestor", str(one))]
        assert run([*words, str(cousin), *asked]) == 2
    capsys.readouterr()
    assert run([*words, str(cousin), "--json", "--seed", "4"]) == 1
    first = capsys.readouterr().out
    assert run([*words, str(cousin), "--json", "--seed", "4"]) == 1
    assert capsys.readouterr().out == first
    assert run([*words, str(cousin), "--tensors", "nothing"]) == 2
    assert run([*words, str(cousin), "--tensors", "("]) == 2
    (tmp_path / "broken.safetensors").write_bytes(b"\xff" * 40)
    assert run([*words, str(tmp_path / "broken.safetensors")]) == 2
    assert run([*words, str(tmp_path / "nowhere")]) == 2


def test_parts_are_merged_by_command(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, told = _judge(capsys, folder / "plan.toml")
    path = tmp_path / "part.json"
    path.write_bytes(orjson.dumps(told))
    assert run(["vet", "lineage", "merge", str(path), str(path), "--json"]) == 1
    assert orjson.loads(capsys.readouterr().out)["measured"]["independent"] is False
    assert run(["vet", "lineage", "merge", str(path), "--independent"]) == 1
    other, part = tmp_path / "other.json", part_from(told)
    fewer = [*part.measured["readings"][1:]]
    other.write_bytes(orjson.dumps({**told, "measured": {**part.measured, "readings": fewer}}))
    capsys.readouterr()
    assert run(["vet", "lineage", "merge", str(path), str(other), "--independent"]) == 2
    assert "the same keys" in capsys.readouterr().err
    path.write_text("{}")
    assert run(["vet", "lineage", "merge", str(path)]) == 2


def test_an_endpoint_is_bound_to_weights_or_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(folder / "n.npz", pair_ids=np.array([f"e{k}" for k in range(N_PAIRS)]),
             served_nats=np.full(N_PAIRS, -1.0), unserved_nats=np.full(N_PAIRS, -1.1))  # fmt: skip
    # A model of the same teacher is told from the student four times in five, as keys fall out.
    rows = [orjson.loads(line) for line in (folder / "student.jsonl").read_bytes().splitlines()]
    write_rows(folder / "other.jsonl", [{**row, "text": row["text"][::-1]} for row in rows])
    named = 'answers = ["student.jsonl"]\nnumbers = "n.npz"'
    for told, said in (
        ("", "Nothing binds the endpoint of student"),
        ('\nweights_answers = ["other.jsonl"]', "does not answer as these weights do"),
        ('\nweights_answers = ["student.jsonl"]', "nothing tells the endpoint from these weights"),
    ):
        plan = _plan(folder, "bound.toml", (r'answers = \["student.jsonl"\]', named + told))
        code, part = _judge(capsys, plan)
        assert code == 1
        assert said in orjson.dumps(part).decode()
        found = {one["statistic"]: one for one in part["measured"]["readings"]}  # type: ignore[index]
        if "other" in told:
            # What other weights show says nothing of the endpoint.
            assert "pairs_open" not in found
        else:
            assert found["pairs_open"]["p_value"] < 1e-20
