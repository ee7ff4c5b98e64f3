"""Names word by word: what one edit, one initial or one number does, and what does not matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.screen.wording import WORDING, number_of, worded

WORDS = st.lists(st.text("abcdefghij", min_size=2, max_size=8), min_size=1, max_size=5)


def counted(one: str, other: str, *, person: bool = True) -> dict[str, float]:
    return worded(one.lower().split(), other.lower().split(), (one, other), person=person)


@given(WORDS)
def test_a_name_beside_itself_has_nothing_left_over(words: list[str]) -> None:
    told = worded(words, words, (" ".join(words), " ".join(words)), person=True)
    quiet = set(WORDING) - {"n_kept", "n_kept_chars", "edited_chars", "n_words_asked",
                            "n_words_listed", "n_turned"}  # fmt: skip
    assert not any(told[name] for name in quiet)
    assert told["n_kept"] == len(words)


@given(WORDS, WORDS)
def test_who_is_asked_and_who_is_listed_change_places(one: list[str], other: list[str]) -> None:
    texts = " ".join(one), " ".join(other)
    there = worded(one, other, texts, person=True)
    back = worded(other, one, texts[::-1], person=True)
    assert there["n_kept"] == back["n_kept"]
    assert there["n_words_asked"] == back["n_words_listed"]
    assert set(there) == set(WORDING)


@pytest.mark.parametrize(
    ("one", "other", "name", "value"),
    [
        ("vladimir putin", "vladimir pulin", "edits_most", 1.0),
        ("v putin", "vladimir putin", "initials_stand", 1.0),
        ("a putin", "vladimir putin", "initials_clash", 1.0),
        ("noureddine ben dr", "noureddine ben drissi", "cut_short", 1.0),
        ("boris de vries", "boris de wever", "n_spare_asked", 1.0),
        ("이재형", "이재명", "dense_share", 1 / 3),
        ("putin vladimir", "vladimir putin", "n_turned", 1.0),
    ],
)
def test_what_is_counted(one: str, other: str, name: str, value: float) -> None:
    assert counted(one, other)[name] == pytest.approx(value)


def test_scrambled_letters_stand_for_the_word() -> None:
    told = counted("rimidalv putin", "vladimir putin")
    assert told["n_scrambled"] == 1.0
    assert told["n_spare_asked"] == told["n_spare_listed"] == 0.0


def test_numbers_clash_agree_or_are_spare() -> None:
    assert counted("fund iii", "fund iv", person=False)["numbers_clash"] == 1.0
    assert counted("brigade forty 4", "brigade 44", person=False)["numbers_clash"] == 0.0
    assert counted("fund ii", "fund", person=False)["numbers_spare"] == 1.0
    assert number_of("xviii") == 18
    assert number_of("mix") == 0
