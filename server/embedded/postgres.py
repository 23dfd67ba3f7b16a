"""Our own PostgreSQL 18, reached through its socket only."""

import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from signal import Signals

import psutil
from sqlalchemy.engine import URL

from server.embedded.places import SOCKET_NAME, Place
from server.embedded.processes import Command, launch
from server.errors import EngineError

MAJOR = "18"
DATABASE = "imprimatur"
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
FAST_AND_FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class Postgres:
    name = "PostgreSQL"
    stop = Signals.SIGINT  # fast shutdown: clients are disconnected
    quit = Signals.SIGQUIT  # immediate shutdown: the next start replays the journal

    def __init__(self, place: Place, *, durable: bool) -> None:
        self.home = place.private_folder("postgres")
        self.folder = self.home / "cluster"
        self.log = self.home / "postgres.log"
        self.account = place.account
        self.programs = place.programs
        self.socket = place.sockets / SOCKET_NAME
        self.durable = durable

    def url(self, database: str = DATABASE) -> str:
        """For SQLAlchemy's asyncpg dialect."""
        host = {"host": str(self.socket.parent)}
        url = URL.create("postgresql+asyncpg", "postgres", database=database, query=host)
        return url.render_as_string()

    def prepare(self) -> None:
        """A cluster that is whole, and no trace of an earlier postmaster."""
        self._refuse_other_versions()
        if not (self.folder / "global" / "pg_control").exists():
            self._make_cluster()
        stale = (self.folder / "postmaster.pid", self.socket, Path(f"{self.socket}.lock"))
        for path in stale:
            path.unlink(missing_ok=True)

    def command(self) -> Command:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{self.socket.parent}"',
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "log_checkpoints": "off",
            "timezone": "UTC",
            **({} if self.durable else FAST_AND_FORGETFUL),
        }
        settings = [part for item in options.items() for part in ("-c", "=".join(item))]
        return [self.programs.postgres, "-D", self.folder, "-p", "5432", *settings]

    def serves(self, process: psutil.Process) -> bool:
        return self._postmaster()[:1] == [str(process.pid)] and self.socket.exists()

    def is_ready(self) -> bool:
        return self._postmaster()[7:8] == ["ready"] and self._accepts()

    def _postmaster(self) -> list[str]:
        """The lines of postmaster.pid, as src/include/utils/pidfile.h lists them."""
        try:
            text = (self.folder / "postmaster.pid").read_text()
        except FileNotFoundError:
            return []
        return [line.strip() for line in text.splitlines()]

    def _accepts(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self.socket)) == 0

    def _refuse_other_versions(self) -> None:
        version = self.folder / "PG_VERSION"
        found = version.read_text().strip() if version.exists() else MAJOR
        if found != MAJOR:
            raise EngineError(
                f"{self.folder} was made by PostgreSQL {found}, and ours is {MAJOR}",
                "Upgrade it with pg_upgrade, or move it away to begin with an empty one",
            )

    def _make_cluster(self) -> None:
        """Appear whole or not at all; what cannot be a cluster is set aside, not removed."""
        for leftover in self.home.glob("making-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if self.folder.exists():
            self.folder.rename(tempfile.mkdtemp(prefix="broken-", dir=self.home))
        scratch = Path(tempfile.mkdtemp(prefix="making-", dir=self.home))
        if self.account:
            shutil.chown(scratch, self.account.uid, self.account.gid)
        sync = [] if self.durable else ["--no-sync"]
        users = ["--username=postgres", "--auth-local=trust", "--auth-host=reject"]
        self._run([self.programs.initdb, "-D", scratch, *LOCALE, *users, *sync], "")
        single: Command = [self.programs.postgres, "--single", "-F", "-D", scratch, "postgres"]
        self._run(single, f"CREATE DATABASE {DATABASE}")
        scratch.rename(self.folder)

    def _run(self, command: Command, text: str) -> None:
        child = launch(command, self.home, self.log, self.account, stdin=subprocess.PIPE)
        try:
            child.communicate(text.encode())
        finally:
            child.kill()
            child.wait()
        if child.returncode != 0:
            raise EngineError(
                f"{Path(command[0]).name} fails to make a cluster in {self.home}",
                f"See {self.log}, or set DATABASE_URL to a server of yours",
            )
