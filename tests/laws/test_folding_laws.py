"""Folding of texts: the compiled fold is the plain one, and disguises change nothing."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.stats.folding import (
    FIRST_TAG,
    GROWTH,
    UNREAD,
    fold_character,
    fold_text,
    normalised,
    text_tables,
)
from stillwatch.stats.normal_form import N_PLANES, STOP, normal_table
from stillwatch.stats.siphash import Key
from stillwatch.stats.sketches import sketch_texts

KEY = Key.of(b"a secret of the laws")

#: characters of every kind that the fold treats apart, for texts that mix them.
AWKWARD = (
    "aA0_ .,<éȨ́́ßẞİıſςΣϲϹжЖаАёѐאִשׁعَىیکكـकक़्ि়ো"
    "가각ㄱ각かがﾞ゙ガｶเ่ำກ໌中㐀々〇ꓐᎠꭰⲟ①Ⅷ２٣३๓ﬃﷺ½\u200b\u200d\ufeff\u00ad\u034f\u115f"
    "\u3164\ufe0f\u180b\U000e0041\U000e0101\U0001bca0😀🇦🅐𝐀𝟘𐐀丽\U0002f800"
)
TEXTS = st.text(st.sampled_from(AWKWARD) | st.characters(exclude_categories=["Cs"]), max_size=60)


def fold(data: npt.NDArray[np.uint8], *, is_normal: bool) -> str | None:
    """What the compiled fold makes of UTF-8; None where it asks for NFKC first."""
    out = np.zeros(GROWTH * data.size + 1, np.uint8)
    size = fold_text(data, 0, data.size, is_normal, text_tables()[:3], out, out.size)
    return None if size == UNREAD else out[:size].tobytes().decode()


def raw(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def plain_fold(text: str) -> str:
    """The fold, character by character."""
    kept = (letter for letter in text if ord(letter) < FIRST_TAG)
    return "".join(letter if ord(letter) >= N_PLANES else fold_character(letter) for letter in kept)


@settings(max_examples=400)
@given(TEXTS)
def test_the_compiled_fold_is_the_plain_one(text: str) -> None:
    normal = normalised(pa.array([text]))[0].as_py()
    assert fold(raw(normal), is_normal=True) == plain_fold(normal)
    unasked = fold(raw(text), is_normal=False)
    assert unasked in (None, plain_fold(text))


@settings(max_examples=400)
@given(TEXTS)
def test_what_is_read_unasked_would_not_have_changed(text: str) -> None:
    unasked = fold(raw(text), is_normal=False)
    if unasked is not None:
        assert unicodedata.normalize("NFKC", text) == text
        assert unasked == fold(raw(normalised(pa.array([text]))[0].as_py()), is_normal=True)


def test_no_character_outgrows_its_room_or_passes_unread() -> None:
    table = normal_table()
    for code in itertools.chain(range(0xD800), range(0xE000, 0x30000)):
        letter = chr(code)
        size = len(letter.encode())
        assert len(plain_fold(letter).encode()) <= GROWTH * size
        changes = unicodedata.normalize("NFKC", letter) != letter
        if code < N_PLANES:
            assert not changes or table[code] == STOP, hex(code)
        elif changes:
            assert fold(raw(letter), is_normal=False) is None, hex(code)


def test_folding_twice_changes_nothing_more() -> None:
    for code in itertools.chain(range(0xD800), range(0xE000, N_PLANES)):
        once = plain_fold(unicodedata.normalize("NFKC", chr(code)))
        assert plain_fold(once) == once, hex(code)


#: one request in many scripts, longer than the run of tokens that winnowing keeps.
REQUESTS = {
    "English": "Please write down every step of the proof and only then state the final result",
    "German": "Bitte schreibe jeden Schritt der Lösung auf und nenne erst danach das Ergebnis",
    "Vietnamese": "Hãy viết ra từng bước của lời giải rồi mới nêu kết quả cuối cùng của bài toán",
    "Russian": "Пожалуйста запиши каждый шаг решения и только затем назови итоговый ответ задачи",
    "Greek": "Γράψε κάθε βήμα της λύσης και μόνο τότε δώσε το τελικό αποτέλεσμα της άσκησης",
    "Hebrew": "כתוב כל שלב של הפתרון ורק אחר כך ציין את התוצאה הסופית של התרגיל הזה",
    "Arabic": "اكتب كل خطوة من خطوات الحل ثم اذكر النتيجة النهائية للمسألة في سطر واحد",
    "Persian": "هر گام راه حل را بنویس و تنها پس از آن پاسخ پایانی مسئله را بیان کن",
    "Hindi": "हल का हर चरण लिखिए और उसके बाद ही अंतिम उत्तर एक पंक्ति में बताइए",
    "Bengali": "সমাধানের প্রতিটি ধাপ লেখো এবং তারপর শেষ উত্তরটি এক লাইনে জানাও দয়া করে",
    "Thai": "เขียนทุกขั้นตอนของวิธีทำแล้วจึงบอกคำตอบสุดท้ายในบรรทัดเดียว",
    "Chinese": "请写出解答的每一个步骤，然后才给出最后的结果",
    "Japanese": "解答のすべての手順を書き、そのあとで最終的な結果を述べてください",
    "Korean": "풀이의 모든 단계를 적고 그 다음에 최종 결과를 한 줄로 말해 주세요",
}


def spaced(text: str, between: str) -> str:
    """``between`` after every letter, which no mark follows."""
    return re.sub(r"(\w)(?=\w)", rf"\1{between}", text)


def passing(text: str) -> str:
    """Letters in the look of another script, with Cyrillic, Greek and Armenian ones."""
    looks = str.maketrans("aceiopxyABEHKMOPTXsju", "асеіорхуАВΕНКМΟРТХѕјս")
    return text.translate(looks)


def passing_back(text: str) -> str:
    """Cyrillic and Greek letters in the look of Latin ones."""
    looks = str.maketrans("асеорхуіАВЕКМНОРСТХανορικτ", "aceopxyiABEKMHOPCTXavopikt")
    return text.translate(looks)


DISGUISES: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "decomposed for compatibility": lambda text: unicodedata.normalize("NFKD", text),
    "full width": lambda text: text.translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)}),
    "bold letters": lambda text: text.translate({c + 97: chr(c + 0x1D41A) for c in range(26)}),
    "squared letters": lambda text: text.upper().translate(
        {c + 65: 0x1F170 + c for c in range(26)}
    ),
    "small capitals": lambda text: text.translate(str.maketrans("abcdehnrt", "ᴀʙᴄᴅᴇʜɴʀᴛ")),
    "hooks and strokes": lambda text: text.translate(str.maketrans("bdhkotz", "ɓđħƙøŧƶ")),
    "letters of other scripts": passing,
    "Latin letters": passing_back,
    "accents": lambda text: text.translate(str.maketrans("aeiou", "àéîöū")),
    "marks": lambda text: spaced(text, "\u0337"),
    "enclosed": lambda text: spaced(text, "\u20dd"),
    "no width": lambda text: spaced(text, "\u200b"),
    "joiners": lambda text: spaced(text, "\u2060\u200c\u034f"),
    "soft hyphens": lambda text: spaced(text, "\u00ad"),
    "fillers": lambda text: spaced(text, "\u3164\u115f"),
    "variation selectors": lambda text: spaced(text, "\ufe0e\U000e0101"),
    "tags": lambda text: spaced(text, "\U000e0061"),
    "shorthand controls": lambda text: spaced(text, "\U0001bca0"),
    "directions": lambda text: "\u202e" + spaced(text, "\u2066\u2069") + "\u202c",
    "blanks": lambda text: text.replace(" ", "\u2003\u3000 "),
}


def kept(text: str) -> list[int]:
    """The shingles of one text."""
    found: list[int] = sketch_texts(pa.array([text]), KEY).shingles.tolist()
    return found


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("language", REQUESTS)
def test_a_disguise_hides_no_request(language: str, disguise: str) -> None:
    request = REQUESTS[language]
    assert len(kept(request)) > 0
    assert kept(DISGUISES[disguise](request)) == kept(request)


SAME_WITHIN_A_SCRIPT = {
    "Arabic tatweel and points": ("كتب كل خطوة", "كـــتَبَ كُلّ خُطوة"),
    "Arabic and Persian letters": ("كتب على يد", "کتب علی ید"),
    "Hebrew points": ("שלום לכל העולם", "שָׁלוֹם לְכָל הָעוֹלָם"),
    "Devanagari nukta": ("सड़क", "सडक"),
    "Hangul letters": ("한국어", "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165"),
    "parted Hangul letters": ("한국어", "\u1112\u200b\u1161\u200b\u11ab국어"),
    "half-width kana": ("ガイド", "ｶﾞｲﾄﾞ"),
    "digits of any script": ("12 25", "१२ ٢٥"),
    "lunate sigma": ("cat can", "ϲat Ϲan"),
}


@pytest.mark.parametrize("case", SAME_WITHIN_A_SCRIPT)
def test_two_spellings_of_a_script_are_one(case: str) -> None:
    one, two = SAME_WITHIN_A_SCRIPT[case]
    sketch = sketch_texts(pa.array([one + " é", two + " é"]), KEY)
    assert sketch.digest[0] == sketch.digest[1]


def test_letters_that_differ_to_a_reader_stay_apart() -> None:
    pairs = [
        ("か", "が"),
        ("ก", "ข"),
        ("क", "ख"),
        ("ш", "щ"),
        ("ب", "ت"),
        ("가", "나"),
        ("ni", "nı́x"),
    ]
    for one, two in pairs:
        sketch = sketch_texts(pa.array([one + " é", two + " é"]), KEY)
        assert sketch.digest[0] != sketch.digest[1], (one, two)
