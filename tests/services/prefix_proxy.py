"""A proxy that mounts a server under a path, as nginx does with a ``location``."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from typing import Self

from tests.services.ports import HOST

END_OF_HEAD = b"\r\n\r\n"
OUTSIDE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close" + END_OF_HEAD


class PrefixProxy:
    """Answers 404 outside its path, and passes everything below it on, WebSockets included."""

    def __init__(self, port: int, path: str, *, strips: bool) -> None:
        """``port`` is that of the server. ``strips``: remove the path before passing it on."""
        self._target = port
        self._path = path.encode()
        self._strips = strips
        self._listening = socket.create_server((HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}{path}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """Pass on one request. Its connection ends with it, unless it becomes a WebSocket."""
        with client, suppress(OSError):
            data = b""
            while END_OF_HEAD not in data:
                if not (received := client.recv(1 << 16)):
                    return
                data += received
            head, _, body = data.partition(END_OF_HEAD)
            if (head := self._rewrite(head)) is None:
                client.sendall(OUTSIDE)
                return
            with socket.create_connection((HOST, self._target)) as server:
                server.sendall(head + END_OF_HEAD + body)
                back = threading.Thread(target=_copy, args=[server, client], daemon=True)
                back.start()
                _copy(client, server)
                back.join()

    def _rewrite(self, head: bytes) -> bytes | None:
        """Return the head of the request for the server; None outside the path."""
        method, target, rest = head.split(b" ", 2)
        if not re.match(re.escape(self._path) + rb"(?:/|$)", target):
            return None
        if self._strips:
            target = target[len(self._path) :] or b"/"
        if b"upgrade: websocket" not in head.lower():
            rest = re.sub(rb"(?im)^connection:.*\r\n", b"", rest) + b"\r\nConnection: close"
        return b" ".join((method, target, rest))


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
