"""How many files and connections the process may have open."""

import sys


def raise_limit() -> None:
    """Take as many as the system lets this process have: a chat that is handed on takes two, and 1,024 is the usual limit otherwise."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Unix alone has it

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except (OSError, ValueError):  # macOS names a limit here that it does not grant
        return
