"""Errors that say what happened, what it means and what to do."""


class StillwatchError(Exception):
    """Base of every error that stillwatch raises on purpose."""


class BadInput(StillwatchError):
    """The data that was handed in cannot be used as it is.

    Args:
        what: what is wrong, in a sentence.
        where: file, line, row or field where it stands.
        remedy: what the reader can do about it.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        place = f"{where}: " if where else ""
        cure = f" {remedy}" if remedy else ""
        super().__init__(f"{place}{what}{cure}")


class BadSettings(StillwatchError):
    """A setting is unknown or out of range; ``key`` names it."""

    def __init__(self, key: str, what: str) -> None:
        self.key = key
        super().__init__(f"setting {key}: {what}")


class OutsideFailed(StillwatchError):
    """Something outside stillwatch (disk, network, another program) failed."""

    def __init__(self, what: str, *, remedy: str = "") -> None:
        self.what = what
        super().__init__(f"{what} {remedy}".strip())


class NotEnoughEvidence(StillwatchError):
    """The question was looked at and the data cannot answer it."""

    def __init__(self, what: str, *, needed: float, had: float) -> None:
        self.needed = needed
        self.had = had
        super().__init__(f"{what}: needed {needed:g}, had {had:g}")


class NotAllowed(StillwatchError):
    """A rule of the house forbids the step; ``by_rule`` names the rule."""

    def __init__(self, what: str, *, by_rule: str) -> None:
        self.by_rule = by_rule
        super().__init__(f"{what} (rule: {by_rule})")
