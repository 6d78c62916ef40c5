"""The training process on a cluster: `python -m engine.ray.worker`, a task's folder in, reports in there out."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from engine.ray.options import Resources
from engine.storage.files import is_disk_full
from engine.training.folder import TrainingFolder
from engine.training.folder_worker import NO_ROOM, work_in
from engine.training.worker import make_way


def main() -> None:
    """Work on one attempt at a task. SIGTERM pauses it."""
    parser = argparse.ArgumentParser("python -m engine.ray.worker", description=__doc__)
    parser.add_argument("--task", type=Path, required=True, metavar="FOLDER", help="on storage that the engine shares")
    parser.add_argument("--attempt", type=int, required=True, help="which one of the engine's submissions this is")
    parser.add_argument("--workers", type=int, default=1, help="how many share each step, by Ray Train")
    parser.add_argument("--cpus", type=float, default=1, help="of each of several workers")
    parser.add_argument("--gpus", type=float, default=0, help="of each of several workers")
    given = parser.parse_args()
    os.umask(0o077)  # what lies in the data directory is its owner's alone
    make_way()
    folder = TrainingFolder(given.task)
    if given.workers > 1:
        from engine.ray.parallel import work_together  # noqa: PLC0415 - needs Ray itself

        sys.exit(work_together(folder, given.attempt, given.workers, Resources(given.cpus, given.gpus)))
    asked, pause = threading.Event(), threading.Event()

    def stop(*_: object) -> None:
        asked.set()
        pause.set()

    signal.signal(signal.SIGTERM, stop)
    try:
        work_in(folder, given.attempt, asked, pause)
    except OSError as error:
        if not is_disk_full(error):
            raise
        sys.exit(NO_ROOM)


if __name__ == "__main__":
    main()
