"""Where the engines of tests keep their state: in SQLite, or in PostgreSQL where `make test-postgres` runs."""

from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.postgres import server_url


@cache
def database_of(folder: Path) -> str:
    """The address of a database for a data directory, the same each time it is asked for; "" for a file in the directory."""
    server = server_url()
    if server is None:
        return ""
    name = f"engine_{uuid4().hex}"  # goes with the server, which the tests have to themselves
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
    return f"{server}/{name}"
