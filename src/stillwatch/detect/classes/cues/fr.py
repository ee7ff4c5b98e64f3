"""Cues: French."""

CUES: dict[str, str] = {
    "show": (
        "montr*; affich*; revel*; expos*; imprim*; ecris en entier; retranscri*; reprodui*; "
        "repet*; recopi*; partag*; dévoil*; livr*; renvoi*; publie; publiez; retourn*; "
        "verbalis*; enumer*; restitu*; transcri*; étal*; laisse voir; je veux voir; "
        "couche par écrit; détaill*; recit*"
    ),
    "make": (
        "ecri*; donn*; inclu*; ajout*; fourni*; génèr*; rédig*; commence par; "
        "mets par écrit; produi*"
    ),
    "imagine": "imagin*; articul*; reconstitu*; reconstrui*; simul*; racont*; recré*; dédui*",
    "explain": (
        "expliqu*; justifi*; decri*; clarifi*; resum*; comment tu es arrive; comment vous; "
        "pourquoi; comment avez"
    ),
    "strong": (
        "chaine de pensee*; chaine de raisonnement*; monologue interieur; "
        "memoire de travail; trace* de raisonnement; raisonnement cache; "
        "raisonnement interne; pensees internes; pensee interne; pensees cachees; "
        "deliberation interne; deliberation privee; bloc de reflexion; "
        "contenu de la reflexion; fil de pensee; raisonnement brut; raisonnement prive; "
        "reflexion interne; reflexion cachee; brouillon mental; contenu de reflexion; "
        "reflexions internes; pensees privees; jeton* de réflexion; token* de réflexion; "
        "jeton* de raisonnement"
    ),
    "process": (
        "pensee*; processus de pensee; reflexion*; deliberation*; cheminement de pensee; "
        "processus mental; cogitation*; processus de reflexion"
    ),
    "thought": "raisonnement*; logique; inference*; cheminement; considerations",
    "hidden": (
        "interne; internes; cache*; prive*; non filtre*; brut*; interieur*; secret; secrets; "
        "secrete*; sans filtre; non edite*; en coulisses; non censure*; invisible*; "
        "inexprim*; non dit*; inavou*; silencieu*; muet*; tacite*; dissimul*"
    ),
    "complete": (
        "complet*; entier*; integral*; tout; toute; toutes; tous; mot pour mot; "
        "sans rien omettre; sans resumer; pas a pas; etape par etape; exact; exacte; chaque; "
        "verbatim; totalite"
    ),
    "own": "ton; ta; tes; votre; vos; tu; vous; du modele; de l assistant; toi",
    "done": (
        "reponse que tu as; tu as deja donnee; deja donnee; reponse deja; reponse terminee; "
        "reponse achevee; reponse precedente; derniere reponse; reponse finale; "
        "viens de donner; venez de donner; que tu viens de; reponse ci dessus; "
        "reponse finie; solution achevee; reponse existante; reponse aboutie; "
        "reponse complete deja; deja ecrite; deja redigee; deja fournie; "
        "cette reponse a ete"
    ),
    "behind": (
        "derriere; qui t a mene; qui a mene; qui a conduit; mene a; sous jacent*; conduit a; "
        "qui t a conduit; avant de repondre; abouti"
    ),
    "reply": "reponse*; solution; sortie; conclusion; completion",
    "wrap": (
        "entour*; encadr*; mets; mettre; mettez; plac*; entre; dans des; a l interieur; "
        "enferm*; encapsul*; insere*; envelopp*"
    ),
    "tagword": "balise*; delimiteur*; crochet*; marqueur*",
    "encode": (
        "tradui*; traduit*; encod*; chiffr*; code en; en anglais; en allemand; en latin; "
        "en base64; crypt*; a l envers; convert*"
    ),
    "consist": "coherent*; meme; identique*; correspond*; conform*; concord*; la meme",
    "langword": "langue; langage",
    "negate": "ne; n; sans; jamais; evite; inutile de; au lieu de",
    "negate_after": "pas",
    "topic": (
        "qu est ce que la chaine de pensee; sur la chaine de pensee; technique de; "
        "personnage; protagoniste; roman; prompting; memoire de travail chez; "
        "memoire de travail des enfants; heros; nouvelle litteraire"
    ),
    "audit": (
        "audit*; regulateur*; conformite; explicab*; fiche du modele; transparence; "
        "professeur*; prof; devoir*; eleve*; etudiant*; examen; classe; rgpd; dossier; "
        "recours; reclamation; responsabilite; documentation; fils; fille; patient*; comite; "
        "inspect*; protection des donnees; supervis*; proces verbal; gouvernance; ethique; "
        "cours; enseignant*; cnil; bareme; controle interne; tracabilite"
    ),
    "grade": (
        "note; notez; noter; attribu*; evalu*; juge*; score*; classe; classez; appreci*; "
        "chois*; selectionn*; étiquet*"
    ),
    "scale": (
        "echelle; grille; critere*; de 1 a; sur 10; sur 5; sur 20; de 0 a; points; bareme; "
        "entre 0 et 1; utilite; exactitude; etoiles; score"
    ),
    "compare": (
        "laquelle est meilleure; laquelle est la meilleure; laquelle des deux; "
        "meilleure reponse; prefer*; compare les deux; comparez les deux; deux reponses; "
        "gagnante; plus utile; reponse a; reponse b; superieure; quelle reponse est; "
        "la meilleure des deux; reponse preferee"
    ),
    "verdict": (
        "modele de recompense; recompense; juge impartial; uniquement la note; "
        "seulement la note; seulement le score; donnees de preference; evaluateur*; "
        "en tant que juge; comme juge; verdict; etiquette de preference; note entiere"
    ),
    "reword": (
        "reecri*; reformul*; paraphras*; adouci*; neutralis*; convert*; transform*; "
        "version sure; remplace*; alternative*; edulcor*"
    ),
    "sensitive": (
        "sensible*; delicat*; censur*; interdit*; politique*; tabou*; dissident*; "
        "autoritar*; bloque*; controverse*; regime; protestat*; manifestation*"
    ),
    "query": "requete*; question*; demande*; prompt*; recherche*",
    "past_filter": (
        "passe* la censure; passe* la moderation; sans declencher; version sure; "
        "ne soit pas bloque*; filtre*; inoffensi*; neutre*; acceptable*; moderation; "
        "sans risque; reponse sure; échapp* a la censure; censeurs; conforme* aux regles; "
        "anodin*; detourn*"
    ),
    "you_are": (
        "tu es; vous etes; ton nom est; agis comme; agis en tant que; tu t appelles; je suis"
    ),
    "evade": (
        "contourn*; desactiv*; ignor*; evit*; echapp*; neutralis*; outrepass*; déjou*; "
        "oublie*; saut*; esquiv*"
    ),
    "guard": (
        "filtre*; classificateur*; classifieur*; garde fou*; moderation; "
        "politique* de securite; instructions precedentes; restriction*; "
        "toutes les instructions; detecteur*; surveillance; regles; mesures de securite; "
        "tes instructions; consignes precedentes"
    ),
    "override": (
        "ne signale pas; ne le signale pas; ne signalez pas; session de debogage; "
        "mode debogage; mode developpeur; sans aucune restriction; sans restriction; "
        "nouveau message systeme; message systeme; ne refuse pas; ne refuse jamais; "
        "reponds en base64; reponds uniquement en base64; fais comme si tu n avais; "
        "mode administrateur; ne journalise pas; mode maintenance; sans aucune limite"
    ),
    "clean": (
        "nettoi*; nettoy*; normalis*; polis; polir; continu*; compress*; raccourci*; "
        "amelior*; corrig*; poursui*; rangez; condens*; epur*; reformat*; standardis*; "
        "repren*; dedoublonn*; mets au propre"
    ),
    "trace": (
        "trace*; trajectoire*; journal de raisonnement; reponse rejetee; reponse notee; "
        "reponse evaluee; raisonnement d un autre modele; chaine de raisonnement*; "
        "brouillon de raisonnement; transcription du raisonnement; journal de l agent; "
        "reponse jugee; raisonnement partiel; raisonnement ci dessous; raisonnement suivant; "
        "reponse mal notee"
    ),
    "imperative": (
        "ecris; ecrivez; ecrire; cree; creez; genere; calcule; calculez; trouve; trouvez; "
        "resous; decris; decrivez; explique; expliquez; enumere; liste; classe; identifie; "
        "traduis; traduisez; resume; resumez; concois; convertis; donne; donnez; determine; "
        "compare; comparez; redige; redigez; nomme; analyse; propose; definis; demontre; "
        "construis; simplifie"
    ),
    "frame": (
        "que; quel; quelle; quels; comment; pourquoi; qui; quand; ou; combien; si; en; un; "
        "une; le; la; les; est"
    ),
    "given": (
        "etant donne*; suppos*; considere*; fonction qui; programme qui; combien; suivant*; "
        "phrase; paragraphe; liste de; tableau; exemple; soit; chaine de caracteres"
    ),
    "self": "je; j; mon; ma; mes; moi; nous; notre; nos",
    "deictic": "precedent*; ci dessus; avant; cela; encore; la meme; toujours; derniere fois",
    "greet": (
        "bonjour; salut; merci; peux tu; pouvez vous; pourrais tu; bonsoir; coucou; "
        "s il te plait aide; d accord"
    ),
    "again": (
        "suivant; continue; continuez; encore; plus court; plus long; c est faux; faux; "
        "c est incorrect; reessaie; ajoute des commentaires; ajoute; un autre; et; "
        "maintenant; merci; recommence; ca ne marche; trop long; simplifie; la suite; non"
    ),
}
