"""The processor cores that this process may use. In a container these can be fewer than the machine has."""

import os


def usable_cores() -> list[int]:
    """Their numbers, in order; there is at least one."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(os.getpid()))  # of the process: 0 would be this thread
    return list(range(os.cpu_count() or 1))
