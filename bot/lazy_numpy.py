"""NumPy, imported when it is first used: a start needs none of it, and it would take a tenth of what a start takes beside openai.

`from bot.lazy_numpy import np` stands in place of `import numpy as np`. Names of `numpy.typing` are imported for the type checker alone.
"""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

__all__ = ["load_numpy", "np"]

if TYPE_CHECKING:
    import numpy as np
else:

    class _NumPy:
        """Each name is looked up once."""

        def __getattr__(self, name: str) -> object:
            import numpy  # noqa: PLC0415, ICN001  # the reason for this module

            found = getattr(numpy, name)
            setattr(self, name, found)
            return found

    np = _NumPy()


async def load_numpy() -> None:
    """Import it beside the event loop, which the import at its first use would stop for 50 ms."""
    await asyncio.to_thread(import_module, "numpy")
