"""How the process uses glibc's memory; nothing happens where there is another library."""

import ctypes
import gc
import sys

_M_ARENA_MAX = -8  # of mallopt(3)


def share_heap() -> None:
    """Let all threads use one heap; call it before any starts. Otherwise each keeps what its largest piece of work took."""
    if (libc := _glibc()) is not None:
        libc.mallopt(_M_ARENA_MAX, 1)


def return_unused() -> None:
    """Give back to the system what starting took (40 MB)."""
    gc.collect()
    if (libc := _glibc()) is not None:
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "malloc_trim") and hasattr(libc, "mallopt") else None
