"""Reason codes, each with a sentence for the person whom it concerns.

The sentence says what was seen, not what somebody is. It is filled with numbers of the case
and never with another account's name.
"""

from __future__ import annotations

from dataclasses import dataclass

from stillwatch.model.errors import BadSettings


@dataclass(frozen=True, slots=True)
class Reason:
    """A code, what it tells the subject, and what the subject can do at once."""

    code: str
    tells: str
    remedy: str


REASONS: tuple[Reason, ...] = (
    Reason(
        "linked-campaign",
        "Your account's requests fit together with those of other accounts as if one operator "
        "sent them all, at a scale and of a kind that collects a model's answers for training.",
        "If you work alone, or with others for a reason that we did not see, contest this with "
        "the case number. If your use was agreed with us, say under which name.",
    ),
    Reason(
        "over-limit",
        "More requests came than your limit allows.",
        "Wait for the time in Retry-After, or ask for a higher limit.",
    ),
    Reason(
        "new-account-ramp",
        "A new account's limit grows with its age; yours was reached.",
        "Wait, verify the account, or have a migration agreed beforehand.",
    ),
    Reason(
        "beyond-tier",
        "This is open to accounts that have shown more of who they are.",
        "Verify the account, or wait until it is open to all.",
    ),
    Reason(
        "plan-to-usage",
        "Your use is far above what your plan is made for.",
        "Change the plan, or ask for a higher limit.",
    ),
    Reason(
        "key-spread",
        "One of your keys is in use from very many networks and programs at once.",
        "If you did not expect that, replace the key. If you did, verify the account.",
    ),
    Reason(
        "key-leaked",
        "One of your keys was found where anybody can read it.",
        "Replace the key.",
    ),
    Reason(
        "verification-due",
        "A verification that we asked for has not been completed.",
        "Complete it, or contest it with the case number.",
    ),
    Reason(
        "undisclosed-resale",
        "Your account's use looks like that of many separate customers.",
        "Register as a reseller and send the tenant with each request; you keep your limits.",
    ),
    Reason("appeal-pending", "Your case is being read by a person.", "Nothing; you will hear."),
    Reason("appeal-upheld", "A person read your case and the decision stands.", "None."),
    Reason("appeal-granted", "A person read your case and took the decision back.", "Nothing."),
    Reason("review", "A person decided.", "Contest it with the case number."),
    Reason("undone", "An earlier decision was taken back.", "Nothing."),
    Reason("stopped", "The operator has stopped all controls.", "Nothing."),
)

BY_CODE: dict[str, Reason] = {reason.code: reason for reason in REASONS}


def reason(code: str) -> Reason:
    """The reason of a code.

    Raises:
        BadSettings: there is none.
    """
    if code not in BY_CODE:
        raise BadSettings("reason", f"{code!r} is unknown; known are {', '.join(BY_CODE)}.")
    return BY_CODE[code]
