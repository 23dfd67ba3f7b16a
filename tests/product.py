"""The product as its operators start it: a command in a process group of its own."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from auth.sealing import Seal
from server import keys
from server.embedded.processes import is_alive
from server.settings import Settings
from server.surroundings import CHECKOUT
from tests import folders

READY_WITHIN = 90.0  # seconds
OVER_WITHIN = 30.0  # seconds
MAKE_RUN = ("make", "run")
SERVE = (sys.executable, "-m", "server", "serve")
ADDRESS = re.compile(r"GraphQL +(http://\S+)/graphql")
LOGIN = re.compile(r"([A-Z]+)\W+([\w.]+@[\w.]+)\W+([\w-]+)")


class Product:
    """A server that somebody starts, uses and ends."""

    def __init__(self, command: tuple[str, ...], data_dir: Path, settings: dict[str, str]) -> None:
        self.data_dir, self._settings = data_dir, settings
        self.database_url = settings.get("DATABASE_URL")
        with tempfile.NamedTemporaryFile(dir=data_dir.parent, delete=False) as output:
            self._output = Path(output.name)
            self._command = subprocess.Popen(
                command,
                cwd=CHECKOUT,
                env=_surroundings() | {"DATA_DIR": str(data_dir), "PORT": "0"} | settings,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def printed(self) -> str:
        return self._output.read_text()

    @property
    def address(self) -> str:
        found = ADDRESS.search(self.printed)
        assert found, self.printed
        return found[1]

    @property
    def mailed(self) -> Seal:
        """What makes the tokens that it mails."""
        given = Settings(data_dir=self.data_dir, secret_key=self._settings.get("SECRET_KEY"))
        return Seal(keys.load_or_create(given).secret_key, "mailed tokens")

    @property
    def websocket_url(self) -> str:
        return f"{self.address.replace('http', 'ws', 1)}/graphql"

    @property
    def logins(self) -> dict[str, tuple[str, str]]:
        """Address and password for each role, as they are printed."""
        return {role: (email, password) for role, email, password in LOGIN.findall(self.printed)}

    @property
    def server(self) -> psutil.Process:
        """The server itself, which is a child of whatever has started it."""
        command = psutil.Process(self._command.pid)
        return command.children()[0] if self._command.args == MAKE_RUN else command

    @property
    def processes(self) -> list[psutil.Process]:
        """All that run for it, engines that an earlier one has left to it included."""
        try:
            own = psutil.Process(self._command.pid)
            started = [own, *own.children(recursive=True)]
        except psutil.NoSuchProcess:
            started = []
        return list(filter(is_alive, {*started, *folders.running(self.data_dir)}))

    async def ready(self) -> None:
        """Return when it has said that requests are taken, and all else that it says then."""
        async with asyncio.timeout(READY_WITHIN):
            while "Ctrl-C stops" not in self.printed:
                assert self._command.poll() is None, self.printed
                await asyncio.sleep(0.02)

    async def interrupted(self) -> int:
        """The exit code after a terminal's Ctrl-C, which reaches the whole process group."""
        os.killpg(self._command.pid, signal.SIGINT)
        return await self.over()

    async def over(self) -> int:
        """The exit code, as soon as there is one."""
        return await asyncio.to_thread(self._command.wait, OVER_WITHIN)

    async def cleared_away(self) -> None:
        """Whatever has happened, nothing of it runs afterwards."""
        started = self.processes
        if self._command.poll() is None:
            await asyncio.gather(self.interrupted(), return_exceptions=True)
        for process in filter(is_alive, started):
            process.kill()
        self._command.wait()


@asynccontextmanager
async def running(
    data_dir: Path, command: tuple[str, ...] = MAKE_RUN, **settings: str
) -> AsyncIterator[Product]:
    """A product that is ready; nothing is set for it but what is said here."""
    product = Product(command, data_dir, settings)
    try:
        await product.ready()
        yield product
    except Exception as error:
        error.add_note(product.printed)
        raise
    finally:
        await product.cleared_away()


def _surroundings() -> dict[str, str]:
    """What is inherited: no setting of ours, and nothing of a `make` that runs the tests."""
    ours = {name.upper() for name in Settings.model_fields} | {"MFLAGS"}
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith("MAKE")
    }
