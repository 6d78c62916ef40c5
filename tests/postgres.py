"""`python -m tests.postgres COMMAND …` runs a command with a PostgreSQL server of its own, whose address it finds in PUNCHLINE_TEST_POSTGRES.

The server is that of `tests/wire/postgres_server.py`. It ends with the command, whose exit status it passes on. Where PostgreSQL is not
installed it ends with 3.
"""

import os
import subprocess
import sys

from tests.wire.postgres_server import PASSWORD, Server, fresh_database, own_server, running_server

__all__ = ["PASSWORD", "Server", "fresh_database", "own_server", "running_server", "server_url"]

VARIABLE = "PUNCHLINE_TEST_POSTGRES"
NOT_INSTALLED = 3


def server_url() -> str | None:
    """The server that the tests are to use, if they are to use one; it has no database in it."""
    return os.environ.get(VARIABLE)


def main() -> int:
    """Run the command; returns the exit status."""
    try:
        with running_server() as url:
            return subprocess.run(sys.argv[1:], check=False, env={**os.environ, VARIABLE: url}).returncode  # noqa: S603
    except FileNotFoundError as error:
        sys.stderr.write(f"{error}\n")
        return NOT_INSTALLED


if __name__ == "__main__":
    sys.exit(main())
