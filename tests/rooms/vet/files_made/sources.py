"""Remote code as honest publishers write it."""

from __future__ import annotations

CONFIGURATION = '''"""Configuration of a tiny model."""

from transformers.configuration_utils import PretrainedConfig
from transformers.utils import logging

logger = logging.get_logger(__name__)


class TinyConfig(PretrainedConfig):
    """What a tiny model is made of."""

    model_type = "tiny"
    keys_to_ignore_at_inference = ["past_key_values"]

    def __init__(self, vocab_size=100, hidden_size=16, rope_scaling=None, **kwargs):
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.rope_scaling = rope_scaling
        if isinstance(rope_scaling, dict) and "type" not in rope_scaling:
            raise ValueError(f"rope_scaling needs a type, got {rope_scaling}")
        super().__init__(**kwargs)
'''

MODELING = '''"""A tiny model."""

import math
import warnings
from dataclasses import dataclass
from typing import List, Optional, Tuple, Union

import torch
import torch.nn.functional as F
import torch.utils.checkpoint
from torch import nn
from torch.nn import CrossEntropyLoss
from transformers.activations import ACT2FN
from transformers.modeling_outputs import BaseModelOutputWithPast, CausalLMOutputWithPast
from transformers.modeling_utils import PreTrainedModel
from transformers.utils import is_flash_attn_2_available, logging

from .configuration_tiny import TinyConfig

try:
    from einops import rearrange
except ImportError:
    rearrange = None

if is_flash_attn_2_available():
    from flash_attn import flash_attn_func

logger = logging.get_logger(__name__)


def _make_causal_mask(shape: torch.Size, dtype: torch.dtype, device: torch.device):
    mask = torch.full((shape[1], shape[1]), torch.finfo(dtype).min, device=device)
    cond = torch.arange(mask.size(-1), device=device)
    mask.masked_fill_(cond < (cond + 1).view(mask.size(-1), 1), 0)
    return mask.to(dtype)[None, None]


class TinyAttention(nn.Module):
    def __init__(self, config: TinyConfig, layer_idx: Optional[int] = None):
        super().__init__()
        self.q_proj = nn.Linear(config.hidden_size, config.hidden_size, bias=False)
        self.act = ACT2FN[getattr(config, "hidden_act", "silu")]
        self.scale = 1 / math.sqrt(config.hidden_size)
        if layer_idx is None:
            logger.warning_once(f"{self.__class__.__name__} has no layer_idx")

    def forward(self, x: torch.Tensor, **kwargs) -> torch.Tensor:
        if "padding_mask" in kwargs:
            warnings.warn("padding_mask is deprecated")
        q = self.q_proj(x)
        weights = F.softmax((q @ x.transpose(-1, -2)) * self.scale, dim=-1)
        return self.act(weights @ x)


class TinyModel(PreTrainedModel):
    config_class = TinyConfig
    _no_split_modules = ["TinyAttention"]

    def __init__(self, config: TinyConfig):
        super().__init__(config)
        self.embed = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList([TinyAttention(config, i) for i in range(2)])
        self.post_init()

    def _set_gradient_checkpointing(self, module, value=False):
        if hasattr(module, "gradient_checkpointing"):
            setattr(module, "gradient_checkpointing", value)

    def forward(self, input_ids: torch.LongTensor, return_dict: Optional[bool] = None
                ) -> Union[Tuple, BaseModelOutputWithPast]:
        hidden = self.embed(input_ids)
        for layer in self.layers:
            if self.training:
                hidden = torch.utils.checkpoint.checkpoint(layer.__call__, hidden)
            else:
                hidden = layer(hidden)
        return BaseModelOutputWithPast(last_hidden_state=hidden)

    @torch.no_grad()
    def chat(self, tokenizer, query: str, history: List = None):
        inputs = tokenizer([query], return_tensors="pt").to(self.device)
        return tokenizer.decode(self.generate(**inputs)[0])
'''

TOKENIZATION = '''"""Tokenizer of a tiny model."""

import json
import os
import re
import unicodedata
from shutil import copyfile
from typing import Dict, Optional, Tuple

import sentencepiece as spm
from transformers.tokenization_utils import PreTrainedTokenizer

VOCAB_FILES_NAMES = {"vocab_file": "tokenizer.model"}


class TinyTokenizer(PreTrainedTokenizer):
    vocab_files_names = VOCAB_FILES_NAMES

    def __init__(self, vocab_file, **kwargs):
        self.vocab_file = vocab_file
        self.sp_model = spm.SentencePieceProcessor()
        self.sp_model.Load(vocab_file)
        self.pattern = re.compile(r"\\\\s+")
        super().__init__(**kwargs)

    def get_vocab(self) -> Dict[str, int]:
        return {self.convert_ids_to_tokens(i): i for i in range(self.vocab_size)}

    def save_vocabulary(self, save_directory, filename_prefix: Optional[str] = None) -> Tuple[str]:
        if not os.path.isdir(save_directory):
            raise ValueError(f"{save_directory} should be a directory")
        out = os.path.join(save_directory, (filename_prefix or "") + "tokenizer.model")
        if os.path.abspath(self.vocab_file) != os.path.abspath(out):
            copyfile(self.vocab_file, out)
        with open(out + ".json", "w", encoding="utf-8") as f:
            f.write(json.dumps({"vocab": 1}))
        return (out,)
'''
