"""Servers that run: one process each, on the core that is theirs."""

import http.client
import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.accounting import Processes
from bench.contenders import ROOT, Contender, environment
from bench.cores import Cores, pinned

PORTS: Final = iter(range(21_000, 32_768))
READY_WITHIN: Final = 60.0
LOGIN: Final = "mutation Login($input: LoginInput!) { login(input: $input) { accessToken } }"


@dataclass(frozen=True, slots=True)
class Server:
    contender: Contender
    port: int
    processes: Processes

    def request(self, document: str, variables: dict[str, Any], token: str | None) -> bytes:
        """A whole HTTP request, as a client with a kept connection sends it."""
        name = re.findall(r"\w+", document)[1]
        asked = {"query": document, "operationName": name, "variables": variables}
        body = json.dumps(asked, separators=(",", ":")).encode()
        lines = [
            f"POST {self.contender.path} HTTP/1.1",
            f"host: 127.0.0.1:{self.port}",
            "accept: application/json",
            "content-type: application/json",
            f"content-length: {len(body)}",
            *([f"authorization: Bearer {token}"] if token else []),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def answer(self, request: bytes) -> dict[str, Any]:
        """The whole answer to one request; raises RuntimeError where it has errors."""
        with socket.create_connection(("127.0.0.1", self.port), READY_WITHIN) as connection:
            connection.sendall(request)
            response = http.client.HTTPResponse(connection)
            response.begin()
            answer: dict[str, Any] = json.loads(response.read())
        if response.status != http.client.OK or answer.get("errors"):
            raise RuntimeError(f"{self.contender.name}: {response.status} {answer}")
        return answer

    def token(self, email: str, password: str) -> str:
        """What signs this person in."""
        variables = {"input": {"email": email, "password": password}}
        answer = self.answer(self.request(LOGIN, variables, None))
        token: str = answer["data"]["login"]["accessToken"]
        return token


@contextmanager
def running(contenders: list[Contender], cores: Cores, logs: Path) -> Iterator[list[Server]]:
    """All of them at once, ready; an idle one costs the others nothing that is accounted."""
    logs.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        started = [stack.enter_context(_started(each, cores, logs)) for each in contenders]
        for server in started:
            _wait(server, logs)
        yield started


@contextmanager
def _started(contender: Contender, cores: Cores, logs: Path) -> Iterator[Server]:
    port = _free_port()
    command = [part.replace("{port}", str(port)) for part in contender.command]
    with (logs / f"{contender.name}.log").open("wb") as log, pinned(cores.server):
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(contender, port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(contender, port, Processes(process.pid))
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    for port in PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise SystemExit("No port is free.")


def _wait(server: Server, logs: Path) -> None:
    """Until it speaks HTTP; raises SystemExit that names its log where it does not."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and server.processes.root.status() != "zombie":
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            connection.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise SystemExit(f"{server.contender.name} does not start: see {logs}.")
