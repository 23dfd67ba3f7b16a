"""Our own Valkey: a bus and a cache, so nothing of it is written to disk."""

import socket
from pathlib import Path
from signal import Signals
from urllib.parse import quote

import psutil

from server.embedded.places import Place
from server.embedded.processes import Command


class Valkey:
    name = "Valkey"
    stop = Signals.SIGTERM
    quit = Signals.SIGKILL

    def __init__(self, place: Place) -> None:
        self.home = place.private_folder("valkey")
        self.folder = self.home
        self.log = self.folder / "valkey.log"
        self.account = place.account
        self.program = place.programs.valkey
        self.socket = place.sockets / "valkey.sock"

    def url(self, database: int = 0) -> str:
        """For redis-py."""
        return f"unix://{quote(str(self.socket))}?db={database}"

    def prepare(self) -> None:
        self.socket.unlink(missing_ok=True)

    def command(self) -> Command:
        options: dict[str, str | Path] = {
            "port": "0",
            "unixsocket": self.socket,
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "dir": self.folder,
            "databases": "64",
        }
        return [self.program, *(part for name in options for part in (f"--{name}", options[name]))]

    def serves(self, process: psutil.Process) -> bool:
        return process.name().startswith("valkey") and self.socket.exists()

    def is_ready(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False
