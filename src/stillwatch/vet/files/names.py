"""Names that look like well known ones and are not: a letter off, or letters that look alike."""

from __future__ import annotations

import re
from typing import Any, Final

from stillwatch.vet.files.pickle_rules import Reason
from stillwatch.vet.files.verdicts import Verdict

PACKAGES: Final = frozenset("""
accelerate aiohttp autoawq bitsandbytes datasets deepspeed diffusers einops fastapi flash-attn gguf
gradio huggingface-hub jax keras langchain lightning matplotlib mistral-common numpy onnx
onnxruntime openai opencv-python optimum pandas peft pillow protobuf pydantic pytorch-lightning
pyyaml requests safetensors scikit-learn scipy sentence-transformers sentencepiece tensorflow
tiktoken timm tokenizers torch torchaudio torchvision tqdm transformers triton trl unsloth vllm
wandb xformers xgboost
""".split())  # fmt: skip
OWNERS: Final = frozenset("""
01-ai ai21labs alibaba-nlp allenai amazon anthropic apple baai bigcode bigscience black-forest-labs
cohereforai databricks deepseek-ai eleutherai facebook google huggingface huggingfaceh4
huggingfacetb ibm-granite internlm lmsys meta-llama microsoft minimaxai mistralai moonshotai
mosaicml nousresearch nvidia openai openbmb openchat opengvlab qwen salesforce
sentence-transformers snowflake stabilityai thebloke thudm tiiuae unsloth xai-org zai-org
""".split())  # fmt: skip
_ALIKE: Final = str.maketrans("01357ıаеорсухі", "oleetiaeopcyxi")
_REQUIREMENT: Final = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)\s*(?:[<>=!~;\[#@]|$)")
_ELSEWHERE: Final = re.compile(r"^\s*(?:-i|--index-url|--extra-index-url|--find-links)\b|@\s*\w+://|"
                               r"^\s*(?:git\+|https?://)")  # fmt: skip


def nearest(name: str, known: frozenset[str]) -> str | None:
    """The well known name that another one could be taken for; None where there is none.

    >>> nearest("transfomers", PACKAGES), nearest("transformers", PACKAGES)
    ('transformers', None)
    """
    plain = re.sub(r"[-_.]+", "-", name.strip().lower())
    if plain in known or len(plain) < 5:
        return None
    looked = _looked(plain)
    for one in sorted(known):
        if len(one) >= 5 and (_looked(one) == looked or _near(plain, one)):
            return one
    return None


def _looked(name: str) -> str:
    return name.translate(_ALIKE).replace("rn", "m").replace("vv", "w").replace("-", "")


def _near(one: str, other: str) -> bool:
    """Whether one letter was left out, added, changed, or two neighbours were swapped."""
    if abs(len(one) - len(other)) > 1:
        return False
    at = next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if at is None:
        return True
    a, b = one[at:], other[at:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def rule_on_requirements(text: str) -> list[Reason]:
    """What speaks against a list of requirements, a name a line."""
    found: list[Reason] = []
    for line in text.splitlines()[:10_000]:
        if _ELSEWHERE.search(line):
            told = f"installs from an address of its own: {line.strip()[:100]!r}"
            found.append((Verdict.UNKNOWN_IMPORT, told))
        elif (match := _REQUIREMENT.match(line)) and (near := nearest(match[1], PACKAGES)):
            told = f"wants {match[1]!r}, a name that can be taken for {near!r}"
            found.append((_grave(match[1], near), told))
    return found


def rule_on_repository(name: Any, what: str) -> list[Reason]:
    """What speaks against ``owner/name`` of a repository that something refers to."""
    if not isinstance(name, str) or name.count("/") != 1:
        return []
    owner = name.partition("/")[0]
    near = nearest(owner, OWNERS)
    if near is None:
        return []
    told = f"{what} {name[:80]!r}, whose owner can be taken for {near!r}"
    return [(_grave(owner, near), told)]


def _grave(name: str, near: str) -> Verdict:
    """A long name a letter off, or letters that look alike, are no accident; the rest may be."""
    alike = _looked(name.lower()) == _looked(near)
    long = min(len(name), len(near)) >= 8 and name.rstrip("s") != near.rstrip("s")
    return Verdict.MALICIOUS if alike or long else Verdict.UNKNOWN_IMPORT
