"""What stands between the pods: the cluster's DNS, and the forwarder behind a Service's address."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable


class Dns:
    """Answers A records on UDP port 53 of an address; everything else exists not.

    `wrong` names answer with another address, `silent` answers nothing at all.
    """

    def __init__(self, address: str, address_of: Callable[[str], str | None]) -> None:
        self.silent = False
        self.wrong: set[str] = set()
        self._address_of = address_of
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))
        self._socket.settimeout(0.1)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                query, asker = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            if query and not self.silent:
                self._socket.sendto(self._answer(query), asker)

    def _answer(self, query: bytes) -> bytes:
        labels, at = [], 12
        while length := query[at]:
            labels.append(query[at + 1 : at + 1 + length].decode())
            at += 1 + length
        question = query[12 : at + 5]
        is_a = query[at + 1 : at + 3] == b"\0\x01"
        found = self._address_of(".".join(labels))
        if any(each in self.wrong for each in labels):
            found = "127.1.2.3"
        records = [found] if found and is_a else []
        code = 0x8580 | (0 if found else 3)
        answer = query[:2] + struct.pack(">HHHHH", code, 1, len(records), 0, 0) + question
        for each in records:
            answer += b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 5, 4) + socket.inet_aton(each)
        return answer


class Forwarder:
    """Takes every connection to a Service's address to the pod that `backend` names then."""

    def __init__(self, address: str, port: int, backend: Callable[[], str]) -> None:
        self._backend = backend
        self._port = port
        self._socket = socket.create_server((address, port))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                taken, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._joined, args=(taken,), daemon=True).start()

    def _joined(self, taken: socket.socket) -> None:
        with (
            taken,
            contextlib.suppress(OSError),
            socket.create_connection((self._backend(), self._port), 5) as other,
        ):
            taken.settimeout(5)
            other.settimeout(5)
            other.sendall(taken.recv(65536))
            while data := other.recv(65536):
                taken.sendall(data)
