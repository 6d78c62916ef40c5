"""Another server that answers for a base: where it is, and how it names models."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

Naming: TypeAlias = Literal["vllm", "ray"]
NAMINGS: dict[str, Naming] = {naming: naming for naming in get_args(Naming)}


@dataclass(frozen=True)
class UpstreamServer:
    """Its address, http(s) and usually ending in /v1, and the key that it asks for. For all of them a base has the engine's own name."""

    url: str
    key: str | None = field(default=None, repr=False)
    naming: Naming = "vllm"

    def adapter_name(self, base: str, adapter: str) -> str:
        """What it calls the adapter in the directory of that name. Ray Serve LLM puts the base before it."""
        return f"{base}:{adapter}" if self.naming == "ray" else adapter
