"""Merkle: one hash over a list that only grows, and short proofs about it.

Hashing, inclusion proofs and consistency proofs are those of RFC 9162, section 2 (the same as
RFC 6962's), with SHA-256: whoever speaks that standard can check ours and we theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from stillwatch.model.errors import BadInput

HASH_BYTES: Final = 32
#: root of the list of nothing.
EMPTY: Final = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry: SHA-256 over ``0x00`` and its bytes.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees: SHA-256 over ``0x01`` and theirs."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the complete subtrees of a list: all that is needed to add to it.

    Args:
        n: how many leaves it has.
        hashes: its subtrees' roots, the largest first; one for each bit that is set in ``n``.

    Raises:
        BadInput: the hashes are not as many as the bits, or not of 32 bytes.

    >>> tree = Frontier()
    >>> tree.add(leaf_hash(b"a")); tree.add(leaf_hash(b"b"))
    >>> tree.n, tree.root() == node_hash(leaf_hash(b"a"), leaf_hash(b"b"))
    (2, True)
    """

    def __init__(self, n: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.n = n
        self._hashes = list(hashes)
        if len(self._hashes) != n.bit_count() or any(len(h) != HASH_BYTES for h in self._hashes):
            raise BadInput(f"{len(self._hashes)} subtrees are not those of {n} leaves.")

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The subtrees' roots, the largest first."""
        return tuple(self._hashes)

    def add(self, leaf: bytes) -> None:
        """Add a leaf's hash."""
        n, top = self.n, leaf
        while n & 1:
            top = node_hash(self._hashes.pop(), top)
            n >>= 1
        self._hashes.append(top)
        self.n += 1

    def root(self) -> bytes:
        """The hash over the whole list."""
        if not self._hashes:
            return EMPTY
        top = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            top = node_hash(left, top)
        return top


class Tree:
    """A whole list, from which any proof can be taken.

    Args:
        leaves: hashes of the entries, in order.
    """

    def __init__(self, leaves: Iterable[bytes]) -> None:
        self._levels: list[list[bytes]] = [list(leaves)]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            pairs = zip(below[::2], below[1::2], strict=False)
            self._levels.append([sha256(b"\x01" + a + b).digest() for a, b in pairs])

    @property
    def n(self) -> int:
        """How many leaves it has."""
        return len(self._levels[0])

    def root(self, n: int | None = None) -> bytes:
        """The hash over the first ``n`` leaves, or over all.

        Raises:
            BadInput: there are fewer.
        """
        size = self._size(n)
        return self._over(0, size) if size else EMPTY

    def inclusion(self, index: int, n: int | None = None) -> list[bytes]:
        """The proof that a leaf stands at a place of the first ``n`` (RFC 9162, 2.1.3.1).

        Raises:
            BadInput: there is no such place.
        """
        size = self._size(n)
        if not 0 <= index < size:
            raise BadInput(f"a list of {size} entries has no entry {index}.")
        proof: list[bytes] = []
        low, high = 0, size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                proof.append(self._over(middle, high))
                high = middle
            else:
                proof.append(self._over(low, middle))
                low = middle
        return proof[::-1]

    def consistency(self, before: int, n: int | None = None) -> list[bytes]:
        """The proof that the first ``before`` leaves begin the first ``n`` (RFC 9162, 2.1.4.1).

        Raises:
            BadInput: ``before`` is beyond ``n``.
        """
        size = self._size(n)
        if not 0 <= before <= size:
            raise BadInput(f"a list of {size} entries has no beginning of {before}.")
        if before in (0, size):
            return []
        proof: list[bytes] = []
        low, high, whole = 0, size, True
        while before != high:
            middle = low + _split(high - low)
            if before <= middle:
                proof.append(self._over(middle, high))
                high = middle
            else:
                proof.append(self._over(low, middle))
                low, whole = middle, False
        if not whole:
            proof.append(self._over(low, high))
        return proof[::-1]

    def _size(self, n: int | None) -> int:
        size = self.n if n is None else n
        if not 0 <= size <= self.n:
            raise BadInput(f"the list has {self.n} entries, not {size}.")
        return size

    def _over(self, low: int, high: int) -> bytes:
        """The hash over the leaves from ``low``, which begins a subtree, to before ``high``."""
        n = high - low
        if n & (n - 1) == 0:
            level = n.bit_length() - 1
            return self._levels[level][low >> level]
        middle = low + _split(n)
        return node_hash(self._over(low, middle), self._over(middle, high))


def root_from_inclusion(leaf: bytes, index: int, n: int, proof: Sequence[bytes]) -> bytes | None:
    """The root to which an inclusion proof leads (RFC 9162, 2.1.3.2); ``None`` where to none."""
    if not 0 <= index < n or any(len(step) != HASH_BYTES for step in proof):
        return None
    place, last, top = index, n - 1, leaf
    for step in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            top = sha256(b"\x01" + step + top).digest()
            while place and not place & 1:
                place >>= 1
                last >>= 1
        else:
            top = sha256(b"\x01" + top + step).digest()
        place >>= 1
        last >>= 1
    return top if last == 0 else None


def consistent(before: int, root: bytes, n: int, later: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that one list begins another (RFC 9162, 2.1.4.2).

    Args:
        before: how many entries the earlier list had.
        root: hash over it.
        n: how many the later one has.
        later: hash over that.
        proof: as :meth:`Tree.consistency` gives it.
    """
    if before in (0, n):
        same = root == later if before == n else root == EMPTY
        return same and not proof and 0 <= before <= n
    if not 0 < before < n or not proof or any(len(step) != HASH_BYTES for step in proof):
        return False
    steps = list(proof)
    if before & (before - 1) == 0:
        steps.insert(0, root)
    place, last = before - 1, n - 1
    while place & 1:
        place >>= 1
        last >>= 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while place and not place & 1:
                place >>= 1
                last >>= 1
        else:
            new = node_hash(new, step)
        place >>= 1
        last >>= 1
    return last == 0 and (old, new) == (root, later)


def _split(n: int) -> int:
    """The largest power of two below ``n``, which is at least 2."""
    return 1 << ((n - 1).bit_length() - 1)
