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
FORGETFUL = "-c fsync=off -c full_page_writes=off"  # what no test needs, and takes most of the time
FAST = "-c synchronous_commit=off"  # loses the last commits where the server is ended like a crash


@contextmanager
def fresh_database(server: str, template: str = "template0") -> Iterator[str]:
    """The address of a database of one's own, dropped at the end."""
    name = f"test_{uuid4().hex}"

    def call(sql: str) -> None:  # on a connection of its own: the server may have been restarted
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(sql.encode())

    call(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield f"{server}/{name}"
    finally:
        call(f"DROP DATABASE {name} WITH (FORCE)")


class Server:
    """A server in a folder of its own. `url` has no database in it, and stays the same after a restart."""

    def __init__(self, folder: Path, owner: str | None, options: str) -> None:
        self._tools, self._folder, self._data, self._owner = _tools(), folder, folder / "data", owner
        port = _free_port()
        self.url = f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{port}"
        self._options = f"{OPTIONS} {options} -c listen_addresses=127.0.0.1 -c port={port}"

    def create(self, secret: Path) -> None:
        """Make its files."""
        options = ("-U", USER, "--auth=scram-sha-256", "--pwfile", secret, "-E", "UTF8", "-N")
        self._call("initdb", "-D", self._data, *options)

    def start(self) -> None:
        """Return once it takes connections."""
        self._call("pg_ctl", "-D", self._data, "-l", self._folder / "log", "-w", "-o", self._options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """End it: `fast` closes all connections in order, `immediate` is like a crash."""
        self._call("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    def _call(self, program: str, *arguments: object) -> None:
        subprocess.run(  # noqa: S603  # our own commands
            [str(part) for part in (self._tools / program, *arguments)],
            check=True,
            user=self._owner,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )


@contextmanager
def own_server(options: str = FORGETFUL) -> Iterator[Server]:
    """A server that a test may stop and start again."""
    _tools()
    folder = Path(tempfile.mkdtemp(prefix="punchline-postgres-", dir="/tmp"))  # its user cannot enter ours
    owner = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    if owner:
        shutil.chown(folder, owner)
    (secret := folder / "password").write_text(PASSWORD)
    secret.chmod(0o644)
    try:
        server = Server(folder, owner, options)
        server.create(secret)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[str]:
    """A server; gives its address without a database. Only a `durable` one writes each commit to the disk. Raises `FileNotFoundError`."""
    with own_server("" if durable else f"{FORGETFUL} {FAST}") as server:
        yield server.url


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
