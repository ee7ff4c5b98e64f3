"""Snapshots are signed, dated and never replaced; what cannot be believed leaves the last one."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillwatch.adapters.screen.opening import open_lists
from stillwatch.adapters.screen.snapshots import Snapshot, Snapshots
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.screen.changes import Changes
from tests.rooms.screen import lists

FOUR = ("Made Circuits", "Made Optics", "Made Steel", "Made Rail")


def take(
    folder: Path, text: str, day: str = "2026-03-01", *, smaller: bool = False
) -> tuple[Snapshot, Changes, bool]:
    path = folder / "SDN.XML"
    path.write_text(text.replace("02/26/2026", "/".join((day[5:7], day[8:], day[:4]))))
    taken, files = open_lists([("", path)])[0]
    return Snapshots(folder / "s").take(taken, files, now_us=1, day=day, accept_smaller=smaller)


def test_an_update_says_what_changed(tmp_path: Path) -> None:
    first, _, new = take(tmp_path, lists.ofac_xml(FOUR))
    assert new
    changed = lists.ofac_xml((*FOUR[:3], "Made Railways", "Made Air"))
    second, found, new = take(tmp_path, changed, "2026-03-02")
    assert new
    assert second.before == first.id
    assert [one.names[0] for one in found.added] == ["Made Air"]
    assert [after.names[0] for _, after in found.changed] == ["Made Railways"]
    assert found.to_json()["changed"][0]["fields"] == ["names"]


def test_the_same_file_again_makes_no_snapshot(tmp_path: Path) -> None:
    first, _, _ = take(tmp_path, lists.ofac_xml(FOUR))
    again, _, new = take(tmp_path, lists.ofac_xml(FOUR))
    assert not new
    assert again.id == first.id


@pytest.mark.parametrize(
    ("text", "day", "says"),
    [
        (lists.ofac_xml(FOUR[:1]), "2026-03-02", "1 entries where the last snapshot had 4"),
        (lists.ofac_xml(FOUR, count=9), "2026-03-02", "it is cut off"),
        (lists.ofac_xml(FOUR[:3]), "2026-02-01", "an older file"),
        (lists.ofac_xml(()), "2026-03-02", "holds no entry"),
    ],
    ids=["half the size", "fewer than it says", "older", "empty"],
)
def test_what_cannot_be_believed_leaves_the_last_one(
    tmp_path: Path, text: str, day: str, says: str
) -> None:
    first, _, _ = take(tmp_path, lists.ofac_xml(FOUR))
    with pytest.raises(BadInput, match=says):
        take(tmp_path, text, day)
    assert [one.id for one in Snapshots(tmp_path / "s").all()] == [first.id]


def test_a_person_may_accept_a_smaller_list(tmp_path: Path) -> None:
    take(tmp_path, lists.ofac_xml(FOUR))
    made, found, _ = take(tmp_path, lists.ofac_xml(FOUR[:1]), "2026-03-02", smaller=True)
    assert made.n_listings == 1
    assert len(found.removed) == 3


def test_a_day_has_its_own_snapshot(tmp_path: Path) -> None:
    first, _, _ = take(tmp_path, lists.ofac_xml(FOUR), "2026-03-01")
    second, _, _ = take(tmp_path, lists.ofac_xml((*FOUR, "Made Air")), "2026-05-01")
    snapshots = Snapshots(tmp_path / "s")
    assert [one.id for one in snapshots.on("2026-04-01")[0]] == [first.id]
    assert [one.id for one in snapshots.on("2026-05-01")[0]] == [second.id]
    chosen, said = snapshots.on("2025-01-01")
    assert [one.id for one in chosen] == [first.id]
    assert "after 2025-01-01" in said[0]


@pytest.mark.parametrize("ending", [".json", ".jsonl.gz"])
def test_what_was_changed_on_the_disk_is_refused(tmp_path: Path, ending: str) -> None:
    take(tmp_path, lists.ofac_xml(FOUR))
    snapshots = Snapshots(tmp_path / "s")
    path = next(one for one in (tmp_path / "s").rglob(f"*{ending}"))
    data = path.read_bytes()
    path.write_bytes(data.replace(b"2026", b"2025") if ending == ".json" else data[:-9])
    with pytest.raises((BadInput, OutsideFailed)):
        snapshots.listings(snapshots.all()[0])


def test_no_lists_says_how_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(OutsideFailed, match="screen update"):
        Snapshots(tmp_path).on("2026-01-01")
