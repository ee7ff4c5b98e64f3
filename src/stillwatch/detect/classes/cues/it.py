"""Cues: Italian."""

CUES: dict[str, str] = {
    "show": (
        "mostr*; rivel*; stamp*; esib*; espon*; scrivi per esteso; trascriv*; riproduc*; "
        "ripet*; condivid*; restituisc*; pubblic*; emett*; verbalizz*; dettagli*; svel*; "
        "copi*; voglio vedere; fammi vedere; elenc*; riport*; metti per iscritto; palesa; "
        "rendi visibil*; recit*"
    ),
    "make": (
        "scriv*; dai; dammi; includ*; aggiung*; fornisc*; gener*; redig*; comincia con; inizia con"
    ),
    "imagine": "immagin*; articol*; ricostrui*; simul*; narra*; ricrea*; deduc*",
    "explain": (
        "spieg*; giustific*; descriv*; chiar*; riassum*; come sei arrivat*; come hai; "
        "come avete; perche; motiva*"
    ),
    "strong": (
        "catena di pensiero; catena di pensieri; catena di ragionamento; "
        "catena del ragionamento; monologo interno; monologo interiore; memoria di lavoro; "
        "tracc* di ragionamento; ragionamento nascosto; ragionamento interno; "
        "pensiero interno; pensieri interni; pensieri nascosti; deliberazione interna; "
        "deliberazione privata; blocco di pensiero; contenuto del pensiero; "
        "ragionamento grezzo; ragionamento privato; contenuto di pensiero; "
        "flusso di pensiero; pensieri privati; deliberazioni interne; "
        "tracce del ragionamento; brutta copia mentale; token di pensiero; "
        "token di ragionamento; gettoni di pensiero"
    ),
    "process": (
        "pensier*; processo di pensiero; processo mentale; deliberazion*; "
        "riflession* intern*; processo di ragionamento; rimuginare"
    ),
    "thought": "ragionament*; logica; inferenz*; riflession*; considerazion*",
    "hidden": (
        "interno; interna; interni; interne; internamente; nascost*; privat*; senza filtr*; "
        "grezz*; interior*; segret*; non modificat*; non filtrat*; non censurat*; "
        "dietro le quinte; occult*; invisibil*; non dett*; non espress*; silenzios*; tacit*; "
        "celat*"
    ),
    "complete": (
        "complet*; intero; intera; interi; intere; interamente; integral*; tutto; tutta; "
        "tutti; tutte; letteral*; parola per parola; senza omettere; senza riassumere; "
        "passo passo; passo dopo passo; esatt*; ogni"
    ),
    "own": ("tuo; tua; tuoi; tue; suo; sua; tu; hai; del modello; dell assistente; vostro; vostra"),
    "done": (
        "risposta che hai già; hai già dato; già dato; risposta completata; "
        "risposta conclusa; risposta finita; risposta precedente; ultima risposta; "
        "risposta finale; appena dato; appena data; risposta già data; già data; "
        "già fornita; soluzione finita; risposta qui sopra; risposta esistente; già scritta; "
        "già pronta; appena scritto; appena scritta; questa risposta è stata; "
        "risposta ormai"
    ),
    "behind": (
        "dietro; che ti ha portato; ha portato; portat*; condott*; che ha prodotto; "
        "sottostant*; sottes*; prima di rispondere; alla base"
    ),
    "reply": "rispost*; soluzion*; uscita; conclusion*",
    "wrap": (
        "racchiud*; avvolg*; metti; mettere; colloca*; inserisc*; tra; dentro; all interno; "
        "incapsul*; poni; circond*; fra"
    ),
    "tagword": "etichett*; delimitator*; parentesi; marcator*",
    "encode": (
        "traduc*; tradott*; codific*; cifra*; in francese; in inglese; in base64; cripta*; "
        "al contrario; convert*"
    ),
    "consist": "coerent*; stess*; corrispond*; identic*; uguale; coincid*; combaci*; medesim*",
    "langword": "lingua; linguaggio",
    "negate": "non; senza; mai; evita; anziché; invece di",
    "topic": (
        "cos è la catena di pensiero; sulla catena di pensiero; tecnica di; personaggio; "
        "protagonista; romanzo; prompting; memoria di lavoro nei; "
        "memoria di lavoro dei bambini; racconto; eroe"
    ),
    "audit": (
        "audit*; revisor*; revisione contabile; regolator*; conformità; spiegabil*; "
        "scheda del modello; trasparenz*; insegnant*; professor*; compit*; alunn*; student*; "
        "esame; lezion*; gdpr; fascicolo; ricorso; reclam*; rendicontazione; documentazion*; "
        "figli*; pazient*; comitato; ispett*; protezione dei dati; garante; vigilanza; "
        "supervis*; verbale; governance; etic*; classe; verifica in classe; maestr*; "
        "tracciabilità; agli atti"
    ),
    "grade": (
        "valut*; giudic*; assegn*; punteggi*; vot*; classific*; dai un voto; scegli*; "
        "seleziona*; etichett*; indica"
    ),
    "scale": (
        "scala; rubric*; criteri*; da 1 a; da 0 a; punti; su 10; su 5; punteggi*; voto; "
        "utilità; stelle; tra 0 e 1; correttezza; da uno a"
    ),
    "compare": (
        "quale è migliore; qual è migliore; quale delle due; risposta migliore; "
        "migliore tra; prefer*; confronta le due; due risposte; vincitrice; vincente; "
        "più utile; risposta a; risposta b; superiore; quale risposta è; "
        "la migliore delle due"
    ),
    "verdict": (
        "modello di ricompensa; ricompensa; giudice; solo il punteggio; solo il voto; "
        "solo il numero; dati di preferenza; valutatore; verdetto; etichetta di preferenza; "
        "punteggio intero; soltanto il numero"
    ),
    "reword": (
        "riscriv*; riformul*; parafras*; ammorbid*; attenua*; neutralizz*; convert*; "
        "trasform*; versione sicura; sostitu*; alternativ*; edulcora*"
    ),
    "sensitive": (
        "sensibil*; delicat*; censur*; proibit*; viet*; politic*; tabù; dissident*; "
        "autoritar*; bloccat*; controvers*; regime; protest*"
    ),
    "query": "query; domand*; richiest*; prompt*; ricerch*; quesit*; interrogazion*",
    "past_filter": (
        "superi* la censura; passi* la censura; passi* la moderazione; senza attivare; "
        "versione sicura; non venga* bloccat*; filtr*; innocu*; neutr*; accettabil*; "
        "moderazion*; sicur*; censori; sfugg* alla censura; conform* alle regole; devia; "
        "deviare"
    ),
    "you_are": "sei; il tuo nome è; agisci come; lei è; ti chiami; comportati come; io sono",
    "evade": (
        "aggir*; disattiv*; ignor*; evit*; elud*; disabilit*; dimentic*; salta*; inganna*; "
        "spegn*; annull*; scavalc*"
    ),
    "guard": (
        "filtr*; classificator*; salvaguard*; moderazion*; politiche di sicurezza; "
        "istruzioni precedenti; restrizion*; tutte le istruzioni; rilevator*; monitoraggio; "
        "regole; misure di sicurezza; tue istruzioni; protezion*"
    ),
    "override": (
        "non segnalare; non contrassegnare; non segnalarlo; sessione di debug; "
        "sessione di debugging; modalità debug; modalità sviluppatore; senza restrizioni; "
        "senza alcuna restrizione; nuovo messaggio di sistema; messaggio di sistema; "
        "non rifiutare; rispondi in base64; rispondi solo in base64; "
        "modalità amministratore; fai finta di non avere; non registrare; "
        "modalità manutenzione"
    ),
    "clean": (
        "pulisc*; ripulisc*; normalizz*; continu*; comprim*; accorci*; miglior*; corregg*; "
        "riordin*; sistem*; rifinisc*; snellisc*; condens*; standardizz*; prosegu*; "
        "riprend*; uniform*; lima"
    ),
    "trace": (
        "tracc*; traiettori*; registro di ragionamento; risposta rifiutata; "
        "risposta valutata; risposta giudicata; risposta scartata; "
        "ragionamento di un altro modello; catena di ragionamento; catena di pensieri; "
        "bozza di ragionamento; trascrizione del ragionamento; log dell agente; "
        "ragionamento parziale; ragionamento seguente; ragionamento qui sotto; "
        "risposta con punteggio"
    ),
    "imperative": (
        "scrivi; crea; genera; calcola; trova; risolvi; descrivi; spiega; elenca; "
        "classifica; identifica; implementa; traduci; riassumi; progetta; converti; dato; "
        "data; determina; dai; confronta; costruisci; redigi; nomina; fornisci; analizza; "
        "proponi; ordina; completa; definisci; dimostra; scegli; sviluppa; semplifica"
    ),
    "frame": (
        "che; cosa; qual; quale; quali; come; perche; chi; quando; dove; quanti; se; in; un; "
        "una; il; la"
    ),
    "given": (
        "dato; data; supponi*; considera; funzione che; programma che; quanti; quante; "
        "seguent*; frase; paragrafo; lista di; elenco di; tabella; esempio; stringa"
    ),
    "self": "io; mio; mia; miei; mi; noi; nostro; sono; ho; voglio; devo",
    "deictic": "precedente; sopra; prima; quello; lo stesso; di nuovo; ancora; l altra volta",
    "greet": "ciao; grazie; buongiorno; puoi; potresti; per favore aiut*; salve; buonasera",
    "again": (
        "prossimo; continua; avanti; ancora; più corto; più breve; più lungo; è sbagliato; "
        "sbagliato; riprova; aggiungi commenti; aggiungi i commenti; un altro; e; ora; "
        "grazie; di nuovo; non funziona; troppo lungo; rifallo; no"
    ),
}
