"""A PostgreSQL server on loopback: Debian's `postgresql`, or any whose programs are found, in a temporary folder."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

USER, PASSWORD = "punchline", "made-up-password"
OPTIONS = "-c max_connections=200 -c unix_socket_directories="
FORGETFUL = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"  # what no test needs, and takes most of the time
)


@contextmanager
def fresh_database(server: str, template: str = "template0") -> Iterator[str]:
    """The address of a database of one's own, dropped at the end."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[str]:
    """A server; gives its address without a database. Only a `durable` one writes each commit to the disk. Raises `FileNotFoundError`."""
    tools = _tools()
    folder = Path(tempfile.mkdtemp(prefix="punchline-postgres-", dir="/tmp"))  # its user cannot enter ours
    owner = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    if owner:
        shutil.chown(folder, owner)
    (secret := folder / "password").write_text(PASSWORD)
    secret.chmod(0o644)
    data, port = folder / "data", _free_port()

    def call(*command: object) -> None:
        subprocess.run(  # noqa: S603  # our own commands
            [str(part) for part in command], check=True, user=owner, cwd=folder, stdout=subprocess.DEVNULL
        )

    try:
        call(tools / "initdb", "-D", data, "-U", USER, "--auth=scram-sha-256", "--pwfile", secret, "-E", "UTF8", "-N")
        options = f"{OPTIONS} {'' if durable else FORGETFUL} -c listen_addresses=127.0.0.1 -c port={port}"
        call(tools / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start")
        try:
            yield f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{port}"
        finally:
            call(tools / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _tools() -> Path:
    """The folder with PostgreSQL's programs; Debian keeps them out of the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise FileNotFoundError("PostgreSQL is not installed.")
    return found[-1].parent if found else Path(str(on_path)).parent


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
