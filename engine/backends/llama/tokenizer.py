"""A GGUF file's vocabulary as a tokenizer, to count tokens with. llama.cpp uses its own for the prompt."""

from collections.abc import Mapping
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel, Digits, PreTokenizer, Sequence, Split

_CONTROL, _USER_DEFINED = 3, 4  # token types of a GGUF file that are not part of the text

_CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_BEHIND_NUMBERS = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
# Pre-tokenizers by their names in GGUF files (`tokenizer.ggml.pre`).
_PATTERNS = {
    "llama-bpe": _CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + _BEHIND_NUMBERS,
    "qwen2": _CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + _BEHIND_NUMBERS,
}


def tokenizer_of(fields: Mapping[str, Any]) -> Tokenizer:
    """The tokenizer that these fields of a GGUF file describe. Raises ValueError if they are not supported."""
    kind, pre = fields["tokenizer.ggml.model"], fields.get("tokenizer.ggml.pre", "gpt-2")
    if kind != "gpt2":
        raise ValueError(f"its tokenizer is {kind!r}; only 'gpt2' (byte-level BPE) is supported")
    tokens: list[str] = fields["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ", 1)) for merge in fields["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(BPE({token: number for number, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = _pre_tokenizer(str(pre))
    tokenizer.decoder = decoders.ByteLevel()
    kinds = fields["tokenizer.ggml.token_type"]
    special = [token for token, kind in zip(tokens, kinds, strict=True) if kind in (_CONTROL, _USER_DEFINED)]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in special])
    return tokenizer


def _pre_tokenizer(name: str) -> PreTokenizer:
    if name in ("gpt-2", "default"):
        return ByteLevel(add_prefix_space=False)
    if name == "smollm":
        return Sequence([Digits(individual_digits=True), ByteLevel(add_prefix_space=False)])
    if name not in _PATTERNS:
        raise ValueError(f"its pre-tokenizer {name!r} is not supported")
    split = Split(Regex(_PATTERNS[name]), "isolated")
    return Sequence([split, ByteLevel(add_prefix_space=False, use_regex=False)])
