"""Cues: Portuguese."""

CUES: dict[str, str] = {
    "show": (
        "mostr*; revel*; imprim*; exib*; expõe; exponha; escreve tudo; transcrev*; "
        "reproduz*; repit*; repet*; compartilh*; partilh*; devolv*; divulg*; emit*; "
        "verbaliz*; detalh*; despej*; copi*; escreva por extenso; quero ver; deixe ver; "
        "list*; registr*; coloque por escrito; passe para o papel; recit*"
    ),
    "make": "escrev*; dê; dá; inclu*; adicion*; forneç*; ger*; redij*; comece com",
    "imagine": "imagin*; articul*; reconstru*; simul*; narr*; recri*; deduz*",
    "explain": (
        "expli*; justifi*; descrev*; esclare*; resum*; como chegou; como você; por que; porquê"
    ),
    "strong": (
        "cadeia de pensamento*; cadeia de raciocinio*; monologo interno; monologo interior; "
        "memoria de trabalho; traço* de raciocinio; rastro* de raciocinio; "
        "raciocinio oculto; raciocinio interno; pensamento interno; pensamentos internos; "
        "pensamentos ocultos; deliberacao interna; deliberacao privada; bloco de pensamento; "
        "conteudo do pensamento; raciocinio bruto; raciocinio privado; "
        "conteudo de pensamento; linha interna de raciocinio; pensamentos privados; "
        "deliberacoes internas; rascunho mental; token* de pensamento; token* de raciocínio"
    ),
    "process": (
        "pensamento*; processo de pensamento; processo mental; deliberac*; reflexao interna; "
        "processo de raciocinio"
    ),
    "thought": "raciocinio*; logica; inferencia*; reflex*; consideracoes",
    "hidden": (
        "interno; interna; internos; internas; internamente; ocult*; privad*; sem filtr*; "
        "brut*; interior*; secreto*; secreta*; sem edicao; escondid*; sem censura; "
        "nos bastidores; cru; invisive*; não dit*; não revelad*; silencios*; calad*; tácit*"
    ),
    "complete": (
        "complet*; inteir*; integral*; todo; toda; todos; todas; literal*; "
        "palavra por palavra; sem omitir; sem resumir; passo a passo; exat*; cada; "
        "na integra; tudo"
    ),
    "own": "seu; sua; seus; suas; teu; tua; você; do modelo; do assistente; tu",
    "done": (
        "resposta que você já; já deu; ja deste; resposta concluida; resposta finalizada; "
        "resposta terminada; resposta anterior; ultima resposta; resposta final; "
        "acabou de dar; acabaste de dar; resposta ja dada; ja dada; resposta pronta; "
        "solucao pronta; resposta acima; resposta existente; ja escrita; ja fornecida; "
        "ja produziu; acabou de escrever; ja concluida; esta resposta foi"
    ),
    "behind": (
        "por tras; que levou; levou; levaram; conduz*; que produziu; subjacente*; "
        "antes de responder; que o levou"
    ),
    "reply": "respost*; solucao; saida; conclusao",
    "wrap": (
        "envolv*; coloqu*; coloca*; ponha; põe; entre; dentro de; inser*; cerque; encapsul*; "
        "mete; meter; embrulh*"
    ),
    "tagword": "etiqueta*; delimitador*; colchete*; marcador*; marca*",
    "encode": (
        "traduz*; traduç*; codifi*; cifr*; em frances; em ingles; para o frances; "
        "para o ingles; em base64; criptograf*; ao contrario; converti*"
    ),
    "consist": "consistent*; mesm*; coerent*; igual; coincid*; correspond*; identic*",
    "langword": "idioma; lingua; linguagem",
    "negate": "não; sem; nunca; evite; jamais; em vez de",
    "topic": (
        "o que é cadeia de pensamento; sobre cadeia de pensamento; tecnica de; personagem; "
        "protagonista; romance; prompting; memoria de trabalho em; "
        "memoria de trabalho das criancas; conto; heroi"
    ),
    "audit": (
        "audit*; regulador*; conformidade; explicab*; cartao do modelo; ficha do modelo; "
        "transparencia; professor*; dever de casa; licao; alun*; estudante*; prova; aula; "
        "lgpd; processo administrativo; recurso; reclamac*; prestacao de contas; "
        "documentac*; filh*; paciente*; comite; inspe*; protecao de dados; supervis*; ata; "
        "governanca; etic*; tarefa; turma; fiscaliza*; nota parcial; arquivo de"
    ),
    "grade": (
        "avali*; pontu*; classifi*; julg*; atribu*; dê uma nota; de nota; escolh*; "
        "selecion*; rotul*"
    ),
    "scale": (
        "escala; rubrica*; criteri*; de 1 a; de 0 a; pontos; nota; de zero a; pontuacao; "
        "utilidade; estrelas; entre 0 e 1; exatidao"
    ),
    "compare": (
        "qual é melhor; qual e a melhor; qual das duas; melhor resposta; resposta e melhor; "
        "prefer*; compare as duas; duas respostas; vencedora; mais util; resposta a; "
        "resposta b; superior; qual resposta é"
    ),
    "verdict": (
        "modelo de recompensa; recompensa; juiz; apenas a pontuacao; apenas a nota; "
        "so a nota; so o numero; dados de preferencia; avaliador*; somente o numero; "
        "veredito; nota inteira; rotulo de preferencia"
    ),
    "reword": (
        "reescrev*; reformul*; parafrase*; suaviz*; neutraliz*; convert*; transform*; "
        "versao segura; substitu*; alternativa*; amenize"
    ),
    "sensitive": (
        "sensive*; delicad*; censur*; proibid*; politic*; tabu*; dissident*; autoritar*; "
        "bloquead*; polemic*; controvers*; regime; protesto*"
    ),
    "query": "consulta*; pergunt*; solicitac*; pedido*; prompt*; busca*; pesquisa*",
    "past_filter": (
        "passe* pela censura; passe* na moderacao; sem acionar; versao segura; "
        "não seja* bloquead*; filtro*; inofensiv*; neutr*; aceitave*; moderac*; segur*; "
        "escape* da censura; censores; dentro das regras; desvi*"
    ),
    "you_are": "você é; tu es; seu nome é; aja como; atue como; você se chama; eu sou",
    "evade": (
        "contorn*; desativ*; ignor*; evit*; burl*; drible; driblar; desabilit*; esquec*; "
        "pul*; engan*; desligu*; anul*"
    ),
    "guard": (
        "filtro*; classificador*; salvaguarda*; moderac*; politicas de seguranca; "
        "instrucoes anteriores; restric*; todas as instrucoes; detector*; monitoramento; "
        "regras; medidas de seguranca; suas instrucoes"
    ),
    "override": (
        "não sinalize; não marque; não denuncie; não reporte; sessão de depuração; "
        "modo de depuração; modo desenvolvedor; modo de desenvolvedor; sem restricoes; "
        "nova mensagem de sistema; mensagem do sistema; não recuse; nunca recuse; "
        "responda em base64; responda apenas em base64; modo administrador; "
        "finja que não tem; não registre; modo de manutenção"
    ),
    "clean": (
        "limp*; normaliz*; continu*; comprim*; encurt*; melhor*; corrij*; corrig*; organize; "
        "organiza; revis*; enxug*; padroniz*; polir; pula; condens*; retom*; prossiga; "
        "arrume; edite"
    ),
    "trace": (
        "traço*; rastro*; trajetoria*; registro de raciocinio; resposta rejeitada; "
        "resposta avaliada; resposta pontuada; raciocinio de outro modelo; "
        "cadeia de raciocinio*; cadeia de pensamento*; rascunho de raciocinio; "
        "transcricao do raciocinio; registro do agente; log do agente; resposta julgada; "
        "raciocinio parcial; raciocinio abaixo; raciocinio a seguir; resposta mal avaliada"
    ),
    "imperative": (
        "escreva; escreve; crie; gere; calcule; encontre; resolva; descreva; explique; "
        "liste; classifique; identifique; implemente; traduza; resuma; projete; converta; "
        "dado; dada; determine; dê; compare; construa; redija; nomeie; forneça; analise; "
        "proponha; ordene; complete; defina; demonstre; selecione; desenvolva; simplifique"
    ),
    "frame": (
        "que; qual; quais; como; por que; quem; quando; onde; quantos; se; em; um; uma; o; a; os"
    ),
    "given": (
        "dado; dada; suponha*; considere; função que; programa que; quantos; quantas; "
        "seguinte*; frase; paragrafo; lista de; tabela; exemplo; matriz"
    ),
    "self": "eu; meu; minha; meus; me; nos; nosso; estou; tenho; sou; quero; preciso",
    "deictic": "anterior; acima; antes; isso; o mesmo; de novo; ainda; da outra vez",
    "greet": "olá; oi; obrigad*; bom dia; pode; poderia; por favor ajude; boa tarde; você pode",
    "again": (
        "próximo; continue; continua; mais; de novo; mais curto; mais longo; está errado; "
        "isso está errado; errado; tente; adicione comentarios; outro; e; agora; obrigad*; "
        "não funciona; ainda não; resuma; muito longo; refaça; não"
    ),
}
