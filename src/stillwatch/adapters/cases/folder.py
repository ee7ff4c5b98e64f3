"""The folder of a case: one file an entry, put in place whole, never touched again.

An entry is written under a passing name, brought to the disk, and then linked to its own name; a
link fails where the name is taken. So of two processes that add at once one is told to look
again, and a process that is killed leaves a whole entry or none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

import orjson

from stillwatch.attribute.book import Case, case_of
from stillwatch.attribute.entries import Entry, entry_from
from stillwatch.model.errors import BadInput, OutsideFailed

_NAME = re.compile(r"\d{6}\.json")
_FOLDER = re.compile(r"case-[0-9a-f]{4,64}")
#: how often an entry is made anew when others came first.
MOST_TRIES = 1_000
LONGEST_ENTRY = 64 << 20

Make = Callable[[Case | None], Entry | None]


class Casebook:
    """All cases below one folder.

    Args:
        folder: made when the first case is opened.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """Ids of the cases, in order."""
        if not self.folder.is_dir():
            return []
        found = (p.name for p in self.folder.iterdir() if (p / "000001.json").is_file())
        found = (name for name in found if _FOLDER.fullmatch(name))
        return sorted(name.replace("-", ":", 1) for name in found)

    def find(self, name: str) -> str:
        """The id of a case, from enough of its beginning; a campaign's id does as well.

        Raises:
            BadInput: none or several are called so.
        """
        bare = name.removeprefix("case-").rpartition(":")[2]
        found = [one for one in self.names() if one.partition(":")[2].startswith(bare)]
        exact = [one for one in found if one.partition(":")[2] == bare]
        if len(exact or found) != 1 or not bare:
            known = ", ".join(self.names()[:10]) or "none"
            raise BadInput(
                f"{len(found)} cases are called {name!r}.",
                where=str(self.folder),
                remedy=f"Cases there: {known}.",
            )
        return (exact or found)[0]

    def place(self, name: str) -> Path:
        """Folder of a case.

        Raises:
            BadInput: it is no id of a case.
        """
        place = name.replace(":", "-", 1)
        if not _FOLDER.fullmatch(place):
            raise BadInput(f"{name!r} is no id of a case.", where=str(self.folder))
        return self.folder / place

    def read(self, name: str) -> Case:
        """A case, its chain checked.

        Raises:
            BadInput: an entry was changed, taken out or put in.
            OutsideFailed: a file cannot be read.
        """
        return case_of(self._entries(name))

    def add(self, name: str, make: Make) -> tuple[Case, Entry | None]:
        """Add an entry to a case.

        Args:
            name: id of the case.
            make: makes the entry from the case as it is (None where there is none yet), or
                nothing where there is nothing to add; called again when others came first.

        Returns:
            The case with the entry, and the entry.
        """
        place = self.place(name)
        for _ in range(MOST_TRIES):
            before = tuple(self._entries(name))
            entry = make(case_of(before) if before else None)
            if entry is None:
                return case_of(before), None
            case = case_of((*before, entry))
            if self._put(place, entry):
                return case, entry
        raise OutsideFailed(f"others keep adding to {name}.", remedy="Try again.")

    def _entries(self, name: str) -> Iterator[Entry]:
        place = self.place(name)
        if not place.is_dir():
            return
        for path in sorted(p for p in place.iterdir() if _NAME.fullmatch(p.name)):
            try:
                told = orjson.loads(path.read_bytes())
            except OSError as error:
                raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from error
            except orjson.JSONDecodeError as error:
                raise BadInput(f"is no JSON: {error}.", where=str(path)) from error
            if not isinstance(told, dict):
                raise BadInput("is no entry of a case.", where=str(path))
            entry = entry_from(told)
            if path.name != file_name(entry):
                raise BadInput("the entry stands under another's name.", where=str(path))
            yield entry

    def _put(self, place: Path, entry: Entry) -> bool:
        """Put an entry in its place; whether the place was free."""
        content = orjson.dumps(
            entry.to_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        )
        if len(content) > LONGEST_ENTRY:
            raise BadInput("the entry is longer than an entry may be.", where=entry.kind)
        try:
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            with NamedTemporaryFile(dir=place, prefix=".entry-") as half:
                half.write(content)
                half.flush()
                os.fsync(half.fileno())
                os.link(half.name, place / file_name(entry))
            self._settle(place)
        except FileExistsError:
            return False
        except OSError as error:
            raise OutsideFailed(
                f"{place} cannot be written: {error.strerror}.",
                remedy="Name a folder that can be written to; nothing was added.",
            ) from error
        return True

    def _settle(self, place: Path) -> None:
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def file_name(entry: Entry) -> str:
    """Name of the file of an entry."""
    return f"{entry.n:06d}.json"
