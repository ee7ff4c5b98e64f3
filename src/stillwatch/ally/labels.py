"""Labels in several languages, for people; programs read the English words of the contracts.

The list is here; a word that a language lacks is told in English and said to be so.
"""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("en", "de", "es", "fr", "it", "ja", "ko", "pt")

#: by word of the contracts, in the order of :data:`LANGUAGES`.
LABELS: Final[dict[str, tuple[str, ...]]] = {
    "supports": ("supports", "stützt", "apoya", "appuie", "sostiene", "支持", "지지", "apoia"),
    "dissents": ("dissents", "widerspricht", "discrepa", "en désaccord", "dissente", "反対", "반대",
                 "discorda"),
    "abstains": ("abstains", "enthält sich", "se abstiene", "s'abstient", "si astiene", "棄権", "기권",
                 "abstém-se"),
    "holds": ("the quorum holds", "das Quorum steht", "hay quórum", "le quorum est atteint",
              "il quorum è raggiunto", "定足数を満たす", "정족수 충족", "há quórum"),
    "holds not": ("the quorum does not hold", "das Quorum steht nicht", "no hay quórum",
                  "le quorum n'est pas atteint", "il quorum non è raggiunto", "定足数を満たさない",
                  "정족수 미달", "não há quórum"),
    "advice": ("advice only; a person at home decides", "nur ein Rat; zu Hause entscheidet ein Mensch",
               "solo un consejo; decide una persona en casa",
               "simple avis ; une personne décide chez elle",
               "solo un parere; decide una persona in sede", "助言のみ。決定は自国の人が行う",
               "조언일 뿐이며 결정은 자국의 사람이 한다", "apenas um conselho; decide uma pessoa em casa"),
    "contradicted itself": ("contradicted itself", "hat sich widersprochen", "se contradijo",
                            "s'est contredit", "si è contraddetto", "自己矛盾", "자기 모순",
                            "contradisse-se"),
    "only repeats what others told": ("only repeats what others told", "wiederholt nur andere",
                                      "solo repite a otros", "ne fait que répéter les autres",
                                      "ripete soltanto altri", "他の報告の繰り返し", "다른 보고의 반복",
                                      "apenas repete outros"),
    "no evidence of its own": ("no evidence of its own", "ohne eigene Belege", "sin pruebas propias",
                               "sans preuve propre", "senza prove proprie", "独自の証拠なし",
                               "자체 증거 없음", "sem provas próprias"),
    "says nothing": ("says nothing", "sagt nichts", "no dice nada", "ne dit rien", "non dice nulla",
                     "意見なし", "의견 없음", "nada diz"),
    "industrial_scale": ("industrial scale", "industrieller Umfang", "escala industrial",
                         "échelle industrielle", "scala industriale", "産業規模", "산업적 규모",
                         "escala industrial"),
    "covert": ("covert", "verdeckt", "encubierto", "dissimulé", "occulto", "秘密裏", "은밀함",
               "encoberto"),
    "unauthorised": ("unauthorised", "unerlaubt", "no autorizado", "non autorisé", "non autorizzato",
                     "無許可", "무단", "não autorizado"),
    "fraud_enabled": ("enabled by fraud", "durch Betrug ermöglicht", "facilitado por fraude",
                      "facilité par la fraude", "favorito da frode", "詐欺による", "사기에 의한",
                      "viabilizado por fraude"),
    "one_operator": ("one operator", "ein Betreiber", "un solo operador", "un seul opérateur",
                     "un solo operatore", "単一の運営者", "단일 운영자", "um só operador"),
    "requires": ("requires", "verlangt", "exige", "exige", "richiede", "義務", "의무", "exige"),
    "permits": ("permits", "erlaubt", "permite", "autorise", "consente", "許可", "허용", "permite"),
    "forbids": ("forbids", "verbietet", "prohíbe", "interdit", "vieta", "禁止", "금지", "proíbe"),
    "silent": ("silent", "schweigt", "no dice nada", "muet", "tace", "規定なし", "규정 없음", "omisso"),
    "agreement": ("agreement", "Einklang", "acuerdo", "accord", "accordo", "一致", "일치", "acordo"),
    "conflict": ("conflict", "Widerspruch", "conflicto", "conflit", "conflitto", "抵触", "충돌",
                 "conflito"),
    "difference": ("difference", "Unterschied", "diferencia", "différence", "differenza", "相違",
                   "차이", "diferença"),
    "one speaks": ("one speaks", "nur eine Stimme", "habla una sola", "une seule se prononce",
                   "parla una sola", "一つのみ規定", "하나만 규정", "só uma fala"),
    "not in force": ("not in force", "nicht in Kraft", "no vigente", "pas en vigueur",
                     "non in vigore", "未施行", "미시행", "não vigente"),
}  # fmt: skip


def label(word: str, language: str = "en") -> str:
    """A word of the contracts in a language.

    >>> label("conflict", "ja"), label("something else", "fr")
    ('抵触', 'something else [en]')
    """
    told = LABELS.get(word)
    if told is None or language not in LANGUAGES:
        return word if language == "en" else f"{word} [en]"
    return told[LANGUAGES.index(language)]
