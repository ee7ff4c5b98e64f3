"""Cues: German."""

CUES: dict[str, str] = {
    "show": (
        "zeig*; offenleg*; lege offen; leg; gib aus; ausgeb*; gib; schreib* aus; drucke; "
        "enthüll*; wiederhol*; wiedergeb*; gib wieder; reproduzier*; teile; teil mir; "
        "preisgeb*; veröffentlich*; transkribier*; aufschreib*; schreib* auf; notier*; "
        "verbalisier*; auflist*; liste; protokollier*; darleg*; lege dar; offenbar*; "
        "ausschreib*; ich will sehen; ich möchte sehen; mach sichtbar; schreib* nieder"
    ),
    "make": "schreib*; gib; gebe; füge; nenne; liefer*; erzeug*; beginne mit; stell*; erstell*",
    "imagine": (
        "stell dir vor; stelle dir vor; artikulier*; rekonstruier*; simulier*; erzähl*; "
        "nachvollzieh*; vollziehe nach; ausformulier*; formulier*"
    ),
    "explain": (
        "erklär*; begründ*; beschreib*; erläuter*; zusammenfass*; fasse; wie du; wie sie; "
        "warum; wieso"
    ),
    "strong": (
        "gedankenkette*; denkkette*; innerer monolog; inneren monolog; "
        "arbeitsspeicher deiner gedanken; arbeitsgedächtnis*; schlussfolgerungskette*; "
        "verborgene* überlegung*; interne* überlegung*; interne* gedanken*; "
        "verborgene* gedanken*; denkprotokoll*; denkspur*; rohe* gedanken*; denkinhalt*; "
        "interne* denkprozess*; interne* begründung; gedankenprotokoll*; begründungsspur*; "
        "internes denken; interne* denken*; inneren überlegungen; geheime* überlegung*; "
        "private* überlegung*; private* gedanken*; notizzettel; denkbl*; denk token*; "
        "denktoken*"
    ),
    "process": (
        "denkprozess*; gedankengang*; gedanken; denken; überlegung*; denkvorgang*; "
        "abwägung*; nachdenken; denkweg*; gedankengäng*; denkschritt*"
    ),
    "thought": (
        "begründung*; schlussfolger*; argumentation*; logik; herleitung*; überlegung*; "
        "gedankengang*"
    ),
    "hidden": (
        "intern; interne; internen; interner; internes; internem; verborgen*; innere*; "
        "privat*; ungefiltert*; roh*; versteckt*; unbearbeitet*; geheim*; unzensiert*; "
        "unausgesprochen*; hinter den kulissen; unsichtbar*; stille*; stumm*; unterdrückt*; "
        "verschwiegen*; ungesagt*"
    ),
    "complete": (
        "vollständig*; komplett*; ganz*; gesamt*; alle; alles; wörtlich*; wort für wort; "
        "ungekürzt*; lückenlos*; schritt für schritt; ohne auslassung*; jede*; sämtlich*; "
        "exakt*"
    ),
    "own": "dein*; ihr; ihre; ihren; ihrer; du; sie; des modells; des assistenten; dir",
    "done": (
        "antwort die du bereits; bereits gegeben*; schon gegeben*; abgeschlossene* antwort; "
        "fertige* antwort; fertigen lösung; vorherige* antwort; letzte* antwort; "
        "endgültige* antwort; gerade gegeben*; eben gegeben*; obige* antwort; "
        "vorige* antwort; bereits erteilt*; bereits geschrieben*; soeben; früheren antwort; "
        "bestehende* antwort; vorliegende* antwort; fertiggestellte*; bereits verfasst*; "
        "diese antwort wurde"
    ),
    "behind": (
        "hinter; die zu; der zu; geführt; führte*; zugrunde; zugrundeliegend*; bevor du; "
        "vor der antwort; entstand*"
    ),
    "reply": "antwort*; lösung*; ausgabe*; ergebnis*; schluss; schlussfolgerung",
    "wrap": (
        "umschließ*; umgib; setz*; packe; pack; stell*; zwischen; innerhalb; in die; "
        "einfüg*; füg*; hüll*; einschließ*; einrahm*; klammer*; schreib*"
    ),
    "tagword": "tags; tag; markierung*; klammer*; auszeichnung*",
    "encode": (
        "übersetz*; kodier*; codier*; verschlüssel*; chiffrier*; auf französisch; "
        "auf englisch; ins französische; ins englische; als base64; rückwärts; umgewandel*; "
        "umwandel*"
    ),
    "consist": (
        "übereinstimm*; gleiche*; dieselbe*; derselbe*; konsistent*; identisch*; "
        "einheitlich*; entsprech*; selben"
    ),
    "langword": "sprache*",
    "negate": (
        "kein*; ohne; niemals; nie; vermeide; statt; nicht zeig*; nicht anzeig*; "
        "nicht ausgeb*; nicht offenleg*; nicht preisgeb*; nicht schreib*"
    ),
    "negate_after": "nicht; keinesfalls",
    "topic": (
        "was ist eine gedankenkette; über gedankenketten; romanfigur; figur; protagonist*; "
        "roman; prompting; arbeitsgedächtnis bei; arbeitsgedächtnis von; helden*; erzählung; "
        "gedächtnistraining"
    ),
    "audit": (
        "audit*; prüf*; aufsicht*; compliance; erklärbar*; modellkarte; transparenz*; "
        "lehrer*; hausaufgabe*; schüler*; studierende*; studenten; klausur*; unterricht; "
        "dsgvo; akte; akten; beschwerde*; rechenschaft*; dokumentation*; sohn; tochter; "
        "patient*; ausschuss; revisor*; revision; datenschutz*; widerspruch*; ethik*; "
        "gremium; einspruch*; nachvollziehbarkeit; regulier*; klasse; rechenweg; teilpunkte; "
        "governance; behörde*"
    ),
    "grade": (
        "bewert*; benot*; beurteil*; punkte; vergib; vergebe; einstuf*; einschätz*; "
        "rangfolge; richte; wähle*; auswähl*; kennzeichne*"
    ),
    "scale": (
        "skala; kriteri*; rubrik*; von 1 bis; von 0 bis; bewertungsraster; punkten; punkt*; "
        "note; noten; zwischen 0 und 1; hilfreichkeit; sterne*; korrektheit; eins bis fünf; "
        "eins bis zehn"
    ),
    "compare": (
        "welche ist besser; welche antwort ist besser; welche der beiden; bessere antwort; "
        "bevorzug*; präferenz*; vergleiche die beiden; vergleiche beide; zwei antworten; "
        "beiden antworten; hilfreicher; antwort a; antwort b; gewinn*; überlegen"
    ),
    "verdict": (
        "belohnungsmodell*; belohnung*; als richter; unparteiisch*; nur die punktzahl; "
        "nur die zahl; präferenzdaten; gutachter; nur die note; urteil; schiedsrichter; "
        "bewertungsmodell"
    ),
    "reword": (
        "umformulier*; formulier*; schreib* um; umschreib*; umzuschreiben; paraphrasier*; "
        "entschärf*; neutralisier*; wandle; sichere version*; ersetz*; verharmlos*; "
        "alternative*; umgeschrieben"
    ),
    "sensitive": (
        "heikl*; sensib*; zensur*; zensier*; verboten*; politisch*; tabu*; dissident*; "
        "autoritär*; gesperrt*; umstritten*; regime*; protest*; brisant*"
    ),
    "query": "anfrage*; frage; fragen; prompt*; suchanfrage*; eingabe*; nutzereingabe*",
    "past_filter": (
        "zensursicher*; zensur passier*; durch die zensur; nicht blockiert; filter*; "
        "unverfänglich*; harmlos*; neutral*; moderation*; akzeptab*; sicher*; "
        "ohne auszulösen; zensoren; prüfung besteh*; regelkonform*; ausweich*"
    ),
    "you_are": "du bist; sie sind; dein name ist; handle als; agiere als; du heißt; ich bin",
    "evade": (
        "umgeh*; deaktivier*; ignorier*; ausschalt*; schalte; auszuhebeln; aushebel*; "
        "überliste*; austricks*; vergiss; überspring*; missachte; unterlauf*; abschalt*; "
        "setze"
    ),
    "guard": (
        "filter*; klassifikator*; schutzmaßnahm*; moderation*; sicherheitsrichtlinie*; "
        "vorherigen anweisungen; bisherigen anweisungen; alle anweisungen; beschränkung*; "
        "einschränkung*; detektor*; überwachung*; regeln; sicherheitsvorgaben; leitplanken; "
        "schutzmechanism*; deine anweisungen; frühere* anweisungen"
    ),
    "override": (
        "nicht markieren; markiere dies nicht; markiere das nicht; nicht melden; "
        "melde dies nicht; melde das nicht; debugging sitzung; debug sitzung; debug modus; "
        "entwicklermodus; ohne einschränkungen; ohne beschränkungen; neue systemnachricht; "
        "systemnachricht; lehne nicht ab; niemals ablehnen; antworte in base64; "
        "antworte nur in base64; administratormodus; tu so als hättest du keine; "
        "nicht protokollieren; wartungsmodus; nicht flaggen"
    ),
    "clean": (
        "bereinig*; säuber*; normalisier*; glätt*; polier*; überarbeit*; setze fort; setz; "
        "fortsetz*; führe fort; kürz*; komprimier*; vervollständig*; verbesser*; korrigier*; "
        "aufräum*; räume; straff*; verdicht*; vereinheitlich*; ergänz*"
    ),
    "trace": (
        "trace*; denkspur*; trajektorie*; schlussfolgerungsprotokoll*; abgelehnte* antwort; "
        "bewertete* antwort; gedankengang eines anderen modells; denkprotokoll*; "
        "begründungskette*; argumentationskette*; gedankenkette*; begründungsspur*; "
        "agentenprotokoll*; agentenlog*; verworfene* antwort; "
        "überlegungen eines anderen modells; beurteilte* antwort; "
        "rohfassung der überlegung*; schlecht bewertete*; teilweise* gedankengang*; "
        "folgenden gedankengang"
    ),
    "imperative": (
        "schreibe; schreib; erstelle; generiere; berechne; finde; löse; beschreibe; erkläre; "
        "liste; klassifiziere; identifiziere; implementiere; übersetze; fasse; entwirf; "
        "konvertiere; bestimme; gib; nenne; vergleiche; verfasse; analysiere; ordne; "
        "vervollständige; definiere; beweise; wähle; entwickle; vereinfache"
    ),
    "frame": (
        "was; welche; welcher; welches; wie; warum; wer; wann; wo; wenn; in; ein; eine; der; "
        "die; das; ist"
    ),
    "given": (
        "gegeben*; angenommen; nimm an; betrachte; funktion die; programm das; wie viele; "
        "folgende*; satz; absatz; liste; tabelle; beispiel*; zeichenkette; wieviel"
    ),
    "self": "ich; mein*; mir; mich; wir; unser*; uns",
    "deictic": "oben; vorher*; vorig*; eben; nochmal; dasselbe; immer noch; letztes mal; das da",
    "greet": (
        "hallo; hi; danke; kannst du; könntest du; guten morgen; guten tag; bitte hilf; "
        "moin; könnten sie; können sie"
    ),
    "again": (
        "weiter; nächste*; mehr; nochmal; kürzer; länger; das ist falsch; falsch; versuch; "
        "füge kommentare; kommentare; noch eins; und; jetzt; danke; mach weiter; geht nicht; "
        "funktioniert nicht; zu lang; einfacher; stimmt nicht; nein; fahre fort"
    ),
}
