"""`python -m engine`: the model server, and the commands `export` and `move-to`."""

import asyncio
import logging
import sys

from engine.backends.packages import WeightsError
from engine.backends.serving import ServingError
from engine.backends.upstream.publisher import StoreError
from engine.concurrency.child import ChildError
from engine.descriptors import raise_limit
from engine.memory import share_heap
from engine.moving import move_to
from engine.options import UsageError, read_options
from engine.server import serve
from engine.storage.state import StateError


def main() -> int:
    """Run the server or a command; the exit code is 2 for what the operator can mend."""
    share_heap()
    raise_limit()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        if sys.argv[1:2] == ["export"]:
            from engine.export.command import export  # noqa: PLC0415 - a server does not need it

            print(export(sys.argv[2:]))
        elif sys.argv[1:2] == ["move-to"]:
            print(move_to(sys.argv[2:]))
        else:
            asyncio.run(serve(read_options(), _say_ready))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 0
    except (UsageError, StateError, WeightsError, ServingError, StoreError, OSError) as error:
        print(f"engine: {error}", file=sys.stderr)
        return 2
    except ChildError as error:
        print(f"engine: practice-1 could not be trained: {error}", file=sys.stderr)
        return 1
    return 0


def _say_ready(address: str) -> None:
    print(f"Punchline engine ready at {address}/v1", flush=True)


if __name__ == "__main__":
    sys.exit(main())
