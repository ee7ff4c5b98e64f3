"""Examine the files of an AI tool: find them, look into archives, ask every scanner, join."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from stillwatch.adapters.scanning.jail import (
    EXAMINED,
    OUT,
    Isolation,
    Jail,
    Limits,
    environment_folders,
    isolation,
    own_folders,
)
from stillwatch.adapters.scanning.launching import Ended
from stillwatch.adapters.scanning.references import references_in
from stillwatch.adapters.scanning.scanners import DRIVERS, SCANNERS, SEVEN_ZIP, Scanner
from stillwatch.adapters.scanning.settings import FilesSection
from stillwatch.adapters.scanning.subjects import Subject, Unlooked, changed, found, readable, taken
from stillwatch.adapters.scanning.wire import below, own_words, path_of, sight_from, why
from stillwatch.model.errors import BadInput
from stillwatch.vet.files.checks import OWN
from stillwatch.vet.files.coverage import asked
from stillwatch.vet.files.formats import CONTAINERS, Format
from stillwatch.vet.files.verdicts import Sight, Verdict

BATCH: Final = 100
"""Files that a scanner is given at once; where a run fails, halves are tried."""
_STARTING_S: Final = 10.0
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Examined:
    """What an examination of a folder or a file saw.

    Args:
        place: what was named.
        subjects: files and members, in order.
        unlooked: what was not opened, and why.
        isolation: how scanners were kept apart.
        versions: of each scanner that ran.
        absent: scanners that were to run and did not, and why.
        cpu_s: processor time by scanner.
        references: whether a publisher's files were compared with.
        wall_s: on the clock.
    """

    place: Path
    subjects: list[Subject] = field(default_factory=list)
    unlooked: list[Unlooked] = field(default_factory=list)
    isolation: Isolation = Isolation.NONE
    versions: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    cpu_s: dict[str, float] = field(default_factory=dict)
    references: bool = False
    wall_s: float = 0.0


def examine(
    place: Path,
    settings: FilesSection,
    *,
    scanners: Sequence[str] | None = None,
    reference: Path | None = None,
    progress: Progress | None = None,
    kind: Isolation | None = None,
) -> Examined:
    """Examine a file, or every file below a folder. Nothing of it is loaded or run.

    Args:
        place: the file or folder.
        settings: limits, and where scanners stand.
        scanners: names of those to ask; all that are there where none are named. Our own checks
            always run.
        reference: a folder with the publisher's own files, for their chat templates.
        progress: told what is done, how many of it, and of how many.
        kind: how to keep scanners apart; the best that this machine gives otherwise.

    Raises:
        BadInput: there is nothing to examine.
        OutsideFailed: our own process cannot be started.
    """
    begun = time.monotonic()
    # scanners are started in a folder of their own, where a relative name leads nowhere
    told = Examined(place.absolute(), isolation=isolation() if kind is None else kind)
    with tempfile.TemporaryDirectory(prefix="stillwatch-files-") as folder:
        run = _Run(told, settings, Path(folder), progress or (lambda *_: None))
        told.references = reference is not None
        run.gather()
        run.own_checks(references_in(reference))
        for one in SCANNERS:
            if scanners is None or one.name in scanners:
                run.ask(one)
            else:
                told.absent[one.name] = "was not asked for"
        run.compare()
    told.wall_s = time.monotonic() - begun
    return told


class _Run:
    def __init__(
        self, told: Examined, settings: FilesSection, folder: Path, progress: Progress
    ) -> None:
        self.told = told
        self.settings = settings
        self.folder = folder
        self.progress = progress
        self.left_bytes = settings.most_unpacked_mib * 2**20
        self.left_members = settings.most_members

    # -- what there is

    def gather(self) -> None:
        """Find files, then unpack what is packed, level by level."""
        told, place = self.told, self.told.place
        for there in found(place, self.settings.most_files):
            if isinstance(there, Unlooked):
                told.unlooked.append(there)
                continue
            shown = readable(there.name if there == place else os.path.relpath(there, place))
            self.add(taken(there, number=len(told.subjects), shown=shown))
            self.progress("files read", len(told.subjects), 0)
        if not told.subjects and not told.unlooked:
            raise BadInput("holds no file.", where=str(place))
        for depth in range(self.settings.most_depth + 1):
            level = [one for one in told.subjects
                     if one.depth == depth and set(one.formats) & CONTAINERS]  # fmt: skip
            if depth == self.settings.most_depth:
                for one in level:
                    self.say(one, f"is packed more than {depth} deep and was not opened")
                return
            for start in range(0, len(level), BATCH):
                self.unpack(level[start : start + BATCH])

    def add(self, one: Subject | Unlooked) -> None:
        """Note one more."""
        if isinstance(one, Subject):
            self.told.subjects.append(one)
        else:
            self.told.unlooked.append(one)

    def say(self, one: Subject, because: str) -> None:
        """Say that a container was not looked into."""
        one.whole = False
        one.sights.append(Sight(scanner=OWN, verdict=Verdict.NOT_EXAMINED, because=(because,)))

    def unpack(self, level: Sequence[Subject]) -> None:
        """Take out the members of some containers; they become subjects."""
        out = Path(tempfile.mkdtemp(dir=self.folder))
        jobs = [
            {"id": one.number, "path": path_of(one), "size": one.size, "name": one.name,
             "formats": [kind.value for kind in one.formats], "out": f"{OUT}/{one.number}"}
            for one in level
        ]  # fmt: skip
        shared = {"most_bytes": self.left_bytes, "most_members": self.left_members}
        answers = self.inside("unpack", level, jobs, shared, out)
        for one in level:
            answer = answers.get(one.number, {"failed": "was not answered for"})
            members = list(answer.get("members", ()))
            if Format.SEVEN_ZIP in one.formats:
                members += self.seven_zip(one, out)
            if sight := answer.get("sight"):
                one.sights.append(sight_from(sight))
            elif "failed" in answer:
                self.say(one, f"cannot be unpacked: {answer['failed']}")
            self.left_members -= len(members)
            for number, name in members:
                if not number.isdigit():
                    continue
                path = out / str(one.number) / number
                shown = f"{one.shown}!{name.encode('utf-8', 'backslashreplace').decode()}"
                subject = taken(path, number=len(self.told.subjects), shown=shown,
                                depth=one.depth + 1, parent=one.number)  # fmt: skip
                self.add(subject)
                one.whole = one.whole and isinstance(subject, Subject)
                self.left_bytes -= subject.size if isinstance(subject, Subject) else 0
            self.progress("archives opened", one.number, 0)

    def seven_zip(self, one: Subject, out: Path) -> list[tuple[str, str]]:
        """Members of a 7z archive, by the environment that has py7zr."""
        scanner = SCANNERS[0]
        python = scanner.python(self.settings.environments)
        place = out / str(one.number)
        place.mkdir(exist_ok=True)
        if scanner.version(self.settings.environments) is None or not self.apart:
            self.say(one, "is a 7z archive: make the environment of picklescan to open it")
            return []
        ended = self.jail((*environment_folders(python), DRIVERS)).run(
            [str(python), "-I", str(SEVEN_ZIP), path_of(one), f"{OUT}/{one.number}",
             str(self.left_bytes), str(self.left_members)],
            {below(one): one.path}, out=out,
        )  # fmt: skip
        try:
            told = json.loads(ended.out)
            members = [(str(number), str(name)) for number, name in told["members"]]
        except (ValueError, KeyError, TypeError):
            self.say(one, f"cannot be unpacked: {why(ended)}")
            return []
        if told.get("all"):
            one.sights.append(Sight(scanner=OWN, verdict=Verdict.CLEAN, read_all=True))
        return members

    # -- our own checks

    def own_checks(self, references: Mapping[str, str]) -> None:
        """Look at every file and member ourselves, in the jail."""
        subjects = self.told.subjects
        shared = {"references": dict(references)}
        for start in range(0, len(subjects), BATCH):
            some = subjects[start : start + BATCH]
            if not self.apart:
                some = [one for one in some if not self._needs_jail(one)]
            jobs = [
                {"id": one.number, "path": path_of(one), "size": one.size, "name": one.name,
                 "formats": [kind.value for kind in one.formats]}
                for one in some
            ]  # fmt: skip
            answers = self.inside("examine", some, jobs, shared, None)
            for one in some:
                answer = answers.get(one.number, {"failed": "was not answered for"})
                if sight := answer.get("sight"):
                    one.sights.append(sight_from(sight))
                elif "failed" in answer:
                    said = (f"our own check {answer['failed']}",)
                    one.sights.append(
                        Sight(scanner=OWN, verdict=Verdict.NOT_EXAMINED, because=said)
                    )
            self.progress("files examined", start + len(some), len(subjects))

    def _needs_jail(self, one: Subject) -> bool:
        """Whether a check evaluates something: templates do; where nothing is apart, it waits."""
        if not {Format.TEMPLATE, Format.GGUF, Format.JSON} & set(one.formats):
            return False
        said = ("templates are not rendered where nothing keeps them apart",)
        one.sights.append(Sight(scanner=OWN, verdict=Verdict.NOT_EXAMINED, because=said))
        return True

    def inside(
        self, work: str, subjects: Sequence[Subject], jobs: list[dict[str, Any]],
        shared: Mapping[str, Any], out: Path | None,
    ) -> dict[int, dict[str, Any]]:  # fmt: skip
        """Answers of our own process, by number of the subject."""
        given = {**shared, "jobs": jobs, "wall_s": self.settings.timeout_s}
        ended = self.jail(own_folders(), shares=len(jobs)).run(
            own_words(work), {below(one): one.path for one in subjects},
            given=json.dumps(given).encode(), out=out,
        )  # fmt: skip
        self._spent(OWN, ended)
        answers = {}
        for line in ended.out.splitlines():
            try:
                told = json.loads(line)
                answers[int(told["id"])] = told
            except (ValueError, KeyError, TypeError):
                continue
        for job in jobs:
            answers.setdefault(int(job["id"]), {"failed": why(ended)})
        return answers

    # -- scanners of others

    @property
    def apart(self) -> bool:
        """Whether programs of others may run."""
        return self.told.isolation is not Isolation.NONE

    def ask(self, scanner: Scanner) -> None:
        """Give a scanner every file that it reads."""
        environments = self.settings.environments
        version = scanner.version(environments)
        if version is None or not scanner.python(environments).exists():
            self.told.absent[scanner.name] = (
                f"is not in {environments / scanner.name}: `make scanners` installs it"
            )
            return
        if not self.apart:
            self.told.absent[scanner.name] = "nothing on this machine keeps it apart"
            return
        self.told.versions[scanner.name] = version
        views = [(one, kind) for one in self.told.subjects
                 for kind in asked(scanner.name, one.formats)]  # fmt: skip
        for start in range(0, len(views), BATCH):
            self.halves(scanner, views[start : start + BATCH])
            self.progress(f"files given to {scanner.name}", min(start + BATCH, len(views)),
                          len(views))  # fmt: skip

    def halves(self, scanner: Scanner, views: list[tuple[Subject, Format]]) -> None:
        """Ask about some files; where the run fails, about each half of them."""
        paths = {f"{EXAMINED}/{below(one, kind)}": one for one, kind in views}
        files = {below(one, kind): one.path for one, kind in views}
        python = scanner.python(self.settings.environments)
        visible = (*environment_folders(python), DRIVERS)
        ended = self.jail(visible, shares=len(views) / 4).run(
            scanner.words(self.settings.environments), files,
            given="".join(f"{path}\n" for path in paths).encode(),
        )  # fmt: skip
        self._spent(scanner.name, ended)
        try:
            sights = {} if ended.why else scanner.read(ended.out, list(paths))
        except (ValueError, KeyError, TypeError, AttributeError):
            sights = {}
        missing = [view for view in views if f"{EXAMINED}/{below(*view)}" not in sights]
        for path, sight in sights.items():
            paths[path].sights.append(sight)
        if not missing:
            return
        if len(views) == 1:
            said = (why(ended),)
            views[0][0].sights.append(
                Sight(scanner=scanner.name, verdict=Verdict.NOT_EXAMINED, because=said)
            )
            return
        middle = max(1, len(missing) // 2)
        for half in (missing[:middle], missing[middle:]):
            if half:
                self.halves(scanner, half)

    # -- at the end

    def compare(self) -> None:
        """Say which files changed while they were examined: nothing said of them holds."""
        for one in self.told.subjects:
            if one.depth == 0 and changed(one):
                said = ("changed while it was examined",)
                one.sights = [Sight(scanner=OWN, verdict=Verdict.NOT_EXAMINED, because=said)]
                one.whole = False

    def jail(self, visible: Iterable[Path], shares: float = 1.0) -> Jail:
        """A place to run something in, for so many times what one file is given."""
        limits = Limits(
            wall_s=_STARTING_S + self.settings.timeout_s * max(1.0, shares),
            memory_mib=self.settings.memory_mib,
            scratch_mib=self.settings.most_unpacked_mib,
        )
        return Jail(kind=self.told.isolation, visible=tuple(visible), limits=limits)

    def _spent(self, name: str, ended: Ended) -> None:
        self.told.cpu_s[name] = self.told.cpu_s.get(name, 0.0) + ended.cpu_s
