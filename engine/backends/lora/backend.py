"""A base model with its adapters behind the engine's interface for models."""

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from engine.backends.interface import TextGenerator
from engine.backends.lora.settings import LoraSettings, plan
from engine.backends.serving import Handshake
from engine.training.task import ChosenHyperparameters, Hyperparameters, Settings


class LoraBackend:
    """Tunes adapters in a process of their own, and answers with another's words. Its weights are directories."""

    trainer = "engine.backends.lora.trainer"
    extension = ""

    def __init__(
        self, base: str, reference: str, handshake: Handshake, generator: TextGenerator, settings: LoraSettings
    ) -> None:
        """`base` is the model's name for clients, `reference` the path or hub id of its weights."""
        self.base, self.generator, self.context_tokens = base, generator, handshake.context_tokens
        self.settings: Settings = settings.model_dump()
        self._reference, self._tokenizer = Path(reference), Tokenizer.from_str(handshake.tokenizer)

    def base_weights(self) -> Path:
        """The base's directory, or its hub id."""
        return self._reference

    def plan(self, examples: int, chosen: ChosenHyperparameters) -> Hyperparameters:
        """OpenAI's number of epochs, and batches that leave enough updates."""
        return plan(examples, chosen)

    def count_tokens(self, texts: Sequence[str]) -> int:
        """Tokens of the base's own tokenizer."""
        return sum(map(len, self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)))
