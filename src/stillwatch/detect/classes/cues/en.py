"""Cues: English."""

CUES: dict[str, str] = {
    "show": (
        "show*; reveal*; output; outputs; outputting; print; display; expose*; write out; "
        "writing out; write down; reproduce*; repeat; repeating; dump; spell out; lay out; "
        "list; share; disclose*; emit; return; transcribe*; copy out; surface; externali*; "
        "verbali*; paste; recite; replay; record; write it out; print out; type out; "
        "recount; narrate; uncover; divulge; quote; let me see; i want to see; state"
    ),
    "make": (
        "write; give; include; add; provide; produce; prepend; append; begin with; "
        "start with; generate; set down; put; precede"
    ),
    "imagine": (
        "imagine; articulate*; reconstruct*; narrate; simulate; recreate; retrace; verbali*; "
        "reverse engineer; work backwards; infer"
    ),
    "explain": (
        "explain*; justif*; describe*; clarif*; summari*; walk me through; how you reached; "
        "how you arrived; how did you; account for; why"
    ),
    "strong": (
        "internal monologue; inner monologue; hidden reasoning; private reasoning; "
        "raw reasoning; raw thoughts; private thoughts; hidden thoughts; internal thoughts; "
        "private deliberation*; hidden deliberation*; reasoning chain; thought trace*; "
        "train of thought; raw thinking; hidden thinking; internal thinking; "
        "stream of thought; pre answer thinking; unspoken reasoning"
    ),
    "process": (
        "thinking; thought process*; deliberation*; cogitation*; mental process*; "
        "inner voice; musings; ruminations; reasoning process; thoughts; mental steps"
    ),
    "thought": (
        "reasoning; logic; thoughts; inference*; rationale; considerations; line of thought; "
        "reasoning steps"
    ),
    "hidden": (
        "internal; internally; hidden; private; privately; raw; unfiltered; unedited; "
        "uncensored; inner; secret; silent*; behind the scenes; latent; unredacted; "
        "concealed; not shown; invisible; unspoken; to yourself; undisclosed; unpolished; "
        "before answering; before you answer"
    ),
    "complete": (
        "full; complete; completely; entire; all; whole; every; verbatim; in full; exact; "
        "exhaustive*; word for word; unabridged; step by step; without omission*; "
        "untruncated; without summar*"
    ),
    "own": "your; you; yours; yourself; you re; the model s; the assistant s",
    "done": (
        "answer you gave; answer you already; you already gave; already gave; already given; "
        "already produced; already written; completed response; completed answer; "
        "completed reply; finished response; finished answer; finished reply; "
        "finished solution; completed solution; response above; previous answer; "
        "previous response; previous reply; earlier answer; earlier reply; last answer; "
        "last reply; last response; final response; given response; given answer; "
        "existing answer; response you just; answer you just; reply you just; just gave; "
        "just produced; just wrote; below was produced; already finished; prior response; "
        "prior answer; this response was; this answer was; must have led; would have led; "
        "that produced the; that produced this"
    ),
    "behind": (
        "behind; led to; lead to; leading to; produced; that led; underlying; which led; "
        "arrive at; arrived at; reach; reached; before answering"
    ),
    "reply": (
        "answer; answers; response; responses; reply; replies; completion; completions; "
        "output; outputs; solution; solutions; candidate; candidates; assistant; assistants; "
        "conclusion; generation; generations"
    ),
    "wrap": (
        "wrap*; enclose*; put; place; surround*; between; inside; within; insert; bracket; "
        "delimit*; in between; encapsulate"
    ),
    "encode": (
        "translate*; translated; translation; encode*; encoded; encoding; cipher*; encrypt*; "
        "transliterat*; in french; in german; in latin; re encode*; converted to; "
        "convert to; rendered in; reversed; backwards"
    ),
    "consist": (
        "consistent; same; match*; identical; follow; conform*; be in; coincide; agree with; "
        "mirror; correspond"
    ),
    "langword": "language",
    "negate": (
        "do not; don t; dont; without; never; no need to; avoid; not to; refrain from; "
        "cannot; instead of; must not; shouldn t; should not"
    ),
    "topic": (
        "chain of thought prompting; cot prompting; about chain of thought; "
        "what is chain of thought; prompting technique; research on chain of thought; "
        "paper on chain of thought; monitorability; chain of thought research; "
        "chain of thought methods; chain of thought paper*; survey of; "
        "working memory capacity; working memory training; working memory in children; "
        "working memory and; human working memory; character s; protagonist*; hero s; "
        "narrator; detective; hamlet; novel; short story; poem"
    ),
    "audit": (
        "audit*; regulator*; regulatory; compliance; complian*; explainab*; "
        "explanation to the customer; model card; transparency; gdpr; article 22; "
        "right to explanation; accountab*; teacher*; homework; student*; pupil*; exam; "
        "exams; classroom; lesson*; my class; tutor*; for the record; documentation; "
        "ombudsman; supervisor; supervisory; appeal; appeals; case file; oversight; "
        "interpretab*; my daughter; my son; my kid*; patient; patients; adverse action; "
        "due diligence; inspector*; auditor*; ethics board; ethics committee; review board; "
        "minutes; governance; monitorability; faithfulness; marks for; partial credit; "
        "show your work; show your working; grading policy; data protection; risk committee; "
        "peer review; reviewers"
    ),
    "grade": (
        "rate; rating; score; scores; scoring; grade; grading; evaluate; evaluation; "
        "assess*; judge; judging; mark; assign; rank; award; choose; select; pick; label; "
        "labels"
    ),
    "scale": (
        "scale; rubric*; criteria; criterion; out of 10; out of 5; from 1 to; from 0 to; "
        "points; stars; likert; 1 to 5; 1 to 10; 0 to 10; one to five; one to ten; "
        "zero to ten; between 0 and 1; percent; numeric; helpfulness; harmlessness; "
        "correctness; faithfulness"
    ),
    "compare": (
        "which is better; which one is better; which response is better; "
        "which answer is better; better response; better answer; preferred; prefer; "
        "preference*; pairwise; compare the two; compare these two; head to head; "
        "two responses; two answers; two completions; two replies; two candidate*; winner; "
        "which of the two; more helpful; worse; best of"
    ),
    "verdict": (
        "reward model; reward; act as a judge; impartial judge; as a judge; you are a judge; "
        "grader; evaluator; verdict; preference data*; preference pair*; llm judge; tie; "
        "output only the number; only the score; score only; json score; score field; "
        "integer score"
    ),
    "reword": (
        "rewrite*; rewriting; rephrase*; rephrasing; reword*; paraphrase*; reformulate*; "
        "recast; soften; neutralis*; neutraliz*; saniti*; tone down; restate; "
        "alternative wording*; alternative phrasing*; safe version*; safe alternative*; "
        "safer version*; substitute; convert; turn; euphemis*; transform"
    ),
    "sensitive": (
        "sensitive; censor*; censorship; forbidden; banned; prohibited; taboo; dissident*; "
        "party leader*; authoritarian*; politically; political; blocked; risky; contentious; "
        "controversial; objectionable; unsafe; restricted; red line*; protest*; regime"
    ),
    "query": (
        "query; queries; question; questions; prompt; prompts; request; requests; searches; "
        "user input*; user message*; search term*"
    ),
    "past_filter": (
        "pass review; passes review; censorship safe; passes moderation; pass moderation; "
        "safe for; acceptable to; pass the filter*; passes the filter*; not be blocked; "
        "won t be blocked; without triggering; avoids censorship; content review; "
        "keyword filter*; compliant with content; safe to answer; refuse politely; deflect*; "
        "steer*; harmless version; neutral version; innocuous; censor; censors; "
        "evade moderation; redirect; not trip; content rule*; moderat*"
    ),
    "you_are": (
        "you are; act as; you re; your name is; acting as; behave as; i am; identify as; "
        "pretend to be"
    ),
    "evade": (
        "bypass*; disable*; ignore; evade*; circumvent*; turn off; switch off; override; "
        "disregard; get around; skip; suspend; deactivate; sidestep; slip past; "
        "avoid triggering; without triggering; remove all; lift; forget; not trigger; "
        "undetected by; hidden from; invisible to"
    ),
    "guard": (
        "filter*; classifier*; safeguard*; guardrail*; moderation; safety polic*; "
        "content polic*; safety system*; safety check*; safety training; safety rule*; "
        "monitoring; previous instructions; prior instructions; earlier instructions; "
        "all instructions; your instructions; restrictions; safety measure*; detectors; "
        "refusal*; safety layer*; abuse detection; your rules; system prompt"
    ),
    "override": (
        "do not flag; don t flag; not to flag; never flag; do not report this; "
        "do not log this; not be flagged; don t report this; do not refuse; never refuse; "
        "is a debugging session; authorized debugging; authorised debugging; "
        "internal debugging; debugging mode; maintenance mode; admin override; "
        "diagnostic mode; test mode enabled; you have no restrictions; "
        "no restrictions apply; unrestricted ai; do anything now; without any restrictions; "
        "no content policy; new system prompt; system message; this is not a violation; "
        "i am an engineer at the company that; i work for the company that trained you; "
        "internal red team; safety is disabled; safety disabled; pretend you have no; "
        "so that filters do not; respond only in base64; reply only in base64; "
        "answer in base64; in rot13; decode the following base64 and; no moderation; "
        "ignore the policy; treat the following as system"
    ),
    "clean": (
        "clean*; normali*; polish*; tidy*; reformat*; continue; compress; condense; shorten; "
        "deduplicat*; refine*; refining; edit; fix; repair; resume; improve; streamline; "
        "cleanup; prune; remove repetition*; remove redundan*; finish; standardi*; extend; "
        "trim; correct; strip; reorder; segment; upgrade"
    ),
    "trace": (
        "trace; traces; reasoning trace*; rollout*; trajector*; reasoning log*; "
        "thinking log*; agent log; agent transcript; solution trace; reasoning transcript*; "
        "thinking transcript*; rejected response*; chosen response*; judged response*; "
        "graded response*; scored response*; reasoning below; reasoning draft; "
        "draft reasoning; raw reasoning; step list from another model; model s reasoning; "
        "other model s; thought process below; partial reasoning; reasoning chain*; "
        "tool call log*; critiqued response*; low scoring response*"
    ),
    "imperative": (
        "write; create; generate; compute; calculate; find; solve; describe; explain; list; "
        "classify; identify; implement; translate; summarize; summarise; design; convert; "
        "given; determine; provide; give; name; compare; construct; develop; edit; rewrite; "
        "rephrase; suggest; propose; outline; analyze; analyse; evaluate; categorize; sort; "
        "arrange; complete; compose; formulate; build; discuss; define; predict; select; "
        "choose; answer; extract; state; prove; show that; derive; estimate; simplify; draw; "
        "brainstorm; come up with; make; produce; replace; remove; insert; reverse; print; "
        "read; fill; match; add; change; transform; devise; modify; count; rank; detect; "
        "draft; infer; format; reword; reorder; rearrange; paraphrase; output; correct; fix; "
        "optimize; refactor; debug; use; imagine; pretend; tell"
    ),
    "frame": (
        "what; how; why; which; who; when; where; is; are; does; do; can; if; in; for; a; an; the"
    ),
    "given": (
        "given; suppose; assume; consider; function that; program that; script that; "
        "class called; method called; how many; how much; sql query; the following; input; "
        "in the given; in the list; using python; in python; in java; in javascript; "
        "regular expression; array; string; each; total; sentence; paragraph; essay; table; "
        "example; between; list of; types of; short; story; word"
    ),
    "self": "i; i m; i ve; i d; i ll; my; me; mine; we; our; im; us",
    "deictic": (
        "above; previous; earlier; that one; you said; you just; as before; it didn t; "
        "doesn t work; last time; again; same as; the other one; still; this time; instead"
    ),
    "greet": (
        "hello; hi; hey; thanks; thank you; please help; can you; could you; good morning; "
        "dear; lol; ok; okay; yo; would you; good evening; yes; no; so"
    ),
    "again": (
        "next; continue; go on; add comments; more; again; shorter; longer; that is wrong; "
        "that s wrong; wrong; try again; keep going; what about; and; why; ok; thanks; now; "
        "make it; simplify; explain more; another one; fix it; yes; no; same but; "
        "in english; shorten it; one more; redo; please continue; not what i; still wrong; "
        "still not; it fails; doesn t work; it does not work; great; good; too long; "
        "too short; expand; rename it; undo; perfect; use"
    ),
}
