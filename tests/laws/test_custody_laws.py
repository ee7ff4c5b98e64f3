"""Laws of custody: no byte, no entry and no time of a bundle can be changed unseen."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.custody.bundling import bundle_of
from stillwatch.attribute.custody.bundle import Bundle
from stillwatch.attribute.custody.entries import Entry, Pen, entry_from
from stillwatch.attribute.custody.merkle import (
    Frontier,
    Tree,
    consistent,
    leaf_hash,
    root_from_inclusion,
)
from stillwatch.attribute.custody.notes import Checkpoint, public_of, sign_head
from stillwatch.attribute.custody.verifying import Believed, verify
from tests.rooms.attribute.sealed import (
    CASE,
    KEY,
    ORIGIN,
    bundled,
    fresh_log,
    sealed,
    texts,
    written,
)

BELIEVED = Believed(key=public_of(KEY, ORIGIN))
SIZES = st.integers(1, 70)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, bytes]:
    """A small case of two runs, as parts and as bytes."""
    with fresh_log(tmp_path_factory.mktemp("custody")) as log:
        log.append("note", {"of": "another case"})
        sealed(log, texts("one", "two, by x@example.com"))
        log.append("note", {"of": "another case"})
        sealed(log, texts("one", "two, by x@example.com", "three"))
        return bundle_of(log, CASE), bundled(log)


def test_the_bundle_itself_holds(made: tuple[Bundle, bytes]) -> None:
    report = verify(made[1], BELIEVED)
    assert report.problems == []
    assert report.facts["n_exhibits"] == 3
    assert written(made[0]) == made[1]


def test_no_single_byte_can_be_changed(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        sealed(log, texts("one"))
        data = bundled(log)
    assert not verify(data, BELIEVED).problems
    whole = bytearray(data)
    for at in range(len(data)):
        bit = 1 << at % 8
        whole[at] ^= bit
        assert verify(bytes(whole), BELIEVED).problems, f"byte {at}"
        whole[at] ^= bit


@given(data=st.data())
def test_no_byte_can_be_replaced_added_or_taken_out(
    made: tuple[Bundle, bytes], data: st.DataObject
) -> None:
    whole = made[1]
    at = data.draw(st.integers(0, len(whole) - 1))
    fresh = data.draw(st.binary(min_size=0, max_size=3))
    gone = data.draw(st.integers(0, 3))
    changed = whole[:at] + fresh + whole[at + gone :]
    if changed != whole:
        assert verify(changed, BELIEVED).problems


def _numbers(report: object) -> set[int | None]:
    return {problem.entry for problem in report.problems}  # type: ignore[attr-defined]


def test_a_flip_in_an_entry_names_the_entry(made: tuple[Bundle, bytes]) -> None:
    bundle, data = made
    for entry in bundle.entries:
        at = data.index(entry.line) + len(entry.line) // 2
        flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert entry.n in _numbers(verify(flipped, BELIEVED)), entry.n


# From here on the forger holds the log's own key and signs the manifest anew: what is left to
# find a change by is the list that the head was signed over.


def _forged(bundle: Bundle, entries: list[Entry], proofs: list[tuple[bytes, ...]]) -> set[int]:
    told = replace(bundle, entries=tuple(entries), proofs=tuple(proofs))
    report = verify(written(told), BELIEVED)
    assert report.problems
    return {n for n in _numbers(report) if n is not None}


def test_no_entry_can_be_dropped(made: tuple[Bundle, bytes]) -> None:
    bundle = made[0]
    for i, entry in enumerate(bundle.entries):
        entries, proofs = list(bundle.entries), list(bundle.proofs)
        del entries[i], proofs[i]
        assert entry.n in _forged(bundle, entries, proofs)


def test_no_entry_can_stand_twice(made: tuple[Bundle, bytes]) -> None:
    bundle = made[0]
    for i, entry in enumerate(bundle.entries):
        entries, proofs = list(bundle.entries), list(bundle.proofs)
        entries.insert(i, entry)
        proofs.insert(i, bundle.proofs[i])
        assert entry.n in _forged(bundle, entries, proofs)


def test_no_two_entries_can_change_places(made: tuple[Bundle, bytes]) -> None:
    bundle = made[0]
    for i, j in itertools.combinations(range(len(bundle.entries)), 2):
        entries, proofs = list(bundle.entries), list(bundle.proofs)
        entries[i], entries[j] = entries[j], entries[i]
        proofs[i], proofs[j] = proofs[j], proofs[i]
        found = _forged(bundle, entries, proofs)
        assert found & {bundle.entries[i].n, bundle.entries[j].n, bundle.entries[i + 1].n}


def test_no_entry_can_be_dated_back_or_forward_by_its_own_key(
    made: tuple[Bundle, bytes],
) -> None:
    bundle = made[0]
    pen = Pen(KEY, ORIGIN)
    for i, entry in enumerate(bundle.entries):
        for shift_us in (-86_400_000_000, -1, 1, 86_400_000_000):
            line = pen.write(entry.n, entry.at_us + shift_us, entry.kind, entry.body)
            entries = list(bundle.entries)
            entries[i] = entry_from(line, where="here")
            assert entry.n in _forged(bundle, entries, list(bundle.proofs))


def test_a_log_that_is_made_anew_with_an_older_date_is_no_beginning_of_the_former(
    made: tuple[Bundle, bytes],
) -> None:
    bundle = made[0]
    first = bundle.heads[0]
    other = sign_head(Checkpoint(ORIGIN, 5, leaf_hash(b"other")), KEY, ORIGIN)
    told = replace(bundle, heads=(replace(first, note=other), *bundle.heads[1:]))
    report = verify(written(told), BELIEVED)
    assert any("rewritten" in problem.what for problem in report.problems)


def test_an_exhibit_cannot_be_swapped_renamed_or_left_out(made: tuple[Bundle, bytes]) -> None:
    bundle = made[0]
    one = bundle.openings[1]
    for changed in (
        replace(one, content=one.content + b"."),
        replace(one, name="other.txt"),
        replace(one, media_type="text/html"),
        replace(one, salt=bytes(32)),
        replace(one, salt=bytes(31)),
    ):
        openings = (bundle.openings[0], changed, *bundle.openings[2:])
        report = verify(written(replace(bundle, openings=openings)), BELIEVED)
        assert one.n in _numbers(report)
    fewer = (bundle.openings[0], *bundle.openings[2:])
    report = verify(written(replace(bundle, openings=fewer)), BELIEVED)
    assert [p.what for p in report.problems if p.entry == one.n] == [
        "its content is missing, and nobody says to have destroyed it."
    ]


#: the list of the reference implementation of Certificate Transparency, and its roots.
LEAVES = [
    bytes.fromhex(told)
    for told in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                 "606162636465666768696a6b6c6d6e6f")
]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def test_roots_are_those_of_certificate_transparency() -> None:
    tree = Tree(map(leaf_hash, LEAVES))
    assert [tree.root(n).hex() for n in range(1, 9)] == list(ROOTS)
    assert Tree([]).root().hex() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    # RFC 6962, section 2.1.3, on a tree of seven: d0 with b, h, l; d3 with c, g, l.
    leaves = [leaf_hash(leaf) for leaf in LEAVES[:7]]
    seven = Tree(leaves)
    assert seven.inclusion(0, 7)[0] == leaves[1]
    assert seven.inclusion(3, 7)[0] == leaves[2]
    assert seven.inclusion(6, 7) == [seven._over(4, 6), seven._over(0, 4)]
    assert seven.consistency(4, 7) == [seven._over(4, 7)]


@given(SIZES, st.data())
def test_inclusion_proofs_lead_to_the_root_and_nothing_else_does(
    n: int, data: st.DataObject
) -> None:
    leaves = [leaf_hash(b"%d" % i) for i in range(n)]
    tree = Tree(leaves)
    size = data.draw(st.integers(1, n))
    index = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion(index, size)
    root = tree.root(size)
    assert root_from_inclusion(leaves[index], index, size, proof) == root
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        assert root_from_inclusion(leaves[index], other, size, proof) != root
        assert root_from_inclusion(leaves[other], index, size, proof) != root
    if proof:
        assert root_from_inclusion(leaves[index], index, size, proof[:-1]) != root
    assert root_from_inclusion(leaves[index], index, size, [*proof, bytes(32)]) != root


@given(SIZES, st.data())
def test_consistency_proofs_hold_for_beginnings_alone(n: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(b"%d" % i) for i in range(n)]
    before = data.draw(st.integers(1, n))
    tree = Tree(leaves)
    root, proof = tree.root(), tree.consistency(before)
    assert consistent(before, tree.root(before), n, root, proof)
    changed = data.draw(st.integers(0, before - 1))
    other = Tree([*leaves[:changed], leaf_hash(b"x"), *leaves[changed + 1 : before]])
    assert not consistent(before, other.root(), n, root, proof)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        wrong = [*proof[:at], bytes(32), *proof[at + 1 :]]
        assert not consistent(before, tree.root(before), n, root, wrong)
        assert not consistent(before, tree.root(before), n, root, proof[:-1])


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_frontier_knows_the_root_of_the_tree(n: int, more: int) -> None:
    leaves = [leaf_hash(b"%d" % i) for i in range(n + more)]
    frontier = Frontier()
    for leaf in leaves[:n]:
        frontier.add(leaf)
    assert frontier.root() == Tree(leaves[:n]).root()
    again = Frontier(frontier.n, frontier.hashes)
    for leaf in leaves[n:]:
        again.add(leaf)
    assert again.root() == Tree(leaves).root()


@given(st.binary(max_size=2000))
def test_no_bytes_make_the_check_raise(data: bytes) -> None:
    assert verify(data, BELIEVED).problems
