"""The processor's cores that this process may use: a container can have fewer than the machine."""

import os


def usable_cores() -> list[int]:
    """Their numbers, in order; there is at least one."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(os.getpid()))  # of the process: 0 would be this thread
    return list(range(os.cpu_count() or 1))
