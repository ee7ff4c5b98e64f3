"""Ahead: work on what comes, on both cores, given back in the order in which it came."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

N_THREADS = 2


def ahead(
    items: Iterable[A], work: Callable[[A], B], n_threads: int = N_THREADS
) -> Iterator[tuple[A, B]]:
    """Each item with what work on it gives, in the order of the items.

    Items are taken by whoever asks; other threads work on them. One more item than there are
    threads is in memory at a time.

    Args:
        items: taken one by one.
        work: must touch nothing that other threads touch; an error of it is raised here.
        n_threads: at least 1.

    >>> list(ahead(range(4), lambda n: n * n))
    [(0, 0), (1, 1), (2, 4), (3, 9)]
    """
    waiting: deque[tuple[A, Future[B]]] = deque()
    with ThreadPoolExecutor(n_threads) as threads:
        for item in items:
            waiting.append((item, threads.submit(work, item)))
            if len(waiting) > n_threads:
                done, made = waiting.popleft()
                yield done, made.result()
        while waiting:
            done, made = waiting.popleft()
            yield done, made.result()
