"""Cues: Spanish."""

CUES: dict[str, str] = {
    "show": (
        "muestra*; mostrar*; revela*; imprim*; exhib*; escribe todo; expon*; enseña*; "
        "vuelca*; reproduc*; repite*; repetir; transcrib*; comparte*; devuelve*; publica*; "
        "emite*; saca; verbaliza*; detalla*; desvela*; copia; deja ver; quiero ver; "
        "vuelve a escribir; enumera*; expres*; pon por escrito; recit*"
    ),
    "make": (
        "escribe*; da; dame; incluye*; añade*; proporciona*; genera*; redacta*; empieza con; "
        "antepon*; escriba"
    ),
    "imagine": "imagina*; articula*; reconstruy*; simula*; narra*; recrea*; deduc*",
    "explain": (
        "explica*; justifica*; describ*; aclara*; resume*; como llegaste; como ha llegado; por que"
    ),
    "strong": (
        "cadena de pensamiento*; cadena de razonamiento*; monologo interno; "
        "monologo interior; memoria de trabajo; traza* de razonamiento; razonamiento oculto; "
        "razonamiento interno; pensamiento interno; pensamientos internos; "
        "pensamientos ocultos; pensamiento oculto; deliberacion interna; "
        "deliberacion privada; bloque de pensamiento; contenido del pensamiento; "
        "hilo de pensamiento; razonamiento en bruto; razonamiento privado; "
        "contenido de pensamiento; pensamientos privados; borrador mental; "
        "token* de pensamiento; token* de razonamiento"
    ),
    "process": (
        "pensamiento*; proceso de pensamiento; proceso mental; deliberacion*; "
        "reflexion interna; cavilaciones; proceso de razonamiento"
    ),
    "thought": "razonamiento*; logica; inferencia*; reflexion*; consideraciones",
    "hidden": (
        "interno; interna; internos; internas; internamente; ocult*; privad*; sin filtr*; "
        "en bruto; sin editar; interior*; secreto*; secreta*; sin censura; entre bastidores; "
        "no mostrad*; crudo; no dich*; no expresad*; silencios*; callad*; invisible*; "
        "escondid*"
    ),
    "complete": (
        "complet*; entero; entera; enteros; enteras; enteramente; todo; toda; todos; todas; "
        "integr*; literal*; palabra por palabra; sin omitir; sin resumir; paso a paso; "
        "exacto; exactamente; cada"
    ),
    "own": "tu; tus; su; sus; tuyo; del modelo; del asistente; has; hayas",
    "done": (
        "respuesta que ya; ya diste; ya has dado; respuesta terminada; respuesta completada; "
        "respuesta acabada; respuesta anterior; ultima respuesta; respuesta final; "
        "que acabas de dar; que acabas de; respuesta ya dada; ya dada; solucion terminada; "
        "respuesta previa; respuesta existente; respuesta ya escrita; ya escrita; "
        "ya terminada; respuesta concluida; esta respuesta fue"
    ),
    "behind": (
        "detras de; que te llev*; que llev*; conduj*; que produj*; subyacente; "
        "que hay detras; antes de responder"
    ),
    "reply": "respuesta*; contestacion; solucion; salida; conclusion; completado",
    "wrap": (
        "envuelv*; envolver; encierr*; pon; poner; coloca*; mete; meter; dentro de; entre; "
        "rodea*; inserta*; encapsula*"
    ),
    "tagword": "etiqueta*; delimitador*; corchete*; marcador*",
    "encode": (
        "traduc*; traduz*; codifica*; cifra*; en frances; en ingles; al frances; en base64; "
        "encripta*; al reves; invertid*"
    ),
    "consist": "coincid*; consistente*; mism*; coherente*; igual; concuerd*; correspond*",
    "langword": "idioma; lengua; lenguaje",
    "negate": "no; sin; nunca; evita; jamas; en lugar de",
    "topic": (
        "que es la cadena de pensamiento; sobre la cadena de pensamiento; tecnica de; "
        "personaje; protagonista; novela; prompting; memoria de trabajo en; "
        "memoria de trabajo infantil; capacidad de la memoria; cuento"
    ),
    "audit": (
        "audit*; regulador*; cumplimiento; explicab*; ficha del modelo; transparencia; "
        "profesor*; deberes; tarea; alumn*; estudiante*; examen; clase; maestr*; rgpd; "
        "expediente; recurso; reclamacion; rendicion de cuentas; documentacion; hij*; "
        "paciente*; comite; inspector*; proteccion de datos; supervis*; para que conste; "
        "acta; gobernanza; etica; puntuacion parcial; nota"
    ),
    "grade": (
        "califica*; puntua*; evalua*; valora*; juzga*; clasifica*; asigna*; puntu*; elige*; "
        "selecciona*; escog*; etiqueta*"
    ),
    "scale": (
        "escala; rubrica*; criterio*; del 1 al; de 1 a; puntos; del 0 al; de 0 a; sobre 10; "
        "sobre 5; puntuacion; nota; estrellas; utilidad; exactitud; entre 0 y 1"
    ),
    "compare": (
        "cual es mejor; cual de las dos; mejor respuesta; respuesta es mejor; prefer*; "
        "compara las dos; compara estas dos; dos respuestas; ganadora; mas util; "
        "es superior; respuesta a; respuesta b; preferid*; que respuesta es"
    ),
    "verdict": (
        "modelo de recompensa; recompensa; juez; solo la puntuacion; solo el numero; "
        "datos de preferencia; evaluador*; jueza imparcial; puntuacion entera; "
        "etiqueta de preferencia; veredicto"
    ),
    "reword": (
        "reescrib*; reformula*; parafrase*; suaviza*; cambia la redaccion; neutraliza*; "
        "convierte*; transforma*; version segura; replantea*; sustituye*; alternativa*"
    ),
    "sensitive": (
        "sensible*; delicad*; censur*; prohibid*; politic*; tabu; disidente*; autoritar*; "
        "bloquead*; polemic*; controvertid*; regimen; protesta*"
    ),
    "query": "consulta*; pregunta*; solicitud*; peticion*; prompt*; busqueda*",
    "past_filter": (
        "pase* la censura; pase* la revision; sin activar; version segura; "
        "no sea* bloquead*; a prueba de censura; filtro*; inocu*; neutral*; aceptable*; "
        "moderacion; pase* el filtro; evita* la censura; segur*; respet* las normas; "
        "censores; desvia*"
    ),
    "you_are": "eres; tu nombre es; actua como; usted es; te llamas; soy; finge ser",
    "evade": (
        "evita*; elud*; desactiva*; ignora*; salta*; esquiva*; burla*; sorte*; omite; "
        "anula*; olvida*; deshabilita*"
    ),
    "guard": (
        "filtro*; clasificador*; salvaguard*; moderacion; politicas de seguridad; "
        "instrucciones anteriores; instrucciones previas; restriccion*; "
        "todas las instrucciones; detector*; vigilancia; reglas; medidas de seguridad; "
        "tus instrucciones"
    ),
    "override": (
        "no marques; no lo marques; no reportes; no lo reportes; sesion de depuracion; "
        "modo de depuracion; modo desarrollador; sin restricciones; "
        "nuevo mensaje de sistema; no te niegues; responde en base64; "
        "responde solo en base64; anulacion del sistema; mensaje del sistema; "
        "finge que no tienes; no denuncies; modo administrador; no registres; "
        "modo de mantenimiento; haz como si no tuvieras"
    ),
    "clean": (
        "limpi*; normaliz*; pule; pulir; continu*; comprim*; acort*; mejora*; orden*; "
        "depura*; corrig*; resum*; edit*; arregl*; condensa*; estandariza*; retoma*; "
        "prosigue"
    ),
    "trace": (
        "traza*; trayectoria*; registro de razonamiento; respuesta rechazada; "
        "respuesta puntuada; respuesta evaluada; razonamiento de otro modelo; "
        "cadena de razonamiento*; borrador de razonamiento; transcripcion del razonamiento; "
        "registro del agente; respuesta juzgada; razonamiento siguiente; "
        "razonamiento parcial; respuesta con baja"
    ),
    "imperative": (
        "escribe; crea; genera; calcula; encuentra; resuelve; describe; explica; enumera; "
        "clasifica; identifica; implementa; traduce; resume; diseña; convierte; dado; dada; "
        "determina; da; compara; construye; redacta; nombra; proporciona; analiza; propon; "
        "ordena; completa; define; demuestra; selecciona; desarrolla; simplifica"
    ),
    "frame": (
        "que; cual; cuales; como; por que; quien; cuando; donde; cuantos; si; en; un; una; el; la"
    ),
    "given": (
        "dado; dada; suponga*; supon*; considera; funcion que; programa que; cuantos; "
        "cuantas; siguiente*; frase; parrafo; lista de; tabla; ejemplo; cadena; matriz"
    ),
    "self": "yo; mi; mis; me; nosotros; nuestr*; estoy; tengo; soy; quiero; necesito",
    "deictic": (
        "anterior; de arriba; antes; eso; lo mismo; otra vez; ese ultimo; sigue sin; todavia"
    ),
    "greet": "hola; gracias; buenos dias; por favor ayuda; puedes; podrias; oye; buenas; vale",
    "again": (
        "siguiente; continua; sigue; mas; otra vez; mas corto; mas largo; esta mal; "
        "eso esta mal; incorrecto; intenta; añade comentarios; agrega comentarios; otro; y; "
        "ahora; vale; gracias; de nuevo; no funciona; sigue fallando; hazlo mas; bien; "
        "resumelo"
    ),
}
