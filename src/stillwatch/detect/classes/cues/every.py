"""Cues: product names, tags and encodings, the same in every language."""

CUES: dict[str, str] = {
    "thinktag": (
        "<think>; <thinking>; <thought>; <thoughts>; <reasoning>; <scratchpad>; <cot>; "
        "<analysis>; <inner_monologue>; <reflection>; <internal>; <deliberation>; "
        "<chain_of_thought>; think tag*; thinking tag*; reasoning tag*"
    ),
    "tagword": "tag*; xml; html; delimiter*; bracket*; code block*; markers; json field",
    "product": (
        "claude code; codex; opencode; open code; openclaw; cursor ide; cursor editor; "
        "you are cursor; inside cursor; in cursor; by cursor; windsurf; gemini cli; gemini; "
        "kimi; qwen*; tongyi*; deepseek*; chatglm; glm 4*; zhipu; z ai; minimax*; "
        "moonshot ai; doubao; hunyuan; ernie bot; grok; chatgpt; gpt 4*; gpt 5*; copilot; "
        "github copilot; cline; roo code; aider; devin; trae; llama 3*; mistral*; le chat; "
        "perplexity; manus; kiro; agent sdk; qwen code; kimi cli; augment agent; amazon q; "
        "replit agent; lovable; bolt; 通义千问; 文心一言; 豆包; 智谱; 月之暗面; 混元"
    ),
    "harness": (
        "you are claude code; you are an interactive cli tool that helps; "
        "you are codex based on; you are codex cli; running in the codex cli; "
        "powered by cursor; you are opencode; you are gemini cli; "
        "interactive cli agent specializing in; you are kimi; you are qwen; "
        "you are windsurf; you are cline; you are roo; you are deepseek; "
        "created by alibaba cloud; provided by moonshot ai; developed by moonshot ai; "
        "claude agent sdk; x anthropic billing header; user agent opencode; "
        "user agent claude cli; originator codex cli rs; agent sdk cc_entrypoint"
    ),
    "verdict": (
        "reward model; reward score; preference label*; rlhf; rlaif; dpo; chosen rejected; "
        "[[a]]; [[b]]; assistant a; assistant b; response a; response b; answer a; answer b; "
        "completion a; completion b; model a; model b"
    ),
    "override": (
        "<system>; im_start system; begin system prompt; system override; sudo mode; "
        "jailbreak*; dan mode; developer mode; debug mode"
    ),
    "encode": (
        "base64; base 64; rot13; hex; morse; pig latin; leetspeak; binary; base32; "
        "caesar cipher; unicode escapes"
    ),
    "strong": (
        "cot; chain of thought*; scratchpad*; working memory; reasoning trace*; "
        "thinking trace*; reasoning token*; thinking token*; thinking block*; "
        "reasoning content; thinking content; reasoning_content; thinking log*"
    ),
    "scale": "1 5; 1 10; 0 10; 1 100; 0 100; 0 1; 1 7; 0 5; 1 4; 1 3; 0 4; 10; 5; json",
}
