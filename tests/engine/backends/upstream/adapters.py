"""Tuned models without a training: rows of the state, and directories with an adapter's files."""

from pathlib import Path

from engine.protocol.objects import new_id, new_model
from engine.storage.state import State

CONFIG, WEIGHTS = b'{"peft_type": "LORA"}', b"weights" * 1000
FILES = {"adapter_config.json": len(CONFIG), "adapter_model.safetensors": len(WEIGHTS)}


async def add_adapter(state: State, folder: Path, base: str, step: int | None = None) -> str:
    """Register a model and write its adapter; gives the directory's name."""
    name = new_id("ftjob-") + (f".step-{step}" if step else "")
    write_adapter(folder / name)
    async with state.transaction():
        await state.models.add(new_model(f"ft:{base}:{name}", base, name, 1, step))
    return name


def write_adapter(directory: Path) -> None:
    directory.mkdir(parents=True)
    (directory / "adapter_config.json").write_bytes(CONFIG)
    (directory / "adapter_model.safetensors").write_bytes(WEIGHTS)


async def delete_model(state: State, adapter: str) -> None:
    async with state.transaction():
        (model,) = await state.models.having("weights", adapter)
        assert await state.models.delete(model.id)


def published(*adapters: str, base: str = "small") -> dict[str, int]:
    """What a bucket holds with these adapters in it."""
    return {f"adapters/{base}/{adapter}/{name}": size for adapter in adapters for name, size in FILES.items()}
