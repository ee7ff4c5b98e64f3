"""What an engine of many machines is asked to do, and how work there says that it failed."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from stillwatch import __version__
from stillwatch.model import errors
from stillwatch.model.errors import OutsideFailed, StillwatchError
from stillwatch.stats.siphash import Key

#: stands for what a piece of work gave, wherever that is held.
Ref = Any


class Engine(Protocol):
    """Machines that do work and hold what it gives.

    Work is a function of this package. It gives the same for the same, so that it can be
    done again when a machine is lost. Arguments that are a :data:`Ref` are handed over as
    what they stand for.
    """

    @property
    def n_cpus(self) -> int:
        """How many pieces of work can be done at a time."""

    def put(self, value: Any) -> Ref:
        """Hold a value where all machines can get it."""

    def submit(self, work: Callable[..., Any], given: Sequence[Any], n_returns: int) -> list[Ref]:
        """Have work done.

        Args:
            work: gives a tuple of ``n_returns`` values.
            given: its arguments.
            n_returns: how many values it gives, at least two.
        """

    def get(self, ref: Ref) -> Any:
        """Wait for a value and have it here.

        Raises:
            StillwatchError: what was raised where it should have been made.
        """


@dataclass(frozen=True, slots=True)
class Sealed:
    """A key of sketches on its way to a worker; it is never shown."""

    k0: int = field(repr=False)
    k1: int = field(repr=False)

    @classmethod
    def of(cls, key: Key) -> Sealed:
        """Seal a key."""
        return cls(int(key.k0), int(key.k1))

    def key(self) -> Key:
        """The key again."""
        return Key(np.uint64(self.k0), np.uint64(self.k1))


class Told(Exception):
    """An error of a worker in words that can be carried over: its kind, its parts, its text."""

    def error(self) -> StillwatchError:
        """The error as it was raised."""
        kind, parts, text = self.args
        found = getattr(errors, kind, OutsideFailed)
        error: StillwatchError = found.__new__(found)
        Exception.__init__(error, text)
        vars(error).update(parts)
        return error


@contextmanager
def telling() -> Iterator[None]:
    """Raise errors as :class:`Told`; of one that was not meant, only kind and place.

    The words of an error that nobody wrote may quote what was read, which is not to leave
    the machine.
    """
    try:
        yield
    except StillwatchError as error:
        raise _told(error) from None
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
        raise Told(
            "OutsideFailed",
            {"what": "a worker failed."},
            f"a worker failed: {type(error).__name__} at {where}. "
            "Run the same logs with --engine local to see why.",
        ) from None


def _told(error: StillwatchError) -> Told:
    for kind in type(error).__mro__:
        if getattr(errors, kind.__name__, None) is kind:
            return Told(kind.__name__, vars(error), str(error))
    raise AssertionError("every error of ours is of a kind in model.errors")


def same_version(version: str) -> None:
    """See that both sides are of one version.

    Raises:
        OutsideFailed: they are not.
    """
    if version != __version__:
        raise OutsideFailed(
            f"a worker has stillwatch {__version__}, and {version} asks it.",
            remedy="Install one version on every machine.",
        )
