"""A proxy between the portal and Redis that fails on demand."""

import random
import socket
import threading
from contextlib import suppress


class Proxy:
    """Passes bytes on, or what ``mode`` says.

    ``pass``; ``cut``: Redis does what it was told, and now and then the connection ends instead of
    the answer; ``hole``: everything is accepted and nothing ever answered.
    """

    def __init__(self, target: int, share: float = 0.2, seed: int = 20210201) -> None:
        self.mode = "pass"
        self.cuts = 0
        self._target = target
        self._share = share
        self._chance = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"redis://127.0.0.1:{self.port}/0"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _address = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._target))
                except OSError:
                    client.close()
                    continue
                for source, sink, answers in ((client, server, False), (server, client, True)):
                    threading.Thread(
                        target=self._pump, args=(source, sink, answers), daemon=True
                    ).start()

    def _pump(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self.mode == "hole":
                    continue
                if self.mode == "cut" and answers and self._chance.random() < self._share:
                    self.cuts += 1
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()  # each is the source of one pump
