"""A way to the server that ends the job at a chosen message: every statement is a message of its own."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import threading
from collections.abc import Callable

from tests.database_bootstrap.postgres import Job, ended


def kill_at_message(job: Job, number: int) -> bool:
    """Run `job` and kill all its processes once they have sent message `number` to the server; False if it was done before.

    Messages are counted over all connections of the job, those of the TLS handshake included; TLS hides what is in them.
    """
    port = int(job.environment["PGPORT"])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        job.environment["PGPORT"] = str(listener.getsockname()[1])
        process = job.start()
        counted = Counter(number, lambda: os.killpg(process.pid, signal.SIGKILL))
        threading.Thread(target=accept, args=(listener, port, counted), daemon=True).start()
        exit_code = ended(process).exit_code
        listener.shutdown(socket.SHUT_RDWR)
    job.environment["PGPORT"] = str(port)
    return exit_code == -signal.SIGKILL


class Counter:
    """Calls `action` at the given count, once."""

    def __init__(self, number: int, action: Callable[[], None]) -> None:
        self._left, self._action, self._lock = number, action, threading.Lock()

    def one(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._action()


def accept(listener: socket.socket, port: int, counted: Counter) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=forward, args=(client, port, counted), daemon=True).start()


def forward(client: socket.socket, port: int, counted: Counter) -> None:
    """Pass bytes both ways until one side ends."""
    with (
        client,
        socket.create_connection(("127.0.0.1", port)) as server,
        selectors.DefaultSelector() as selector,
    ):
        selector.register(client, selectors.EVENT_READ, server)
        selector.register(server, selectors.EVENT_READ, client)
        try:
            while True:
                for key, _ in selector.select():
                    source, target = key.fileobj, key.data
                    assert isinstance(source, socket.socket)
                    data = source.recv(65536)
                    if not data:
                        return
                    target.sendall(data)
                    if source is client:
                        counted.one()
        except OSError:
            return
