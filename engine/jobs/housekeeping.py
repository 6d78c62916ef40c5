"""What crashes and cancelled work left in the data directory is removed."""

import asyncio
import logging
from pathlib import Path

from engine.backends.catalogue import Catalogue
from engine.protocol.objects import OURS
from engine.storage.database import DatabaseUnavailableError
from engine.storage.files import ours_in, sweep
from engine.storage.state import State

log = logging.getLogger(__name__)

_SWEEP_SECONDS = 3600.0


async def sweep_files(state: State, files: Path) -> None:
    """Remove the files that no object names. Others may be uploading meanwhile."""
    found = await asyncio.to_thread(ours_in, files, OURS["files"])
    async with state.transaction():  # a file that was being put in place has its row by now, or will never have one
        known = await state.files.ids()
    await asyncio.to_thread(sweep, [path for path in found if path.name not in known], is_shared=state.is_shared)


async def keep_tidy(state: State, catalogue: Catalogue, files: Path) -> None:
    """Sweep once an hour until cancelled: of several processes, any may have died in the middle of something."""
    while True:
        try:
            await sweep_files(state, files)
            await catalogue.sweep()
        except (DatabaseUnavailableError, OSError) as error:
            log.warning("The data directory was not swept: %s", error)
        await asyncio.sleep(_SWEEP_SECONDS)
