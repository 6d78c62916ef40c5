"""`python -m engine export`."""

import argparse
import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from engine.backends.llama.adapter import AdapterError
from engine.backends.llama.base import GGUFError, open_gguf
from engine.backends.lora.settings import base_reference, is_adapter
from engine.bases import BaseOption, add_base_options, cache_of, can_tune, read_bases
from engine.export.gguf_file import write_merged_gguf
from engine.options import DATABASE_VARIABLE, UsageError, read_database
from engine.storage.directory import MARK
from engine.storage.files import draft_of
from engine.storage.sqlite import FILE
from engine.storage.state import StateError, open_state

_ABOUT = """Write a tuned model for other tools: `peft` is its adapter, `merged` a directory for transformers and vLLM, `gguf` a file for
llama.cpp and Ollama. docs/engine.md says how to run each."""


def export(arguments: Sequence[str]) -> str:
    """Run the command: write a model, complete or not at all. Returns what to print. Raises UsageError."""
    try:
        return _export(_parser().parse_args(arguments))
    except (StateError, GGUFError, AdapterError, ValueError, OSError) as error:
        raise UsageError(str(error)) from error


def _export(given: argparse.Namespace) -> str:
    target, data_dir = Path(given.to).absolute(), Path(given.data_dir).absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} exists and is not empty: give --to a new directory.")
    adapter = _adapter(given.model, data_dir, read_database(given.database))
    base = _base_of(adapter, read_bases(given), data_dir / "bases")
    draft = draft_of(target)
    draft.mkdir(parents=True)
    try:
        told = _WRITERS[given.format](adapter, base, data_dir / "bases", draft)
        if target.exists():
            target.rmdir()
        draft.replace(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return f"{given.model} is in {target}. {told}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m engine export", description=_ABOUT)
    model = "a tuned model's id (the engine must not run, unless its state is in PostgreSQL), or the id of the job that made it (ftjob-…)"
    parser.add_argument("model", metavar="MODEL", help=model)
    parser.add_argument("--format", choices=list(_WRITERS), required=True)
    parser.add_argument("--to", metavar="DIRECTORY", required=True, help="where to write it; must be new or empty")
    data = "the engine's (default: %(default)s)"
    parser.add_argument("--data-dir", type=Path, default=Path("data/engine"), help=data)
    database = f"the engine's, where it has one (default: the variable {DATABASE_VARIABLE})"
    parser.add_argument("--database", metavar="URL", help=database)
    add_base_options(parser)
    return parser


def _adapter(model: str, data_dir: Path, database: str) -> Path:
    """The adapter's directory."""
    if not database and not any((data_dir / name).exists() for name in (FILE, MARK)):
        raise UsageError(f"{data_dir} is no engine's data directory: give --data-dir.")
    name = model if model.startswith("ftjob-") else asyncio.run(_weights(model, data_dir, database))
    adapter = data_dir / "models" / name
    if is_adapter(adapter):
        return adapter
    if adapter.exists():
        raise UsageError(f"{model} was tuned from practice-1, which runs in this engine alone.")
    raise UsageError(f"The weights of {model} are gone: {adapter} does not exist.")


async def _weights(model: str, data_dir: Path, database: str) -> str:
    try:
        async with open_state(data_dir, database) as state:
            stored, known = await state.models.get(model), await state.models.list()
    except StateError as error:
        raise UsageError(f"{error} Or name the job that made the model (ftjob-…) instead of the model.") from error
    if stored is None:
        ids = ", ".join(one.id for one in known if one.step is None) or "none yet"
        raise UsageError(f"There is no tuned model {model} in {data_dir}. Tuned models: {ids}.")
    return stored.weights


def _base_of(adapter: Path, bases: Sequence[BaseOption], caches: Path) -> BaseOption:
    reference = base_reference(adapter)
    for base in bases:
        known = cache_of(base.name, Path(base.reference), caches) / "transformers" if base.is_gguf else base.reference
        if str(known) == reference:
            return base
    raise UsageError(f"The adapter's base is {reference}: give --base NAME=PATH as you give it to the engine.")


def _write_peft(adapter: Path, base: BaseOption, _caches: Path, target: Path) -> str:
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        shutil.copyfile(adapter / name, target / name)
    return f"It is an adapter for {base.name}, which lies at {base_reference(adapter)}."


def _write_merged(adapter: Path, _base: BaseOption, _caches: Path, target: Path) -> str:
    if not can_tune():
        raise UsageError("--format merged needs torch, transformers and peft: run `make lora`.")
    from engine.backends.lora.merged import write_merged  # noqa: PLC0415 - needs torch

    write_merged(adapter, target)
    return "transformers and vLLM load the directory."


def _write_gguf(adapter: Path, base: BaseOption, caches: Path, target: Path) -> str:
    if not base.is_gguf:
        way = "use --format merged, then llama.cpp's convert_hf_to_gguf.py"
        raise UsageError(f"{base.name} is not a GGUF file, so a GGUF file cannot be made of it here: {way}.")
    gguf = Path(base.reference)
    write_merged_gguf(gguf, open_gguf(gguf, cache_of(base.name, gguf, caches)), adapter, target / "model.gguf")
    return "llama.cpp and Ollama load model.gguf."


_WRITERS = {"peft": _write_peft, "merged": _write_merged, "gguf": _write_gguf}
