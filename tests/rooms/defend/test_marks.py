"""Keyed choices, what is committed to beforehand, and the answers that nobody was served."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from stillwatch.adapters.defend.commitments import Commitments
from stillwatch.adapters.defend.reserve_file import add_kept, read_kept
from stillwatch.cli.main import run
from stillwatch.defend import Ring, key_of
from stillwatch.defend.canaries import (
    Chosen,
    Mark,
    Marks,
    Slot,
    choose,
    commitment,
    filled_in,
    keyed_way,
)
from stillwatch.defend.reserve import Kept, Sampling, is_drawn, keep, unserved_of
from stillwatch.model.errors import BadInput

NOW = 1_772_000_000_000_000
HOUR = 3_600_000_000
SAMPLING = Sampling(model="m-1@3", temperature=0.7, settings="s")


def _slots(n: int, n_ways: int = 10) -> list[Slot]:
    return [Slot(f"s{i}", tuple(f"way {i} {k}" for k in range(n_ways))) for i in range(n)]


def _mark(rng: np.random.Generator, cluster: str, *accounts: str) -> Mark:
    return Mark(
        cluster=cluster, key=key_of(rng.bytes(32), NOW), accounts=frozenset(accounts),
        from_us=NOW, until_us=NOW + HOUR,
    )  # fmt: skip


def test_every_way_is_as_likely_under_a_key_as_another() -> None:
    rng = np.random.default_rng(1)
    (slot,) = _slots(1, 7)
    ways = [slot.ways.index(keyed_way(slot, key_of(rng.bytes(32), 0))) for _ in range(7_000)]
    assert chisquare(np.bincount(ways, minlength=7)).pvalue > 1e-4


def test_a_student_of_the_cluster_shows_the_key_and_anybody_else_does_not() -> None:
    rng = np.random.default_rng(2)
    slots, mark = _slots(100), _mark(rng, "k", "a-1")
    served = {s.name: choose(s, mark, 0.5).way for s in slots}
    # The student learned a third of what it was served, and likes the first way otherwise.
    learned = {s.name: served[s.name] if rng.uniform() < 0.35 else s.ways[0] for s in slots}
    stranger = {s.name: s.ways[0] for s in slots}

    def p_of(answers: dict[str, str], mark: Mark) -> float:
        n_hits = sum(answers[s.name] == keyed_way(s, mark.key) for s in slots)
        return float(binomtest(n_hits, len(slots), 0.1, alternative="greater").pvalue)

    assert p_of(learned, mark) < 1e-6
    assert p_of(stranger, mark) > 1e-3
    wrong = [p_of(learned, _mark(rng, "w", "a-1")) for _ in range(200)]
    assert np.mean(np.array(wrong) < 0.01) <= 0.05


def test_all_answers_of_a_cluster_agree_and_those_of_others_are_drawn() -> None:
    rng = np.random.default_rng(3)
    marks = Marks([_mark(rng, "k", "a-1", "a-2")])
    (slot,) = _slots(1)
    mine = {choose(slot, marks.of(f"a-{i}", NOW), float(rng.uniform())).way for i in (1, 2) * 20}
    others = [choose(slot, marks.of("b", NOW), float(rng.uniform())) for _ in range(200)]
    assert len(mine) == 1
    assert len({one.way for one in others}) == len(slot.ways)
    assert {one.cluster for one in others} == {""}
    assert marks.of("a-1", NOW - 1) is None
    assert marks.of("a-1", NOW + HOUR) is None


def test_clusters_share_neither_keys_nor_accounts() -> None:
    rng = np.random.default_rng(4)
    one, other = _mark(rng, "k", "a"), _mark(rng, "l", "a")
    with pytest.raises(BadInput, match="share an account"):
        Marks([one, other])
    later = replace(other, from_us=one.until_us, until_us=one.until_us + HOUR)
    assert Marks([one, later]).of("a", NOW + HOUR) == later
    with pytest.raises(BadInput, match="share a key"):
        Marks([one, replace(later, key=one.key)])


def test_places_are_filled_once_each_and_unknown_ones_stay() -> None:
    slots = {s.name: s for s in _slots(3)}
    text = "for {{slot:s0}}: say {{slot:s0}}, then {{slot:s2}}; not {{slot:x}}"
    out, chosen = filled_in(text, slots, lambda slot: Chosen(slot.ways[1], "k"))
    assert out == "for way 0 1: say way 0 1, then way 2 1; not {{slot:x}}"
    assert [name for name, _ in chosen] == ["s0", "s2"]


@pytest.mark.parametrize("ways", [(), ("a",), ("a", "a")])
def test_a_slot_with_one_way_is_none(ways: tuple[str, ...]) -> None:
    with pytest.raises(BadInput, match="2 to 256"):
        Slot("s", ways)


def test_a_commitment_binds_to_the_key_and_to_every_way() -> None:
    rng = np.random.default_rng(5)
    slots, key = _slots(3), key_of(rng.bytes(32), NOW)
    made = commitment(key, slots)
    changed = [*slots[:2], Slot("s2", tuple(reversed(slots[2].ways)))]
    assert commitment(key, list(reversed(slots))) == made
    assert commitment(key, changed) != made
    assert commitment(key, slots[:2]) != made
    assert commitment(key_of(rng.bytes(32), NOW), slots) != made


def _ring() -> Ring:
    return Ring([key_of(bytes(range(32)), 0)])


@given(served=st.text(max_size=300), unserved=st.text(max_size=300), prompt=st.text(max_size=50))
def test_the_unserved_answer_is_sealed_and_comes_back(
    served: str, unserved: str, prompt: str
) -> None:
    kept = keep(
        exchange_id="e", prompt=prompt, served=served, unserved=unserved, sampling=SAMPLING,
        ring=_ring(), now_us=NOW, drawn=bytes(16),
    )  # fmt: skip
    assert unserved_of(kept, _ring(), served) == unserved
    with pytest.raises(BadInput, match="another answer"):
        unserved_of(kept, _ring(), served + "x")


def _kept(number: int) -> Kept:
    return keep(
        exchange_id=f"e{number}", prompt="the question", served="the served answer",
        unserved="the other answer", sampling=SAMPLING, ring=_ring(), now_us=NOW,
        drawn=number.to_bytes(16, "big"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [("exchange_id", "e2"), ("served_us", 1), ("prompt_tag", b"x"), ("drawn", bytes(16)),
     ("sampling", replace(SAMPLING, temperature=0.8)), ("served", b"y"), ("sealed", b"z" * 40)],
)  # fmt: skip
def test_nothing_of_the_reserve_can_be_changed(field: str, value: object) -> None:
    with pytest.raises(BadInput, match="seal does not hold"):
        unserved_of(replace(_kept(1), **{field: value}), _ring(), "the served answer")  # type: ignore[arg-type]


def test_the_reserve_on_disk_holds_no_text(tmp_path: Path) -> None:
    path = tmp_path / "reserve.jsonl"
    made = [_kept(number) for number in range(5)]
    for one in made:
        add_kept(path, one)
    data = path.read_bytes()
    assert not any(word in data for word in (b"question", b"served answer", b"other answer"))
    assert list(read_kept(path)) == made
    assert len({one.prompt_tag for one in made}) == 1
    path.write_bytes(data + b"{}\n")
    with pytest.raises(BadInput, match="line 6"):
        list(read_kept(path))


def test_a_share_of_exchanges_is_drawn_alike_everywhere_and_greedy_ones_never() -> None:
    key = _ring().keys[0]
    drawn = [is_drawn(f"e{i}", key, 0.02) for i in range(20_000)]
    assert binomtest(sum(drawn), 20_000, 0.02).pvalue > 1e-4
    assert drawn[:100] == [is_drawn(f"e{i}", key, 0.02) for i in range(100)]
    assert not any(is_drawn(f"e{i}", key, 0.0) for i in range(100))
    assert all(is_drawn(f"e{i}", key, 1.0) for i in range(100))
    with pytest.raises(BadInput, match="without chance"):
        replace(SAMPLING, temperature=0.0)


def test_the_log_of_commitments_cannot_be_changed_unseen(tmp_path: Path) -> None:
    log = Commitments(tmp_path / "log.jsonl")
    made = [log.add("mark", f"k{i}", f"sha256:{i}", NOW + i) for i in range(4)]
    assert log.read() == made
    with pytest.raises(BadInput, match="clock"):
        log.add("mark", "k", "sha256:x", NOW)
    lines = (tmp_path / "log.jsonl").read_bytes().splitlines(keepends=True)
    for wrong in (lines[1:], [lines[0], lines[2]], [lines[1], lines[0], *lines[2:]],
                  [lines[0].replace(b"k0", b"k9"), *lines[1:]], [*lines[:3], b"x\n"]):  # fmt: skip
        (tmp_path / "log.jsonl").write_bytes(b"".join(wrong))
        with pytest.raises(BadInput):
            log.read()


def test_a_mark_is_committed_to_by_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slots, ring, log = (str(tmp_path / n) for n in ("slots.toml", "mark.json", "log.jsonl"))
    Path(slots).write_text('[slot.name]\nways = ["Ada", "Ben"]\n')
    words = ["defend", "commit", "k-1", "--slots", slots, "--ring", ring, "--log", log, "--json"]
    assert run(words) == 0
    first = orjson.loads(capsys.readouterr().out)
    assert run(words) == 0
    second = orjson.loads(capsys.readouterr().out)
    assert first["commitment"] == second["commitment"]
    assert run(["defend", "commitments", "--log", log, "--json"]) == 0
    told = orjson.loads(capsys.readouterr().out)["commitments"]
    assert [one["line"] for one in told] == [first["line"], second["line"]]
    Path(slots).write_text('[slot.name]\nways = ["Ada"]\n')
    assert run(words) == 2
