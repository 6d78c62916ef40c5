"""One address for several servers, as a load balancer gives it: each connection goes to the next server that takes it."""

import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


@contextmanager
def round_robin(*urls: str) -> Iterator[str]:
    """The address, with the path of the first. A connection that a server has taken is never tried at another."""
    targets = [(address.hostname, address.port or 80) for address in map(urlsplit, urls)]
    turns = itertools.count()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):  # it is closed at the end
                while True:
                    client, _ = listening.accept()
                    threading.Thread(target=connect, args=(client,), daemon=True).start()

        def connect(client: socket.socket) -> None:
            turn = next(turns)
            for number in range(len(targets)):
                with suppress(ConnectionRefusedError):
                    server = socket.create_connection(targets[(turn + number) % len(targets)])
                    threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()
                    _pass_on(server, client)
                    return
            client.close()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}{urlsplit(urls[0]).path}"
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
