"""`python -m tests.engine.backends.upstream.settling DATA_DIR STORE`: publish and delete what there is to, in a process that can be killed."""

import asyncio
import sys
from pathlib import Path

from engine.backends.upstream.publisher import AdapterPublisher
from engine.backends.upstream.store import CloudAdapterStore
from engine.storage.state import open_state


async def settle(data_dir: Path, store: str) -> bool:
    async with open_state(data_dir) as state:
        return await AdapterPublisher(state, data_dir / "models", CloudAdapterStore(store), ["small"]).settle()


if __name__ == "__main__":
    assert asyncio.run(settle(Path(sys.argv[1]), sys.argv[2]))
