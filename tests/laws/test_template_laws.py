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


#: what unrelated people may write, in the same words of courtesy.
UNRELATED = {
    "English": (
        "It is very hot today and I want to go to the sea with friends",
        "Could you please translate this sentence into English for me",
        "Please tell me which ingredients a green curry for four people needs",
        "Please make a marketing plan for the new product of next year",
        "Please explain the difference between a relational and a document database",
        "Please write a polite letter of resignation for family reasons",
        "The price of gold rose today because investors abroad want more of it",
        "My child has had a fever for two days, should I see a doctor",
    ),
    "Chinese": (
        "今天天气太热了，我想在长假和朋友去海边",
        "请把这句话翻译成英文",
        "四个人吃的绿咖喱鸡需要哪些材料",
        "请为明年的新产品制定一份营销计划",
        "请解释关系数据库和文档数据库的区别",
        "请写一封以家庭为理由的礼貌的辞职信",
        "由于海外投资者的需求，今天金价上涨了",
        "孩子发烧两天了，应该带他去医院吗",
    ),
    "Japanese": (
        "今日はとても暑いので友だちと海に行きたいです",
        "この文を英語に翻訳してください",
        "四人分のグリーンカレーを作るにはどんな材料が必要ですか",
        "来年の新製品のマーケティング計画を立ててください",
        "関係データベースと文書データベースの違いを説明してください",
        "家族を理由にした丁寧な退職届を書いてください",
        "海外の投資家の需要によって今日の金の値段が上がりました",
        "子どもが二日間熱を出していますが病院に連れて行くべきでしょうか",
    ),
    "Korean": (
        "오늘은 날씨가 너무 더워서 친구들과 바다에 가고 싶어요",
        "이 문장을 영어로 번역해 주세요",
        "네 사람이 먹을 김치찌개를 만들려면 어떤 재료가 필요한가요",
        "내년에 나올 새 제품의 마케팅 계획을 세워 주세요",
        "관계형 데이터베이스와 문서 데이터베이스의 차이를 설명해 주세요",
        "가족을 이유로 정중한 사직서를 써 주세요",
        "해외 투자자들의 수요 때문에 오늘 금값이 올랐습니다",
        "아이가 이틀째 열이 나는데 병원에 데려가야 할까요",
    ),
    "Thai": (
        "วันนี้อากาศร้อนมากและฉันอยากไปเที่ยวทะเลกับเพื่อนในช่วงวันหยุดยาว",
        "ช่วยแปลประโยคนี้เป็นภาษาอังกฤษให้หน่อยได้ไหมครับ",
        "สูตรทำแกงเขียวหวานไก่สำหรับสี่คนต้องใช้เครื่องปรุงอะไรบ้าง",
        "บริษัทของเราต้องการวางแผนการตลาดสำหรับสินค้าใหม่ในปีหน้า",
        "อธิบายความแตกต่างระหว่างฐานข้อมูลเชิงสัมพันธ์กับฐานข้อมูลเอกสาร",
        "เขียนจดหมายลาออกจากงานอย่างสุภาพและให้เหตุผลเรื่องครอบครัว",
        "ราคาทองคำวันนี้เพิ่มขึ้นเพราะความต้องการของนักลงทุนในต่างประเทศ",
        "ลูกของฉันเป็นไข้มาสองวันแล้วควรพาไปหาหมอหรือไม่",
    ),
}


@pytest.mark.parametrize("language", UNRELATED)
def test_to_write_one_language_is_not_to_share_a_template(language: str) -> None:
    for one, other in itertools.combinations(shingles_of(list(UNRELATED[language])), 2):
        assert not one & other
