"""Refused: why a TAXII request is not answered, as status, title and sentence."""

from __future__ import annotations

from typing import Final

from stillwatch.model.errors import StillwatchError

TITLES: Final = {
    400: "The request cannot be read",
    401: "Nobody that is known here",
    403: "Not yours to do",
    404: "There is nothing here",
    405: "This method is not for here",
    406: "No answer in a form that is accepted",
    408: "The request took too long",
    413: "The body is too long",
    415: "The body is in another form",
    422: "The envelope cannot be processed",
    429: "More than was agreed to",
    500: "A fault in the program",
    503: "The store does not answer",
}


class Refused(StillwatchError):
    """A request that is not answered.

    Args:
        status: HTTP status.
        what: what was wrong, in a sentence.
        retry_after_s: seconds after which it may go well; 0 where waiting does not help.
    """

    def __init__(self, status: int, what: str, *, retry_after_s: int = 0) -> None:
        self.status = status
        self.what = what
        self.retry_after_s = retry_after_s
        super().__init__(what)

    def to_json(self) -> dict[str, str]:
        """The error resource of TAXII 2.1, section 3.6.1."""
        return {
            "title": TITLES.get(self.status, "Refused"),
            "description": self.what,
            "http_status": str(self.status),
        }
