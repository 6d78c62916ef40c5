"""How long to wait before something that failed is tried again: twice as long each time, up to a limit."""

from datetime import timedelta

DOUBLINGS = 20  # enough to pass any limit, and few enough for a timedelta


def backoff(failures: int, first: timedelta, longest: timedelta) -> timedelta:
    """The pause after so many failures in a row, the first of which counts as 1."""
    pause: timedelta = first * 2 ** min(max(failures - 1, 0), DOUBLINGS)
    return min(longest, pause)
