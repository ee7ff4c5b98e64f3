"""The scanners of others: where each stands, how it is started, what reads its output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stillwatch.adapters.scanning.jail import EXAMINED
from stillwatch.vet.files import outputs
from stillwatch.vet.files.outputs import Sights

DRIVERS: Final = Path(__file__).with_name("drivers")
"""Folder of the programs that run in the scanners' environments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanner:
    """One scanner.

    Args:
        name: also of its environment and its package.
        driver: program of ours that runs in its environment and is told paths on standard input.
        command: the scanner's own program and its words, where there is no driver.
        more: words that the driver is given.
        read: makes sights of what it prints.
    """

    name: str
    read: Callable[[bytes, Sequence[str]], Sights]
    driver: Path | None = None
    command: tuple[str, ...] = ()
    more: tuple[str, ...] = ()

    def python(self, environments: Path) -> Path:
        """Interpreter of its environment, whether it is there or not."""
        return environments.absolute() / self.name / "bin" / "python"

    def words(self, environments: Path) -> list[str]:
        """What starts it."""
        python = self.python(environments)
        if self.driver is not None:
            return [str(python), "-I", str(self.driver), *self.more]
        return [str(python), "-I", *self.command]

    def version(self, environments: Path) -> str | None:
        """The version that is installed; None where none is."""
        folder = self.python(environments).parent.parent
        for one in sorted(folder.glob(f"lib/python3.*/site-packages/{self.name}-*.dist-info")):
            return one.name.removeprefix(f"{self.name}-").removesuffix(".dist-info")
        return None


SCANNERS: Final[tuple[Scanner, ...]] = (
    Scanner(
        name="picklescan", read=outputs.of_picklescan, driver=DRIVERS / "picklescan_driver.py"
    ),
    Scanner(name="fickling", read=outputs.of_fickling, driver=DRIVERS / "fickling_driver.py"),
    Scanner(
        name="modelscan", read=outputs.of_modelscan, driver=DRIVERS / "modelscan_driver.py",
        more=(EXAMINED,),
    ),
    Scanner(
        name="modelaudit", read=outputs.of_modelaudit,
        command=("-m", "modelaudit", "scan", EXAMINED, "--format", "json", "--strict",
                 "--no-whitelist", "--no-cache", "--quiet"),
    ),
)  # fmt: skip
SEVEN_ZIP: Final = DRIVERS / "seven_zip_driver.py"
"""Unpacks 7z archives; runs where picklescan does, whose environment has py7zr."""
