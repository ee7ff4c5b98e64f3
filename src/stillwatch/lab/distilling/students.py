"""Who is trained: the list of students, each with the defence it met and what it did about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stillwatch.lab.distilling.attacks import ATTACKS
from stillwatch.lab.distilling.defences import BY_NAME, Defence, answered
from stillwatch.model.errors import BadInput

#: where a student's lessons come from.
SOURCES: Final = {
    "served": "what the campaign was served",
    "unserved": "other answers of the same teacher to the same problems, which nobody was served",
    "independent": "answers of somebody else who knows the table",
    "elsewhere": "the few worked steps from elsewhere alone",
    "form": "answers with results drawn at random: the form, not the table",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """One student.

    Args:
        name: unique in a plan.
        line: what it shows.
        defence: name of the :class:`~stillwatch.lab.distilling.defences.Defence` it met.
        attacks: names of :data:`~stillwatch.lab.distilling.attacks.ATTACKS`, in order.
        source: one of :data:`SOURCES`.
        n_queries: that the campaign sends, 1 to 7000.
        n_accounts: that share them evenly, at least 1.
        n_elsewhere: worked answers that the campaign has from elsewhere.

    Raises:
        BadInput: a name is unknown or a number out of range.
    """

    name: str
    line: str
    defence: str = "none"
    attacks: tuple[str, ...] = ()
    source: str = "served"
    n_queries: int = 2_000
    n_accounts: int = 40
    n_elsewhere: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        if self.defence not in BY_NAME or self.source not in SOURCES:
            raise BadInput(f"unknown: {self.defence} or {self.source}.", where=self.name)
        if unknown := set(self.attacks) - set(ATTACKS):
            raise BadInput(f"unknown attacks: {', '.join(sorted(unknown))}.", where=self.name)
        if not 1 <= self.n_queries <= 7_000 or self.n_accounts < 1 or self.n_elsewhere < 0:
            raise BadInput("1 to 7000 queries by at least 1 account.", where=self.name)
        if "invert" in self.attacks and not self.n_elsewhere:
            raise BadInput("inversion needs worked answers from elsewhere.", where=self.name)

    @property
    def met(self) -> Defence:
        """The defence itself."""
        return BY_NAME[self.defence]

    @property
    def n_answered(self) -> int:
        """How many of its queries were answered."""
        return answered(self.met, self.n_queries, self.n_accounts)

    @property
    def experimental(self) -> bool:
        """Whether it runs only when asked for."""
        return self.met.experimental


STUDENTS: Final = (
    Student(name="none", line="nothing is done"),
    Student(name="independent", line="innocent: never saw us", source="independent"),
    Student(name="unserved", line="ours, but of what was not served", source="unserved"),
    Student(name="form", line="knows the form alone", source="form"),
    Student(name="answer only", line="results alone", defence="answer_only"),
    Student(name="elsewhere", line="the inverter's lessons alone", source="elsewhere",
            n_elsewhere=400),
    Student(name="answer only, inverted", line="results, steps made up for them",
            defence="answer_only", attacks=("invert",), n_elsewhere=400),
    Student(name="hidden", line="steps without symbols", defence="hidden"),
    Student(name="hidden, inverted", line="steps made up for the results",
            defence="hidden", attacks=("invert",), n_elsewhere=400),
    Student(name="conclusion first", line="result before steps", defence="conclusion_first"),
    Student(name="conclusion first, reordered", line="moved back behind the steps",
            defence="conclusion_first", attacks=("reorder",)),
    Student(name="canaries", line="keyed examples", defence="canaries"),
    Student(name="canaries, paraphrased", line="other words, same examples", defence="canaries",
            attacks=("paraphrase",)),
    Student(name="marks", line="keyed words and examples", defence="marks"),
    Student(name="marks, paraphrased", line="other words, same examples", defence="marks",
            attacks=("paraphrase",)),
    Student(name="marks, all redrawn", line="other words, other examples", defence="marks",
            attacks=("paraphrase", "redraw")),
    Student(name="account cap", line="25 answers each of 10 accounts", defence="account_cap",
            n_accounts=10),
    Student(name="account cap, more accounts", line="25 answers each of 80 accounts",
            defence="account_cap", attacks=("accounts",), n_accounts=80),
    Student(name="cluster cap, more accounts", line="100 answers for all of 80 accounts",
            defence="cluster_cap", attacks=("accounts",), n_accounts=80),
    Student(name="antidistillation", line="drawn against a proxy", defence="antidistillation"),
)  # fmt: skip


def chosen(names: str, *, experimental: bool) -> tuple[Student, ...]:
    """Students by name, in the order of the list.

    Args:
        names: ``all``, or names with commas between groups: ``none; marks, paraphrased``
            are told apart by semicolons.
        experimental: whether ``all`` holds the experimental ones.

    Raises:
        BadInput: nobody has that name.

    >>> [one.name for one in chosen("marks; none", experimental=False)]
    ['none', 'marks']
    """
    if names.strip() == "all":
        return tuple(one for one in STUDENTS if experimental or not one.experimental)
    wanted = {part.strip() for part in names.split(";") if part.strip()}
    known = {one.name for one in STUDENTS}
    if unknown := wanted - known:
        raise BadInput(
            f"no student is called {', '.join(sorted(unknown))}.", where="students",
            remedy=f"Known are: {'; '.join(one.name for one in STUDENTS)}.",
        )  # fmt: skip
    if not wanted:
        raise BadInput("no student is named.", where="students")
    return tuple(one for one in STUDENTS if one.name in wanted)
