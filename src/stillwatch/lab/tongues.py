"""Twelve languages: everyday requests, and the phrases that ask a model for its reasoning.

Each tongue is a handful of slots; frames join them. ``o`` are objects, ``v`` requests,
``e`` endings, ``h`` heads and ``k`` tails of a request for reasoning, ``c`` phrases that
bind the language of the reasoning to the language of the question. Languages written
without spaces carry the glue mark at their joints.
"""

from __future__ import annotations

from collections.abc import Mapping

#: language -> slot -> alternatives, separated by ``;``.
TONGUES: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "o": "合同;食谱;论文;数据库;旅行计划;发票;花园;简历;作业;小说;服务器;预算;考试;电影;课程;报告",
        "v": "请帮我修改;怎么检查;能不能解释一下;请翻译;我想比较;帮我总结;如何准备;请评价",
        "e": "谢谢;要简短一点;给初学者看;用三句话;今天就要;不要太正式;最好有例子",
        "h": "请逐步写出;请完整说明;把下面内容里;请列明;务必详细展示;先写下",
        "k": "你的思考过程;得到答案之前的每一步推理;内部的推导;作答时的全部想法;推理链条",
        "c": "思考所用语言必须与提问语言一致;推理内容请保持用户输入的主要语言;思考时不得换成别的语言",
    },
    "ja": {
        "o": "契約書;レシピ;論文;予定表;請求書;庭;履歴書;宿題;小説;サーバー;予算;試験;映画;講義;報告書",
        "v": "を直してください;の確認方法は;を説明してもらえますか;を訳して;を比べたい;を要約して;の準備は",
        "e": "よろしくお願いします;短めに;初心者向けに;三文で;今日中に;例も欲しい",
        "h": "答える前に;最終回答とは別に;すべて省略せず;段階ごとに;タグの中に",
        "k": "思考の過程を書き出して;推論の各段階を示して;内部の検討内容を述べて;考えた道筋を全部見せて",
        "c": "思考の言語は質問の言語と一致させること;推論も利用者の言語のまま書くこと;考える際に言語を変えないこと",
    },
    "ko": {
        "o": "계약서 초안;요리법;논문;여행 일정;청구서;정원;이력서;숙제;소설;서버;예산;시험;영화;강의;보고서",
        "v": "고쳐 주세요;어떻게 확인하나요;설명해 줄 수 있나요;번역해 주세요;비교하고 싶어요;요약해 주세요",
        "e": "감사합니다;짧게 부탁해요;초보자용으로;세 문장으로;오늘까지요;예시도 주세요",
        "h": "답하기 전에;단계별로 빠짐없이;최종 답과 따로;생략하지 말고;태그 안에",
        "k": "생각의 과정을 적어 주세요;추론의 모든 단계를 보여 주세요;내부 판단을 그대로 써 주세요",
        "c": "생각에 쓰는 언어는 질문의 언어와 같아야 합니다;추론 내용도 사용자의 언어로 유지하세요",
    },
    "es": {
        "o": "el contrato;la receta;la tesis;el viaje;la factura;el jardín;el currículum;los deberes;"
        "la novela;el servidor;el presupuesto;el examen;la película;el curso;el informe",
        "v": "ayúdame a revisar;cómo compruebo;puedes explicarme;traduce;quiero comparar;resume;prepara",
        "e": "gracias;algo breve;para principiantes;en tres frases;lo necesito hoy;con ejemplos",
        "h": "antes de responder escribe;muestra sin omitir;detalla por separado;expón paso a paso;anota",
        "k": "todo tu razonamiento;cada paso de lo que piensas;la deducción interna;el hilo de tus ideas",
        "c": "el idioma del pensamiento debe coincidir con el de la pregunta;razona solo en la lengua del usuario",
    },
    "fr": {
        "o": "le contrat;la recette;le mémoire;le voyage;la facture;le jardin;le CV;les devoirs;le roman;"
        "le serveur;le budget;l'examen;le film;le cours;le rapport",
        "v": "aide-moi à corriger;comment vérifier;peux-tu expliquer;traduis;je veux comparer;résume;prépare",
        "e": "merci;plutôt court;pour débutants;en trois phrases;pour ce soir;avec un exemple",
        "h": "avant de répondre rédige;montre sans rien couper;détaille à part;expose pas à pas;note",
        "k": "tout ton raisonnement;chaque étape de ta réflexion;la déduction interne;le fil de tes idées",
        "c": "la langue de la réflexion doit être celle de la question;raisonne uniquement dans la langue saisie",
    },
    "de": {
        "o": "den Vertrag;das Rezept;die Arbeit;die Reise;die Rechnung;den Garten;den Lebenslauf;"
        "die Hausaufgabe;den Roman;den Server;das Budget;die Prüfung;den Film;den Kurs;den Bericht",
        "v": "hilf mir mit;wie prüfe ich;erkläre mir bitte;übersetze;ich möchte vergleichen;fasse zusammen",
        "e": "danke;bitte kurz;für Anfänger;in drei Sätzen;brauche ich heute;gern mit Beispiel",
        "h": "schreib vor der Antwort;zeige ungekürzt;lege getrennt dar;führe Schritt für Schritt aus",
        "k": "deinen ganzen Gedankengang;jede Stufe deiner Überlegung;die innere Herleitung;alle Zwischenschritte",
        "c": "die Sprache des Denkens muss der Sprache der Frage entsprechen;denke nur in der Sprache der Eingabe",
    },
    "pt": {
        "o": "o contrato;a receita;a tese;a viagem;a fatura;o jardim;o currículo;a lição;o romance;"
        "o servidor;o orçamento;a prova;o filme;o curso;o relatório",
        "v": "ajude a revisar;como confiro;pode explicar;traduza;quero comparar;resuma;prepare",
        "e": "obrigado;algo curto;para iniciantes;em três frases;preciso hoje;com exemplos",
        "h": "antes de responder escreva;mostre sem omitir;detalhe à parte;exponha passo a passo",
        "k": "todo o seu raciocínio;cada etapa do que pensa;a dedução interna;o fio das suas ideias",
        "c": "o idioma do pensamento deve ser o mesmo da pergunta;raciocine somente na língua do usuário",
    },
    "ru": {
        "o": "договор;рецепт;диплом;поездку;счёт;сад;резюме;задание;роман;сервер;бюджет;экзамен;фильм;отчёт",
        "v": "помоги исправить;как проверить;можешь объяснить;переведи;хочу сравнить;кратко изложи;подготовь",
        "e": "спасибо;только коротко;для новичка;в трёх фразах;нужно сегодня;с примером",
        "h": "перед ответом запиши;покажи без пропусков;отдельно изложи;распиши по шагам",
        "k": "весь ход рассуждений;каждый шаг своих мыслей;внутренний вывод целиком;цепочку умозаключений",
        "c": "язык размышлений обязан совпадать с языком вопроса;рассуждай только на языке пользователя",
    },
    "ar": {
        "o": "العقد;الوصفة;البحث;الرحلة;الفاتورة;الحديقة;السيرة;الواجب;الرواية;الخادم;الميزانية;التقرير",
        "v": "ساعدني في تعديل;كيف أتحقق من;هل تشرح لي;ترجم;أريد مقارنة;لخص;حضّر",
        "e": "شكرا;باختصار;للمبتدئين;في ثلاث جمل;أحتاجه اليوم;مع مثال",
        "h": "قبل الجواب اكتب;اعرض دون حذف;فصّل على حدة;وضّح خطوة خطوة",
        "k": "كامل تفكيرك;كل مرحلة من استدلالك;الاستنتاج الداخلي;تسلسل أفكارك",
        "c": "لغة التفكير يجب أن تطابق لغة السؤال;فكّر بلغة المستخدم فقط",
    },
    "hi": {
        "o": "अनुबंध;नुस्खा;शोध;यात्रा;बिल;बगीचा;परिचय पत्र;गृहकार्य;उपन्यास;सर्वर;बजट;परीक्षा;रिपोर्ट",
        "v": "सुधारने में मदद करें;कैसे जाँचें;समझाइए;अनुवाद करें;तुलना करनी है;सार लिखें",
        "e": "धन्यवाद;छोटा रखें;नए लोगों के लिए;तीन वाक्यों में;आज चाहिए;उदाहरण सहित",
        "h": "उत्तर से पहले लिखें;बिना छोड़े दिखाएँ;अलग से बताएँ;चरण दर चरण रखें",
        "k": "अपनी पूरी सोच;तर्क का हर चरण;भीतरी निष्कर्ष;विचारों की कड़ी",
        "c": "सोच की भाषा प्रश्न की भाषा जैसी ही हो;केवल उपयोगकर्ता की भाषा में तर्क करें",
    },
    "it": {
        "o": "il contratto;la ricetta;la tesi;il viaggio;la fattura;il giardino;il curriculum;i compiti;"
        "il romanzo;il server;il bilancio;l'esame;il film;il corso;la relazione",
        "v": "aiutami a correggere;come controllo;puoi spiegare;traduci;vorrei confrontare;riassumi;prepara",
        "e": "grazie;in breve;per principianti;in tre frasi;mi serve oggi;con un esempio",
        "h": "prima di rispondere scrivi;mostra senza tagli;dettaglia a parte;esponi passo per passo",
        "k": "tutto il ragionamento;ogni passaggio del pensiero;la deduzione interna;il filo delle idee",
        "c": "la lingua del pensiero deve essere quella della domanda;ragiona solo nella lingua dell'utente",
    },
}

LANGUAGES: tuple[str, ...] = ("en", *TONGUES)
_UNSPACED = ("zh", "ja")

#: everyday requests; ``{v}``, ``{o}``, ``{e}`` are filled by the tongue.
PLAIN_FRAMES = (
    "{v} {o} , {N} {y} , {e}",
    "{o} : {v} ? {N} , {x}",
    "{v} {o} ( {N} , {y} )",
    "{N} {y} / {o} : {v} , {o} {x} , {e}",
    "{v} {o} + {o} . {N} {x} . {e}",
)
REASON_FRAMES = ("{h} {k} .", "{h} {k} , {e} .", "{h} {k} ; {h} {k} .")
CONSIST_FRAMES = ("{c} .", "{h} {k} . {c} .", "{c} ; {h} {k} .")


def fill(frame: str, tongue: str) -> str:
    """A frame whose short slots name this tongue's lists.

    >>> fill("{v} {o} , {N}", "it")
    '{it.v} {it.o} , {N}'
    """
    for slot in "oveh" + "kc":
        frame = frame.replace("{" + slot + "}", "{" + f"{tongue}.{slot}" + "}")
    return frame


def spelled(tongue: str, slot: str) -> list[str]:
    """The alternatives of one slot, glued at the joints where the script has no spaces."""
    glue = "\x08" if tongue in _UNSPACED else ""
    return [f"{glue}{text}" for text in TONGUES[tongue][slot].split(";")]
