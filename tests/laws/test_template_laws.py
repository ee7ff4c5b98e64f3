"""A template shared by accounts leaves shared shingles, in whatever script it is written."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.stats.siphash import Key
from stillwatch.stats.sketches import sketch_texts

KEY = Key.of(b"a secret of the laws")
N_ACCOUNTS, N_PROMPTS = 6, 8

#: template with room for a task in the middle, what parts words, and words of tasks.
LANGUAGES = {
    "English": (
        "Solve the task below and write down every single step before the answer. {} "
        "End with one line that states the final result and nothing else.",
        " ",
        "river copper seven bakers garden number ladder winter forty triangle ship paper velvet",
    ),
    "Chinese": (
        "请先把下面这道题目的解题过程逐步写清楚。{}最后用一行给出结论，不要添加别的内容。",
        "",
        "河流 铜线 七位 面包 花园 数字 梯子 冬天 四十 三角 货船 纸张 丝绒",
    ),
    "Arabic": (
        "حل المسألة التالية واكتب كل خطوة من خطوات الحل قبل أن تذكر الجواب. {} "
        "اختم بسطر واحد يذكر النتيجة النهائية ولا تضف إليه أي شيء آخر.",
        " ",
        "نهر نحاس سبعة خباز حديقة رقم سلم شتاء أربعون مثلث سفينة ورق مخمل",
    ),
    "Hindi": (
        "नीचे दिए गए सवाल को हल करो और उत्तर देने से पहले हर एक चरण लिखो। {} "
        "अंत में एक ही पंक्ति में अंतिम परिणाम बताओ और कुछ मत जोड़ो।",
        " ",
        "नदी ताँबा सात बेकर बगीचा अंक सीढ़ी सर्दी चालीस त्रिभुज जहाज कागज मखमल",
    ),
    "Thai": (
        "จงแก้โจทย์ข้างล่างนี้และเขียนวิธีทำทุกขั้นตอนก่อนบอกคำตอบ {} "
        "ปิดท้ายด้วยหนึ่งบรรทัดที่บอกผลลัพธ์สุดท้ายโดยไม่ต้องเพิ่มสิ่งอื่น",
        "",
        "แม่น้ำ ทองแดง เจ็ดคน ช่างอบ สวนดอกไม้ ตัวเลข บันได ฤดูหนาว สี่สิบ สามเหลี่ยม เรือใบ กระดาษ กำมะหยี่",
    ),
}


def tasks(language: str, n: int, seed: int) -> list[str]:
    """Made-up tasks of nine words each."""
    _, between, words = LANGUAGES[language]
    rng = np.random.default_rng(seed)
    return [between.join(rng.permutation(words.split())[:9]) for _ in range(n)]


def shingles_of(prompts: list[str]) -> list[set[int]]:
    """The kept shingles of each prompt."""
    sketch = sketch_texts(pa.array(prompts), KEY)
    bounds = itertools.pairwise(sketch.offsets.tolist())
    return [set(sketch.shingles[low:high].tolist()) for low, high in bounds]


def accounts_of(language: str) -> list[list[set[int]]]:
    """Shingles of accounts that fill one template with tasks of their own."""
    template = LANGUAGES[language][0]
    return [
        shingles_of([template.format(task) for task in tasks(language, N_PROMPTS, account)])
        for account in range(N_ACCOUNTS)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_any_two_prompts_of_a_template_share_shingles(language: str) -> None:
    accounts = accounts_of(language)
    for one, other in itertools.combinations(accounts, 2):
        for left, right in itertools.product(one, other):
            assert len(left & right) >= 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_template_is_the_same_share_of_what_is_kept(language: str) -> None:
    accounts = accounts_of(language)
    everywhere = set.intersection(*(kept for account in accounts for kept in account))
    sizes = [len(kept) for account in accounts for kept in account]
    assert 0.4 < len(everywhere) / np.mean(sizes) < 0.95


@pytest.mark.parametrize("language", LANGUAGES)
def test_tasks_without_the_template_share_little(language: str) -> None:
    everywhere = set.intersection(*(kept for account in accounts_of(language) for kept in account))
    alone = shingles_of(tasks(language, 40, 99))
    assert not any(kept & everywhere for kept in alone)
