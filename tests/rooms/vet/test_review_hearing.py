"""Nothing goes public before the vendor could reply, and what is private stays so."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from stillwatch.adapters.reviewing.making import looked_through
from stillwatch.model.errors import BadInput, NotAllowed
from stillwatch.vet.part import Outcome, Severity
from stillwatch.vet.review import Dissent, Hearing, Mode, Override, document_of
from stillwatch.vet.review.hearing import LEAST_DAYS, State
from stillwatch.vet.review.modes import WITHHELD
from tests.rooms.vet.reviewed import HEARING, NOW_US, part, parts, point, review_of

DAY_US = 86_400_000_000
ASKED = date(2026, 11, 1)
HEARD = Hearing(contact="c", asked_on=ASKED, appeal_to="appeals@us.example")


def public(made_us: int = NOW_US, override: Override | None = None, **words: Any) -> dict[str, Any]:
    given = words.pop("given", parts(behaviour=Outcome.CONCERN))
    review = review_of(*given, **words)
    return document_of(review, mode=Mode.PUBLIC, made_us=made_us, override=override)


@pytest.mark.parametrize(
    ("day", "state"),
    [(ASKED - timedelta(1), "not_asked"), (ASKED, "waiting"),
     (ASKED + timedelta(LEAST_DAYS), "waiting"), (ASKED + timedelta(LEAST_DAYS + 1), "silent")],
)  # fmt: skip
def test_a_vendor_has_its_days_to_reply(day: date, state: str) -> None:
    assert HEARD.state(day).value == state


def test_a_public_report_waits_for_the_vendor_to_the_day() -> None:
    last = round((date(2026, 12, 1) - date(1970, 1, 1)).total_seconds() * 1e6)
    with pytest.raises(NotAllowed, match="may reply until 2026-12-01"):
        public(last + DAY_US - 1, hearing=HEARD)
    assert public(last + DAY_US, hearing=HEARD)["vendor"]["state"] == "silent"


@pytest.mark.parametrize("hearing", [Hearing(appeal_to="a"), HEARD])
def test_a_person_can_say_why_it_cannot_wait_and_that_stands_in_it(hearing: Hearing) -> None:
    with pytest.raises(NotAllowed):
        public(hearing=hearing)
    told = public(hearing=hearing, override=Override(by="Ann Lee", reason="it is being exploited"))
    assert told["vendor"]["published_early"] == {"by": "Ann Lee", "reason": "it is being exploited"}
    with pytest.raises(BadInput, match="a person and a reason"):
        Override(by=" ", reason="x")


def test_what_is_published_can_be_contested() -> None:
    with pytest.raises(NotAllowed, match="contest"):
        public(hearing=Hearing(asked_on=ASKED, replied_on=ASKED, reply="fine."))


def test_a_private_report_waits_for_nobody() -> None:
    told = document_of(review_of(*parts(), hearing=Hearing()), mode=Mode.PRIVATE, made_us=NOW_US)
    assert told["vendor"]["state"] == "not_asked"


@pytest.mark.parametrize(
    "words",
    [{"days_to_reply": LEAST_DAYS - 1}, {"reply": "x"}, {"replied_on": ASKED},
     {"asked_on": ASKED, "replied_on": ASKED - timedelta(1), "reply": "x"}],
)  # fmt: skip
def test_what_cannot_have_happened_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Hearing(**words)


def test_a_reply_shows_from_its_day_on() -> None:
    hearing = Hearing(asked_on=ASKED, replied_on=date(2026, 11, 20), reply="we dispute it.")
    assert hearing.to_json(date(2026, 11, 19))["reply"] == ""
    assert hearing.to_json(date(2026, 11, 20))["state"] == State.REPLIED.value


def test_the_public_report_holds_back_places_and_words_and_counts_them() -> None:
    secret = "layer 7, offset 0x1f"
    words = {"where": secret, "observed": f"calls os.system at {secret}"}
    given = (
        *(one for one in parts() if one.name not in ("files", "lineage")),
        part("files", Outcome.CONCERN, because=f"{secret} is grave.", covered=(secret,),
             not_covered=(secret, secret), measured={"x": secret},
             points=(point(Severity.CRITICAL, **words), point(Severity.NOTE, **words))),
        part("lineage", points=(point(Severity.NOTE, where="key 17", observed="key 17 hit."),)),
    )  # fmt: skip
    told = public(given=given, hearing=HEARING)
    text = json.dumps(told)
    assert secret not in text and "key 17" not in text
    files = next(one for one in told["parts"] if one["name"] == "files")
    assert files["points"][0]["observed"] == WITHHELD
    assert files["not_covered"] == [f"2 sentences {WITHHELD}."]
    assert files["because"] == "a concern: 1 critical, 1 note."
    assert told["withheld"]["by_part"]["files"] == 2
    # Outcome, title, number and error rate stay, and so does how much was not looked at.
    assert files["points"][0]["p_value"] == 1e-4
    assert told["answer"]["answer"] == "do_not_run"
    row = next(row for row in told["examinations"] if row["name"] == "files")
    assert row["n_not_covered"] == 2


def test_both_modes_answer_the_same() -> None:
    given = parts(
        files=Outcome.CONCERN, lineage=Outcome.UNDECIDED, substitution=Outcome.NOT_EXAMINED
    )
    private = document_of(review_of(*given), mode=Mode.PRIVATE, made_us=NOW_US)
    told = public(given=given)
    for key in ("answer", "title", "conditions", "sure"):
        part_of = (private["answer"], told["answer"])
        assert key == "answer" or part_of[0][key] == part_of[1][key]
    assert [r["outcome"] for r in private["examinations"]] == [
        r["outcome"] for r in told["examinations"]
    ]


def test_keys_and_mail_addresses_are_taken_out_of_others_words_alone() -> None:
    key = "AKIAQYLPMN5HHHFPZAM2"
    told_by = part("substitution", points=(point(observed=f"{key} of bob@example.com"),))
    given = (*(one for one in parts() if one.name != "substitution"), told_by)
    dissent = Dissent(by="Ben Ode", said_on=ASKED, says=f"see {key}")
    told = looked_through(public(given=given, dissents=(dissent,)))
    text = json.dumps(told)
    assert key not in text and "bob@example.com" not in text
    assert told["vendor"]["appeal_to"] == HEARING.appeal_to
    assert told["withheld"]["redacted"]["secret"] == 2
    assert told["dissents"][0]["by"] == "Ben Ode"


def test_a_dissent_travels_by_name_and_is_about_something() -> None:
    dissent = Dissent(by="Ben Ode", said_on=ASKED, says="I do not agree.", about="files")
    assert public(dissents=(dissent,))["dissents"][0]["says"] == "I do not agree."
    with pytest.raises(BadInput, match="a dissent is about"):
        public(dissents=(Dissent(by="B", said_on=ASKED, says="x", about="taste"),))
    with pytest.raises(BadInput, match="a name and a text"):
        Dissent(by="", said_on=ASKED, says="x")
